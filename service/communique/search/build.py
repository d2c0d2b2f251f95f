"""An index of words is made: of all rows that a store has, at a memory that does not grow with them."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from communique.draft import sync
from communique.search.index import FORMAT, SCHEMA, SUFFIX, files
from communique.search.rows import Row, Rows
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
# Rows that go into the file in one go.
SOME = 1000


def build(store: Store, rows: Rows, folder: Path) -> Path:
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
        _fill(draft, stage, store, rows)
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


def _fill(draft: Path, stage: Path, store: Store, rows: Rows) -> None:
    with closing(sqlite3.connect(draft, isolation_level=None)) as database:
        # Nobody sees it before it is whole.
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        database.execute("ATTACH ? AS stage", (str(stage),))
        database.executescript("PRAGMA stage.journal_mode = OFF; PRAGMA stage.synchronous = OFF;")
        # SQLite's own replace() takes a NUL for the end of what it is to replace, and FTS5 for the end of the text.
        database.create_function("without_nul", 1, lambda text: text.replace("\0", " "), deterministic=True)
        database.executescript(SCHEMA)
        database.execute("CREATE TABLE stage.row(key BLOB, node TEXT, line TEXT, lowered TEXT)")
        database.execute("BEGIN")
        with closing(_Some(database)) as some:
            rows.each(store, some.take)
        database.execute("COMMIT")
        database.executescript(PLACE)
        about = {"format": FORMAT, "query": rows.digest}
        database.executemany("INSERT INTO about VALUES (?, ?)", about.items())
        database.execute("INSERT INTO version VALUES (?, ?)", (store.version, count_of(store.version)))
        database.execute("DETACH stage")
        database.execute("PRAGMA journal_mode = WAL")


class _Some:
    """Rows on their way into the file."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database, self.waiting = database, list[tuple[bytes, str, str, str]]()

    def take(self, row: Row) -> None:
        self.waiting.append((row.key, row.node, row.line, row.lowered))
        if len(self.waiting) >= SOME:
            self.close()

    def close(self) -> None:
        self.database.executemany("INSERT INTO stage.row VALUES (?, ?, ?, ?)", self.waiting)
        self.waiting.clear()
