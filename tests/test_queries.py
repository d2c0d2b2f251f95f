"""Every named query against its expected rows, read off the article by hand; and what the article does not say."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from communique import binding, catalog
from communique.content import Content, open_content
from communique.store.embedded import Embedded
from communique.vocab import CMQ, node
from conftest import ROOT

QUERIES = catalog.load(open_content(ROOT)).queries
ATTACKS = {
    "balad-monday", "balad-20-february", "al-assad-rockets", "erbil-15-february", "green-zone-rockets", "al-qaim-bombing",
}  # fmt: skip


def table(store: Embedded, text: str) -> list[str]:
    results = store.query(text)
    assert isinstance(results, ox.QuerySolutions)
    return (results.serialize(format=ox.QueryResultsFormat.CSV) or b"").decode().splitlines()


@pytest.mark.parametrize("name", QUERIES)
def test_expected_rows(name: str, store: Embedded) -> None:
    query = QUERIES[name]
    expected = (ROOT / "tests" / "expected" / f"{name}.csv").read_text("utf-8").splitlines()
    found = table(store, binding.bind(query, query.typed(query.example)))
    assert found[0] == ",".join(c.name for c in query.columns)
    assert found == expected


@pytest.mark.parametrize("name", QUERIES)
def test_each_row_once(name: str, store: Embedded) -> None:
    query = QUERIES[name]
    found = table(store, binding.bind(query, query.typed(query.example)))
    assert len(found) == len(set(found))


def test_counts_are_those_of_the_statements(store: Embedded) -> None:
    maintained, direct = (table(store, QUERIES[name].text) for name in ("counts", "counts-from-statements"))
    assert maintained == direct
    assert len(maintained) > 10


def pairs(store: Embedded, shortcut: str) -> set[tuple[str, str]]:
    found = table(store, f"SELECT ?e ?a WHERE {{ ?e <{CMQ}{shortcut}> ?a }}")[1:]
    return {tuple(iri.rpartition("/")[2] for iri in row.split(",")) for row in found}  # type: ignore[misc]


def test_six_attacks(store: Embedded) -> None:
    found = table(store, f"SELECT ?e WHERE {{ ?e a <{CMQ}Attack> }}")[1:]
    assert {iri.rpartition("/")[2] for iri in found} == ATTACKS


def test_only_the_february_attack_on_balad_is_claimed(store: Embedded) -> None:
    assert pairs(store, "hasClaimant") == {("balad-20-february", "saraya-awliya-al-dam")}


def test_only_two_unnamed_classes_are_blamed_and_only_for_monday(store: Embedded) -> None:
    assert pairs(store, "hasAccused") == {
        ("balad-monday", "seven-rockets.pro-iranian-militias"),
        ("balad-monday", "seven-rockets.iranian-backed-armed-militias"),
    }


def test_nobody_denies_responsibility(store: Embedded) -> None:
    assert pairs(store, "hasDenier") == set()
    assert not store.query(f"ASK {{ ?s a <{CMQ}ResponsibilityDenial> }}")


def test_al_qaim_is_a_response_to_no_named_attack(store: Embedded) -> None:
    assert pairs(store, "respondsTo") == set()
    assert pairs(store, "hasRespondent") == {
        ("al-qaim-bombing", "us-military"),
        ("al-qaim-bombing", "biden-administration"),
    }
    assert store.query(f"ASK {{ {node('event', 'al-qaim-bombing')} a <{CMQ}Response> }}")


def test_nobody_is_said_to_be_wounded_at_balad(store: Embedded) -> None:
    text = f"SELECT ?p WHERE {{ ?p <{CMQ}aboutEvent> ?e ; <{CMQ}aspect> <https://w3id.org/communique/code/aspect/wounded> VALUES ?e {{ {node('event', 'balad-monday')} {node('event', 'balad-20-february')} }} }}"
    assert table(store, text)[1:] == []


def test_the_two_accounts_of_rockets_outside_differ(store: Embedded) -> None:
    found = values_of_pairs(store, "differsFrom")
    assert {"5", "2"} in found  # outside the base
    assert {"7"} in found  # "seven" and "at least seven"
    assert {"10", "0.5"} in found  # landed, and intercepted


def values_of_pairs(store: Embedded, relation: str) -> list[set[str]]:
    text = f"""SELECT ?x ?y WHERE {{ ?a <{CMQ}{relation}> ?b . ?a <{CMQ}expresses>/<{CMQ}value> ?x . ?b <{CMQ}expresses>/<{CMQ}value> ?y }}"""
    return [set(row.split(",")) for row in table(store, text)[1:]]


def test_the_outlet_dates_nothing_that_it_did_not_date(store: Embedded) -> None:
    """Years and weekdays come from us alone, and say so."""
    text = f"""SELECT DISTINCT ?voice WHERE {{ ?p <{CMQ}aboutEvent>/a <{CMQ}Attack> ; <{CMQ}latest> ?l . ?s <{CMQ}expresses> ?p ; <{CMQ}voice> ?voice }}"""
    assert [row.rpartition("/")[2] for row in table(store, text)[1:]] == ["inference"]


def test_no_coordinates_for_a_base(store: Embedded) -> None:
    geo = "http://www.w3.org/2003/01/geo/wgs84_pos#"
    assert not store.query(f"ASK {{ ?place a <{CMQ}MilitaryBase> ; <{geo}lat> ?lat }}")


def test_the_graph_is_a_hundred_statements(content: Content, store: Embedded) -> None:
    found = table(store, f"SELECT (COUNT(*) AS ?n) WHERE {{ ?s a <{CMQ}Statement> }}")
    assert int(found[1]) > 100
    assert content.reports()
