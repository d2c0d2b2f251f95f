"""Another server as the store: everything that a folder gives, and what becomes of it when the server misbehaves."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
from pyoxigraph import Literal, NamedNode, Quad

from communique import binding, catalog, filling, following, load
from communique.content import Content, open_content
from communique.errors import Conflict
from communique.settings import read
from communique.store import META, Change
from communique.store.journal import JOURNAL
from communique.store.remote import Remote
from communique.store.wire import Refused, Wire
from conftest import ROOT, TINY, Server, communique, filled
from remotes import NAMES, Told, emptied, environ, running, wait
from stores import Running
from test_http import problem
from test_reports_http import put, report

A = NamedNode("https://example.org/a")
TOKEN = {"authorization": "Bearer test-token"}
QUERIES = catalog.load(open_content(ROOT)).queries
JSON = "application/sparql-results+json"
ANSWER = Told(body=b'{"head":{"vars":["o"]},"results":{"bindings":[]}}', Content_Type=JSON)


@pytest.fixture(scope="module", params=NAMES)
def other(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Another server."""
    with running(request.param, tmp_path_factory.mktemp("other") / "data") as store:
        yield store


@pytest.fixture(scope="module")
def curated(other: Running, content: Content) -> Iterator[Remote]:
    """The curated graph on it."""
    store = emptied(other)
    loader = filling.filled(store, content, lambda data, file: [], new=True)
    assert following.PENDING not in set(loader.store.quads(META))
    yield store
    store.close()


def table(store: Remote, query: binding.Query) -> list[dict[str, str]]:
    """The rows of a query's example, truth as `true` and `false`: XML Schema has 1 and 0 for them too."""
    results = store.query(binding.bind(query, query.typed(query.example)))
    assert isinstance(results, ox.QuerySolutions)
    found = csv.DictReader((results.serialize(format=ox.QueryResultsFormat.CSV) or b"").decode().splitlines())
    truths = {c.name for c in query.columns if c.type == "boolean"}
    return [{k: {"0": "false", "1": "true"}.get(v, v) if k in truths else v for k, v in row.items()} for row in found]


@pytest.mark.parametrize("name", QUERIES)
def test_named_queries_have_the_same_rows(name: str, curated: Remote) -> None:
    query = QUERIES[name]
    expected = (ROOT / "tests" / "expected" / f"{name}.csv").read_text("utf-8").splitlines()
    assert table(curated, query) == list(csv.DictReader(expected))


def test_what_was_derived_there_is_what_is_derived_here(curated: Remote, content: Content) -> None:
    here = filled(content)
    assert curated.graphs() == here.graphs()
    for graph in here.graphs():
        assert set(curated.quads(graph)) == set(here.quads(graph))


def test_loaded_twice_is_once(curated: Remote, content: Content) -> None:
    before = curated.version
    loader = load.Loader(curated, content, lambda data, file: [])
    assert loader.vocabulary() == "unchanged"
    assert {loader.report_file(path) for path in content.reports()} == {"unchanged"}
    assert curated.version == before


# -- the service


@pytest.fixture(scope="module")
def service(other: Running, curated: Remote) -> Iterator[Server]:  # noqa: ARG001  # after what needs the curated graph alone
    emptied(other).close()
    server = Server("--content", str(TINY), COMMUNIQUE_TOKEN="test-token", **environ(other))
    wait(server, 200)
    yield server
    assert server.stop() == 0


