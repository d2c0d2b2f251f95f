"""Pages of one thing each, over HTTP: an attack, a statement, an actor, a report; and how each is cited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from conftest import TINY, Server
from test_reports_http import report as report_of

VOID = {"meta", "link", "input", "br", "hr", "img", "path", "circle", "rect"}


class Read(HTMLParser):
    """A page as text, with its links, its identifiers and what is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [given["href"] or ""] if tag == "a" and "href" in given else []
        self.ids += [given["id"] or ""] if "id" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def tiny_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server of the tiny content, which has claims, denials and contradictions."""
    running = Server("--content", str(TINY), "--store", str(tmp_path_factory.mktemp("tiny") / "store"))
    yield running.client
    assert running.stop() == 0


def read(client: httpx.Client, path: str) -> Read:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    page = Read(answer.text)
    assert not page.open
    assert len(page.ids) == len(set(page.ids)), "an id stands twice"
    inner = [link for link in page.links if link.startswith("#")]
    assert {link[1:] for link in inner} <= {*page.ids}, "a link within the page leads nowhere"
    # What the policy forbids would not work.
    assert not re.search(r"<style|<script(?! (?:type=\"module\" )?src=\"/static/)|\sstyle=|\son\w+=", answer.text)
    return page


def part(html: str, begins: str, ends: str) -> str:
    return html.partition(begins)[2].partition(ends)[0]


def ledger(client: httpx.Client, name: str) -> dict[str, str]:
    """The lines of an attack's ledger, by their word."""
    html = part(client.get(f"/attacks/{name}").text, 'id="ledger">', "</dl>")
    lines = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html, re.DOTALL)
    return {Read(word).text.split()[-1]: Read(told).text for word, told in lines}


def test_the_ledger_tells_who_claimed_blamed_denied_and_where_accounts_differ(tiny_client: httpx.Client) -> None:
    found = ledger(tiny_client, "north-camp")
    assert list(found) == ["Claimed", "Blamed", "Denied", "Responses", "Accounts"]
    assert found["Claimed"].startswith("Grey Brigade (carried out) , for itself")
    assert "Red Front (perpetrator) , according to Ministry of defence" in found["Blamed"]
    assert found["Denied"].startswith("Red Front denies responsibility : Red Front")
    assert found["Responses"] == "no response is recorded"
    assert "Who is responsible for it? 1 contradiction" in found["Accounts"]


def test_what_nobody_says_is_said_so(client: httpx.Client) -> None:
    found = ledger(client, "balad-monday")
    assert found["Claimed"].startswith("no claim is recorded nobody had claimed it , according to Atalayar")
    assert found["Responses"] == "no response is recorded"


def test_contradictions_stand_under_their_question_with_the_reason(tiny_client: httpx.Client) -> None:
    page = read(tiny_client, "/attacks/north-camp")
    section = part(page.text, "Accounts that contradict each other", "Accounts that differ and may both hold")
    assert (
        section.index("How many munitions landed?") < section.index("3 rockets") < section.index("at least 4 rockets")
    )
    assert "Delta army (affirms 3 rockets) ≠ Delta army (affirms at least 4 rockets): their values cannot both hold" in section.replace("( ", "(").replace(" )", ")")  # fmt: skip
    assert "one denies what the other affirms" in section


def test_a_date_is_told_as_worded_and_an_inference_is_marked_with_its_basis(client: httpx.Client) -> None:
    html = part(client.get("/attacks/balad-monday").text, "<dt>When</dt>", "</dl>")
    told = Read(html).text
    assert "on Monday ” (Monday) , according to Atalayar" in told
    assert "2021-03-15 , inferred by Communiqué" in told
    assert 'because: The text says only "on Monday".' in told


def test_every_statement_of_an_attack_has_one_card(client: httpx.Client) -> None:
    page = read(client, "/attacks/balad-monday")
    rows = client.get("/api/attacks/balad-monday/accounts").json()["rows"]
    wanted = {"s-" + row["statement"]["id"].rpartition("/")[2] for row in rows}
    assert wanted <= {*page.ids}


def test_as_of_leaves_out_what_had_not_been_said_and_counts_it(tiny_client: httpx.Client) -> None:
    page = read(tiny_client, "/attacks/north-camp?as_of=2020-05-04")
    assert "7 of 10 statements had been said by 2020-05-04. 3 left out: may have been said later." in page.text
    assert "3 rockets" not in page.text
    everything = read(tiny_client, "/attacks/north-camp?as_of=")
    assert "10 statements." in everything.text


def test_a_day_that_is_none_is_refused(client: httpx.Client) -> None:
    assert client.get("/attacks/balad-monday?as_of=soon").status_code == 400
    assert client.get("/attacks/balad-monday?as_of=2021&as_of=2022").status_code == 400


