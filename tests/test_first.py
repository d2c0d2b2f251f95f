"""The first rows of a list of everything are found without a look at what comes later, and are the same rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from communique import answer, binding, catalog
from communique.answer import Page
from communique.asking import Known
from communique.begun import begin
from communique.bench import make
from communique.bench.world import World
from communique.binding import Query
from communique.content import Content, open_content
from communique.errors import Faulty
from communique.labels import Labels
from communique.param import Given
from communique.search import words
from communique.search.build import build
from communique.search.index import folder_of
from communique.search.kept import kept
from communique.search.narrow import Narrow
from communique.search.order import Order
from communique.search.rows import long
from communique.search.sight import Unfit
from communique.store import rows
from communique.store.embedded import Embedded
from communique.tallied import tallied
from communique.vocab import CMQ, RDF, XSD, code
from conftest import ROOT

QUERIES = catalog.load(open_content(ROOT)).queries
KNOWN = Known.of(open_content(ROOT))
FIRST = [query for query in QUERIES.values() if query.first and not any(p.required for p in query.params)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, content: Content) -> Embedded:
    folder, world = tmp_path_factory.mktemp("first"), World(3, 45)
    return make.fill(world, make.folder(world, content, folder / "content"), folder / "store")


@pytest.fixture(scope="module")
def indexed(world: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Embedded:
    """The same in a folder of its own, with what is kept beside it."""
    what, folder = kept(open_content(ROOT)), tmp_path_factory.mktemp("indexed") / "store"
    made = Embedded.open(folder, create=True)
    made.engine.bulk_extend(world.quads(None))
    path = Embedded(made.engine, folder).publish()
    assert what
    assert path
    build(Embedded.published(path), what, folder_of(folder))
    return Embedded.published(path)


def whole(store: Embedded, query: Query, limit: int) -> list[object]:
    """The rows of all pages, one behind the other."""
    labels, found, after = Labels(store, KNOWN.words), list[object](), None
    while True:
        part = answer.ask(store, labels, query, {}, Page(limit, after))
        found += part.rows
        if (after := part.next) is None:
            return found


def asked(store: Embedded, query: Query) -> list[object]:
    return list(answer.ask(store, Labels(store, KNOWN.words), query, {}).rows)


@pytest.mark.parametrize("query", FIRST, ids=lambda query: query.name)
@pytest.mark.parametrize("limit", [7, 60])
def test_pages_are_the_list(limit: int, query: Query, store: Embedded, world: Embedded) -> None:
    for one in (store, world) if limit > 7 else (store,):
        assert whole(one, query, limit) == asked(one, query)


@pytest.mark.parametrize("query", FIRST, ids=lambda query: query.name)
def test_the_first_nodes_answer(query: Query, world: Embedded) -> None:
    assert begun(world, query, {}, (0, 2)) == asked(world, query)[:2]
    assert begun(world, query, {}, (1, 2)) == asked(world, query)[1:3]


def begun(store: Embedded, query: Query, given: Given, window: tuple[int, int]) -> list[object] | None:
    """What the first nodes give, as it is told."""
    found = begin(store, query, query.typed(given), window)
    return None if found is None else list(answer._shape(query.columns, found, Labels(store, KNOWN.words)))


@pytest.mark.parametrize(("name", "role"), [("actor-statements", "assertedBy"), ("actor-said-of", "responsibleActor")])
def test_what_is_said_by_one_and_of_one(name: str, role: str, world: Embedded) -> None:
    labels = Labels(world, KNOWN.words)
    busiest = f"SELECT ?a {{ ?node {CMQ[role]} ?a }} GROUP BY ?a ORDER BY DESC(COUNT(*)) LIMIT 1"
    (found,) = rows(world, busiest)
    query, given = QUERIES[name], {"actor": found["a"].value}
    every = answer.ask(world, labels, query, given).rows
    for start in (0, 2):
        assert begun(world, query, given, (start, 2)) == every[start : start + 2]
    assert len(every) > 10


def test_what_is_given_narrows_the_bound(world: Embedded) -> None:
    query, given = QUERIES["names"], {"type": "Militia"}
    assert binding.begins(query, given)
    assert not binding.begins(query, {"type": "Militia", "q": "a"})
    labels = Labels(world, KNOWN.words)
    every = answer.ask(world, labels, query, given).rows
    assert answer.ask(world, labels, query, given, Page(7)).rows == every[:7]
    assert len(every) > 7


def test_what_has_no_date_keeps_its_place(world: Embedded) -> None:
    """Statements without a date come first, a date without a beginning by its end, and one without bounds last."""
    store = Embedded.memory()
    store.engine.bulk_extend(world.quads(None))
    said = [row["s"] for row in rows(world, f"SELECT ?s {{ ?s {CMQ.stance} ?x }} ORDER BY ?s LIMIT 40")]
    gone = [CMQ.earliest, CMQ.latest]
    for number, statement in enumerate(said):
        for quad in list(store.quads(None, statement)):
            if quad.predicate in gone[: 1 + number % 2]:
                store.engine.remove(quad)
    early = Literal("1990-01-01T00:00:00Z", datatype=XSD.dateTime)
    for row in list(rows(store, f"SELECT ?d {{ ?d {CMQ.edtf} ?e ; {CMQ.earliest} ?f }} ORDER BY ?d LIMIT 9")):
        (quad,) = store.engine.quads_for_pattern(row["d"], CMQ.earliest, None, None)
        store.engine.remove(quad)
        for end in list(store.engine.quads_for_pattern(row["d"], CMQ.latest, None, None)):
            store.engine.remove(end)
        store.engine.add(Quad(row["d"], CMQ.latest, early, quad.graph_name))
    for query in FIRST:
        assert whole(store, query, 45) == asked(store, query)


def test_statements_that_have_no_row_do_not_shorten_the_list(world: Embedded) -> None:
    """A page that the first nodes leave too short is asked for whole."""
    store = Embedded.memory()
    store.engine.bulk_extend(world.quads(None))
    early = Literal("1980-01-01T00:00:00Z", datatype=XSD.dateTime)
    for n in range(500):
        stray = NamedNode(f"urn:stray:{n}")
        for predicate, term in (
            (CMQ.latest, early), (CMQ.earliest, early), (CMQ.stance, code("stance", "demands")), (CMQ.reportedIn, stray),
            (CMQ.aspect, code("aspect", "date")), (CMQ.expresses, stray), (RDF.type, CMQ.Report),
        ):  # fmt: skip
            store.engine.add(Quad(stray, predicate, term))
    for name in ("statements", "timeline", "demands-and-assurances"):
        assert begun(store, QUERIES[name], {}, (0, 50)) is None
    for query in FIRST:
        assert whole(store, query, 50) == asked(store, query)


def test_a_bound_needs_a_list_and_a_place(tmp_path: Path) -> None:
    file = tmp_path / "x.rq"
    file.write_text(
        "#+ title: X\n#+ column: x node X\n#+ first: SELECT ?bound { ?x ?p ?bound }\nSELECT ?x WHERE { ?x ?p ?o }\n"
    )
    with pytest.raises(Faulty) as found:
        catalog.read(file)
    assert any("?bound" in fault.message for fault in found.value.faults)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("#+ narrow: x ?bound ?p ?x .", "kept with its nodes"),
        ("#+ words: q", "in the order of their IRIs"),
        ("#+ reach: ?bound ?p ?o .", "from a ?subject or from an ?object"),
        ("#+ reach: ?subject ?object ?bound .", "from a ?subject or from an ?object"),
        ("#+ tally: attacks type", "how rows are made"),
        ("#+ tallied: SELECT ?x { VALUES (?x ?n) { } }", "how rows are made"),
    ],
)
def test_what_is_said_of_a_list_fits_together(line: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "x.rq"
    file.write_text(f"#+ title: X\n#+ column: x node X\n{line}\nSELECT ?x WHERE {{ ?x ?p ?o }}\n")
    with pytest.raises(Faulty) as found:
        catalog.read(file)
    assert any(said in fault.message for fault in found.value.faults)


SPANS = [
    {"from": "2003-04-03"}, {"to": "2030-01-01"}, {"from": "2003-04-01", "to": "2003-04-20"}, {"from": "2021-02-15", "to": "2021-02-15"},
    {"to": "1950-01-01"},
]  # fmt: skip
SPANNED = [query for query in FIRST if query.kept and query.param("from")]


@pytest.mark.parametrize("given", SPANS, ids=str)
@pytest.mark.parametrize("query", SPANNED, ids=lambda query: query.name)
def test_the_first_rows_of_a_span(query: Query, given: dict[str, str], world: Embedded, store: Embedded) -> None:
    for one in (world, store):
        labels = Labels(one, KNOWN.words)
        every = answer.ask(one, labels, query, given).rows
        for limit in (1, 5, 40):
            assert answer.ask(one, labels, query, given, Page(limit)).rows == every[:limit]
            # All statements of one report have one place, and may be more than are looked at.
            assert begun(one, query, given, (0, limit)) in ([every[:limit]] if one is world else [every[:limit], None])


@pytest.mark.parametrize("query", SPANNED, ids=lambda query: query.name)
def test_what_is_kept_answers_alike(query: Query, indexed: Embedded, world: Embedded) -> None:
    """With the nodes that stand beside the store in order, and without: the same rows, of all or of a span."""
    for given in ({}, *SPANS):
        for window in ((0, 1), (0, 30), (25, 30)):
            assert begun(indexed, query, given, window) == begun(world, query, given, window), (given, window)


NARROWED = [
    (query, name) for query in FIRST if query.kept for name in dict.fromkeys(name for name, _ in query.narrow) if query.param(name)
]  # fmt: skip
# Values of a parameter that are looked at.
SOME = 6


def told(store: Embedded, query: Query, name: str) -> list[str]:
    """The values of a parameter that nodes have, by what the list says of it; as they are given."""
    found: set[tuple[str, str]] = set()
    Narrow(query).each(store, lambda node, value: found.add(value))
    return sorted(long(value)[1:-1].removeprefix(CMQ.base) for of, value in found if of == name and value)


# The longest are asked later.
FIRSTLY = [
    pytest.param(*each, marks=pytest.mark.later) if each[1] in ("stance", "report", "denier", "actor") else each
    for each in NARROWED
]


@pytest.mark.parametrize(("query", "name"), FIRSTLY, ids=lambda each: getattr(each, "name", each))
def test_what_is_narrowed_answers_alike(query: Query, name: str, indexed: Embedded, world: Embedded) -> None:
    """By any value of a parameter, also beside a span or another parameter: the rows of the query, page by page."""
    values = told(world, query, name)
    assert values
    labels = Labels(world, KNOWN.words)
    beside: list[dict[str, str | list[str]]] = [{}]
    if query.param("from"):
        beside.append({"from": "2003-04-01", "to": "2003-04-20"})
    beside += [{other: told(world, query, other)[0]} for of, other in NARROWED if of is query and other != name]
    given = [{name: value, **rest} for value in values[:: -(-len(values) // SOME)] for rest in beside]
    param = query.param(name)
    if param and param.many:
        given.append({name: values[:3]})
    for one in given:
        every = answer.ask(world, labels, query, one).rows
        for window in ((0, 2), (0, 40), (3, 7)):
            found = begun(indexed, query, one, window)
            assert found in (every[window[0] : sum(window)], None), (one, window)
            assert answer.ask(indexed, labels, query, one, Page(7)).rows == every[:7]


COUNTING = [query for query in QUERIES.values() if query.tally]


@pytest.mark.parametrize("query", COUNTING, ids=lambda query: query.name)
def test_what_is_counted_answers_alike(query: Query, indexed: Embedded, world: Embedded) -> None:
    """Counts of all, and beside any filter: those of the query, whole and page by page."""
    labels, counted = Labels(world, KNOWN.words), query.counted
    assert counted
    some = {name: told(world, counted, name) for of, name in NARROWED if of is QUERIES[counted.name]}
    given: list[Given] = [
        {},
        *SPANS[:3],
        {"place": some["place"][0], "from": "2003-04-01"},
        {"type": some["type"][0], "said": "claimed"},
    ]
    for name, values in some.items():
        given += [{name: values[0]}, {name: values[-1]}]
        given += [{name: values[:3]}] if query.param(name).many else []  # type: ignore[union-attr]
    for one in given:
        every = answer.ask(world, labels, query, one).rows
        found = tallied(indexed, query, query.typed(one), None)
        assert found is not None
        assert answer._shape(query.columns, list(found), labels) == every, one
        assert answer.ask(indexed, labels, query, one, Page(2)).rows == every[:2]


LOOKED_FOR = ["attack on", "the", "rocket", "a", "zzz", "GUARD"]


@pytest.mark.parametrize("common", [words.COMMON, 3])
@pytest.mark.parametrize("query", [query for query in FIRST if query.words], ids=lambda query: query.name)
def test_words_narrow_alike(
    query: Query, common: int, indexed: Embedded, world: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words in a name, few or common, alone and beside a value."""
    monkeypatch.setattr(words, "COMMON", common)
    labels, many = Labels(world, KNOWN.words), 0
    [(_, name), *_] = [each for each in NARROWED if each[0] is query]
    for word in LOOKED_FOR:
        for one in ({"q": word}, {"q": word, name: told(world, query, name)[0]}):
            every = answer.ask(world, labels, query, one).rows
            assert begun(indexed, query, one, (0, 40)) in (every[:40], None), one
            assert answer.ask(indexed, labels, query, one, Page(7)).rows == every[:7]
            many += len(every)
    assert many > 3


