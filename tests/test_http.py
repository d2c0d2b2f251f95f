"""The service over HTTP, as its users meet it: a real server, real requests."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest

from communique import catalog
from communique.content import open_content
from conftest import ROOT, TINY, Server, communique

QUERIES = catalog.load(open_content(ROOT)).queries
ROUTED = {name: query for name, query in QUERIES.items() if query.route}
IDS = "https://w3id.org/communique/id/"
LEDGER = {
    "claims", "absences", "attributions", "denials", "responses", "reactions", "accounts", "contradictions", "differences",
}  # fmt: skip


def example(name: str) -> tuple[str, dict[str, str]]:
    """The address of a query's example and what goes behind the question mark."""
    route, rest = QUERIES[name].route or "", {}
    for key, text in QUERIES[name].example.items():
        if f"{{{key}}}" in route:
            route = route.replace(f"{{{key}}}", quote(text, safe=""))
        else:
            rest[key] = text
    return route, rest


def problem(response: httpx.Response, status: int) -> dict[str, object]:
    """The problem that a response tells (RFC 9457)."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told: dict[str, object] = response.json()
    assert told["status"] == status
    assert {"type", "title", "detail"} <= set(told)
    return told


@pytest.mark.parametrize("name", ROUTED)
def test_every_question_has_its_endpoint(name: str, client: httpx.Client) -> None:
    path, rest = example(name)
    answer = client.get(path, params=rest)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert set(document) == {"rows", "note", "next", "version"}
    expected = list(csv.DictReader((ROOT / "tests" / "expected" / f"{name}.csv").read_text("utf-8").splitlines()))
    assert len(document["rows"]) == min(len(expected), 100)
    for row, wanted in zip(document["rows"], expected, strict=False):
        for column in QUERIES[name].columns:
            shown = row[column.name]
            assert shown == "" or (shown is None) == (wanted[column.name] == "")
            if column.is_node and isinstance(shown, dict):
                assert shown["id"] == wanted[column.name]


@pytest.mark.parametrize("name", ROUTED)
def test_a_label_stands_beside_every_identifier(name: str, client: httpx.Client) -> None:
    path, rest = example(name)
    for row in client.get(path, params=rest).json()["rows"]:
        for column in QUERIES[name].columns:
            shown = row[column.name]
            if isinstance(shown, dict) and column.type not in ("statement", "proposition", "passage"):
                bare = shown["id"].startswith((f"{IDS}statement/", f"{IDS}proposition/", f"{IDS}passage/"))
                assert bare or shown.get("label"), (column.name, shown)


@pytest.mark.parametrize("name", [n for n, q in ROUTED.items() if any(c.name == "statement" for c in q.columns)])
def test_evidence_is_given(name: str) -> None:
    columns = {c.name for c in QUERIES[name].columns}
    # A search finds names too; there the words found stand in `text`.
    assert {"statement", "text" if name == "search" else "quote", "start", "end", "report"} <= columns


def test_who_claimed_the_february_attack(client: httpx.Client) -> None:
    """The first question of the founding issue, and its evidence."""
    rows = client.get("/api/attacks/balad-20-february/claims").json()["rows"]
    assert {row["claimant"]["label"] for row in rows} == {"Saraya Awliya al-Dam"}
    assert [row["quote"].endswith("claimed responsibility for the attack") for row in rows] == [True]
    assert all(row["report"]["label"] == "Seven rockets hit US positions in Iraq" for row in rows)


def test_who_is_blamed_for_monday(client: httpx.Client) -> None:
    """The second: by whom, how hedged, in which words."""
    rows = client.get("/api/attacks/balad-monday/attributions").json()["rows"]
    told = {(r["asserter"]["label"], r["accused"]["label"], r["hedgeText"], r["quote"]) for r in rows}
    assert told == {
        ("military sources", "Iranian-backed armed militias", "suggest",
         "military sources suggest that the attack was the work of Iranian-backed armed militias"),
        ("source not stated (“reportedly launched”)", "Pro-Iranian militias", "reportedly", "Pro-Iranian militias reportedly launched the offensive"),
    }  # fmt: skip


def test_quotes_stand_at_their_offsets(client: httpx.Client, article: bytes) -> None:
    text = article.decode("utf-8")
    rows = client.get("/api/reports/seven-rockets/statements", params={"limit": 1000}).json()["rows"]
    assert len(rows) > 100
    assert all(text[row["start"] : row["end"]] == row["quote"] for row in rows)


def test_an_empty_answer_says_what_it_means(client: httpx.Client) -> None:
    answer = client.get("/api/attacks/balad-monday/claims").json()
    assert (answer["rows"], answer["note"]) == ([], "no claim is recorded")


def test_whole_ledger_in_one_answer(client: httpx.Client) -> None:
    ledger = client.get("/api/attacks/balad-monday").json()
    assert set(ledger) >= LEDGER
    assert ledger["attack"]["id"] == f"{IDS}event/balad-monday"
    for part in LEDGER:
        assert ledger[part] == client.get(f"/api/attacks/balad-monday/{part}").json()


def test_as_of_leaves_out_what_was_said_later(client: httpx.Client) -> None:
    late = client.get("/api/attacks/balad-monday/attributions", params={"as_of": "2021-04-02"}).json()
    early = client.get("/api/attacks/balad-monday/attributions", params={"as_of": "2021-03-10"}).json()
    assert (len(late["rows"]), len(early["rows"])) == (2, 0)
    assert early["note"] == "2 that may have been said later left out"
    assert client.get("/api/attacks/balad-monday", params={"as_of": "2021-03-10"}).json()["attributions"] == early


def test_as_of_tells_how_many_have_no_date(tmp_path: Path) -> None:
    content = tmp_path / "content"
    for part in ("ontology", "queries"):
        (content / part).parent.mkdir(exist_ok=True)
        (content / part).symlink_to(ROOT / part)
    reports = content / "graph" / "reports"
    reports.mkdir(parents=True)
    for file in (TINY / "graph").rglob("*.*"):
        text = file.read_text("utf-8").replace("issued: 2020-05-04\n", "")
        (content / "graph" / file.relative_to(TINY / "graph")).write_text(text, "utf-8")
    server = Server("--store", str(tmp_path / "store"), "--content", str(content))
    try:
        answer = server.client.get("/api/attacks/north-camp/attributions", params={"as_of": "2021-01-01"}).json()
        assert len(answer["rows"]) == 1
        assert answer["note"] == "1 without a dated statement or report left out"
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        ("/api/attacks/nowhere", 404, "attack"),
        ("/api/attacks/nowhere/claims", 404, "attack"),
        ("/api/attacks/contractors-preparations-2019/claims", 404, "attack"),
        ("/api/actors/nobody/claims", 404, "actor"),
        ("/api/attacks?from=yesterday", 400, "from"),
        ("/api/attacks?from=XXXX-02-20", 400, "from"),
        ("/api/attacks?type=picnic", 400, "type"),
        ("/api/attacks?colour=red", 400, "colour"),
        ("/api/attacks?limit=0", 400, "limit"),
        ("/api/attacks?limit=1e9", 400, "limit"),
        ("/api/attacks?next=abc", 400, "next"),
        ("/api/attacks?from=2021-01-01&from=2021-01-02", 400, "from"),
        ("/api/attacks/%3E%20%7D%20DROP%20ALL/claims", 400, "attack"),
        ("/api/search", 400, "q"),
        ("/api/attacks/balad-monday?colour=red", 400, "colour"),
        ("/api/attacks?format=xlsx", 400, "format"),
        ("/api/attacks?from=2022-01-01&to=2020-01-01", 400, "from"),
        ("/api/attacks?limit=1&limit=2", 400, "limit"),
    ],
)  # fmt: skip
def test_bad_requests_name_the_parameter(path: str, status: int, parameter: str, client: httpx.Client) -> None:
    assert problem(client.get(path), status)["parameter"] == parameter


def test_lists_page_by_token(client: httpx.Client) -> None:
    whole = client.get("/api/statements", params={"limit": 1000}).json()["rows"]
    found, after, pages = [], None, 0
    while True:
        params = {"limit": "40", **({"next": after} if after else {})}
        answer = client.get("/api/statements", params=params)
        found += answer.json()["rows"]
        after, pages = answer.json()["next"], pages + 1
        assert ('rel="next"' in answer.headers["link"]) == bool(after)
        if not after:
            break
    assert found == whole
    assert pages == -(-len(whole) // 40)


@pytest.mark.parametrize("column", ["quote", "start", "saidBy", "statement"])
def test_a_list_is_ordered_by_any_of_its_columns(column: str, client: httpx.Client) -> None:
    def values(sort: str) -> list[object]:
        rows = client.get("/api/statements", params={"limit": 1000, "sort": sort}).json()["rows"]
        return [row[column]["id"] if isinstance(row[column], dict) else row[column] for row in rows]

    first, last = values(column), values(f"-{column}")
    assert first == sorted(first, key=lambda value: (value is not None, value))
    assert last == first[::-1]
    assert len(set(first)) > 1


def test_a_list_in_another_order_pages_by_token(client: httpx.Client) -> None:
    asked = {"limit": "40", "sort": "-quote"}
    first = client.get("/api/statements", params=asked).json()
    second = client.get("/api/statements", params={**asked, "next": first["next"]}).json()
    whole = client.get("/api/statements", params={**asked, "limit": "80"}).json()
    assert first["rows"] + second["rows"] == whole["rows"]
    problem(client.get("/api/statements", params={"limit": 40, "next": first["next"]}), 400)


def test_an_order_by_no_column_is_refused(client: httpx.Client) -> None:
    told = problem(client.get("/api/attacks?sort=perpetrator"), 400)
    assert told["parameter"] == "sort"
    assert "earliest" in str(told["detail"])
    # What is no list has the order of its own question.
    problem(client.get("/api/attacks/balad-monday/claims?sort=quote"), 400)


def test_token_of_another_list_is_refused(client: httpx.Client) -> None:
    token = client.get("/api/statements", params={"limit": 5}).json()["next"]
    problem(client.get("/api/actors", params={"limit": 5, "next": token}), 400)


def test_csv_gives_iri_and_label(client: httpx.Client) -> None:
    answer = client.get("/api/attacks/balad-20-february/claims", headers={"accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows[0]["claimantLabel"] == "Saraya Awliya al-Dam"
    assert rows[0]["claimant"] == f"{IDS}actor/saraya-awliya-al-dam"


def test_conditional_request_is_answered_304(client: httpx.Client) -> None:
    first = client.get("/api/attacks")
    again = client.get("/api/attacks", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["etag"].startswith('W/"')
    assert "Accept" in first.headers["vary"]


def test_head_is_get_without_body(client: httpx.Client) -> None:
    for path in ("/api/attacks", "/id/event/balad-monday", "/dumps/communique.ttl", "/sparql"):
        head, get = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (200, b""), path
        assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        (None, "text/html"), ("*/*", "text/html"), ("text/turtle", "text/turtle"),
        ("application/ld+json", "application/ld+json"), ("application/n-triples", "application/n-triples"),
        ("application/rdf+xml", "application/rdf+xml"), ("text/html;q=0.4, text/turtle; q=0.9", "text/turtle"),
        ("application/rdf+xml;q=0, application/*", "application/n-triples"),
    ],
)  # fmt: skip
def test_nodes_negotiate(accept: str | None, given: str, client: httpx.Client) -> None:
    for path in ("/id/event/balad-monday", "/ns", "/code/stance/claims", "/code/stance"):
        answer = client.get(path, headers={"accept": accept} if accept else {})
        assert answer.headers["content-type"].startswith(given), path


def test_what_cannot_be_given_is_406(client: httpx.Client) -> None:
    for path in ("/id/event/balad-monday", "/ns", "/api/attacks", "/api/attacks/balad-monday"):
        problem(client.get(path, headers={"accept": "image/png"}), 406)
    problem(client.get("/sparql", params={"query": "ASK {}"}, headers={"accept": "text/csv"}), 406)


@pytest.mark.parametrize("form", ["ttl", "nt", "jsonld", "rdf"])
def test_a_node_is_the_same_in_every_format(form: str, client: httpx.Client) -> None:
    formats = {
        "ttl": ox.RdfFormat.TURTLE,
        "nt": ox.RdfFormat.N_TRIPLES,
        "jsonld": ox.RdfFormat.JSON_LD,
        "rdf": ox.RdfFormat.RDF_XML,
    }
    whole = client.get("/id/actor/john-f-kirby", params={"format": "nt"}).content
    answer = client.get("/id/actor/john-f-kirby", params={"format": form}).content
    assert set(ox.parse(answer, format=formats[form])) == set(ox.parse(whole, format=ox.RdfFormat.N_TRIPLES))
    assert len(whole.splitlines()) > 5


def test_unknown_node_is_404(client: httpx.Client) -> None:
    for path in ("/id/event/none", "/id/graph/meta", "/code/stance/none", "/api/events/none", "/nothing"):
        problem(client.get(path), 404)
    problem(client.post("/api/attacks"), 405)


def test_single_things_as_json(client: httpx.Client) -> None:
    for path, label in (
        ("/api/events/balad-monday", "Rockets at Balad air base, on a Monday"),
        ("/api/places/balad-air-base", None), ("/api/actors/john-f-kirby", None), ("/api/reports/seven-rockets", None),
    ):  # fmt: skip
        (row,) = client.get(path).json()["rows"]
        assert row["id"].startswith(IDS)
        assert row["label"]
        assert label is None or row["label"] == label


def test_replaced_statement_is_gone_and_names_its_report(tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    for part in ("ontology", "queries"):
        (content / part).symlink_to(ROOT / part)
    (content / "graph" / "reports").mkdir(parents=True)
    for file in (TINY / "graph").rglob("*.*"):
        (content / "graph" / file.relative_to(TINY / "graph")).write_bytes(file.read_bytes())
    common = ("--store", str(tmp_path / "store"), "--content", str(content))
    assert communique("load", *common).returncode == 0
    beta = content / "graph" / "reports" / "beta.yaml"
    before = statements(common)
    beta.write_text(beta.read_text("utf-8").replace("value: 5", "value: 6"), "utf-8")
    assert communique("load", *common).returncode == 0
    (gone,) = before - statements(common)
    server = Server(*common)
    try:
        told = problem(server.client.get("/id/statement/" + gone.rpartition("/")[2]), 410)
        assert told["report"] == f"{IDS}report/beta"
    finally:
        server.stop()


def statements(common: tuple[str, ...]) -> set[str]:
    done = communique("query", "statements", *common)
    return {row["statement"]["id"] for row in json.loads(done.stdout)["rows"]}


def test_home_page_lists_questions_that_run(client: httpx.Client) -> None:
    page = client.get("/", headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in (query.name for query in catalog.load(open_content(ROOT)).ledger().values()):
        assert QUERIES[name].title.replace("'", "&#39;") in page.text, name
    (sheet,) = re.findall(r'<link rel="stylesheet" href="(/static/page-[^"]+)">', page.text)
    assert client.get(sheet).status_code == 200


def test_named_query_by_name_and_as_text(client: httpx.Client) -> None:
    listed = {row["name"] for row in client.get("/api/queries").json()["rows"]}
    assert listed == set(QUERIES)
    answer = client.get("/api/queries/attack-claims", params={"attack": "balad-20-february"})
    assert answer.json()["rows"] == client.get("/api/attacks/balad-20-february/claims").json()["rows"]
    text = client.get("/api/queries/attack-claims", headers={"accept": "application/sparql-query"})
    assert text.text == QUERIES["attack-claims"].text
    problem(client.get("/api/queries/none"), 404)


def test_openapi_has_every_route_and_its_columns(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    for query in ROUTED.values():
        operation = document["paths"][query.route]["get"]
        row = operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["rows"]["items"]
        assert set(row["properties"]) == {c.name for c in query.columns}
        assert {p.name for p in query.params} <= {p["name"] for p in operation["parameters"]}


def test_dumps_are_listed_and_served(client: httpx.Client) -> None:
    rows = client.get("/dumps/").json()["rows"]
    assert "communique.ttl" in {row["name"] for row in rows}
    turtle = client.get("/dumps/communique.ttl")
    assert turtle.headers["content-type"].startswith("text/turtle")
    assert not turtle.headers["etag"].startswith("W/")
    assert client.get("/dumps/communique.ttl", headers={"if-none-match": turtle.headers["etag"]}).status_code == 304
    part = client.get("/dumps/communique.ttl", headers={"range": "bytes=0-6"})
    assert (part.status_code, part.content) == (206, b"@prefix")
    sizes = {
        row["name"]: len(list(ox.parse(client.get(row["href"]).content, format=ox.RdfFormat.N_QUADS)))
        for row in rows
        if row["name"] == "communique.nq"
    }
    assert sizes["communique.nq"] == len(list(ox.parse(turtle.content, format=ox.RdfFormat.TURTLE)))
    problem(client.get("/dumps/other.ttl"), 404)


def test_health(client: httpx.Client) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").status_code == 200
