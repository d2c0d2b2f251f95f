"""The workbench as a reader meets it: by keyboard, with and without scripts, in both schemes, narrow."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from browser.chromium import SCHEMES, Scheme, Visitor, barriers, overflow

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.later

PAGES = ("/workbench", "/workbench?example=attack-claims")
CMQ = "https://w3id.org/communique/ns#"
WGS = "http://www.w3.org/2003/01/geo/wgs84_pos#"
# What an answer can be drawn as follows from these.
SHAPES = {
    "map": f"SELECT ?place ?lat ?long {{ ?place <{WGS}lat> ?lat ; <{WGS}long> ?long }}",
    "graph": f"CONSTRUCT {{ ?e <{CMQ}hasClaimant> ?a }} WHERE {{ ?e <{CMQ}hasClaimant> ?a }}",
    "chart": f"SELECT ?a (COUNT(?s) AS ?n) {{ ?s <{CMQ}assertedBy> ?a }} GROUP BY ?a",
    "timeline": f"SELECT ?e ?earliest ?latest {{ ?e <{CMQ}indexedEarliest> ?earliest ; <{CMQ}indexedLatest> ?latest }}",
    "table": f"SELECT ?a {{ ?a a <{CMQ}Militia> }}",
}
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


def editor(page: Page) -> Locator:
    found = page.get_by_role("textbox", name="SPARQL query")
    found.wait_for()
    return found


def written(page: Page) -> str:
    return "\n".join(page.locator("cq-workbench .cm-line").all_inner_texts())


def write(page: Page, query: str) -> None:
    editor(page).focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(query)


def answered(page: Page, words: str | re.Pattern[str] = re.compile(r" in \d+ ms")) -> str:
    """What is told of an answer, once there is one."""
    status = page.locator(".bench-status").filter(has_text=words)
    status.wait_for()
    return status.inner_text()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", PAGES)
def test_nothing_keeps_people_out(visit: Visitor, path: str, scheme: Scheme) -> None:
    page = visit(path, scheme=scheme)
    editor(page)
    assert barriers(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_narrow_page_is_no_wider(visit: Visitor, path: str) -> None:
    page = visit(path, width=360)
    editor(page)
    assert overflow(page) == 0


def test_without_scripts_a_query_is_asked_by_the_form(visit: Visitor) -> None:
    page = visit("/workbench", java_script_enabled=False)
    assert page.get_by_label("SPARQL query").is_visible()
    page.get_by_role("button", name="Make a link").click()
    assert "/workbench?query=" in page.url


@pytest.mark.parametrize("name", SHAPES)
def test_an_answer_is_drawn_by_its_shape(visit: Visitor, name: str) -> None:
    page = visit("/workbench")
    write(page, SHAPES[name])
    page.keyboard.press("Control+Enter")
    answered(page)
    view = page.get_by_role("group", name="View").get_by_role("button", name=name.capitalize())
    view.click()
    assert view.get_attribute("aria-pressed") == "true"
    assert page.locator(".bench-view tbody tr").count() > 0
    assert page.locator(".bench-tabs button").count() == (1 if name == "table" else 2)
    assert barriers(page) == []


def test_a_link_opens_the_same_answer(visit: Visitor) -> None:
    first = visit("/workbench")
    write(first, SHAPES["chart"])
    first.keyboard.press("Control+Enter")
    answered(first)
    first.get_by_role("button", name="Chart").click()
    address = first.url
    assert "view=chart" in address
    second = visit(address)
    assert re.match(r"\d+ rows in \d+ ms · version ", answered(second))
    assert written(second) == SHAPES["chart"]
    assert second.get_by_role("button", name="Chart").get_attribute("aria-pressed") == "true"


def test_a_query_in_a_link_alone_is_not_run(visit: Visitor) -> None:
    page = visit(f"/workbench#query={quote(SHAPES['table'])}")
    editor(page)
    assert written(page) == SHAPES["table"]
    assert page.locator(".bench-status").inner_text() == ""


def test_an_example_is_opened_with_its_parameters(visit: Visitor) -> None:
    page = visit("/workbench")
    page.locator("summary", has_text="Attacks").click()
    page.get_by_role("link", name="Who claimed an attack").click()
    editor(page)
    assert "balad-20-february" in written(page)
    page.get_by_role("button", name="Run").click()
    assert answered(page).startswith("1 row in ")


def test_a_word_of_the_ontology_is_completed_with_its_prefix(visit: Visitor) -> None:
    page = visit("/workbench")
    write(page, "SELECT * { ?s a ")
    page.keyboard.type("Milit")
    page.get_by_role("option", name=re.compile("^cmq:Militia")).wait_for()
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    assert written(page) == f"PREFIX cmq: <{CMQ}>\nSELECT * {{ ?s a cmq:Militia"


def offered(page: Page, name: str | re.Pattern[str]) -> Locator:
    """What is offered when it is asked for; asked again where letters that came late have closed the list, as people do."""
    from playwright.sync_api import TimeoutError as Late

    option = page.get_by_role("option", name=name)
    for _ in range(5):
        page.keyboard.press("Control+Space")
        with suppress(Late):
            option.wait_for(timeout=4000)
            return option
    raise AssertionError(f"{name} is not offered")


def test_a_name_of_the_data_is_completed(visit: Visitor) -> None:
    page = visit("/workbench")
    write(page, "SELECT * { ?s ?p ")
    page.keyboard.type("saraya")
    offered(page, re.compile("^Saraya Awliya al-Dam")).click()
    assert written(page).endswith("?p actor:saraya-awliya-al-dam")
    assert "PREFIX actor: <https://w3id.org/communique/id/actor/>" in written(page)


def test_variables_are_completed(visit: Visitor) -> None:
    page = visit("/workbench")
    write(page, "SELECT ?claimant { ?s ?p ")
    page.keyboard.type("?cl")
    offered(page, "?claimant")


def test_an_error_is_marked_where_the_server_finds_it(visit: Visitor) -> None:
    page = visit("/workbench")
    write(page, "SELECT *\nWHERE {\n  ?s ?p }")
    page.keyboard.press("Control+Enter")
    alert = page.get_by_role("alert")
    alert.filter(has_text="line 3, column 10").wait_for()
    assert page.locator(".cm-lintRange-error").inner_text() == "}"
    assert page.locator(".cm-lint-marker-error").count() == 1
    visit.forgive("400")
    write(page, SHAPES["table"])
    page.keyboard.press("Control+Enter")
    answered(page)
    assert alert.count() == 0
    assert page.locator(".cm-lintRange-error").count() == 0


def test_a_query_is_cancelled(visit: Visitor) -> None:
    page = visit("/workbench")
    write(page, HEAVY)
    page.keyboard.press("Control+Enter")
    answered(page, "of at most 10 seconds")
    page.get_by_role("button", name="Cancel").click()
    assert answered(page, "Cancelled").endswith("the service has stopped working on it")
    assert page.get_by_role("button", name="Cancel").count() == 0
    write(page, SHAPES["table"])
    page.keyboard.press("Control+Enter")
    assert answered(page).startswith("3 rows")


def test_the_keyboard_alone_is_enough(visit: Visitor) -> None:
    page = visit("/workbench")
    editor(page).focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("ASK { }")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Run"
    assert "\t" not in written(page)
    page.keyboard.press("Enter")
    assert answered(page).startswith("The answer is yes")
    editor(page).focus()
    page.keyboard.press("Escape")
    assert page.locator(":focus").inner_text() == "Run"


def test_labels_are_shown_on_demand(visit: Visitor) -> None:
    page = visit("/workbench")
    write(page, SHAPES["table"])
    page.keyboard.press("Control+Enter")
    answered(page)
    link = page.locator(".bench-view a").first
    assert link.inner_text().startswith("actor:")
    assert re.fullmatch(r"/actors/[\w-]+", link.get_attribute("href") or "")
    page.get_by_label("Labels").check()
    page.get_by_role("link", name="Kataib Hezbollah").wait_for()


def test_an_answer_is_downloaded_and_asked_by_code(visit: Visitor) -> None:
    page = visit("/workbench")
    write(page, SHAPES["table"])
    page.keyboard.press("Control+Enter")
    answered(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.path().read_text().startswith("a\nhttps://w3id.org/communique/id/actor/")
    page.get_by_text("Code for Python").click()
    code = page.get_by_role("group", name="Code for Python").inner_text()
    assert SHAPES["table"] in code
    compile(code, "code", "exec")


def test_hostile_words_in_an_answer_are_text(visit: Visitor) -> None:
    page = visit("/workbench")
    write(
        page,
        'SELECT ?x ?y { BIND("<img src=x onerror=document.title=1>a\u202eb" AS ?x) BIND(<javascript:alert(1)> AS ?y) }',
    )
    page.keyboard.press("Control+Enter")
    answered(page)
    assert page.locator(".bench-view img").count() == 0
    assert "a⟦U+202E⟧b" in page.locator(".bench-view td").first.inner_text()
    assert page.locator(".bench-view a").count() == 0


def test_the_editor_is_loaded_here_only(visit: Visitor) -> None:
    scripts = "[...document.scripts].map(script => script.src).filter(src => src.includes('workbench')).length"
    assert visit("/workbench").evaluate(scripts) == 1
    assert visit("/queries").evaluate(scripts) == 0
