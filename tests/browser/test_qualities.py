"""What every page owes its readers, in both schemes, on paper, by keys alone, and whatever the data says."""

from __future__ import annotations

import re
import statistics
import threading
from pathlib import Path

import pytest
from starlette.routing import Route

from browser.chromium import SCHEMES, Scheme, Visitor, barriers, overflow
from browser.pages import pages
from communique.app import create_app
from communique.content import Content
from communique.metrics import Metrics
from communique.process.served import Served
from communique.settings import read
from conftest import Server

pytestmark = pytest.mark.later

# What is no page: data, and a form of a page by its suffix.
DATA = re.compile(
    r"^/(api/|profiles/|dumps/|static/|update|store|sparql|healthz|readyz|metrics|openapi|\.well-known|ns/|code/?$)|\.\w+$|\.\{|\}\.|/terms"
)
BROKEN = '<img src=x onerror="document.title=1">\u202e\u200bmoc<b>'


@pytest.fixture(scope="module")
def every(server: Server) -> dict[str, str]:
    """One page of each shape, and of the code lists, which are alike, a few."""
    found = pages(server.client)
    kept = {shape: path for shape, path in found.items() if not shape.startswith("/code/") or "stance" in shape}
    return kept | {"/search": "/search?q=rockets", "/events/{}": "/events/nato-enlargement"}


def test_every_route_for_people_is_led_to(server: Server, content: Content, tmp_path: Path) -> None:
    """The routes are the application's own, so that a new page is seen here or the test fails."""
    found = pages(server.client).values()
    settings, counted = read({}, store=str(tmp_path / "store")), Metrics()
    store = Served(Path(settings.store), content, settings, counted.killed)
    try:
        app = create_app(store, content, settings, counted, threading.Event())
        # A router that is included keeps its routes to itself.
        known = [r for part in app.routes for r in getattr(getattr(part, "original_router", None), "routes", [part])]
        routes = [r for r in known if isinstance(r, Route) and "GET" in (r.methods or ()) and not DATA.search(r.path)]
    finally:
        store.close()
    assert len(routes) > 15
    unseen = [r.path for r in routes if not any(r.path_regex.match(path) for path in found)]
    # What a form leads to, and a kind of page that no first page of a list links; both are among those looked at below.
    assert set(unseen) <= {"/search", "/events/{name}"}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_page_keeps_anybody_out(visit: Visitor, every: dict[str, str], scheme: Scheme) -> None:
    """WCAG 2.2 AA and axe's best practice; and, by the visitor, no error, no breach of the policy, no request outside."""
    found = {}
    paths = [*every.values(), "/attacks?q=no-such-words", "/statements?limit=2"]
    for path, page in visit.each(paths, scheme=scheme):
        page.wait_for_timeout(150)
        if broken := barriers(page):
            found[path] = broken[:3]
    assert found == {}


def test_a_page_that_is_not_there_says_so_and_leads_on(visit: Visitor) -> None:
    page = visit("/nowhere")
    visit.forgive("404")
    assert page.locator("main h1").count() == 1
    assert page.locator("main a").count() > 0
    assert barriers(page) == []


def test_every_page_can_be_printed(visit: Visitor, every: dict[str, str]) -> None:
    """On paper: nothing to click, dark on light whatever the screen, and no wider than the sheet."""
    for path, page in visit.each(every.values(), scheme="dark", width=718):
        page.emulate_media(media="print")
        assert page.locator("[data-copy]:visible, [data-theme-toggle]:visible, .map-tools:visible").count() == 0, path
        assert overflow(page) == 0, path
        ink, paper = page.evaluate("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
        assert sum(map(int, re.findall(r"\d+", ink)[:3])) < 250, (path, ink, paper)


def test_a_reader_gets_from_the_first_page_to_the_words_by_keys_alone(visit: Visitor) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/attacks")
    _tab_to(visit, "a[href^='/attacks/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/attacks/*")
    _tab_to(visit, "a[href^='/statements/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/statements/*")
    assert page.locator("blockquote").count() >= 1


def _tab_to(visit: Visitor, selector: str) -> None:
    """Press Tab until it is reached; on the way, whatever has the focus shows it."""
    page = visit.contexts[-1].pages[-1]
    for _ in range(250):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", f"main {selector}"):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    pytest.fail(f"{selector} is not reached by Tab")


def test_arabic_is_shaped_and_aligned_right(visit: Visitor, every: dict[str, str]) -> None:
    found = 0
    for path in (every["/places/{}"], every["/actors/{}"], every["/id/place/{}"], "/ns"):
        page = visit(path)
        for text in page.locator("main [lang=ar]").all()[:5]:
            found += 1
            assert text.evaluate("it => getComputedStyle(it).direction === 'rtl' || it.closest('bdi') !== null"), path
        page.context.close()
    visit.contexts.clear()
    assert found


@pytest.mark.parametrize(
    "path",
    [
        "/attacks?q={}",
        "/search?q={}",
        "/queries/attacks?place={}",
        "/statements?q={}",
        "/attacks/{}",
        "/workbench?query={}",
    ],
)
def test_what_is_asked_is_inert(visit: Visitor, path: str) -> None:
    from urllib.parse import quote

    page = visit(path.format(quote(BROKEN, safe="")))
    visit.complaints[:] = [told for told in visit.complaints if "Failed to load resource" not in told]
    assert page.title() != "1"
    # The editor has empty pictures of its own.
    assert page.locator("img:not(.cm-widgetBuffer), [onerror]").count() == 0
    text = page.locator("body").inner_text()
    assert "\u202e" not in text
    assert "\u200b" not in text


def test_first_paint_is_told(visit: Visitor, every: dict[str, str]) -> None:
    """A figure for the report, in milliseconds; a busy machine makes it worse, so nothing is asserted of it but that it is there."""
    times = {}
    for path in (every["/"], every["/attacks"], every["/attacks/{}"], every["/queries"]):
        taken = []
        for _ in range(3):
            page = visit(path)
            page.wait_for_timeout(100)
            taken.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"))
            page.context.close()
        times[path] = round(statistics.median(taken))
    visit.contexts.clear()
    print("first contentful paint, ms:", times)
    assert all(times.values())
