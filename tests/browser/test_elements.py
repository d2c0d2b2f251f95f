"""The elements, over tables that are put into a real page: what is drawn, by keys and by pointer, and what is not."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pytest

from browser.chromium import SCHEMES, Scheme, Visitor, barriers, overflow

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.later

Rows = list[dict[str, str]]
HOSTILE = '<img src=x onerror="document.title=1">"\'&\u202e</td><script>document.title=1</script>'
PLACES: Rows = [
    {"id": "a", "href": "/ns", "label": "Balad", "lat": "33.94", "long": "44.36", "count": "3", "kind": "none"},
    {"id": "b", "href": "/", "label": "Erbil", "lat": "36.19", "long": "44.01", "kind": "none", "precision": "settlement"},
    {"id": "c", "label": "nowhere", "kind": "none"},
]  # fmt: skip
DAYS: Rows = [
    {"id": "a", "href": "/ns", "label": "a day", "lane": "one", "earliest": "2021-02-20T00:00:00Z", "latest": "2021-02-20T23:00:00Z", "kind": "claimed"},
    {"id": "b", "href": "/", "label": "a span", "lane": "two", "earliest": "2021-03-01T00:00:00Z", "latest": "2021-03-09T00:00:00Z", "kind": "blamed"},
    {"id": "c", "href": "/", "label": "open", "lane": "two", "latest": "2021-03-20T00:00:00Z", "inferred": "true", "kind": "denied"},
    {"id": "d", "href": "/", "label": "undated", "lane": "two", "kind": "none"},
]  # fmt: skip


def painted(page: Page) -> None:
    """Until what was asked for stands on the screen."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _data(row: dict[str, str]) -> str:
    return " ".join(f'data-{name}="{html.escape(value)}"' for name, value in row.items())


def put(page: Page, element: str, rows: Rows, **attributes: str) -> Locator:
    """An element over a table of rows, in place of what the page has, in sight."""
    body = "".join(f"<tr {_data(row)}><td>{html.escape(row.get('label', ''))}</td></tr>" for row in rows)
    told = " ".join(f'{name.replace("_", "-")}="{html.escape(value)}"' for name, value in attributes.items())
    table = f"<thead><tr><th scope='col'>What</th></tr></thead><tbody>{body}</tbody>"
    markup = f"<h1>Drawn</h1><{element} {told}><details open><summary>As a table</summary><table>{table}</table></details></{element}>"
    page.evaluate("markup => document.querySelector('main').innerHTML = markup", markup)
    found = page.locator(f"main {element}")
    # What it draws it may draw a little later.
    page.wait_for_selector(f"main {element}.is-ready:not(:has(.drawing:empty))", state="attached")
    return found


def test_a_map_draws_what_has_coordinates_and_no_more(visit: Visitor) -> None:
    page = visit("/queries")
    drawn = put(page, "cq-map", PLACES)
    points = drawn.locator(".point")
    assert [point.get_attribute("data-id") for point in points.all()] == ["a", "b"]
    assert points.nth(0).get_attribute("href") == "/ns"
    # A settlement is not a point.
    assert points.nth(0).locator(".is-hollow").count() == 0
    assert points.nth(1).locator(".is-hollow").count() == 1
    assert points.nth(0).locator("title").text_content() == "Balad, 3 statements"
    page.wait_for_selector(".map-land")
    assert "not an endorsement" in drawn.inner_text()
    assert not drawn.locator("details").get_attribute("open")


def test_a_map_is_moved_and_zoomed_by_keys_and_by_buttons(visit: Visitor) -> None:
    page = visit("/queries")
    drawn = put(page, "cq-map", PLACES)

    def at() -> str:
        painted(page)
        return drawn.locator(".point").nth(0).get_attribute("transform") or ""

    seen = [at()]
    drawn.locator(".map-frame").focus()
    for key in ("+", "ArrowLeft", "ArrowUp", "-"):
        page.keyboard.press(key)
        seen.append(at())
    assert len(set(seen)) == len(seen)
    page.keyboard.press("0")
    assert at() == seen[0]
    for name in ("Zoom in", "Zoom out", "Move left", "Move right", "Move up", "Move down"):
        before = at()
        drawn.get_by_role("button", name=name).click()
        assert at() != before, name
    drawn.get_by_role("button", name="Show all").click()
    assert at() == seen[0]


