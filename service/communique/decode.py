"""N-Quads become a Report again: `encode` backwards, for what it made.

Of lines that it did not make comes a report too, or none. So whoever decodes encodes again, and compares; that they are
well written is seen then, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache

from pydantic import ValidationError
from pyoxigraph import NamedNode

from communique import dates
from communique.report import (
    ACTOR_TYPES,
    EVENT_TYPES,
    PLACE_TYPES,
    Actor,
    CodeOf,
    Content,
    Event,
    Introduced,
    KeyOf,
    Model,
    Place,
    RefTo,
    Report,
    Statement,
)
from communique.terms import bounds, fields_of, node_iri
from communique.vocab import CMQ, CODE, DCTERMS, ID, RDF, SCHEMA, SKOS, XSD

# As N-Quads write it.
Term = str
# Property -> its values, of one node.
Facts = dict[str, list[Term]]
Fields = dict[str, object]

# Of a proposition's properties, those that follow from others, or are told of it in another way.
FOLLOWING = frozenset({"value_low", "value_high", "earliest", "latest", "proposition"})
UNSTATED = ("source not stated (“", "”)")
MODELS: dict[str, type[Introduced]] = {"actor": Actor, "place": Place, "event": Event}
NUMBERS = tuple(f"^^{datatype}" for datatype in (XSD.integer, XSD.decimal))
ESCAPED = re.compile(r"\\(u[0-9A-F]{4}|.)")
ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "\\": "\\"}
CLASSES = {"actor": ACTOR_TYPES, "place": PLACE_TYPES, "event": EVENT_TYPES}


class Undecodable(Exception):
    """No report was these triples."""


def decode(name: str, lines: bytes) -> Report:
    """The report of this name, of its own lines and those of every shared node that it is about.

    Raises Undecodable for lines that no report can have become.
    """
    try:
        return Report.model_validate(_Decoder(name, lines.decode()).report())
    except (ValidationError, LookupError, ValueError, InvalidOperation) as error:
        raise Undecodable(str(error)) from error


class _Decoder:
    def __init__(self, name: str, lines: str) -> None:
        self.iri = node_iri("report", name)
        self.unnamed = f"{ID}actor/{name}."
        self.nodes: dict[str, Facts] = {}
        for line in lines.removesuffix("\n").split("\n"):
            subject, predicate, rest = line.split(" ", 2)
            facts = self.nodes.setdefault(subject[1:-1], {})
            facts.setdefault(predicate[1:-1], []).append(rest[: rest.rindex(" <")])
        self.statements = [iri for iri in self.nodes if iri.startswith(f"{ID}statement/")]
        self.keys = {iri: f"s{number}" for number, iri in enumerate(self.statements)}
        self.saying = {_said(_one(self.nodes[iri], CMQ.expresses)): key for iri, key in self.keys.items()}

    def report(self) -> Fields:
        facts = self.nodes[self.iri]
        low, high = _stamps(facts)
        issued = _text(facts, DCTERMS.issued)
        self.issued = high
        found = {
            "title": _text(facts, DCTERMS.title), "publisher": self.slug(_one(facts, DCTERMS.publisher)),
            "language": _text(facts, DCTERMS.language), "url": _text(facts, SCHEMA.url), "issued": issued,
            **_bounded(issued, low, high, ("earliest", "latest")), "note": _text(facts, SKOS.editorialNote),
            "copy_of": self.maybe(facts, CMQ.copyOf), "text_sha256": _text(facts, CMQ.textSha256),
            "word_count": int(_said(_one(facts, SCHEMA.wordCount))), **self.introduced(facts),
            "statements": [self.statement(iri) for iri in self.statements],
        }  # fmt: skip
        return _given(found)

    # -- what the report introduces

    def introduced(self, facts: Facts) -> Fields:
        found: dict[str, Fields] = {"unnamed": {}, "actors": {}, "places": {}, "events": {}}
        for mention in facts.get(SCHEMA.mentions.value, []):
            iri = _said(mention)
            thing = self.nodes[iri]
            if iri.startswith(self.unnamed):
                found["unnamed"][self.slug(mention)] = _worded(thing)
            else:
                kind = _kind(mention)
                found[f"{kind}s"][self.slug(mention)] = self.thing(kind, thing)
        return dict(found)

    def thing(self, kind: str, facts: Facts) -> Fields:
        most = _most(kind, {_said(term).rpartition("#")[2] for term in facts[RDF.type.value]})
        fields = ("organ_of", "within", "place_precision", "event_type")
        return {
            "type": [most] if kind == "event" else most,
            "label": {_language(term): _said(term) for term in facts[SKOS.prefLabel.value]},
            "alt_label": _by_language(facts.get(SKOS.altLabel.value, [])),
            **dict(self.coded(MODELS[kind], facts, fields)),
        }

    # -- what it says

    def statement(self, iri: str) -> Fields:
        facts = self.nodes[iri]
        proposition = _said(_one(facts, CMQ.expresses))
        passages = [self.passage(_said(term)) for term in facts[CMQ.hasPassage.value]]
        low, high = _stamps(facts)
        stated = _text(facts, CMQ.statedAt)
        spoken = (
            "on_behalf_of",
            "addressee",
            "stance",
            "hedge",
            "hedge_text",
            "voice",
            "medium",
            "stated_at",
            "relay_of",
        )
        found = {
            "key": self.keys[iri], "by": self.slug(_one(facts, CMQ.assertedBy)), **passages[0], "also": passages[1:],
            **dict(self.coded(Statement, facts, (*spoken, "supersedes"))), "basis": _text(facts, CMQ.contentText),
            **self.content(proposition),
            **self.said(stated, low, high, inferred=_text(facts, CMQ.voice) == f"{CODE}voice/inference"),
        }  # fmt: skip
        return _given(found)

    def said(self, stated: str | None, low: datetime | None, high: datetime | None, *, inferred: bool) -> Fields:
        """When it can have been said, where that does not follow from its date and the report's."""
        ends = [end for end in (bounds(stated, None, None)[1], None if inferred else self.issued) if end]
        found = _bounded(stated, low, None, ("stated_earliest", ""))
        return (
            found if high == (min(ends) if ends else None) else {**found, "stated_latest": _day(high, dates.LAST_ZONE)}
        )

    def passage(self, iri: str) -> Fields:
        facts = self.nodes[iri]
        start, end = (int(_said(_one(facts, offset))) for offset in (CMQ.startOffset, CMQ.endOffset))
        translation = _text(facts, CMQ.translation)
        return {"quote": _text(facts, CMQ.quote), "start": start, "end": end, "translation": translation}

    def content(self, iri: str) -> Fields:
        """What a statement says, of its proposition's facts."""
        facts = self.nodes[iri]
        kinds = set(facts[RDF.type.value])
        found = dict(self.coded(Content, facts, (name for name in Content.model_fields if name not in FOLLOWING)))
        for kind in ("Absence", "Question"):
            if str(CMQ[kind]) in kinds:
                found["proposition"] = kind
        if "value" not in found:
            found |= self.coded(Content, facts, ("value_low", "value_high"))
        return {**found, **_bounded(_text(facts, CMQ.edtf), *_stamps(facts), ("earliest", "latest"))}

    # -- terms

    def coded(self, model: type[Model], facts: Facts, names: Iterable[str]) -> Iterator[tuple[str, object]]:
        """Field and value for each of these fields that the node has."""
        for name in names:
            iri, how, many = _fields(model).get(name, ("", None, False))
            if values := facts.get(iri):
                found = [self.value(how, term) for term in values]
                yield name, sorted(found, key=str) if many else _only(found)

    def value(self, how: object, term: Term) -> object:
        match how:
            case CodeOf():
                return _said(term).rpartition("/")[2]
            case RefTo(kinds):
                return self.slug(term) if len(kinds) == 1 else f"{_kind(term)}:{self.slug(term)}"
            case KeyOf(part):
                keys = self.keys if part == "statement" else self.saying
                return keys.get(_said(term), _said(term))
            case None if term.endswith(NUMBERS):
                return Decimal(_said(term))
            case _:
                return _said(term)

    def slug(self, term: Term) -> str:
        text = _said(term)
        return text.removeprefix(self.unnamed) if text.startswith(self.unnamed) else text.rpartition("/")[2]

    def maybe(self, facts: Facts, of: NamedNode) -> str | None:
        return self.slug(_one(facts, of)) if of.value in facts else None


