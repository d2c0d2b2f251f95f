"""Our own N-Quads, taken in as the reports that they were made of.

Each report's triples are decoded, the report is inspected as any other is, and encoded again. When every report comes out
as the very lines that it was read from, and nothing else is in the file that the store lacks, then the file breaks no rule:
what shapes and check queries would find of it, the inspection would have found. Named nodes that no report introduces are
for the shapes: they are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pyoxigraph as ox
from pyoxigraph import NamedNode, Triple

from communique.batches import Given
from communique.bulk import STATEMENT, Made, Opened, Out, Taken, Taking, Types, types_in
from communique.computed import is_computed
from communique.quadfile import Part, Place, Quadfile
from communique.slices import LINKS
from communique.store import Store
from communique.vocab import CODES, ID, OWL, RDF, SHARED

if TYPE_CHECKING:
    from communique.report import Report

# Nodes that may be there without a report, as the actors and places of a content folder are.
NAMED = tuple(f"<{ID}{kind}/".encode() for kind in ("actor", "place", "event"))
# Reports that a worker reads at a time.
SIZE = 80


@dataclass(frozen=True)
class Graphs:
    """Reports by their places in a file of N-Quads; the worker that opens them decodes them."""

    file: Path
    parts: tuple[Part, ...]

    def reports(self) -> Iterator[Given]:
        with self.file.open("rb") as opened:
            for part in self.parts:
                lines = _read(opened, (part.own, *part.shared))
                yield Given(part.name, part.name, _decoded(part.name, lines), lines)


@dataclass(frozen=True)
class Reread:
    """A file of which all can be loaded when no shape has anything against its named nodes that no report introduces.

    `named` are their triples, `around` those of the nodes that they refer to.
    """

    taken: Taken
    named: set[Triple]
    around: set[Triple]


def take(store: Store, file: Quadfile, out: Out) -> Reread | None:
    """Write to `out` what has to be loaded, as N-Quads, when all of the file can be taken so into a store without reports.

    None when it cannot: then somebody else has to find out whether it is as it should be.
    """
    taking = _Rereading(store, file, out)
    parts = file.parts()
    try:
        with ThreadPoolExecutor(1) as beside:
            rest = beside.submit(taking.others_fit)
            taken = taking.run(Graphs(file.file, some) for some in iter(lambda: tuple(islice(parts, SIZE)), ()))
            return taking.whole() if not taken.left and rest.result() else None
    except SyntaxError:
        return None


class _Rereading(Taking):
    """What a report needs may stand anywhere in the file, since all of it is taken or nothing."""

    def __init__(self, store: Store, file: Quadfile, out: Out) -> None:
        super().__init__(store, out)
        self.file = file
        self.seeds = {str(quad.subject).encode() for quad in store.quads(SHARED)}
        self.taken_in: set[bytes] = set()
        self.awaited: set[str] = set()

    def known(self, opened: list[Opened]) -> Types:
        needed = {iri for one in opened for iri in one.needs}
        said = {iri for iri in needed if iri.startswith(STATEMENT)}
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
                types = frozenset(_local(t) for t in triples if t.predicate == RDF.type)
                # What an IRI says a node is, it is, or nothing can be said of it.
                if _kind(iri) in types and not any(t.predicate == OWL.deprecated for t in triples):
                    yield iri, types

    def fits(self, one: Opened) -> bool:
        """Whether the report says nothing of what the store has already."""
        brought = self.file.brought[one.name].nodes
        if self.seeds.intersection(brought):
            return False
        self.taken_in.update(brought)
        return True

    def lines(self, one: Opened, made: Made) -> bytes:  # noqa: ARG002  # which has none of its own
        shared = (self.file.places.shared[node] for node in self.file.brought[one.name].nodes)
        return self.file.lines((self.file.own(one.name), *shared))

    def whole(self) -> Reread | None:
        """What there is beside the reports in the shared graph, when that is what the store has, and named nodes."""
        shared = self.file.places.shared
        others = [node for node in shared if node not in self.taken_in and self.lacks(node)]
        fit = self.awaited <= self.taken.where.keys() and all(
            node.startswith(NAMED) and node not in self.seeds for node in others
        )
        return self.beside(others) if fit else None

    def others_fit(self) -> bool:
        """Whether the other graphs have codes of lists that the store has, and what rules make."""
        places, lists = self.file.places, {quad.subject for quad in self.store.quads(CODES)}
        return all(triple.subject in lists for triple in self.triples(places.codes)) and all(
            is_computed(triple) for triple in self.triples(places.derived)
        )

    def beside(self, nodes: list[bytes]) -> Reread:
        """Named nodes go into what is loaded, too, and come back to be looked at."""
        named = set(self.about(nodes))
        self.out.write(self.file.lines(self.file.places.shared[node] for node in nodes))
        links = (triple for triple in named if triple.predicate in LINKS)
        self.taken.links.append(ox.serialize(links, format=ox.RdfFormat.N_TRIPLES) or b"")
        around, waiting = dict.fromkeys(nodes), list(nodes)
        while waiting:
            new = {str(triple.object).encode() for triple in self.about(waiting)} & self.file.places.shared.keys()
            waiting = sorted(new - around.keys())
            around |= dict.fromkeys(waiting)
        return Reread(self.taken, named, set(self.about(around.keys() - set(nodes))))

    def about(self, nodes: Iterable[bytes]) -> Iterator[Triple]:
        """What the file tells of shared nodes."""
        return self.triples(self.file.places.shared[node] for node in nodes)

    def lacks(self, node: bytes) -> bool:
        """Whether the store has not all that the file tells of a node."""
        return not all(self.has(triple) for triple in self.about([node]))

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
    # In the worker: who waits for it has no use for the model.
    from communique.decode import Undecodable, decode

    try:
        return decode(name, lines)
    except Undecodable:
        return None


def _triples(lines: bytes) -> Iterator[Triple]:
    return (quad.triple for quad in ox.parse(lines, format=ox.RdfFormat.N_QUADS))


def _kind(iri: str) -> str:
    """The class of which each node of this address is: `Actor`, `Place`, `Event`."""
    return iri.removeprefix(ID.base).partition("/")[0].capitalize()


def _local(triple: Triple) -> str:
    return str(triple.object)[1:-1].rpartition("#")[2]
