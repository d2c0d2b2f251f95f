# ruff: noqa: RUF001 - letters that look alike are what this is about
"""The index of words gives what the query gives: the same rows in the same order, at every version, or nothing at all."""

from __future__ import annotations

import csv
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import cast

import pyoxigraph as ox
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from communique import answer, binding, catalog, filling, load, reader
from communique.answer import Page
from communique.bench import make
from communique.bench.world import World
from communique.content import Content, open_content
from communique.labels import Labels, words
from communique.param import Terms
from communique.search import entries, index
from communique.search.build import build
from communique.search.keep import Keeper
from communique.search.kept import Kept as KeptQueries
from communique.search.kept import kept as kept_of
from communique.search.narrow import Value
from communique.search.order import NEVER, Order, Place
from communique.search.rows import long
from communique.search.sight import Parts, Touched, Unfit
from communique.store import Change, rows
from communique.store.embedded import Embedded
from communique.vocab import CMQ, DCTERMS, RDF, SHARED, SKOS, XSD, node
from conftest import ROOT, Server, communique

QUERY = catalog.read(ROOT / "queries" / "search.rq")
WHAT = cast("KeptQueries", kept_of(open_content(ROOT)))
# In labels of a node that the tests add; with what lowers to more, less or other characters than it has.
TEXTS = [
    "Straße, STRASSE, \u1e9e", "İstanbul, ISTANBUL, ısparta", "ΟΔΟΣ Σ ΣΑΣ, ὈΔΥΣΣΕΎΣ", "كتائب حزب الله في بغداد",
    "100 % of \"them\", 'those' and \\these\\", "a\tb\nc\rd", "before\0behind and beyond", "日本 大使館 🚀🚀 𐐀𐐁",
    "e\u0301 and é, Å and \u212b", "* NOT near AND or", "AND", "%_%", "Q" * 600, "ǅ Ǆ ŉ ﬃ", "\u0001\u001f\u007f", " ",
]  # fmt: skip
WORDS = [
    "rocket", "ROCKET", "the", "e", "a", "us", "zq", " ", "  ", ".", "o c", "attack on", "said", "Balad", "balad air base",
    "straße", "STRASSE", "ß", "\u1e9e", "ss", "i", "İ", "i\u0307", "ı", "I", "σ", "ς", "Σ", "ΟΔΟΣ", "οδος", "οδοσ", "ὀδυσσεύς",
    "حزب", "كتا", "ا", "في", "%", "100 %", '"', '"them"', "'those'", "\\", "\\these\\", "\t", "\n", "c\rd", "b\nc",
    "\0", "ore\0beh", "beyond", "日本", "大", "大使館", "🚀", "🚀🚀", "𐐨", "é", "e\u0301", "å", "\u212b", "*", "AND", "NOT near",
    "NEAR(a b)", "lowered:the", "^the", "%_%", "_", "q" * 500, "Q" * 600, "q" * 601, "ǆ", "ﬃ", "\u0001", "\u007f", "?q", "<b>",
    "') OR 1=1 --", "\ufffd", "the " * 100,
]  # fmt: skip


EVERY: Mapping[str, Terms] = {}
# An instant in the middle of what is said.
MIDDLE = "2003-04-01T11:59:59Z"
Rowed = list[tuple[object, ...]]


def by_query(store: Embedded, word: str, rest: str = "") -> Rowed:
    found = store.query(binding.bind(QUERY, {"q": Literal(word)}) + rest)
    assert isinstance(found, ox.QuerySolutions)
    return [tuple(row) for row in found]


def by_index(store: Embedded, word: str, start: int = 0, most: int | None = None) -> Rowed | None:
    found = index.found(store, QUERY, Literal(word), start, most)
    return None if found is None else [tuple(row) for row in found]


def require_same(store: Embedded, words: list[str] = WORDS) -> None:
    for word in words:
        assert by_index(store, word) == by_query(store, word), repr(word)
    require_same_lists(store)


