"""The W3C's SPARQL 1.1 suites over HTTP: their manifests carry requests and expected answers; the real server answers."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
from rdflib import RDF, RDFS, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from conftest import SHARED, Server

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
SD = "http://www.w3.org/ns/sparql-service-description#"
SECRET = "w3c"
SUITES = SHARED / "w3c"
MANIFESTS = (
    "protocol/manifest.ttl", "graph-store-protocol/manifest-direct.ttl", "graph-store-protocol/manifest-indirect.ttl",
    "service-description/manifest.ttl", "csv-tsv-res/manifest.ttl", "json-res/manifest.ttl",
)  # fmt: skip
# How many tests each suite has, so that none goes missing unseen.
SIZES = {"protocol": 34, "graph-store-protocol": 13, "service-description": 3, "csv-tsv-res": 6, "json-res": 4}
# Accepted by RFC 9110 in an answer: the status classes and codes that manifests name.
STATUSES = {
    "OK": {200}, "Created": {201}, "NoContent": {204}, "BadRequest": {400}, "NotFound": {404},
    **{f"StatusCode{n}xx": set(range(n * 100, n * 100 + 100)) for n in (2, 3, 4)},
}  # fmt: skip
TABLES = ("application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values")


@dataclass(frozen=True)
class Case:
    """A test of a suite: the manifest that tells of it, and its node there."""

    suite: str
    name: str
    manifest: Graph
    node: Node
    folder: Path


def cases() -> list[Case]:
    found = []
    for path in MANIFESTS if SUITES.is_dir() else ():
        file = SUITES / path
        manifest = Graph().parse(file, format="turtle", publicID=file.as_uri())
        for entries in manifest.objects(None, MF.entries):
            for node in Collection(manifest, entries):
                name = str(node).partition("#")[2]
                found.append(Case(path.partition("/")[0], name, manifest, node, file.parent))
    return found


def misses() -> dict[str, str]:
    """suite/name -> reason, of the tests that the engine is known to fail."""
    lines = (Path(__file__).parent / "w3c-misses.txt").read_text("utf-8").splitlines()
    pairs = (line.partition(":") for line in lines if line.strip() and not line.startswith("#"))
    return {name.strip(): reason.strip() for name, _, reason in pairs}


CASES = cases()
MISSES = misses()


@pytest.fixture(scope="module")
def w3c(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client with a write token of a server as the suites expect one."""
    running = Server(
        "--store", str(tmp_path_factory.mktemp("w3c") / "store"),
        COMMUNIQUE_DEFAULT_GRAPH="unnamed", COMMUNIQUE_TOKEN=SECRET, COMMUNIQUE_RATE_LIMIT="0",
    )  # fmt: skip
    running.client.headers["authorization"] = f"Bearer {SECRET}"
    yield running.client
    assert running.stop() == 0


def test_suites_are_whole() -> None:
    if not SUITES.is_dir():
        pytest.skip(f"{SUITES} is not here: the W3C's suites are not part of the repository")
    assert {suite: sum(case.suite == suite for case in CASES) for suite in SIZES} == SIZES


def test_misses_are_tests_with_reasons() -> None:
    assert all(MISSES.values())
    if CASES:
        assert set(MISSES) <= {f"{case.suite}/{case.name}" for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.suite}/{case.name}")
def test_w3c(case: Case, w3c: httpx.Client) -> None:
    reason = MISSES.get(f"{case.suite}/{case.name}")
    emptied = w3c.post("/update", content="DROP ALL", headers={"content-type": "application/sparql-update"})
    assert emptied.status_code == 204, emptied.text
    try:
        RUNNERS[case.suite](case, w3c)
    except AssertionError:
        if reason:
            pytest.xfail(reason)
        raise
    assert not reason, f"{case.name} passes now: take it out of w3c-misses.txt ({reason})"


# -- requests and answers


def run_requests(case: Case, client: httpx.Client) -> None:
    """Send what the manifest says, in its order, and compare what comes."""
    graph = case.manifest
    for data in graph.objects(case.node, UT.graphData):
        file = case.folder / Path(str(graph.value(data, UT.graph))).name
        put(client, {"graph": str(graph.value(data, RDFS.label))}, file)
    known: dict[str, str] = {}
    action = graph.value(case.node, MF.action)
    for request in listed(graph, graph.value(action, HT.requests)):
        compare(case, request, send(case, request, client, known), known)


