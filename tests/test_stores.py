"""The Turtle dump in other people's stores: loaded as the README tells, asked every named query, row by row the same."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pyoxigraph as ox
import pytest
import rdflib

import stores
from communique import binding, catalog
from communique.binding import Query
from communique.content import open_content
from communique.param import Param
from communique.store import rows
from communique.store.embedded import Embedded
from communique.vocab import ID, XSD
from conftest import ROOT, communique
from stores.running import shown

Row = tuple[Any, ...]
QUERIES = catalog.load(open_content(ROOT)).queries
FORMATS = {
    "turtle": "text/turtle", "nquads": "application/n-quads", "trig": "application/trig",
    "ntriples": "application/n-triples", "rdfxml": "application/rdf+xml", "jsonld": "application/ld+json",
}  # fmt: skip
# What an optional parameter is given, by its type or its name, on top of what is required.
GIVEN = {
    "date-from": "2021-02-14", "date-to": "2021-03-18", "text": "iran", "code:stance": "affirms",
    "code:aspect": "target", "code:eventType": "rocket-attack", "actor": "us-military", "publisher": "atalayar",
    "place": "iraq", "report": "seven-rockets", "attack": "balad-monday", "said": "blamed", "claim": "none-said",
    "code:precision": "site",
}  # fmt: skip
NODES = {
    "report": f"{ID}report/seven-rockets", "node": f"{ID}actor/atalayar", "place": f"{ID}place/balad-air-base",
    "statement": f"{ID}statement/5f3921091d2566dd96b4d496fef691cb",
}  # fmt: skip
CLASSES = {"actors": "UnnamedActor", "places": "MilitaryBase", "statements": "Denial"}
SUBJECTS = 'FILTER(STRSTARTS(STR(?s), "https://w3id.org/communique/"))'
CLIENT = httpx.Client(timeout=120)
FIRST_KEY = re.compile(r"\nORDER BY (?:DESC\()?\?(\w+)")


class Case(NamedTuple):
    query: Query
    given: dict[str, str]

    @property
    def text(self) -> str:
        return binding.bind(self.query, self.query.typed(self.given))

    def __str__(self) -> str:
        return "&".join([self.query.name, *(k for k in self.given if k not in self.query.example)])


def cases() -> list[Case]:
    """Every named query with its example, and with each of its optional parameters alone."""
    found = []
    for query in QUERIES.values():
        required = {p.name: query.example[p.name] for p in query.params if p.required}
        found.append(Case(query, dict(query.example)))
        left = [p for p in query.params if not p.required and p.name not in query.example]
        found += [Case(query, {**required, p.name: _value(query, p)}) for p in left]
    return found


def _value(query: Query, param: Param) -> str:
    if param.type in ("type", "node"):
        return CLASSES[query.name] if param.type == "type" else NODES[param.name]
    return GIVEN.get(param.name) or GIVEN[param.type]


CASES = cases()


class Difference(NamedTuple):
    """What a store does otherwise than SPARQL 1.1 says: a row of store-differences.toml."""

    store: str
    kind: str
    queries: frozenset[str]
    what: str
    spec: str


def differences() -> list[Difference]:
    listed = tomllib.loads((ROOT / "tests" / "store-differences.toml").read_text("utf-8"))["difference"]
    return [Difference(**{**row, "queries": frozenset(row.get("queries", QUERIES))}) for row in listed]


DIFFERENCES = differences()


def differs(store: str, kind: str) -> frozenset[str]:
    """The queries that a store answers otherwise in this way."""
    return frozenset().union(*(d.queries for d in DIFFERENCES if (d.store, d.kind) == (store, kind)))


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    yield
    CLIENT.close()


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The curated graph as a file of any format, written by the command line."""
    folder = tmp_path_factory.mktemp("dumps")
    made = communique("load", "--store", str(folder / "store"))
    assert made.returncode == 0, made.stderr

    def dump(form: str) -> Path:
        file = folder / f"communique.{'ttl' if form == 'turtle' else form}"
        if not file.exists():
            done = communique("dump", "--store", str(folder / "store"), "--format", form, str(file))
            assert done.returncode == 0, done.stderr
        return file

    return dump


@pytest.fixture(scope="module", params=stores.STARTS)
def running(
    request: pytest.FixtureRequest, dumps: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[stores.Running]:
    """Each store in turn, with the Turtle dump in it."""
    started = stores.start(request.param, tmp_path_factory.mktemp(request.param))
    try:
        started.load(dumps("turtle"))
        yield started
    finally:
        started.stop()


def ask(running: stores.Running, text: str, columns: list[str]) -> list[Row]:
    """The rows of its answer over HTTP, by the names of our columns."""
    accept = {"accept": "application/sparql-results+xml"}
    answer = CLIENT.post(running.query, data={"query": text}, headers=accept)
    assert answer.status_code == httpx.codes.OK, answer.text[:1000]
    found = ox.parse_query_results(answer.content, format=ox.QueryResultsFormat.XML)
    assert isinstance(found, ox.QuerySolutions)
    assert {v.value for v in found.variables} == set(columns)
    return [tuple(solution[name] for name in columns) for solution in found]


def triples(running: stores.Running) -> set[ox.Triple]:
    """All of ours that it holds; a store may have triples of its own."""
    text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o {SUBJECTS} }}"
    answer = CLIENT.post(running.query, data={"query": text}, headers={"accept": "text/turtle"})
    assert answer.status_code == httpx.codes.OK, answer.text[:1000]
    return {q.triple for q in ox.parse(answer.content, format=ox.RdfFormat.TURTLE)}


