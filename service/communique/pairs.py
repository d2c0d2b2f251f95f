"""Pairs of a predicate and an object, as N-Triples write them, and which of them a field of a report's model becomes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Protocol

from communique.report import CodeOf, KeyOf, Model, RefTo, Words
from communique.terms import Reading, code_iri, fields_of, number, quoted, typed
from communique.vocab import CMQ, DCTERMS, SCHEMA

# Predicates, up to the IRI that follows.
EXPRESSES, ASSERTED_BY, REPORTED_IN, HAS_PASSAGE, IN_REPORT, ANSWERS, QUALIFIER, PUBLISHER, COPY_OF, MENTIONS = (
    f"{predicate} <"
    for predicate in (
        CMQ.expresses, CMQ.assertedBy, CMQ.reportedIn, CMQ.hasPassage, CMQ.inReport, CMQ.answers, CMQ.qualifier,
        DCTERMS.publisher, CMQ.copyOf, SCHEMA.mentions,
    )
)  # fmt: skip
# And up to the literal that follows.
VALUE, VALUE_LOW, VALUE_HIGH, QUOTE, START, END = (
    f"{predicate} " for predicate in (CMQ.value, CMQ.valueLow, CMQ.valueHigh, CMQ.quote, CMQ.startOffset, CMQ.endOffset)
)
QUESTION = typed("Proposition"), typed("Question")


class Names(Protocol):
    """What a report calls things by."""

    def reference(self, kinds: tuple[str, ...], text: str) -> str: ...
    def keyed(self, part: str, key: str) -> str: ...
    def words(self, text: str) -> str: ...


# What a value of a field is as an object.
Written = Callable[[Names, object], str]


def pair(predicate: str, found: str) -> str:
    return f"{predicate}{found}>"


def hashed(told: str) -> str:
    """As a pair goes into the name of a node: the predicate without its brackets."""
    predicate, _, term = told.partition("> ")
    return f"{predicate[1:]} {term}"


@cache
def fields(model: type[Model]) -> dict[str, tuple[str, Written]]:
    """Field -> the property it becomes, and what is written of its value."""
    return {name: (f"{predicate} ", _written(how)) for name, (predicate, how) in fields_of(model).items()}


def _written(how: Reading) -> Written:
    match how:
        case CodeOf(scheme):
            return lambda names, value: f"<{code_iri(scheme, str(value))}>"
        case RefTo(kinds):
            return lambda names, value: f"<{names.reference(kinds, str(value))}>"
        case KeyOf(part):
            return lambda names, value: f"<{names.keyed(part, str(value))}>"
        case Words():
            return lambda names, value: names.words(str(value))
        case None:
            return lambda names, value: number(value) if isinstance(value, Decimal) else quoted(str(value))
