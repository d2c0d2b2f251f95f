"""Chance that falls the same everywhere: only `Random.random()` is used, which Python promises never to change."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws that follow from `seed` alone."""

    def __init__(self, seed: str) -> None:
        self.random = Random(seed).random  # noqa: S311  # it makes worlds, not secrets

    def chance(self, share: float) -> bool:
        return self.random() < share

    def below(self, end: int) -> int:
        """A whole number from 0 up to `end`, exclusive."""
        return int(self.random() * end)

    def between(self, low: int, high: int) -> int:
        return low + self.below(high - low + 1)

    def pick(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def zipf(self, items: Sequence[T]) -> T:
        """An item of which the n-th is drawn 1/n as often as the first."""
        sums = _harmonic(len(items))
        return items[bisect(sums, self.random() * sums[-1])]

    def weighted(self, items: dict[T, int]) -> T:
        at = self.below(sum(items.values()))
        return next(item for item, reached in zip(items, accumulate(items.values()), strict=True) if at < reached)


@cache
def _harmonic(count: int) -> list[float]:
    return list(accumulate(1 / rank for rank in range(1, count + 1)))
