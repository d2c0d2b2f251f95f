"""Pages of what there is of each kind: filters, evidence, and the same data by suffix."""

from __future__ import annotations

import re

import httpx
import pytest

from communique.pages.collections import COLLECTIONS
from communique.suffix import FORMS

NAMES = [collection.name for collection in COLLECTIONS]


@pytest.mark.parametrize("name", NAMES)
def test_a_collection_has_a_page(client: httpx.Client, name: str) -> None:
    found = client.get(f"/{name}")
    assert found.status_code == 200
    assert found.headers["content-type"].startswith("text/html")
    assert client.get(f"/{name}", headers={"If-None-Match": found.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("form", [form.name for form in FORMS])
@pytest.mark.parametrize("address", ["actors", "contradictions", "actors/john-f-kirby", "statements"])
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
