"""The store becomes files: graph by graph in the order of IRIs, sorted inside each, so the same content is the same bytes."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox
from pyoxigraph import DefaultGraph, Quad, Triple

from communique.media import JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Rdf
from communique.store import GraphName, Store
from communique.vocab import RDF, prefixes

FORMATS = {
    "turtle": TURTLE, "ntriples": NTRIPLES, "nquads": NQUADS, "trig": TRIG, "jsonld": JSONLD, "rdfxml": RDFXML,
}  # fmt: skip
PREFIXED = (TURTLE, TRIG, RDFXML)


def dump(store: Store, form: Rdf, file: Path, *, compress: bool = False) -> None:
    """Write every graph of the data to a file, whole or not at all."""
    draft = file.with_name(f".{file.name}.new")
    try:
        with _opened(draft, compress) as out:
            write(quads(store), form, out)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def quads(store: Store) -> Iterator[Quad]:
    """Every quad of the data, the default graph and then graph by graph in the order of IRIs, sorted inside each."""
    graphs: list[GraphName] = [DefaultGraph(), *store.graphs()]
    for graph in graphs:
        yield from sorted(store.quads(graph), key=_order)


def write(quads: Iterable[Quad], form: Rdf, out: IO[bytes]) -> None:
    """Serialise quads; a format without graphs gets their triples."""
    names = prefixes() if form in PREFIXED else None
    items: Iterable[Quad] | Iterable[Triple] = quads if form.engine.supports_datasets else (q.triple for q in quads)
    if form is JSONLD:
        items = (q.triple for q in quads)
    ox.serialize(items, out, format=form.engine, prefixes=names)


def _order(quad: Quad) -> tuple[str, bool, str, str]:
    """A node's types come first, as a reader expects."""
    return str(quad.subject), quad.predicate != RDF.type, str(quad.predicate), str(quad.object)


@contextmanager
def _opened(file: Path, compress: bool) -> Iterator[IO[bytes]]:
    with file.open("wb") as raw:
        if not compress:
            yield raw
            return
        # No name and no time of day in the header: the same content is the same bytes.
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
            yield cast("IO[bytes]", packed)
