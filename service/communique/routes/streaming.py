"""An ad-hoc query's way through a worker: queued, answered or refused before the first byte, streamed, or broken off."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from communique.errors import CommuniqueError, Unavailable
from communique.http import VERSION, is_current
from communique.process import frames
from communique.process.worker import Cancelled, Deadline, Ticket
from communique.service import Service
from communique.store import Dataset
from communique.tokens import has_word

# What is not the same each time, or not of our data.
VOLATILE = ("NOW", "RAND", "UUID", "STRUUID", "BNODE", "SERVICE")
# An answer up to this size is complete before its first byte goes out.
BUFFER = 1024 * 1024
LOOK = 0.2  # seconds between two looks whether the client is still there
QUICK = 0.25  # seconds of the short try
REMEMBERED = 4096  # queries known as light or heavy


class Lane:
    """A queue before workers: how many may work at one time, and for how long."""

    def __init__(self, workers: int, seconds: float) -> None:
        self.free, self.seconds = asyncio.Semaphore(workers), seconds


@dataclass
class Asked:
    """A query as it was asked, and the name that it is remembered by."""

    text: str
    dataset: Dataset
    accept: str | None
    wanted: str | None

    @cached_property
    def digest(self) -> str:
        said = repr((self.text, self.dataset, self.accept, self.wanted))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


class Adhoc:
    """The queues before the workers that answer strangers.

    What nobody has asked before has a short try; whether it ended in it is remembered. So small queries that are asked
    again never wait for heavy ones, and heavy ones wait with their like.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        settings = service.settings
        short = min(QUICK, settings.query_seconds)
        self.heavy = Lane(settings.query_workers, settings.query_seconds)
        # Another server may go on with what it was asked when the line is cut, so nothing is tried there.
        self.light, self.trial = (self.heavy, self.heavy) if service.store.remote else (Lane(1, short), Lane(1, short))
        self.known: OrderedDict[str, Lane] = OrderedDict()

    async def answer(self, request: Request, text: str, dataset: Dataset, wanted: str | None) -> Response:
        """The answer to a query.

        Raises what the query failed of, Unavailable when no worker is free in time.
        """
        asked = Asked(text, dataset, request.headers.get("accept"), wanted)
        tag = self.service.tag(asked.digest)
        headers = {"ETag": tag, "Vary": "Accept", "Cache-Control": "no-cache"}
        request.state.reusable = not any(has_word(text, word) for word in VOLATILE)
        if is_current(request, tag):
            return Response(status_code=304, headers=headers)
        lane = self.known.get(asked.digest, self.trial)
        try:
            return await self._tried(request, asked, lane, headers)
        except Deadline:
            if lane is self.heavy:
                raise
            self._remember(asked, self.heavy)
        return await self._tried(request, asked, self.heavy, headers)

    async def _tried(self, request: Request, asked: Asked, lane: Lane, headers: dict[str, str]) -> Response:
        """The answer, if it begins in the time that its lane gives."""
        await self._queue(request, lane)
        answering = Answering(self.service, asked, lane)
        try:
            await self._begun(request, answering)
        except BaseException:
            self._release(answering)
            raise
        headers[VERSION] = answering.version
        if answering.complete:
            self._release(answering)
            if lane is self.trial:
                self._remember(asked, self.light)
            return Response(bytes(answering.buffer), media_type=answering.media, headers=headers)
        return StreamingResponse(self._rest(answering), media_type=answering.media, headers=headers)

    def _remember(self, asked: Asked, lane: Lane) -> None:
        self.known[asked.digest] = lane
        if len(self.known) > REMEMBERED:
            self.known.popitem(last=False)

    async def _queue(self, request: Request, lane: Lane) -> None:
        """Wait for a worker to be free; not for longer than is allowed, nor for a client that has gone."""
        ends = asyncio.get_running_loop().time() + self.service.settings.queue_seconds
        while asyncio.get_running_loop().time() < ends:
            try:
                await asyncio.wait_for(lane.free.acquire(), LOOK)
            except TimeoutError:
                await _present(request)
                continue
            try:
                await _present(request)
            except Cancelled:
                lane.free.release()
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
            # What it fails of now is of no interest to anybody.
            working.add_done_callback(lambda done: done.cancelled() or done.exception())
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
        answering.lane.free.release()


class Answering:
    """One query in one worker; its methods block, so they run in threads."""

    def __init__(self, service: Service, asked: Asked, lane: Lane) -> None:
        self.stack, self.ticket, self.lane = ExitStack(), Ticket(), lane
        self.seconds = service.settings.query_seconds
        job = {"dataset": frames.told(asked.dataset), "accept": asked.accept, "format": asked.wanted}
        self.entered = service.store.stream(asked.text, job, self.ticket, lane.seconds)
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
            # What is too large to hold is no small query, but it has begun: it may take what any query may.
            reply.until = time.monotonic() + self.seconds
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