def send(case: Case, request: Node, client: httpx.Client, known: dict[str, str]) -> httpx.Response:
    graph = case.manifest
    headers = fields(graph, request)
    path = endpoint(case, str(graph.value(request, HT.absolutePath)), headers.get("content-type", ""))
    content = None
    if body := graph.value(request, HT.body):
        text = substituted(str(graph.value(body, CNT.chars)), known)
        content = text.encode(str(graph.value(body, CNT.characterEncoding)))
    method = str(graph.value(request, HT.methodName))
    return client.request(method, substituted(path, known), content=content, headers=headers)


def endpoint(case: Case, path: str, content_type: str) -> str:
    """Our path for the manifest's: it has one for queries and updates, and calls the store /gsp."""
    if case.suite == "graph-store-protocol":
        return path.replace("/gsp", "/store", 1)
    writes = "update" in case.name and content_type != "application/sparql-query"
    return path.replace("/sparql/", "/update" if writes else "/sparql", 1)


def compare(case: Case, request: Node, answer: httpx.Response, known: dict[str, str]) -> None:
    graph = case.manifest
    wanted = graph.value(request, HT.resp)
    statuses = [STATUSES[str(status).partition("#")[2]] for status in graph.objects(wanted, MF.expectedStatus)]
    assert any(answer.status_code in status for status in statuses), (answer.status_code, answer.text)
    kind = answer.headers.get("content-type", "")
    for value in graph.objects(wanted, MF.expectedFormat):
        check_format(str(value), kind.partition(";")[0])
    for value in graph.objects(wanted, MF.expectedBoolean):
        assert answer.json()["boolean"] is bool(value)
    for name, text in fields(graph, wanted).items():
        assert name != "content-type" or kind.replace(" ", "") == text.replace(" ", ""), kind
    if location := graph.value(wanted, MF.expectedLocation):
        known[str(location)] = answer.headers["location"]
    if body := graph.value(wanted, HT.body):
        assert triples(answer.content) == triples(str(graph.value(body, CNT.chars)).encode())
    if str(graph.value(request, HT.methodName)) == "HEAD":
        assert answer.content == b""


def check_format(wanted: str, kind: str) -> None:
    if wanted == "RDF":
        assert ox.RdfFormat.from_media_type(kind), kind
    else:
        assert kind in (TABLES if wanted == "tabular" else TABLES[:2]), kind


def listed(graph: Graph, head: Node | None) -> list[Node]:
    return list(Collection(graph, head)) if head else []


def fields(graph: Graph, message: Node | None) -> dict[str, str]:
    found = listed(graph, graph.value(message, HT.headers))
    return {str(graph.value(f, HT.fieldName)).lower(): str(graph.value(f, HT.fieldValue)) for f in found}


