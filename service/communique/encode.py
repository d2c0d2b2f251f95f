"""A Report becomes triples. The only place that mints IRIs: same input, same IRIs, on every machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from pyoxigraph import Literal, NamedNode, Triple

from communique.report import (
    CodeOf,
    Content,
    Introduced,
    KeyOf,
    Model,
    Quoted,
    RefTo,
    Report,
    Statement,
    Words,
)
from communique.terms import actor_iri, bounds, digest, fields_of, introduced, number, span, types_of, worded, written
from communique.vocab import CMQ, DCTERMS, RDF, SCHEMA, SKOS, XSD, code, node

Term = NamedNode | Literal

# The field whose presence makes a proposition one of this class; no proposition has fields of two.
FAMILIES = {
    "ResponsibilityProposition": ("responsible_actor",),
    "QuantityProposition": ("value", "value_low", "value_high"),
    "TimeProposition": ("edtf",),
    "ResponseProposition": ("responds_to_event", "stated_reason"),
    "ActProposition": ("act_by", "act_type", "act_target"),
    "RelationProposition": ("rel_object",),
}
SUBJECTS = ("about_event", "about_entity", "about_statement")
# What a question leaves in place: everything that says what is counted, and where.
ASKED = (*SUBJECTS, "aspect", "category", "perimeter", "perimeter_side", "unit")
# What is coded of an answer just as it stands.
ANSWERED = tuple(
    name
    for name in (*SUBJECTS, *(name for name in Content.model_fields if name not in SUBJECTS))
    if name not in {"proposition", "value", "value_low", "value_high", "earliest", "latest"}
)
FAMILY_OF = tuple((name, kind) for kind, names in FAMILIES.items() for name in names)
SPOKEN = ("on_behalf_of", "addressee", "stance", "hedge", "hedge_text", "voice", "medium", "stated_at")

# Stances and classes of statement: each follows by an axiom of core.ttl too, and the OWL gate compares.
STANCE_CLASSES = {
    "claims": ("ClaimOfResponsibility",),
    "blames": ("Attribution",),
    "denies": ("Denial",),
    "condemns": ("Reaction",),
    "condoles": ("Reaction",),
    "endorses": ("Reaction",),
    "assures": ("Commitment",),
    "announces": ("Commitment",),
    "threatens": ("Commitment",),
}
OFFICIAL = frozenset({"State", "StateForce", "GovernmentBody", "Alliance"})


@dataclass
class Encoded:
    """A report's triples: its own nodes, and those it shares with other reports."""

    report: NamedNode
    own: set[Triple] = field(default_factory=set)
    shared: set[Triple] = field(default_factory=set)
    statements: list[NamedNode] = field(default_factory=list)  # in the report's order


def family(content: Content) -> str | None:
    """The class of proposition that the coded fields make; None for a plain proposition."""
    if content.proposition:
        return content.proposition
    values = content.__dict__
    return next((kind for name, kind in FAMILY_OF if values[name] is not None), None)


