"""Pages of what there is of each kind: filters, evidence, and the same data by suffix."""

from __future__ import annotations

import re

import httpx
import pytest

from communique.pages.collections import COLLECTIONS
from communique.pages.found import marked
from communique.suffix import FORMS

NAMES = [collection.name for collection in COLLECTIONS]


@pytest.mark.parametrize("name", NAMES)
def test_a_collection_has_a_page(client: httpx.Client, name: str) -> None:
    found = client.get(f"/{name}")
    assert found.status_code == 200
    assert found.headers["content-type"].startswith("text/html")
    assert client.get(f"/{name}", headers={"If-None-Match": found.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    ("address", "form"),
    [
        *((address, form.name) for address in ("actors", "contradictions", "statements") for form in FORMS),
        *(("actors/john-f-kirby", form.name) for form in FORMS if form.name != "csv"),
    ],
)
def test_a_page_has_its_data_by_suffix(client: httpx.Client, address: str, form: str) -> None:
    found, asked = client.get(f"/{address}.{form}"), client.get(f"/api/{address}", params={"format": form})
    assert (found.status_code, found.content) == (asked.status_code, asked.content)
    assert found.headers["content-type"] == asked.headers["content-type"]


def test_an_unnamed_actor_has_a_dot_in_its_name_and_a_suffix_behind_it(client: httpx.Client) -> None:
    found = client.get("/actors/seven-rockets.military-sources.json").json()
    assert found["rows"][0]["id"].endswith("/seven-rockets.military-sources")


def test_the_filters_of_a_page_are_those_of_its_data(client: httpx.Client) -> None:
    page = client.get("/statements", params={"stance": "blames", "actor": ""}).text
    rows = client.get("/statements.json", params={"stance": "blames"}).json()["rows"]
    assert page.count('<article class="card card-blamed"') == len({row["statement"]["id"] for row in rows}) > 0
    assert '<article class="card card-none"' not in page
    assert 'href="/statements.csv?stance=blames&amp;actor="' in page


def test_a_long_list_goes_on_behind_a_link(client: httpx.Client) -> None:
    first = client.get("/statements", params={"limit": 5}).text
    found = re.search(r'<a href="([^"]*)" rel="next">', first)
    assert found
    second = client.get(found[1].replace("&amp;", "&")).text
    names = [set(re.findall(r'id="s-(\w+)"', page)) for page in (first, second)]
    assert 0 < len(names[1]) <= 5
    assert names[0] != names[1]


def test_a_wrong_filter_is_told_beside_its_field(client: httpx.Client) -> None:
    found = client.get("/statements", params={"from": "<b>yesterday</b>"})
    assert found.status_code == 400
    assert "is not an EDTF date" in found.text
    assert "<b>yesterday" not in found.text


def test_what_nobody_said_is_told_so(client: httpx.Client) -> None:
    assert "no statement is recorded" in client.get("/statements", params={"stance": "threatens"}).text


def test_differences_stand_under_what_they_are_about(client: httpx.Client) -> None:
    page = client.get("/differences").text
    rows = client.get("/differences.json").json()["rows"]
    assert {row["about"]["label"] for row in rows} == {
        row["about"]["label"] for row in rows if f"<bdi>{row['about']['label']}</bdi></a></h2>" in page
    }


def test_the_first_page_has_something_of_everything(client: httpx.Client) -> None:
    page = client.get("/").text
    assert page.count('href="/attacks/') >= 6
    assert 'class="clash"' in page
    assert 'href="/queries/attack-claims"' in page


def test_a_place_shows_who_is_said_to_be_there_and_who_says_so(client: httpx.Client) -> None:
    page = client.get("/places/balad-air-base").text
    rows = client.get("/api/places/balad-air-base/presence").json()["rows"]
    assert rows
    assert all(f'data-id="{row["statement"]["id"]}"' in page for row in rows)
    assert 'href="/attacks/balad-monday"' in page


def test_a_place_without_sourced_coordinates_has_no_point(client: httpx.Client) -> None:
    page = client.get("/places/anbar").text
    assert "<cq-map" not in page
    assert "no source gives its coordinates" in page
    assert "<cq-map" in client.get("/places/baghdad").text


def test_a_place_nobody_knows_is_not_found(client: httpx.Client) -> None:
    assert client.get("/places/nowhere").status_code == 404


def test_a_search_marks_the_words_and_tells_of_what_they_are_a_part(client: httpx.Client) -> None:
    page = client.get("/search", params={"q": "BLOOD"}).text
    rows = client.get("/search.json", params={"q": "BLOOD"}).json()["rows"]
    assert page.count("<mark>Blood</mark>") == len(rows) > 0
    assert "no name, title or quote with these words" in client.get("/search", params={"q": "zzz"}).text


def test_a_search_without_words_is_a_form(client: httpx.Client) -> None:
    found = client.get("/search")
    assert found.status_code == 200
    assert "<mark>" not in found.text


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "\u202e", "x" * 501])
def test_what_is_searched_for_is_inert(client: httpx.Client, words: str) -> None:
    found = client.get("/search", params={"q": words})
    assert found.status_code in (200, 400)
    assert "<script>alert" not in found.text


def test_marking_leaves_the_text_as_it_is() -> None:
    assert marked("Blood and blood", "blood") == [("Blood", True), (" and ", False), ("blood", True)]
    assert marked("\u0130x", "x") == [("\u0130x", False)]


@pytest.mark.parametrize(
    ("thing", "question"),
    [
        ("attacks/balad-monday", "attack-accounts?attack=balad-monday"),
        ("events/nato-enlargement", "event-statements?event=nato-enlargement"),
        ("actors/seven-rockets.pro-iranian-militias", "actor-statements?actor=seven-rockets.pro-iranian-militias"),
        ("places/balad-air-base", "place-attacks?place=balad-air-base"),
        ("reports/seven-rockets", "report-statements?report=seven-rockets"),
    ],
)
def test_a_thing_has_a_table_of_what_is_told_of_it(client: httpx.Client, thing: str, question: str) -> None:
    found = client.get(f"/{thing}.csv")
    assert found.headers["content-type"].startswith("text/csv")
    assert found.text == client.get(f"/api/queries/{question}", headers={"accept": "text/csv"}).text
    assert f'href="/{thing}.csv"' in client.get(f"/{thing}", headers={"accept": "text/html"}).text
