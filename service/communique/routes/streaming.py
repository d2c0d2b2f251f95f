"""An ad-hoc query's way through a worker: queued, answered or refused before the first byte, streamed, or broken off."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from communique.errors import CommuniqueError, Unavailable
from communique.http import VERSION, is_current
from communique.process.pool import Cancelled, Ticket
from communique.service import Service
from communique.store import Dataset

# An answer up to this size is complete before its first byte goes out.
BUFFER = 1024 * 1024
LOOK = 0.2  # seconds between two looks whether the client is still there


class Adhoc:
    """The queue before the workers that answer strangers."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.free = asyncio.Semaphore(service.settings.query_workers)

    async def answer(self, request: Request, text: str, dataset: Dataset, wanted: str | None) -> Response:
        """The answer to a query.

        Raises what the query failed of, Unavailable when no worker is free in time.
        """
        accept = request.headers.get("accept")
        tag = self.service.tag(_digest(text, dataset, accept, wanted))
        headers = {"ETag": tag, "Vary": "Accept", "Cache-Control": "no-cache"}
        if is_current(request, tag):
            return Response(status_code=304, headers=headers)
        await self._queue(request)
        answering = Answering(self.service, text, dataset, accept, wanted)
        try:
            await self._begun(request, answering)
        except BaseException:
            self._release(answering)
            raise
        headers[VERSION] = answering.version
        if answering.complete:
            self._release(answering)
            return Response(bytes(answering.buffer), media_type=answering.media, headers=headers)
        return StreamingResponse(self._rest(answering), media_type=answering.media, headers=headers)

    async def _queue(self, request: Request) -> None:
        """Wait for a worker to be free; not for longer than is allowed, nor for a client that has gone."""
        ends = asyncio.get_running_loop().time() + self.service.settings.queue_seconds
        while asyncio.get_running_loop().time() < ends:
            try:
                await asyncio.wait_for(self.free.acquire(), LOOK)
            except TimeoutError:
                await _present(request)
                continue
            try:
                await _present(request)
            except Cancelled:
                self.free.release()
                raise
            return
        raise Unavailable("all workers are busy with queries")

    async def _begun(self, request: Request, answering: Answering) -> None:
        """Wait for the answer to begin, as long as somebody waits for it."""
        working = asyncio.ensure_future(run_in_threadpool(answering.begin))
        try:
            while not (await asyncio.wait({working}, timeout=LOOK))[0]:
                if await request.is_disconnected():
                    answering.ticket.cancel()
        except asyncio.CancelledError:
            answering.ticket.cancel()
            raise
        working.result()

    async def _rest(self, answering: Answering) -> AsyncIterator[bytes]:
        try:
            yield bytes(answering.buffer)
            while (chunk := await run_in_threadpool(answering.next)) is not None:
                yield chunk
        finally:
            self._release(answering)

    def _release(self, answering: Answering) -> None:
        """Give the worker back, or end it when its answer was not taken to the end."""
        if not answering.complete:
            answering.ticket.cancel()
        threading.Thread(target=answering.stack.close, daemon=True).start()
        self.free.release()


class Answering:
    """One query in one worker; its methods block, so they run in threads."""

    def __init__(self, service: Service, text: str, dataset: Dataset, accept: str | None, wanted: str | None) -> None:
        self.stack, self.ticket = ExitStack(), Ticket()
        self.entered = service.store.stream(text, dataset, accept, wanted, self.ticket)
        self.chunks: Iterator[bytes] = iter(())
        self.buffer = bytearray()
        self.media = self.version = ""
        self.complete = False

    def begin(self) -> None:
        """Run until the answer is complete or too large to hold."""
        try:
            reply = self.stack.enter_context(self.entered)
            self.media, self.version = str(reply.header["media"]), str(reply.header["version"])
            self.chunks = reply.chunks()
            while len(self.buffer) < BUFFER and (chunk := self.next()) is not None:
                self.buffer += chunk
        except CommuniqueError:
            # What was refused before its first byte leaves nothing behind.
            self.complete = not isinstance(self.ticket.worker and self.ticket.worker.why, Cancelled)
            raise

    def next(self) -> bytes | None:
        """The next part of the answer; None at its end. Raises what broke it."""
        chunk = next(self.chunks, None)
        self.complete = self.complete or chunk is None
        return chunk


async def _present(request: Request) -> None:
    if await request.is_disconnected():
        raise Cancelled("the client has gone")


def _digest(text: str, dataset: Dataset, accept: str | None, wanted: str | None) -> str:
    asked = repr((text, dataset, accept, wanted))
    return hashlib.sha256(asked.encode()).hexdigest()[:16]