@pytest.mark.parametrize("kind", ["Event", "Actor", "Place", "Report", "Militia", "Statement"])
def test_names_are_found_by_their_words(kind: str, indexed: Embedded, world: Embedded) -> None:
    query, labels = QUERIES["names"], Labels(world, KNOWN.words)
    for word in LOOKED_FOR:
        one = {"type": kind, "q": word}
        every = answer.ask(world, labels, query, one).rows
        for window in ((0, 3), (2, 50)):
            assert begun(indexed, query, one, window) == every[window[0] : sum(window)], one


def test_words_that_are_too_common_are_not_counted(indexed: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    for query in COUNTING:
        terms = query.typed({"q": "o"})
        assert tallied(indexed, query, terms, None)
        assert tallied(Embedded(indexed.engine), query, terms, None) is None
        with monkeypatch.context() as patched:
            patched.setattr(words, "COMMON", 0)
            assert tallied(indexed, query, terms, None) is None


TOLD_BY = [query for query in FIRST if query.kept and "?as_of" in (query.first or "")]


@pytest.mark.parametrize("query", TOLD_BY, ids=lambda query: query.name)
@pytest.mark.parametrize("day", ["2003-04-08", "1999-01-01"])
def test_what_had_been_said_by_a_day_is_told_alike(query: Query, day: str, indexed: Embedded, world: Embedded) -> None:
    """Rows and note: how many statements are left out."""
    labels = Labels(world, KNOWN.words)
    beside: list[dict[str, str]] = [{other: told(world, query, other)[0]} for of, other in NARROWED if of is query]
    beside += [{"from": "2003-03-25", "to": "2003-04-02"}] if query.param("from") else []
    for one in ({"as_of": day}, *({"as_of": day, **each} for each in beside)):
        every = answer.ask(world, labels, query, one)
        found = answer.ask(indexed, labels, query, one, Page(9))
        assert found.rows == every.rows[:9]
        assert found.note == every.note


def test_it_is_what_is_kept_that_answers(indexed: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def first(order: Order, *_: object) -> list[tuple[bytes, NamedNode]]:
        asked.append(order.name)
        raise Unfit("not here")

    monkeypatch.setattr(Order, "first", first)
    for query in FIRST:
        assert (begun(indexed, query, {}, (0, 5)) is not None) == query.kept, query.name
    assert asked == [query.name for query in FIRST if not query.kept]


def test_a_node_in_two_places_is_left_to_the_query(world: Embedded) -> None:
    store = Embedded.memory()
    store.engine.bulk_extend(world.quads(None))
    query = QUERIES["reports"]
    (row,) = rows(store, f"SELECT ?r {{ ?r a {CMQ.Report} }} ORDER BY ?r LIMIT 1")
    store.engine.add(Quad(row["r"], CMQ.latest, Literal("1980-01-01T00:00:00Z", datatype=XSD.dateTime)))
    every = len(asked(store, query))
    assert begun(store, query, {}, (0, every)) is None
    assert whole(store, query, 50) == asked(store, query)
