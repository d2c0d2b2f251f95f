"""What is too large for one operation of a remote store: written down in the store itself before it is begun.

Whoever finds it there, sealed and not told as done, does it again from the start: to take out and put in twice is once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad

from communique.errors import BadGateway
from communique.store import META, Change
from communique.store.wire import Refused
from communique.vocab import ID, RDF

JOURNAL = NamedNode(f"{ID}graph/journal")
MOST = 5000  # quads in one operation, until a store takes fewer
LEAST = 50
PAGE = 32 * 1024  # characters of the journal in one literal

Put = Callable[[Change], None]


@dataclass(frozen=True)
class Mark:
    """The seal on a journal: the version that it leads to, its pages, and their SHA-256."""

    version: str
    pages: int
    digest: str

    @property
    def quad(self) -> Quad:
        return Quad(META, RDF.value, Literal(f"{self.version} {self.pages} {self.digest}"), META)


class Journal:
    """How much one operation may hold, and what is done in several."""

    def __init__(self) -> None:
        self.most = MOST

    def fits(self, change: Change) -> bool:
        return _size(change) <= self.most

    def less(self, change: Change) -> bool:
        """The store has refused this much: half of it from now on, unless that is too little to be the reason."""
        if _size(change) <= LEAST:
            return False
        self.most = max(LEAST, _size(change) // 2)
        return True

    def write(self, change: Change, version: str, put: Put) -> Mark:
        """Write a change down, page by page; its seal."""
        pages = _pages(change)
        for number, page in enumerate(pages):
            put(Change(add={Quad(_page(number), RDF.value, Literal(page), JOURNAL)}))
        return Mark(version, len(pages), _digest(pages))

    def apply(self, change: Change, put: Put) -> None:
        """Carry a change out, piece by piece."""
        for make, quads in ((_removal, change.remove), (_addition, change.add)):
            ordered = sorted(quads, key=str)
            while ordered:
                piece = make(set(ordered[: self.most]))
                try:
                    put(piece)
                except Refused:
                    if not self.less(piece):
                        raise
                else:
                    del ordered[: _size(piece)]


def marked(meta: Iterable[Quad]) -> Mark | None:
    """The seal among the store's own quads, if a change is under way."""
    for quad in meta:
        if quad.predicate == RDF.value and isinstance(quad.object, Literal):
            version, pages, digest = quad.object.value.split()
            return Mark(version, int(pages), digest)
    return None


def written(mark: Mark, journal: Iterable[Quad]) -> Change:
    """The change that was written down. Raises BadGateway when the journal is not what was sealed."""
    found = {quad.subject: quad.object for quad in journal}
    pages = [getattr(found.get(_page(number)), "value", "") for number in range(mark.pages)]
    if _digest(pages) != mark.digest:
        raise BadGateway(f"the store was left in the middle of a change to {mark.version}, and its journal is damaged")
    lines = [f"{line}\n" for line in "".join(pages).split("\n") if line]
    return Change(*(_parsed(line[1:] for line in lines if line.startswith(sign)) for sign in "-+"))


def block(quads: Iterable[Quad]) -> str:
    """Quads as SPARQL has them in templates and data."""
    return "\n".join(f"GRAPH {q.graph_name} {{ {q.triple} }}" for q in quads)


def _pages(change: Change) -> list[str]:
    lines = [f"{sign}{line}" for sign, quads in (("-", change.remove), ("+", change.add)) for line in _lines(quads)]
    pages = [""]
    for line in lines:
        if len(pages[-1]) + len(line) > PAGE:
            pages.append("")
        pages[-1] += line
    return pages


def _lines(quads: Iterable[Quad]) -> list[str]:
    text = (ox.serialize(sorted(quads, key=str), format=ox.RdfFormat.N_QUADS) or b"").decode()
    # Not splitlines: a literal may hold other ends of lines than the one that N-Quads escapes.
    return [f"{line}\n" for line in text.split("\n") if line]


def _parsed(lines: Iterable[str]) -> set[Quad]:
    return set(ox.parse("".join(lines), format=ox.RdfFormat.N_QUADS))


def _digest(pages: list[str]) -> str:
    return hashlib.sha256("\0".join(pages).encode()).hexdigest()


def _page(number: int) -> NamedNode:
    return NamedNode(f"{JOURNAL.value}/{number}")


def _size(change: Change) -> int:
    return len(change.remove) + len(change.add)


def _removal(quads: set[Quad]) -> Change:
    return Change(remove=quads)


def _addition(quads: set[Quad]) -> Change:
    return Change(add=quads)
