"""What of the content's queries is kept in a file beside the store: rows by their words, and lists in their order."""

from __future__ import annotations

from dataclasses import dataclass

from communique import catalog
from communique.content import Content
from communique.search.order import Order
from communique.search.rows import Rows
from communique.search.sight import Parts, Touched
from communique.store import Change

HEADS = ("#+ index:", "#+ keep:")


@dataclass(frozen=True)
class Step:
    """What one change touched: of the rows, and of each list."""

    words: Touched
    lists: tuple[Touched, ...]

    @property
    def size(self) -> int:
        return sum(each.size for each in (self.words, *self.lists))

    def __or__(self, other: Step) -> Step:
        return Step(self.words | other.words, tuple(a | b for a, b in zip(self.lists, other.lists, strict=True)))


@dataclass(frozen=True)
class Kept:
    """The query whose rows are found by their words, and the lists."""

    words: Rows
    orders: tuple[Order, ...]

    @property
    def digests(self) -> dict[str, str]:
        """What tells each from any other, by the name of its query."""
        return {self.words.query.name: self.words.digest, **{order.name: order.digest for order in self.orders}}

    def touched(self, change: Change) -> Step:
        """Unfit when what a change is about has no name."""
        parts = Parts(change)
        return Step(self.words.touched(parts), tuple(order.touched(parts) for order in self.orders))


def kept(content: Content) -> Kept | None:
    """What a content folder has kept; the other queries are not read. None where no query is found by its words."""
    texts = ((path, path.read_text("utf-8")) for path in content.queries())
    queries = [catalog.read(path) for path, text in texts if any(head in text for head in HEADS)]
    words = next((Rows(query) for query in queries if query.index), None)
    return Kept(words, tuple(Order(query) for query in queries if query.kept)) if words else None
