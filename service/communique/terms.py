"""What an IRI, a number, a label and a date of a report become: the terms that `encode` puts together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache

from pydantic.alias_generators import to_camel
from pyoxigraph import Literal, NamedNode, Triple

from communique import dates
from communique.report import (
    ACTOR_TYPES,
    EVENT_TYPES,
    PLACE_TYPES,
    CodeOf,
    Introduced,
    KeyOf,
    Model,
    RefTo,
    Report,
    Unnamed,
    Words,
    meaning,
)
from communique.vocab import CMQ, RDF, SKOS, XSD, node


def digest(parts: Iterable[str]) -> str:
    """The name of a hashed node: 128 bits of SHA-256 over the sorted parts, in hexadecimal."""
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()[:32]


def actor_iri(name: str, report: Report, slug: str) -> NamedNode:
    """An unnamed actor belongs to its report and bears the report's name; any other stands for itself."""
    return node("actor", f"{name}.{slug}" if slug in report.unnamed else slug)


def number(value: Decimal) -> Literal:
    """The canonical xsd:integer or xsd:decimal of a value, as the store would write it."""
    if value == value.to_integral_value():
        return Literal(str(int(value)), datatype=XSD.integer)
    return Literal(format(value.normalize(), "f"), datatype=XSD.decimal)


def instant(moment: datetime) -> Literal:
    return Literal(dates.stamp(moment), datatype=XSD.dateTime)


def introduced(iri: NamedNode, thing: Introduced, classes: Iterable[str]) -> Iterator[Triple]:
    """The triples of a named actor, place or event."""
    yield from (Triple(iri, RDF.type, CMQ[name]) for name in classes)
    for language, label in thing.label.items():
        yield Triple(iri, SKOS.prefLabel, Literal(label, language=language))
    for language, labels in thing.alt_label.items():
        yield from (Triple(iri, SKOS.altLabel, Literal(label, language=language)) for label in labels)


def worded(iri: NamedNode, unnamed: Unnamed, language: str) -> Iterator[Triple]:
    """The labels of an actor known by wording; an agentless "reportedly" names nobody, so its label says that."""
    words = [Literal(text, language=language) for text in unnamed.wording]
    if unnamed.unstated:
        yield Triple(iri, SKOS.prefLabel, Literal(f"source not stated (“{unnamed.wording[0]}”)", language="en"))
    else:
        yield Triple(iri, SKOS.prefLabel, words.pop(0))
    yield from (Triple(iri, SKOS.altLabel, word) for word in words)


@cache
def fields_of(model: type[Model]) -> dict[str, tuple[NamedNode, CodeOf | RefTo | KeyOf | Words | None]]:
    """Field -> the property it becomes, and how its text is to be read."""
    return {name: (CMQ[to_camel(name)], meaning(model, name)) for name in model.model_fields}


def types_of(name: str, report: Report) -> dict[NamedNode, frozenset[str]]:
    """The classes, superclasses among them, of what the report introduces."""
    found = {node("actor", s): frozenset({a.type, *ACTOR_TYPES[a.type]}) for s, a in report.actors.items()}
    found |= {node("place", s): frozenset({p.type, *PLACE_TYPES[p.type]}) for s, p in report.places.items()}
    for slug, event in report.events.items():
        found[node("event", slug)] = frozenset({*event.type, *(up for t in event.type for up in EVENT_TYPES[t])})
    for slug, unnamed in report.unnamed.items():
        kind = "UnstatedActor" if unnamed.unstated else "UnnamedActor"
        found[actor_iri(name, report, slug)] = frozenset({kind, *ACTOR_TYPES[kind]})
    return found


def bounds(text: str | None, earliest: str | None, latest: str | None) -> dates.Bounds:
    """The bounds of a worded date, or the narrower ones that were given."""
    low, high = earliest or text, latest or text
    return dates.first(low) if low else None, dates.last(high) if high else None


def written(low: datetime | None, high: datetime | None) -> Iterator[tuple[NamedNode, Literal]]:
    if low:
        yield CMQ.earliest, instant(low)
    if high:
        yield CMQ.latest, instant(high)


def span(text: str | None, earliest: str | None, latest: str | None) -> Iterator[tuple[NamedNode, Literal]]:
    yield from written(*bounds(text, earliest, latest))
