"""What a query looks at, told by its words: which nodes a change may have taken from its answer, or put into it.

That is all there is to know of a query whose patterns all have one node, as subject or object, and no path. Of one with more
steps the ends of what changed tell where to begin: a pattern leads from there to the nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from communique.errors import CommuniqueError
from communique.lexer import tokens
from communique.store import Change
from communique.vocab import RDF

Term = NamedNode | BlankNode | Literal | Triple


class Unfit(CommuniqueError):
    """The data has what is not kept in order as the engine orders it."""


@dataclass(frozen=True)
class Touched:
    """The nodes that a change may have taken from an answer, and all of which it may have altered what there is."""

    gone: frozenset[NamedNode] = frozenset()
    all: frozenset[NamedNode] = frozenset()
    # What a change says something of, and what it says it by, where nodes of the answer are to be found from these.
    subjects: frozenset[NamedNode] = frozenset()
    objects: frozenset[NamedNode] = frozenset()

    @property
    def size(self) -> int:
        return len(self.all) + len(self.subjects) + len(self.objects)

    def __or__(self, other: Touched) -> Touched:
        return Touched(
            self.gone | other.gone,
            self.all | other.all,
            self.subjects | other.subjects,
            self.objects | other.objects,
        )


class Parts:
    """A change, taken to pieces once for all that look at it: what it says by each property, and whether it takes that away."""

    def __init__(self, change: Change) -> None:
        self.by: dict[str, list[tuple[Term, Term, bool]]] = {}
        for quads, gone in ((change.remove, True), (change.add, False)):
            for quad in quads:
                self.by.setdefault(quad.predicate.value, []).append((quad.subject, quad.object, gone))


@dataclass(frozen=True)
class Sight:
    """What the text of a query looks at."""

    text: str

    def touched(self, parts: Parts) -> Touched:
        """The nodes that a change is about. Unfit when one has no name."""
        seen = [(_nodes(subject, object_), gone) for subject, object_, gone in self._seen(parts, self._words)]
        return Touched(
            frozenset(node for nodes, gone in seen if gone for node in nodes),
            frozenset(node for nodes, _ in seen for node in nodes),
        )

    def ends(self, parts: Parts) -> Touched:
        """What a change is about at the one end and at the other. Unfit when one has no name."""
        every = None if self._classes else self._words
        seen = [(subject, object_) for subject, object_, _ in self._seen(parts, every)]
        return Touched(
            subjects=frozenset(_named(subject) for subject, _ in seen),
            objects=frozenset(_named(end) for _, end in seen if not isinstance(end, Literal)),
        )

    @cached_property
    def _words(self) -> set[str]:
        """Every IRI of the query."""
        said = list(tokens(self.text))
        prefixes = {a.text: b.text[1:-1] for a, b in pairwise(said) if b.kind == "iri"}
        named = (t.text.partition(":") for t in said if t.kind == "name")
        found = {prefixes[f"{prefix}:"] + local for prefix, _, local in named if f"{prefix}:" in prefixes}
        return found | {t.text[1:-1] for t in said if t.kind == "iri"} | {RDF.type.value}

    @cached_property
    def _classes(self) -> bool:
        """Whether a pattern gives the classes of a node."""
        return any(a.text == "a" and b.kind == "variable" for a, b in pairwise(tokens(self.text)))

    def _seen(self, parts: Parts, classes: set[str] | None) -> Iterator[tuple[Term, Term, bool]]:
        """What a pattern may match: its property is named, and its class is one of these, or any."""
        for predicate in self._words & parts.by.keys():
            for said in parts.by[predicate]:
                if classes is None or predicate != RDF.type.value or _value(said[1]) in classes:
                    yield said


def _nodes(subject: Term, object_: Term) -> list[NamedNode]:
    return [_named(term) for term in (subject, object_) if not isinstance(term, Literal)]


def _named(term: Term) -> NamedNode:
    if not isinstance(term, NamedNode):
        raise Unfit(f"{term} cannot be looked up again")
    return term


def _value(term: Term) -> str:
    return term.value if isinstance(term, NamedNode) else ""
