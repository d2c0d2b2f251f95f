"""Rows in the file beside the store, found by the words of their text, in the order of their query.

Rows of when the file was made are found by their trigrams (FTS5). What was written since is few rows, which carry the versions from and
until which they hold; the rows of then that belong to a node written since are hidden from there on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from heapq import merge
from itertools import chain, islice
from operator import itemgetter

from communique.binding import Query
from communique.param import Terms, each
from communique.search.rows import Rows, short
from communique.vocab import CMQ

# Trigrams of a long word that are looked up; all of it is compared in the end.
GRAMS = 24
GRAM = 3
# Rows of which the nodes are looked at; words that have more are common.
COMMON = 100_000

SCHEMA = """
CREATE TABLE row(place INTEGER PRIMARY KEY, node TEXT, line TEXT);
CREATE TABLE section(value TEXT PRIMARY KEY, first INTEGER, last INTEGER);
CREATE TABLE word(place INTEGER PRIMARY KEY, lowered TEXT);
CREATE VIRTUAL TABLE gram USING fts5(lowered, content='', detail=none, columnsize=0, tokenize='trigram case_sensitive 1');
CREATE TABLE hidden(node TEXT PRIMARY KEY, since INTEGER) WITHOUT ROWID;
CREATE TABLE fresh(node TEXT, since INTEGER, until INTEGER, key BLOB, line TEXT, lowered TEXT);
CREATE INDEX fresh_node ON fresh(node);
"""
HOLDS = """
instr(word.lowered, :word) AND NOT EXISTS (SELECT 1 FROM hidden WHERE hidden.node = row.node AND since <= :count)
"""
BY_GRAMS = f"""
FROM gram CROSS JOIN word ON word.place = gram.rowid CROSS JOIN row ON row.place = gram.rowid
WHERE gram MATCH :grams AND gram.rowid BETWEEN :first AND :last AND {HOLDS} ORDER BY gram.rowid
"""
BY_READING = f"""
FROM word CROSS JOIN row ON row.place = word.place WHERE word.place BETWEEN :first AND :last AND {HOLDS} ORDER BY word.place
"""
ALL = {"first": 0, "last": 2**62}
SECTION = "SELECT first, last FROM section WHERE value = ?"
WRITTEN_SINCE = """
SELECT key, line FROM fresh WHERE since <= :count AND until > :count AND instr(lowered, :word) ORDER BY key
"""


def lines(database: sqlite3.Connection, rows: Rows, word: str, count: int) -> Iterator[str]:
    """The rows in whose text the word stands, in order."""
    then = (line for (line,) in _then(database, "line", word, count, ALL))
    since = database.execute(WRITTEN_SINCE, {"word": word, "count": count}).fetchall()
    if not since:
        return then
    return map(itemgetter(1), merge(((rows.key(line), line) for line in then), since))


def nodes(
    database: sqlite3.Connection, rows: Rows, word: str, count: int, sections: Collection[str]
) -> list[str] | None:
    """The nodes, as `short` gives them, in a text of which the word stands, of the rows that begin their order with one of some terms,
    or of all where none are given; None where there are very many.
    """
    places = [found for value in sections for found in database.execute(SECTION, (value,))]
    parts = [dict(zip(ALL, place, strict=True)) for place in places] if sections else [ALL]
    then = (node for part in parts for (node,) in _then(database, "row.node", word, count, part))
    since = (line.split("\t") for _, line in database.execute(WRITTEN_SINCE, {"word": word, "count": count}))
    fresh = (cells[rows.place] for cells in since if not sections or cells[rows.order[0]] in sections)
    found = list(islice(chain(then, fresh), COMMON + 1))
    return None if len(found) > COMMON else list(dict.fromkeys(found))


def sections(query: Query, terms: Mapping[str, Terms]) -> list[str]:
    """The classes of the nodes whose names a query looks at, as rows have them: one that is given, or all."""
    every = [short(str(CMQ[name])) for name in query.kinds]
    given = {short(str(term)) for some in terms.values() for term in each(some)}
    return [kind for kind in every if kind in given] or every


def _then(
    database: sqlite3.Connection, what: str, word: str, count: int, part: Mapping[str, int]
) -> Iterator[tuple[str]]:
    """Of the rows of when the file was made."""
    given = {"word": word, "count": count, "grams": _grams(word), **part}
    return database.execute(f"SELECT {what} {BY_GRAMS if given['grams'] else BY_READING}", given)


def _grams(word: str) -> str:
    """What FTS5 is asked for: trigrams that every text has in which the word stands; nothing for a word that has none."""
    found = list(dict.fromkeys(word[i : i + GRAM] for i in range(len(word) - GRAM + 1)))
    # The text is put in without its NULs, at which SQLite would end it.
    usable = [gram for gram in found if "\0" not in gram]
    step = -(-len(usable) // GRAMS) or 1
    return " AND ".join('"{}"'.format(gram.replace('"', '""')) for gram in usable[::step])
