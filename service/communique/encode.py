"""A Report becomes triples. The only place that mints IRIs: same input, same IRIs, on every machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from pyoxigraph import NamedNode

from communique.kinds import OFFICIAL, classes, family
from communique.nodes import Nodes
from communique.pairs import (
    ANSWERS,
    ASSERTED_BY,
    COPY_OF,
    END,
    EXPRESSES,
    HAS_PASSAGE,
    IN_REPORT,
    MENTIONS,
    PUBLISHER,
    QUALIFIER,
    QUESTION,
    QUOTE,
    REPORTED_IN,
    START,
    VALUE,
    VALUE_HIGH,
    VALUE_LOW,
    fields,
    hashed,
    pair,
)  # fmt: skip
from communique.report import Content, Introduced, Model, Quoted, Report, Statement
from communique.terms import (
    actor_iri,
    address,
    bounded,
    bounds,
    code_iri,
    digest,
    integer,
    introduced,
    known_by,
    node_iri,
    number,
    quoted,
    referred,
    span,
    typed,
    types_of,
    worded,
)
from communique.vocab import CMQ, DCTERMS, SCHEMA, SHARED, SKOS, node

SUBJECTS = ("about_event", "about_entity", "about_statement")
# What a question leaves in place: everything that says what is counted, and where.
ASKED = (*SUBJECTS, "aspect", "category", "perimeter", "perimeter_side", "unit")
# What is coded of an answer just as it stands.
ANSWERED = tuple(
    name
    for name in (*SUBJECTS, *(name for name in Content.model_fields if name not in SUBJECTS))
    if name not in {"proposition", "value", "value_low", "value_high", "earliest", "latest"}
)
SPOKEN = (
    "on_behalf_of", "addressee", "stance", "hedge", "hedge_text", "voice", "medium", "stated_at", "relay_of", "supersedes",
)  # fmt: skip


@dataclass
class Encoded:
    """A report's triples: its own nodes, and those it shares with other reports."""

    report: NamedNode
    own: Nodes = field(default_factory=Nodes)
    shared: Nodes = field(default_factory=Nodes)
    statements: list[str] = field(default_factory=list)  # their IRIs, in the report's order

    def quads(self) -> bytes:
        """All of it as N-Quads."""
        return self.own.lines(self.report) + self.shared.lines(SHARED)


def encode(name: str, report: Report, types: Mapping[str, frozenset[str]]) -> Encoded:
    """The triples of `report`, whose IRI ends in `name`; `types` tells known actors' classes, by IRI, as local names.

    Offsets must be filled in and `faults.inspect` must have found nothing.
    """
    return _Encoder(name, report, types).run()


def _value_bounds(content: Content) -> tuple[Decimal | None, Decimal | None]:
    """Low and high: as given, or as value and qualifier say ("at least" has no high, "about" neither)."""
    low, high, value = content.value_low, content.value_high, content.value
    qualifier = content.qualifier or "exactly"
    if value is not None and qualifier in ("exactly", "at-least"):
        low = value if low is None else low
    if value is not None and qualifier in ("exactly", "up-to"):
        high = value if high is None else high
    return low, high


