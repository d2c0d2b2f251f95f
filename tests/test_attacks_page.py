"""The page of all attacks: facets, list, map and time show the same set, and its address is its state."""

from __future__ import annotations

import json
import re

import httpx
import pytest


def counted(page: str, parameter: str) -> dict[str, int]:
    """The values of a facet and their counts, as the page shows them."""
    found = re.findall(
        rf'name="{parameter}" value="([^"]+)"[^>]*>.*?<span class="of">(\d+)</span></label>', page, re.DOTALL
    )
    return {value: int(count) for value, count in found}


def listed(page: str) -> set[str]:
    return set(re.findall(r'<li class="panel" data-id="([^"]+)"', page))


def test_the_page_lists_what_the_data_lists(client: httpx.Client) -> None:
    rows = client.get("/attacks.json").json()["rows"]
    assert listed(client.get("/attacks").text) == {row["attack"]["id"] for row in rows}


@pytest.mark.parametrize("parameter", ["said", "claim", "type", "place", "claimant", "accused"])
def test_a_count_is_what_choosing_it_gives(client: httpx.Client, parameter: str) -> None:
    values = counted(client.get("/attacks").text, parameter)
    assert values
    for value, count in values.items():
        assert len(listed(client.get("/attacks", params={parameter: value}).text)) == count


def test_several_values_of_a_facet_are_any_of_them(client: httpx.Client) -> None:
    one, other, both = (
        listed(client.get("/attacks", params={"said": values}).text)
        for values in (["claimed"], ["blamed"], ["claimed", "blamed"])
    )
    assert both == one | other
    assert one != other


def test_what_is_chosen_stays_so_and_the_rest_is_counted_beside_it(client: httpx.Client) -> None:
    page = client.get("/attacks", params={"said": "blamed"}).text
    assert re.search(r'name="said" value="blamed" checked', page)
    assert counted(page, "said")["claimed"] == 1
    assert counted(page, "claimant") == {}


def test_the_map_and_the_dates_are_of_the_same_set(client: httpx.Client) -> None:
    page = client.get("/attacks", params={"place": "anbar"}).text
    assert "2 attacks" in page
    assert "1 that no account dates" in page


def test_nobody_is_named_without_who_says_so(client: httpx.Client) -> None:
    page = client.get("/attacks").text
    lines = re.findall(r'<p class="line"><span class="tag.*?</p>', page, re.DOTALL)
    assert len(lines) >= 5
    assert any("blames" in line and "military sources" in line and "suggest" in line for line in lines)
    assert all("according to" in line for line in lines)
    assert "no claim, blame or denial of responsibility is recorded" in page


def test_a_wrong_filter_is_told(client: httpx.Client) -> None:
    found = client.get("/attacks", params={"type": "nonsense"})
    assert found.status_code == 400
    assert "there is no code" in found.text


def test_points_are_geojson(client: httpx.Client) -> None:
    found = client.get("/attacks.geojson")
    assert found.headers["content-type"] == "application/geo+json"
    features = json.loads(found.text)["features"]
    assert any(f["geometry"] is None for f in features)
    for feature in features:
        if feature["geometry"]:
            longitude, latitude = feature["geometry"]["coordinates"]
            assert 38 < longitude < 49
            assert 29 < latitude < 38