def test_a_wheel_zooms_with_ctrl_only(visit: Visitor) -> None:
    page = visit("/queries")
    drawn = put(page, "cq-map", PLACES)
    where = drawn.locator(".point").nth(0)
    before = where.get_attribute("transform")
    drawn.locator(".map-frame").hover()
    page.mouse.wheel(0, 60)
    painted(page)
    assert where.get_attribute("transform") == before
    page.keyboard.down("Control")
    page.mouse.wheel(0, -60)
    page.keyboard.up("Control")
    page.wait_for_selector(f"main .point:not([transform='{before}'])")
    painted(page)
    assert where.get_attribute("transform") != before


def test_thousands_of_points_become_clusters_that_open(visit: Visitor) -> None:
    page = visit("/queries")
    many = [
        {
            "id": str(i),
            "label": f"place {i}",
            "lat": str(30 + i % 60 / 10),
            "long": str(40 + i // 60 / 10),
            "kind": "none",
        }
        for i in range(3000)
    ]
    drawn = put(page, "cq-map", many)
    clusters = drawn.locator(".cluster")
    count = clusters.count()
    assert 5 < count < 300
    assert (
        sum(int(text) for text in clusters.locator("text").all_text_contents()) + drawn.locator(".point").count()
        == 3000
    )
    clusters.nth(0).focus()
    before = clusters.nth(0).text_content()
    page.keyboard.press("Enter")
    painted(page)
    assert drawn.locator(".cluster").nth(0).text_content() != before


def test_labels_of_a_map_do_not_overlap(visit: Visitor) -> None:
    page = visit("/queries")
    near = [
        {
            "id": str(i),
            "label": f"a place called {i}",
            "lat": str(33 + i / 50),
            "long": str(44 + i % 3 / 40),
            "kind": "none",
        }
        for i in range(40)
    ]
    drawn = put(page, "cq-map", near)
    boxes = [box for label in drawn.locator(".label:visible").all() if (box := label.bounding_box())]
    assert boxes
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            apart = a["x"] + a["width"] <= b["x"] + 2 or b["x"] + b["width"] <= a["x"] + 2
            # The box of a text is taller than its letters.
            assert apart or abs(a["y"] - b["y"]) > 10


def test_a_timeline_draws_spans_dots_and_open_ends(visit: Visitor) -> None:
    page = visit("/queries", width=500)
    drawn = put(page, "cq-timeline", DAYS)
    items = drawn.locator(".item")
    assert [item.get_attribute("data-id") for item in items.all()] == ["a", "b", "c"]
    assert items.nth(2).locator(".is-open.is-hollow").count() == 1
    assert items.nth(1).locator("title").text_content() == "a span, 2021-03-01 to 2021-03-09, blamed"
    assert "2021-03-20 at the latest" in (items.nth(2).locator("title").text_content() or "")
    assert drawn.locator(".lane-name").all_text_contents() == ["one", "two"]


def test_arrow_keys_go_along_a_timeline(visit: Visitor) -> None:
    page = visit("/queries")
    drawn = put(page, "cq-timeline", DAYS)
    assert drawn.locator(".item[tabindex='0']").count() == 1
    drawn.locator(".item[tabindex='0']").focus()
    seen = []
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "Home", "End"):
        page.keyboard.press(key)
        seen.append(page.evaluate("document.activeElement.getAttribute('data-id')"))
    assert seen == ["b", "c", "c", "b", "a", "c"]
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ns")


