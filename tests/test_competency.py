"""The competency questions: each answered by a named query, and no term without a question that needs it."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from communique import catalog
from communique.content import open_content
from communique.lint import names, questions
from communique.vocab import CMQ, RDFS
from conftest import ROOT

CONTENT = open_content(ROOT)
QUESTIONS = questions(CONTENT)
QUERIES = {path.stem: path for path in CONTENT.queries()}
RULES = {path.stem: path for path in CONTENT.rules()}
SAMPLE = ROOT / "tests" / "shapes" / "sample.ttl"


def example() -> ox.Store:
    """The sample of the shapes, of every kind of node, with what the rules make of it and the code lists."""
    store = ox.Store()
    store.bulk_load(path=SAMPLE)
    store.bulk_load(path=CONTENT.schemes)
    for path in RULES.values():
        made = store.query(catalog.read(path).text)
        assert isinstance(made, ox.QueryTriples)
        store.extend([ox.Quad(*triple) for triple in made])
    return store


STORE = example()


def text(paths: list[Path]) -> str:
    return "\n".join(path.read_text("utf-8") for path in paths)


def used(title: str) -> set[str]:
    """The terms that a question's queries, rules and SPARQL name, each by its own prefixes."""
    lists = QUESTIONS[title]
    files = [QUERIES[name] for name in lists["Queries"]] + [RULES[name] for name in lists.get("Rules", [])]
    found = set().union(*(names(part) for part in [*(text([file]) for file in files), *lists["Snippets"]]))
    return {term.value.removeprefix(str(CMQ)) for term in found}


def terms() -> set[str]:
    ontology = ox.NamedNode(str(CMQ))
    triples = ox.parse(path=CONTENT.core)
    return {
        quad.subject.value.removeprefix(str(CMQ))
        for quad in triples
        if quad.predicate == RDFS.isDefinedBy and quad.object == ontology and isinstance(quad.subject, ox.NamedNode)
    }


def test_every_heading_is_a_question_that_is_read() -> None:
    headings = re.findall(r"^## (.+)$", CONTENT.competency.read_text("utf-8"), re.MULTILINE)
    assert headings == [*QUESTIONS]
    assert all(heading.endswith("?") for heading in headings)


@pytest.mark.parametrize("title", QUESTIONS)
def test_a_question_names_queries_and_rules_that_are_there(title: str) -> None:
    lists = QUESTIONS[title]
    assert lists["Queries"]
    assert set(lists["Queries"]) <= {*QUERIES}
    assert set(lists.get("Rules", [])) <= {*RULES}


@pytest.mark.parametrize("title", QUESTIONS)
def test_the_terms_of_a_question_are_those_that_its_queries_name(title: str) -> None:
    listed = QUESTIONS[title]["Terms"]
    assert listed
    assert len(listed) == len(set(listed))
    assert set(listed) - used(title) == set()


@pytest.mark.parametrize("title", [title for title in QUESTIONS if QUESTIONS[title]["Snippets"]])
def test_the_sparql_of_a_question_finds_something_and_needs_its_terms(title: str) -> None:
    (snippet,) = QUESTIONS[title]["Snippets"]
    found = STORE.query(snippet)
    assert isinstance(found, ox.QuerySolutions)
    rows = [list(row) for row in found]
    assert rows
    # No variable is padding: each is bound in some row.
    assert all(any(row[position] is not None for row in rows) for position in range(len(rows[0])))
    assert {term.value.removeprefix(str(CMQ)) for term in names(snippet)} & set(QUESTIONS[title]["Terms"])


def test_every_named_query_answers_a_question() -> None:
    assert {name for lists in QUESTIONS.values() for name in lists["Queries"]} == {*QUERIES}


def test_every_rule_serves_a_question() -> None:
    assert {name for lists in QUESTIONS.values() for name in lists.get("Rules", [])} == {*RULES}


def test_every_class_and_property_is_needed() -> None:
    assert {name for lists in QUESTIONS.values() for name in lists["Terms"]} == terms()
