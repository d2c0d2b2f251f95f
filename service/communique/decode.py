"""N-Quads become a Report again: `encode` backwards, for what it made.

Of lines that it did not make comes a report too, or none. So whoever decodes encodes again, and compares; that they are
well written is seen then, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
from communique.terms import Reading, bounds, fields_of, language_of, node_iri, text_of
from communique.vocab import CMQ, CODE, DCTERMS, ID, RDF, SCHEMA, SKOS, XSD

# As N-Quads write it.
Term = str
# Property -> its values, of one node.
Facts = dict[str, list[Term]]
Fields = dict[str, object]
# The value of a field, of a term.
Reader = Callable[["_Decoder", Term], object]

# Of a proposition's properties, those that follow from others are left out, or are told of it in another way.
FOLLOWING = frozenset({"value_low", "value_high", "earliest", "latest", "proposition"})
CODED = tuple(name for name in Content.model_fields if name not in FOLLOWING)
RANGE = ("value_low", "value_high")
SPOKEN = (
    "on_behalf_of", "addressee", "stance", "hedge", "hedge_text", "voice", "medium", "stated_at", "relay_of", "supersedes",
)  # fmt: skip
INTRODUCED = ("organ_of", "within", "place_precision", "event_type")
UNSTATED = ("source not stated (“", "”)")
MODELS: dict[str, type[Introduced]] = {"actor": Actor, "place": Place, "event": Event}
NUMBERS = tuple(f"^^{datatype}" for datatype in (XSD.integer, XSD.decimal))
VOICE, INFERENCE = str(CMQ.voice), f"<{CODE}voice/inference>"
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
        facts, last = Facts(), ""
        for line in lines.removesuffix("\n").split("\n"):
            subject, predicate, rest = line.split(" ", 2)
            if subject != last:
                facts, last = self.nodes.setdefault(subject[1:-1], {}), subject
            term = rest[: rest.rindex(" <")]
            if predicate in facts:
                facts[predicate].append(term)
            else:
                facts[predicate] = [term]
        self.statements = [iri for iri in self.nodes if iri.startswith(f"{ID}statement/")]
        self.keys = {iri: f"s{number}" for number, iri in enumerate(self.statements)}
        self.saying = {text_of(_one(self.nodes[iri], CMQ.expresses)): key for iri, key in self.keys.items()}

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
            "word_count": int(text_of(_one(facts, SCHEMA.wordCount))), **self.introduced(facts),
            "statements": [self.statement(iri) for iri in self.statements],
        }  # fmt: skip
        return _given(found)

    # -- what the report introduces

    def introduced(self, facts: Facts) -> Fields:
        found: dict[str, Fields] = {"unnamed": {}, "actors": {}, "places": {}, "events": {}}
        for mention in facts.get(str(SCHEMA.mentions), []):
            iri = text_of(mention)
            thing = self.nodes[iri]
            if iri.startswith(self.unnamed):
                found["unnamed"][self.slug(mention)] = _worded(thing)
            else:
                kind = _kind(mention)
                found[f"{kind}s"][self.slug(mention)] = self.thing(kind, thing)
        return dict(found)

    def thing(self, kind: str, facts: Facts) -> Fields:
        most = _most(kind, {text_of(term).rpartition("#")[2] for term in facts[str(RDF.type)]})
        return {
            "type": [most] if kind == "event" else most,
            "label": {language_of(term): text_of(term) for term in facts[str(SKOS.prefLabel)]},
            "alt_label": _by_language(facts.get(str(SKOS.altLabel), [])),
            **self.coded(MODELS[kind], INTRODUCED, facts),
        }

    # -- what it says

    def statement(self, iri: str) -> Fields:
        facts = self.nodes[iri]
        proposition = text_of(_one(facts, CMQ.expresses))
        passages = [self.passage(text_of(term)) for term in facts[str(CMQ.hasPassage)]]
        low, high = _stamps(facts)
        stated = _text(facts, CMQ.statedAt)
        found = {
            "key": self.keys[iri], "by": self.slug(_one(facts, CMQ.assertedBy)), **passages[0], "also": passages[1:],
            **self.coded(Statement, SPOKEN, facts), "basis": _text(facts, CMQ.contentText),
            **self.content(proposition),
            **self.said(stated, low, high, inferred=INFERENCE in facts[VOICE]),
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
        start, end = (int(text_of(_one(facts, offset))) for offset in (CMQ.startOffset, CMQ.endOffset))
        translation = _text(facts, CMQ.translation)
        return {"quote": _text(facts, CMQ.quote), "start": start, "end": end, "translation": translation}

    def content(self, iri: str) -> Fields:
        """What a statement says, of its proposition's facts."""
        facts = self.nodes[iri]
        kinds = set(facts[str(RDF.type)])
        found = self.coded(Content, CODED, facts)
        for kind in ("Absence", "Question"):
            if str(CMQ[kind]) in kinds:
                found["proposition"] = kind
        if "value" not in found:
            found |= self.coded(Content, RANGE, facts)
        return {**found, **_bounded(_text(facts, CMQ.edtf), *_stamps(facts), ("earliest", "latest"))}

    # -- terms

    def coded(self, model: type[Model], names: tuple[str, ...], facts: Facts) -> Fields:
        """The value of each of these fields that the node has."""
        readers, found = _readers(model, names), Fields()
        for predicate, terms in facts.items():
            if predicate in readers:
                name, reader, many = readers[predicate]
                values = [reader(self, term) for term in terms]
                found[name] = sorted(values, key=str) if many else _only(values)
        return found

    def keyed(self, part: str, iri: str) -> str:
        return (self.keys if part == "statement" else self.saying).get(iri, iri)

    def slug(self, term: Term) -> str:
        text = text_of(term)
        return text.removeprefix(self.unnamed) if text.startswith(self.unnamed) else text.rpartition("/")[2]

    def maybe(self, facts: Facts, of: NamedNode) -> str | None:
        return self.slug(_one(facts, of)) if str(of) in facts else None


