"""What a report's write touches of what rules make, and all that the rules look at for it, in memory, as it will be.

Touched are the statements that change, those that they supersede, and, when it changes which report copies which, those of the
copies; and the events that they speak of. A rule says of the slice around them what it says of them in the whole
store: the slice holds the propositions about these events, whatever is compared with what the statements say, and the
links between statements, reports, places and codes. What it says of others is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox
from pyoxigraph import NamedNode, Quad, Triple

from communique.slices import written
from communique.store import Change, Store
from communique.vocab import CMQ, DERIVED, ID, RDF, SKOS

STATEMENT = f"<{ID}statement/"
# Computed by rules, between two statements.
BETWEEN = (CMQ.contradicts, CMQ.differsFrom, CMQ.corroborates)
# Of what is no event, only these are compared: a question about a place may have very many other answers.
COMPARED = (CMQ.QuantityProposition, CMQ.TimeProposition)


@dataclass(frozen=True)
class Write:
    """What a report's write will change, and the report's graph before and after it."""

    change: Change
    before: frozenset[Quad]
    after: frozenset[Quad]

    def triples(self, *predicates: NamedNode) -> Iterator[Triple]:
        """Of the two graphs, and of all that changes, the triples with these predicates."""
        quads = (*self.before, *self.after, *self.change.remove, *self.change.add)
        return (quad.triple for quad in quads if quad.predicate in predicates)


class Touched:
    """What a write touches in a store that it has not been made in yet."""

    def __init__(self, store: Store, write: Write) -> None:
        self.store, self.write = store, write

    @cached_property
    def changed(self) -> set[NamedNode]:
        """The statements that change."""
        quads = (*self.write.change.remove, *self.write.change.add)
        return {_named(q.subject) for q in quads if str(q.subject).startswith(STATEMENT)}

    @cached_property
    def statements(self) -> set[NamedNode]:
        """Those whose relations to others may be other ones now."""
        superseded = {_named(t.object) for t in self.write.triples(CMQ.supersedes) if t.subject in self.changed}
        return self.changed | superseded | self._of_copies()

    @cached_property
    def events(self) -> set[NamedNode]:
        """The events that they speak of."""
        return {_named(t.object) for t in self._said if t.predicate == CMQ.aboutEvent}

    def bears(self, triple: Triple) -> bool:
        """Whether a derived triple is about what was touched."""
        return triple.subject in self.events or triple.subject in self.statements or triple.object in self.statements

    def derived(self) -> set[Quad]:
        """What the store has derived of it."""
        found = set(self.store.about(DERIVED, self.events | self.statements))
        # The predicates are not bound: the engine would read all that stands between any two statements.
        ends = _asked(self.store, "?x ?p ?end", {"end": self.statements})
        return found | {Quad(t.subject, t.predicate, t.object, DERIVED) for t in ends if t.predicate in BETWEEN}

    def slice(self) -> ox.Store:
        """What the rules look at, with the write made."""
        found = self._content()
        found |= self._links(found)
        change = self.write.change
        found -= {quad.triple for quad in change.remove}
        found |= {quad.triple for quad in change.add if quad.graph_name != DERIVED}
        store = ox.Store()
        store.bulk_extend(Quad(t.subject, t.predicate, t.object) for t in found)
        return store

    # -- the parts

    @cached_property
    def _said(self) -> set[Triple]:
        """The triples of what the touched statements express, before or after."""
        elsewhere = self.statements - self.changed
        expressed = {t.object for t in self.write.triples(CMQ.expresses) if t.subject in self.statements}
        expressed |= {t.object for t in _asked(self.store, f"?x {CMQ.expresses} ?o", {"x": elsewhere})}
        changing = {q.triple for q in (*self.write.change.remove, *self.write.change.add) if q.subject in expressed}
        return changing | _asked(self.store, "?x ?p ?o", {"x": {_named(o) for o in expressed}})

    def _of_copies(self) -> set[NamedNode]:
        """The statements of all reports that are, were or will be copies of this one, or it of them."""
        change = self.write.change
        changed = [q.triple for q in (*change.remove, *change.add) if q.predicate == CMQ.copyOf]
        ends = {_named(end) for t in changed for end in (t.subject, t.object)}
        reports = ends | {_named(end) for t in self._copies(ends) for end in (t.subject, t.object)}
        return {_named(t.subject) for t in _asked(self.store, f"?s {CMQ.reportedIn} ?report", {"report": reports})}

    def _copies(self, reports: set[NamedNode]) -> set[Triple]:
        """Which reports are copies of which, all that these hang together with."""
        found: set[Triple] = set()
        fresh = reports
        while fresh:
            ways = (_asked(self.store, f"?a {CMQ.copyOf} ?b", {end: fresh}) for end in ("a", "b"))
            links = set().union(*ways)
            fresh = {_named(end) for t in links - found for end in (t.subject, t.object)} - reports
            found, reports = found | links, reports | fresh
        return found

    def _content(self) -> set[Triple]:
        """The propositions that matter, whole, and the statements that express them, whole."""
        said = self._said
        entities = {_named(t.object) for t in said if t.predicate in (CMQ.aboutEntity, CMQ.aboutStatement)}
        of_entities = {t.subject for t in said if t.object in entities}
        of_entities &= {t.subject for t in said if t.object in COMPARED}
        asked = {_named(t.object) for t in said if t.subject in of_entities and t.predicate == CMQ.answers}
        found = {_named(t.subject) for t in _asked(self.store, f"?x {CMQ.aboutEvent} ?event", {"event": self.events})}
        found |= {_named(t.subject) for t in said}
        compared = f"?x {CMQ.answers} ?question . ?x {RDF.type} ?kind"
        found |= _subjects(_asked(self.store, compared, {"question": asked, "kind": COMPARED}))
        found |= self._comparable(said, entities)
        content = _asked(self.store, "?x ?p ?o", {"x": found})
        telling = _subjects(_asked(self.store, f"?s {CMQ.expresses} ?x", {"x": found}))
        return content | _asked(self.store, "?s ?p ?o", {"s": telling})

    def _comparable(self, said: set[Triple], entities: set[NamedNode]) -> set[NamedNode]:
        """The counts of other things of an entity, such as landed for launched, that are compared with those that are said."""
        counted = {t.subject for t in said if t.object == CMQ.QuantityProposition}
        counted &= {t.subject for t in said if t.object in entities}
        aspects = {_named(t.object) for t in said if t.predicate == CMQ.aspect and t.subject in counted}
        related = _asked(self.store, f"?a {SKOS.related} ?b", {"a": aspects}) | _asked(
            self.store, f"?a {SKOS.related} ?b", {"b": aspects}
        )
        others = {_named(end) for t in related for end in (t.subject, t.object)}
        about = f"?x {CMQ.aspect} ?aspect . ?x ?about ?entity"
        terms = {"entity": entities, "about": (CMQ.aboutEntity, CMQ.aboutStatement), "aspect": others}
        return _subjects(_asked(self.store, about, terms))

    def _links(self, content: set[Triple]) -> set[Triple]:
        """What supersedes these statements, and whose it is; copies, places around places, broader and related codes."""
        told = {*content, *self.write.triples(CMQ.reportedIn, CMQ.relObject)}
        statements = {_named(t.subject) for t in content if t.predicate == CMQ.expresses} | self.statements
        newer = _asked(self.store, f"?newer {CMQ.supersedes} ?s", {"s": statements})
        found = newer | _asked(self.store, f"?newer {CMQ.assertedBy} ?by", {"newer": _subjects(newer)})
        found |= self._copies({_named(t.object) for t in told if t.predicate == CMQ.reportedIn})
        found |= self._around({_named(t.object) for t in told if t.predicate == CMQ.relObject})
        return found | {t for link in (SKOS.broader, SKOS.related) for t in _asked(self.store, f"?a {link} ?b", {})}

    def _around(self, places: set[NamedNode]) -> set[Triple]:
        """Which place is within which, from these outwards."""
        found: set[Triple] = set()
        fresh = places
        while fresh:
            links = _asked(self.store, f"?a {CMQ.within} ?b", {"a": fresh})
            fresh = {_named(t.object) for t in links - found}
            found |= links
        return found


def _asked(store: Store, pattern: str, terms: Mapping[str, Iterable[NamedNode]]) -> set[Triple]:
    """The triples that match the first pattern, joined with the others, where these variables have one of these terms."""
    given = {name: sorted(map(str, values)) for name, values in terms.items()}
    if not all(given.values()):
        return set()
    values = " ".join(f"VALUES ?{name} {{ {' '.join(items)} }}" for name, items in given.items())
    first = pattern.partition(" . ")[0]
    data = written(store, f"CONSTRUCT {{ {first} }} WHERE {{ {values} {pattern} }}")
    return {quad.triple for quad in ox.parse(data, format=ox.RdfFormat.N_TRIPLES)}


def _subjects(triples: Iterable[Triple]) -> set[NamedNode]:
    return {_named(t.subject) for t in triples}


def _named(term: object) -> NamedNode:
    if not isinstance(term, NamedNode):
        raise TypeError(f"{term} is no IRI")
    return term
