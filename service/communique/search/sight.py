"""What a query looks at, told by its words: which nodes a change may have taken from its answer, or put into it.

That is all there is to know of a query whose patterns all have one node, as subject or object, and no path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from pyoxigraph import Literal, NamedNode, Quad

from communique.errors import CommuniqueError
from communique.lexer import tokens
from communique.store import Change
from communique.vocab import RDF


class Unfit(CommuniqueError):
    """The data has what is not kept in order as the engine orders it."""


@dataclass(frozen=True)
class Touched:
    """The nodes that a change may have taken from an answer, and all of which it may have altered what there is."""

    gone: frozenset[NamedNode] = frozenset()
    all: frozenset[NamedNode] = frozenset()

    def __or__(self, other: Touched) -> Touched:
        return Touched(self.gone | other.gone, self.all | other.all)


@dataclass(frozen=True)
class Sight:
    """What the text of a query looks at."""

    text: str

    def touched(self, change: Change) -> Touched:
        """The nodes that a change is about. Unfit when one has no name."""
        gone = frozenset(self._nodes(change.remove))
        return Touched(gone, gone | frozenset(self._nodes(change.add)))

    @cached_property
    def _words(self) -> set[str]:
        """Every IRI of the query."""
        said = list(tokens(self.text))
        prefixes = {a.text: b.text[1:-1] for a, b in pairwise(said) if b.kind == "iri"}
        named = (t.text.partition(":") for t in said if t.kind == "name")
        found = {prefixes[f"{prefix}:"] + local for prefix, _, local in named if f"{prefix}:" in prefixes}
        return found | {t.text[1:-1] for t in said if t.kind == "iri"} | {RDF.type.value}

    def _nodes(self, quads: Iterable[Quad]) -> Iterator[NamedNode]:
        """What quads that a pattern may match are about, at either end."""
        words = self._words
        for quad in quads:
            if quad.predicate.value in words and (quad.predicate != RDF.type or _value(quad.object) in words):
                yield from (_named(term) for term in (quad.subject, quad.object) if not isinstance(term, Literal))


def _named(term: object) -> NamedNode:
    if not isinstance(term, NamedNode):
        raise Unfit(f"{term} cannot be looked up again")
    return term


def _value(term: object) -> str:
    return term.value if isinstance(term, NamedNode) else ""
