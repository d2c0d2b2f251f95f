"""What holds of every page, found by following links: one of each shape, narrow, and without scripts."""

from __future__ import annotations

import pytest

from browser.chromium import Visitor, overflow
from browser.pages import pages
from conftest import Server

# What every page leads to; a page that nothing links is in no list and is seen by nobody.
AT_LEAST = {
    "/", "/attacks", "/attacks/{}", "/statements", "/statements/{}", "/actors", "/actors/{}", "/places", "/places/{}", "/reports",
    "/reports/{}", "/contradictions", "/differences", "/queries", "/queries/{}", "/workbench", "/ns", "/dumps/", "/api", "/about",
}  # fmt: skip


@pytest.fixture(scope="module")
def every(server: Server) -> dict[str, str]:
    return pages(server.client)


def test_every_kind_of_page_is_led_to(every: dict[str, str]) -> None:
    assert set(every) >= AT_LEAST


@pytest.mark.slow
def test_no_page_is_wider_than_a_telephone(visit: Visitor, every: dict[str, str]) -> None:
    found = {path: over for path in every.values() if (over := overflow(visit(path, width=360)))}
    assert found == {}


@pytest.mark.slow
def test_every_page_is_whole_without_scripts(visit: Visitor, every: dict[str, str]) -> None:
    for path in every.values():
        page = visit(path, java_script_enabled=False)
        assert page.locator("main h1").count() == 1, path
        assert page.locator("button[data-copy]:visible").count() == 0, path


def test_map_timeline_and_filters_are_drawn_and_go_along_with_the_address(visit: Visitor) -> None:
    page = visit("/attacks")
    page.locator("cq-map svg a").first.wait_for()
    page.locator("cq-timeline svg a").first.wait_for()
    page.get_by_role("checkbox", name="claimed 1", exact=True).check()
    page.wait_for_url("**/attacks?*said=claimed*")
    page.get_by_text("1 attack", exact=False).first.wait_for()
    assert page.locator(".entries > li").count() == 1
    page.go_back()
    page.wait_for_url("**/attacks")


def test_the_search_is_one_key_away(visit: Visitor) -> None:
    page = visit("/about")
    page.keyboard.press("/")
    page.keyboard.type("blood")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=blood")
    assert page.locator("main mark").count() > 0
