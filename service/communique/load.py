"""Content goes into a store: a folder, a report file, our own dump. Whole or not at all, and twice is once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad, Triple

from communique import batches, bulk, encode, faults, quadfile, remains, reread, slices
from communique.catalog import Query
from communique.content import Content
from communique.derive import derive, derive_write, evaluate, evaluate_cuts, is_computed, load_rules, sums
from communique.errors import CommuniqueError, Fault, Faulty, NotFound
from communique.rdf import named, parse, routed
from communique.report import Report
from communique.store import META, Change, Store, placed, rows
from communique.store.embedded import Embedded
from communique.touched import Write
from communique.vocab import CMQ, CODE, CODES, DCTERMS, DERIVED, ID, OWL, RDF, RDFS, SCHEMA, SHARED

# Between a write and the rules that follow it: a store that was stopped there derives when it is opened.
# While a new store is being filled from the content: one that was stopped there is filled when it is opened.
FILLING = Quad(META, RDFS.comment, Literal("the store is not yet filled"), META)
PENDING = Quad(META, RDFS.comment, Literal("the derived graph is not yet up to date"), META)
LOADING = "being loaded: "
# From so many new reports on, and a tenth of those that the store has, they are loaded together.
MANY = 200
# From so many reports on, processes that read a dump of ours beside each other are worth starting.
FEW = 20

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
            self._follow()

    def rederive(self) -> Change:
        """Bring the whole derived graph up to date; what had to change."""
        change = derive(self.store.ruled(), self.rules)
        self.store.commit(Change(change.remove | self._marks(), change.add))
        return change

    def _marks(self) -> set[Quad]:
        """What the store says of a write that its rules have yet to follow."""
        return {q for q in self.store.quads(META) if q == PENDING or _is_loading(q)}

    # -- very many reports

    def many(self, given: Iterable[bulk.Batch]) -> bulk.Taken:
        """The reports that need nothing but what is there by their turn, all of them in one go; the others are left.

        Stopped on the way, the store has all of them or none, and derives what they make when it is opened.
        """
        with tempfile.NamedTemporaryFile(suffix=".nq", dir=self.engine.folder) as draft:
            taken = bulk.take(self.store, given, draft)
            draft.flush()
            if taken.sources:
                self._put(Path(draft.name), taken)
        return taken

    def reports(self) -> int:
        """How many reports the store has."""
        found = rows(self.store, f"SELECT (COUNT(*) AS ?n) WHERE {{ ?r a {CMQ.Report} }}")
        return int(next(iter(found))["n"].value)

    @property
    def engine(self) -> Embedded:
        """The store, of whose files bulk loading makes more."""
        if not isinstance(self.store, Embedded):
            raise CommuniqueError("very many reports at once are for a store in a folder of ours")
        return self.store

    def _put(self, file: Path, taken: bulk.Taken) -> None:
        new = not self.reports() and not self._has_derived()
        # The mark tells one load from another, and the version is made of all that was committed.
        mark = Quad(META, RDFS.comment, Literal(f"{LOADING}{taken.digest}"), META)
        self.store.commit(Change(add={PENDING, mark}))
        if new:
            self._fill(file, taken)
        else:
            self._take_in(file)
            self._follow()

    def _fill(self, file: Path, taken: bulk.Taken) -> None:
        """What a store without reports takes in, and what rules make of it, for the most part while it does."""
        cuts = taken.cuts(file)
        links = b"".join([slices.links(self.store), *taken.links])
        with self._deriving() as out:
            # The engine works outside the interpreter's lock.
            with ThreadPoolExecutor(1) as beside:
                filled = beside.submit(self._take_in, file)
                out.writelines(evaluate_cuts(self.rules, links, cuts))
                filled.result()
            out.writelines(sums(self.store, self.rules))

    def _take_in(self, file: Path) -> None:
        """Everything in the file; a statement that is there again is gone no more."""
        self.engine.engine.bulk_load(path=str(file), format=ox.RdfFormat.N_QUADS)
        stones = {q for q in self.store.quads(META) if q.predicate == DCTERMS.isReplacedBy}
        risen = {q for q in stones if any(o.graph_name != META for o in self.store.quads(None, named(q.subject)))}
        self.store.commit(Change(remove=risen))

    def _has_derived(self) -> bool:
        return next(self.store.quads(DERIVED), None) is not None

    @contextmanager
    def _deriving(self) -> Iterator[IO[bytes]]:
        """Takes what rules make of a store in which nothing is derived: a file, since it may be very much."""
        with tempfile.NamedTemporaryFile(suffix=".nt", dir=self.engine.folder) as draft:
            yield cast("IO[bytes]", draft)
            draft.flush()
            self.engine.engine.bulk_load(path=draft.name, format=ox.RdfFormat.N_TRIPLES, to_graph=DERIVED)
        self.store.commit(Change(remove=self._marks()))

    def _follow(self) -> None:
        """Derive what the store lacks."""
        if isinstance(self.store, Embedded) and not self._has_derived():
            with self._deriving() as out:
                out.writelines(evaluate(self.store, self.rules))
        else:
            self.rederive()

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
        encoded = encode.encode(name, report, known.types)
        former = self._described_otherwise(encoded, source)
        own = placed(encoded.own, encoded.report)
        before = set(self.store.quads(encoded.report))
        change = Change(before | former, own | placed(encoded.shared, SHARED))
        stale = remains.stale(self.store, before, {t.subject for t in encoded.shared})
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
        change = Change(before, set())
        change.remove |= remains.orphans(self.store, remains.stale(self.store, before, set()), change)
        self._apply(self._remember(change, before, encode.Encoded(report)), before, set())

    def line(self, place: batches.Place) -> str:
        """One line of a file of reports; Faulty as `report_file`."""
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
        if path.suffix != ".nq" or not isinstance(self.store, Embedded) or not path.stat().st_size or self.reports():
            return False
        try:
            file = quadfile.Quadfile(path)
        except quadfile.Unlike:
            return False
        with closing(file), tempfile.NamedTemporaryFile(suffix=".nq", dir=self.store.folder) as draft:
            found = reread.take(self.store, file, draft) if len(file.places.reports) >= FEW else None
            if found:
                if found.named:
                    self._sound(found.named, found.named | found.around, path)
                draft.flush()
                self._put(Path(draft.name), found.taken)
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
        present = set(encoded.statements)
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
        for mention in (t.object for t in encoded.own if t.predicate == SCHEMA.mentions):
            iri = named(mention)
            described = placed((t for t in encoded.shared if t.subject == iri), SHARED)
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
    values = " ".join(sorted(map(str, faults.named(name, report))))
    text = f"SELECT ?x ?type WHERE {{ VALUES ?x {{ {values} }} ?x a ?type MINUS {{ ?x {OWL.deprecated} true }} }}"
    types: dict[NamedNode, set[str]] = {}
    for row in rows(store, text):
        types.setdefault(named(row["x"]), set()).add(row["type"].value.rpartition("#")[2])
    return faults.Known({iri: frozenset(names) for iri, names in types.items()})


def opened(folder: Path, content: Content, check: Check) -> tuple[Embedded, Loader]:
    """The store in a folder, to be written, and its loader; one that does not exist yet is filled from the content."""
    new = not (folder / "data").is_dir()
    store = Embedded.open(folder, create=True)
    return store, filled(store, content, check, new=new)


def filled(store: Store, content: Content, check: Check, *, new: bool) -> Loader:
    """The loader of a store, which was filled from the content if it is new, or was stopped while it was filled."""
    if new:
        store.commit(Change(add={FILLING}))
    loader = Loader(store, content, check)
    if FILLING in set(store.quads(META)):
        loader.vocabulary()
        summary = load_all(loader, sources(content.root), lambda name, became: None)
        if summary.refused:
            raise Faulty([fault for found in summary.refused.values() for fault in found])
        store.commit(Change(remove={FILLING}))
    return loader


def sources(path: Path) -> list[Path]:
    """The files that a path stands for: itself, or the report files of a folder."""
    if path.is_file():
        return [path]
    if path.is_dir():
        folder = path / "graph"
        if folder.is_dir():
            return [*sorted((folder / "reports").glob("*.yaml")), *sorted(folder.glob("*.jsonl"))]
        return sorted([*path.glob("*.yaml"), *path.glob("*.jsonl")])
    raise NotFound(f"there is no file or folder {path}")


Job = Callable[[], str]


def load_all(loader: Loader, paths: list[Path], told: Callable[[str, str], None]) -> Summary:
    """Load each file; `told` hears of each what became of it. A report may need what a later one introduces."""
    summary = Summary()
    waiting = {name: job for path in paths for name, job in _jobs(loader, path)}
    for name in _together(loader, paths, len(waiting)):
        summary.loaded.append(name)
        told(name, "loaded")
        del waiting[name]
    while waiting:
        refused: dict[str, Job] = {}
        summary.refused = {}
        for name, job in waiting.items():
            try:
                became = job()
            except Faulty as error:
                refused[name], summary.refused[name] = job, error.faults
                continue
            getattr(summary, became).append(name)
            told(name, became)
        if len(refused) == len(waiting):
            for name in refused:
                told(name, "refused")
            break
        waiting = refused
    return summary


def _jobs(loader: Loader, path: Path) -> Iterator[tuple[str, Job]]:
    """What a file holds, by its name: itself, or the reports in its lines."""
    if path.suffix == ".jsonl":
        yield from ((str(place), partial(loader.line, place)) for place in batches.lines(path))
    else:
        yield str(path), partial(loader.report_file if path.suffix == ".yaml" else loader.rdf_file, path)


def _together(loader: Loader, paths: list[Path], jobs: int) -> list[str]:
    """Load at once what can be, where there are so many reports that it is worth it; their names."""
    if not isinstance(loader.store, Embedded) or jobs < max(MANY, loader.reports() // 10):
        return []
    return loader.many(batches.batched(paths)).sources


def _is_loading(quad: Quad) -> bool:
    return isinstance(quad.object, Literal) and quad.object.value.startswith(LOADING)
