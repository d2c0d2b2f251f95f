"""Lists in the file beside the store: their first nodes, of all or of what is narrowed, and how many have each value.

A node that is listed has a line of `listed`, whose `told` names its values, and for each of them a line of `told` in the order of
the list. Lines hold from one version of the store to another.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import merge
from itertools import chain, islice

from pyoxigraph import Literal, NamedNode

from communique.binding import SPAN, TELLERS, Query
from communique.param import Terms, each
from communique.search import words
from communique.search.order import NEVER
from communique.search.rows import Rows, long, short

FOREVER = 2**62

SCHEMA = """
CREATE TABLE kept(name TEXT PRIMARY KEY, digest TEXT, fit INTEGER);
CREATE TABLE listed(
  id INTEGER PRIMARY KEY, list TEXT, key BLOB, node TEXT, begins TEXT, ends TEXT, tellers TEXT, since INTEGER, until INTEGER,
  told TEXT
);
CREATE TABLE named(id INTEGER PRIMARY KEY, list TEXT, name TEXT, value TEXT, UNIQUE(list, name, value));
CREATE TABLE told(named INTEGER, key BLOB, id INTEGER, PRIMARY KEY(named, key, id)) WITHOUT ROWID;
CREATE TABLE tally(named INTEGER, since INTEGER, until INTEGER, many INTEGER, PRIMARY KEY(named, since)) WITHOUT ROWID;
"""
# Made when all nodes are there. The partial ones are used for what names their bound, as a number.
INDEXES = f"""
CREATE INDEX listed_node ON listed(node, list);
CREATE INDEX listed_key ON listed(list, key);
CREATE INDEX listed_ends ON listed(list, ends, since, until);
CREATE INDEX listed_until ON listed(until) WHERE until < {FOREVER};
CREATE INDEX tally_until ON tally(until) WHERE until < {FOREVER};
"""
HOLDS = """
since <= :count AND until > :count
  AND (:to IS NULL OR begins IS NULL OR begins <= :to) AND (:from IS NULL OR ends IS NULL OR ends >= :from)
  AND (:as_of IS NULL OR coalesce(substr(tellers, 1, length(:as_of)), ends) <= :as_of)