def test_rows_with_counts_are_a_histogram(visit: Visitor) -> None:
    page = visit("/queries")
    years = [
        {"id": str(y), "href": "/", "label": str(y), "earliest": f"{y}-01-01T00:00:00Z", "latest": f"{y}-12-31T23:59:59Z", "count": str(y - 1999), "kind": "none"}
        for y in range(2000, 2025)
    ]  # fmt: skip
    drawn = put(page, "cq-timeline", years)
    heights = [float(bar.get_attribute("height") or 0) for bar in drawn.locator("rect.mark").all()]
    assert len(heights) == 25
    assert heights == sorted(heights)


def test_bars_are_as_long_as_their_values(visit: Visitor) -> None:
    page = visit("/queries")
    drawn = put(page, "cq-chart", [{"label": "much", "href": "/", "value": "40"}, {"label": "less", "value": "10"}])
    wide, narrow = (bar.bounding_box() for bar in drawn.locator(".bar").all())
    assert wide
    assert narrow
    assert wide["width"] / narrow["width"] == pytest.approx(4, rel=0.02)


def test_a_diagram_is_three_columns_or_where_it_is_narrow_one(visit: Visitor) -> None:
    rows = [
        {"id": "s1", "who": "A", "who-href": "/", "kind": "claimed", "stance": "claims", "what": "we did", "what-href": "/", "held": "A", "held-href": "/", "hedged": "false"},
        {"id": "s2", "who": "B", "kind": "denied", "stance": "denies", "what": "we did not", "held": "B", "hedged": "true"},
    ]  # fmt: skip
    page = visit("/queries")
    drawn = put(page, "cq-diagram", rows)
    assert drawn.locator(".flow-column").count() == 3
    assert drawn.locator(".flow-line").count() == 4
    assert drawn.locator("mark").count() == 1
    page.set_viewport_size({"width": 400, "height": 800})
    page.wait_for_selector(".flow-rows")
    assert drawn.locator(".flow-row").count() == 2
    assert overflow(page) == 0


def test_what_has_one_id_is_lit_together(visit: Visitor) -> None:
    page = visit("/queries")
    put(page, "cq-timeline", DAYS, data_set="x")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<ul data-set=x><li data-id=b>b</li></ul>')"
    )
    page.locator("li[data-id=b]").hover()
    assert page.locator(".item.is-lit").get_attribute("data-id") == "b"
    page.mouse.move(0, 0)
    page.wait_for_selector(".is-lit", state="detached")
    page.locator(".item[data-id=b]").focus()
    assert page.locator("li.is-lit").count() == 1


def test_hostile_text_is_text(visit: Visitor) -> None:
    page = visit("/queries")
    title = page.title()
    for element, row in {
        "cq-map": {**PLACES[0], "label": HOSTILE, "href": "javascript:document.title=1"},
        "cq-timeline": {**DAYS[0], "label": HOSTILE, "lane": HOSTILE, "href": "javascript:document.title=1"},
        "cq-chart": {"label": HOSTILE, "value": "1", "href": "data:text/html,x"},
        "cq-diagram": {"id": HOSTILE, "who": HOSTILE, "who-href": "javascript:document.title=1", "what": HOSTILE, "held": HOSTILE, "held-href": "//elsewhere.example/", "stance": HOSTILE},
    }.items():  # fmt: skip
        drawn = put(page, element, [row])
        drawn.locator(".drawing").filter(has_text="<img").wait_for(state="attached")
        assert drawn.locator(".drawing img, .drawing script, .drawing a").count() == 0, element
    assert page.title() == title


def test_nothing_to_draw_leaves_the_table(visit: Visitor) -> None:
    page = visit("/queries")
    for element in ("cq-map", "cq-timeline", "cq-chart"):
        drawn = put(page, element, [{"label": "nothing is known"}])
        assert drawn.locator(".drawing").count() == 0
        assert drawn.locator("table").is_visible()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("element", "rows"), [("cq-map", PLACES), ("cq-timeline", DAYS)])
