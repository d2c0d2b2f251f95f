"""The index of words: a SQLite file beside the store, which gives the rows of an indexed query as the query would.

    DIR/search/VERSION.sqlite    made of the rows that the store had at that version

Rows of then are found by their trigrams (FTS5), and stand in the order of the query. What was written since is few rows, which
carry the versions from and until which they hold; the rows of then that belong to a node written since are hidden from
there on. So each version that the file names is answered exactly, and any other not at all. It is a cache: whoever finds
none, or one that cannot be read, asks the query.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from heapq import merge
from itertools import islice
from operator import itemgetter
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Literal

from communique.catalog import Query
from communique.search.rows import Rows
from communique.store import Store
from communique.store.embedded import Embedded, count_of

FORMAT = "1"
SUFFIX = ".sqlite"
FOREVER = 2**62
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
"""
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


def folder_of(store: Path) -> Path:
    """Where the index of a store in a folder is."""
    return store / "search"


def files(folder: Path) -> list[Path]:
    """The files of an index, that of the newest version first; mostly there is one."""
    return sorted(folder.glob(f"[0-9]*-*{SUFFIX}"), key=lambda file: count_of(file.name), reverse=True)


def found(store: Store, query: Query, word: Literal, start: int, most: int | None) -> ox.QuerySolutions | None:
    """The rows of an indexed query from row `start` on, `most` at most; None when no index has this version of the store."""
    if not isinstance(store, Embedded) or store.beside is None or query.index is None:
        return None
    rows = Rows(query)
    for file in files(folder_of(store.beside)):
        # What is wrong with a cache is no reason to answer nothing.
        with suppress(sqlite3.Error), closing(_opened(file)) as database:
            if holds(database, rows, store.version):
                lines = _lines(database, rows, rows.lowered(store, word), count_of(store.version))
                return rows.solutions(islice(lines, start, None if most is None else start + most))
    return None


def holds(database: sqlite3.Connection, rows: Rows, version: str) -> bool:
    """Whether a file has exactly the rows of this version, by this query."""
    about = dict(database.execute("SELECT name, value FROM about"))
    known = database.execute("SELECT 1 FROM version WHERE version = ?", (version,)).fetchone()
    return about.get("format") == FORMAT and about.get("query") == rows.digest and known is not None


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
