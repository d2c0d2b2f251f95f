"""A statement as a page: the words, all that is coded of them, and every other answer to the question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from communique.errors import Gone, NotFound
from communique.pages import answers
from communique.pages.answers import Beside
from communique.pages.card import Card, Node, Row
from communique.pages.document import Stretch, extent
from communique.pages.sources import Source
from communique.pages.text import first_day, label, last_day, name
from communique.service import Service

QUERIES = (
    "statement", "statement-content", "statement-classes", "statement-passages", "statement-told", "statement-answers",
    "statement-remarks",
)  # fmt: skip
# How another answer stands to a statement: a column of `statement-answers`, and its heading.
RELATIONS = (
    ("contradicts", "Contradict it: both cannot hold"), ("differs", "Differ from it, and both may hold"),
    ("corroborates", "Corroborate it: others say the same, in reports that are no copies"),
)  # fmt: skip
OTHER = "Other answers to the question"
# What is said of a statement: the column `kind` of `statement-remarks`, and its heading.
REMARKS = {
    "supersedes": "Superseded by", "relays": "Relayed by", "about": "What is said of the statement itself",
}  # fmt: skip
# Properties that tell a day at its end or its beginning, in UTC.
ENDS = {"earliest": first_day, "latest": last_day}


@dataclass(frozen=True)
class Coded:
    """A property and a value, which is a node or text."""

    property: Node
    node: Node | None
    text: str


@dataclass(frozen=True)
class Statement:
    """A statement, and all that stands beside it."""

    card: Card
    about: Node
    kinds: list[Node]
    said: list[Coded]  # of the proposition
    spoken: list[Coded]  # of the statement
    stretches: list[Stretch]
    length: int
    answers: list[tuple[str, list[Card]]]
    remarks: list[tuple[str, list[Card]]]
    sources: dict[str, Source]

    @property
    def source(self) -> Source | None:
        return self.sources.get(self.card.report["id"])


def statement(service: Service, name: str) -> Statement:
    """The statement of this name (a hash). Raises NotFound; Gone with its `report` where it is no longer recorded."""
    given = {"statement": name}
    found = answers.of_all(service, {
        "statement": given, "statement-content": given, "statement-classes": given,
        "statement-answers": {"said": name}, "statement-remarks": {"remarked": name},
    })  # fmt: skip
    beside = answers.beside(service, answers.evidence(found[part] for part in _RESTING))
    made = beside.cards(found["statement"].rows)[0]
    bounds = extent(beside.sources.get(made.report["id"]), made.passages)
    coded = found["statement-content"].rows
    return Statement(
        card=made,
        about=found["statement"].rows[0]["about"],
        kinds=[row["class"] for row in found["statement-classes"].rows],
        said=_coded(coded, "proposition"),
        spoken=_coded(coded, "statement"),
        stretches=[bounds.stretch(words) for words in made.passages],
        length=bounds.length,
        answers=_answers(beside, found["statement-answers"].rows),
        remarks=_remarks(beside, found["statement-remarks"].rows),
        sources=beside.sources,
    )


_RESTING = ("statement", "statement-answers", "statement-remarks")


def _coded(rows: Iterable[Row], of: str) -> list[Coded]:
    return [_value(row["property"], row["value"]) for row in rows if row["of"] == of]


def _value(coded: Node, value: object) -> Coded:
    if isinstance(value, dict):
        return Coded(coded, value, label(value))
    shown = ENDS.get(name(coded["id"]).rpartition("#")[2])
    return Coded(coded, None, shown(value) if shown else str(value))


def _answers(beside: Beside, rows: Sequence[Row]) -> list[tuple[str, list[Card]]]:
    groups = {heading: beside.cards(row for row in rows if row[relation]) for relation, heading in RELATIONS}
    groups[OTHER] = beside.cards(row for row in rows if not any(row[relation] for relation, _ in RELATIONS))
    return [(heading, cards) for heading, cards in groups.items() if cards]


def _remarks(beside: Beside, rows: Sequence[Row]) -> list[tuple[str, list[Card]]]:
    groups = {heading: beside.cards(row for row in rows if row["kind"] == kind) for kind, heading in REMARKS.items()}
    return [(heading, cards) for heading, cards in groups.items() if cards]


@dataclass(frozen=True)
class Replaced:
    """What is left of a statement that is no longer recorded: its report, and what that says now."""

    iri: str
    report: Node
    recorded: bool  # whether the report still is
    cards: list[Card]
    sources: dict[str, Source]


def replaced(service: Service, gone: Gone, iri: str) -> Replaced:
    """From the error that tells of it."""
    report = str(gone.extra["report"])
    try:
        rows = service.ask(service.catalog["report-statements"], {"report": name(report)}).rows
    except NotFound:
        return Replaced(iri, {"id": report}, recorded=False, cards=[], sources={})
    beside = answers.beside(service, rows)
    node = rows[0]["report"] if rows else {"id": report}
    return Replaced(iri, node, recorded=True, cards=beside.cards(rows), sources=beside.sources)