def require_same_lists(store: Embedded) -> None:
    for order in WHAT.orders:
        every = by_order(store, order)
        assert listed(store, order) == every, order.name
        told = by_narrow(store, order, {node for some in every for node in some})
        names = sorted({name for name, _ in order.query.narrow})
        found = index.counts(store, order.query, {}, names)
        assert found is not None
        for name, counts in zip(names, found, strict=True):
            values = {value: nodes for (of, value), nodes in told.items() if of == name}
            assert counts == {value: len(nodes) for value, nodes in values.items()}, (order.name, name)
            if order.query.param(name):
                for value in sorted(filter(None, values))[:: len(values) // 7 + 1]:
                    assert listed(store, order, {name: term(value)}) == in_order(every, values[value]), (name, value)
        if order.query.param("as_of"):
            assert index.left(store, order.query, {}, MIDDLE) == by_ends(store, order), order.name


def by_ends(store: Embedded, order: Order) -> tuple[int, int]:
    """How many nodes, or statements that tell of them, have no end, and how many may be of later than the middle."""
    ends: dict[str, str | None] = {}
    found: list[Place] = []
    order.each(store, found.append)
    for place in found:
        if f"?{binding.TELLERS}" not in (order.query.first or ""):
            ends[place.node] = place.ends
        for one in (place.tellers or "").split():
            instant, _, statement = one.partition("=")
            ends[statement] = None if instant == NEVER else instant
    return sum(end is None for end in ends.values()), sum(end is not None and end > MIDDLE for end in ends.values())


def by_narrow(store: Embedded, order: Order, every: set[NamedNode]) -> dict[Value, set[NamedNode]]:
    """Which nodes of a list have each value, by what it says of its parameters."""
    found: dict[Value, set[NamedNode]] = {}
    order.narrow.each(store, lambda of, value: found.setdefault(value, set()).add(NamedNode(long(of)[1:-1])))
    return {value: nodes & every for value, nodes in found.items() if nodes & every}


def in_order(every: list[list[NamedNode]], some: set[NamedNode]) -> list[list[NamedNode]]:
    return [these for same in every if (these := [node for node in same if node in some])]


def term(value: str) -> NamedNode | Literal:
    written = long(value)
    return NamedNode(written[1:-1]) if written.startswith("<") else Literal(written[1:-1])


def listed(store: Embedded, order: Order, terms: Mapping[str, Terms] = EVERY) -> list[list[NamedNode]] | None:
    """The nodes of a list as the index has them, those together that have one place."""
    found = index.first(store, order.query, terms, 1_000_000)
    return None if found is None else [[node for _, node in same] for _, same in groupby(found, key=itemgetter(0))]


def by_order(store: Embedded, order: Order) -> list[list[NamedNode]]:
    found = rows(store, order.query.first or "")
    same = groupby(found, key=lambda row: tuple(row[name] for name, _ in order.by))
    return [sorted({row[binding.BOUND] for row in each}, key=str) for _, each in same]


class Kept:
    """A store that is written, with the index that its writer keeps."""

    def __init__(self, folder: Path, content: Content) -> None:
        self.folder, self.content = folder, content
        self.store, self.loader = filling.opened(folder, content, lambda data, file: [])
        self.keeper = Keeper(self.store, WHAT)

    def published(self) -> Embedded:
        """A new snapshot."""
        self.followed = self.keeper.follow()
        path = self.store.publish()
        assert path
        return Embedded.published(path)

    def built(self) -> Embedded:
        """A new snapshot, of which an index was made."""
        snapshot = self.published()
        assert self.keeper.adopt(build(snapshot, WHAT, index.folder_of(self.folder)))
        return snapshot

    def report(self, name: str, source: str = "", **changed: object) -> None:
        """A report of the content, changed and under a name of its own."""
        source = source or name
        report = reader.read(self.content.root / "graph" / "reports" / f"{source}.yaml")
        report = report.model_copy(update=changed)
        self.loader.report(name, report, load.lookup(self.store, name, report), name)


@pytest.fixture(scope="module")
def curated(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The curated graph and the texts above."""
    folder = tmp_path_factory.mktemp("curated") / "store"
    store, _ = filling.opened(folder, content, lambda data, file: [])
    store.commit(Change(add=set(labels(node("actor", "words"), TEXTS))))
    return folder


@pytest.fixture
def kept(curated: Path, content: Content, tmp_path: Path) -> Iterator[Kept]:
    """A copy that a test may write."""
    shutil.copytree(curated, tmp_path / "store")
    found = Kept(tmp_path / "store", content)
    yield found
    found.keeper.close()


def labels(iri: NamedNode, texts: list[str]) -> Iterator[Quad]:
    yield Quad(iri, RDF.type, CMQ.Actor, SHARED)
    for text in texts:
        for literal in (Literal(text), Literal(text, language="en"), Literal(text, language="ar")):
            yield Quad(iri, SKOS.altLabel, literal, SHARED)


def test_the_curated_graph(kept: Kept) -> None:
    require_same(kept.built())


@pytest.mark.later
def test_a_made_world(content: Content, tmp_path: Path) -> None:
    world = World(7, 60)
    made = make.folder(world, content, tmp_path / "content")
    make.fill(world, made, tmp_path / "store")
    snapshot = Kept(tmp_path / "store", made).built()
    words = {row[3].value[i : i + 4] for row in by_query(snapshot, "")[::40] for i in (0, 7, 19)}  # type: ignore[attr-defined]
    require_same(snapshot, [*WORDS, *sorted(words)])


def test_pages_are_alike(kept: Kept) -> None:
    snapshot = kept.built()
    for word in ("the", "a", "rocket", "σ"):
        for start, most in ((0, 1), (0, 101), (7, 20), (100, 101), (5000, 3)):
            assert by_index(snapshot, word, start, most) == by_query(snapshot, word, f" LIMIT {most} OFFSET {start}")
    assert kept.store.query(f"ASK {{ ?x {SKOS.altLabel} 'AND' }}")


def test_answers_are_alike_with_and_without(kept: Kept, content: Content) -> None:
    """What a client gets: rows, note, and the tokens of the pages."""
    snapshot = kept.built()
    without = Embedded(snapshot.engine)
    for word in ("the", "zzz", "حزب"):
        after: str | None = None
        while True:
            both = [
                answer.ask(s, Labels(s, words(content)), QUERY, {"q": word}, Page(9, after))
                for s in (snapshot, without)
            ]
            assert both[0] == both[1]
            after = both[0].next
            if after is None:
                break


def test_every_write_is_followed(kept: Kept) -> None:
    """A new report, a changed one, one withdrawn, and nodes that are shared; each version that is open stays what it is."""
    snapshots = [kept.built()]
    [first, *_] = [path.stem for path in kept.content.reports()]
    for write in (
        lambda: kept.report("another", first, title="The rocket that nobody saw"),
        lambda: kept.report("another", first, title="The ROCKET nobody has seen"),
        lambda: kept.loader.withdraw(node("report", first)),
        lambda: kept.report(first),
        lambda: kept.loader.withdraw(node("report", "another")),
        lambda: kept.store.commit(Change(remove=set(labels(node("actor", "words"), TEXTS[:3])))),
        lambda: kept.store.commit(Change(add=set(labels(node("place", "other"), TEXTS[2:5])))),
    ):
        write()
        snapshots.append(kept.published())
        assert kept.followed
    assert len({s.version for s in snapshots}) == len(snapshots)
    for snapshot in snapshots:
        require_same(snapshot, ["", "rocket", "nobody", "the", "straße", "σ", "e", "حزب"])


def test_a_node_that_leaves_its_class_leaves_the_rows(kept: Kept) -> None:
    kept.built()
    typed = Quad(node("actor", "words"), RDF.type, CMQ.Actor, SHARED)
    kept.store.commit(Change(remove={typed}))
    gone = kept.published()
    kept.store.commit(Change(add={typed}))
    for snapshot in (gone, kept.published()):
        require_same(snapshot, ["straße", "the"])
    assert not by_index(gone, "straße")


TAKEN = [
    CMQ.within, CMQ.placePrecision, CMQ.aspect, CMQ.expresses, CMQ.aboutEvent, CMQ.aboutStatement, CMQ.differsFrom,
    CMQ.indexedAt, CMQ.indexedLatest, CMQ.eventType, CMQ.hasClaimant, CMQ.hasAccused, CMQ.stance, CMQ.assertedBy, CMQ.reportedIn,
    CMQ.countedStance, CMQ.countedActor, CMQ.latest, CMQ.statedAt, CMQ.voice, DCTERMS.publisher, SKOS.prefLabel, RDF.type,
]  # fmt: skip


# What lists hang on at a distance is asked first, the rest later.
FAR = [CMQ.within, CMQ.aspect, CMQ.differsFrom, CMQ.countedStance]


@pytest.mark.parametrize(
    "predicate",
    [each if each in FAR else pytest.param(each, marks=pytest.mark.later) for each in TAKEN],
    ids=lambda each: each.value.rpartition("/")[2],
)
def test_each_triple_that_is_taken_and_given_back_is_followed(kept: Kept, predicate: NamedNode) -> None:
    """One alone, and many at once: whatever a list hangs on, at whatever distance."""
    kept.built()
    quads = sorted(kept.store.engine.quads_for_pattern(None, predicate, None, None), key=str)
    assert quads
    for some in (quads[:1], quads[len(quads) // 2 :][:1], quads[::3]):
        for change in (Change(remove=set(some)), Change(add=set(some))):
            kept.store.commit(change)
            snapshot = kept.published()
            assert kept.followed
            require_same_lists(snapshot)


def test_a_write_that_touches_very_many_nodes_is_not_looked_up(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.built()
    stance = next(kept.store.engine.quads_for_pattern(None, CMQ.stance, None, None))
    monkeypatch.setattr(entries, "MANY", 0)
    kept.store.commit(Change(remove={stance}))
    snapshot = kept.published()
    assert not kept.followed
    assert listed(snapshot, WHAT.orders[0]) is None
    monkeypatch.undo()
    require_same_lists(kept.built())


def test_a_raw_update_is_answered_by_the_query_until_the_index_is_made_anew(kept: Kept) -> None:
    kept.built()
    kept.store.update(
        f"DELETE {{ ?x {SKOS.altLabel} ?y }} WHERE {{ ?x {SKOS.altLabel} ?y FILTER(CONTAINS(?y, 'STRASSE')) }}"
    )
    snapshot = kept.published()
    assert not kept.followed
    assert by_index(snapshot, "strasse") is None
    kept.report("another", kept.content.reports()[0].stem)
    assert by_index(kept.published(), "the") is None
    require_same(kept.built())


def test_what_is_written_while_an_index_is_made_is_in_it(kept: Kept) -> None:
    snapshot = kept.published()
    kept.report("another", kept.content.reports()[0].stem, title="Meanwhile")
    file = build(snapshot, WHAT, index.folder_of(kept.folder))
    kept.report("another", kept.content.reports()[0].stem, title="Meanwhile and again")
    assert kept.keeper.adopt(file)
    require_same(kept.published(), ["meanwhile", "again", "the"])
    require_same(snapshot, ["meanwhile", "again", "the"])


def test_an_index_is_of_no_use_after_an_update_that_nobody_followed(kept: Kept) -> None:
    snapshot = kept.published()
    kept.store.update(f"INSERT DATA {{ GRAPH {SHARED} {{ {node('actor', 'words')} {SKOS.altLabel} 'Meanwhile' }} }}")
    file = build(snapshot, WHAT, index.folder_of(kept.folder))
    assert not kept.keeper.adopt(file)
    assert by_index(kept.published(), "meanwhile") is None


def test_a_store_that_is_opened_again_goes_on_with_its_index(kept: Kept) -> None:
    kept.built()
    kept.report("another", kept.content.reports()[0].stem, title="Once more")
    kept.keeper.close()
    folder, content = kept.folder, kept.content
    kept.loader = kept.store = kept.keeper.store = None  # type: ignore[assignment]
    again = Kept(folder, content)
    snapshot = again.published()
    assert again.followed
    require_same(snapshot, ["once more", "the"])
    kept.keeper = again.keeper


def test_writes_that_the_index_did_not_see_are_not_guessed(kept: Kept) -> None:
    """A crash between the store's commit and the index; a `derive` or `load` without the service."""
    kept.built()
    kept.store.heard = lambda change: None
    kept.report("another", kept.content.reports()[0].stem)
    kept.store.heard = kept.keeper.hear
    kept.report("another", kept.content.reports()[0].stem, title="Seen again")
    snapshot = kept.published()
    assert not kept.followed
    assert by_index(snapshot, "the") is None


def test_the_file_may_be_deleted_or_damaged(kept: Kept) -> None:
    snapshot = kept.built()
    [file] = index.files(index.folder_of(kept.folder))
    whole = file.read_bytes()
    kept.keeper.close()
    for cut in (b"", b"no database", whole[:5000], whole[: len(whole) // 2]):
        file.write_bytes(cut)
        assert by_index(snapshot, "the") in (None, by_query(snapshot, "the"))
    file.unlink()
    assert by_index(snapshot, "the") is None
    assert not kept.keeper.follow()
    require_same(kept.built(), ["the"])


def test_another_query_than_the_file_was_made_by_is_asked_itself(kept: Kept, tmp_path: Path) -> None:
    snapshot = kept.built()
    other = tmp_path / "search.rq"
    other.write_text(QUERY.text.replace('(cmq:Report "title")', '(cmq:Report "heading")'), "utf-8")
    assert index.found(snapshot, catalog.read(other), Literal("the"), 0, 1) is None


@pytest.mark.parametrize(
    "odd",
    [
        Quad(node("actor", "words"), SKOS.altLabel, Literal("5", datatype=XSD.integer), SHARED),
        Quad(node("actor", "words"), SKOS.altLabel, Literal("5", datatype=XSD.dateTime), SHARED),
        Quad(BlankNode("b"), RDF.type, CMQ.Actor, SHARED),
    ],
)
def test_what_has_no_place_in_the_order_is_left_to_the_query(kept: Kept, odd: Quad) -> None:
    kept.built()
    kept.store.commit(Change(add={odd, Quad(odd.subject, SKOS.prefLabel, Literal("odd"), SHARED)}))
    snapshot = kept.published()
    assert not kept.followed
    with pytest.raises(Unfit):
        build(snapshot, WHAT, index.folder_of(kept.folder))
    assert by_index(snapshot, "odd") is None


def test_a_list_in_which_a_node_has_two_places_is_left_to_the_query(kept: Kept) -> None:
    kept.built()
    orders = {order.name: order for order in WHAT.orders}
    report = node("report", kept.content.reports()[0].stem)
    stance = next(kept.store.engine.quads_for_pattern(None, CMQ.stance, None, None))
    again = Literal("1980-01-01T00:00:00Z", datatype=XSD.dateTime)
    # A second stance gives a statement no second place.
    told = {Quad(report, CMQ.latest, again, report), Quad(stance.subject, CMQ.stance, node("x", "y"), report)}
    kept.store.commit(Change(add=told))
    for snapshot in (kept.published(), kept.built()):
        assert kept.followed
        assert listed(snapshot, orders["reports"]) is None
        assert listed(snapshot, orders["statements"]) == by_order(snapshot, orders["statements"])


def test_texts_stand_in_the_order_of_the_engine(kept: Kept) -> None:
    """By their characters, and of one text those with a language first; a text before one that it begins."""
    texts = ["", "a", "a\0", "a\0b", "ab", "a b", "b", "é", "\uffff", "𐀀", "9", "10", "A"]
    kept.store.commit(Change(add=set(labels(node("place", "order"), texts))))
    require_same(kept.built(), ["", "a"])


def test_many_nodes_are_looked_up_in_one_go_each(kept: Kept) -> None:
    kept.built()
    many = {q for i in range(700) for q in labels(node("place", f"p{i}"), [f"Place {i} of many"])}
    kept.store.commit(Change(add=many))
    require_same(kept.published(), ["of many", "place 69", "the"])
    assert kept.followed


def test_versions_that_nobody_reads_are_forgotten(kept: Kept) -> None:
    kept.built()
    for number in range(40):
        kept.store.commit(
            Change(
                remove=set(labels(node("place", "p"), [str(number - 1)])),
                add=set(labels(node("place", "p"), [str(number)])),
            )
        )
        kept.published()
    require_same(kept.published(), ["39", "38", "the"])
    [file] = index.files(index.folder_of(kept.folder))
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT COUNT(*) FROM version").fetchone()[0] <= 16
        assert database.execute("SELECT COUNT(*) FROM fresh").fetchone()[0] <= 3 * 17
    database.close()


def test_the_predicates_of_the_query_are_what_a_change_is_judged_by(content: Content) -> None:
    what = kept_of(content)
    assert what
    assert what.words.query.name == "search"
    a, b = node("actor", "a"), node("actor", "b")
    told = {Quad(a, CMQ.assertedBy, b, SHARED), Quad(a, RDF.type, CMQ.Statement, SHARED)}
    assert what.words.touched(Parts(Change(add=told))) == Touched()
    telling = Quad(a, CMQ.hasPassage, b, SHARED)
    both = frozenset({a, b})
    assert what.words.touched(Parts(Change(remove={telling}))) == Touched(both, both)
    assert what.words.touched(Parts(Change(add={telling}))) == Touched(frozenset(), both)


def test_the_command_line_answers_alike(kept: Kept, tmp_path: Path) -> None:
    kept.built()
    kept.keeper.close()
    asked = ["query", "search", "q=rocket", "--store", str(kept.folder), "--format", "csv"]
    by_the_index = communique(*asked)
    for file in index.files(index.folder_of(kept.folder)):
        file.rename(tmp_path / file.name)
    by_the_query = communique(*asked)
    assert by_the_index.returncode == 0
    assert by_the_index.stdout == by_the_query.stdout
    assert len(by_the_query.stdout.splitlines()) > 10


def current(server: Server) -> bool:
    return "communique_index_current 1.0" in server.client.get("/metrics").text


def until_current(server: Server) -> None:
    """Until the index has been made: the first read after a start or an update has it made."""
    ends = time.monotonic() + 60
    while not current(server):
        assert time.monotonic() < ends, "the index is not made"
        time.sleep(0.1)


def searched(server: Server, word: str) -> list[list[str]]:
    """What the service answers, which must be what the query does."""
    by_the_service = server.client.get("/api/search", params={"q": word, "format": "csv", "limit": 1000}).text
    text = binding.bind(QUERY, {"q": Literal(word)})
    by_the_query = server.client.get("/sparql", params={"query": text}, headers={"accept": "text/csv"}).text
    rows = list(csv.reader(by_the_service.splitlines()))
    assert [row[0] for row in rows] == [row[0] for row in csv.reader(by_the_query.splitlines())]
    return rows[1:]


@pytest.mark.later
def test_the_service_makes_it_keeps_it_and_makes_it_anew(curated: Path, content: Content, tmp_path: Path) -> None:
    shutil.copytree(curated, tmp_path / "store")
    server = Server("--store", str(tmp_path / "store"), COMMUNIQUE_TOKEN="t")
    auth = {"authorization": "Bearer t"}
    try:
        assert searched(server, "rocket")
        until_current(server)
        name = content.reports()[0].stem
        report = reader.read(content.root / "graph" / "reports" / f"{name}.yaml")
        body = report.model_copy(update={"title": "Meanwhile"}).model_dump_json(by_alias=True, exclude_defaults=True)
        for told, found in (("PUT", 1), ("DELETE", 0)):
            done = server.client.request(
                told, "/api/reports/another", content=body, headers={**auth, "content-type": "application/json"}
            )
            assert done.is_success, done.text
            assert len(searched(server, "meanwhile")) == found
            assert current(server)
        update = f"INSERT DATA {{ GRAPH {SHARED} {{ {node('actor', 'words')} {SKOS.altLabel} 'Meanwhile' }} }}"
        assert server.client.post("/update", data={"update": update}, headers=auth).is_success
        assert len(searched(server, "meanwhile")) == 1
        until_current(server)
        assert len(searched(server, "meanwhile")) == 1
    finally:
        assert server.stop() == 0
    again = Server("--store", str(tmp_path / "store"))
    try:
        assert len(searched(again, "meanwhile")) == 1
        assert current(again)
    finally:
        assert again.stop() == 0


def test_there_is_no_index_without_such_a_query(tiny: Content) -> None:
    assert (kept_of(tiny) is None) == all("#+ index:" not in p.read_text("utf-8") for p in tiny.queries())
    assert open_content(ROOT)
