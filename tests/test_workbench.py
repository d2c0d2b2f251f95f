"""The workbench without scripts, the words of its completion, and who is sent to it."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pyoxigraph as ox
import pytest

from communique import catalog, media
from communique.content import Content, open_content
from communique.pages.vocabulary import Vocabulary
from communique.pages.workbench import FIRST, Examples, limits, size
from communique.published import Published
from communique.settings import Settings
from communique.vocab import CODE, prefixes
from conftest import ROOT, Server
from test_http import problem
from test_ns import Page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
CONTENT = open_content(ROOT)
EXAMPLES = Examples(CONTENT, catalog.load(CONTENT))
NAMES = [*EXAMPLES.catalog.queries, *EXAMPLES.rules]


def written(page: str) -> str:
    """What is in the editor; an HTML parser leaves out the first line break."""
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.DOTALL)
    assert found
    return unescape(found[1])


def test_it_opens_with_a_query_that_runs(client: httpx.Client) -> None:
    page = client.get("/workbench")
    Page(page.text)
    assert written(page.text) == FIRST
    assert client.post("/sparql", data={"query": FIRST, "format": "csv"}).text.count("\n") > 10


def test_a_query_in_the_address_is_in_the_editor(client: httpx.Client) -> None:
    query = '\n\nSELECT * WHERE { ?s ?p "</textarea><script>" }'
    page = client.get("/workbench", params={"query": query}).text
    assert written(page) == query
    assert "<script>" not in page


def test_the_form_alone_answers(client: httpx.Client) -> None:
    page = client.get("/workbench").text
    form = re.search(r"<form[^>]*action=\"/sparql\"[^>]*>", page)
    assert form
    assert 'method="post" action="/sparql"' in form[0]
    offered = re.findall(r'<option value="(\w+)"', page)
    assert offered == ["srj", "srx", "csv", "tsv", "ttl", "nt", "jsonld", "rdf", "nq", "trig"]
    for name in offered:
        kind = (
            "SELECT * WHERE { ?s ?p ?o } LIMIT 1"
            if name in ("srj", "srx", "csv", "tsv")
            else "CONSTRUCT WHERE { ?s a ?c }"
        )
        answer = client.post("/sparql", data={"query": kind, "format": name}, headers={"accept": BROWSER})
        assert answer.status_code == 200, name


@pytest.mark.parametrize("name", NAMES)
def test_every_example_runs(name: str, client: httpx.Client) -> None:
    page = client.get("/workbench", params={"example": name}).text
    assert f'data-example="{name}" aria-current="true"' in page
    assert client.post("/sparql", data={"query": written(page)}).status_code == 200


def test_there_is_no_other_example(client: httpx.Client) -> None:
    problem(client.get("/workbench", params={"example": "nothing"}), 404)
    problem(client.get("/workbench", params={"example": "../checks/x"}), 404)
    problem(client.get("/workbench", params={"nix": "1"}), 400)


def test_limits_are_those_of_the_settings() -> None:
    told = {limit.what: limit.most for limit in limits(Settings(query_seconds=2.5, rate_limit=0, query_bytes=1000))}
    assert told["to answer"] == "2.5 seconds"
    assert told["of query text"] == "1000 bytes"
    assert "requests of one client" not in told
    assert size(3 * 1024**3) == "3 GB"


def test_limits_are_told_on_the_page(client: httpx.Client) -> None:
    assert "<b>10 seconds</b> to answer" in client.get("/workbench").text


def test_the_words_of_completion_are_the_ontology_and_the_code_lists(client: httpx.Client) -> None:
    answer = client.get("/workbench/terms.json")
    terms = answer.json()
    assert client.get("/workbench/terms.json", headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    assert terms["prefixes"] == prefixes()
    names = {word["name"]: word for kind in ("classes", "properties", "codes") for word in terms[kind]}
    assert names["cmq:Attack"]["label"] == "attack"
    assert names["cmq:assertedBy"]["text"]
    assert names["stance:denies"]["label"]
    assert "event-type:rocket-attack" in names
    assert {"skos:prefLabel", "wgs:lat", "dcterms:issued"} <= set(names)
    assert "cmq:assertedBy" not in {word["name"] for word in terms["classes"]}


def test_every_word_of_completion_is_an_iri_with_its_prefix(client: httpx.Client) -> None:
    terms = client.get("/workbench/terms.json").json()
    names = [word["name"] for kind in ("classes", "properties", "codes") for word in terms[kind]]
    assert len(names) == len(set(names)) > 250
    head = "".join(f"PREFIX {name}: <{base}>\n" for name, base in terms["prefixes"].items())
    query = f"{head} ASK {{ VALUES ?x {{ {' '.join(names)} }} }}"
    assert ox.Store().query(query)


def test_classes_are_listed_under_one_another() -> None:
    words = Vocabulary(Published(CONTENT))
    names = [choice.name for choice in words.classes("Actor")]
    assert names[0] == "Actor"
    assert names.index("ArmedGroup") < names.index("Militia")
    assert "Place" not in names
    assert words.classes("Nothing") == []


def test_codes_are_those_of_the_file(content: Content) -> None:
    found = {choice.name for choice in Vocabulary(Published(content)).codes("stance")}
    quads = ox.parse(content.schemes.read_bytes(), format=media.TURTLE.engine)
    base = f"<{CODE}stance/"
    assert found == {str(q.subject)[len(base) : -1] for q in quads if str(q.subject).startswith(base)}


@pytest.mark.parametrize("accept", [BROWSER, "text/html", "text/html, text/turtle;q=0.9"])
def test_a_person_at_the_endpoint_is_sent_to_the_workbench(accept: str, client: httpx.Client) -> None:
    answer = client.get("/sparql", headers={"accept": accept})
    assert (answer.status_code, answer.headers["location"], answer.headers["vary"]) == (303, "/workbench", "Accept")


@pytest.mark.parametrize(
    "accept", ["*/*", "text/turtle", "application/rdf+xml", "text/html, text/turtle", "text/html;q=0.1, */*"]
)
def test_a_program_at_the_endpoint_gets_the_description(accept: str, client: httpx.Client) -> None:
    answer = client.get("/sparql", headers={"accept": accept})
    assert answer.status_code == 200
    assert "sparql-service-description#Service" in answer.text or "sd:Service" in answer.text


def test_what_a_person_asks_is_answered_and_not_sent_away(client: httpx.Client) -> None:
    answer = client.get("/sparql", params={"query": "ASK {}"}, headers={"accept": BROWSER})
    assert answer.status_code == 200
    assert "<boolean>true</boolean>" in answer.text


def test_a_query_that_is_given_up_frees_its_worker(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = str(tmp_path_factory.mktemp("given-up") / "store")
    running = Server(
        "--store", store, COMMUNIQUE_QUERY_WORKERS="1", COMMUNIQUE_QUEUE_SECONDS="8", COMMUNIQUE_QUERY_SECONDS="60"
    )
    heavy = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    try:
        with pytest.raises(httpx.ReadTimeout):
            running.client.post("/sparql", data={"query": heavy}, timeout=3)
        # There is one worker, and it would be busy for a minute.
        assert (
            running.client.post("/sparql", data={"query": "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"}).status_code
            == 200
        )
        with pytest.raises(httpx.ReadTimeout):
            running.client.post("/sparql", data={"query": heavy}, timeout=1)
        assert running.client.post("/sparql", data={"query": "SELECT * WHERE { ?s ?p ?o } LIMIT 5"}).status_code == 200
    finally:
        running.stop()
