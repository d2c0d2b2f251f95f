"""Work that is done beside each other and comes out in order, at a bounded memory."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

# Pieces that a work may be ahead of who takes them; works that may be ahead of the first.
PIECES = 16
AHEAD = 4
PATIENCE = 0.2

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


def ordered(works: Iterable[Work], threads: int) -> Iterator[bytes]:
    """The pieces of each work, one work after the other, while the next are already under way in threads."""
    abandoned = threading.Event()
    running: deque[Run] = deque()
    with ThreadPoolExecutor(threads, "dump") as pool:
        try:
            for work in works:
                run = Run(work, abandoned)
                running.append(run)
                pool.submit(run.run)
                if len(running) >= threads * AHEAD:
                    yield from running.popleft().taken()
            while running:
                yield from running.popleft().taken()
        finally:
            abandoned.set()
