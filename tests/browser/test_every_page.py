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


@pytest.mark.later
def test_no_page_is_wider_than_a_telephone(visit: Visitor, every: dict[str, str]) -> None:
    found = {path: over for path, page in visit.each(every.values(), width=360) if (over := overflow(page))}
    assert found == {}


@pytest.mark.later
def test_every_page_is_whole_without_scripts(visit: Visitor, every: dict[str, str]) -> None:
    for path, page in visit.each(every.values(), java_script_enabled=False):
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


def test_a_name_is_suggested_while_it_is_written_and_asked_for_when_it_is_whole(visit: Visitor) -> None:
    page = visit("/statements")
    field = page.locator("input[name=actor]")
    options = page.locator(f"datalist#{field.get_attribute('list')} option")
    assert options.count() > 10
    with page.expect_response("**/api/queries/names?*"):
        field.press_sequentially("blood guards")
    options.nth(1).wait_for(state="detached")
    assert [option.get_attribute("value") for option in options.all()] == ["saraya-awliya-al-dam"]
    assert page.url.endswith("/statements")
    field.fill("saraya-awliya-al-dam")
    field.press("Enter")
    page.wait_for_url("**/statements?actor=saraya-awliya-al-dam")
    page.locator(".card").first.wait_for()


def test_a_table_is_ordered_by_its_columns(visit: Visitor) -> None:
    page = visit("/actors")
    column = page.locator("th a", has_text="actor").first
    found = []
    for sort in ("actor", "-actor"):
        column.click()
        page.wait_for_url(f"**/actors?sort={sort}")
        found.append(
            [link.get_attribute("href") for link in page.locator(".answer-table tbody td:first-child a").all()]
        )
    assert page.locator("th[aria-sort=descending]").count() == 1
    assert found[0] == found[1][::-1]
    assert len(set(found[0])) > 10
