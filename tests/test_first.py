"""The first rows of a list of everything are found without a look at what comes later, and are the same rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from communique import answer, catalog
from communique.answer import Page
from communique.asking import Known
from communique.bench import make
from communique.bench.world import World
from communique.catalog import Query
from communique.content import Content, open_content
from communique.errors import Faulty
from communique.labels import Labels
from communique.store import rows
from communique.store.embedded import Embedded
from communique.vocab import CMQ, XSD
from conftest import ROOT

QUERIES = catalog.load(open_content(ROOT)).queries
FIRST = [query for query in QUERIES.values() if query.first and not any(p.required for p in query.params)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, content: Content) -> Embedded:
    folder, world = tmp_path_factory.mktemp("first"), World(3, 80)
    return make.fill(world, make.folder(world, content, folder / "content"), folder / "store")


def whole(store: Embedded, content: Content, query: Query, limit: int) -> list[object]:
    """The rows of all pages, one behind the other."""
    labels, found, after = Labels(store, Known.of(content).words), list[object](), None
    while True:
        part = answer.ask(store, labels, query, {}, Page(limit, after))
        found += part.rows
        if (after := part.next) is None:
            return found


def asked(store: Embedded, content: Content, query: Query) -> list[object]:
    return list(answer.ask(store, Labels(store, Known.of(content).words), query, {}).rows)


@pytest.mark.parametrize("query", FIRST, ids=lambda query: query.name)
@pytest.mark.parametrize("limit", [1, 7, 60])
def test_pages_are_the_list(limit: int, query: Query, store: Embedded, world: Embedded, content: Content) -> None:
    for one in (store, world) if limit > 1 else (store,):
        assert whole(one, content, query, limit) == asked(one, content, query)


@pytest.mark.parametrize("query", FIRST, ids=lambda query: query.name)
def test_it_is_the_bounded_question_that_answers(query: Query, world: Embedded) -> None:
    begun = catalog.first(query, {}, 1)
    assert begun
    least = answer._least([row[catalog.BOUND] for row in rows(world, begun.bound.text)], 1)
    bounded = catalog.bind(begun.list, {catalog.BOUND: least})
    some, every = (len(list(rows(world, text))) for text in (bounded, query.text))
    assert 1 <= some < every


@pytest.mark.parametrize(("name", "role"), [("actor-statements", "assertedBy"), ("actor-said-of", "responsibleActor")])
def test_what_is_said_by_one_and_of_one(name: str, role: str, world: Embedded, content: Content) -> None:
    labels = Labels(world, Known.of(content).words)
    busiest = f"SELECT ?a {{ ?node {CMQ[role]} ?a }} GROUP BY ?a ORDER BY DESC(COUNT(*)) LIMIT 1"
    (found,) = rows(world, busiest)
    query, given = QUERIES[name], {"actor": found["a"].value}
    every = answer.ask(world, labels, query, given).rows
    assert catalog.first(query, given, 1)
    for start in (0, 2):
        begun = answer._begun(world, query, query.typed(given), (start, 2))
        assert [str(row["statement"].value) for row in begun] == [
            row["statement"]["id"] for row in every[start : start + 2]
        ]
    assert len(every) > 16


def test_what_is_given_narrows_the_bound(world: Embedded, content: Content) -> None:
    query, given = QUERIES["names"], {"type": "Militia"}
    assert catalog.first(query, given, 1)
    assert catalog.first(query, {"type": "Militia", "q": "a"}, 1) is None
    labels = Labels(world, Known.of(content).words)
    every = answer.ask(world, labels, query, given).rows
    assert answer.ask(world, labels, query, given, Page(7)).rows == every[:7]
    assert len(every) > 7


def test_what_has_no_date_keeps_its_place(world: Embedded, content: Content) -> None:
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
        assert whole(store, content, query, 9) == asked(store, content, query)


def test_statements_that_have_no_row_do_not_shorten_the_list(world: Embedded, content: Content) -> None:
    """A page that the bounded question leaves too short is asked for without a bound."""
    store = Embedded.memory()
    store.engine.bulk_extend(world.quads(None))
    for n in range(300):
        stray = NamedNode(f"urn:stray:{n}")
        store.engine.add(Quad(stray, CMQ.latest, Literal("1980-01-01T00:00:00Z", datatype=XSD.dateTime)))
        store.engine.add(Quad(stray, CMQ.earliest, Literal("1980-01-01T00:00:00Z", datatype=XSD.dateTime)))
    for query in FIRST:
        assert whole(store, content, query, 50) == asked(store, content, query)


def test_a_bound_needs_a_list_and_a_place(tmp_path: Path) -> None:
    file = tmp_path / "x.rq"
    file.write_text(
        "#+ title: X\n#+ column: x node X\n#+ first: SELECT ?bound { ?x ?p ?bound }\nSELECT ?x WHERE { ?x ?p ?o }\n"
    )
    with pytest.raises(Faulty) as found:
        catalog.read(file)
    assert any("?bound" in fault.message for fault in found.value.faults)


SPANS = [
    {}, {"from": "2003-04-03"}, {"to": "2030-01-01"}, {"from": "2003-04-01", "to": "2003-04-20"}, {"from": "2021-02-15", "to": "2021-02-15"},
]  # fmt: skip


@pytest.mark.parametrize("given", SPANS, ids=str)
def test_the_first_rows_of_a_span_of_the_timeline(
    given: dict[str, str], world: Embedded, store: Embedded, content: Content
) -> None:
    query = QUERIES["timeline"]
    for one in (world, store):
        labels = Labels(one, Known.of(content).words)
        every = answer.ask(one, labels, query, given).rows
        for limit in (1, 5, 40):
            assert answer.ask(one, labels, query, given, Page(limit)).rows == every[:limit]


def test_a_span_is_answered_by_its_first_nodes(world: Embedded) -> None:
    query = QUERIES["timeline"]
    for given in SPANS[:4]:
        begun = [answer._begun(world, query, query.typed(given), (0, many)) for many in (1, 2, 5, 10, 20, 40)]
        assert any(begun), given
