"""Rules become triples: shortcuts, contradictions and counts of what was touched, in the derived graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad, Triple

from communique import catalog, slices
from communique.binding import Query
from communique.content import Content
from communique.errors import CommuniqueError
from communique.store import Change, Store, placed
from communique.touched import Touched, Write
from communique.vocab import CMQ, DERIVED, XSD


def load_rules(content: Content) -> list[Query]:
    """The rules of a content folder: CONSTRUCT queries, each about a `subject`, or with numbers that are sums over reports."""
    return [catalog.read(path) for path in content.rules()]


def derive(store: Store, rules: Sequence[Query]) -> Change:
    """What the derived graph lacks and what it has too much, over the whole store."""
    said = (q.triple for piece in evaluate(store, rules) for q in ox.parse(piece, format=ox.RdfFormat.N_TRIPLES))
    return Change(remove=set(store.quads(DERIVED)), add=placed(said, DERIVED)).settle()


def evaluate(store: Store, rules: Sequence[Query]) -> Iterator[bytes]:
    """All that the rules say of the whole store, in pieces of N-Triples; a triple may come twice."""
    yield from slices.evaluate(store, [rule for rule in rules if not rule.sum])
    yield from sums(store, rules)


def evaluate_cuts(
    rules: Sequence[Query], links: bytes, cuts: Sequence[slices.Cut], room: slices.Room
) -> Iterator[bytes]:
    """The same but for sums of a store that takes in these cuts of a file, and has no reports before."""
    return slices.evaluate_cuts([rule for rule in rules if not rule.sum], links, cuts, room)


def sums(store: Store, rules: Sequence[Query]) -> Iterator[bytes]:
    """The numbers that are sums over reports."""
    return (slices.written(store, rule.text) for rule in rules if rule.sum)


def derive_write(store: Store, rules: Sequence[Query], write: Write) -> Change:
    """What else has to change when a report is written, which it has not been yet."""
    touched = Touched(store, write)
    change = Change()
    if touched.statements:
        around = touched.slice()
        said = {t for rule in rules if not rule.sum for t in _constructed(around, rule.text) if touched.bears(t)}
        change = Change(touched.derived(), placed(said, DERIVED))
    for rule in (rule for rule in rules if rule.sum):
        sums = _summed(store, rule, write)
        change.remove |= sums.remove
        change.add |= sums.add
    return change.settle()


def _summed(store: Store, rule: Query, write: Write) -> Change:
    """What changes of numbers that are sums over reports: by what this one adds to them, and what it no longer does."""
    number = CMQ[rule.sum or ""]
    before, after = (_constructed(_memory(quads), rule.text) for quads in (write.before, write.after))
    change = Change()
    for node in {t.subject for t in before | after if isinstance(t.subject, NamedNode)}:
        more = _number(after, node, number) - _number(before, node, number)
        if more:
            had = set(store.quads(DERIVED, node))
            count = more + _number((q.triple for q in had), node, number)
            told = {t for t in before | after if t.subject == node and t.predicate != number}
            total = Triple(node, number, Literal(str(count), datatype=XSD.integer))
            change.remove |= had
            change.add |= placed({*told, total}, DERIVED) if count > 0 else set()
    return change


def _number(triples: Iterable[Triple], node: NamedNode, number: NamedNode) -> int:
    """The node's number; 0 when it has none."""
    found = (t.object for t in triples if t.subject == node and t.predicate == number)
    return sum(int(term.value) for term in found if isinstance(term, Literal))


def _memory(quads: Iterable[Quad]) -> ox.Store:
    found = ox.Store()
    found.bulk_extend(Quad(q.subject, q.predicate, q.object) for q in quads)
    return found


def _constructed(store: ox.Store, text: str) -> set[Triple]:
    """What a rule says of a store in memory."""
    found = store.query(text)
    if not isinstance(found, ox.QueryTriples):
        raise CommuniqueError("a rule is a CONSTRUCT")
    return set(found)
