"""Errors for people: the same status as ever, in a page that tells what may be done, for whoever prefers one."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from communique import errors
from communique.errors import CommuniqueError, Gone
from communique.http import Packed, problem
from communique.pages.problems import WORDS, Readable, lines, prefers_page
from communique.pages.site import environment
from communique.vocab import ID
from conftest import Server
from test_http import problem as refused
from test_ns import Page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
# Those that are told in words of the caller's; which others there are depends on what was imported before.
KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, CommuniqueError)]
KINDS = [kind for kind in KINDS if kind not in (CommuniqueError, errors.Faulty, errors.Usage)]


def told(error: CommuniqueError, accept: str = BROWSER, **scope: Any) -> tuple[dict[str, str], str]:
    """Headers and body of what becomes of an error."""
    sent: list[Message] = []

    async def failing(_: Scope, receive: Receive, send: Send) -> None:
        response = problem(error)
        response.headers["x-request-id"] = "5f39"
        await response(asked, receive, send)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"accept", accept.encode()), (b"accept-encoding", b"gzip")]
    asked: Scope = {"type": "http", "method": "GET", "path": "/x", "query_string": b"", "headers": headers, **scope}
    app = Readable(Packed(failing, minimum_size=1024), environment(lambda name: None, lambda: "1"))
    asyncio.run(app(asked, receive, send))
    assert sent[0]["status"] == error.status
    return {k.decode(): v.decode() for k, v in sent[0]["headers"]}, b"".join(
        m.get("body", b"") for m in sent[1:]
    ).decode()


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (None, False), ("*/*", False), ("application/json", False), ("application/problem+json", False), (BROWSER, True),
        ("text/html", True), ("text/*", True), ("TEXT/HTML", True), ("text/html, application/problem+json", False),
        ("text/html;q=0.5, application/problem+json;q=0.4", True), ("text/html;q=0.4, application/problem+json;q=0.5", False),
        ("text/html;q=0, */*", False), ("text/turtle", False), ("text/turtle, text/html;q=0.1", True),
    ],
)  # fmt: skip
def test_who_prefers_a_page_gets_one(accept: str | None, page: bool) -> None:
    assert prefers_page(accept) is page


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_a_page(kind: type[CommuniqueError]) -> None:
    headers, body = told(kind("the reason why"))
    Page(body)
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert int(headers["content-length"]) == len(body.encode())
    assert "accept" in headers["vary"].lower()
    assert WORDS.get(kind.status, kind.title) in body
    assert "The reason why." in body
    assert "<h2>What you can do</h2>" in body
    if "Retry-After" in kind.headers:
        assert headers["retry-after"] == "1"
        assert "after 1 second." in body


def test_an_error_that_nobody_foresaw_names_its_request_and_no_more() -> None:
    _, body = told(CommuniqueError("the service failed; the log says how"))
    assert "the log knows this request as <code>5f39</code>" in body


def test_a_long_problem_is_unpacked() -> None:
    headers, body = told(errors.Faulty.told([f"line {n}: a fault <{n}>" for n in range(200)]))
    assert "content-encoding" not in headers
    assert "line 199: a fault &lt;199&gt;" in body


def test_what_is_gone_points_to_its_report() -> None:
    _, body = told(Gone("this statement is no longer recorded", report=f"{ID}report/seven-rockets"))
    assert '<a href="/reports/seven-rockets">the report that it was in</a>' in body


def test_a_list_that_has_changed_is_begun_again() -> None:
    assert "Begin the list again" in told(Gone("the data has changed", parameter="next"))[1]


def test_a_problem_stays_one_for_programs() -> None:
    headers, body = told(Gone("gone"), "application/json")
    assert headers["content-type"] == "application/problem+json"
    assert body.startswith('{"type":"about:blank"')


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404), ("/api/attacks/nothing", 404), ("/id/event/nothing", 404), ("/queries/nothing", 404),
        ("/api/attacks?limit=0", 400), ("/api/attacks?from=x", 400), ("/sparql?query=SELECT", 400), ("/update", 405),
        ("/ns/context.jsonld?format=x", 400), ("/dumps/nothing", 404),
    ],
)  # fmt: skip
def test_statuses_are_the_same_for_both(path: str, status: int, client: httpx.Client) -> None:
    refused(client.get(path), status)
    page = client.get(path, headers={"accept": BROWSER})
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["x-request-id"] in page.text
    assert page.headers["content-security-policy"]
    Page(page.text)


def test_who_can_take_only_html_is_told_so_in_it(client: httpx.Client) -> None:
    page = client.get("/api/attacks", headers={"accept": "text/html"})
    assert page.status_code == 406
    assert "application/json" in page.text


def test_a_head_has_the_status_and_no_body(client: httpx.Client) -> None:
    answer = client.head("/nothing", headers={"accept": BROWSER})
    assert (answer.status_code, answer.content) == (404, b"")
    assert answer.headers["content-type"].startswith("text/html")


def test_words_of_the_address_are_searched_for(client: httpx.Client) -> None:
    page = client.get("/attacks/balad-moonday.html", headers={"accept": BROWSER}).text
    assert 'name="q" value="balad moonday"' in page


def test_a_hostile_address_is_text(client: httpx.Client) -> None:
    page = client.get('/x/"><script>alert(1)</script>\u202e', headers={"accept": BROWSER}).text
    assert "<script>" not in page
    assert "\u202e" not in page


def test_an_error_in_sparql_is_shown_at_its_place(client: httpx.Client) -> None:
    query = "SELECT *\nWHERE {\n  ?s ?p }"
    page = client.get("/sparql", params={"query": query}, headers={"accept": BROWSER}).text
    found = re.search(r'<span class="line">3</span>\s*(.*?)<mark class="here">(.*?)</mark>', page)
    assert found
    assert (unescape(found[1]), found[2]) == ("?s ?p }", "⏎")
    assert "/workbench?query=SELECT" in page


@pytest.mark.parametrize(("line", "column", "at"), [(1, 1, 1), (9, 9, 4), (2, 99, 4), (0, 0, 1)])
def test_a_place_is_within_the_query(line: int, column: int, at: int) -> None:
    assert lines("abc\ndef", line, column)[-1].column == at
    assert lines("", line, column)[-1].column == 1
    assert lines(None, line, column) == []


def test_who_asks_too_often_is_told_in_a_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = str(tmp_path_factory.mktemp("often") / "store")
    running = Server("--store", store, COMMUNIQUE_RATE_LIMIT="1")
    try:
        found = [running.client.get("/nothing", headers={"accept": BROWSER}) for _ in range(30)]
        assert found[-1].status_code == 429
        assert "That was too much at one time" in found[-1].text
        assert f"after {found[-1].headers['retry-after']} second" in found[-1].text
    finally:
        running.stop()
