"""The attacks as a page: the list, its facets, its map and its timeline are of one set, and nothing is said in our own voice."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import httpx
import pytest

from communique import catalog
from communique.catalog import WHERE_GIVEN, one_of
from communique.content import open_content
from communique.errors import Faulty
from communique.pages import atom, entries, facets, spans
from communique.vocab import ID
from conftest import ROOT

QUERIES = catalog.load(open_content(ROOT)).queries
COUNTS = [name for name in QUERIES if name.startswith("attacks-by-")]
# What narrows attacks, alone and together.
NARROWED: list[dict[str, str | list[str]]] = [
    {}, {"q": "balad"}, {"place": "anbar"}, {"place": ["anbar", "erbil"]}, {"type": "rocket-attack"}, {"precision": "site"},
    {"said": "claimed"}, {"said": ["claimed", "blamed"]}, {"claim": "none-recorded"}, {"claim": "none-said"},
    {"from": "2021-03-01"}, {"to": "2021-02-20"}, {"from": "2021-02-16", "to": "2021-02-28"}, {"actor": "us-military"},
    {"claimant": "saraya-awliya-al-dam"}, {"accused": "seven-rockets.pro-iranian-militias"}, {"denier": "us-military"},
    {"place": "iraq", "said": "blamed", "claim": "none-recorded", "from": "2021-01-01", "q": "rockets"},
]  # fmt: skip


def rows(client: httpx.Client, query: str, given: dict[str, str | list[str]]) -> list[dict[str, object]]:
    answer = client.get(f"/api/{query}", params=given)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["rows"]
    return found


def total(found: list[dict[str, object]], column: str = "attacks") -> int:
    return sum(int(str(row[column])) for row in found)


def lines(name: str) -> list[str]:
    return [line.strip() for line in QUERIES[name].text.splitlines() if WHERE_GIVEN.match(line)]


@pytest.mark.parametrize("name", COUNTS)
def test_what_counts_attacks_is_narrowed_as_their_list(name: str) -> None:
    assert lines(name) == lines("attacks")
    assert QUERIES[name].params == QUERIES["attacks"].params


@pytest.mark.parametrize("given", NARROWED, ids=str)
def test_counts_are_those_of_the_list(given: dict[str, str | list[str]], client: httpx.Client) -> None:
    listed = rows(client, "attacks", given)
    assert total(rows(client, "attacks-by-date", given)) == len(listed)
    assert total(rows(client, "attacks-by-type", given)) == len(listed)
    assert total(rows(client, "attacks-by-place", given), "here") == sum(row["at"] is not None for row in listed)
    for said in rows(client, "attacks-by-said", given):
        both = {**given, "said": str(said["kind"])}
        if "said" not in given:
            assert len(rows(client, "attacks", both)) == said["attacks"]


def test_several_values_are_any_of_them_and_several_filters_all_of_them(client: httpx.Client) -> None:
    def names(given: dict[str, str | list[str]]) -> set[str]:
        return {str(row["attack"]["id"]).rpartition("/")[2] for row in rows(client, "attacks", given)}  # type: ignore[index]

    assert names({"said": "claimed"}) == {"balad-20-february"}
    assert names({"said": ["claimed", "blamed"]}) == {"balad-20-february", "balad-monday"}
    assert names({"said": ["claimed", "blamed"], "claim": "none-recorded"}) == {"balad-monday"}
    assert names({"claim": "none-said"}) == {"balad-monday"}
    assert names({"said": "denied"}) == set()


def test_a_word_that_is_none_of_those_is_refused(client: httpx.Client) -> None:
    assert one_of("one-of:a,b") == ("a", "b")
    assert one_of("text") == ()
    answer = client.get("/api/attacks", params={"said": "unclaimed"})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "said")


def test_a_line_is_part_of_a_query_where_its_parameter_is_given() -> None:
    query = QUERIES["attacks"]
    assert catalog.bind(query, {}) == query.text
    bound = catalog.bind(query, query.typed({"said": ["claimed"]}))
    assert 'VALUES ?said { "claimed" }' in bound
    assert re.search(r"^ +VALUES \(\?said \?shortcut\)", bound, re.MULTILINE)
    assert "#? place:" in bound


def test_a_line_for_no_parameter_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "x.rq"
    file.write_text("#+ title: X\n#+ column: x node X\nSELECT ?x WHERE {\n  #? y: ?x ?p ?y .\n  ?x ?p ?o }\n")
    with pytest.raises(Faulty) as found:
        catalog.read(file)
    assert any("'y'" in fault.message for fault in found.value.faults)


def test_openapi_names_the_words(client: httpx.Client) -> None:
    params = client.get("/openapi.json").json()["paths"]["/api/attacks"]["get"]["parameters"]
    (said,) = [param for param in params if param["name"] == "said"]
    assert said["schema"]["items"]["enum"] == ["claimed", "blamed", "denied", "answered"]


# -- the page


def page(client: httpx.Client, address: str = "/attacks", status: int = 200) -> str:
    answer = client.get(address, headers={"accept": "text/html"})
    assert answer.status_code == status, answer.text
    return answer.text


def listed(text: str) -> list[str]:
    """The attacks of a page, by name, in their order."""
    return re.findall(r'<li class="entry" data-id="[^"]*/([^"/]+)"', text)


def counted(text: str) -> dict[tuple[str, str], int]:
    """Facet and value -> how many attacks."""
    found = re.findall(
        r'name="(\w+)" value="([^"]+)"(?: checked)?>.*?<span class="count">([\d,]+)</span>', text, re.DOTALL
    )
    return {(param, value): int(count.replace(",", "")) for param, value, count in found}


@pytest.mark.parametrize("given", NARROWED, ids=str)
def test_the_page_lists_what_its_data_does(given: dict[str, str | list[str]], client: httpx.Client) -> None:
    address = f"/attacks?{urlencode(given, doseq=True)}"
    names = [str(row["attack"]["id"]).rpartition("/")[2] for row in rows(client, "attacks", given)]  # type: ignore[index]
    assert listed(page(client, address)) == names


def test_the_count_of_a_value_is_how_many_attacks_it_leaves(client: httpx.Client) -> None:
    for before in ({}, {"place": "iraq"}, {"said": "blamed"}, {"type": "rocket-attack", "place": "anbar"}):
        counts = counted(page(client, f"/attacks?{urlencode(before)}"))
        assert len(counts) > 5
        for (param, value), count in counts.items():
            alone = {**{k: v for k, v in before.items() if k != param}, param: value}
            assert len(listed(page(client, f"/attacks?{urlencode(alone)}"))) == count, (before, param, value)


def test_what_is_chosen_is_in_the_address_and_one_link_takes_it_back(client: httpx.Client) -> None:
    text = page(client, "/attacks?said=claimed&said=blamed&place=anbar&q=")
    assert re.search(r'name="said" value="claimed" checked', text)
    links = [html.unescape(href) for href in re.findall(r'<li><a href="([^"]+)"><span class="hide">Without', text)]
    assert links == [
        "/attacks?said=blamed&place=anbar",
        "/attacks?said=claimed&place=anbar",
        "/attacks?said=claimed&said=blamed",
    ]
    assert '<a class="clear" href="/attacks">' in text
    assert 'href="/attacks.csv?said=claimed&amp;said=blamed&amp;place=anbar"' in text
    assert 'href="/queries/attacks?said=claimed&amp;said=blamed&amp;place=anbar"' in text


def test_map_timeline_and_list_are_of_one_set(client: httpx.Client) -> None:
    text = page(client, "/attacks?place=anbar")
    (map_,) = re.findall(r"<cq-map.*?</cq-map>", text, re.DOTALL)
    (time,) = re.findall(r"<cq-timeline.*?</cq-timeline>", text, re.DOTALL)
    assert re.findall(r'data-label="([^"]+)" data-lat="([^"]+)" data-long="([^"]+)"', map_) == [
        ("al-Qaim", "34.39251", "40.98945")
    ]
    # What has no sourced coordinates or no date is beside them, and not drawn.
    assert 'al-Assad air base</bdi></a> <span class="of">1, no source gives its coordinates' in text
    assert re.findall(r'data-label="([^"]+)" data-lane', time) == ["Rockets at al-Assad air base"]
    assert 'data-latest="2021-03-04T11:59:59Z" data-inferred="true"' in time
    assert "data-earliest" not in time
    assert re.search(r"1 that no account dates: .*Bombing at al-Qaim", text)


def test_nothing_is_told_without_by_whom(client: httpx.Client) -> None:
    text = page(client)
    entries = dict(zip(listed(text), text.split('<li class="entry"')[1:], strict=True))
    monday = re.sub(r"<[^>]+>|\s+", " ", entries["balad-monday"])
    monday = re.sub(r"\s+([,”])", r"\1", re.sub(r"\s+", " ", monday)).replace("“ ", "“")
    assert "2021-03-15 inferred by Communiqué" in monday
    assert "“on Monday”, according to Atalayar" in monday
    assert "Pro-Iranian militias, according to source not stated (“reportedly launched”) hedged" in monday
    assert "nobody had claimed it, according to Atalayar" in monday
    assert "no denial is recorded" in monday
    for entry in entries.values():
        for line in re.findall(r'<li><span class="tag.*?</li>', entry, re.DOTALL):
            assert 'href="/statements/' in line or "accounts" in line, line


def test_a_long_list_goes_on_behind_a_link(client: httpx.Client) -> None:
    first = page(client, "/attacks?limit=4&place=iraq")
    link = re.search(r'<a href="([^"]+)" rel="next">', first)
    assert link
    second = page(client, html.unescape(link[1]))
    assert listed(first) + listed(second) == listed(page(client, "/attacks?place=iraq"))
    # All of them are counted and drawn, also those on another page.
    assert "6 attacks" in second
    assert len(re.findall(r'data-count="\d+"', re.findall(r"<cq-timeline.*?</cq-timeline>", second, re.DOTALL)[0])) == 5


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/attacks?place=atlantis", 404), ("/attacks?from=%3Cb%3Eyesterday", 400), ("/attacks?said=unclaimed", 400),
        ("/attacks?nonsense=1", 400), ("/attacks?next=abc", 400), ("/attacks?from=2023&to=2021", 400),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_above_all_attacks(address: str, status: int, client: httpx.Client) -> None:
    text = page(client, address, status)
    assert '<p class="notice" role="alert">' in text
    assert "<b>yesterday" not in text
    assert len(listed(text)) == 6


def test_the_page_is_not_sent_twice(client: httpx.Client) -> None:
    for address in ("/attacks", "/attacks.geojson", "/attacks.atom"):
        tag = client.get(address).headers["etag"]
        assert client.get(address, headers={"if-none-match": tag}).status_code == 304


# -- its other forms


def test_geojson_has_a_feature_for_each_and_a_point_only_where_a_source_gives_one(client: httpx.Client) -> None:
    answer = client.get("/attacks.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    found = answer.json()
    assert found["type"] == "FeatureCollection"
    features = {str(f["id"]).rpartition("/")[2]: f for f in found["features"]}
    assert len(features) == 6
    assert {name for name, f in features.items() if f["geometry"]} == {"al-qaim-bombing"}
    assert features["al-qaim-bombing"]["geometry"] == {"type": "Point", "coordinates": [40.98945, 34.39251]}
    monday = features["balad-monday"]["properties"]
    assert (monday["precision"], monday["inferred"], monday["undated"]) == ("site", True, False)
    assert all(told["by"] for key in ("dates", "places", "said") for told in monday[key])
    assert {told["kind"] for told in monday["said"]} == {"blamed", "silence"}


def test_geojson_pages(client: httpx.Client) -> None:
    first = client.get("/attacks.geojson", params={"limit": 4, "place": "iraq"})
    rest = client.get(first.json()["next"]).json()
    assert first.links["next"]["url"] == first.json()["next"]
    assert len({f["id"] for f in first.json()["features"] + rest["features"]}) == 6


def test_the_feed_is_atom(client: httpx.Client) -> None:
    answer = client.get("/attacks.atom", params={"said": ["claimed", "blamed"]})
    assert answer.headers["content-type"].startswith("application/atom+xml")
    top = ET.fromstring(answer.content)  # noqa: S314 - our own answer
    assert top.tag == f"{{{atom.ATOM}}}feed"
    atoms = {"a": atom.ATOM}
    for parent in (top, *top.findall("a:entry", atoms)):
        for needed in ("id", "title", "updated"):
            assert len(parent.findall(f"a:{needed}", atoms)) == 1
            assert parent.findtext(f"a:{needed}", namespaces=atoms)
    assert {entry.findtext("a:id", namespaces=atoms) for entry in top.findall("a:entry", atoms)} == {
        "https://w3id.org/communique/id/event/balad-monday", "https://w3id.org/communique/id/event/balad-20-february",
    }  # fmt: skip
    # Its date is that of the reports, not of the clock, nor of our own inferences.
    assert top.findtext("a:updated", namespaces=atoms) == "2021-04-01T11:59:59Z"
    assert top.find("a:link[@rel='self']", atoms).get("href", "").endswith("/attacks.atom?said=claimed&said=blamed")  # type: ignore[union-attr]
    summary = str(top.findtext("a:entry/a:summary", namespaces=atoms))
    assert all(" by " in line or "according to" in line for line in summary.splitlines())


# -- what pages are made of


def node(iri: str, label: str) -> dict[str, str]:
    return {"id": iri, "label": label}


def test_hostile_names_are_inert_in_a_feed() -> None:
    hostile = entries.Entry(
        node(f"{ID}event/x", "</title><script>\u202e\x07 & ]]>"), None, None, None, None, [], [], [], [], None
    )
    made = ET.fromstring(atom.feed([hostile], "http://x.example", "/attacks", "/attacks.atom"))  # noqa: S314 - our own
    title = made.findtext("a:entry/a:title", namespaces={"a": atom.ATOM})
    assert title == "</title><script>⟦U+202E⟧⟦U+0007⟧ & ]]>"


def test_spans_are_counted_by_the_days_that_were_written() -> None:
    found = spans.bins([
        {"earliest": "2021-02-28T10:00:00Z", "latest": "2021-03-02T11:59:59Z", "attacks": 2},
        {"earliest": None, "latest": "2021-03-02T11:59:59Z", "attacks": 1},
        {"earliest": None, "latest": None, "attacks": 4},
    ])  # fmt: skip
    assert found == [spans.Bin("2021-03-01", 3)]
    assert (found[0].earliest, found[0].latest) == ("2021-02-28T10:00:00Z", "2021-03-02T11:59:59Z")


@pytest.mark.parametrize(("days", "text"), [(60, "2021-03-01"), (400, "2021-03"), (4000, "2021")])
def test_many_days_are_told_by_month_or_year(days: int, text: str) -> None:
    begin = datetime(2021, 3, 1, 10, tzinfo=UTC) - timedelta(days=1)
    rows = [
        {"earliest": (begin + timedelta(days=n)).strftime("%Y-%m-%dT%H:%M:%SZ"), "latest": None, "attacks": 1}
        for n in range(days)
    ]
    found = spans.bins(rows)
    assert found[0].text == text
    assert len(found) <= spans.MOST
    assert sum(each.attacks for each in found) == spans.total(rows) == days


def test_places_that_lie_within_each_other_end() -> None:
    a, b = node(f"{ID}place/a", "A"), node(f"{ID}place/b", "B")
    place = {"precision": None, "lat": None, "long": None, "here": 1, "attacks": 1}
    kind = next(kind for kind in facets.KINDS if kind.param == "place")
    circle = [{"place": a, "within": b, **place}, {"place": b, "within": a, **place}]
    assert [value.name for value in kind.read(circle, ["a"])] == ["a"]
    chain = [{"place": a, "within": None, **place}, {"place": b, "within": a, **place}]
    assert [(value.name, value.depth) for value in kind.read(chain, [])] == [("a", 0), ("b", 1)]
