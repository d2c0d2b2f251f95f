"""A made world goes to disk: a content folder with its reports, a file of N-Quads, or a filled store."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from communique import batches, load
from communique.bench.world import World
from communique.content import Content, open_content
from communique.errors import CommuniqueError, Unavailable
from communique.store.embedded import Embedded
from communique.vocab import prefixes

# Attacks that a worker makes at a time; some 200 reports.
SIZE = 100


@dataclass(frozen=True)
class Attacks:
    """Attacks of a world by their numbers; the worker that opens them makes them."""

    world: World
    start: int
    stop: int

    def reports(self) -> Iterator[batches.Given]:
        for told in self.world.told(self.start, self.stop):
            yield batches.Given(told.name, told.name, told.report)


def folder(world: World, content: Content, target: Path) -> Content:
    """A content folder of the world without its reports: ontology and queries of `content`, actors and places made."""
    if target.exists() and any(target.iterdir()):
        raise Unavailable(f"{target} is not empty")
    for part in ("ontology", "queries"):
        shutil.copytree(content.root / part, target / part)
    (target / "graph").mkdir()
    triples = sorted(world.cast.triples(), key=str)
    ox.serialize(triples, str(target / "graph" / "cast.ttl"), ox.RdfFormat.TURTLE, prefixes=prefixes())
    return open_content(target)


def reports(world: World, file: Path) -> int:
    """The reports, one a line; how many."""
    count = 0
    with file.open("wb") as out:
        for told in world.told():
            out.write(batches.written(told.name, told.report))
            count += 1
    return count


def texts(world: World, target: Path) -> None:
    """The text of each report, for `communique verify --texts`."""
    target.mkdir()
    for told in world.told():
        (target / f"{told.name}.txt").write_text(told.text, "utf-8")


def fill(world: World, content: Content, target: Path) -> Embedded:
    """A store of the world; `content` is its folder. Nothing may be left that cannot be loaded."""
    store = Embedded.open(target, create=True)
    loader = load.Loader(store, content, lambda data, file: [])
    loader.vocabulary()
    starts = range(0, world.attacks, SIZE)
    taken = loader.many(Attacks(world, start, min(start + SIZE, world.attacks)) for start in starts)
    if taken.left:
        raise CommuniqueError(f"a made report has a fault: {taken.left[0]}")
    store.engine.optimize()
    store.publish()
    return store


def whole(world: World, content: Content, target: Path, forms: Collection[str]) -> Iterator[str]:
    """The world in a new folder, in each form: `reports`, `texts`, `store`, `nquads`; what there is in it."""
    made = folder(world, content, target)
    yield f"{world.attacks} attacks"
    if "texts" in forms:
        texts(world, made.root / "texts")
    if {"reports", "texts"} & set(forms):
        yield f"{reports(world, made.root / 'graph' / 'reports.jsonl')} reports"
    if {"store", "nquads"} & set(forms):
        yield _filled(world, made, forms)


def _filled(world: World, made: Content, forms: Collection[str]) -> str:
    """N-Quads by way of a store, since what is derived is in them too."""
    with tempfile.TemporaryDirectory(dir=made.root) as draft:
        store = fill(world, made, (made.root if "store" in forms else Path(draft)) / "store")
        if "nquads" in forms:
            quads(store, made.root / "world.nq")
        return f"{len(store.engine)} triples; version {store.version}"


def quads(store: Embedded, file: Path) -> None:
    """All that the store holds but its account of itself, as N-Quads, graph by graph."""
    with file.open("wb") as out:
        for graph in store.graphs():
            lines = ox.serialize(store.quads(graph), format=ox.RdfFormat.N_QUADS) or b""
            out.write(b"".join(sorted(lines.splitlines(keepends=True))))
