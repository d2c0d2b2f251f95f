"""Which links between reports have to do with which part of a file: those that lead from it or to it, however far away.

Links between places, or between codes, are few, and are every part's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from communique.vocab import CMQ

# From report to report, or from statement to statement; whose a statement is that has such a link leads no further.
TYING = frozenset(str(predicate) for predicate in (CMQ.copyOf, CMQ.supersedes))
TOLD = TYING | {str(CMQ.assertedBy)}


class Ties:
    """The links of a file, as N-Triples; `where` tells the part that a statement or a report is in."""

    def __init__(self, links: Iterable[bytes], where: Mapping[str, int]) -> None:
        self.leads: dict[str, str] = {}
        lines = [_parted(line) for line in b"".join(links).decode().splitlines(keepends=True)]
        for _, subject, predicate, other in lines:
            if predicate in TYING:
                self._tie(subject, other)
        self.common = [line for line, _, predicate, _ in lines if predicate not in TOLD]
        tied = defaultdict[str, list[str]](list)
        for line, subject, predicate, _ in lines:
            if predicate in TOLD:
                tied[self._end(subject)].append(line)
        ends = {(self._end(node), where[node[1:-1]]) for node in tuple(self.leads) if node[1:-1] in where}
        self.parts = defaultdict[int, list[str]](list)
        for end, part in sorted(ends):
            self.parts[part] += tied[end]

    def of(self, part: int) -> bytes:
        """What has to do with a part."""
        return "".join([*self.common, *self.parts.get(part, ())]).encode()

    def _end(self, node: str) -> str:
        """The one node that stands for all that are tied to this one."""
        while (further := self.leads.setdefault(node, node)) != node:
            self.leads[node] = self.leads[further]
            node = further
        return node

    def _tie(self, one: str, other: str) -> None:
        self.leads[self._end(one)] = self._end(other)


def _parted(line: str) -> tuple[str, str, str, str]:
    subject, predicate, other, _ = line.split(" ", 3)
    return line, subject, predicate, other
