"""The store becomes files: graph by graph, each as the engine writes it, at a memory that does not grow with the data.

The order is the engine's own, by the hashes of terms, so that the same content on disk is the same bytes whatever order it
came in. A node's triples within a graph stand together; Turtle and TriG have its types first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby, islice
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox
from pyoxigraph import DefaultGraph, Quad, Triple

from communique.compress import PLAIN, Packing, packed
from communique.draft import Draft, drafted
from communique.framing import PIECE, Body, Frame, frame_of
from communique.media import JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Rdf
from communique.ordered import ordered
from communique.store import META, GraphName, Store
from communique.store.embedded import Embedded
from communique.vocab import SHARED

FORMATS = {
    "turtle": TURTLE, "ntriples": NTRIPLES, "nquads": NQUADS, "trig": TRIG, "jsonld": JSONLD, "rdfxml": RDFXML,
}  # fmt: skip
# Graphs that one thread writes before it asks for more.
BATCH = 16

# Writes the triples of a graph as the engine's serialiser does.
Source = Callable[[GraphName, IO[bytes]], object]


def dump(store: Store, form: Rdf, file: Path, packing: Packing = PLAIN, *, summed: bool = False) -> Draft:
    """Write every graph of the data to a file, whole or not at all; how large it is, and its SHA-256.

    `summed`: its checksum comes beside it.
    """
    with drafted(file, summed=summed) as (draft,), packed(cast("IO[bytes]", draft), packing) as out:
        write(store, form, out, folder=file.parent)
    return draft


def write(store: Store, form: Rdf, out: IO[bytes], threads: int | None = None, folder: Path | None = None) -> None:
    """Serialise every graph; a format without graphs, and JSON-LD, gets their triples."""
    for chunk in chunks(store, form, threads, folder):
        out.write(chunk)


def chunks(store: Store, form: Rdf, threads: int | None = None, folder: Path | None = None) -> Iterator[bytes]:
    """The same in pieces. `threads` read the store at one time; as many as there are cores if not told.

    With a folder for what is written before its turn, the largest graph is begun first.
    """
    frame = frame_of(form)
    yield frame.first
    parts = _parts(store, frame, threads or _cores(), folder)
    for first in islice(parts, 1):
        yield first.removeprefix(frame.between)
    yield from parts
    yield frame.last


def quads(store: Store) -> Iterator[Quad]:
    """Every quad of the data as an object, for what is small."""
    return chain.from_iterable(store.quads(graph) for graph in _graphs(store))


def _parts(store: Store, frame: Frame, threads: int, folder: Path | None) -> Iterator[bytes]:
    """The graphs of a store, framed, in order. The engine's reading goes on beside, in as many threads as are told."""
    if not isinstance(store, Embedded):
        source = _objects(store, frame)
        return ordered((_work(batch, frame, source) for batch in _batches(_graphs(store))), 1)
    source = _engine(store, frame)
    # All reports share it, so that it is far larger than any of theirs.
    largest = _work([SHARED], frame, source)
    works = (largest if batch == [SHARED] else _work(batch, frame, source) for batch in _batches(_graphs(store)))
    early = folder is not None and threads > 1 and store.engine.contains_named_graph(SHARED)
    return ordered(works, threads, largest if early else None, folder)


def _batches(graphs: Iterable[GraphName]) -> Iterator[list[GraphName]]:
    """Some graphs at a time, and the one that all reports share by itself."""
    for _, some in groupby(graphs, lambda graph: graph == SHARED):
        yield from _several(some)


def _several(graphs: Iterator[GraphName]) -> Iterator[list[GraphName]]:
    return iter(lambda: list(islice(graphs, BATCH)), [])


def _work(batch: list[GraphName], frame: Frame, source: Source) -> Callable[[Callable[[bytes], None]], None]:
    def work(put: Callable[[bytes], None]) -> None:
        gathered = Gathered(put)
        for graph in batch:
            body = Body(frame, graph, gathered.put)
            source(graph, cast("IO[bytes]", body))
            body.end()
        gathered.end()

    return work


class Gathered:
    """Small pieces made into larger ones, since each that is given on wakes another thread."""

    def __init__(self, put: Callable[[bytes], None]) -> None:
        self.given = put
        self.held = bytearray()

    def put(self, piece: bytes) -> None:
        self.held += piece
        if len(self.held) >= PIECE:
            self.end()

    def end(self) -> None:
        if self.held:
            self.given(bytes(self.held))
            self.held.clear()


def _engine(store: Embedded, frame: Frame) -> Source:
    """The engine's own serialiser, which makes no Python object of a triple."""
    return lambda graph, out: store.engine.dump(out, frame.engine, from_graph=graph, prefixes=frame.prefixes)


def _objects(store: Store, frame: Frame) -> Source:
    """The same from any other store, by its quads."""

    def triples(graph: GraphName) -> Iterator[Triple]:
        return (quad.triple for quad in store.quads(graph))

    return lambda graph, out: ox.serialize(triples(graph), out, format=frame.engine, prefixes=frame.prefixes)


def _graphs(store: Store) -> Iterable[GraphName]:
    # The engine's are in its own order, and some may be blank.
    named = cast("Iterable[GraphName]", store.engine.named_graphs()) if isinstance(store, Embedded) else store.graphs()
    return chain([DefaultGraph()], (graph for graph in named if graph != META))


def _cores() -> int:
    return len(os.sched_getaffinity(0))