class _Encoder:
    def __init__(self, name: str, report: Report, types: Mapping[str, frozenset[str]]) -> None:
        self.name, self.report = name, report
        self.types, self.own = types, types_of(name, report)
        self.keys = {s.key: s for s in report.statements if s.key}
        self.out = Encoded(node("report", name))
        self.iri = self.out.report.value
        self.actors: dict[str, str] = {}
        self.propositions: dict[int, str] = {}
        self.passages: dict[tuple[int | None, int | None], str] = {}
        self.issued = bounds(report.issued, report.earliest, report.latest)[1]

    def run(self) -> Encoded:
        self.document()
        self.introductions()
        self.out.statements = [self.statement(s) for s in self.report.statements]
        return self.out

    # -- terms

    def reference(self, kinds: tuple[str, ...], text: str) -> str:
        return referred(self.name, self.report, kinds, text)

    def actor(self, slug: str) -> str:
        if (found := self.actors.get(slug)) is None:
            found = self.actors[slug] = actor_iri(self.name, self.report, slug)
        return found

    def keyed(self, part: str, key: str) -> str:
        if key.startswith("https://"):
            return key
        return self.statement_iri(self.keys[key]) if part == "statement" else self.proposition(self.keys[key])

    def words(self, text: str) -> str:
        return worded(text, self.report.language)

    def coded(self, content: Model, names: Iterable[str]) -> Iterator[str]:
        """Property and term for each of these fields that is given."""
        properties, values = fields(type(content)), content.__dict__
        for name in names:
            if (value := values[name]) is None:
                continue
            predicate, written = properties[name]
            if value.__class__ is list:
                for item in value:
                    yield predicate + written(self, item)
            else:
                yield predicate + written(self, value)

    # -- propositions

    def proposition(self, content: Content) -> str:
        """The IRI of what is said; its triples, and its question's, are added once."""
        if (found := self.propositions.get(id(content))) is None:
            found = self.propositions[id(content)] = self.add_proposition(content)
        return found

    def add_proposition(self, content: Content) -> str:
        question = self.add_question(content)
        kind = family(content)
        if kind == "Question":
            return question
        pairs = dict.fromkeys(self.answer(content))
        found = node_iri("proposition", digest([*map(hashed, pairs), f"a {kind}"]))
        types = [typed("Proposition"), *([typed(kind)] if kind else [])]
        self.out.shared.tell(found, [*types, *pairs, pair(ANSWERS, question)])
        return found

    def answer(self, content: Content) -> Iterator[str]:
        """All that is coded; a quantity with its bounds, a time with its span."""
        yield from self.coded(content, ANSWERED)
        if content.value is not None:
            yield VALUE + number(content.value)
            yield pair(QUALIFIER, code_iri("qualifier", content.qualifier or "exactly"))
        for predicate, bound in zip((VALUE_LOW, VALUE_HIGH), _value_bounds(content), strict=True):
            if bound is not None:
                yield predicate + number(bound)
        yield from span(content.edtf, content.earliest, content.latest)

    def add_question(self, content: Content) -> str:
        pairs = dict.fromkeys(self.coded(content, ASKED))
        found = node_iri("question", digest(map(hashed, pairs)))
        self.out.shared.tell(found, [*QUESTION, *pairs, pair(ANSWERS, found)])
        return found

    # -- statements and passages

    def passage_iri(self, passage: Quoted) -> str:
        place = passage.start, passage.end
        if (found := self.passages.get(place)) is None:
            found = self.passages[place] = node_iri("passage", digest([self.iri, f"{passage.start} {passage.end}"]))
        return found

    def statement_iri(self, said: Statement) -> str:
        parts = [
            f"report {self.iri}",
            *(f"passage {self.passage_iri(p)}" for p in said.passages()),
            f"by {self.actor(said.by)}",
            f"stance {said.stance}",
            f"expresses {self.proposition(said)}",
        ]
        return node_iri("statement", digest(parts))

    def statement(self, said: Statement) -> str:
        found = self.statement_iri(said)
        self.out.own.tell(found, [
            pair(EXPRESSES, self.proposition(said)),
            pair(ASSERTED_BY, self.actor(said.by)),
            pair(REPORTED_IN, self.iri),
            *self.coded(said, SPOKEN),
            *self.said(said),
            *map(typed, classes(said)),
            *([typed("OfficialStatement")] if self.is_official(said) else []),
            *(pair(HAS_PASSAGE, self.passage(p)) for p in said.passages()),
            *([f"{CMQ.contentText} {worded(said.basis, 'en')}"] if said.basis else []),
        ])  # fmt: skip
        return found

    def said(self, said: Statement) -> Iterator[str]:
        """When it can have been said: as dated, and never after the report that carries it was issued.

        What we infer is said when we infer it, whatever the report's date.
        """
        low, high = bounds(said.stated_at, said.stated_earliest, said.stated_latest)
        issued = self.issued if said.voice != "inference" else None
        ends = [end for end in (high, issued) if end]
        return bounded(low, min(ends) if ends else None)

    def is_official(self, said: Statement) -> bool:
        """Whether the asserter, or whom it speaks for, is a state or one of its bodies."""
        speakers = [self.actor(slug) for slug in (said.by, said.on_behalf_of) if slug]
        return any(OFFICIAL & self.classes_of(speaker) for speaker in speakers)

    def classes_of(self, of: str) -> frozenset[str]:
        """The classes of a node, as the report tells them, or as they are known."""
        return self.own.get(of) or self.types.get(of, frozenset())

    def passage(self, passage: Quoted) -> str:
        found = self.passage_iri(passage)
        self.out.own.tell(found, [
            typed("Passage"),
            pair(IN_REPORT, self.iri),
            QUOTE + self.words(passage.quote),
            START + integer(passage.start),
            END + integer(passage.end),
            *([f"{CMQ.translation} {worded(passage.translation, 'en')}"] if passage.translation else []),
        ])  # fmt: skip
        return found

    # -- the document and what it introduces

    def document(self) -> None:
        report = self.report
        told = [
            typed("Report"),
            f"{DCTERMS.title} {self.words(report.title)}",
            pair(PUBLISHER, self.actor(report.publisher)),
            f"{DCTERMS.language} {quoted(report.language)}",
            f"{CMQ.textSha256} {quoted(str(report.text_sha256))}",
            f"{SCHEMA.wordCount} {integer(report.word_count)}",
            *span(report.issued, report.earliest, report.latest),
        ]
        if report.issued:
            told.append(f"{DCTERMS.issued} {quoted(report.issued)}")
        if report.url:
            told.append(f"{SCHEMA.url} {address(str(report.url))}")
        if report.note:
            told.append(f"{SKOS.editorialNote} {worded(report.note, 'en')}")
        if report.copy_of:
            told.append(pair(COPY_OF, node_iri("report", report.copy_of)))
        self.out.own.tell(self.iri, told)

    def introductions(self) -> None:
        for mention, pairs in self.described():
            self.out.own.tell(self.iri, [pair(MENTIONS, mention)])
            self.out.shared.tell(mention, pairs)

    def described(self) -> Iterator[tuple[str, list[str]]]:
        """Each node that the report introduces, with its triples."""
        report, types = self.report, self.own
        for slug, unnamed in report.unnamed.items():
            found = self.actor(slug)
            yield found, [*map(typed, sorted(types[found])), *known_by(unnamed, report.language)]
        for kind, things in (("actor", report.actors), ("place", report.places), ("event", report.events)):
            for slug, thing in things.items():
                found = node_iri(kind, slug)
                yield found, [*introduced(thing, types[found]), *self.placed(thing)]

    def placed(self, thing: Introduced) -> Iterator[str]:
        names = ("organ_of", "within", "place_precision", "event_type")
        return self.coded(thing, (name for name in names if name in thing.__dict__))
