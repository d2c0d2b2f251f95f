"""Work that is done beside each other and comes out in order, at a bounded memory."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

# Pieces that a work may be ahead of who takes them; works that may be ahead of the first.
PIECES = 16
AHEAD = 4
PATIENCE = 0.2

# Bytes of one that is done before its turn that are kept in memory; more are kept in a file.
KEPT = 1024 * 1024
# Bytes of it that are read back at a time.
BLOCK = 1024 * 1024

# Called with what takes a piece.
Work = Callable[[Callable[[bytes], None]], None]


class Abandoned(Exception):
    """Nobody takes what this work gives."""


class Run:
    """One work under way, and the pieces it has given that nobody has taken yet."""

    def __init__(self, work: Work, abandoned: threading.Event) -> None:
        self.work, self.abandoned = work, abandoned
        self.pieces: queue.Queue[bytes | BaseException | None] = queue.Queue(PIECES)

    def run(self) -> None:
        try:
            self.work(self.put)
            self.put(None)
        except Abandoned:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that takes
            self.put(error)

    def put(self, piece: bytes | BaseException | None) -> None:
        while not self.abandoned.is_set():
            try:
                self.pieces.put(piece, timeout=PATIENCE)
            except queue.Full:
                continue
            return
        raise Abandoned

    def taken(self) -> Iterator[bytes]:
        while (piece := self.pieces.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece


class Early(Run):
    """A work that is under way before its turn; a file keeps what it has given until then."""

    def __init__(self, work: Work, abandoned: threading.Event, file: IO[bytes]) -> None:
        super().__init__(work, abandoned)
        self.file = file

    def put(self, piece: bytes | BaseException | None) -> None:
        if not isinstance(piece, bytes):
            super().put(piece)
        elif self.abandoned.is_set():
            raise Abandoned
        else:
            self.file.write(piece)

    def taken(self) -> Iterator[bytes]:
        # Only its end comes this way.
        yield from super().taken()
        self.file.seek(0)
        yield from iter(lambda: self.file.read(BLOCK), b"")


def ordered(
    works: Iterable[Work], threads: int, early: Work | None = None, folder: Path | None = None
) -> Iterator[bytes]:
    """The pieces of each work, one work after the other, while the next are already under way in threads.

    One of them that takes very long may begin `early`, before all others; what it gives until its turn is kept in a file
    without a name, in the folder.
    """
    abandoned = threading.Event()
    running: deque[Run] = deque()
    with (
        SpooledTemporaryFile(KEPT, dir=str(folder) if folder else None) as file,
        ThreadPoolExecutor(threads, "dump") as pool,
    ):
        try:
            begun = Early(early, abandoned, file) if early else None
            if begun:
                pool.submit(begun.run)
            for work in works:
                run = begun if begun and work is early else Run(work, abandoned)
                running.append(run)
                if run is not begun:
                    pool.submit(run.run)
                if len(running) >= threads * AHEAD:
                    yield from running.popleft().taken()
            while running:
                yield from running.popleft().taken()
        finally:
            abandoned.set()
