"""The words beside an identifier: one look-up for all nodes of an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode

from communique.content import Content
from communique.store import Store, rows
from communique.vocab import CMQ, DCTERMS, ID, RDFS, SKOS

QUESTION = f"{ID}question/"
LANGUAGE = "en"
# Labels that are remembered of a store that stays as it is.
KEPT = 50_000
# What qualifies a question, in the order in which it is told.
QUALIFIERS = (CMQ.unit, CMQ.category, CMQ.perimeterSide, CMQ.perimeter)


Words = Mapping[NamedNode, str]


def words(content: Content) -> Words:
    """The labels of the ontology's own terms."""
    quads = ox.parse(content.core.read_bytes(), format=ox.RdfFormat.TURTLE)
    return _best((q.subject, q.object) for q in quads if q.predicate == RDFS.label)


class Labels:
    """Labels of the nodes of a store, and of the ontology's terms; `fixed` when nobody writes to the store."""

    def __init__(self, store: Store, terms: Words, *, fixed: bool = False) -> None:
        self.store, self.terms, self.fixed = store, terms, fixed
        self.known: dict[NamedNode, str | None] = dict(terms)

    def of(self, nodes: Iterable[NamedNode]) -> dict[NamedNode, str]:
        """The label of each node that has one; English where there is a choice."""
        wanted = set(nodes)
        known = self._known()
        fresh = wanted - known.keys()
        asked = {n for n in fresh if n.value.startswith(QUESTION)}
        known |= dict.fromkeys(fresh) | self._stored(fresh - asked) | self._questions(asked)
        return {n: label for n in wanted if (label := known[n]) is not None}

    def _known(self) -> dict[NamedNode, str | None]:
        """What need not be looked up: found before, or found before to have none."""
        if not self.fixed or len(self.known) > KEPT:
            self.known = dict(self.terms)
        return self.known

    def _stored(self, nodes: set[NamedNode]) -> dict[NamedNode, str]:
        values = " ".join(sorted(map(str, nodes)))
        text = f"""SELECT ?x ?label WHERE {{ VALUES ?x {{ {values} }}
            {{ ?x {SKOS.prefLabel} ?label }} UNION {{ ?x {DCTERMS.title} ?label }} }}"""
        return _best((r["x"], r["label"]) for r in rows(self.store, text)) if nodes else {}

    def _questions(self, questions: set[NamedNode]) -> dict[NamedNode, str]:
        """A question in words: its aspect's, and what it is limited to."""
        if not questions:
            return {}
        values = " ".join(sorted(map(str, questions)))
        said = list(rows(self.store, f"SELECT ?q ?p ?o WHERE {{ VALUES ?q {{ {values} }} ?q ?p ?o }}"))
        worded = self._stored({r["o"] for r in said if r["p"] in QUALIFIERS})
        asked = self._scope_notes({r["o"] for r in said if r["p"] == CMQ.aspect})
        label = {r["q"]: asked.get(r["o"], "") for r in said if r["p"] == CMQ.aspect}
        for question in label:
            limits = [worded.get(o, "") for p in QUALIFIERS for o in _objects(said, question, p)]
            label[question] += f" ({' '.join(filter(None, limits))})" if limits else ""
        return label

    def _scope_notes(self, aspects: set[NamedNode]) -> dict[NamedNode, str]:
        values = " ".join(sorted(map(str, aspects)))
        text = f"SELECT ?x ?note WHERE {{ VALUES ?x {{ {values} }} ?x {SKOS.scopeNote} ?note }}"
        return _best((r["x"], r["note"]) for r in rows(self.store, text))


def _objects(said: list[ox.QuerySolution], question: NamedNode, predicate: NamedNode) -> list[NamedNode]:
    found = (r["o"] for r in said if r["q"] == question and r["p"] == predicate)
    return sorted((o for o in found if isinstance(o, NamedNode)), key=str)


def _best(pairs: Iterable[tuple[object, object]]) -> dict[NamedNode, str]:
    """Of several labels the English one, else the first by language."""
    ranked = sorted(
        (label.language != LANGUAGE, label.language or "", label.value, node.value)
        for node, label in pairs
        if isinstance(node, NamedNode) and isinstance(label, Literal)
    )
    return {NamedNode(node): value for _, _, value, node in reversed(ranked)}
