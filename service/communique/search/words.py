"""Rows in the file beside the store, found by the words of their text, in the order of their query.

Rows of when the file was made are found by their trigrams (FTS5). What was written since is few rows, which carry the versions from and
until which they hold; the rows of then that belong to a node written since are hidden from there on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterator
from heapq import merge
from itertools import islice
from operator import itemgetter

from communique.search.rows import Rows

# Trigrams of a long word that are looked up; all of it is compared in the end.
GRAMS = 24
GRAM = 3
# Rows of which the nodes are looked at; words that have more are common.
COMMON = 20_000

SCHEMA = """
CREATE TABLE row(place INTEGER PRIMARY KEY, node TEXT, line TEXT);
CREATE TABLE word(place INTEGER PRIMARY KEY, lowered TEXT);
CREATE VIRTUAL TABLE gram USING fts5(lowered, content='', detail=none, columnsize=0, tokenize='trigram case_sensitive 1');
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


def lines(database: sqlite3.Connection, rows: Rows, word: str, count: int) -> Iterator[str]:
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


def nodes(
    database: sqlite3.Connection, rows: Rows, word: str, count: int, kinds: tuple[str, Container[str]] | None
) -> list[str] | None:
    """The nodes, as `short` gives them, of the rows in whose text the word stands, those with one of some texts in a column; None
    where there are very many.
    """
    place = rows.names.index(rows.node)
    cells = (line.split("\t") for line in lines(database, rows, word, count))
    if kinds:
        cells = (row for row in cells if row[rows.names.index(kinds[0])][1:-1] in kinds[1])
    found = [row[place] for row in islice(cells, COMMON + 1)]
    return None if len(found) > COMMON else list(dict.fromkeys(found))
