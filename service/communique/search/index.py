"""The index: a SQLite file beside the store, which gives the rows of an indexed query, and the nodes of lists, as queries would.

    DIR/search/VERSION.sqlite    made of the rows that the store had at that version

Each version that the file names is answered exactly, and any other not at all: by the words of rows (`words`), and by the nodes of lists
(`lists`). It is a cache: whoever finds none, or one that cannot be read, asks the query.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode

from communique.binding import Query
from communique.param import Terms
from communique.search import lists, words
from communique.search.lists import Asked
from communique.search.order import digest
from communique.search.rows import Rows, long
from communique.store import Store
from communique.store.embedded import Embedded, count_of

FORMAT = "5"
SUFFIX = ".sqlite"
SCHEMA = """
CREATE TABLE about(name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE version(version TEXT PRIMARY KEY, count INTEGER);
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
        lines = words.lines(database, rows, rows.lowered(store, word), count)
        return rows.solutions(islice(lines, start, None if most is None else start + most))

    return _told(store, {query.name: rows.digest}, asked)


def first(store: Store, query: Query, terms: Mapping[str, Terms], most: int) -> lists.Found | None:
    """So many of the first nodes of a list, each with its place; of a span of time only what may be in it. None when no index
    has this version of the store, or what was given is not kept.
    """
    # Where the words are common, those without them are among the nodes too: rows are asked of each.
    return _of_list(store, query, terms, lambda asked: partial(lists.first, asked=asked, most=most))


def named(store: Store, query: Query, terms: Mapping[str, Terms], word: Literal) -> list[NamedNode] | None:
    """The nodes in a name of which words stand, of a query that asks for these, in order; None where they are too many, or not kept."""
    rows, count = Rows(query.sought or query), count_of(store.version)
    lowered = rows.lowered(store, word)
    found = _told(
        store,
        {rows.query.name: rows.digest},
        lambda database: words.nodes(database, rows, lowered, count, words.sections(query, terms)),
    )
    return (
        None if found is None else sorted((NamedNode(long(node)[1:-1]) for node in found), key=lambda node: node.value)
    )


def counts(store: Store, query: Query, terms: Mapping[str, Terms], names: Iterable[str]) -> list[dict[str, int]] | None:
    """How many nodes of a list have each value under each of some names; None where it is not kept."""
    return _of_list(store, query, terms, lambda asked: partial(lists.counts, asked=asked, names=names))


def left(store: Store, query: Query, terms: Mapping[str, Terms], as_of: str) -> tuple[int, int] | None:
    """How many nodes of a list have no end, and how many end after an instant; None where it is not kept."""
    return _of_list(store, query, terms, lambda asked: partial(lists.left, asked=asked, as_of=as_of))


def holds(database: sqlite3.Connection, digests: Mapping[str, str], version: str) -> bool:
    """Whether a file has all that these queries keep of this version."""
    made = database.execute("SELECT 1 FROM about WHERE name = 'format' AND value = ?", (FORMAT,)).fetchone()
    known = database.execute("SELECT 1 FROM version WHERE version = ?", (version,)).fetchone()
    return bool(made and known) and dict(database.execute("SELECT name, digest FROM kept")) == digests


def _of_list(
    store: Store,
    query: Query,
    terms: Mapping[str, Terms],
    ask: Callable[[Asked], Callable[[sqlite3.Connection], Found | None]],
) -> Found | None:
    asked = Asked(query, terms, count_of(store.version))
    if not asked.kept:
        return None
    lowered = asked.word and asked.rows.lowered(store, asked.word)
    held = {query.name: digest(query)} | ({asked.rows.query.name: asked.rows.digest} if lowered is not None else {})
    return _told(store, held, ask(replace(asked, lowered=lowered)))


def _told(store: Store, held: Mapping[str, str], ask: Callable[[sqlite3.Connection], Found]) -> Found | None:
    """What a file tells that has what queries keep, by name and digest, of the store's version; None when there is none."""
    if not isinstance(store, Embedded) or store.beside is None:
        return None
    for file in files(folder_of(store.beside)):
        # What is wrong with a cache is no reason to answer nothing.
        with suppress(sqlite3.Error), closing(_opened(file)) as database:
            if all(database.execute(HELD, (FORMAT, store.version, *each)).fetchone() for each in held.items()):
                return ask(database)
    return None


def _opened(file: Path) -> sqlite3.Connection:
    """A file to be read, as it is at one moment."""
    database = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    database.execute("BEGIN")
    return database
