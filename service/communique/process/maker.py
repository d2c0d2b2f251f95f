"""The listening side of makers: one works at a time, and everyone who asks for the same waits for the same one."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import ClassVar

from communique.errors import Unavailable
from communique.process import frames
from communique.process.worker import Worker

# Files that may be waited for at one time.
MOST = 16


class NotYet(Unavailable):
    """It is being made; it is there soon."""

    headers: ClassVar[dict[str, str]] = {"Retry-After": "5"}


class Maker:
    """Files that processes make. A request waits `patience` seconds for its own, a process has `seconds` for its work."""

    def __init__(self, patience: float, seconds: float) -> None:
        self.patience, self.seconds = patience, seconds
        self.lock, self.working = threading.Lock(), threading.Lock()
        self.asked: dict[str, Future[Path]] = {}

    async def made(self, key: str, make: Callable[[], Worker], after: Callable[[], None]) -> Path:
        """Where the first file is that a process made; its others come after it, and then `after` is called.

        Raises NotYet when it takes too long for a request, and what the making failed of.
        """
        future = self._ask(key, make, after)
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), self.patience)
        except TimeoutError:
            raise NotYet(f"{key} is being made; come back for it") from None

    def _ask(self, key: str, make: Callable[[], Worker], after: Callable[[], None]) -> Future[Path]:
        with self.lock:
            if found := self.asked.get(key):
                return found
            if len(self.asked) >= MOST:
                raise NotYet("many dumps are being made; come back")
            future = self.asked[key] = Future()
        # Not of a pool, whose threads the process would wait for when it ends.
        threading.Thread(target=self._work, args=(key, make, after, future), daemon=True).start()
        return future

    def _work(self, key: str, make: Callable[[], Worker], after: Callable[[], None], future: Future[Path]) -> None:
        try:
            with self.working:
                self._listen(make(), future)
                after()
        except Exception as error:  # noqa: BLE001 - it is told to who waits
            if not future.done():
                future.set_exception(error)
        finally:
            with self.lock:
                del self.asked[key]

    def _listen(self, worker: Worker, future: Future[Path]) -> None:
        """Hear of each file until the last."""
        until = time.monotonic() + self.seconds
        try:
            while (frame := worker.receive(until))[:1] != frames.END:
                if frame[:1] == frames.FAILURE:
                    raise frames.error(frames.unpack(frame))
                if not future.done():
                    future.set_result(Path(frames.unpack(frame)["path"]))
        finally:
            worker.close()