def test_foreign_words_carry_their_language_and_their_translation(tiny_client: httpx.Client) -> None:
    html = tiny_client.get("/attacks/north-camp").text
    assert '<blockquote dir="auto" lang="ar">' in html
    assert "five soldiers were killed" in html


def test_a_place_without_sourced_coordinates_is_listed_and_has_no_point(client: httpx.Client) -> None:
    html = client.get("/attacks/balad-monday").text
    assert "<cq-map" not in html
    assert "No map: no source gives coordinates" in Read(html).text
    drawn = client.get("/attacks/al-qaim-bombing").text
    assert 'data-lat="34.39251"' in part(drawn, "<cq-map", "</cq-map>")


def test_an_event_that_is_no_attack_has_its_page_elsewhere(client: httpx.Client) -> None:
    answer = client.get("/attacks/nato-enlargement")
    assert (answer.status_code, answer.headers["location"]) == (308, "/events/nato-enlargement")
    assert client.get("/attacks/nothing").status_code == 404


def test_a_page_has_a_validator(client: httpx.Client) -> None:
    answer = client.get("/attacks/balad-monday")
    again = client.get("/attacks/balad-monday", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_attack_is_cited_with_version_date_and_address(client: httpx.Client) -> None:
    answer = client.get("/attacks/balad-monday")
    cited = unescape(Read(part(answer.text, 'class="citation">', "</p>")).text)
    version = answer.headers["communique-version"]
    assert cited.startswith("“Rockets at Balad air base, on a Monday”. Communiqué, dataset version " + version)
    assert cited.endswith("https://w3id.org/communique/id/event/balad-monday")


@pytest.mark.parametrize(
    ("form", "kind", "begins"),
    [
        ("bib", "application/x-bibtex", "@misc{communique-event-balad-monday,"),
        ("ris", "application/x-research-info-systems", "TY  - DATA\r\n"),
        ("csl.json", "application/vnd.citationstyles.csl+json", "[\n"),
    ],
)
def test_a_citation_comes_in_each_form(client: httpx.Client, form: str, kind: str, begins: str) -> None:
    answer = client.get(f"/attacks/balad-monday.{form}")
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert answer.text.startswith(begins)
    assert "https://w3id.org/communique/id/event/balad-monday" in answer.text


def statement(client: httpx.Client, part: str, at: int = 0, attack: str = "north-camp") -> str:
    """The name of a statement of an attack's ledger."""
    rows = client.get(f"/api/attacks/{attack}/{part}").json()["rows"]
    return str(rows[at]["statement"]["id"]).rpartition("/")[2]


def test_a_statement_has_its_words_all_that_is_coded_and_every_other_answer(tiny_client: httpx.Client) -> None:
    page = read(tiny_client, f"/statements/{statement(tiny_client, 'denials')}")
    assert "“The Red Front denied any part”" in page.text
    assert "185\N{EN DASH}214 of about 434" in page.text
    assert "e33c54cd7ee5689f4beb3e9b75e9ea028ac1878ad12064a773593acbf6952a00" in page.text
    contradicted = part(page.text, "Contradict it: both cannot hold", "Other answers to the question")
    assert "The ministry blamed the Red Front" in contradicted
    other = part(page.text, "Other answers to the question", "What is said of this statement")
    assert "The Grey Brigade claimed the attack" in other
    coded = part(page.text, "All that is coded of it", "Cite this")
    for words in ("responsible actor Red Front", "role perpetrator", "stance denies", "latest 2020-05-04"):
        assert words in coded


def test_a_statement_links_to_its_words_in_the_source(tiny_client: httpx.Client) -> None:
    page = read(tiny_client, f"/statements/{statement(tiny_client, 'claims')}")
    assert "https://example.org/alpha#:~:text=The%20Grey%20Brigade%20claimed%20the%20attack" in page.links


def test_what_is_said_of_a_statement_stands_on_its_page(client: httpx.Client) -> None:
    page = read(client, f"/statements/{statement(client, 'claims', attack='balad-20-february')}")
    said = part(page.text, "What is said of this statement", "All that is coded of it")
    assert "What is said of the statement itself" in said
    assert "At the time" in said


def test_a_statement_is_cited_by_who_says_it_and_the_words(tiny_client: httpx.Client) -> None:
    name = statement(tiny_client, "denials")
    item = tiny_client.get(f"/statements/{name}.csl.json").json()[0]
    assert item["title"] == "Red Front: “The Red Front denied any part”, in Rockets hit North Camp"
    assert item["issued"] == {"date-parts": [[2020, 5, 4]]}
    assert item["URL"] == f"https://w3id.org/communique/id/statement/{name}"


def test_a_statement_that_never_was_is_unknown(client: httpx.Client) -> None:
    assert client.get(f"/statements/{'0' * 32}").status_code == 404


def test_a_replaced_statement_is_gone_and_names_its_report(tmp_path: Path) -> None:
    report = report_of("alpha")
    running = Server("--content", str(TINY), "--store", str(tmp_path / "store"), COMMUNIQUE_TOKEN="secret")
    try:
        client = running.client
        name, kept = statement(client, "denials"), statement(client, "claims")
        report["statements"].pop()
        put = client.put("/api/reports/alpha", json=report, headers={"Authorization": "Bearer secret"})
        assert put.status_code == 200, put.text
        answer = client.get(f"/statements/{name}")
        assert answer.status_code == 410
        page = Read(answer.text)
        assert "This statement is no longer recorded" in page.text
        assert "/reports/alpha" in page.links
        assert f"/statements/{kept}" in page.links
        assert client.delete("/api/reports/alpha", headers={"Authorization": "Bearer secret"}).status_code == 204
        withdrawn = client.get(f"/statements/{name}")
        assert (withdrawn.status_code, "which was withdrawn" in Read(withdrawn.text).text) == (410, True)
    finally:
        assert running.stop() == 0


def test_the_data_of_a_page_stands_beside_it(client: httpx.Client) -> None:
    beside = client.get("/attacks/balad-monday.json?as_of=2021-04-01").json()
    assert beside == client.get("/api/attacks/balad-monday?as_of=2021-04-01").json()
    assert '/attacks/balad-monday.json?as_of=2021-04-01"' in client.get("/attacks/balad-monday?as_of=2021-04-01").text


def test_an_actor_has_what_it_said_and_what_is_said_of_it(tiny_client: httpx.Client) -> None:
    page = read(tiny_client, "/actors/red-front")
    blamed = part(page.text, "query of “Blamed for”", "query of “Denied”")
    assert "The ministry blamed the Red Front" in blamed
    assert "The Red Front denied any part" in part(page.text, "query of “Denied”", "query of “Responded”")
    assert "no claim is recorded" in page.text


def test_names_of_an_actor_carry_their_language(tiny_client: httpx.Client) -> None:
    assert '<bdi lang="ar">اللواء الرمادي</bdi>' in tiny_client.get("/actors/grey-brigade").text


def test_an_unnamed_actor_is_shown_as_worded_and_never_merged(client: httpx.Client) -> None:
    page = read(client, "/actors/seven-rockets.military-sources")
    assert "Known only as Seven rockets hit US positions in Iraq words it" in page.text
    assert "never merged" in page.text
    assert "/reports/seven-rockets" in page.links


def test_a_report_has_its_statements_in_the_order_of_its_text(client: httpx.Client) -> None:
    html = client.get("/reports/seven-rockets").text
    read(client, "/reports/seven-rockets")
    starts = [int(start) for start in re.findall(r'class="of where">characters (\d+)', html)]
    rows = client.get("/api/reports/seven-rockets/statements?limit=1000").json()["rows"]
    assert len(starts) == len({(row["statement"]["id"], row["start"]) for row in rows})
    firsts = list(dict.fromkeys(row["statement"]["id"] for row in rows))
    assert [f"s-{iri.rpartition('/')[2]}" for iri in firsts] == re.findall(r' id="(s-[^"]+)"', html)
    assert "is our inference" in Read(html).text


def test_an_event_that_is_no_attack_has_what_is_said_about_it(client: httpx.Client) -> None:
    page = read(client, "/events/nato-enlargement")
    assert "Jens Stoltenberg" in page.text
    answer = client.get("/events/balad-monday")
    assert (answer.status_code, answer.headers["location"]) == (308, "/attacks/balad-monday")


@pytest.mark.parametrize("path", ["actors/red-front", "reports/alpha", "events/north-camp", "attacks/north-camp"])
@pytest.mark.parametrize("form", ["bib", "ris", "csl.json"])
def test_each_thing_is_cited_in_each_form(tiny_client: httpx.Client, path: str, form: str) -> None:
    kind, name = path.replace("attacks", "events").split("/")
    answer = tiny_client.get(f"/{path}.{form}")
    assert answer.status_code == 200
    assert f"https://w3id.org/communique/id/{kind.removesuffix('s')}/{name}" in answer.text


@pytest.mark.parametrize("path", ["/actors/nobody", "/reports/none", "/events/none", "/reports/none.bib"])
def test_what_is_not_recorded_is_unknown(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_report_and_its_copy_name_each_other(tmp_path: Path) -> None:
    running = Server("--content", str(TINY), "--store", str(tmp_path / "store"), COMMUNIQUE_TOKEN="secret")
    try:
        body = {**report_of("alpha"), "title": "The same again", "copyOf": "alpha"}
        put = running.client.put("/api/reports/again", json=body, headers={"Authorization": "Bearer secret"})
        assert put.status_code == 201, put.text
        assert "Copied by The same again , The Daily" in read(running.client, "/reports/alpha").text
        assert "Copies Rockets hit North Camp , The Daily" in read(running.client, "/reports/again").text
    finally:
        assert running.stop() == 0