def test_what_is_drawn_keeps_nobody_out(visit: Visitor, scheme: Scheme, element: str, rows: Rows) -> None:
    page = visit("/queries", scheme=scheme)
    put(page, element, rows)
    page.wait_for_timeout(200)
    assert barriers(page) == []


def test_keys_lead_to_pages_and_can_be_turned_off(visit: Visitor) -> None:
    page = visit("/queries")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    assert dialog.is_visible()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/attacks")
    page.keyboard.press("?")
    page.get_by_label("Single keys do this").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_timeout(400)
    assert page.url.endswith("/attacks")
    assert page.evaluate("Object.keys(localStorage)") == ["keys"]


def test_a_slash_searches_but_not_while_writing(visit: Visitor) -> None:
    page = visit("/attacks")
    page.keyboard.press("/")
    field = page.locator("[name=q]:focus")
    assert field.count() == 1
    page.keyboard.type("g/a?")
    assert field.input_value() == "g/a?"


def test_a_theme_is_chosen_and_kept(visit: Visitor) -> None:
    page = visit("/queries")
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Dark theme").click()
    assert page.evaluate(paper) != light
    page.reload()
    assert page.evaluate(paper) != light
    page.get_by_role("button", name="Light theme").click()
    assert page.evaluate(paper) == light
    assert page.evaluate("localStorage.length") == 0


def test_what_is_copied_is_what_the_button_says(visit: Visitor) -> None:
    page = visit("/attacks/balad-monday", permissions=["clipboard-read", "clipboard-write"])
    button = page.locator("[data-copy]").first
    assert button.is_visible()
    told = button.get_attribute("data-copy")
    button.click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == told


def test_a_filter_that_is_changed_changes_the_page_and_its_address(visit: Visitor) -> None:
    page = visit("/attacks")
    page.evaluate("window.same = true")
    box = page.locator("form[data-live] input[type=checkbox]").first
    name, value = box.get_attribute("name"), box.get_attribute("value")
    box.check()
    page.wait_for_url(f"**/attacks?{name}={value}")
    page.wait_for_selector(f"main:not([aria-busy]) [name={name}][value='{value}']:checked")
    assert page.evaluate("window.same")
    assert page.locator(f"[name={name}][value='{value}']").evaluate("box => box === document.activeElement")
    page.go_back()
    page.wait_for_selector("form[data-live] :checked", state="detached")
    assert page.evaluate("window.same")
    page.goto(f"/attacks?{name}={value}")
    assert page.locator(f"[name={name}][value='{value}']").is_checked()


def test_a_slider_asks_for_what_had_been_said_by_a_day(visit: Visitor) -> None:
    page = visit("/attacks/balad-monday")
    page.evaluate("""() => {
        const slider = document.querySelector('cq-slider'), days = ['2021-02-15', '2021-03-15', '2021-03-16'];
        slider.querySelector('.days')?.remove();
        Object.assign(slider.querySelector('[type=date]'), {min: days[0], max: days[2]});
        const next = slider.cloneNode(true);
        next.dataset.days = days.join(' ');
        slider.replaceWith(next);
    }""")
    slider = page.get_by_role("slider")
    assert slider.get_attribute("aria-valuetext") == "2021-03-16"
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**as_of=2021-03-15*")


SHIFTS = """window.shifts = 0
new PerformanceObserver(list => { for (const entry of list.getEntries()) shifts += entry.value })
    .observe({type: 'layout-shift', buffered: true})"""


@pytest.mark.parametrize("path", ["/attacks", "/attacks/balad-monday", "/queries", "/workbench"])
def test_nothing_moves_when_it_is_drawn(visit: Visitor, path: str) -> None:
    page = visit("about:blank")
    page.context.add_init_script(SHIFTS)
    page.goto(path)
    page.wait_for_timeout(1000)
    # Below 0.1 a page counts as still; this is a tenth of that.
    assert page.evaluate("shifts") < 0.01