def substituted(text: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        text = text.replace(name, value)
    return text


def triples(turtle: bytes) -> ox.Dataset:
    """The triples of a Turtle document, with blank nodes named alike in like graphs."""
    found = ox.Dataset(ox.parse(turtle, format=ox.RdfFormat.TURTLE))
    found.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return found


def put(client: httpx.Client, params: dict[str, str], file: Path) -> None:
    kind = {".nt": "application/n-triples", ".ttl": "text/turtle"}[file.suffix]
    answer = client.put("/store", params=params, content=file.read_bytes(), headers={"content-type": kind})
    assert answer.status_code in (201, 204), answer.text


# -- service description


def run_description(case: Case, client: httpx.Client) -> None:
    answer = client.get("/sparql")
    form = ox.RdfFormat.from_media_type(answer.headers["content-type"].partition(";")[0])
    assert answer.status_code == 200
    assert form
    told = Graph().parse(data=answer.content, format="turtle")
    checks: dict[str, Callable[[], Any]] = {
        "returns-rdf": lambda: len(told),
        "has-endpoint-triple": lambda: (None, URIRef(SD + "endpoint"), URIRef(str(client.base_url) + "sparql")) in told,
        "conforms-to-schema": lambda: conforms(told),
    }
    assert checks[case.name]()


# Domain and range of the properties of the Service Description vocabulary, section 3.
SCHEMA = {
    "endpoint": ("Service", None), "feature": ("Service", None), "supportedLanguage": ("Service", None),
    "resultFormat": ("Service", None), "inputFormat": ("Service", None), "defaultDataset": ("Service", "Dataset"),
    "defaultGraph": ("Dataset", "Graph"), "namedGraph": ("Dataset", "NamedGraph"), "name": ("NamedGraph", None),
    "graph": ("NamedGraph", "Graph"),
}  # fmt: skip
FEATURES = ("DereferencesURIs", "UnionDefaultGraph", "RequiresDataset", "EmptyGraphs", "BasicFederatedQuery")
LANGUAGES = ("SPARQL10Query", "SPARQL11Query", "SPARQL11Update")


def conforms(told: Graph) -> bool:
    """Whether each term of the vocabulary is used as its schema says, and each service has what it must have."""
    used = {str(p).removeprefix(SD) for p in told.predicates() if str(p).startswith(SD)}
    assert used <= set(SCHEMA)
    for name in used:
        domain, holds = SCHEMA[name]
        for subject, value in told.subject_objects(URIRef(SD + name)):
            assert (subject, RDF.type, URIRef(SD + domain)) in told, name
            assert holds is None or (value, RDF.type, URIRef(SD + holds)) in told, name
    for name, known in (("feature", FEATURES), ("supportedLanguage", LANGUAGES)):
        assert {str(o) for o in told.objects(None, URIRef(SD + name))} <= {SD + k for k in known}
    services = set(told.subjects(RDF.type, URIRef(SD + "Service")))
    return all(len(set(told.objects(service, URIRef(SD + "endpoint")))) == 1 for service in services)


# -- results in CSV, TSV and JSON


def run_results(case: Case, client: httpx.Client) -> None:
    graph = case.manifest
    action = graph.value(case.node, MF.action)
    query, data, expected = (
        case.folder / Path(str(node)).name
        for node in (graph.value(action, QT.query), graph.value(action, QT.data), graph.value(case.node, MF.result))
    )
    put(client, {"default": ""}, data)
    kinds = {".csv": TABLES[2], ".tsv": TABLES[3], ".srj": TABLES[0]}
    answer = client.get(
        "/sparql", params={"query": query.read_text("utf-8")}, headers={"accept": kinds[expected.suffix]}
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == kinds[expected.suffix]
    if expected.suffix == ".csv":
        assert cells(answer.content) == cells(expected.read_bytes())
    elif expected.suffix == ".tsv":
        assert terms(answer.content) == terms(expected.read_bytes())
    else:
        assert bindings(answer.json()) == bindings(httpx.Response(200, content=expected.read_bytes()).json())


def renamed(value: str, names: dict[str, str]) -> str:
    """A blank node by the order in which it comes; every other cell as it is."""
    return names.setdefault(value, f"_:{len(names)}") if value.startswith("_:") else value


def cells(data: bytes) -> list[dict[str, str]]:
    """The rows by the name of their columns: the order of those is not defined where a query has SELECT *."""
    names: dict[str, str] = {}
    head, *rows = csv.reader(io.StringIO(data.decode(), newline=""))
    return [{column: renamed(cell, names) for column, cell in zip(head, row, strict=True)} for row in rows]


def terms(data: bytes) -> list[dict[str, str]]:
    """The rows of a TSV as terms, since 4 and "4"^^xsd:integer are one."""
    found = ox.parse_query_results(data, format=ox.QueryResultsFormat.TSV)
    assert isinstance(found, ox.QuerySolutions)
    columns = [variable.value for variable in found.variables]
    names: dict[str, str] = {}
    return [
        {name: renamed(str(term), names) if term is not None else "" for name, term in zip(columns, row, strict=True)}
        for row in found
    ]


def bindings(document: Any) -> Any:
    """The head, and the set of rows or the boolean; blank nodes by the order in which they come."""
    if "boolean" in document:
        return document["boolean"]
    names: dict[str, str] = {}
    rows = [
        sorted(
            (name, t["type"], renamed(f"_:{t['value']}", names) if t["type"] == "bnode" else t["value"],
             t.get("datatype", ""), t.get("xml:lang", ""))
            for name, t in row.items()
        )
        for row in document["results"]["bindings"]
    ]  # fmt: skip
    return sorted(document["head"]["vars"]), sorted(rows)


RUNNERS: dict[str, Callable[[Case, httpx.Client], None]] = {
    "protocol": run_requests, "graph-store-protocol": run_requests, "service-description": run_description,
    "csv-tsv-res": run_results, "json-res": run_results,
}  # fmt: skip
