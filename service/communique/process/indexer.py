"""The listening side of the index: made anew in the background when the writer's is behind, and handed to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from communique.errors import CommuniqueError, Unavailable
from communique.process import frames
from communique.process.worker import Worker

# How long an index may take to be made.
SECONDS = 3600.0
# Until the next try: a moment, twice as long each time, and so many times what the last one took.
REST, SHARE, LONGEST = 0.5, 4.0, 3600.0

# Makes the process over a snapshot; offers what it made to the writer, which tells whether it could use it.
Make = Callable[[str], Worker]
Offer = Callable[[str], bool]


class Indexer:
    """Makes one index at a time, until the writer has one that it can use."""

    def __init__(self, make: Make, snapshot: Callable[[], str], offer: Offer) -> None:
        self.make, self.snapshot, self.offer = make, snapshot, offer
        self.lock, self.closing = threading.Lock(), threading.Event()
        self.running = False
        self.worker: Worker | None = None

    def want(self) -> None:
        """Have one made; nothing more while one is being made."""
        with self.lock:
            if self.running or self.closing.is_set():
                return
            self.running = True
        threading.Thread(target=self._work, daemon=True).start()

    def close(self) -> None:
        self.closing.set()
        if self.worker:
            self.worker.kill("shutdown", Unavailable("the service is shutting down"))

    def _work(self) -> None:
        rest = REST
        while not self.closing.is_set():
            begun = time.monotonic()
            try:
                if self.offer(self._made()):
                    break
            except CommuniqueError:
                # The query answers meanwhile.
                pass
            self.closing.wait(max(rest, SHARE * (time.monotonic() - begun)))
            rest = min(2 * rest, LONGEST)
        with self.lock:
            self.running = False

    def _made(self) -> str:
        self.worker = self.make(self.snapshot())
        try:
            first = self.worker.receive(time.monotonic() + SECONDS)
            if first[:1] == frames.FAILURE:
                raise frames.error(frames.unpack(first))
            return str(frames.unpack(first)["path"])
        finally:
            self.worker.close()
            self.worker = None
