"""Bytes by what was asked and the version of the data: made once however many ask, and forgotten by size."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, Protocol, TypeVar


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
        with self.lock:
            found = self.kept.get(key)
            if found is not None:
                self.kept.move_to_end(key)
            else:
                mine = self.kept[key] = Future[T]()
        return found.result() if found is not None else self._made(key, mine, make)

    def _made(self, key: Hashable, mine: Future[T], make: Callable[[], T]) -> T:
        try:
            value = make()
        except BaseException as error:
            with self.lock:
                self.kept.pop(key, None)
            mine.set_exception(error)
            raise
        mine.set_result(value)
        with self.lock:
            self.size += value.size
            self._evict()
        return value

    def _evict(self) -> None:
        """Make room; what is still being made takes none yet."""
        while self.size > self.most:
            oldest = next(key for key, value in self.kept.items() if value.done())
            self.size -= self.kept.pop(oldest).result().size
