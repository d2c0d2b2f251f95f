"""Rules become triples: shortcuts, contradictions and counts of what was touched, in the derived graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox
from pyoxigraph import NamedNode, Triple

from communique import catalog, slices
from communique.catalog import Query
from communique.content import Content
from communique.store import Change, Store, placed, rows, triples
from communique.vocab import CMQ, DERIVED, ID, RDF

BATCH = 500
COUNT = f"{ID}count/"
# Everything by rules; a dump that is loaded leaves these out and derives them again.
COMPUTED = frozenset({
    CMQ.hasClaimant, CMQ.hasAccused, CMQ.hasDenier, CMQ.respondsTo, CMQ.hasRespondent, CMQ.candidateSameAs,
    CMQ.indexedAt, CMQ.indexedEarliest, CMQ.indexedLatest, CMQ.contradicts, CMQ.differsFrom, CMQ.corroborates,
})  # fmt: skip


def load_rules(content: Content) -> list[Query]:
    """The rules of a content folder: CONSTRUCT queries, each about a `subject` or an `actor`."""
    return [catalog.read(path) for path in content.rules()]


def is_computed(triple: Triple) -> bool:
    """Whether a rule makes it, so that it is never loaded from outside."""
    return (
        triple.predicate in COMPUTED
        or (triple.predicate == RDF.type and triple.object == CMQ.Response)
        or str(triple.subject).startswith(f"<{COUNT}")
    )


def derive(store: Store, rules: Sequence[Query]) -> Change:
    """What the derived graph lacks and what it has too much, over the whole store."""
    said = (q.triple for piece in evaluate(store, rules) for q in ox.parse(piece, format=ox.RdfFormat.N_TRIPLES))
    return Change(remove=set(store.quads(DERIVED)), add=placed(said, DERIVED)).settle()


def evaluate(store: Store, rules: Sequence[Query], cuts: Sequence[slices.Cut] = ()) -> Iterator[bytes]:
    """All that the rules say of the whole store, in pieces of N-Triples; a triple may come twice.

    With `cuts`, a store that had no report before it took them in.
    """
    of_actors = [rule for rule in rules if rule.param("actor")]
    others = [rule for rule in rules if rule not in of_actors]
    yield from slices.evaluate_new(store, others, cuts) if cuts else slices.evaluate(store, others)
    yield from (slices.written(store, rule.text) for rule in of_actors)


@dataclass
class Touched:
    """What a write touched: subjects of propositions, actors whose statements changed, statements that are gone."""

    subjects: set[NamedNode] = field(default_factory=set)
    actors: set[NamedNode] = field(default_factory=set)
    gone: set[NamedNode] = field(default_factory=set)


def derive_touched(store: Store, rules: Iterable[Query], touched: Touched) -> Change:
    """The same for what was touched only."""
    bearers = _bearers(store, touched.subjects) | _counts(store, touched.actors) | touched.gone
    change = Change(remove=set(store.about(DERIVED, bearers)))
    for rule in rules:
        name, nodes = ("actor", touched.actors) if rule.param("actor") else ("subject", touched.subjects)
        for some in _batches(nodes):
            text = catalog.bind(rule, {name: some})
            change.add |= placed(triples(store, text), DERIVED)
    return change.settle()


def _bearers(store: Store, subjects: set[NamedNode]) -> set[NamedNode]:
    """The nodes that bear derived triples about the subjects: they themselves, and the statements about them."""
    found = set(subjects)
    for some in _batches(subjects):
        values = " ".join(map(str, some))
        found |= set(_column(store, f"""
            PREFIX cmq: <{CMQ}> SELECT ?x WHERE {{ VALUES ?subject {{ {values} }}
              {{ ?p cmq:aboutEvent ?subject }} UNION {{ ?p cmq:aboutEntity ?subject }} UNION {{ ?p cmq:aboutStatement ?subject }}
              ?x cmq:expresses ?p }}"""))  # fmt: skip
    return found


def _counts(store: Store, actors: set[NamedNode]) -> set[NamedNode]:
    values = " ".join(map(str, actors))
    text = f"PREFIX cmq: <{CMQ}> SELECT ?x WHERE {{ VALUES ?actor {{ {values} }} ?x cmq:countedActor ?actor }}"
    return set(_column(store, text)) if actors else set()


def _column(store: Store, text: str) -> Iterator[NamedNode]:
    return (row["x"] for row in rows(store, text) if isinstance(row["x"], NamedNode))


def _batches(nodes: set[NamedNode]) -> Iterator[list[NamedNode]]:
    ordered = sorted(nodes, key=str)
    return (ordered[i : i + BATCH] for i in range(0, len(ordered), BATCH))
