"""The index: a SQLite file beside the store, which gives the rows of an indexed query, and the nodes of lists, as queries would.

    DIR/search/VERSION.sqlite    made of the rows that the store had at that version

Rows of then are found by their trigrams (FTS5), and stand in the order of the query. What was written since is few rows, which
carry the versions from and until which they hold; the rows of then that belong to a node written since are hidden from
there on. A node has its places in lists (`order`), each with the versions from and until which it holds. So each version that the file names is answered exactly, and any other not at all. It is a cache: whoever finds
none, or one that cannot be read, asks the query.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from heapq import merge
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode

from communique.catalog import SPAN, Query
from communique.search.order import digest
from communique.search.rows import Rows, long
from communique.store import Store
from communique.store.embedded import Embedded, count_of

FORMAT = "2"
SUFFIX = ".sqlite"
FOREVER = 4611686018427387904  # 2 to the power of 62
# Trigrams of a long word that are looked up; all of it is compared in the end.
GRAMS = 24
GRAM = 3

SCHEMA = """
CREATE TABLE about(name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE row(place INTEGER PRIMARY KEY, node TEXT, line TEXT);
CREATE TABLE word(place INTEGER PRIMARY KEY, lowered TEXT);
CREATE VIRTUAL TABLE gram USING fts5(lowered, content='', detail=none, columnsize=0, tokenize='trigram case_sensitive 1');
CREATE TABLE version(version TEXT PRIMARY KEY, count INTEGER);
CREATE TABLE hidden(node TEXT PRIMARY KEY, since INTEGER) WITHOUT ROWID;
CREATE TABLE fresh(node TEXT, since INTEGER, until INTEGER, key BLOB, line TEXT, lowered TEXT);
CREATE INDEX fresh_node ON fresh(node);
CREATE TABLE kept(name TEXT PRIMARY KEY, digest TEXT, fit INTEGER);
CREATE TABLE listed(
  list TEXT, key BLOB, node TEXT, begins TEXT, ends TEXT, since INTEGER, until INTEGER,
  PRIMARY KEY (list, key, node, since)
) WITHOUT ROWID;
"""
# Made when all rows are there.
INDEXES = """
CREATE INDEX listed_node ON listed(node, list);
CREATE INDEX listed_until ON listed(until) WHERE until < 4611686018427387904;
"""
# The index is used for what names its bound, as a number.
FORGET = "DELETE FROM listed WHERE until < 4611686018427387904 AND until <= ?"
BY_GRAMS = """
SELECT line FROM gram CROSS JOIN word ON word.place = gram.rowid CROSS JOIN row ON row.place = gram.rowid
WHERE gram MATCH :grams AND instr(word.lowered, :word)
  AND NOT EXISTS (SELECT 1 FROM hidden WHERE hidden.node = row.node AND since <= :count)
ORDER BY gram.rowid
"""
BY_READING = """
SELECT line FROM word CROSS JOIN row ON row.place = word.place
WHERE instr(lowered, :word) AND NOT EXISTS (SELECT 1 FROM hidden WHERE hidden.node = row.node AND since <= :count)
ORDER BY word.place
"""
WRITTEN_SINCE = """
SELECT key, line FROM fresh WHERE since <= :count AND until > :count AND instr(lowered, :word) ORDER BY key
"""
IN_ORDER = """
SELECT key, node FROM listed
WHERE list = :list AND since <= :count AND until > :count
  AND (:to IS NULL OR begins IS NULL OR begins <= :to) AND (:from IS NULL OR ends IS NULL OR ends >= :from)
ORDER BY key, node LIMIT :most
"""
HELD = """
SELECT 1 FROM about, version, kept
WHERE about.name = 'format' AND value = ? AND version = ? AND kept.name = ? AND digest = ? AND fit
"""
Found = TypeVar("Found")


def folder_of(store: Path) -> Path:
    """Where the index of a store in a folder is."""
    return store / "search"


def files(folder: Path) -> list[Path]:
    """The files of an index, that of the newest version first; mostly there is one."""
    return sorted(folder.glob(f"[0-9]*-*{SUFFIX}"), key=lambda file: count_of(file.name), reverse=True)


def found(store: Store, query: Query, word: Literal, start: int, most: int | None) -> ox.QuerySolutions | None:
    """The rows of an indexed query from row `start` on, `most` at most; None when no index has this version of the store."""
    if query.index is None:
        return None
    rows, count = Rows(query), count_of(store.version)

    def asked(database: sqlite3.Connection) -> ox.QuerySolutions:
        lines = _lines(database, rows, rows.lowered(store, word), count)
        return rows.solutions(islice(lines, start, None if most is None else start + most))

    return _told(store, query.name, rows.digest, asked)


def first(store: Store, query: Query, terms: Mapping[str, object], most: int) -> list[tuple[bytes, NamedNode]] | None:
    """So many of the first nodes of a list, each with its place; of a span of time only what may be in it. None when no index
    has this version of the store, or it was asked for something else.
    """
    if not query.kept or not SPAN.issuperset(terms):
        return None
    asked = {"list": query.name, "count": count_of(store.version), "most": most}
    given = {name: getattr(terms.get(name), "value", None) for name in SPAN}

    def read(database: sqlite3.Connection) -> list[tuple[bytes, NamedNode]]:
        return [(key, NamedNode(long(node)[1:-1])) for key, node in database.execute(IN_ORDER, {**asked, **given})]

    return _told(store, query.name, digest(query), read)


def holds(database: sqlite3.Connection, digests: Mapping[str, str], version: str) -> bool:
    """Whether a file has all that these queries keep of this version."""
    made = database.execute("SELECT 1 FROM about WHERE name = 'format' AND value = ?", (FORMAT,)).fetchone()
    known = database.execute("SELECT 1 FROM version WHERE version = ?", (version,)).fetchone()
    return bool(made and known) and dict(database.execute("SELECT name, digest FROM kept")) == digests


def _told(store: Store, name: str, told: str, ask: Callable[[sqlite3.Connection], Found]) -> Found | None:
    """What a file tells that has what a query keeps of the store's version; None when there is none."""
    if not isinstance(store, Embedded) or store.beside is None:
        return None
    for file in files(folder_of(store.beside)):
        # What is wrong with a cache is no reason to answer nothing.
        with suppress(sqlite3.Error), closing(_opened(file)) as database:
            if database.execute(HELD, (FORMAT, store.version, name, told)).fetchone():
                return ask(database)
    return None


def _opened(file: Path) -> sqlite3.Connection:
    """A file to be read, as it is at one moment."""
    database = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    database.execute("BEGIN")
    return database


def _lines(database: sqlite3.Connection, rows: Rows, word: str, count: int) -> Iterator[str]:
    """The rows in whose text the word stands, in order."""
    given = {"word": word, "count": count, "grams": _grams(word)}
    then = (line for (line,) in database.execute(BY_GRAMS if given["grams"] else BY_READING, given))
    since = database.execute(WRITTEN_SINCE, given).fetchall()
    if not since:
        return then
    return map(itemgetter(1), merge(((rows.key(line), line) for line in then), since))


def _grams(word: str) -> str:
    """What FTS5 is asked for: trigrams that every text has in which the word stands; nothing for a word that has none."""
    found = list(dict.fromkeys(word[i : i + GRAM] for i in range(len(word) - GRAM + 1)))
    # The text is put in without its NULs, at which SQLite would end it.
    usable = [gram for gram in found if "\0" not in gram]
    step = -(-len(usable) // GRAMS) or 1
    return " AND ".join('"{}"'.format(gram.replace('"', '""')) for gram in usable[::step])
