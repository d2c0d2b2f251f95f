"""Which keywords a text uses, however it is written."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from communique.tokens import has_word

USED = [
    "SELECT * FROM <urn:g> { ?s ?p ?o }",
    "select * from <urn:g> { ?s ?p ?o }",
    "ASKFROM<urn:g>{ ?from ?p ?o }",
    "SELECT(1 AS ?one)FROM<urn:g>{ }",
    "PREFIX ex: <urn:> SELECT * FROMex:g { ?s ?p ?o }",
    "PREFIX ex: <urn:> CONSTRUCTFROMex:g WHERE { ?s ?p ?o }",
    'SELECT ("""\n# """ AS ?text) FROM <urn:g> { }',
    "SELECT ?a$b FROM <urn:g?x> { ?a ?b ?c }",
]
NOT_USED = [
    "SELECT ?from $saidFrom { ?from ?p $saidFrom }",
    "SELECT ?xFROM { ?xFROM ?p ?o }",
    "SELECT * { ?s ?p 'FROM <urn:g>' }",
    "SELECT * { ?s <urn:FROM> ?from } # FROM <urn:g>",
    "PREFIX ex: <urn:> SELECT * { ?s ex:FROM ?from }",
    "PREFIX xfrom: <urn:> SELECT * { ?s xfrom:y ?from }",
]


@pytest.mark.parametrize("text", USED)
def test_a_keyword_is_found(text: str) -> None:
    ox.Store().query(text)
    assert has_word(text, "FROM")


@pytest.mark.parametrize("text", NOT_USED)
def test_what_only_has_its_letters_is_none(text: str) -> None:
    ox.Store().query(text)
    assert not has_word(text, "FROM")
