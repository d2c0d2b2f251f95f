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

PIECE = 256 * 1024
# How `multiprocessing.Connection` tells the length of a message: four bytes, and eight more for a long one.
SHORT, LONG = 4, 12


class Heard:
    """A worker's answer to one job. The worker is killed when the next frame does not come until `until`."""

    def __init__(self, worker: Worker, until: float) -> None:
        self.worker, self.until = worker, until
        self.held = bytearray()
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
        while (frame := self._cut()) is None:
            await self._more()
        self.worker.heard(frame)
        if frame[:1] == frames.FAILURE:
            raise frames.error(frames.unpack(frame))
        return frame

    def _cut(self) -> bytes | None:
        """The next message, if all of it is here."""
        if len(self.held) < SHORT:
            return None
        begin, size = SHORT, int.from_bytes(self.held[:SHORT], "big", signed=True)
        if size < 0:
            if len(self.held) < LONG:
                return None
            begin, size = LONG, int.from_bytes(self.held[SHORT:LONG], "big")
        if len(self.held) < begin + size:
            return None
        frame = bytes(self.held[begin : begin + size])
        del self.held[: begin + size]
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
        data = b""
        # A process that is killed may leave the connection reset.
        with suppress(OSError):
            data = os.read(socket, PIECE)
        if not data:
            raise await self._ended()
        self.held += data

    async def _ended(self) -> CommuniqueError:
        return await run_in_threadpool(self.worker.ended)


def _settle(ready: asyncio.Future[bool], came: bool) -> None:
    if not ready.done():
        ready.set_result(came)
