"""Very many spans of time, as fewer: counted by the month or the year in which they begin, so that a page can show them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from communique import dates
from communique.pages.card import Row
from communique.pages.text import first_day, last_day, span

# Bars that can be told apart, and lines that can be read.
MOST = 300


@dataclass(frozen=True)
class Bar:
    """Attacks of one span, or those whose spans begin in one month or year; bounds as in the data (`dates.bounds`)."""

    words: str
    earliest: str | None
    latest: str | None
    attacks: int


def shown(rows: Sequence[Row], most: int = MOST) -> list[Bar]:
    """The spans of rows of `attacks-by-date`, as they are where there are at most `most`; else by month, or by year."""
    if len(rows) <= most:
        return [Bar(span(r["earliest"], r["latest"]), r["earliest"], r["latest"], r["attacks"]) for r in rows]
    months = _joined(rows, lambda day: day[:7])
    return months if len(months) <= most else _joined(rows, lambda day: day[:4])


def _joined(rows: Iterable[Row], part: Callable[[str], str]) -> list[Bar]:
    """By the part of the day on which a span begins, or ends where it has no beginning."""
    counted: dict[str, int] = {}
    for row in rows:
        if day := first_day(row["earliest"]) or last_day(row["latest"]):
            counted[part(day)] = counted.get(part(day), 0) + row["attacks"]
    return [Bar(f"beginning in {text}", *_bounds(text), attacks) for text, attacks in sorted(counted.items())]


def _bounds(text: str) -> tuple[str | None, str | None]:
    first, last = dates.first(text), dates.last(text)
    return dates.stamp(first) if first else None, dates.stamp(last) if last else None
