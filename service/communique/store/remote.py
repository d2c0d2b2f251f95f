"""The remote store: any SPARQL 1.1 store behind query and update endpoints, written by compare-and-set on its version."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from communique.errors import BadRequest, Conflict
from communique.store import (
    EMPTY,
    META,
    UNION,
    Change,
    Dataset,
    GraphName,
    Results,
    Store,
    following,
    next_version,
    renewed,
    version_quad,
)
from communique.store.embedded import Embedded
from communique.store.journal import JOURNAL, Journal, Mark, block, marked, written
from communique.store.line import Call
from communique.store.pinned import Pinned
from communique.store.results import ROWS, TRIPLES, expected, graph_of, parsed, rows
from communique.store.sight import Fields, Sight
from communique.store.wire import Refused, Wire
from communique.tokens import and_then, has_word, with_dataset
from communique.vocab import DCTERMS, OWL, XSD

VERSION = f"SELECT ?o WHERE {{ GRAPH {META} {{ {META} {OWL.versionInfo} ?o }} }}"
UNVERSIONED = f"FILTER NOT EXISTS {{ GRAPH {META} {{ {META} {OWL.versionInfo} ?v }} }}"
PARTLY = ".partly"
# The other forms of truth (XML Schema 1.1 Part 2, section 3.3.2.2), as we write it.
TRUTHS = {
    Literal(n, datatype=XSD.boolean): Literal(text, datatype=XSD.boolean) for n, text in (("1", "true"), ("0", "false"))
}
BATCH = 200  # subjects that one query is about


class Remote:
    """A `store.Store` over HTTP. Its version is the one last seen; `refresh` looks again.

    Whoever reads and then writes what follows from it holds `lock` meanwhile: a commit is for the version that the
    store had when the lock's holder last refreshed.
    """

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.lock = threading.RLock()
        self.journal = Journal()
        self.sight = Sight(wire)
        self.seen: str | None = None
        self.foreign: frozenset[NamedNode] = frozenset()

    # -- store.Store

    @property
    def version(self) -> str:
        return self.seen if self.seen is not None else self.refresh()

    def query(self, text: str, dataset: Dataset = UNION) -> Results:
        kind = expected(text)
        with self.wire.asked(self.fields(text, dataset), kind) as answer:
            return parsed(answer, kind)

    def quads(self, graph: GraphName | None, subject: NamedNode | None = None) -> Iterator[Quad]:
        if graph is None:
            graphs: Sequence[GraphName] = (DefaultGraph(), *self.graphs(), META)
            for each in graphs:
                yield from self.quads(each, subject)
        elif isinstance(graph, NamedNode):
            yield from self._selected(f"GRAPH {graph} {{ {_subject(subject)} ?p ?o }}", graph, subject)
        elif self.wire.places.graphs and subject is None:
            yield from self._unnamed()
        else:
            yield from self._selected(self.sight.unnamed(_subject(subject)), graph, subject)

    def about(self, graph: NamedNode, subjects: Iterable[NamedNode]) -> Iterator[Quad]:
        for some in _batches(sorted(set(subjects), key=str)):
            values = f"VALUES ?s {{ {' '.join(map(str, some))} }}"
            yield from self._selected(f"{values} GRAPH {graph} {{ ?s ?p ?o }}", graph, None)

    def graphs(self) -> list[NamedNode]:
        return sorted(self._named() - {META, JOURNAL, *self.foreign}, key=lambda g: g.value)

    def pinned(self) -> Pinned:
        return Pinned(self, self.refresh)

    def ruled(self) -> Store:
        """A copy costs as much as there is data, at each write; a shortcut that is wrong costs more."""
        if self.wire.settings.store_rules == "there":
            return self
        copy = Embedded.memory()
        copy.engine.bulk_extend(quad for graph in self.graphs() for quad in self.quads(graph))
        return copy

    def commit(self, change: Change) -> str:
        """Carry out a change, in one operation of the store if it takes so much in one, else by way of a journal.

        Raises Conflict, and changes nothing, when somebody else has written since the version that was last seen.
        """
        with self.lock:
            change = change.settle()
            if not change:
                return self.version
            version = next_version(self.version, change)
            if self.version == EMPTY:
                self.foreign = frozenset(self._named())
                change.add |= self._foreign()
            if not (self.journal.fits(change) and self._taken(change, version)):
                self._piecemeal(change, version)
            self._require_gone(change.remove)
            return version

    def update(self, text: str, dataset: Dataset = UNION) -> str:
        whole = with_dataset(text, dataset.default, dataset.named)
        with self.lock:
            version = following(self.version, whole)
            own = renewed({*self.quads(META), *self._foreign()}, version)
            try:
                kept = f"DROP SILENT GRAPH {META} ; INSERT DATA {{ {block(own)} }}"
                self.wire.change([("update", _based(and_then(whole, kept), dataset))])
            except Refused as error:
                if error.code == 400:
                    raise BadRequest(f"the store does not take this update: {error.told}") from error
                raise
            finally:
                # How far it got is what the store says.
                self.seen = None
            # Virtuoso 7 does not drop what the same request has put there.
            for quad in set(self.quads(META)) - own:
                self.wire.change([("update", f"DELETE DATA {{ {block([quad])} }}")], again=True)
            return self.refresh()

    # -- what the others have not

    def close(self) -> None:
        self.wire.close()

    def refresh(self) -> str:
        """Its version as the store has it now."""
        with self.wire.asked([("query", VERSION)], ROWS) as answer:
            found = sorted(row["o"].value for row in rows(answer))
        self.seen = found[-1] if found else EMPTY
        return self.seen

    def alive(self) -> str:
        """Its version, of a store that answers at once. Raises what keeps it from that."""
        with Call(self.wire.settings.store_seconds).going():
            return self.refresh()

    def recover(self) -> None:
        """Finish a change that was cut short, and find out how the store is to be asked."""
        with self.lock:
            if self.refresh() == EMPTY:
                return
            meta = set(self.quads(META))
            self.foreign = frozenset(
                q.object for q in meta if q.predicate == DCTERMS.relation and isinstance(q.object, NamedNode)
            )
            if mark := marked(meta):
                self._finished(mark, written(mark, self.quads(JOURNAL)))
            self.sight.look()

    @staticmethod
    def partly(version: str) -> bool:
        """Whether this is the version of a store in the middle of a change."""
        return version.endswith(PARTLY)

    def exists(self, graph: NamedNode) -> bool:
        """Whether there is such a graph; an empty one is there only where the store keeps those."""
        return graph != META and self.sight.exists(graph)

    def fields(self, text: str, dataset: Dataset) -> Fields:
        """A query with its dataset, as the protocol has them."""
        query = ("query", _based(text, dataset))
        if dataset.default or dataset.named:
            default = [("default-graph-uri", g.value) for g in dataset.default]
            return [query, *default, *(("named-graph-uri", g.value) for g in dataset.named)]
        return [query, *(self.sight.union() if dataset.union and not has_word(text, "FROM") else ())]

    # -- the parts of a commit

    def _taken(self, change: Change, version: str) -> bool:
        """Whether the store takes it in one operation."""
        try:
            self._step(change, version)
        except Refused:
            if not self.journal.less(change):
                raise
            return False
        return True

    def _step(self, change: Change, version: str) -> None:
        before = self.version
        old = set() if before == EMPTY else {version_quad(before)}
        try:
            self._guarded(Change(change.remove | old, change.add | {version_quad(version)}), before)
        finally:
            self.seen = None
        if self.refresh() != version:
            raise Conflict("somebody else has written to the store meanwhile; try again")

    def _guarded(self, change: Change, at: str) -> None:
        """One operation that does nothing at any other version, so it may be sent again when its end is not known."""
        guard = UNVERSIONED if at == EMPTY else block([version_quad(at)])
        clause = f"DELETE {{ {block(change.remove)} }} " if change.remove else ""
        insert = f"INSERT {{ {block(change.add)} }} " if change.add else ""
        self.wire.change([("update", f"{clause}{insert}WHERE {{ {guard} }}")], again=True)

    def _piecemeal(self, change: Change, version: str) -> None:
        """Written down first, then done, then told as done."""
        self._clear()
        mark = self.journal.write(change, version, self._put)
        self._step(Change(add={mark.quad}), version + PARTLY)
        self._finished(mark, change)

    def _finished(self, mark: Mark, change: Change) -> None:
        at = mark.version + PARTLY
        self.journal.apply(change, lambda piece: self._guarded(piece, at))
        self._step(Change(remove={mark.quad}), mark.version)
        self._clear()

    def _require_gone(self, removed: Iterable[Quad]) -> None:
        """Take out one by one what still stands: of literals beyond ASCII, Virtuoso 7 loses all but the first."""
        wanted: dict[NamedNode, set[Quad]] = {}
        for quad in removed:
            if isinstance(quad.graph_name, NamedNode) and not str(quad.object).isascii():
                wanted.setdefault(quad.graph_name, set()).add(quad)
        for graph, quads in wanted.items():
            subjects = {q.subject for q in quads if isinstance(q.subject, NamedNode)}
            for quad in quads & set(self.about(graph, subjects)):
                self.wire.change([("update", f"DELETE DATA {{ {block([quad])} }}")], again=True)

    def _put(self, page: Change) -> None:
        self.wire.change([("update", f"INSERT DATA {{ {block(page.add)} }}")], again=True)

    def _clear(self) -> None:
        self.wire.change([("update", f"DROP SILENT GRAPH {JOURNAL}")], again=True)

    def _foreign(self) -> set[Quad]:
        """The graphs that the store had before it was ours are not of the data."""
        return {Quad(META, DCTERMS.relation, graph, META) for graph in self.foreign}

    # -- reading

    def _selected(self, pattern: str, graph: GraphName, subject: NamedNode | None) -> Iterator[Quad]:
        """By SELECT: where a store cuts answers short it says so of rows, and not of triples."""
        with self.wire.asked([("query", f"SELECT * WHERE {{ {pattern} }}")], ROWS) as answer:
            for row in rows(answer):
                yield Quad(subject or row["s"], row["p"], TRUTHS.get(row["o"], row["o"]), graph)

    def _unnamed(self) -> Iterator[Quad]:
        with self.wire.got(self.wire.places.graphs, {"default": ""}, TRIPLES) as answer:
            yield from (Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in graph_of(answer))

    def _named(self) -> set[NamedNode]:
        """Every named graph of the store, whoever's."""
        found: set[NamedNode] = set()
        # Not every store lists its graphs for an empty pattern (SPARQL 1.1 Query section 18.6).
        for pattern in ("", "?s ?p ?o"):
            with self.wire.asked(
                [("query", f"SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ {pattern} }} }}")], ROWS
            ) as answer:
                found = {g for row in rows(answer) if isinstance(g := row["g"], NamedNode)}
            if META in found:
                break
        return found


def _batches(subjects: list[NamedNode]) -> Iterator[list[NamedNode]]:
    return (subjects[at : at + BATCH] for at in range(0, len(subjects), BATCH))


def _subject(subject: NamedNode | None) -> str:
    return str(subject) if subject else "?s"


def _based(text: str, dataset: Dataset) -> str:
    """With what relative IRIs are relative to, on the line that is there, so that lines keep their numbers."""
    return f"BASE <{dataset.base}> {text}" if dataset.base else text
