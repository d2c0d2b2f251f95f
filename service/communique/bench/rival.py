"""What a benchmark needs of another store: fill it once, start it, and know how it was set."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

from communique.bench.ask import Ask
from communique.bench.request import get, sparql
from communique.bench.running import Process, answers

# Seconds that a server may take until it answers.
STARTING = 240


@dataclass
class Server:
    """A server that runs: its SPARQL endpoint's path, what it wants to have said with each query, and by how many
    connections it is asked at most.
    """

    name: str
    process: Process = field(repr=False)
    port: int
    path: str
    more: dict[str, str] = field(default_factory=dict)
    most: float = float("inf")

    @property
    def root(self) -> int:
        """The process that the others came of."""
        return self.process.running.pid

    def asked(self, asks: Sequence[Ask]) -> list[bytes]:
        """The questions as SPARQL, one request for each text."""
        return [sparql(self.path, text, ask.results, self.more) for ask in asks for text in ask.texts]

    def ready(self, seconds: float = STARTING) -> Server:
        """Itself, as soon as it answers a query."""
        path = f"{self.path}?{urlencode({'query': 'ASK { }', **self.more})}"
        self.process.ready(lambda: answers(self.port, path), seconds)
        return self

    def restart(self) -> None:
        self.stop()
        self.process.start()
        self.ready()

    def stop(self) -> None:
        self.process.stop()


@dataclass(frozen=True)
class Place:
    """Where a store's data is, and the N-Quads that it is of."""

    folder: Path
    quads: Path


class Rival(Protocol):
    """Another store, by its name; `most` is the size of the largest world that it is tried with."""

    name: str
    most: float

    def lacks(self) -> str:
        """What it needs and this machine has not; empty when it has all."""
        ...

    def version(self) -> str: ...

    def settings(self) -> str:
        """How it is set, for the reader of the results."""
        ...

    def fill(self, place: Place) -> None:
        """The N-Quads into a store in the folder, which is empty, and whatever makes the store fast."""
        ...

    def start(self, place: Place) -> Server:
        """A server of the store in that folder; a query without a dataset sees the union of all graphs."""
        ...


def filled(rival: Rival, folder: Path, quads: Path) -> Place:
    """A rival's store of those quads, under a folder; filled anew when it is of others."""
    mark, place = f"{quads.stat().st_size} {quads.stat().st_mtime_ns}", Place(folder / rival.name, quads)
    seal = place.folder / "filled"
    if not seal.is_file() or seal.read_text("ascii") != mark:
        shutil.rmtree(place.folder, ignore_errors=True)
        place.folder.mkdir(parents=True)
        rival.fill(place)
        seal.write_text(mark, "ascii")
    return place


def pages(asks: Sequence[Ask], **headers: str) -> list[bytes]:
    """The questions as we are asked them, at their own addresses."""
    return [get(ask.path, Accept=ask.accept, **headers) for ask in asks]
