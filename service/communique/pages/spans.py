"""Spans of time as bins of a histogram: by day, month or year, as many as can be told apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from communique import dates
from communique.pages.card import Row
from communique.pages.text import first_day, last_day

MOST = 60


@dataclass(frozen=True)
class Bin:
    """Attacks whose span begins in a day, month or year: its text (EDTF), its bounds, how many."""

    text: str
    attacks: int

    @property
    def earliest(self) -> str:
        return dates.stamp(begin) if (begin := dates.first(self.text)) else ""

    @property
    def latest(self) -> str:
        return dates.stamp(end) if (end := dates.last(self.text)) else ""


def total(rows: Iterable[Row]) -> int:
    """How many attacks there are; from rows of `attacks-by-date`."""
    return sum(row["attacks"] for row in rows)


def undated(rows: Iterable[Row]) -> int:
    """How many no account dates."""
    return sum(row["attacks"] for row in rows if row["earliest"] is None and row["latest"] is None)


def bins(rows: Iterable[Row]) -> list[Bin]:
    """The dated attacks, each in the bin in which its span begins (ends, where it has no beginning)."""
    counted: dict[str, int] = {}
    for row in rows:
        if day := first_day(row["earliest"]) or last_day(row["latest"]):
            counted[day] = counted.get(day, 0) + row["attacks"]
    for length in (7, 4):
        if len(counted) <= MOST:
            break
        counted = _joined(counted, length)
    return [Bin(text, attacks) for text, attacks in sorted(counted.items())]


def _joined(counted: dict[str, int], length: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for text, attacks in counted.items():
        found[text[:length]] = found.get(text[:length], 0) + attacks
    return found
