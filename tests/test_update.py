"""/update: the update operation of the SPARQL 1.1 Protocol, who may use it, what it refuses, what every later read sees."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from pyoxigraph import NamedNode

from communique.errors import BadRequest, Forbidden
from communique.store import META, Dataset
from communique.store.embedded import Embedded
from communique.tokens import and_then, with_dataset, without_loads
from conftest import TINY, Server
from test_http import problem

SECRET = "for-tests-only"
FORM = "application/x-www-form-urlencoded"
DIRECT = {"content-type": "application/sparql-update"}
INSERT = "INSERT DATA { <urn:a> <urn:p> <urn:b> }"


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client with a write token of a server of its own, whose default graph is the unnamed one."""
    running = Server(
        "--store", str(tmp_path_factory.mktemp("update") / "store"), "--content", str(TINY),
        COMMUNIQUE_TOKEN=SECRET, COMMUNIQUE_DEFAULT_GRAPH="unnamed", COMMUNIQUE_RATE_LIMIT="0",
    )  # fmt: skip
    running.client.headers["authorization"] = f"Bearer {SECRET}"
    yield running.client
    assert running.stop() == 0


def update(client: httpx.Client, text: str, **params: str) -> str:
    answer = client.post("/update", content=text, headers=DIRECT, params=params)
    assert answer.status_code == 204, answer.text
    return str(answer.headers["communique-version"])


def ask(client: httpx.Client, pattern: str) -> bool:
    return bool(client.get("/sparql", params={"query": f"ASK {{ {pattern} }}"}).json()["boolean"])


# -- who may


def test_read_only_without_a_token_configured(client: httpx.Client) -> None:
    told = problem(client.post("/update", content=INSERT, headers=DIRECT), 403)
    assert "read-only" in str(told["detail"])


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Basic Zm9yLXRlc3RzLW9ubHk=", "Bearer"])
def test_needs_a_token(given: str | None, writer: httpx.Client) -> None:
    headers = DIRECT if given is None else {**DIRECT, "authorization": given}
    with httpx.Client(base_url=writer.base_url) as stranger:
        answer = stranger.post("/update", content=INSERT, headers=headers)
    problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


# -- the protocol


