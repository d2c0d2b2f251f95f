"""What an IRI, a number, a label and a date of a report become: the terms that `encode` puts together.

An IRI is its text; any other term, and a pair of predicate and object, is as N-Triples write it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache

from pydantic.alias_generators import to_camel
from pyoxigraph import Literal, NamedNode

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
from communique.vocab import CMQ, CODE, ID, RDF, SKOS, XSD

# What the engine writes in another way than it stands.
ODD = re.compile(r'[\x00-\x1f"\\\x7f\ufffe\uffff]')
INTEGER, DECIMAL, INSTANT = (f"^^{datatype}" for datatype in (XSD.integer, XSD.decimal, XSD.dateTime))
A, PREF_LABEL, ALT_LABEL = f"{RDF.type} ", f"{SKOS.prefLabel} ", f"{SKOS.altLabel} "
EARLIEST, LATEST = f"{CMQ.earliest} ", f"{CMQ.latest} "

ESCAPED = re.compile(r"\\(u[0-9A-F]{4}|.)")
ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "\\": "\\"}

Reading = CodeOf | RefTo | KeyOf | Words | None


# -- IRIs


def node_iri(kind: str, name: str) -> str:
    """`https://w3id.org/communique/id/KIND/NAME`."""
    return f"{ID.base}{kind}/{name}"


def code_iri(scheme: str, name: str) -> str:
    """`https://w3id.org/communique/code/SCHEME/CODE`."""
    return f"{CODE.base}{scheme}/{name}"


def actor_iri(name: str, report: Report, slug: str) -> str:
    """An unnamed actor belongs to its report and bears the report's name; any other stands for itself."""
    return node_iri("actor", f"{name}.{slug}" if slug in report.unnamed else slug)


def referred(name: str, report: Report, kinds: tuple[str, ...], text: str) -> str:
    """What a text of the report refers to: a slug of the one kind, or `kind:slug` where several may stand."""
    kind, slug = (kinds[0], text) if len(kinds) == 1 else text.split(":", 1)
    return actor_iri(name, report, slug) if kind == "actor" else node_iri(kind, slug)


def digest(parts: Iterable[str]) -> str:
    """The name of a hashed node: 128 bits of SHA-256 over the sorted parts, in hexadecimal."""
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()[:32]


def address(text: str) -> str:
    """An IRI that is not made of names of ours. Raises ValueError for what is none."""
    return str(NamedNode(text))


# -- literals


def quoted(text: str) -> str:
    return str(Literal(text)) if ODD.search(text) else f'"{text}"'


def worded(text: str, language: str) -> str:
    """Words in a language."""
    return quoted(text) + _tag(language)


@cache
def _tag(language: str) -> str:
    """The tag of a language. Raises ValueError for what is none."""
    return str(Literal("", language=language)).removeprefix('""')


def integer(value: int | None) -> str:
    """An xsd:integer; the one who finds faults in triples sees what is missing."""
    return f'"{value}"{INTEGER}'


@lru_cache(maxsize=4096)
def number(value: Decimal) -> str:
    """The canonical xsd:integer or xsd:decimal of a value, as the store would write it."""
    if value == value.to_integral_value():
        return integer(int(value))
    return f'"{format(value.normalize(), "f")}"{DECIMAL}'


@lru_cache(maxsize=8192)
def instant(moment: datetime) -> str:
    return f'"{dates.stamp(moment)}"{INSTANT}'


def text_of(term: str) -> str:
    """What an IRI, or a literal that the engine wrote, says. LookupError for an escape that it does not write."""
    if term.startswith("<"):
        return term[1:-1]
    text = term[1 : term.rindex('"')]
    return ESCAPED.sub(_unescaped, text) if "\\" in text else text


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else ESCAPES[code]


def language_of(term: str) -> str:
    return term.rpartition('"')[2].removeprefix("@")


# -- what is told of a node, as pairs of predicate and object


@cache
def fields_of(model: type[Model]) -> dict[str, tuple[NamedNode, Reading]]:
    """Field -> the property it becomes, and how its text is to be read."""
    return {name: (CMQ[to_camel(name)], meaning(model, name)) for name in model.model_fields}


@cache
def typed(name: str) -> str:
    """That it is of this class of ours."""
    return A + str(CMQ[name])


def introduced(thing: Introduced, classes: Iterable[str]) -> Iterator[str]:
    """The classes and labels of a named actor, place or event."""
    yield from map(typed, sorted(classes))
    for language, label in thing.label.items():
        yield PREF_LABEL + worded(label, language)
    for language, labels in thing.alt_label.items():
        yield from (ALT_LABEL + worded(label, language) for label in labels)


def known_by(unnamed: Unnamed, language: str) -> Iterator[str]:
    """The labels of an actor known by wording; an agentless "reportedly" names nobody, so its label says that."""
    words = [worded(text, language) for text in unnamed.wording]
    if unnamed.unstated:
        yield PREF_LABEL + worded(f"source not stated (“{unnamed.wording[0]}”)", "en")
    else:
        yield PREF_LABEL + words.pop(0)
    yield from (ALT_LABEL + word for word in words)


def types_of(name: str, report: Report) -> dict[str, frozenset[str]]:
    """The classes, superclasses among them, of what the report introduces."""
    found = {node_iri("actor", s): frozenset({a.type, *ACTOR_TYPES[a.type]}) for s, a in report.actors.items()}
    found |= {node_iri("place", s): frozenset({p.type, *PLACE_TYPES[p.type]}) for s, p in report.places.items()}
    for slug, event in report.events.items():
        found[node_iri("event", slug)] = frozenset({*event.type, *(up for t in event.type for up in EVENT_TYPES[t])})
    for slug, unnamed in report.unnamed.items():
        kind = "UnstatedActor" if unnamed.unstated else "UnnamedActor"
        found[actor_iri(name, report, slug)] = frozenset({kind, *ACTOR_TYPES[kind]})
    return found


def bounds(text: str | None, earliest: str | None, latest: str | None) -> dates.Bounds:
    """The bounds of a worded date, or the narrower ones that were given."""
    low, high = earliest or text, latest or text
    return dates.first(low) if low else None, dates.last(high) if high else None


def bounded(low: datetime | None, high: datetime | None) -> Iterator[str]:
    if low:
        yield EARLIEST + instant(low)
    if high:
        yield LATEST + instant(high)


def span(text: str | None, earliest: str | None, latest: str | None) -> Iterator[str]:
    return bounded(*bounds(text, earliest, latest))