@cache
def _fields(model: type[Model]) -> dict[str, tuple[str, object, bool]]:
    """Field -> its property, how its text is read, whether it has several values."""
    many = {name for name, field in model.model_fields.items() if field.default == []}
    return {name: (iri.value, how, name in many) for name, (iri, how) in fields_of(model).items()}


def _only(values: list[object]) -> object:
    (value,) = values
    return value


def _one(facts: Facts, of: NamedNode) -> Term:
    (term,) = facts[of.value]
    return term


def _text(facts: Facts, of: NamedNode) -> str | None:
    return _said(_one(facts, of)) if of.value in facts else None


def _said(term: Term) -> str:
    """The text of an IRI or of a literal."""
    if term.startswith("<"):
        return term[1:-1]
    text = term[1 : term.rindex('"')]
    return ESCAPED.sub(_unescaped, text) if "\\" in text else text


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else ESCAPES[code]


def _given(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value is not None}


def _kind(term: Term) -> str:
    return _said(term).removeprefix(ID.base).partition("/")[0]


def _language(term: Term) -> str:
    return term.rpartition('"')[2].removeprefix("@")


def _by_language(terms: Iterable[Term]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for term in terms:
        found.setdefault(_language(term), []).append(_said(term))
    return {language: sorted(labels) for language, labels in found.items()}


def _most(kind: str, classes: set[str]) -> str:
    """The class of which the others are superclasses."""
    return next(name for name, above in CLASSES[kind].items() if {name, *above} == classes)


def _worded(facts: Facts) -> Fields:
    """An actor known by wording; the first of which is in the label of one who is not stated at all."""
    first, rest = _said(_one(facts, SKOS.prefLabel)), sorted(map(_said, facts.get(SKOS.altLabel.value, [])))
    unstated = str(CMQ.UnstatedActor) in facts[RDF.type.value]
    if unstated:
        first = first.removeprefix(UNSTATED[0]).removesuffix(UNSTATED[1])
        rest.remove(first)
    return {"wording": [first, *rest], "unstated": unstated}


def _stamps(facts: Facts) -> dates.Bounds:
    low, high = (_text(facts, of) for of in (CMQ.earliest, CMQ.latest))
    return datetime.fromisoformat(low) if low else None, datetime.fromisoformat(high) if high else None


def _bounded(text: str | None, low: datetime | None, high: datetime | None, names: tuple[str, str]) -> Fields:
    """The days that bound a worded date, where the wording does not."""
    first, last = bounds(text, None, None)
    found = {names[0]: None if low == first else _day(low, -dates.FIRST_ZONE)}
    if names[1]:
        found[names[1]] = None if high == last else _day(high, dates.LAST_ZONE)
    return _given(dict(found))


def _day(instant: datetime | None, late: timedelta) -> str | None:
    """The day that begins, or ends, at an instant, in the zone where it does so first, or last."""
    return (instant - late).date().isoformat() if instant else None