def test_two_ways_to_update(writer: httpx.Client) -> None:
    update(writer, INSERT)
    assert ask(writer, "<urn:a> <urn:p> <urn:b>")
    answer = writer.post("/update", data={"update": "DELETE WHERE { <urn:a> ?p ?o }"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert not ask(writer, "<urn:a> ?p ?o")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_only_post(method: str, writer: httpx.Client) -> None:
    answer = writer.request(method, "/update", params={"update": INSERT})
    problem(answer, 405)
    assert answer.headers["allow"] == "POST, OPTIONS"


def test_options(writer: httpx.Client) -> None:
    for path, allow in (("/update", "POST, OPTIONS"), ("/sparql", "GET, HEAD, POST, OPTIONS")):
        answer = writer.options(path)
        assert (answer.status_code, answer.headers["allow"]) == (204, allow)


def test_bad_requests(writer: httpx.Client) -> None:
    problem(writer.post("/update", content=INSERT, headers={"content-type": "text/plain"}), 415)
    problem(writer.post("/update", content=INSERT), 415)
    problem(writer.post("/update", content="", headers={"content-type": FORM}), 400)
    problem(writer.post("/update", content="update=CLEAR+ALL&update=CLEAR+ALL", headers={"content-type": FORM}), 400)
    problem(writer.post("/update", data={"update": INSERT, "default-graph-uri": "urn:g"}), 400)
    problem(writer.post("/update", data={"update": INSERT, "using-graph-uri": "relative"}), 400)
    problem(writer.post("/update", content=b"\xff", headers=DIRECT), 400)
    utf16 = {"content-type": "application/sparql-update; charset=utf-16"}
    problem(writer.post("/update", content=INSERT.encode("utf-16"), headers=utf16), 400)
    problem(writer.post("/update", data={"query": "ASK {}"}), 400)
    told = problem(writer.post("/sparql", data={"update": INSERT}), 400)
    assert "/update" in str(told["detail"])


def test_a_syntax_error_has_line_and_column_and_changes_nothing(writer: httpx.Client) -> None:
    before = update(writer, "CLEAR DEFAULT")
    told = problem(writer.post("/update", content=f"{INSERT} ;\nINSERT DATA {{ <urn:c> ?x }}", headers=DIRECT), 400)
    assert told["line"] == 2
    assert not ask(writer, "<urn:a> ?p ?o")
    assert before in writer.get("/dumps/").text


def test_an_operation_that_fails_undoes_those_before(writer: httpx.Client) -> None:
    update(writer, "CLEAR DEFAULT")
    told = problem(writer.post("/update", content=f"{INSERT} ; DROP GRAPH <urn:nowhere>", headers=DIRECT), 400)
    assert "urn:nowhere" in str(told["detail"])
    assert not ask(writer, "<urn:a> ?p ?o")


def test_relative_iris_are_relative_to_the_request(writer: httpx.Client) -> None:
    update(writer, "CLEAR DEFAULT ; INSERT DATA { <urn:a> <urn:p> <relative> }")
    assert ask(writer, f"<urn:a> <urn:p> <{writer.base_url}relative>")
    assert ask(writer, "<urn:a> <urn:p> <relative>")


def test_every_later_read_sees_the_write(writer: httpx.Client) -> None:
    seen = set()
    for n in range(20):
        seen.add(update(writer, f"INSERT DATA {{ <urn:n> <urn:n> {n} }}"))
        with httpx.Client(base_url=writer.base_url) as another:
            assert ask(another, f"<urn:n> <urn:n> {n}")
    assert len(seen) == 20


def test_etag_follows_the_version(writer: httpx.Client) -> None:
    first = writer.get("/sparql", params={"query": "ASK {}"})
    again = {"if-none-match": first.headers["etag"]}
    assert writer.get("/sparql", params={"query": "ASK {}"}, headers=again).status_code == 304
    update(writer, INSERT)
    assert writer.get("/sparql", params={"query": "ASK {}"}, headers=again).status_code == 200


# -- the protocol's dataset


def test_using_graph_uri(writer: httpx.Client) -> None:
    update(writer, "DROP ALL ; INSERT DATA { <urn:d> <urn:p> 0 GRAPH <urn:g> { <urn:a> <urn:p> 1 } }")
    copy = "INSERT { GRAPH <urn:to> { ?s ?p ?o } } WHERE { ?s ?p ?o }"
    update(writer, copy, **{"using-graph-uri": "urn:g"})
    assert ask(writer, "GRAPH <urn:to> { <urn:a> <urn:p> 1 }")
    assert not ask(writer, "GRAPH <urn:to> { <urn:d> ?p ?o }")
    update(writer, "DELETE WHERE { ?s ?p ?o }", **{"using-graph-uri": "urn:none"})
    assert ask(writer, "<urn:d> <urn:p> 0")


@pytest.mark.parametrize(
    "text",
    [
        "WITH <urn:g> DELETE { ?s ?p 1 } WHERE { ?s ?p ?o }", "INSERT { ?s ?p 1 } USING <urn:g> WHERE { ?s ?p ?o }",
        "insert{?s ?p 1}using named<urn:g>where{?s ?p ?o}", "PREFIX ex: <urn:> INSERT { } USINGex:g WHERE { }",
    ],
)  # fmt: skip
def test_dataset_twice(text: str, writer: httpx.Client) -> None:
    for name in ("using-graph-uri", "using-named-graph-uri"):
        problem(writer.post("/update", content=text, headers=DIRECT, params={name: "urn:g"}), 400)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }", "INSERT { ?s ?p 1 }  USING <urn:g> WHERE { ?s ?p ?o }"),
        ("DELETE WHERE { ?s ?p ?o }", "DELETE  { ?s ?p ?o } USING <urn:g> WHERE { ?s ?p ?o }"),
        ("DELETE WHERE { GRAPH ?g { ?s ?p ?o } } ; CLEAR ALL",
         "DELETE  { GRAPH ?g { ?s ?p ?o } } USING <urn:g> WHERE { GRAPH ?g { ?s ?p ?o } } ; CLEAR ALL"),
        ("INSERT {} WHERE { SELECT ?s WHERE { ?s ?p 'WHERE' } }", "INSERT {}  USING <urn:g> WHERE { SELECT ?s WHERE { ?s ?p 'WHERE' } }"),
        ("INSERT DATA { <urn:where> <urn:p> 'DELETE WHERE' }", "INSERT DATA { <urn:where> <urn:p> 'DELETE WHERE' }"),
    ],
)  # fmt: skip
def test_dataset_is_written_into_each_operation(text: str, written: str) -> None:
    assert with_dataset(text, [NamedNode("urn:g")], []) == written
    Embedded.memory().update(text, Dataset((NamedNode("urn:g"),)))