def ours(store: Embedded, text: str) -> tuple[list[str], list[Row]]:
    found = rows(store, text)
    return [v.value for v in found.variables], [tuple(solution) for solution in found]


def data(store: Embedded) -> set[ox.Triple]:
    return {quad.triple for graph in store.graphs() for quad in store.quads(graph)}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_same_rows(case: Case, running: stores.Running, store: Embedded) -> None:
    """The same terms in the same order, but for what store-differences.toml lists; and that exactly."""
    columns, expected = ours(store, case.text)
    found = ask(running, case.text, columns)
    if case.query.name in differs(running.name, "boolean"):
        assert found == [tuple(as_integer(cell) for cell in row) for row in expected]
    elif case.query.name in differs(running.name, "order"):
        assert Counter(found) == Counter(expected)
        assert first_keys(case.query, columns, found) == first_keys(case.query, columns, expected)
    else:
        assert found == expected


def as_integer(cell: Any) -> Any:
    """A boolean as a store without booleans gives it."""
    if isinstance(cell, ox.Literal) and cell.datatype == XSD.boolean:
        return ox.Literal(int(cell.value == "true"))
    return cell


def first_keys(query: Query, columns: list[str], found: list[Row]) -> list[Any]:
    """What the rows are sorted by before all else."""
    key = FIRST_KEY.findall(query.text)[-1]
    return [row[columns.index(key)] for row in found] if key in columns else []


@pytest.mark.slow
def test_every_listed_difference_is_met(running: stores.Running, store: Embedded) -> None:
    """A store that has become better is to be struck off the list."""
    for difference in DIFFERENCES:
        if difference.store == running.name:
            assert not all(same(name, running, store) for name in difference.queries), difference


def same(name: str, running: stores.Running, store: Embedded) -> bool:
    text = Case(QUERIES[name], dict(QUERIES[name].example)).text
    columns, expected = ours(store, text)
    return ask(running, text, columns) == expected


@pytest.mark.slow
def test_same_triples(running: stores.Running, store: Embedded) -> None:
    assert triples(running) == data(store)


@pytest.mark.slow
def test_same_count(running: stores.Running, store: Embedded) -> None:
    found = ask(running, f"SELECT (COUNT(*) AS ?n) WHERE {{ ?s ?p ?o {SUBJECTS} }}", ["n"])
    assert [int(row[0].value) for row in found] == [len(data(store))]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fuseki", "rdf4j"])
def test_the_other_formats_load(name: str, dumps: Callable[[str], Path], store: Embedded, tmp_path: Path) -> None:
    """Each over an empty store; graphs are kept where the format has them."""
    running = stores.start(name, tmp_path)
    try:
        for form, media in FORMATS.items():
            put(running, dumps(form), media)
            if form in ("nquads", "trig"):
                assert graphs(running) == {graph.value for graph in store.graphs()}, form
            else:
                assert triples(running) == data(store), form
    finally:
        running.stop()


def put(running: stores.Running, file: Path, media: str) -> None:
    """All that a store holds, replaced by a file."""
    whole = media in (FORMATS["nquads"], FORMATS["trig"])
    if running.name == "fuseki":
        CLIENT.post(running.update, data={"update": "DROP ALL"}).raise_for_status()
        address = running.graphs if whole else f"{running.graphs}?default"
    else:
        address = running.update
    answer = CLIENT.put(address, content=file.read_bytes(), headers={"content-type": media})
    assert answer.is_success, (media, answer.text[:1000])


def graphs(running: stores.Running) -> set[str]:
    found = ask(running, "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }", ["g"])
    return {row[0].value for row in found}


@pytest.mark.slow
def test_rdflib_loads_it(dumps: Callable[[str], Path], store: Embedded) -> None:
    """And gives the same rows, by an engine that shares no line with ours."""
    file = dumps("turtle")
    library, _, call = shown("rdflib").removeprefix('python -c "import rdflib; ').removesuffix('"').partition(".")
    assert (library, call) == ("rdflib", "Graph().parse('communique.ttl')")
    graph = rdflib.Graph().parse(file)
    assert len(graph) == len(data(store))
    assert differs("rdflib", "utc")
    for query in QUERIES.values():
        text = Case(query, dict(query.example)).text
        columns, expected = ours(store, text)
        found: Any = graph.query(text)
        assert [str(v) for v in found.vars] == columns
        assert [tuple(map(term, row)) for row in found] == [tuple(map(at_utc, row)) for row in expected], query.name


def term(cell: Any) -> Any:
    """A term of rdflib's as ours."""
    if isinstance(cell, rdflib.Literal):
        datatype = ox.NamedNode(cell.datatype) if cell.datatype else None
        return ox.Literal(str(cell), language=cell.language, datatype=datatype)
    return None if cell is None else ox.NamedNode(str(cell))


def at_utc(cell: Any) -> Any:
    """An instant as a store writes it that has no Z."""
    if isinstance(cell, ox.Literal) and cell.datatype == XSD.dateTime:
        return ox.Literal(cell.value.replace("Z", "+00:00"), datatype=XSD.dateTime)
    return cell
