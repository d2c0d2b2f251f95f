"""Who is free: given to whoever has waited longest, a thread or the event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Idle(Generic[T]):
    """What waits for work, and who waits for it. What came back last goes first: it is the warmest."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.free: list[T] = []
        self.waiting: deque[Future[T]] = deque()

    @property
    def count(self) -> int:
        """How many have nothing to do."""
        return len(self.free)

    def give(self, one: T) -> None:
        with self.lock:
            while self.waiting:
                first = self.waiting.popleft()
                if first.set_running_or_notify_cancel():
                    break
            else:
                self.free.append(one)
                return
        first.set_result(one)

    def take(self, seconds: float) -> T:
        """For threads. TimeoutError when none was free in time."""
        asked = self._ask()
        try:
            return asked.result(seconds)
        except TimeoutError:
            return self._late(asked)

    async def take_soon(self, seconds: float) -> T:
        """For the event loop, which goes on meanwhile. TimeoutError when none was free in time."""
        asked = self._ask()
        if asked.done():
            return asked.result()
        try:
            await asyncio.wait({asyncio.wrap_future(asked)}, timeout=seconds)
        except asyncio.CancelledError:
            if not asked.cancel():
                self.give(asked.result())
            raise
        return self._late(asked)

    def _ask(self) -> Future[T]:
        asked: Future[T] = Future()
        with self.lock:
            if not self.free:
                self.waiting.append(asked)
                return asked
            one = self.free.pop()
        asked.set_result(one)
        return asked

    def _late(self, asked: Future[T]) -> T:
        """Who came, perhaps in the last moment; TimeoutError when nobody did."""
        if asked.cancel():
            raise TimeoutError
        return asked.result()