"""
LINE = "listed.key AS key, node, listed.told, ends, tellers"
ALL = f"SELECT {LINE} FROM listed INDEXED BY listed_key WHERE list = :list AND {HOLDS}"
AMONG = f"""
SELECT {LINE} FROM json_each(:nodes) AS given CROSS JOIN listed INDEXED BY listed_node ON node = given.value AND list = :list WHERE {HOLDS}
"""
WITH = f"""
SELECT {LINE.replace("listed.key", "told.key")} FROM told CROSS JOIN listed ON listed.id = told.id WHERE told.named = :named AND {HOLDS}
"""
IN_ORDER = "ORDER BY key, node LIMIT :most"
NAMED = "SELECT id FROM named WHERE list = ? AND name = ? AND value = ?"
VALUES = "SELECT id, value FROM named WHERE list = :list AND name = :name"
TALLIES = f"""
SELECT value, many FROM ({VALUES}) CROSS JOIN tally ON tally.named = id WHERE since <= :count AND until > :count AND many > 0
"""
LEFT = """
SELECT count(*) FILTER (WHERE ends IS NULL), count(*) FILTER (WHERE ends > :limit) FROM listed INDEXED BY listed_ends
WHERE list = :list AND since <= :count AND until > :count
"""
TALLY = "SELECT many FROM tally WHERE named = :named AND since <= :count AND until > :count"
Found = list[tuple[bytes, NamedNode]]
# A place in the list, the node there, the values that it has, when it ends, and the statements that tell of it.
Line = tuple[bytes, str, str, str | None, str | None]


@dataclass(frozen=True)
class Asked:
    """A list as it is asked for: with values for some parameters, for a span of time, at a version."""

    query: Query
    terms: Mapping[str, Terms]
    count: int
    # The words that a name of a node is to have, as the engine lowers them.
    lowered: str | None = None

    @property
    def kept(self) -> bool:
        """Whether what is kept of the list tells it."""
        spans = {name for name in SPAN if f"?{name}" in (self.query.first or "")}
        words = {self.query.words} if self.query.sought else set()
        return self.query.kept and spans.union(self.names, words).issuperset(self.terms)

    @property
    def by_tellers(self) -> bool:
        """Whether it is other statements that tell of its nodes."""
        return f"?{TELLERS}" in (self.query.first or "")

    @property
    def word(self) -> Literal | None:
        """The words that are looked for, if any are."""
        word = self.terms.get(self.query.words or "")
        return word if isinstance(word, Literal) else None

    @cached_property
    def rows(self) -> Rows:
        """The rows that are found by their words."""
        return Rows(self.query.sought or self.query)

    @property
    def names(self) -> set[str]:
        """The parameters that narrow the list by what is kept."""
        return {name for name, _ in self.query.narrow} & {param.name for param in self.query.params}

    @property
    def given(self) -> dict[str, object]:
        span = {name: getattr(self.terms.get(name), "value", None) for name in SPAN}
        return {"list": self.query.name, "count": self.count, **span}

    def values(self, database: sqlite3.Connection) -> list[list[int]]:
        """Of each parameter that narrows, the numbers of the values that are wanted; some may be of no node."""
        return [
            [found[0] for term in each(self.terms[name]) for found in database.execute(NAMED, self._value(name, term))]
            for name in sorted(self.names.intersection(self.terms))
        ]

    def _value(self, name: str, term: object) -> tuple[str, str, str]:
        return self.query.name, name, short(str(term))


def first(database: sqlite3.Connection, asked: Asked, most: int) -> Found:
    """So many of the first nodes of a list, each with its place."""
    found = _lines(database, asked, most) or _lines(database, replace(asked, lowered=None), most)
    return [(key, NamedNode(long(node)[1:-1])) for key, node, *_ in found or ()]


def counts(database: sqlite3.Connection, asked: Asked, names: Iterable[str]) -> list[dict[str, int]] | None:
    """Under each name, how many nodes of a list have each value, as `short` gives it; None where words are too common to tell."""
    if not asked.terms:
        every = (database.execute(TALLIES, {**asked.given, "name": name}) for name in names)
        return [dict(found.fetchall()) for found in every]
    lines = _lines(database, asked, None)
    if lines is None:
        return None
    # As texts: there are very many of them, and few that are asked for.
    many = Counter(chain.from_iterable(told.split(",") for _, _, told, *_ in lines))
    named = (database.execute(VALUES, {**asked.given, "name": name}) for name in names)
    return [{value: many[str(number)] for number, value in found if str(number) in many} for found in named]


def left(database: sqlite3.Connection, asked: Asked, as_of: str) -> tuple[int, int] | None:
    """How many nodes of a list have no end, and how many end after an instant; where other statements tell of them, how many of these
    had been said at no known time, or may have been later. None where words are too common to tell.
    """
    if not asked.terms and not asked.by_tellers:
        undated, later = database.execute(LEFT, {**asked.given, "limit": as_of}).fetchone()
        return undated, later
    lines = _lines(database, asked, None)
    if lines is None:
        return None
    ends = _told_by(lines) if asked.by_tellers else [end for *_, end, _ in lines]
    when = Counter(end and end > as_of for end in ends)
    return when[None], when[True]


def _told_by(lines: Iterable[Line]) -> Iterable[str | None]:
    """By when each statement had been said that tells of a node; one may tell of several."""
    every = (one.partition("=") for *_, tellers in lines for one in (tellers or "").split())
    return {statement: None if instant == NEVER else instant for instant, _, statement in every}.values()


def _lines(database: sqlite3.Connection, asked: Asked, most: int | None) -> Iterator[Line] | None:
    """The lines of nodes that have one of the wanted values of each parameter, in order; None where words are too common to tell."""
    given = {**asked.given, "most": -1 if most is None else most}
    wanted = asked.values(database)
    if asked.lowered is not None:
        nodes = words.nodes(database, asked.rows, asked.lowered, asked.count, words.sections(asked.query, asked.terms))
        if nodes is None:
            return None
        return database.execute(f"{AMONG} {_tests(wanted)} {IN_ORDER}", {**given, "nodes": json.dumps(nodes)})
    if not wanted:
        return database.execute(f"{ALL} {IN_ORDER}", given)
    # Of the rarest values fewest lines are looked at.
    wanted.sort(key=lambda numbers: sum(_tally(database, number, asked) for number in numbers))
    leading, *others = wanted
    every = (database.execute(f"{WITH} {_tests(others)} {IN_ORDER}", {**given, "named": number}) for number in leading)
    return islice(_once(merge(*every)), most)


def _once(lines: Iterable[Line]) -> Iterator[Line]:
    """Each node once, of lines in which what is the same stands together."""
    last: object = None
    for line in lines:
        if line != last:
            yield line
        last = line


def _tests(wanted: Iterable[Iterable[int]]) -> str:
    return "".join(f" AND ({' OR '.join(map(_has, numbers)) or '0'})" for numbers in wanted)


def _has(number: int) -> str:
    return f"instr(listed.told, ',{number},')"


def numbers(told: str) -> list[int]:
    """The values that a line names."""
    return [int(number) for number in told.split(",") if number]


def as_told(values: Iterable[int]) -> str:
    """Values as a line names them, each between commas."""
    return ",".join(("", *map(str, values), ""))


def _tally(database: sqlite3.Connection, number: int, asked: Asked) -> int:
    found = database.execute(TALLY, {"named": number, "count": asked.count}).fetchone()
    return int(found[0]) if found else 0