# -- nothing is fetched


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <http://127.0.0.1:1/>", "load<file:///etc/hostname>", "CLEAR ALL;LOAD#\n<http://127.0.0.1:1/>",
        "PREFIX ex: <http://127.0.0.1:1/> LOADex:a", "BASE <http://127.0.0.1:1/> LOAD <a> INTO GRAPH <urn:g>",
        "INSERT DATA { } ; LOAD SILENTex:a",
    ],
)  # fmt: skip
def test_load_is_refused(text: str, writer: httpx.Client) -> None:
    assert "LOAD is off" in str(problem(writer.post("/update", content=text, headers=DIRECT), 403)["detail"])


@pytest.mark.parametrize(
    "text",
    [
        "LOAD SILENT <http://127.0.0.1:1/>", "load silent<file:///etc/hostname>into graph<urn:loaded>",
        "PREFIX load: <file:///etc/> LOAD\nSILENT load:hostname INTO GRAPH load:g ; INSERT DATA { <urn:l> <urn:p> 'LOAD' } ;",
    ],
)  # fmt: skip
def test_load_silent_does_nothing(text: str, writer: httpx.Client) -> None:
    update(writer, "DROP ALL")
    update(writer, text)
    assert not ask(writer, "GRAPH <urn:loaded> { ?s ?p ?o }")


def test_what_is_no_load() -> None:
    for text in ("CLEAR GRAPH load:g", "INSERT DATA { load:a <urn:load> 'LOAD <x>' } # LOAD <x>", INSERT):
        assert without_loads(text) == text
    with pytest.raises(BadRequest):
        without_loads("LOAD SILENT anything")
    with pytest.raises(Forbidden):
        without_loads("LOADSILENT<urn:x>")


@pytest.mark.parametrize(
    "text",
    [
        "INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "insert{?s ?p ?o}where{service silent ?x{?s ?p ?o}}",
        "INSERT { ?s ?p ?o } WHERE { ?s ?p trueSERVICE<http://127.0.0.1:1/> {?s ?p ?o}}",
        "INSERT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(?o<2)SERVICE#>\n<http://127.0.0.1:1/> {?s ?p ?o}}",
    ],
)
def test_service_is_refused(text: str, writer: httpx.Client) -> None:
    assert "SERVICE is off" in str(problem(writer.post("/update", content=text, headers=DIRECT), 403)["detail"])


def test_using_does_not_fetch(writer: httpx.Client) -> None:
    update(writer, "DROP ALL ; INSERT { ?s <urn:read> ?o } USING <file:///etc/hostname> WHERE { ?s ?p ?o }")
    assert not ask(writer, "?s <urn:read> ?o")


# -- the service's own graph


@pytest.mark.parametrize(
    "text",
    [
        "DROP ALL", "CLEAR ALL ;", "", "# nothing", "PREFIX ex: <urn:>", f"DROP GRAPH {META}", f"{INSERT} ;",
        f"INSERT DATA {{ GRAPH {META} {{ {META} <http://www.w3.org/2002/07/owl#versionInfo> 'rubbish', 1 }} }}",
        f"DELETE WHERE {{ GRAPH {META} {{ ?s ?p ?o }} }}", f"{INSERT} ; MOVE DEFAULT TO {META}",
    ],
)  # fmt: skip
def test_version_survives_every_update(text: str) -> None:
    store = Embedded.memory()
    store.update(INSERT)
    version = store.update(text)
    assert Embedded(store.engine).version == version == store.version
    assert version.startswith("2-")
    assert [str(quad.object) for quad in store.quads(META)] == [f'"{version}"']
    assert store.update(INSERT).startswith("3-")


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <urn:a> <urn:p> <urn:b>", 'INSERT DATA { <urn:a> <urn:p> """', "INSERT { } WHERE { FILTER(1 <",
        "DELETE", "INSERT DATA { } INSERT DATA { }", "PREFIX a:", ";", "INSERT { } WHERE { { SELECT ?s",
    ],
)  # fmt: skip
def test_what_is_left_open_swallows_nothing(text: str) -> None:
    store = Embedded.memory()
    with pytest.raises(BadRequest):
        store.update(text)
    assert store.version == "0-empty"
    assert not list(store.quads(None))


@pytest.mark.parametrize(
    "text", ["", "CLEAR ALL", "CLEAR ALL;", "INSERT DATA {} # }", "BASE <urn:a>PREFIXa: <urn:b>", "VERSION '1.2'"]
)
def test_more_can_be_put_behind(text: str) -> None:
    Embedded.memory().engine.update(and_then(text, "DROP SILENT GRAPH <urn:g>"))
