"""The service and the data in their own words: what they say is true, in every format."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pyoxigraph as ox
import pytest
from pyoxigraph import Literal, NamedNode

from communique.describe import FORMAT, SD
from communique.store import META
from communique.store.embedded import Embedded
from communique.vocab import CMQ, DCTERMS, OWL, RDF
from communique.void import LICENCE, VOID
from conftest import TINY, Server
from test_http import problem

FORMS = ["text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml"]
Triples = set[ox.Triple]


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    running = Server(
        "--store", str(tmp_path_factory.mktemp("describe") / "store"), "--content", str(TINY),
        COMMUNIQUE_TOKEN="t", COMMUNIQUE_DEFAULT_GRAPH="unnamed",
    )  # fmt: skip
    running.client.headers["authorization"] = "Bearer t"
    yield running.client
    assert running.stop() == 0


def told(client: httpx.Client, path: str, kind: str = "text/turtle") -> Triples:
    answer = client.get(path, headers={"accept": kind})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == kind
    form = ox.RdfFormat.from_media_type(kind)
    assert form
    found = ox.Dataset(q for q in ox.parse(answer.content, format=form))
    found.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {quad.triple for quad in found}


def objects(found: Triples, predicate: NamedNode, subject: object = None) -> list[str]:
    """The objects of a property, of one subject if given."""
    return sorted(
        t.object.value
        for t in found
        if t.predicate == predicate and subject in (None, t.subject) and isinstance(t.object, NamedNode | Literal)
    )


def number(client: httpx.Client, query: str) -> int:
    rows = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    return int(rows[0]["n"]["value"])


@pytest.mark.parametrize("path", ["/sparql", "/.well-known/void"])
def test_the_same_in_every_format(path: str, client: httpx.Client) -> None:
    assert len({frozenset(told(client, path, kind)) for kind in FORMS}) == 1
    problem(client.get(path, headers={"accept": "image/png"}), 406)
    assert client.head(path).content == b""


def test_read_only_service(client: httpx.Client) -> None:
    found = told(client, "/sparql")
    assert objects(found, SD.endpoint) == [str(client.base_url.join("/sparql"))]
    assert objects(found, SD.supportedLanguage) == [SD.SPARQL11Query.value]
    assert objects(found, SD.feature) == [SD.EmptyGraphs.value, SD.UnionDefaultGraph.value]
    assert not objects(found, SD.inputFormat)
    assert not objects(found, SD.extensionFunction)


def test_writable_service(writer: httpx.Client) -> None:
    found = told(writer, "/sparql")
    assert objects(found, SD.endpoint) == [str(writer.base_url.join(p)) for p in ("/sparql", "/update")]
    assert objects(found, SD.supportedLanguage) == [SD.SPARQL11Query.value, SD.SPARQL11Update.value]
    assert SD.UnionDefaultGraph.value not in objects(found, SD.feature)


def test_every_result_format_is_given(client: httpx.Client) -> None:
    listed = {iri.removeprefix(FORMAT.base) for iri in objects(told(client, "/sparql"), SD.resultFormat)}
    given = set()
    for query, kinds in {
        "SELECT * { ?s a ?o } LIMIT 1": {"SPARQL_Results_JSON": "application/sparql-results+json",
            "SPARQL_Results_XML": "application/sparql-results+xml", "SPARQL_Results_CSV": "text/csv",
            "SPARQL_Results_TSV": "text/tab-separated-values"},
        "CONSTRUCT WHERE { ?s a ?o } LIMIT 1": {"Turtle": FORMS[0], "N-Triples": FORMS[1], "JSON-LD": FORMS[2],
            "RDF_XML": FORMS[3], "TriG": "application/trig", "N-Quads": "application/n-quads"},
    }.items():  # fmt: skip
        for name, kind in kinds.items():
            answer = client.get("/sparql", params={"query": query}, headers={"accept": kind})
            assert answer.headers["content-type"].partition(";")[0] == kind
            given.add(name)
    assert listed == given


def test_named_graphs_are_those_there_are(client: httpx.Client, store: Embedded) -> None:
    names = objects(told(client, "/sparql"), SD.name)
    assert names == [graph.value for graph in store.graphs()]
    assert META.value not in names


def test_void_counts_are_true(client: httpx.Client) -> None:
    found = told(client, "/.well-known/void")
    data = NamedNode(str(client.base_url.join("/.well-known/void#data")))
    own = f"FILTER(?s != {META})"
    triples = number(client, f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o {own} }}")
    assert objects(found, VOID.triples, data) == [str(triples)]
    parts = {t.object for t in found if t.predicate == VOID.propertyPartition}
    sizes = {objects(found, VOID.property, p)[0]: int(objects(found, VOID.triples, p)[0]) for p in parts}
    assert sum(sizes.values()) == triples
    assert sizes[CMQ.stance.value] == number(client, f"SELECT (COUNT(*) AS ?n) {{ ?s {CMQ.stance} ?o }}")
    parts = {t.object for t in found if t.predicate == VOID.classPartition}
    classes = {objects(found, VOID["class"], p)[0]: objects(found, VOID.entities, p)[0] for p in parts}
    attacks = number(client, f"SELECT (COUNT(*) AS ?n) {{ ?s {RDF.type} {CMQ.Attack} }}")
    assert classes[CMQ.Attack.value] == str(attacks)


def test_void_links_work(client: httpx.Client) -> None:
    found = told(client, "/.well-known/void")
    assert objects(found, DCTERMS.license) == [LICENCE.value]
    assert objects(found, VOID.vocabulary) == [CMQ.base]
    links = objects(found, VOID.dataDump) + objects(found, VOID.sparqlEndpoint)
    assert len(links) == 7
    assert {client.get(link).status_code for link in links} == {200}
    described = client.get("/sparql").links["describedby"]["url"]
    assert client.get(described).status_code == 200


def test_void_follows_a_write(writer: httpx.Client) -> None:
    for text, number_of in (
        ("DROP ALL", "0"),
        ("INSERT DATA { <urn:a> a <urn:b> GRAPH <urn:g> { <urn:a> a <urn:b> } }", "1"),
    ):
        headers = {"content-type": "application/sparql-update"}
        version = writer.post("/update", content=text, headers=headers).headers["communique-version"]
        found = told(writer, "/.well-known/void")
        assert objects(found, OWL.versionInfo) == [version]
        assert objects(found, VOID.classes) == [number_of]
        assert objects(found, VOID.properties) == [number_of]


def test_a_host_that_is_none(client: httpx.Client) -> None:
    for path in ("/sparql", "/sparql?query=ASK{}", "/.well-known/void"):
        for host in ("a{b}", "a:b:c", "[", "xn--", "a%zz", "é"):
            assert client.get(path, headers=[(b"host", host.encode())]).status_code in (200, 400)
