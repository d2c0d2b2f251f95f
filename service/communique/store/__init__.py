"""What the program asks of a store: a query, the quads of a graph, one transaction, a version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QueryBoolean, QuerySolutions, QueryTriples, Triple

from communique.errors import CommuniqueError
from communique.vocab import ID, OWL

Results = QuerySolutions | QueryBoolean | QueryTriples | Iterator[Triple]

GraphName = NamedNode | DefaultGraph

META = NamedNode(ID.base + "graph/meta")
# The version of a store that nothing was written to.
EMPTY = "0-empty"


@dataclass(frozen=True)
class Dataset:
    """What a query sees (SPARQL 1.1 Protocol section 2.1.4), and what its relative IRIs are relative to.

    With neither list the default graph is the union of all graphs, or the store's unnamed one.
    """

    default: tuple[NamedNode, ...] = ()
    named: tuple[NamedNode, ...] = ()
    union: bool = True
    base: str = ""


UNION = Dataset()


@dataclass
class Change:
    """Quads to take out and to put in, in one transaction."""

    remove: set[Quad] = field(default_factory=set)
    add: set[Quad] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.remove or self.add)

    def settle(self) -> Change:
        """The same change without what it both removes and adds."""
        both = self.remove & self.add
        return Change(self.remove - both, self.add - both)


class Store(Protocol):
    """A store of quads behind the service. Every method may raise `errors.CommuniqueError`."""

    def query(self, text: str, dataset: Dataset = UNION) -> Results:
        """The answer to a SPARQL 1.1 query; errors.BadRequest with line and column when it is not one."""
        ...

    def quads(self, graph: GraphName | None, subject: NamedNode | None = None) -> Iterator[Quad]:
        """The quads of one graph (None: of all, META too), of one subject if given."""
        ...

    def about(self, graph: NamedNode, subjects: Iterable[NamedNode]) -> Iterator[Quad]:
        """The quads of one graph that have one of these subjects."""
        ...

    def graphs(self) -> list[NamedNode]:
        """The graphs of the data, in the order of their IRIs."""
        ...

    def pinned(self) -> Store:
        """The store as it is now, whatever is written meanwhile."""
        ...

    def ruled(self) -> Store:
        """The store that rules are run over: itself, or a copy of it that is asked by our own engine."""
        ...

    def commit(self, change: Change) -> str:
        """Carry out a change, whole or not at all; the new version."""
        ...

    def update(self, text: str, dataset: Dataset = UNION) -> str:
        """Carry out a SPARQL 1.1 update, whole or not at all; the new version.

        `dataset` is the protocol's (using-graph-uri, using-named-graph-uri). errors.BadRequest with line and
        column when the text is not an update, or has USING or WITH beside a dataset.
        """
        ...

    @property
    def version(self) -> str:
        """Names the dataset's state: the same after the same commits, on every machine."""
        ...


def placed(triples: Iterable[Triple], graph: NamedNode) -> set[Quad]:
    """The triples as quads of one graph."""
    return {Quad(t.subject, t.predicate, t.object, graph) for t in triples}


def rows(store: Store, text: str) -> QuerySolutions:
    """The solutions of a SELECT that the program itself wrote."""
    results = store.query(text)
    if not isinstance(results, QuerySolutions):
        raise CommuniqueError("a SELECT was expected")
    return results


def triples(store: Store, text: str) -> Iterator[Triple]:
    """The triples of a CONSTRUCT that the program itself wrote."""
    results = store.query(text)
    if isinstance(results, QuerySolutions | QueryBoolean):
        raise CommuniqueError("a CONSTRUCT was expected")
    return results


def next_version(version: str, change: Change) -> str:
    """A count of commits, and a hash over all of them."""
    lines = sorted([*(f"- {q}" for q in change.remove), *(f"+ {q}" for q in change.add)])
    return following(version, "\n".join(lines))


def following(version: str, done: str) -> str:
    """The version after this one, when what was done reads so."""
    count, _, previous = version.partition("-")
    text = f"{previous}\n{done}"
    return f"{int(count) + 1}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def version_quad(version: str) -> Quad:
    return Quad(META, OWL.versionInfo, Literal(version), META)


def renewed(own: Iterable[Quad], version: str) -> set[Quad]:
    """Our own graph's quads, with a new version in the place of the one they name."""
    return {q for q in own if q.predicate != OWL.versionInfo} | {version_quad(version)}
