"""Bytes by what was asked and the version of the data: made once however many ask, and forgotten by size."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Lock
from typing import Generic, Protocol, TypeVar


class Left(Exception):
    """Whoever made a value was cancelled."""


class Sized(Protocol):
    """What says how much room it takes, in bytes."""

    @property
    def size(self) -> int: ...


T = TypeVar("T", bound=Sized)


class Cache(Generic[T]):
    """Values by key, at most `most` bytes of them; what was not asked for the longest goes first. For threads."""

    def __init__(self, most: int) -> None:
        self.most, self.size, self.lock = most, 0, Lock()
        self.kept: OrderedDict[Hashable, Future[T]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key; one caller makes it, the others wait. Raises what `make` raised, and keeps nothing then."""
        while True:
            found, mine = self._claimed(key)
            if mine:
                with self._making(key, found):
                    found.set_result(make())
            try:
                return found.result()
            except Left:
                continue

    async def get_soon(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """The same on the event loop. When whoever makes it is cancelled, the next makes it."""
        while True:
            found, mine = self._claimed(key)
            if mine:
                with self._making(key, found):
                    found.set_result(await make())
            elif not found.done():
                waiting = asyncio.wrap_future(found)
                # Whoever waits may leave, too; then nobody is to hear what it failed of.
                waiting.add_done_callback(lambda done: done.cancelled() or done.exception())
                try:
                    await asyncio.shield(waiting)
                except Left:
                    continue
            return found.result()

    def _claimed(self, key: Hashable) -> tuple[Future[T], bool]:
        """What a key has or will have, and whether it is the caller who makes it."""
        with self.lock:
            found = self.kept.get(key)
            if found is not None:
                self.kept.move_to_end(key)
                return found, False
            mine = self.kept[key] = Future[T]()
            return mine, True

    @contextmanager
    def _making(self, key: Hashable, mine: Future[T]) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            with self.lock:
                self.kept.pop(key, None)
            mine.set_exception(error if isinstance(error, Exception) else Left())
            raise
        with self.lock:
            self.size += mine.result().size
            self._evict()

    def _evict(self) -> None:
        """Make room; what is still being made takes none yet."""
        while self.size > self.most:
            oldest = next(key for key, value in self.kept.items() if value.done())
            self.size -= self.kept.pop(oldest).result().size