def encode(name: str, report: Report, types: dict[NamedNode, frozenset[str]]) -> Encoded:
    """The triples of `report`, whose IRI ends in `name`; `types` tells known actors' classes, by local name.

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
    def __init__(self, name: str, report: Report, types: dict[NamedNode, frozenset[str]]) -> None:
        self.name, self.report = name, report
        self.types, self.own = types, types_of(name, report)
        self.keys = {s.key: s for s in report.statements if s.key}
        self.out = Encoded(node("report", name))
        self.propositions: dict[int, NamedNode] = {}
        self.passages: dict[tuple[int | None, int | None], NamedNode] = {}
        self.issued = bounds(report.issued, report.earliest, report.latest)[1]

    def run(self) -> Encoded:
        self.document()
        self.introductions()
        self.out.statements = [self.statement(s) for s in self.report.statements]
        return self.out

    # -- terms

    def term(self, model: type[Model], name: str, value: object) -> Term:
        how = fields_of(model)[name][1]
        match how, value:
            case CodeOf(scheme), str():
                return code(scheme, value)
            case RefTo(kinds), str():
                return self.reference(kinds, value)
            case KeyOf(part), str():
                return self.keyed(part, value)
            case Words(), str():
                return Literal(value, language=self.report.language)
            case None, Decimal():
                return number(value)
            case _:
                return Literal(str(value))

    def reference(self, kinds: tuple[str, ...], text: str) -> NamedNode:
        kind, slug = (kinds[0], text) if len(kinds) == 1 else text.split(":", 1)
        return actor_iri(self.name, self.report, slug) if kind == "actor" else node(kind, slug)

    def keyed(self, part: str, key: str) -> NamedNode:
        if key.startswith("https://"):
            return NamedNode(key)
        return self.statement_iri(self.keys[key]) if part == "statement" else self.proposition(self.keys[key])

    def coded(self, content: Content, names: Iterable[str]) -> Iterator[tuple[NamedNode, Term]]:
        """Property and term for each of these fields that is given."""
        model, values = type(content), content.__dict__
        fields = fields_of(model)
        for name in names:
            if (value := values[name]) is None:
                continue
            for item in value if value.__class__ is list else (value,):
                yield fields[name][0], self.term(model, name, item)

    # -- propositions

    def proposition(self, content: Content) -> NamedNode:
        """The IRI of what is said; its triples, and its question's, are added once."""
        if (found := self.propositions.get(id(content))) is None:
            found = self.propositions[id(content)] = self.add_proposition(content)
        return found

    def add_proposition(self, content: Content) -> NamedNode:
        question = self.add_question(content)
        kind = family(content)
        if kind == "Question":
            return question
        pairs = set(self.answer(content))
        hashed = [f"{p.value} {o}" for p, o in pairs] + [f"a {kind}"]
        iri = node("proposition", digest(hashed))
        self.share(iri, ["Proposition", *([kind] if kind else [])], {*pairs, (CMQ.answers, question)})
        return iri

    def answer(self, content: Content) -> Iterator[tuple[NamedNode, Term]]:
        """All that is coded; a quantity with its bounds, a time with its span."""
        yield from self.coded(content, ANSWERED)
        if content.value is not None:
            yield CMQ.value, number(content.value)
            yield CMQ.qualifier, code("qualifier", content.qualifier or "exactly")
        for name, bound in zip(("valueLow", "valueHigh"), _value_bounds(content), strict=True):
            if bound is not None:
                yield CMQ[name], number(bound)
        yield from span(content.edtf, content.earliest, content.latest)

    def add_question(self, content: Content) -> NamedNode:
        pairs = set(self.coded(content, ASKED))
        iri = node("question", digest(f"{p.value} {o}" for p, o in pairs))
        self.share(iri, ["Proposition", "Question"], {*pairs, (CMQ.answers, iri)})
        return iri

    def share(self, iri: NamedNode, classes: list[str], pairs: Iterable[tuple[NamedNode, Term]]) -> None:
        self.out.shared |= {Triple(iri, RDF.type, CMQ[name]) for name in classes}
        self.out.shared |= {Triple(iri, p, o) for p, o in pairs}

    # -- statements and passages

    def passage_iri(self, passage: Quoted) -> NamedNode:
        place = passage.start, passage.end
        if (found := self.passages.get(place)) is None:
            parts = [self.out.report.value, f"{passage.start} {passage.end}"]
            found = self.passages[place] = node("passage", digest(parts))
        return found

    def statement_iri(self, said: Statement) -> NamedNode:
        parts = [
            f"report {self.out.report.value}",
            *(f"passage {self.passage_iri(p).value}" for p in said.passages()),
            f"by {self.reference(('actor',), said.by).value}",
            f"stance {said.stance}",
            f"expresses {self.proposition(said).value}",
        ]
        return node("statement", digest(parts))

    def statement(self, said: Statement) -> NamedNode:
        iri = self.statement_iri(said)
        own = {
            (CMQ.expresses, self.proposition(said)),
            (CMQ.assertedBy, self.reference(("actor",), said.by)),
            (CMQ.reportedIn, self.out.report),
            *self.coded(said, (*SPOKEN, "relay_of", "supersedes")),
            *self.said(said),
            *((RDF.type, CMQ[name]) for name in self.classes(said)),
            *((CMQ.hasPassage, self.passage(p)) for p in said.passages()),
        }
        if said.basis:
            own.add((CMQ.contentText, Literal(said.basis, language="en")))
        self.out.own |= {Triple(iri, p, o) for p, o in own}
        return iri

    def said(self, said: Statement) -> Iterator[tuple[NamedNode, Literal]]:
        """When it can have been said: as dated, and never after the report that carries it was issued.

        What we infer is said when we infer it, whatever the report's date.
        """
        low, high = bounds(said.stated_at, said.stated_earliest, said.stated_latest)
        issued = self.issued if said.voice != "inference" else None
        ends = [end for end in (high, issued) if end]
        yield from written(low, min(ends) if ends else None)

    def classes(self, said: Statement) -> Iterator[str]:
        yield "Statement"
        yield from STANCE_CLASSES.get(said.stance, ())
        if said.stance == "denies" and family(said) == "ResponsibilityProposition":
            yield "ResponsibilityDenial"
        speakers = [self.reference(("actor",), slug) for slug in (said.by, said.on_behalf_of) if slug]
        if any(self.typed(speaker) & OFFICIAL for speaker in speakers):
            yield "OfficialStatement"

    def typed(self, iri: NamedNode) -> frozenset[str]:
        """The classes of a node, as the report tells them, or as they are known."""
        return self.own.get(iri) or self.types.get(iri, frozenset())

    def passage(self, quoted: Quoted) -> NamedNode:
        iri = self.passage_iri(quoted)
        language = self.report.language
        self.out.own |= {
            Triple(iri, RDF.type, CMQ.Passage),
            Triple(iri, CMQ.inReport, self.out.report),
            Triple(iri, CMQ.quote, Literal(quoted.quote, language=language)),
            Triple(iri, CMQ.startOffset, Literal(str(quoted.start), datatype=XSD.integer)),
            Triple(iri, CMQ.endOffset, Literal(str(quoted.end), datatype=XSD.integer)),
        }
        if quoted.translation:
            self.out.own.add(Triple(iri, CMQ.translation, Literal(quoted.translation, language="en")))
        return iri

    # -- the document and what it introduces

    def document(self) -> None:
        report, language = self.report, self.report.language
        pairs: set[tuple[NamedNode, Term]] = {
            (RDF.type, CMQ.Report),
            (DCTERMS.title, Literal(report.title, language=language)),
            (DCTERMS.publisher, self.reference(("actor",), report.publisher)),
            (DCTERMS.language, Literal(language)),
            (CMQ.textSha256, Literal(str(report.text_sha256))),
            (SCHEMA.wordCount, Literal(str(report.word_count), datatype=XSD.integer)),
            *span(report.issued, report.earliest, report.latest),
        }
        if report.issued:
            pairs.add((DCTERMS.issued, Literal(report.issued)))
        if report.url:
            pairs.add((SCHEMA.url, NamedNode(str(report.url))))
        if report.note:
            pairs.add((SKOS.editorialNote, Literal(report.note, language="en")))
        if report.copy_of:
            pairs.add((CMQ.copyOf, node("report", report.copy_of)))
        self.out.own |= {Triple(self.out.report, p, o) for p, o in pairs}

    def introductions(self) -> None:
        for iri, triples in self.described():
            self.out.own.add(Triple(self.out.report, SCHEMA.mentions, iri))
            self.out.shared |= set(triples)

    def described(self) -> Iterator[tuple[NamedNode, list[Triple]]]:
        """Each node that the report introduces, with its triples."""
        report, types = self.report, self.own
        for slug, unnamed in report.unnamed.items():
            iri = actor_iri(self.name, report, slug)
            typed = [Triple(iri, RDF.type, CMQ[name]) for name in types[iri]]
            yield iri, [*typed, *worded(iri, unnamed, report.language)]
        for kind, things in (("actor", report.actors), ("place", report.places), ("event", report.events)):
            for slug, thing in things.items():
                iri = node(kind, slug)
                yield iri, [*introduced(iri, thing, types[iri]), *self.placed(iri, thing)]

    def placed(self, iri: NamedNode, thing: Introduced) -> Iterator[Triple]:
        for name in ("organ_of", "within", "place_precision", "event_type"):
            if (value := getattr(thing, name, None)) is not None:
                yield Triple(iri, fields_of(type(thing))[name][0], self.term(type(thing), name, value))
