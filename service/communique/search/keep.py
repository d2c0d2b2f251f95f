"""The writer's side of the index: what each commit touched, and the file brought to the version that is published."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path

from pyoxigraph import NamedNode

from communique.search.build import discard, discard_all_but
from communique.search.entries import Entries, Line, forget, lines
from communique.search.index import files, folder_of, holds
from communique.search.kept import Kept, Step
from communique.search.lists import FOREVER
from communique.search.rows import Row, short
from communique.search.sight import Touched, Unfit
from communique.store import Change
from communique.store.embedded import Embedded, count_of

# Nodes that are remembered as touched; a file of before that is of no more use.
MOST = 150_000
# Rows written since from which on the file is made anew.
MANY = 20_000
# Versions that readers may still have open.
VERSIONS = 16


@dataclass(frozen=True)
class Commit:
    """What a commit touched; None: not known what."""

    count: int
    step: Step | None

    @property
    def size(self) -> int:
        return 1 + (self.step.size if self.step else 0)


class Keeper:
    """Follows the commits of a store that is open for writing."""

    def __init__(self, store: Embedded, kept: Kept) -> None:
        self.store, self.kept = store, kept
        self.steps: deque[Commit] = deque()
        self.remembered = 0
        self.database: sqlite3.Connection | None = None
        # The newest version that the file has.
        self.version = ""
        self.file: Path | None = None
        store.heard = self.hear
        if store.folder:
            for file in files(folder_of(store.folder)):
                if self._open(file, store.version):
                    break

    def hear(self, change: Change | None) -> None:
        """A commit was made; None when it is not known what it changed."""
        self.steps.append(self._step(change))
        self.remembered += self.steps[-1].size
        while self.remembered > MOST:
            self.remembered -= self.steps.popleft().size

    def follow(self) -> bool:
        """Bring the file to the store's version; whether it is there, and need not be made anew."""
        if self.database is None or self.file is None or not self.file.exists():
            self._drop()
            return False
        try:
            if self.version != self.store.version and not self._catch_up(self.database):
                self._drop()
                return False
            return self._small(self.database)
        except (sqlite3.Error, Unfit):
            self._drop()
            return False

    def adopt(self, file: Path) -> bool:
        """Take a file that was made of an earlier version, and bring it to this one; False when it cannot be."""
        made_of = file.name.removesuffix(file.suffix)
        self._drop()
        if not self._open(file, made_of) or not self.follow():
            self._drop()
            discard(file)
            return False
        discard_all_but(file)
        return True

    def close(self) -> None:
        """The end: whoever opens the store next finds the file at its version."""
        self.follow()
        self._drop()

    # -- the parts

    def _step(self, change: Change | None) -> Commit:
        count = count_of(self.store.version)
        with suppress(Unfit):
            if change is not None:
                return Commit(count, self.kept.touched(change))
        return Commit(count, None)

    def _open(self, file: Path, version: str) -> bool:
        try:
            database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            # What a power cut takes is a cache, but it must not leave half of one.
            database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
            if not holds(database, self.kept.digests, version):
                database.close()
                return False
        except sqlite3.Error:
            return False
        self.database, self.file, self.version = database, file, version
        return True

    def _drop(self) -> None:
        if self.database:
            self.database.close()
        self.database = None

    def _catch_up(self, database: sqlite3.Connection) -> bool:
        """Whether all that was touched since the file's version is known, and its rows are in the file now."""
        since = count_of(self.version)
        steps = [each.step for each in self.steps if each.count > since]
        known = [step for step in steps if step]
        count = count_of(self.store.version)
        # A commit is one step, and none may be missing.
        if not len(known) == len(steps) == count - since:
            return False
        self._put(database, reduce(or_, known), count)
        self.version = self.store.version
        return True

    def _put(self, database: sqlite3.Connection, step: Step, count: int) -> None:
        rows = self.kept.words.of(self.store, step.words.all)
        found = [
            self._listed(Entries(database, order), touched)
            for order, touched in zip(self.kept.orders, step.lists, strict=True)
        ]
        database.execute("BEGIN")
        try:
            self._put_rows(database, rows, step.words.gone, count)
            for entries, nodes, said in found:
                self._put_list(database, entries, nodes, said, count)
            database.execute("INSERT INTO version VALUES (?, ?)", (self.store.version, count))
            self._prune(database)
            database.execute("COMMIT")
        except BaseException:
            database.execute("ROLLBACK")
            raise

    def _put_rows(self, database: sqlite3.Connection, rows: list[Row], gone: Iterable[NamedNode], count: int) -> None:
        nodes = {short(str(node)) for node in gone} | {row.node for row in rows}
        database.executemany("INSERT OR IGNORE INTO hidden VALUES (?, ?)", ((node, count) for node in nodes))
        database.executemany(
            "UPDATE fresh SET until = ? WHERE node = ? AND until = ?", ((count, node, FOREVER) for node in nodes)
        )
        database.executemany(
            "INSERT INTO fresh VALUES (?, ?, ?, ?, ?, ?)",
            ((row.node, count, FOREVER, row.key, row.line, row.lowered) for row in rows),
        )

    def _listed(self, entries: Entries, touched: Touched) -> tuple[Entries, set[NamedNode], dict[str, Line] | None]:
        """What nodes of a list that a change touched say now; None when they have no place in an order."""
        nodes = entries.touched(self.store, touched)
        try:
            return entries, nodes, lines(self.store, entries.order, entries.order.of(self.store, nodes))
        except Unfit:
            return entries, nodes, None

    def _put_list(
        self,
        database: sqlite3.Connection,
        entries: Entries,
        nodes: Iterable[NamedNode],
        said: dict[str, Line] | None,
        count: int,
    ) -> None:
        if said is None:
            database.execute("UPDATE kept SET fit = 0 WHERE name = ?", (entries.order.name,))
        else:
            entries.put(nodes, said, count)

    def _prune(self, database: sqlite3.Connection) -> None:
        """Forget the versions that nobody reads any more."""
        last = database.execute(
            "SELECT count FROM version ORDER BY count DESC LIMIT 1 OFFSET ?", (VERSIONS - 1,)
        ).fetchone()
        if last:
            database.execute("DELETE FROM version WHERE count < ?", last)
            database.execute("DELETE FROM fresh WHERE until <= ?", last)
            forget(database, *last)

    def _small(self, database: sqlite3.Connection) -> bool:
        (many,) = database.execute("SELECT COUNT(*) FROM fresh").fetchone()
        return bool(many < MANY)
