"""An index is made: of all rows and places that a store has, at a memory that does not grow with them."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from communique.draft import sync
from communique.search import lists, words
from communique.search.fill import fill, some
from communique.search.index import FORMAT, SCHEMA, SUFFIX, files
from communique.search.kept import Kept
from communique.store import Store
from communique.store.embedded import count_of

# The rows in their order, their texts beside them, and the trigrams of those.
PLACE = """
CREATE TABLE stage.placed(place INTEGER PRIMARY KEY, source INTEGER);
INSERT INTO stage.placed(source) SELECT rowid FROM stage.row ORDER BY key;
INSERT INTO row SELECT place, node, line FROM stage.placed CROSS JOIN stage.row ON stage.row.rowid = source ORDER BY place;
INSERT INTO word SELECT place, lowered FROM stage.placed CROSS JOIN stage.row ON stage.row.rowid = source ORDER BY place;
INSERT INTO gram(rowid, lowered) SELECT place, without_nul(lowered) FROM word;
INSERT INTO gram(gram) VALUES ('optimize');
"""


def build(store: Store, kept: Kept, folder: Path) -> Path:
    """Make the index of a store as it is; where it is. Whole or not at all; what others left half made is taken away.

    Raises Unfit when a row has no place in it, sqlite3.Error when SQLite cannot do it.
    """
    folder.mkdir(exist_ok=True)
    for left in folder.glob(".*"):
        left.unlink(missing_ok=True)
    target = folder / f"{store.version}{SUFFIX}"
    draft, stage = (target.with_name(f".{target.name}.{word}") for word in ("new", "stage"))
    # Where SQLite sorts what has no room in memory.
    os.environ["SQLITE_TMPDIR"] = str(folder)
    try:
        _fill(draft, stage, store, kept)
        with draft.open("rb") as made:
            os.fsync(made.fileno())
        draft.rename(target)
        sync(folder)
    finally:
        for path in (draft, stage):
            path.unlink(missing_ok=True)
    return target


def discard(file: Path) -> None:
    """Take an index away; who reads it goes on reading it."""
    for path in (file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm", "-journal"))):
        path.unlink(missing_ok=True)


def discard_all_but(kept: Path) -> None:
    for file in files(kept.parent):
        if file != kept:
            discard(file)


def _fill(draft: Path, stage: Path, store: Store, kept: Kept) -> None:
    with closing(sqlite3.connect(draft, isolation_level=None)) as database:
        # Nobody sees it before it is whole.
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        database.execute("ATTACH ? AS stage", (str(stage),))
        database.executescript("PRAGMA stage.journal_mode = OFF; PRAGMA stage.synchronous = OFF;")
        # SQLite's own replace() takes a NUL for the end of what it is to replace, and FTS5 for the end of the text.
        database.create_function("without_nul", 1, lambda text: text.replace("\0", " "), deterministic=True)
        database.executescript(SCHEMA + words.SCHEMA + lists.SCHEMA)
        _fill_words(database, store, kept)
        _fill_lists(database, store, kept)
        database.execute("INSERT INTO about VALUES ('format', ?)", (FORMAT,))
        database.execute("INSERT INTO version VALUES (?, ?)", (store.version, count_of(store.version)))
        database.execute("DETACH stage")
        database.execute("PRAGMA journal_mode = WAL")


def _fill_words(database: sqlite3.Connection, store: Store, kept: Kept) -> None:
    database.execute("CREATE TABLE stage.row(key BLOB, node TEXT, line TEXT, lowered TEXT)")
    with some(database, "INSERT INTO stage.row VALUES (?, ?, ?, ?)") as waiting:
        kept.words.each(store, lambda row: waiting.take((row.key, row.node, row.line, row.lowered)))
    database.executescript(PLACE)
    leading = kept.words.order[0]
    database.create_function("leading", 1, lambda line: line.split("\t")[leading], deterministic=True)
    database.execute("INSERT INTO section SELECT leading(line), min(place), max(place) FROM row GROUP BY 1")
    database.execute("INSERT INTO kept VALUES (?, ?, 1)", (kept.words.query.name, kept.words.digest))


def _fill_lists(database: sqlite3.Connection, store: Store, kept: Kept) -> None:
    fit = [(order, fill(database, store, order, count_of(store.version))) for order in kept.orders]
    database.executescript(lists.INDEXES)
    told = ((order.name, order.digest, whole) for order, whole in fit)
    database.executemany("INSERT INTO kept VALUES (?, ?, ?)", told)
