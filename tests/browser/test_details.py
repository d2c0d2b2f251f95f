"""Pages of one thing each, as a reader meets them: both schemes, narrow, without scripts, printed, from right to left, hostile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from browser.chromium import SCHEMES, Scheme, Visitor, barriers, overflow
from conftest import TINY, Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.later

WRITE = {"Authorization": "Bearer secret"}
TAGS = "<script>document.title='owned'</script><img src=x onerror=document.title='owned'>"
MIRROR = "\u202etxt.exe\u200b"
# A label may not reorder what stands beside it; the words of a text may.
LABEL = f"{TAGS} a\u200bb"
QUOTE = f'They said "{TAGS}" \' and {MIRROR}'
HOSTILE: dict[str, Any] = {
    "title": LABEL, "publisher": "daily", "url": 'https://example.org/"onclick=alert(1)', "language": "en",
    "textSha256": "0" * 64, "wordCount": 900, "issued": "2020-05-06", "note": TAGS,
    "unnamed": {"hostile": {"wording": [LABEL]}},
    "events": {"hostile": {"label": {"en": LABEL}, "type": ["Event", "Attack"]}},
    "statements": [
        {
            "by": "hostile", "stance": "blames", "voice": "indirect-speech", "aboutEvent": "hostile", "aspect": "responsibility",
            "responsibleActor": "hostile", "role": "perpetrator", "hedge": "reportedly", "hedgeText": TAGS, "quote": QUOTE,
            "start": 10, "end": 10 + len(QUOTE), "translation": TAGS,
        },
        {
            "by": "daily", "stance": "affirms", "voice": "narrator", "aboutEvent": "hostile", "aspect": "description",
            "contentText": QUOTE, "quote": "words", "start": 200, "end": 205,
        },
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the tiny content, which has denials and Arabic, and of a report that means harm."""
    store = str(tmp_path_factory.mktemp("tiny") / "store")
    running = Server("--content", str(TINY), "--store", store, COMMUNIQUE_TOKEN="secret")
    try:
        answer = running.client.put("/api/reports/hostile", json=HOSTILE, headers=WRITE)
        assert answer.status_code == 201, answer.text
        yield running
    finally:
        assert running.stop() == 0


@pytest.fixture
def visit_tiny(browser: Browser, tiny: Server) -> Iterator[Visitor]:
    visitor = Visitor(browser, str(tiny.client.base_url).rstrip("/"))
    yield visitor
    visitor.close()
    assert visitor.complaints == []


def named(server: Server, part: str, attack: str = "north-camp") -> str:
    """The name of the first statement of a part of a ledger."""
    rows = server.client.get(f"/api/attacks/{attack}/{part}").json()["rows"]
    return str(rows[0]["statement"]["id"]).rpartition("/")[2]


