"""Content goes into a store: a folder, a report file, our own dump. Whole or not at all, and twice is once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad, Triple

from communique import encode, faults, reader
from communique.catalog import Query
from communique.content import Content
from communique.derive import Touched, derive, derive_touched, is_computed, load_rules
from communique.errors import Fault, Faulty, NotFound
from communique.rdf import is_ours, named, parse, routed
from communique.report import Report
from communique.store import META, Change, Store, placed, rows, triples
from communique.store.embedded import Embedded
from communique.vocab import CMQ, CODE, CODES, DCTERMS, ID, RDFS, SCHEMA, SHARED

SUBJECTS = frozenset({CMQ.aboutEvent, CMQ.aboutEntity, CMQ.aboutStatement})
# Between a write and the rules that follow it: a store that was stopped there derives when it is opened.
# While a new store is being filled from the content: one that was stopped there is filled when it is opened.
FILLING = Quad(META, RDFS.comment, Literal("the store is not yet filled"), META)
PENDING = Quad(META, RDFS.comment, Literal("the derived graph is not yet up to date"), META)

Check = Callable[[bytes, str], list[Fault]]


@dataclass
class Summary:
    """What became of each source."""

    loaded: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: dict[str, list[Fault]] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = {"loaded": self.loaded, "replaced": self.replaced, "unchanged": self.unchanged, "refused": self.refused}
        return ", ".join(f"{len(found)} {word}" for word, found in parts.items())


class Loader:
    """Loads into one store by the rules of one content folder; `check` judges RDF that is not a report file."""

    def __init__(self, store: Store, content: Content, check: Check) -> None:
        self.store, self.content, self.check = store, content, check
        self.rules: list[Query] = load_rules(content)
        self.recover()

    def recover(self) -> None:
        """Finish what was cut short between a write and its rules."""
        if PENDING in set(self.store.quads(META)):
            self.rederive()

    def rederive(self) -> Change:
        """Bring the whole derived graph up to date; what had to change."""
        change = derive(self.store, self.rules)
        self.store.commit(Change({*change.remove, PENDING}, change.add))
        return change

    # -- content: code lists, named nodes, reports

    def vocabulary(self) -> str:
        """The code lists and the named actors, places and events of the content folder."""
        wanted = placed(parse(self.content.schemes), CODES)
        change = Change(remove=set(self.store.quads(CODES)), add=wanted)
        seeds = {t for path in self.content.seeds() for t in parse(path)}
        for subject in {t.subject for t in seeds}:
            change.remove |= set(self.store.quads(SHARED, named(subject)))
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
        report = reader.read(path)
        known = lookup(self.store, path.stem, report)
        reader.read(path, known)
        return self.report(path.stem, report, known, str(path))

    def report(self, name: str, report: Report, known: faults.Known, source: str) -> str:
        """A report that breaks no rule: "loaded", "replaced" or "unchanged"."""
        encoded = encode.encode(name, report, known.types)
        self._refuse_redescription(encoded, source)
        own = placed(encoded.own, encoded.report)
        before = set(self.store.quads(encoded.report))
        change = Change(before, own | placed(encoded.shared, SHARED))
        stale = self._stale(before, {t.subject for t in encoded.shared})
        change.remove |= self._orphans(stale, change)
        change = self._lacking(change)
        if not change:
            return "unchanged"
        # Who copies whom says which other reports corroborate, whatever they are about.
        copies = {q for q in before ^ own if q.predicate == CMQ.copyOf}
        touched = _touched(before | own, set(encoded.shared) | set(self._shared_of(before)), before - own)
        self._apply(self._remember(change, touched.gone, encoded), touched)
        if copies:
            self.rederive()
        return "replaced" if before else "loaded"

    def withdraw(self, report: NamedNode) -> None:
        """Take a report out, and the shared nodes that nothing points at any more. NotFound if it is not there."""
        before = set(self.store.quads(report))
        if not before:
            raise NotFound(f"there is no report {report.value}")
        touched = _touched(before, set(self._shared_of(before)), before)
        change = Change(before, set())
        change.remove |= self._orphans(self._stale(before, set()), change)
        self._apply(self._remember(change, touched.gone, encode.Encoded(report)), touched)

    # -- our own dump, or any RDF in our vocabulary

    def rdf_file(self, path: Path) -> str:
        """A Turtle, N-Triples, N-Quads or TriG file, gzip allowed, checked by shapes and check queries."""
        given = {t for t in parse(path) if not is_computed(t) and t.subject != META}
        if blank := next((t for t in given if not isinstance(t.subject, NamedNode)), None):
            raise Faulty([Fault(str(path), 1, "blank-node", f"data has no blank nodes: {blank.subject}")])
        if foreign := [t for t in given if not str(t.subject).startswith((f"<{ID}", f"<{CODE}"))]:
            raise Faulty(
                [Fault(str(path), 1, "foreign", f"{foreign[0].subject} is no node of ours; nothing was loaded")]
            )
        whole = given | self._context(given)
        if found := self.check(ox.serialize(whole, format=ox.RdfFormat.N_TRIPLES) or b"", str(path)):
            raise Faulty(found)
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

    def _context(self, given: set[Triple]) -> set[Triple]:
        """What the store has of the nodes that the triples refer to, or add to: a shape must see the whole of them."""
        found: set[Triple] = set()
        added = {named(q.subject) for q in routed(given) if q.graph_name == SHARED}
        described = {named(t.subject) for t in given} - added
        while wanted := (added | {named(t.object) for t in given | found if is_ours(t.object)}) - described:
            values = " ".join(sorted(map(str, wanted)))
            found |= set(triples(self.store, f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ VALUES ?s {{ {values} }} ?s ?p ?o }}"))
            described |= wanted
        return {t for t in found if not is_computed(t)}

    # -- the parts of a write

    def _apply(self, change: Change, touched: Touched) -> None:
        self.store.commit(Change(change.remove, {*change.add, PENDING}))
        derived = derive_touched(self.store, self.rules, touched)
        self.store.commit(Change({*derived.remove, PENDING}, derived.add))

    def _remember(self, change: Change, gone: set[NamedNode], encoded: encode.Encoded) -> Change:
        """The change, and of each statement that is gone which report it was in: its address answers 410."""
        present = set(encoded.statements)
        stones = {Quad(s, DCTERMS.isReplacedBy, encoded.report, META) for s in gone - present}
        risen = {q for s in present for q in self.store.quads(META, s)}
        return Change(change.remove | risen, change.add | stones)

    def _lacking(self, change: Change) -> Change:
        """The change without what the store has already."""
        change = change.settle()
        subjects = {(named(q.graph_name), named(q.subject)) for q in change.add}
        had = {q for graph, subject in subjects for q in self.store.quads(graph, subject)}
        return Change(change.remove, change.add - had)

    def _refuse_redescription(self, encoded: encode.Encoded, source: str) -> None:
        """A report may introduce what another has introduced, but only in the same words."""
        for mention in (t.object for t in encoded.own if t.predicate == SCHEMA.mentions):
            iri = named(mention)
            described = placed((t for t in encoded.shared if t.subject == iri), SHARED)
            before = set(self.store.quads(SHARED, iri))
            if before - described and not self._only_ours(iri, encoded.report):
                message = f"{iri.value} is already described otherwise; leave it out, or use another name"
                raise Faulty([Fault(source, 1, "introduced-twice", message)])

    def _only_ours(self, iri: NamedNode, report: NamedNode) -> bool:
        found = rows(self.store, f"SELECT ?r WHERE {{ ?r {SCHEMA.mentions} {iri} }}")
        return [row["r"] for row in found] == [report]

    def _shared_of(self, own: set[Quad]) -> Iterator[Triple]:
        """The shared triples that say what the statements of a report's graph express."""
        for proposition in {named(q.object) for q in own if q.predicate == CMQ.expresses}:
            yield from (q.triple for q in self.store.quads(SHARED, proposition))

    def _stale(self, before: set[Quad], kept: set[object]) -> set[NamedNode]:
        """The shared nodes that a report's earlier graph brought in and its new one does not."""
        found = {named(q.object) for q in before if q.predicate in (CMQ.expresses, SCHEMA.mentions)}
        found |= {named(t.object) for t in self._shared_of(before) if t.predicate in (CMQ.answers, CMQ.relativeTo)}
        return found - kept

    def _orphans(self, candidates: set[NamedNode], change: Change) -> set[Quad]:
        """All quads of the candidates at which nothing would point after the change."""
        removed = {q.triple for q in change.remove}
        pointed = {q.object for q in change.add}
        dropped: set[NamedNode] = set()
        while found := {c for c in candidates - dropped if c not in pointed and not self._held(c, removed, dropped)}:
            dropped |= found
        return {q for iri in dropped for q in self.store.quads(SHARED, iri)}

    def _held(self, iri: NamedNode, removed: set[Triple], dropped: set[NamedNode]) -> bool:
        pointers = (Triple(r["s"], r["p"], iri) for r in rows(self.store, f"SELECT ?s ?p WHERE {{ ?s ?p {iri} }}"))
        return any(
            t not in removed and t.subject != iri and t.subject not in dropped and not is_computed(t) for t in pointers
        )


