"""All the nodes of a list, put into a new file with their values: sorted beside it, so that memory does not grow with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from communique.search.lists import FOREVER
from communique.search.order import Order
from communique.search.sight import Unfit
from communique.store import Store

STAGE = """
DROP TABLE IF EXISTS stage.place; CREATE TABLE stage.place(key BLOB, node TEXT, begins TEXT, ends TEXT, tellers TEXT);
DROP TABLE IF EXISTS stage.value; CREATE TABLE stage.value(node TEXT, name TEXT, value TEXT);
DROP TABLE IF EXISTS stage.number; CREATE TABLE stage.number(node TEXT, named INTEGER, PRIMARY KEY(node, named)) WITHOUT ROWID;
"""
# Of nodes that are not of the list, and values said twice, nothing is left.
VALUES = """
INSERT INTO named(list, name, value) SELECT DISTINCT :list, name, value FROM stage.value ORDER BY 2, 3;
"""
NUMBERS = """
INSERT OR IGNORE INTO stage.number
SELECT v.node, named.id FROM stage.value AS v CROSS JOIN named ON named.list = :list AND named.name = v.name AND named.value = v.value
ORDER BY v.node, named.id;
"""
PLACES = """
INSERT INTO listed(list, key, node, begins, ends, tellers, since, until, told)
SELECT DISTINCT :list, key, p.node, begins, ends, tellers, :since, :until,
  coalesce((SELECT ',' || group_concat(named) || ',' FROM stage.number AS n WHERE n.node = p.node), ',')
FROM stage.place AS p ORDER BY key, p.node;
"""
LINES = """
INSERT INTO told
SELECT named, key, id FROM listed CROSS JOIN stage.number AS n ON n.node = listed.node WHERE id > :last ORDER BY named, key, id;
"""
TALLIES = """
INSERT INTO tally SELECT named, :since, :until, COUNT(*) FROM told CROSS JOIN named AS v ON v.id = named WHERE list = :list GROUP BY named;
"""
TWICE = "SELECT 1 FROM listed WHERE list = :list AND id > :last GROUP BY node HAVING COUNT(*) > 1 LIMIT 1"
# Rows that go into the file in one go.
SOME = 1000


def fill(database: sqlite3.Connection, store: Store, order: Order, count: int) -> bool:
    """Whether all the nodes of a list have their places in the file now: each has one, and it can be told."""
    (last,) = database.execute("SELECT coalesce(max(id), 0) FROM listed").fetchone()
    given = {"list": order.name, "since": count, "until": FOREVER, "last": last}
    database.executescript(STAGE)
    try:
        with some(database, "INSERT INTO stage.place VALUES (?, ?, ?, ?, ?)") as places:
            order.each(store, lambda at: places.take((at.key, at.node, at.begins, at.ends, at.tellers)))
    except Unfit:
        return False
    with some(database, "INSERT INTO stage.value VALUES (?, ?, ?)") as values:
        order.narrow.each(store, lambda node, value: values.take((node, *value)))
    with transaction(database):
        for step in (VALUES, NUMBERS, PLACES, LINES, TALLIES):
            database.execute(step, given)
    return database.execute(TWICE, given).fetchone() is None


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN")
    try:
        yield
    finally:
        database.execute("COMMIT")


@contextmanager
def some(database: sqlite3.Connection, insert: str) -> Iterator[Some]:
    """Rows in one transaction, many at a time."""
    with transaction(database):
        waiting = Some(database, insert)
        try:
            yield waiting
        finally:
            waiting.close()


class Some:
    """Rows on their way into the file."""

    def __init__(self, database: sqlite3.Connection, insert: str) -> None:
        self.database, self.insert, self.waiting = database, insert, list[tuple[object, ...]]()

    def take(self, row: tuple[object, ...]) -> None:
        self.waiting.append(row)
        if len(self.waiting) >= SOME:
            self.close()

    def close(self) -> None:
        self.database.executemany(self.insert, self.waiting)
        self.waiting.clear()
