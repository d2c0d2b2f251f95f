"""Content goes into a store: a folder, a report file, our own dump. Whole or not at all, and twice is once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
from pyoxigraph import NamedNode, Quad, Triple

from communique import batches, bulk, quadfile, remains, reread
from communique.binding import Query
from communique.computed import is_computed
from communique.content import Content
from communique.derive import derive_write, load_rules
from communique.errors import Fault, Faulty, NotFound
from communique.following import PENDING, Following
from communique.rdf import named, parse, routed
from communique.store import META, Change, Store, placed, rows
from communique.store.embedded import Embedded
from communique.touched import Write
from communique.vocab import CMQ, CODE, CODES, DCTERMS, ID, RDF, SCHEMA, SHARED

# Imported with the first report that is loaded by itself: the model takes a while, and very many are for other processes.
if TYPE_CHECKING:
    from communique import encode, faults
    from communique.report import Report

# From so many reports on, processes that read a dump of ours beside each other are worth starting.
FEW = 20

Check = Callable[[bytes, str], list[Fault]]


class Loader:
    """Loads into one store by the rules of one content folder; `check` judges RDF that is not a report file."""

    def __init__(self, store: Store, content: Content, check: Check) -> None:
        self.store, self.content, self.check = store, content, check
        self.rules: list[Query] = load_rules(content)
        self.following = Following(store, self.rules)

    def recover(self) -> None:
        """Finish what was cut short between a write and its rules, as a new loader does."""
        self.following.recover()

    def rederive(self) -> Change:
        """Bring the whole derived graph up to date; what had to change."""
        return self.following.rederive()

    # -- very many reports

    def many(self, given: Iterable[bulk.Batch]) -> bulk.Taken:
        """The reports that need nothing but what is there by their turn, all of them in one go; the others are left.

        Stopped on the way, the store has all of them or none, and derives what they make when it is opened.
        """
        with self.following.intake() as intake:
            taken = bulk.take(self.store, given, intake)
            if taken.sources:
                self.following.put(intake, taken)
        return taken

    # -- content: code lists, named nodes, reports

    def vocabulary(self) -> str:
        """The code lists and the named actors, places and events of the content folder."""
        wanted = placed(parse(self.content.schemes), CODES)
        change = Change(remove=set(self.store.quads(CODES)), add=wanted)
        seeds = {t for path in self.content.seeds() for t in parse(path)}
        change.remove |= set(self.store.about(SHARED, {named(t.subject) for t in seeds}))
        change.add |= placed(seeds, SHARED)
        change = change.settle()
        if not change:
            return "unchanged"
        new = not change.remove
        self.store.commit(Change(change.remove, {*change.add, PENDING}))
        self.rederive()
        return "loaded" if new else "replaced"

    def report_file(self, path: Path) -> str:
        """One report file; Faulty, and nothing is changed, when it breaks a rule."""
        # YAML is of no use to a service whose store is filled.
        from communique import reader

        report = reader.read(path)
        known = lookup(self.store, path.stem, report)
        reader.read(path, known)
        return self.report(path.stem, report, known, str(path))

    def report(self, name: str, report: Report, known: faults.Known, source: str) -> str:
        """A report that breaks no rule: "loaded", "replaced" or "unchanged"."""
        from communique import encode

        encoded = encode.encode(name, report, known.types)
        former = self._described_otherwise(encoded, source)
        own = placed(encoded.own.triples(), encoded.report)
        shared = placed(encoded.shared.triples(), SHARED)
        before = set(self.store.quads(encoded.report))
        change = Change(before | former, own | shared)
        stale = remains.stale(self.store, before, {q.subject for q in shared})
        change.remove |= remains.orphans(self.store, stale, change)
        change = self._lacking(change)
        if not change:
            return "unchanged"
        self._apply(self._remember(change, before, encoded), before, own)
        return "replaced" if before else "loaded"

    def withdraw(self, report: NamedNode) -> None:
        """Take a report out, and the shared nodes that nothing points at any more. NotFound if it is not there."""
        before = set(self.store.quads(report))
        if not before:
            raise NotFound(f"there is no report {report.value}")
        from communique import encode

        change = Change(before, set())
        change.remove |= remains.orphans(self.store, remains.stale(self.store, before, set()), change)
        self._apply(self._remember(change, before, encode.Encoded(report)), before, set())

    def line(self, place: batches.Place) -> str:
        """One line of a file of reports; Faulty as `report_file`."""
        from communique import faults

        given = place.read()
        name, report = given.name, given.report
        known = lookup(self.store, name, report)
        if found := faults.inspect(name, report, known):
            raise Faulty([Fault(str(place.file), place.number, p.rule, p.message) for p in found])
        return self.report(name, report, known, str(place))

    # -- our own dump, or any RDF in our vocabulary

    def rdf_file(self, path: Path) -> str:
        """A Turtle, N-Triples, N-Quads or TriG file, gzip allowed, checked by shapes and check queries.

        N-Quads of a whole store of ours, for one without reports, are checked as the reports that they were made of.
        """
        return "loaded" if self._reread(path) else self._judged(path)

    def _reread(self, path: Path) -> bool:
        """Whether the file is a dump of ours that came out of its reports as it went in, and now is loaded."""
        if (
            path.suffix != ".nq"
            or not isinstance(self.store, Embedded)
            or not path.stat().st_size
            or self.following.reports()
        ):
            return False
        try:
            file = quadfile.Quadfile(path)
        except quadfile.Unlike:
            return False
        with closing(file):
            return len(file.places.reports) >= FEW and self._taken(file)

    def _taken(self, file: quadfile.Quadfile) -> bool:
        with self.following.intake() as intake:
            found = reread.take(self.store, file, intake)
            if found:
                if found.named:
                    self._sound(found.named, found.named | found.around, file.file)
                self.following.put(intake, found.taken)
        return found is not None

    def _sound(self, given: set[Triple], around: set[Triple], path: Path) -> None:
        """Raise Faulty with what shapes and check queries have against triples that are to be added."""
        whole = around | remains.context(self.store, given)
        if found := self.check(ox.serialize(whole, format=ox.RdfFormat.N_TRIPLES) or b"", str(path)):
            raise Faulty(found)

    def _judged(self, path: Path) -> str:
        # Nor codes that the store has: those of an older dump would be added to them.
        lists = {q.subject for q in self.store.quads(CODES)}
        given = {t for t in parse(path) if not is_computed(t) and t.subject != META and t.subject not in lists}
        if blank := next((t for t in given if not isinstance(t.subject, NamedNode)), None):
            raise Faulty([Fault(str(path), 1, "blank-node", f"data has no blank nodes: {blank.subject}")])
        if foreign := [t for t in given if not str(t.subject).startswith((f"<{ID}", f"<{CODE}"))]:
            raise Faulty(
                [Fault(str(path), 1, "foreign", f"{foreign[0].subject} is no node of ours; nothing was loaded")]
            )
        self._sound(given, given, path)
        add = set(routed(given))
        reports = {q.graph_name for q in add} - {SHARED, CODES}
        change = Change({q for g in reports for q in self.store.quads(named(g))}, add)
        change = self._lacking(change)
        if not change:
            return "unchanged"
        replaced = bool(change.remove)
        self.store.commit(Change(change.remove, {*change.add, PENDING}))
        self.rederive()
        return "replaced" if replaced else "loaded"

    # -- the parts of a write

    def _apply(self, change: Change, before: set[Quad], after: set[Quad]) -> None:
        """A report's write, and what rules make of it, in one commit."""
        if self._moves(change):
            self.store.commit(Change(change.remove, {*change.add, PENDING}))
            self.rederive()
            return
        write = Write(change, frozenset(before), frozenset(after))
        derived = derive_write(self.store.ruled(), self.rules, write)
        self.store.commit(Change(change.remove | derived.remove, change.add | derived.add))

    def _moves(self, change: Change) -> bool:
        """Whether a place that was there before is within another one now, which may matter to any event there."""
        moved = {named(q.subject) for q in (*change.remove, *change.add) if q.predicate == CMQ.within}
        # Nothing points at one that goes.
        moved -= {named(q.subject) for q in change.remove if q.predicate == RDF.type}
        return any(True for _ in self.store.about(SHARED, moved))

    def _remember(self, change: Change, before: set[Quad], encoded: encode.Encoded) -> Change:
        """The change, and of each statement that is gone which report it was in: its address answers 410."""
        present = {NamedNode(iri) for iri in encoded.statements}
        gone = {named(q.subject) for q in before if str(q.subject).startswith(f"<{ID}statement/")}
        stones = {Quad(s, DCTERMS.isReplacedBy, encoded.report, META) for s in gone - present}
        risen = set(self.store.about(META, present))
        return Change(change.remove | risen, change.add | stones)

    def _lacking(self, change: Change) -> Change:
        """The change without what the store has already."""
        change = change.settle()
        subjects: dict[NamedNode, set[NamedNode]] = {}
        for quad in change.add:
            subjects.setdefault(named(quad.graph_name), set()).add(named(quad.subject))
        had = {q for graph, some in subjects.items() for q in self.store.about(graph, some)}
        return Change(change.remove, change.add - had)

    def _described_otherwise(self, encoded: encode.Encoded, source: str) -> set[Quad]:
        """What the store says of what the report introduces and the report no longer does. Faulty when another report,
        or nobody's, says it: who introduces what is there does it in the same words.
        """
        former: set[Quad] = set()
        for mention in encoded.own.objects((f"{SCHEMA.mentions} <",)):
            iri = NamedNode(mention)
            described = placed(encoded.shared.of(mention).triples(), SHARED)
            other = set(self.store.quads(SHARED, iri)) - described
            if other and not self._only_ours(iri, encoded.report):
                message = f"{iri.value} is already described otherwise; leave it out, or use another name"
                raise Faulty([Fault(source, 1, "introduced-twice", message)])
            former |= other
        return former

    def _only_ours(self, iri: NamedNode, report: NamedNode) -> bool:
        found = rows(self.store, f"SELECT ?r WHERE {{ ?r {SCHEMA.mentions} {iri} }}")
        return [row["r"] for row in found] == [report]


def lookup(store: Store, name: str, report: Report) -> faults.Known:
    """Of the nodes and codes that the report names, those that the store has."""
    from communique import faults

    return faults.Known(bulk.types_in(store, faults.named(name, report)))
