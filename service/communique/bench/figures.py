"""Figures of what was measured: medians with their spread, and ratios within one round."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from communique.bench.ground import Sample


@dataclass(frozen=True)
class Figure:
    """A median, the least and the most of what it is of."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Figure | None:
        found = list(values)
        return cls(statistics.median(found), min(found), max(found)) if found else None

    def told(self, write: Callable[[float], str]) -> str:
        """The median with its spread, which one value has not."""
        if self.low == self.high:
            return write(self.median)
        return f"{write(self.median)} ({write(self.low)} to {write(self.high)})"


def chosen(samples: Sequence[Sample], **fields: object) -> list[Sample]:
    """The samples that have these values in these fields."""
    return [sample for sample in samples if all(sample.get(name) == value for name, value in fields.items())]


def values(samples: Sequence[Sample], field: str) -> Figure | None:
    return Figure.of(float(s[field]) for s in samples if s.get(field) is not None)


def ratios(mine: Sequence[Sample], theirs: Sequence[Sample], field: str) -> Figure | None:
    """How many times theirs mine is, round by round, since both then met the same weather.

    A server that gave no answer in a phase counts as one that gave one, which is kinder to it.
    """
    by_round = {sample["round"]: sample for sample in theirs}
    pairs = [(sample, by_round[sample["round"]]) for sample in mine if sample["round"] in by_round]
    return Figure.of(_of(a, field) / _of(b, field) for a, b in pairs)


def _of(sample: Sample, field: str) -> float:
    if field == "rate" and not sample["rate"]:
        return 1 / float(sample["seconds"])
    return float(sample[field])


def percentile(found: Sequence[float], share: float) -> float:
    """The value below or at which this share of them lies: nearest rank."""
    ordered = sorted(found)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


def number(value: float) -> str:
    """Three figures are all that a benchmark is good for."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def times(value: float) -> str:
    return f"{number(value)} ×"