def lookup(store: Store, name: str, report: Report) -> faults.Known:
    """Of the nodes and codes that the report names, those that the store has."""
    values = " ".join(sorted(map(str, faults.named(name, report))))
    text = f"SELECT ?x ?type WHERE {{ VALUES ?x {{ {values} }} ?x a ?type }}"
    types: dict[NamedNode, set[str]] = {}
    for row in rows(store, text):
        types.setdefault(named(row["x"]), set()).add(row["type"].value.rpartition("#")[2])
    return faults.Known({iri: frozenset(names) for iri, names in types.items()})


def opened(folder: Path, content: Content, check: Check) -> tuple[Embedded, Loader]:
    """The store in a folder, to be written, and its loader; one that does not exist yet is filled from the content."""
    new = not (folder / "data").is_dir()
    store = Embedded.open(folder, create=True)
    loader = Loader(store, content, check)
    if new:
        store.commit(Change(add={FILLING}))
    if FILLING in set(store.quads(META)):
        loader.vocabulary()
        summary = load_all(loader, content.reports(), lambda name, became: None)
        if summary.refused:
            raise Faulty([fault for found in summary.refused.values() for fault in found])
        store.commit(Change(remove={FILLING}))
    return store, loader


def sources(path: Path) -> list[Path]:
    """The files that a path stands for: itself, or the report files of a folder."""
    if path.is_file():
        return [path]
    if path.is_dir():
        folder = path / "graph" / "reports"
        return sorted((folder if folder.is_dir() else path).glob("*.yaml"))
    raise NotFound(f"there is no file or folder {path}")


def load_all(loader: Loader, paths: list[Path], told: Callable[[str, str], None]) -> Summary:
    """Load each file; `told` hears of each what became of it. A report may need what a later one introduces."""
    summary = Summary()
    waiting = paths
    while waiting:
        refused: dict[Path, list[Fault]] = {}
        for path in waiting:
            try:
                became = loader.report_file(path) if path.suffix == ".yaml" else loader.rdf_file(path)
            except Faulty as error:
                refused[path] = error.faults
                continue
            getattr(summary, became).append(str(path))
            told(str(path), became)
        if len(refused) == len(waiting) or not refused:
            summary.refused = {str(path): found for path, found in refused.items()}
            for name in summary.refused:
                told(name, "refused")
            break
        waiting = list(refused)
    return summary


def _touched(own: set[Quad], shared: set[Triple], gone: set[Quad]) -> Touched:
    return Touched(
        subjects={named(t.object) for t in shared if t.predicate in SUBJECTS},
        actors={named(q.object) for q in own if q.predicate == CMQ.assertedBy},
        gone={named(q.subject) for q in gone if str(q.subject).startswith(f"<{ID}statement/")},
    )
