"""What had been said by a day: the days on which something more had been, and how many statements that leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from communique import dates
from communique.pages.card import Row
from communique.pages.text import last_day


@dataclass(frozen=True)
class Days:
    """`as_of` is the day asked for, if one is; `days` are those by which statements had been said, in order."""

    as_of: str | None
    days: tuple[str, ...]
    total: int
    later: int  # may have been said after the day
    undated: int  # neither statement nor report bears a date

    @property
    def shown(self) -> int:
        return self.total - self.left_out

    @property
    def left_out(self) -> int:
        return self.later + self.undated if self.as_of else 0


def days(rows: Iterable[Row], as_of: str | None) -> Days:
    """From rows of `event-days`. `as_of` has been read as a date before."""
    counted = [(row["saidBy"], int(row["statements"])) for row in rows]
    limit = dates.last(as_of) if as_of else None
    stamp = dates.stamp(limit) if limit else ""
    return Days(
        as_of=last_day(stamp) or None,
        days=tuple(dict.fromkeys(last_day(by) for by, _ in counted if by)),
        total=sum(n for _, n in counted),
        later=sum(n for by, n in counted if by and by > stamp) if stamp else 0,
        undated=sum(n for by, n in counted if not by),
    )
