"""Dates as they are told: what is said to have happened, and when what about it was said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from communique.pages.card import Node, Row
from communique.pages.text import name, span


@dataclass(frozen=True)
class Bar:
    """A date that a statement gives; a span where it has bounds, and none where it has not."""

    statement: str
    lane: str  # happened or said
    worded: str
    earliest: str | None
    latest: str | None
    speaker: Node
    quote: str
    inferred: bool

    @property
    def days(self) -> str:
        return span(self.earliest, self.latest)

    @property
    def dated(self) -> bool:
        return bool(self.earliest or self.latest)


def bars(rows: Iterable[Row]) -> list[Bar]:
    """From rows of a timeline; a statement on two passages gives one bar."""
    found: dict[str, Bar] = {}
    for row in rows:
        found.setdefault(row["statement"]["id"], _bar(row))
    return list(found.values())


def _bar(row: Row) -> Bar:
    return Bar(
        statement=row["statement"]["id"], lane=row["kind"], worded=str(row["edtf"] or row["wording"] or row["quote"]),
        earliest=row["earliest"], latest=row["latest"], speaker=row["asserter"], quote=row["quote"],
        inferred=name(row["voice"]["id"]) == "inference",
    )  # fmt: skip