@cache
def _readers(model: type[Model], names: tuple[str, ...]) -> dict[str, tuple[str, Reader, bool]]:
    """Property -> the field it was, how a value is read, whether there may be several."""
    many = {name for name, field in model.model_fields.items() if field.default == []}
    fields = {name: found for name, found in fields_of(model).items() if name in names}
    return {str(iri): (name, _reader(how), name in many) for name, (iri, how) in fields.items()}


def _reader(how: Reading) -> Reader:
    match how:
        case CodeOf():
            return lambda decoder, term: _last(term)
        case RefTo((_,)):
            return lambda decoder, term: decoder.slug(term)
        case RefTo():
            return lambda decoder, term: f"{_kind(term)}:{decoder.slug(term)}"
        case KeyOf(part):
            return lambda decoder, term: decoder.keyed(part, text_of(term))
        case _:
            return lambda decoder, term: Decimal(text_of(term)) if term.endswith(NUMBERS) else text_of(term)


def _last(term: Term) -> str:
    return term[term.rindex("/") + 1 : -1]


def _only(values: list[object]) -> object:
    (value,) = values
    return value


def _one(facts: Facts, of: NamedNode) -> Term:
    (term,) = facts[str(of)]
    return term


def _text(facts: Facts, of: NamedNode) -> str | None:
    return text_of(_one(facts, of)) if str(of) in facts else None


def _given(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value is not None}


def _kind(term: Term) -> str:
    return text_of(term).removeprefix(ID.base).partition("/")[0]


def _by_language(terms: Iterable[Term]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for term in terms:
        found.setdefault(language_of(term), []).append(text_of(term))
    return {language: sorted(labels) for language, labels in found.items()}


def _most(kind: str, classes: set[str]) -> str:
    """The class of which the others are superclasses."""
    return next(name for name, above in CLASSES[kind].items() if {name, *above} == classes)


def _worded(facts: Facts) -> Fields:
    """An actor known by wording; the first of which is in the label of one who is not stated at all."""
    first, rest = text_of(_one(facts, SKOS.prefLabel)), sorted(map(text_of, facts.get(str(SKOS.altLabel), [])))
    unstated = str(CMQ.UnstatedActor) in facts[str(RDF.type)]
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
