"""The lists in the file beside the store, brought to a new version: what nodes say no more, and what they say now."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator

from pyoxigraph import NamedNode

from communique.search.lists import FOREVER, NAMED, as_told, numbers
from communique.search.narrow import Value
from communique.search.order import Order, Place
from communique.search.rows import long, short
from communique.search.sight import Touched, Unfit
from communique.store import Store

OPEN = f"""
SELECT id, key, begins, ends, tellers, told FROM listed INDEXED BY listed_node WHERE node = ? AND list = ? AND until = {FOREVER}
"""
AMONG = f"""
SELECT DISTINCT node FROM json_each(?) AS given CROSS JOIN listed INDEXED BY listed_node
ON node = given.value AND list = ? AND until = {FOREVER}
"""
CLOSE = f"UPDATE tally SET until = ? WHERE named = ? AND until = {FOREVER} RETURNING many"
OLD = f"until < {FOREVER} AND until <= ?"
# Nodes that are looked up for one write; where it touches more, as by what a country is within, all are.
MANY = 3000
Line = tuple[bytes, str | None, str | None, str | None, tuple[Value, ...]]


class Entries:
    """One list."""

    def __init__(self, database: sqlite3.Connection, order: Order) -> None:
        self.database, self.order = database, order

    def touched(self, store: Store, touched: Touched) -> set[NamedNode]:
        """The nodes that may have another place, or other values, by what was touched. Unfit when they are very many."""
        reached = self.order.narrow.reached(store, touched)
        nodes = {*touched.all, *reached, *self._listed(touched.subjects | touched.objects)}
        if len(nodes) > MANY:
            raise Unfit(f"{len(nodes)} nodes of {self.order.name} are touched")
        return nodes

    def put(self, nodes: Iterable[NamedNode], lines: dict[str, Line], count: int) -> None:
        """What nodes say at a version; a node without a line is of the list no more."""
        tallies: Counter[int] = Counter()
        for node in (short(str(node)) for node in nodes):
            line = lines.get(node)
            for number, *then, told in self._open(node):
                if line and (*then, told) == (*line[:4], self._told(line[4])):
                    line = None
                    continue
                self.database.execute("UPDATE listed SET until = ? WHERE id = ?", (count, number))
                tallies.subtract(numbers(told))
            if line:
                tallies.update(self._add(node, line, count))
        for number, change in tallies.items():
            self._tally(number, change, count)

    # -- the parts

    def _listed(self, nodes: Iterable[NamedNode]) -> Iterator[NamedNode]:
        """Those that are of the list."""
        by = {short(str(node)): node for node in nodes}
        found = self.database.execute(AMONG, (json.dumps(list(by)), self.order.name)) if by else ()
        return (by[node] for (node,) in found)

    def _open(self, node: str) -> list[tuple[int, bytes, str | None, str | None, str | None, str]]:
        """The lines of a node that hold."""
        return self.database.execute(OPEN, (node, self.order.name)).fetchall()

    def _add(self, node: str, line: Line, count: int) -> list[int]:
        key, begins, ends, tellers, values = line
        told = self._told(values)
        added = self.database.execute(
            "INSERT INTO listed(list, key, node, begins, ends, tellers, since, until, told) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self.order.name, key, node, begins, ends, tellers, count, FOREVER, told),
        )
        named = numbers(told)
        self.database.executemany(
            "INSERT INTO told VALUES (?, ?, ?)", ((number, key, added.lastrowid) for number in named)
        )
        return named

    def _told(self, values: Iterable[Value]) -> str:
        return as_told(sorted(self._number(*value) for value in values))

    def _number(self, name: str, value: str) -> int:
        given = (self.order.name, name, value)
        known = self.database.execute(NAMED, given).fetchone()
        if known:
            return int(known[0])
        return self.database.execute("INSERT INTO named(list, name, value) VALUES (?, ?, ?)", given).lastrowid or 0

    def _tally(self, number: int, change: int, count: int) -> None:
        if not change:
            return
        then = self.database.execute(CLOSE, (count, number)).fetchone()
        self.database.execute(
            "INSERT INTO tally VALUES (?, ?, ?, ?)", (number, count, FOREVER, change + (then[0] if then else 0))
        )


def lines(store: Store, order: Order, places: list[Place]) -> dict[str, Line]:
    """What the nodes of places say: where they stand, when they begin and end, who tells of them, and their values."""
    values = order.narrow.of(store, [NamedNode(long(place.node)[1:-1]) for place in places])
    return {
        place.node: (place.key, place.begins, place.ends, place.tellers, tuple(sorted(values.get(place.node, ()))))
        for place in places
    }


def forget(database: sqlite3.Connection, count: int) -> None:
    """What holds at no version from this one on is taken away."""
    old = database.execute(f"SELECT id, key, told FROM listed WHERE {OLD}", (count,)).fetchall()
    for number, key, names in old:
        database.executemany(
            "DELETE FROM told WHERE named = ? AND key = ? AND id = ?", ((name, key, number) for name in numbers(names))
        )
    database.execute(f"DELETE FROM listed WHERE {OLD}", (count,))
    database.execute(f"DELETE FROM tally WHERE {OLD}", (count,))
