"""/sparql: the query operation of the SPARQL 1.1 Protocol, its three forms, its formats, its errors."""

from __future__ import annotations

import re

import httpx
import pyoxigraph as ox
import pytest

from test_http import problem

QUERY = "PREFIX cmq: <https://w3id.org/communique/ns#> SELECT ?e ?a WHERE { ?e cmq:hasClaimant ?a }"
CLAIM = (
    "https://w3id.org/communique/id/event/balad-20-february",
    "https://w3id.org/communique/id/actor/saraya-awliya-al-dam",
)
REPORT = "https://w3id.org/communique/id/report/seven-rockets"


def rows(response: httpx.Response) -> set[tuple[str, ...]]:
    assert response.status_code == 200, response.text
    found = ox.parse_query_results(response.content, format=ox.QueryResultsFormat.JSON)
    assert isinstance(found, ox.QuerySolutions)
    return {tuple(term.value for term in row) for row in found}


def test_three_ways_to_ask(client: httpx.Client) -> None:
    direct = {"content-type": "application/sparql-query"}
    assert rows(client.get("/sparql", params={"query": QUERY})) == {CLAIM}
    assert rows(client.post("/sparql", data={"query": QUERY})) == {CLAIM}
    assert rows(client.post("/sparql", content=QUERY, headers=direct)) == {CLAIM}


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        (None, "application/sparql-results+json"), ("*/*", "application/sparql-results+json"),
        ("application/json", "application/json"), ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv"), ("text/tab-separated-values", "text/tab-separated-values"),
        ("text/csv;q=0.3, application/sparql-results+xml;q=0.5", "application/sparql-results+xml"),
    ],
)  # fmt: skip
def test_solutions_negotiate(accept: str | None, given: str, client: httpx.Client) -> None:
    answer = client.get("/sparql", params={"query": QUERY}, headers={"accept": accept} if accept else {})
    assert answer.headers["content-type"].partition(";")[0] == given


@pytest.mark.parametrize(
    "given", ["text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml"]
)
@pytest.mark.parametrize("query", [f"DESCRIBE <{REPORT}>", "CONSTRUCT { ?s a ?t } WHERE { ?s a ?t }"])
def test_graphs_negotiate(given: str, query: str, client: httpx.Client) -> None:
    answer = client.post("/sparql", data={"query": query}, headers={"accept": given})
    assert answer.headers["content-type"].partition(";")[0] == given
    form = ox.RdfFormat.from_media_type(given)
    assert form
    assert list(ox.parse(answer.content, format=form))


@pytest.mark.parametrize("query", ["SELECT (<https://example.org/f>(?x + ?y) AS ?z) ?w {}", "ASK { FILTER(<a:f>(1)) }"])
def test_a_function_that_nobody_has_is_told_and_ends_no_worker(query: str, client: httpx.Client) -> None:
    before = ended(client)
    told = problem(client.get("/sparql", params={"query": query}), 400)
    assert "is not supported" in str(told["detail"])
    assert ended(client) == before


def ended(client: httpx.Client) -> list[str]:
    """How many workers had to end, and why."""
    return re.findall(r"communique_workers_killed_total\{.*\} \S+", client.get("/metrics").text)


def test_ask(client: httpx.Client) -> None:
    assert client.get("/sparql", params={"query": "ASK { ?s ?p ?o }"}).json()["boolean"] is True


def test_protocol_dataset(client: httpx.Client) -> None:
    count = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    union, one, none = (
        int(next(iter(rows(client.get("/sparql", params={"query": count, **extra}))))[0])
        for extra in ({}, {"default-graph-uri": REPORT}, {"default-graph-uri": "https://example.org/none"})
    )
    assert union > one > none == 0
    named = {"query": "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }", "named-graph-uri": REPORT}
    assert rows(client.get("/sparql", params=named)) == {(REPORT,)}


def test_plus_and_percent_are_decoded_once(client: httpx.Client) -> None:
    """A form decoded twice would make a space of the %20 that belongs to the IRI."""
    query = 'SELECT ("a+b %20" AS ?x) (STR(<https://example.org/%20>) AS ?y) WHERE { }'
    for answer in (client.get("/sparql", params={"query": query}), client.post("/sparql", data={"query": query})):
        assert rows(answer) == {("a+b %20", "https://example.org/%20")}


def test_syntax_error_has_line_and_column(client: httpx.Client) -> None:
    told = problem(client.get("/sparql", params={"query": "SELECT *\nWHERE { ?s ?p }"}), 400)
    assert (told["line"], told["column"]) == (2, 16)


@pytest.mark.parametrize(
    "query", ["SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "select*{serVice silent ?x{?s ?p ?o}}"]
)
def test_service_is_refused(query: str, client: httpx.Client) -> None:
    assert "SERVICE is off" in str(problem(client.get("/sparql", params={"query": query}), 403)["detail"])


def test_the_word_service_is_not(client: httpx.Client) -> None:
    query = 'SELECT ?service WHERE { BIND("SERVICE <x>" AS ?service) } # SERVICE'
    assert rows(client.get("/sparql", params={"query": query})) == {("SERVICE <x>",)}


def test_bad_requests(client: httpx.Client) -> None:
    turtle = {"content-type": "text/turtle"}
    problem(client.post("/sparql", content="x", headers=turtle), 415)
    problem(client.get("/sparql", params=[("query", QUERY), ("query", QUERY)]), 400)
    problem(client.get("/sparql", params={"default-graph-uri": REPORT}), 400)
    problem(client.get("/sparql", params={"query": QUERY, "default-graph-uri": "not an iri"}), 400)
    problem(client.post("/sparql", content=b"\xff", headers={"content-type": "application/sparql-query"}), 400)
    problem(
        client.post("/sparql", content=b"query=%FF", headers={"content-type": "application/x-www-form-urlencoded"}), 400
    )
    problem(client.get("/sparql", params={"query": "DROP ALL"}), 400)
    problem(client.put("/sparql", content="x"), 405)


def test_files_are_not_read(client: httpx.Client) -> None:
    """FROM names a graph of the store; nothing is fetched."""
    assert (
        rows(client.get("/sparql", params={"query": "SELECT * FROM <file:///etc/hostname> WHERE { ?s ?p ?o }"}))
        == set()
    )


def test_service_description(client: httpx.Client) -> None:
    answer = client.get("/sparql", headers={"accept": "application/n-triples"})
    told = {
        (t.predicate.value.rpartition("#")[2], getattr(t.object, "value", ""))
        for t in ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES)
    }
    assert ("endpoint", str(client.base_url.join("/sparql"))) in told
    assert ("supportedLanguage", "http://www.w3.org/ns/sparql-service-description#SPARQL11Query") in told
    assert ("feature", "http://www.w3.org/ns/sparql-service-description#UnionDefaultGraph") in told
