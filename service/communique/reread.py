"""Our own N-Quads, taken in as the reports that they were made of.

Each report's triples are decoded, the report is inspected as any other is, and encoded again. When every report comes out
as the very lines that it was read from, and nothing else is in the file that the store lacks, then the file breaks no rule:
what shapes and check queries would find of it, the inspection would have found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

import pyoxigraph as ox
from pyoxigraph import NamedNode, Triple

from communique.bulk import Made, Opened, Taken, Taking, Types, types_in
from communique.decode import Undecodable, decode
from communique.derive import is_computed
from communique.quadfile import Part, Place, Quadfile
from communique.report import Report
from communique.store import Store
from communique.vocab import CODES, ID, OWL, RDF, SHARED

# Reports that a worker reads at a time.
SIZE = 200


@dataclass(frozen=True)
class Graphs:
    """Reports by their places in a file of N-Quads; the worker that opens them decodes them."""

    file: Path
    parts: tuple[Part, ...]

    def reports(self) -> Iterator[tuple[str, str, Report | None]]:
        with self.file.open("rb") as opened:
            for part in self.parts:
                yield part.name, part.name, _decoded(part.name, _read(opened, (part.own, *part.shared)))


def take(store: Store, file: Quadfile, out: IO[bytes]) -> Taken | None:
    """Write to `out` what has to be loaded, as N-Quads, when all of the file can be taken so into a store without reports.

    None when it cannot: then somebody else has to find out whether it is as it should be.
    """
    taking = _Rereading(store, file, out)
    parts = file.parts()
    taken = taking.run(Graphs(file.file, some) for some in iter(lambda: tuple(islice(parts, SIZE)), ()))
    return taken if not taken.left and taking.whole() else None


class _Rereading(Taking):
    """What a report needs may stand anywhere in the file, since all of it is taken or nothing."""

    def __init__(self, store: Store, file: Quadfile, out: IO[bytes]) -> None:
        super().__init__(store, out)
        self.file = file
        self.seeds = {str(quad.subject).encode() for quad in store.quads(SHARED)}
        self.taken_in: set[bytes] = set()
        self.awaited: set[str] = set()

    def known(self, opened: list[Opened]) -> Types:
        needed = {iri for one in opened for iri in one.needs}
        said = {iri for iri in needed if iri.startswith(f"{ID}statement/")}
        self.awaited |= said
        if new := needed - said - self.looked:
            self.stored |= types_in(self.store, new) | dict(self.told(new))
            self.looked |= new
        types = {iri: self.stored[iri] for iri in needed & self.stored.keys()}
        return types | {iri: frozenset({"Statement"}) for iri in said}

    def told(self, iris: Iterable[str]) -> Iterator[tuple[str, frozenset[str]]]:
        """The classes of these nodes, as the file tells them."""
        for iri in iris:
            name = f"<{iri}>".encode()
            if name in self.file.places.reports:
                yield iri, frozenset({"Report"})
            elif place := self.file.places.shared.get(name):
                triples = list(_triples(self.file.lines([place])))
                if not any(t.predicate == OWL.deprecated for t in triples):
                    yield iri, frozenset(_local(t) for t in triples if t.predicate == RDF.type)

    def fits(self, one: Opened, made: Made) -> bool:
        """Whether the report came out as it went in, and says nothing of what the store has already."""
        brought = self.file.brought[one.name]
        places = (self.file.own(one.name), *(self.file.places.shared[node] for node in brought))
        lines = self.file.lines(places).splitlines(keepends=True)
        if self.seeds.intersection(brought) or b"".join(sorted(lines)) != made.quads:
            return False
        self.taken_in.update(brought)
        return True

    def whole(self) -> bool:
        """Whether the file has nothing but the reports that were taken, what rules make, and what the store has."""
        places = self.file.places
        others = [place for node, place in places.shared.items() if node not in self.taken_in]
        lists = {quad.subject for quad in self.store.quads(CODES)}
        return (
            self.awaited <= self.said
            and all(self.has(triple) for triple in self.triples(others))
            and all(triple.subject in lists for triple in self.triples(places.codes))
            and all(is_computed(triple) for triple in self.triples(places.derived))
        )

    def has(self, triple: Triple) -> bool:
        """Whether the store has it."""
        if not isinstance(triple.subject, NamedNode):
            return False
        return any(quad.triple == triple for quad in self.store.quads(SHARED, triple.subject))

    def triples(self, places: Iterable[Place]) -> Iterator[Triple]:
        return (triple for place in places for piece in self.file.pieces(place) for triple in _triples(piece))


def _read(opened: IO[bytes], places: Iterable[Place]) -> bytes:
    found = []
    for start, stop in places:
        opened.seek(start)
        found.append(opened.read(stop - start))
    return b"".join(found)


def _decoded(name: str, lines: bytes) -> Report | None:
    try:
        return decode(name, ox.parse(lines, format=ox.RdfFormat.N_QUADS))
    except (Undecodable, SyntaxError):
        return None


def _triples(lines: bytes) -> Iterator[Triple]:
    return (quad.triple for quad in ox.parse(lines, format=ox.RdfFormat.N_QUADS))


def _local(triple: Triple) -> str:
    return str(triple.object)[1:-1].rpartition("#")[2]
