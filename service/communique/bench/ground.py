"""What a benchmark stands on: made worlds on disk, and what each part of it is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from communique import catalog
from communique.bench import make
from communique.bench.mix import Mix
from communique.bench.world import World
from communique.content import Content, open_content
from communique.errors import Unavailable

# What was measured once: a part's name, a size, who, and figures.
Sample = dict[str, Any]
Samples = Iterator[Sample]
FORMS = ("reports", "store", "nquads")


@dataclass(frozen=True)
class Bench:
    """How a benchmark is run: where, with whom, how long each phase takes and how often it comes round."""

    folder: Path
    content: Content
    stores: Path
    seconds: int
    rounds: int
    connections: tuple[int, ...]
    rivals: tuple[str, ...]
    patience: float
    seed: int = 1

    def say(self, what: str) -> None:
        """Progress, for whoever waits."""
        print(what, file=sys.stderr, flush=True)

    def ground(self, triples: int) -> Ground:
        """The world of a size, made if it is not there. Raises Unavailable for one that was made by other rules."""
        place = self.folder / size(triples)
        world = World.of(triples, self.seed)
        if not (place / "world" / "world.nq").is_file():
            self.say(f"{place / 'world'}: being made")
            place.mkdir(parents=True, exist_ok=True)
            self.say(", ".join(make.whole(world, self.content, place / "world", FORMS)))
        found = Ground(triples, world, self.content, place)
        if found.rules(found.made) != found.rules(self.content):
            raise Unavailable(f"{place / 'world'} was made by other rules; remove it, and it is made anew")
        return found


@dataclass(frozen=True)
class Ground:
    """A made world: its reports, its store, its N-Quads; `folder` is for whatever is made of them."""

    triples: int
    world: World
    content: Content = field(repr=False)
    folder: Path

    @cached_property
    def made(self) -> Content:
        return open_content(self.folder / "world")

    @property
    def store(self) -> Path:
        return self.made.root / "store"

    @property
    def quads(self) -> Path:
        return (self.made.root / "world.nq").resolve()

    @cached_property
    def count(self) -> int:
        """How many triples there are, derived ones included."""
        with self.quads.open("rb") as lines:
            return sum(block.count(b"\n") for block in iter(lambda: lines.read(1 << 20), b""))

    @property
    def mix(self) -> Mix:
        return Mix(self.world, catalog.load(self.content))

    @staticmethod
    def rules(content: Content) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in content.rules()}


def size(triples: int) -> str:
    """A number of triples as people say it: 100k, 1m."""
    for unit, letter in ((1_000_000, "m"), (1_000, "k")):
        if triples % unit == 0 and triples:
            return f"{triples // unit}{letter}"
    return str(triples)
