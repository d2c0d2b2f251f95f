"""What a worker says, heard by the event loop: no thread waits for it, and no worker can keep the loop waiting."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from starlette.concurrency import run_in_threadpool

from communique.errors import CommuniqueError
from communique.process import frames
from communique.process.worker import Deadline, Worker


class Heard:
    """A worker's answer to one job. The worker is killed when the next frame does not come until `until`."""

    def __init__(self, worker: Worker, until: float) -> None:
        self.worker, self.until = worker, until
        self.pieces = frames.Pieces()
        self.rest = b""
        self.header: dict[str, Any] = {}

    async def begin(self) -> Heard:
        """Wait for the answer to begin. Raises what the job failed of."""
        first = await self._frame()
        if first[:1] == frames.WHOLE:
            self.header, self.rest = frames.parted(first[1:])
        else:
            self.header = frames.unpack(first)
        return self

    async def chunks(self) -> AsyncIterator[bytes]:
        """The data. Raises what went wrong, even in the middle: an answer that just stops would look complete."""
        if self.rest:
            yield self.rest
        while self.worker.busy:
            frame = await self._frame()
            if frame[:1] == frames.DATA:
                yield frame[1:]

    async def whole(self) -> bytes:
        if not self.worker.busy:
            return self.rest
        return b"".join([chunk async for chunk in self.chunks()])

    async def _frame(self) -> bytes:
        while (frame := self.pieces.cut()) is None:
            await self._more()
        self.worker.heard(frame)
        if frame[:1] == frames.FAILURE:
            raise frames.error(frames.unpack(frame))
        return frame

    async def _more(self) -> None:
        loop, socket = asyncio.get_running_loop(), self.worker.connection.fileno()
        ready: asyncio.Future[bool] = loop.create_future()
        left = self.until - time.monotonic()
        timer = loop.call_later(max(0.0, left), _settle, ready, False)
        loop.add_reader(socket, _settle, ready, True)
        try:
            if not await ready:
                self.worker.kill("deadline", Deadline("this took longer than one request may take"))
                raise await self._ended()
        finally:
            timer.cancel()
            loop.remove_reader(socket)
            # uvloop makes what it looks at a line that does not wait, and threads use it, too.
            os.set_blocking(socket, True)
        # A process that is killed may leave the connection reset.
        with suppress(OSError):
            if self.pieces.take(socket):
                return
        raise await self._ended()

    async def _ended(self) -> CommuniqueError:
        return await run_in_threadpool(self.worker.ended)


def _settle(ready: asyncio.Future[bool], came: bool) -> None:
    if not ready.done():
        ready.set_result(came)
