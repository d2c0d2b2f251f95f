"""The pages of the questions: each with its form, its answer, its text, and code that runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from communique import catalog
from communique.binding import Query
from communique.content import open_content
from communique.pages import questions
from communique.pages.highlight import sparql
from communique.pages.samples import samples
from communique.param import Param
from communique.vocab import ID
from conftest import ROOT
from test_ns import Page

QUERIES = catalog.load(open_content(ROOT)).queries
BALAD = f"{ID}event/balad-20-february"


def link(page: str, words: str) -> str:
    """The address of the link with these words."""
    found = re.search(rf'<a[^>]*href="([^"]*)"[^>]*>{re.escape(words)}</a>', page)
    assert found, words
    return unescape(found[1])


def code(page: str, name: str) -> str:
    found = re.search(rf'aria-labelledby="code-{name}"><code>(.*?)</code>', page, re.DOTALL)
    assert found
    return unescape(found[1])


def test_every_question_is_listed_under_what_it_is_about(client: httpx.Client) -> None:
    page = client.get("/queries").text
    assert set(re.findall(r'href="/queries/([\w-]+)"', page)) == set(QUERIES)
    headings = re.findall(r"<h2 id=\"[\w-]+\">([^<]+)</h2>", page)
    assert headings == ["Attacks", "Actors", "Places", "Reports", "Across the graph"]


@pytest.mark.parametrize("name", QUERIES)
def test_a_question_is_answered_for_its_example_without_scripts(name: str, client: httpx.Client) -> None:
    answer = client.get(f"/queries/{name}")
    query = QUERIES[name]
    Page(answer.text)
    assert answer.status_code == 200
    rows = client.get(f"/api/queries/{name}", params=query.example).json()["rows"]
    assert answer.text.count("<tr>") == (len(rows) + 1 if rows else 0)
    for param in query.params:
        assert re.search(rf'<(input|select) [^>]*name="{param.name}"', answer.text), param.name
    if query.empty:
        assert query.empty in answer.text


def test_an_empty_field_of_a_form_is_not_given(client: httpx.Client) -> None:
    page = client.get("/queries/attacks", params={"from": "", "to": "2021-02-28", "place": "", "limit": "25"}).text
    assert 'value="2021-02-28"' in page
    rows = client.get("/api/attacks", params={"to": "2021-02-28"}).json()["rows"]
    assert page.count("<tr>") == len(rows) + 1
    assert link(page, "json") == "/queries/attacks.json?to=2021-02-28&limit=25"


def test_a_form_that_is_all_empty_asks_for_everything(client: httpx.Client) -> None:
    every = client.get("/api/attacks").json()["rows"]
    assert client.get("/queries/attacks", params={"from": ""}).text.count("<tr>") == len(every) + 1


def test_a_code_is_chosen_from_its_list_in_words(client: httpx.Client) -> None:
    page = client.get("/queries/statements", params={"stance": "denies"}).text
    assert re.search(r'<option value="denies" selected>[^<]+</option>', page)
    assert '<option value="claims">' in page


def test_names_are_suggested(client: httpx.Client) -> None:
    page = client.get("/queries/attack-claims").text
    assert '<option value="balad-20-february" label="Attack on Balad air base, 20 February">' in page


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/queries/attacks?place=nowhere", 404, "no place https://w3id.org/communique/id/place/nowhere is known"),
        ("/queries/attacks?from=yesterday", 400, "yesterday"),
        ("/queries/attack-claims?as_of=2021-03-01", 400, "is missing: The attack"),
        ("/queries/attacks?next=%21", 400, "is not a token of ours"),
        ("/queries/attacks?nix=1", 400, "unknown parameter"),
    ],
)
def test_what_is_wrong_stands_in_the_form(address: str, status: int, words: str, client: httpx.Client) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert words in unescape(answer.text)
    assert '<button class="primary">Ask</button>' in answer.text


def test_a_fault_is_told_at_its_field(client: httpx.Client) -> None:
    page = client.get("/queries/attacks?place=nowhere").text
    assert re.search(r'name="place" value="nowhere"[^>]*aria-describedby="in-place-told" aria-invalid="true"', page)


def test_a_list_goes_on(client: httpx.Client) -> None:
    first = client.get("/queries/attacks", params={"limit": "4"}).text
    second = client.get(link(first, "Next page")).text
    assert first.count("<tr>") == 5
    attacks = r'<td><a href="/attacks/([\w-]+)">'
    found = re.findall(attacks, first) + re.findall(attacks, second)
    assert found == [row["attack"]["id"].rpartition("/")[2] for row in client.get("/api/attacks").json()["rows"]]
    assert re.findall(attacks, client.get(link(second, "First page")).text) == found[:4]


@pytest.mark.parametrize("form", ["json", "csv", "ttl", "nt", "jsonld", "rdf"])
def test_a_page_has_its_data_under_the_same_words(form: str, client: httpx.Client) -> None:
    page = client.get("/queries/attack-claims", params={"attack": "balad-20-february"}).text
    found, api = (
        client.get(link(page, form)),
        client.get("/api/attacks/balad-20-february/claims", params={"format": form}),
    )
    assert found.content == api.content
    assert found.headers["content-type"] == api.headers["content-type"]


def test_the_file_of_a_question_is_beside_its_page(client: httpx.Client) -> None:
    answer = client.get("/queries/attack-claims.rq")
    assert answer.headers["content-type"] == "application/sparql-query"
    assert answer.text == QUERIES["attack-claims"].text


def test_what_there_is_not_is_not_found(client: httpx.Client) -> None:
    assert client.get("/queries/nothing").status_code == 404
    assert client.get("/queries/nothing.csv").status_code == 404
    assert client.get("/queries/attacks.docx").status_code == 404


def test_a_question_opens_in_the_workbench_with_its_parameters_bound(client: httpx.Client) -> None:
    page = client.get("/queries/attack-claims", params={"attack": "balad-20-february"}).text
    query = parse_qs(urlsplit(link(page, "Open in the workbench")).query)["query"][0]
    assert query.startswith("# Who claimed an attack\n")
    assert f"VALUES ?attack {{ <{BALAD}> }}" in query
    assert len(client.get("/sparql", params={"query": query, "format": "json"}).json()["results"]["bindings"]) == 1


def test_the_code_of_a_question_runs(client: httpx.Client) -> None:
    page = client.get("/queries/attack-claims", params={"attack": "balad-20-february"}).text
    shell = subprocess.run(
        ["sh", "-c", code(page, "curl").replace("curl", "curl -sS", 1)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "Saraya Awliya al-Dam" in shell.stdout
    script = [sys.executable, "-c", code(page, "python")]
    assert (
        "Saraya Awliya al-Dam" in subprocess.run(script, capture_output=True, text=True, timeout=60, check=True).stdout
    )


def test_hostile_parameters_are_text_in_code() -> None:
    nasty = "'; rm -rf / #\"\n$(id)"
    shell, python = samples("http://127.0.0.1:9/api/queries/x", [("q", nasty)])
    echoed = subprocess.run(
        ["sh", "-c", shell.text.replace("curl", "printf '%s|'", 1)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert echoed.stdout.split("|") == ["--get", "http://127.0.0.1:9/api/queries/x", "--data-urlencode", f"q={nasty}", "--data-urlencode", "format=csv", ""]  # fmt: skip
    asks = python.text.partition("with urlopen")[0] + "print(parameters == [('q', json.load(__import__('sys').stdin))])"
    told = subprocess.run([sys.executable, "-c", asks], input=json.dumps(nasty), capture_output=True, text=True, timeout=60, check=True)  # fmt: skip
    assert told.stdout == "True\n"


def test_hostile_parameters_are_text_in_a_page(client: httpx.Client) -> None:
    nasty = '"><script>alert(1)</script>\u202e'
    page = client.get("/queries/search", params={"q": nasty}).text
    assert "<script>alert" not in page
    assert "\u202e" not in re.sub(r'value="[^"]*"', "", page)
    assert f"--data q={quote(nasty, safe='')}" in unescape(page)


@pytest.mark.parametrize("name", QUERIES)
def test_highlighted_text_is_the_same_text(name: str) -> None:
    text = QUERIES[name].text
    assert unescape(re.sub(r"<[^>]+>", "", str(sparql(text)))) == text


def test_what_is_no_sparql_is_shown_as_it_is() -> None:
    assert sparql("SELECT '<b>") == "SELECT &#39;&lt;b&gt;"


def test_keywords_variables_and_comments_are_marked() -> None:
    found = sparql("# why\nSELECT ?x {?x a <y>}")
    assert '<span class="q-comment"># why\n</span>' in found
    assert '<span class="q-word">SELECT</span> <span class="q-variable">?x</span>' in found
    assert '<span class="q-iri">&lt;y&gt;</span>' in found


def test_every_example_binds(client: httpx.Client) -> None:
    for query in QUERIES.values():
        assert client.post("/sparql", data={"query": questions.example(query)}).status_code == 200, query.name


def test_several_values_keep_a_field_each(client: httpx.Client) -> None:
    report = f"{ID}report/seven-rockets"
    page = client.get("/queries/report-sources", params={"report": report}).text
    assert page.count('name="report"') == 2
    assert link(page, "csv").startswith("/queries/report-sources.csv?report=https")


def test_a_question_without_a_route_goes_across_the_graph() -> None:
    assert questions.about(Query("x", "X", "SELECT", params=(Param("q", "text", True, "Words"),))) == "Across the graph"
