"""Nodes with what is told of them, as N-Triples write it: no object for a triple that is only to be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox
from pyoxigraph import NamedNode, Triple


class Nodes(dict[str, dict[str, None]]):
    """IRI -> predicate and object of each of its triples, `<p> "o"@en`, in the order in which they were told."""

    def tell(self, iri: str, pairs: Iterable[str]) -> None:
        """Add to what is told of a node; what is told already stays once."""
        self.setdefault(iri, {}).update(dict.fromkeys(pairs))

    def of(self, iri: str) -> Nodes:
        """One of them by itself."""
        return Nodes({iri: self.get(iri, {})})

    def lines(self, graph: NamedNode | None = None) -> bytes:
        """N-Quads of one graph; N-Triples without one."""
        end = f" {graph} .\n" if graph else " .\n"
        return "".join(
            [f"<{iri}> {f'{end}<{iri}> '.join(pairs)}{end}" for iri, pairs in self.items() if pairs]
        ).encode()

    def triples(self) -> set[Triple]:
        return {quad.triple for quad in ox.parse(self.lines(), format=ox.RdfFormat.N_TRIPLES)}

    def objects(self, predicates: tuple[str, ...]) -> Iterator[str]:
        """What follows these predicates, each of them given as `<p> <`: IRIs."""
        found = (pair for pairs in self.values() for pair in pairs if pair.startswith(predicates))
        return (pair[pair.index("> <") + 3 : -1] for pair in found)
