"""A report as a page: the document, and its statements in the order of its text; never the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from communique.answer import MAX_LIMIT, Page
from communique.errors import NotFound
from communique.pages import answers
from communique.pages.card import Card, Row
from communique.pages.document import Stretch, extent
from communique.pages.sources import QUERY as SOURCES
from communique.pages.sources import Source, source
from communique.service import Service
from communique.vocab import node

QUERIES = (SOURCES, "report-statements", "report-copies", "statement-told")


@dataclass(frozen=True)
class Placed:
    """A statement, and where its passages stand."""

    card: Card
    stretches: list[Stretch]


@dataclass(frozen=True)
class Report:
    """A report, its copies, and its statements; `next` is the token of the statements that follow."""

    source: Source
    length: int
    statements: list[Placed]
    copies: Sequence[Row]
    sources: dict[str, Source]
    next: str | None


def report(service: Service, name: str, after: str | None = None) -> Report:
    """The report of this name; NotFound where none has it."""
    given = {"report": name}
    copies, told, document = service.ask_all([
        (service.catalog["report-copies"], given, None),
        (service.catalog["report-statements"], given, Page(MAX_LIMIT, after)),
        (service.catalog[SOURCES], {"report": [node("report", name).value]}, None),
    ])  # fmt: skip
    if not document.rows:
        raise NotFound(f"no report {node('report', name).value} is known", parameter="report")
    beside, found = answers.beside(service, told.rows), source(document.rows[0])
    cards = beside.cards(told.rows)
    bounds = extent(found, (words for card in cards for words in card.passages))
    return Report(
        source=found,
        length=bounds.length,
        statements=[Placed(card, [bounds.stretch(words) for words in card.passages]) for card in cards],
        copies=copies.rows,
        sources={**beside.sources, found.report["id"]: found},
        next=told.next,
    )
