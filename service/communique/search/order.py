"""The nodes of a list in the order of its rows: all of them, or what has become of some, and as bytes that are in that order.

A node has one place in a list; where the data gives it two, the list is answered by the query.
"""

from __future__ import annotations

import hashlib
import heapq
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import Literal, NamedNode, QuerySolution

from communique import binding
from communique.binding import BEGINS, BOUND, ENDS, TELLERS, Query
from communique.param import Terms
from communique.search.narrow import Narrow, batches
from communique.search.rows import COMMON, long, short
from communique.search.sight import Parts, Sight, Touched, Unfit
from communique.store import Store, rows
from communique.vocab import XSD

# Of one form, so that their order is that of their text.
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
# Behind every instant.
NEVER = "~"
GIVEN = re.compile(r"^ *#\?.*\n", re.MULTILINE)
ORDER_BY = re.compile(r"ORDER BY .*\Z", re.DOTALL)
BEGUN = COMMON[1:]


@dataclass(frozen=True)
class Place:
    """Where a node stands in a list, which node as `short` gives it, when it begins and ends, and the statements that tell of it, the
    earliest first.
    """

    key: bytes
    node: str
    begins: str | None
    ends: str | None
    tellers: str | None


class Order:
    """The nodes of a list whose query keeps them."""

    def __init__(self, query: Query) -> None:
        self.name, self.query = query.name, query
        text = query.first or ""
        self.question = Query(query.name, query.title, ORDER_BY.sub("", text))
        # Read once: it is asked with every write.
        self.every = Query(query.name, query.title, GIVEN.sub("", self.question.text))
        self.by = binding.order(text)
        self.narrow = Narrow(query)

    @cached_property
    def digest(self) -> str:
        return digest(self.query)

    @cached_property
    def sight(self) -> Sight:
        return Sight(self.every.text)

    @cached_property
    def wide(self) -> Sight | None:
        """With what narrows the list, and leads to its nodes, where something does."""
        return Sight(f"{self.every.text}\n{self.narrow.text}") if self.narrow.text else None

    def each(self, store: Store, take: Callable[[Place], None]) -> None:
        """Every place, in no order. Unfit when one cannot be told."""
        for place in self._places(store, self.every, {}):
            take(place)

    def of(self, store: Store, nodes: Iterable[NamedNode]) -> list[Place]:
        """The places of some nodes, in no order. Unfit when one cannot be told, or a node has two."""
        # What is told twice of one place is one.
        found = list(
            dict.fromkeys(place for each in batches(nodes) for place in self._places(store, self.every, {BOUND: each}))
        )
        if len({place.node for place in found}) < len(found):
            raise Unfit(f"a node has two places in {self.name}")
        return found

    def first(self, store: Store, terms: Mapping[str, Terms], most: int) -> list[tuple[bytes, NamedNode]]:
        """So many of the first nodes of what was given, each with its place. Unfit when one cannot be told."""
        least = heapq.nsmallest(most, ((place.key, place.node) for place in self._places(store, self.question, terms)))
        return [(key, NamedNode(long(node)[1:-1])) for key, node in least]

    def touched(self, change: Parts) -> Touched:
        """Unfit when what a change is about has no name."""
        touched = self.sight.touched(change)
        return touched | self.wide.ends(change) if self.wide else touched

    def _places(self, store: Store, question: Query, terms: Mapping[str, Terms]) -> Iterator[Place]:
        found = rows(store, binding.bind(question, terms))
        given = {variable.value for variable in found.variables}
        begins, ends, tellers = (name if name in given else None for name in (BEGINS, ENDS, TELLERS))
        for row in found:
            node = row[BOUND]
            if not isinstance(node, NamedNode):
                raise Unfit(f"{node} cannot be looked up again")
            yield Place(self._key(row), short(str(node)), _text(row, begins), _text(row, ends), _tellers(row, tellers))

    def _key(self, row: QuerySolution) -> bytes:
        return b"".join(_descending(row[name]) if last_first else _ascending(row[name]) for name, last_first in self.by)


def digest(query: Query) -> str:
    """Tells the list from any other, and from what its query gave before it was changed."""
    return hashlib.sha256(repr((query.first, query.narrow, query.reach)).encode()).hexdigest()


def _text(row: QuerySolution, name: str | None) -> str | None:
    """An instant. Unfit when it is none."""
    term = row[name] if name else None
    if term is None:
        return None
    _ascending(term)
    return str(term.value)


def _tellers(row: QuerySolution, name: str | None) -> str | None:
    """The statements in the order of their instants, behind them those that have none. Unfit when one has what is none."""
    term = row[name] if name else None
    if term is None:
        return None
    told = sorted((instant or NEVER, iri) for instant, _, iri in (one.partition("=") for one in term.value.split()))
    for instant, _ in told:
        if instant != NEVER and not INSTANT.fullmatch(instant):
            raise Unfit(f"a statement had been said by {instant[:80]}")
    return " ".join(f"{instant}={short(f'<{iri}>')}" for instant, iri in told)


def _ascending(term: object) -> bytes:
    """A term as bytes in the order that the engine gives terms: nothing, IRIs, and values of one type: booleans, instants or texts."""
    if term is None:
        return b"\0"
    if isinstance(term, NamedNode):
        return _iri(term.value) + b"\0"
    if isinstance(term, Literal):
        if term.datatype == XSD.boolean:
            return b"\3" if term.value in ("true", "1") else b"\2"
        if term.datatype == XSD.dateTime and INSTANT.fullmatch(term.value):
            return b"\2" + term.value.encode()
        if term.datatype == XSD.string and "\0" not in term.value:
            return b"\4" + term.value.encode() + b"\0"
    raise Unfit(f"there is no place in the order for {str(term)[:80]}")


def _iri(text: str) -> bytes:
    """Most begin alike, and stand together in the order: of these the rest is kept, behind those that come before."""
    if text.startswith(BEGUN):
        return b"\1\2" + text.removeprefix(BEGUN).encode()
    return (b"\1\1" if text < BEGUN else b"\1\3") + text.encode()


def _descending(term: object) -> bytes:
    return bytes(255 - byte for byte in _ascending(term))