@pytest.fixture
def http(service: Server) -> httpx.Client:
    return service.client


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same service over a folder."""
    server = Server("--store", str(tmp_path_factory.mktemp("folder") / "store"), "--content", str(TINY))
    yield server
    assert server.stop() == 0


PATHS = (
    "/api/attacks", "/api/attacks/north-camp", "/api/attacks/north-camp/claims", "/api/actors", "/api/reports",
    "/api/search?q=camp", "/api/statements?limit=2", "/api/actors/grey-brigade", "/api/attacks?place=nowhere",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_answers_are_those_of_a_folder(path: str, http: httpx.Client, embedded: Server) -> None:
    there, here = http.get(path), embedded.client.get(path)
    assert there.status_code == here.status_code, there.text
    assert versionless(there.json()) == versionless(here.json())


def versionless(document: Any) -> Any:
    """A document without versions, and without what stands for one."""
    if isinstance(document, dict):
        return {k: versionless(v) for k, v in document.items() if k not in ("version", "next")}
    return [versionless(item) for item in document] if isinstance(document, list) else document


def test_pages_are_complete(http: httpx.Client) -> None:
    for path in ("/", "/id/event/north-camp"):
        answer = http.get(path, headers={"accept": "text/html"})
        assert answer.status_code == 200
        assert "North Camp" in answer.text


@pytest.mark.parametrize("accept", [JSON, "application/sparql-results+xml", "text/csv", "text/tab-separated-values"])
def test_rows_in_each_format(accept: str, http: httpx.Client) -> None:
    query = "SELECT ?a WHERE { ?e <https://w3id.org/communique/ns#hasClaimant> ?a }"
    answer = http.post("/sparql", data={"query": query}, headers={"accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == accept
    assert answer.text.count("https://w3id.org/communique/id/actor/grey-brigade") == 1


@pytest.mark.parametrize(
    "accept",
    ["text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml", "application/trig"],
)
def test_graphs_in_each_format(accept: str, http: httpx.Client) -> None:
    query = "CONSTRUCT { ?e <https://w3id.org/communique/ns#hasClaimant> ?a } WHERE { ?e <https://w3id.org/communique/ns#hasClaimant> ?a }"
    answer = http.get("/sparql", params={"query": query}, headers={"accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == accept
    form = ox.RdfFormat.from_media_type(accept)
    assert form
    assert len(list(ox.parse(answer.content, format=form))) == 1


def test_what_a_query_may_be_is_the_same(http: httpx.Client) -> None:
    bad = problem(http.get("/sparql", params={"query": "SELECT *\nWHERE { ?s ?p }"}), 400)
    assert (bad["line"], bad["column"]) == (2, 16)
    problem(http.get("/sparql", params={"query": "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"}), 403)
    problem(http.get("/sparql", params={"query": "ASK {}"}, headers={"accept": "image/png"}), 406)
    # A pragma of one store is no SPARQL, and would get past what is counted here.
    problem(http.get("/sparql", params={"query": 'define get:soft "soft" SELECT * FROM <http://127.0.0.1:9/> {}'}), 400)


def test_update_and_graph_store(http: httpx.Client) -> None:
    update = {**TOKEN, "content-type": "application/sparql-update"}
    done = http.post("/update", content="INSERT DATA { GRAPH <urn:x> { <urn:a> <urn:b> 1 } }", headers=update)
    assert done.status_code == 204, done.text
    assert http.get("/api/reports").json()["version"] == done.headers["communique-version"]
    turtle = {**TOKEN, "content-type": "text/turtle"}
    assert http.put("/store?graph=urn:y", content="<urn:c> <urn:d> 'é' .", headers=turtle).status_code == 201
    assert http.post("/store?graph=urn:y", content="<urn:c> <urn:d> 'f' .", headers=turtle).status_code == 204
    shown = http.get("/store?graph=urn:y", headers={"accept": "application/n-triples"})
    assert {q.object for q in ox.parse(shown.content, format=ox.RdfFormat.N_TRIPLES)} == {Literal("é"), Literal("f")}
    assert http.delete("/store?graph=urn:y", headers=TOKEN).status_code == 204
    problem(http.get("/store?graph=urn:y"), 404)
    problem(http.delete("/store?graph=urn:y", headers=TOKEN), 404)
    problem(http.put(f"/store?graph={META.value}", content="<urn:c> <urn:d> 1 .", headers=turtle), 403)
    problem(http.post("/update", content="LOAD <http://127.0.0.1:9/>", headers=update), 403)
    problem(http.post("/update", content="INSERT DATA {", headers=update), 400)
    problem(http.post("/update", content="CLEAR ALL"), 401)
    assert http.post("/update", content="DROP SILENT GRAPH <urn:x>", headers=update).status_code == 204


def test_the_unnamed_graph_is_no_other(http: httpx.Client, other: Running) -> None:
    """Where the store has one."""
    turtle = {**TOKEN, "content-type": "text/turtle", "accept": "application/n-triples"}
    put = http.put("/store?default", content="<urn:c> <urn:d> 'only here' .", headers=turtle)
    if other.name == "virtuoso":
        problem(put, 400)
        return
    assert put.status_code in (200, 204), put.text
    assert http.get("/store?default", headers=turtle).text.split() == ["<urn:c>", "<urn:d>", '"only', 'here"', "."]
    assert http.delete("/store?default", headers=TOKEN).status_code == 204


def test_reports_are_put_replaced_and_withdrawn(http: httpx.Client) -> None:
    made = put(http, "gamma", {**report(), "title": "Gamma"})
    assert made.status_code == 201, made.text
    listed = http.get("/api/reports").json()
    assert "Gamma" in {row["report"]["label"] for row in listed["rows"]}
    assert listed["version"] == made.headers["communique-version"]
    assert put(http, "gamma", {**report(), "title": "Gamma"}).json()["became"] == "unchanged"
    assert put(http, "gamma", {**report(), "title": "Delta"}).json()["became"] == "replaced"
    problem(put(http, "gamma", {"title": "nothing"}), 422)
    assert http.delete("/api/reports/gamma", headers=TOKEN).status_code == 204
    problem(http.delete("/api/reports/gamma", headers=TOKEN), 404)


def test_an_answer_has_the_version_it_is_of(http: httpx.Client) -> None:
    first = http.get("/api/attacks")
    tag = {"if-none-match": first.headers["etag"]}
    assert http.get("/api/attacks", headers=tag).status_code == 304
    assert put(http, "tagged", report()).status_code == 201
    assert http.get("/api/attacks", headers=tag).status_code == 200
    assert http.delete("/api/reports/tagged", headers=TOKEN).status_code == 204


def test_what_another_writes_is_seen(http: httpx.Client, other: Running) -> None:
    """Another instance, or `communique load` beside the service."""
    environment = environ(other)
    before = http.get("/api/reports").json()["version"]
    writer = Remote(Wire(read(environment)))
    version = writer.commit(Change(add={Quad(A, A, Literal("elsewhere"), A)}))
    writer.close()
    end = time.monotonic() + 10
    while http.get("/api/reports").json()["version"] != version:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert version != before
    ask = http.get("/sparql", params={"query": f"ASK {{ {A} {A} 'elsewhere' }}"}, headers={"accept": JSON})
    assert ask.json()["boolean"] is True


@pytest.mark.later
def test_verbs_take_an_address(service: Server, other: Running, tmp_path: Path) -> None:
    assert service
    there = environ(other)
    done = communique("query", "attack-claims", "attack=north-camp", "--content", str(TINY), "--format", "csv", **there)
    assert "Grey Brigade" in done.stdout, done.stderr
    assert "0 derived triples added, 0 removed" in communique("derive", "--content", str(TINY), **there).stdout
    assert "2 unchanged" in communique("load", "--content", str(TINY), **there).stdout
    file = tmp_path / "q.rq"
    file.write_text("ASK { ?s ?p ?o }")
    assert '"boolean":true' in "".join(communique("sparql", str(file), "--format", "srj", **there).stdout.split())
    for verb in (["optimize"], ["backup", str(tmp_path / "b")], ["restore", str(tmp_path)], ["verify-store"]):
        refused = communique(*verb, **there)
        assert refused.returncode == 2
        assert "for a store in a folder" in refused.stderr


# -- writing


@pytest.fixture(scope="module")
def oxigraph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running("oxigraph", tmp_path_factory.mktemp("writing") / "data") as store:
        yield store


@pytest.fixture
def two(oxigraph: Running) -> Iterator[tuple[Remote, Remote]]:
    """Two that write to one server."""
    one = emptied(oxigraph)
    second = Remote(Wire(one.wire.settings))
    yield one, second
    one.close()
    second.close()


def test_only_one_of_two_writers_gets_there_first(two: tuple[Remote, Remote]) -> None:
    one, second = two
    one.commit(Change(add={Quad(A, A, Literal("first"), A)}))
    second.refresh()
    version = one.commit(Change(add={Quad(A, A, Literal("second"), A)}))
    with pytest.raises(Conflict):
        second.commit(Change(add={Quad(A, A, Literal("late"), A)}))
    assert second.refresh() == version
    assert {q.object.value for q in one.quads(A)} == {"first", "second"}  # type: ignore[union-attr]
    second.commit(Change(add={Quad(A, A, Literal("late"), A)}))
    assert len(list(one.quads(A))) == 3


class Cut(BaseException):
    """The process ends."""


@pytest.mark.parametrize("steps", range(1, 12))
def test_a_change_that_was_cut_short_is_finished(two: tuple[Remote, Remote], steps: int) -> None:
    """Cut after each request that it is made of: the next to open it finds all of it, or nothing."""
    one, second = two
    before = {Quad(A, A, Literal(f"before {n}"), A) for n in range(40)}
    after = {Quad(A, A, Literal(f"after {n} " + "x" * 1000), A) for n in range(40)}
    one.commit(Change(add=before))
    one.journal.most = 30
    sent, left = one.wire.change, iter(range(steps))

    def cut(*arguments: Any, **named: Any) -> None:
        if next(left, None) is None:
            raise Cut
        sent(*arguments, **named)

    one.wire.change = cut  # type: ignore[method-assign]
    try:
        version = one.commit(Change(before, after))
    except Cut:
        version = ""
    second.recover()
    found = set(second.quads(A))
    assert found in (before, after)
    if version:
        assert found == after
        assert second.version == version
    assert not second.version.endswith("partly")
    second.commit(Change(found, {Quad(A, A, Literal("more"), A)}))
    assert len(list(second.quads(A))) == 1
    assert steps < 11 or list(second.quads(JOURNAL)) == []


def test_a_store_that_takes_less_is_given_less(two: tuple[Remote, Remote]) -> None:
    one, _ = two
    sent = one.wire.change

    def refusing(fields: Any, **named: Any) -> None:
        if fields[0][1].count("\n") > 120:
            raise Refused(400, "too long")
        sent(fields, **named)

    one.wire.change = refusing  # type: ignore[assignment,method-assign]
    many = {Quad(A, A, Literal(str(n)), A) for n in range(1000)}
    one.commit(Change(add=many))
    assert set(one.quads(A)) == many
    assert one.journal.most <= 125
