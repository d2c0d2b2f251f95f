"""An answer of another server on its way to the client: passed on, or made anew in the format that is wanted."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from functools import partial
from threading import Thread
from typing import IO, Any

from starlette.concurrency import run_in_threadpool

from communique.errors import BadGateway, OverCap
from communique.process.frames import CHUNK
from communique.process.pool import Reply
from communique.store.wire import Answer

# How an answer of a format ends that has an end.
ENDS = {
    "application/sparql-results+json": b"}",
    "application/json": b"}",
    "application/sparql-results+xml": b">",
    "application/xml": b">",
}


class Passed:
    """As the store gives it; what does not end as its format does is broken off before its end."""

    def __init__(self, answer: Answer, media: str, version: str) -> None:
        self.answer, self.media = answer, media
        self.header: dict[str, Any] = {"media": media, "version": version}

    @property
    def until(self) -> float:
        return self.answer.call.until

    @until.setter
    def until(self, until: float) -> None:
        self.answer.call.until = until

    def chunks(self) -> Iterator[bytes]:
        last = b""
        for chunk in self.answer.chunks():
            last = chunk.rstrip() or last
            yield chunk
        if not last.endswith(ENDS.get(self.media, b"")):
            raise BadGateway("the store's answer ends in the middle")


class Transcoded:
    """As a worker makes it of the store's."""

    def __init__(self, reply: Reply, version: str) -> None:
        self.reply = reply
        self.header: dict[str, Any] = {**reply.header, "version": version}

    @property
    def until(self) -> float:
        return self.reply.until

    @until.setter
    def until(self, until: float) -> None:
        self.reply.until = until

    def chunks(self) -> Iterator[bytes]:
        return self.reply.chunks()


Flow = Passed | Transcoded


class Threaded:
    """One of those for the event loop: threads wait for what comes."""

    def __init__(self, flow: Flow) -> None:
        self.flow, self.header = flow, flow.header

    @property
    def until(self) -> float:
        return self.flow.until

    @until.setter
    def until(self, until: float) -> None:
        self.flow.until = until

    async def chunks(self) -> AsyncIterator[bytes]:
        waiting = self.flow.chunks()
        while (chunk := await run_in_threadpool(next, waiting, None)) is not None:
            yield chunk


@asynccontextmanager
async def threaded(flow: AbstractContextManager[Flow], cancel: Callable[[], None]) -> AsyncIterator[Threaded]:
    """A flow that is entered and left in threads; `cancel` makes it end soon when nobody waits for it any more."""

    def leave(entered: asyncio.Future[Flow]) -> None:
        if not entered.cancelled() and not entered.exception():
            Thread(target=flow.__exit__, args=(None, None, None), daemon=True).start()

    entered = asyncio.ensure_future(run_in_threadpool(flow.__enter__))
    try:
        yield Threaded(await asyncio.shield(entered))
    except asyncio.CancelledError:
        cancel()
        raise
    finally:
        entered.add_done_callback(leave)


class Kept:
    """As it is put together here from many answers: whole in a file before its first byte goes out."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self.file, self.most, self.size = file, most, 0
        self.until = math.inf
        self.header: dict[str, Any] = {}

    def write(self, data: bytes) -> int:
        """Raises OverCap beyond what one answer may have."""
        self.size += len(data)
        if self.size > self.most:
            raise OverCap(f"the answer has more than {self.most} bytes, which is the most this service gives")
        return self.file.write(data)

    def flush(self) -> None:
        self.file.flush()

    def chunks(self) -> Iterator[bytes]:
        self.file.seek(0)
        return iter(partial(self.file.read, CHUNK), b"")