CURATED = ("/attacks/balad-monday", "/attacks/al-qaim-bombing", "/reports/seven-rockets", "/actors/seven-rockets.military-sources", "/events/nato-enlargement")  # fmt: skip


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", CURATED)
def test_nothing_keeps_a_reader_out(visit: Visitor, path: str, scheme: Scheme) -> None:
    page = visit(path, scheme=scheme)
    assert page.locator("h1").count() == 1
    assert barriers(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_nothing_keeps_a_reader_from_statements_and_what_is_left_of_them(
    visit_tiny: Visitor, tiny: Server, scheme: Scheme
) -> None:
    for path in (f"/statements/{named(tiny, 'denials')}", "/attacks/north-camp", "/attacks/hostile"):
        page = visit_tiny(path, scheme=scheme)
        assert barriers(page) == [], path


@pytest.mark.parametrize("path", CURATED)
def test_a_narrow_page_is_not_scrolled_sideways(visit: Visitor, path: str) -> None:
    assert overflow(visit(path, width=360)) == 0


def test_a_day_is_chosen_without_scripts_and_stands_in_the_address(visit_tiny: Visitor) -> None:
    page = visit_tiny("/attacks/north-camp", java_script_enabled=False)
    assert page.get_by_text("10 statements.").is_visible()
    page.get_by_label("Only what had been said by").fill("2020-05-04")
    page.get_by_role("button", name="Show").click()
    assert page.url.endswith("/attacks/north-camp?as_of=2020-05-04")
    told = page.get_by_text("7 of 10 statements had been said by 2020-05-04.")
    assert told.is_visible()
    assert page.get_by_text("3 rockets").count() == 0
    page.get_by_role("link", name="Everything that is recorded").click()
    assert page.get_by_text("3 rockets").count() > 0


def test_contradictions_stand_side_by_side(visit_tiny: Visitor) -> None:
    page = visit_tiny("/attacks/north-camp")
    clash = page.locator(".clash").filter(has=page.get_by_role("heading", name="Who is responsible for it?"))
    left, right = (box for card in clash.locator(".card").all() if (box := card.bounding_box()))
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert clash.get_by_text("one denies what the other affirms").is_visible()


def test_words_from_right_to_left_are_aligned_right(visit_tiny: Visitor) -> None:
    page = visit_tiny("/attacks/north-camp", width=360)
    quote = page.locator("blockquote[lang=ar]").first
    assert quote.evaluate("e => getComputedStyle(e).direction") == "rtl"
    assert quote.evaluate("e => getComputedStyle(e).textAlign") in ("start", "right")
    assert overflow(page) == 0


def test_a_line_of_the_ledger_leads_to_the_words(visit_tiny: Visitor) -> None:
    page = visit_tiny("/attacks/north-camp")
    page.locator("#ledger").get_by_role("link", name="quote").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(":target.card").get_by_text("The Grey Brigade claimed the attack").is_visible()


def test_what_cannot_be_clicked_on_paper_is_not_printed(visit_tiny: Visitor) -> None:
    page = visit_tiny("/attacks/north-camp", scheme="dark")
    page.emulate_media(media="print")
    assert not page.get_by_role("button", name="Show").is_visible()
    assert page.locator("#ledger .down").first.is_visible() is False
    assert page.locator(".card").first.is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


HARMED = ("/attacks/hostile", "/reports/hostile", "/actors/hostile.hostile", "/statements/{statement}")


@pytest.mark.parametrize("path", HARMED)
def test_what_a_report_says_does_nothing(visit_tiny: Visitor, tiny: Server, path: str) -> None:
    page = visit_tiny(path.format(statement=named(tiny, "attributions", "hostile")))
    page.wait_for_timeout(200)
    assert page.title() != "owned"
    assert page.locator("main script, main img, main [onerror], main [onclick]").count() == 0
    text = page.locator("main").inner_text()
    assert "<script>" in text
    assert "⟦U+202E⟧" in text
    assert not {"\u202e", "\u200b"} & set(page.content())
    hrefs = page.locator("a").evaluate_all("links => links.map(link => link.protocol)")
    assert set(hrefs) <= {"http:", "https:"}


def test_a_replaced_statement_is_told_to_people(visit_tiny: Visitor, tiny: Server) -> None:
    passing = {**HOSTILE, "title": "Passing", "statements": [HOSTILE["statements"][1]]}
    passing = {**passing, "events": {"passing": {"label": {"en": "Passing"}, "type": ["Event", "Attack"]}}}
    passing["statements"] = [{**HOSTILE["statements"][1], "aboutEvent": "passing", "contentText": "this"}]
    tiny.client.put("/api/reports/passing", json=passing, headers=WRITE)
    name = named(tiny, "accounts", "passing")
    passing["statements"] = [{**passing["statements"][0], "contentText": "that"}]
    tiny.client.put("/api/reports/passing", json=passing, headers=WRITE)
    page = visit_tiny(f"/statements/{name}")
    visit_tiny.forgive("410")
    assert page.get_by_role("heading", name="This statement is no longer recorded").is_visible()
    assert barriers(page) == []
    page.get_by_role("link", name="statement", exact=False).last.click()
    assert page.get_by_text("that", exact=True).first.is_visible()


def test_each_line_of_the_ledger_begins_beside_its_word(visit: Visitor) -> None:
    page = visit("/attacks/balad-monday")
    entries = page.locator("#ledger .entry").all()
    assert len({entry.evaluate("e => Math.round(e.getBoundingClientRect().left)") for entry in entries}) == 1
    assert {entry.evaluate("e => getComputedStyle(e).textAlign") for entry in entries} == {"start"}
