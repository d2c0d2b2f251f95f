"""The attacks as a page: the list, its facets, its map and its timeline are of one set, and nothing is said in our own voice."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from communique import binding, catalog
from communique.binding import BOUND, WHERE_GIVEN
from communique.content import open_content
from communique.errors import Faulty
from communique.param import one_of
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
    """What narrows a query by what is given; a bound of its first rows is not given by anybody."""
    found = [(WHERE_GIVEN.match(line), line.strip()) for line in QUERIES[name].text.splitlines()]
    return [line for given, line in found if given and given["name"] != BOUND]


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
    assert binding.bind(query, {}) == query.asked
    assert query.text.endswith(query.asked)
    assert "#+" not in query.asked
    bound = binding.bind(query, query.typed({"said": ["claimed"]}))
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
