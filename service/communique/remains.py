"""What stands around a change: the shared nodes that it speaks of, those that nothing points at after it, and the context of RDF."""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import NamedNode, Quad, Triple

from communique.computed import is_computed
from communique.rdf import is_ours, named, routed
from communique.store import Change, Store, rows, triples
from communique.vocab import CMQ, SCHEMA, SHARED


def shared_of(store: Store, own: set[Quad]) -> Iterator[Triple]:
    """The shared triples that say what the statements of a report's graph express."""
    propositions = {named(q.object) for q in own if q.predicate == CMQ.expresses}
    return (q.triple for q in store.about(SHARED, propositions))


def stale(store: Store, before: set[Quad], kept: set[object]) -> set[NamedNode]:
    """The shared nodes that a report's earlier graph brought in and its new one does not."""
    found = {named(q.object) for q in before if q.predicate in (CMQ.expresses, SCHEMA.mentions)}
    found |= {named(t.object) for t in shared_of(store, before) if t.predicate in (CMQ.answers, CMQ.relativeTo)}
    return found - kept


def orphans(store: Store, candidates: set[NamedNode], change: Change) -> set[Quad]:
    """All quads of the candidates at which nothing would point after the change."""
    removed = {q.triple for q in change.remove}
    pointed = {q.object for q in change.add}
    dropped: set[NamedNode] = set()
    while found := {c for c in candidates - dropped if c not in pointed and not _held(store, c, removed, dropped)}:
        dropped |= found
    return set(store.about(SHARED, dropped))


def _held(store: Store, iri: NamedNode, removed: set[Triple], dropped: set[NamedNode]) -> bool:
    pointers = (Triple(r["s"], r["p"], iri) for r in rows(store, f"SELECT ?s ?p WHERE {{ ?s ?p {iri} }}"))
    return any(
        t not in removed and t.subject != iri and t.subject not in dropped and not is_computed(t) for t in pointers
    )


def context(store: Store, given: set[Triple]) -> set[Triple]:
    """What the store has of the nodes that the triples refer to, or add to: a shape must see the whole of them."""
    found: set[Triple] = set()
    added = {named(q.subject) for q in routed(given) if q.graph_name == SHARED}
    described = {named(t.subject) for t in given} - added
    while wanted := (added | {named(t.object) for t in given | found if is_ours(t.object)}) - described:
        values = " ".join(sorted(map(str, wanted)))
        found |= set(triples(store, f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ VALUES ?s {{ {values} }} ?s ?p ?o }}"))
        described |= wanted
    return {t for t in found if not is_computed(t)}
