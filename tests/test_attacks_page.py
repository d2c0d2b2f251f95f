"""The page of all attacks: facets, list, map and time show the same set, and its address is its state."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import httpx
import pytest

from communique.pages import feed, spans


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


# -- feeds, and spans of very many

ATOMS = {"a": feed.ATOM}


def test_the_attacks_are_a_feed_whose_dates_are_the_datas_own(client: httpx.Client) -> None:
    answer = client.get("/attacks.atom", params={"said": ["claimed", "blamed"]})
    assert answer.headers["content-type"].startswith("application/atom+xml")
    top = ET.fromstring(answer.content)  # noqa: S314 - our own answer
    _whole(top)
    assert {entry.findtext("a:id", namespaces=ATOMS) for entry in top.findall("a:entry", ATOMS)} == {
        "https://w3id.org/communique/id/event/balad-monday", "https://w3id.org/communique/id/event/balad-20-february",
    }  # fmt: skip
    dates = [str(each.findtext("a:updated", namespaces=ATOMS)) for each in (top, *top.findall("a:entry", ATOMS))]
    assert dates == [max(dates), *sorted(dates[1:], reverse=True)]
    assert dates[-1] != feed.NEVER
    own = top.find("a:link[@rel='self']", ATOMS)
    assert own is not None
    assert own.get("href", "").endswith("/attacks.atom?said=claimed&said=blamed")
    told = [line for entry in top.findall("a:entry", ATOMS) for line in _summary(entry)]
    assert all("according to" in line or "inferred by" in line or "as the accounts allow" in line for line in told)
    assert any("Saraya" in line and line.startswith("claims") for line in told)


def test_what_is_said_of_an_attack_is_a_feed_of_statements(client: httpx.Client) -> None:
    said = client.get("/api/attacks/balad-monday/accounts").json()["rows"]
    top = ET.fromstring(client.get("/attacks/balad-monday.atom").content)  # noqa: S314 - our own answer
    _whole(top)
    entries = top.findall("a:entry", ATOMS)
    assert {entry.findtext("a:id", namespaces=ATOMS) for entry in entries} == {r["statement"]["id"] for r in said}
    assert all(entry.findtext("a:author/a:name", namespaces=ATOMS) for entry in entries)
    assert all(_summary(entry)[0].startswith("“") for entry in entries)
    assert client.get("/attacks/no-such.atom").status_code == 404


def test_hostile_words_are_inert_in_a_feed() -> None:
    hostile = feed.Item("urn:x", "/attacks/x", "</title><script>\u202e\x07 & ]]>", [], None)
    made = ET.fromstring(feed.feed("t", [hostile], "http://x.example", "/attacks", "/attacks.atom"))  # noqa: S314
    assert made.findtext("a:entry/a:title", namespaces=ATOMS) == "</title><script>⟦U+202E⟧⟦U+0007⟧ & ]]>"


def _whole(top: ET.Element) -> None:
    """A feed and its entries have each what RFC 4287 asks for (sections 4.1.1 and 4.1.2)."""
    assert top.tag == f"{{{feed.ATOM}}}feed"
    for parent in (top, *top.findall("a:entry", ATOMS)):
        for needed in ("id", "title", "updated"):
            assert len(parent.findall(f"a:{needed}", ATOMS)) == 1
            assert parent.findtext(f"a:{needed}", namespaces=ATOMS)


def _summary(entry: ET.Element) -> list[str]:
    return str(entry.findtext("a:summary", namespaces=ATOMS)).splitlines()


@pytest.mark.parametrize(("days", "words"), [(60, "2021-03-01"), (900, "2021-03"), (20000, "2021")])
def test_very_many_spans_are_told_by_month_or_year(days: int, words: str) -> None:
    begin = datetime(2021, 3, 1, 10, tzinfo=UTC) - timedelta(days=1)
    rows = [{"earliest": _stamp(begin + timedelta(days=n)), "latest": None, "attacks": 1} for n in range(days)]
    found = spans.shown(rows)
    assert words in found[0].words
    assert len(found) <= spans.MOST
    assert sum(each.attacks for each in found) == days
    assert found[0].earliest


def _stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
