"""Whose turn it is among the jobs that wait."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

from communique.process.runner import Errand


class Turns:
    """What is due first goes first; of what is due at one time, what came first."""

    def __init__(self) -> None:
        self.heap: list[tuple[float, int, Errand]] = []
        self.numbers = count()

    def __bool__(self) -> bool:
        return bool(self.heap)

    def add(self, errand: Errand) -> None:
        heapq.heappush(self.heap, (errand.due, next(self.numbers), errand))

    def first(self) -> Errand:
        return self.heap[0][2]

    def pop(self) -> Errand:
        return heapq.heappop(self.heap)[2]

    def sift(self, keep: Callable[[Errand], bool]) -> None:
        """Take out what need not be kept."""
        kept = [item for item in self.heap if keep(item[2])]
        if len(kept) < len(self.heap):
            heapq.heapify(kept)
            self.heap = kept
