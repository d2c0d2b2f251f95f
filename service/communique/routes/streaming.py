"""An ad-hoc query's way through a worker: queued, answered or refused before the first byte, streamed, or broken off."""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fastapi import Request, Response
from starlette.responses import StreamingResponse

from communique import jsontext
from communique.errors import CommuniqueError, TooLong, Unavailable
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
REMEMBERED = 4096  # queries of which it is known how long they take
HEAVY = math.inf  # longer than what is small, or more
GROWN = 1.25  # how much longer than before a query is taken to take, whatever it took


class Lane:
    """A queue before workers: how many may work at one time, and for how long."""

    def __init__(self, workers: int, seconds: float) -> None:
        self.free, self.seconds = workers, seconds
        self.waiting: deque[asyncio.Future[bool]] = deque()

    async def enter(self, patience: float, watch: Watch) -> None:
        """Wait for a worker to be free; not for longer than is allowed, nor for a client that has gone."""
        if self.free:
            self.free -= 1
            return
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        self.waiting.append(turn)
        timer = loop.call_later(patience, _settle, turn, False)
        watch.left = lambda: _settle(turn, False)
        try:
            came = await turn
        except asyncio.CancelledError:
            if not turn.cancelled() and turn.result():
                self.leave()
            raise
        finally:
            timer.cancel()
        if not came:
            raise watch.why or Unavailable("all workers are busy with queries")

    def leave(self) -> None:
        """Give the place to whoever has waited longest."""
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():
                turn.set_result(True)
                return
        self.free += 1


class Watch:
    """Looks now and then whether a client is still there; whoever is answered at once pays nothing for it."""

    def __init__(self, gone: Callable[[], Awaitable[bool]], ticket: Ticket) -> None:
        self.gone, self.ticket = gone, ticket
        self.left: Callable[[], None] = lambda: None
        self.why: Cancelled | None = None
        self.looking: asyncio.Task[None] | None = None
        self.loop = asyncio.get_running_loop()
        self.timer = self.loop.call_later(LOOK, self._begin)

    def end(self) -> None:
        self.timer.cancel()
        if self.looking:
            self.looking.cancel()

    def _begin(self) -> None:
        self.looking = self.loop.create_task(self._look())

    async def _look(self) -> None:
        if not await self.gone():
            self.timer = self.loop.call_later(LOOK, self._begin)
            return
        self.why = Cancelled("the client has gone")
        self.ticket.cancel()
        self.left()


@dataclass
class Asked:
    """A query that the guard has let pass, the dataset it is for, and the format it is wanted in."""

    text: str
    dataset: Dataset
    accept: str | None
    wanted: str | None

    @cached_property
    def digest(self) -> str:
        """The name that it is remembered by."""
        return hashlib.sha256(jsontext.written([self.text, self.how])).hexdigest()[:16]

    @cached_property
    def how(self) -> dict[str, Any]:
        """What a worker is told beside the text."""
        return {"dataset": frames.told(self.dataset), "accept": self.accept, "format": self.wanted}

    @cached_property
    def reusable(self) -> bool:
        """Whether the same data has the same answer."""
        return not has_word(self.text, *VOLATILE)


class Adhoc:
    """The ways to the workers that answer strangers.

    What nobody has asked before has a short try; whether it ended in it is remembered. So small queries that are asked
    again never wait for heavy ones, and heavy ones wait with their like.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.heavy = Lane(service.settings.query_workers, service.settings.query_seconds)
        self.known: OrderedDict[str, float] = OrderedDict()  # about how many seconds it takes

    async def answer(self, request: Request, asked: Asked) -> Response:
        """The answer to a query.

        Raises what the query failed of, Unavailable when no worker is free in time.
        """
        tag = self.service.tag(asked.digest)
        headers = {"ETag": tag, "Vary": "Accept", "Cache-Control": "no-cache"}
        request.state.reusable = asked.reusable
        if is_current(request, tag):
            return Response(status_code=304, headers=headers)
        return await self._tried(asked, headers) or await self._queued(request, asked, headers)

    async def _tried(self, asked: Asked, headers: dict[str, str]) -> Response | None:
        """The answer, if it is small and soon there, as far as anybody knows."""
        took = self.known.get(asked.digest)
        if took == HEAVY:
            return None
        try:
            brief = await self.service.store.tried(asked.text, asked.how, took)
        except (Deadline, TooLong):
            self._remember(asked, HEAVY)
            return None
        if brief is None:
            return None
        # What takes long once may have had to wait for the machine.
        self._remember(asked, brief.seconds if took is None else min(brief.seconds, took * GROWN))
        headers[VERSION] = brief.header["version"]
        return Response(brief.body, media_type=brief.header["media"], headers=headers)

    async def _queued(self, request: Request, asked: Asked, headers: dict[str, str]) -> Response:
        """The answer, which may take as long as any may, and be as long."""
        answering = Answering(self.service, asked, self.heavy)
        watch = Watch(request.is_disconnected, answering.ticket)
        try:
            await self.heavy.enter(self.service.settings.queue_seconds, watch)
            try:
                await answering.begin()
            except BaseException:
                await answering.end()
                raise
        finally:
            watch.end()
        headers[VERSION] = answering.version
        if not answering.complete:
            return StreamingResponse(_rest(answering), media_type=answering.media, headers=headers)
        await answering.end()
        return Response(bytes(answering.buffer), media_type=answering.media, headers=headers)

    def _remember(self, asked: Asked, seconds: float) -> None:
        self.known[asked.digest] = seconds
        if len(self.known) > REMEMBERED:
            self.known.popitem(last=False)


class Answering:
    """One query in one worker, which it has a place for in a lane."""

    def __init__(self, service: Service, asked: Asked, lane: Lane) -> None:
        self.stack, self.ticket, self.lane = AsyncExitStack(), Ticket(), lane
        self.seconds = service.settings.query_seconds
        self.entered = service.store.streamed(asked.text, asked.how, self.ticket, lane.seconds)
        self.buffer = bytearray()
        self.media = self.version = ""
        self.complete = False

    async def begin(self) -> None:
        """Run until the answer is complete or too large to hold."""
        try:
            reply = await self.stack.enter_async_context(self.entered)
            self.media, self.version = str(reply.header["media"]), str(reply.header["version"])
            self.chunks = reply.chunks()
            while len(self.buffer) < BUFFER and (chunk := await self.next()) is not None:
                self.buffer += chunk
            # What is too large to hold is no small query, but it has begun: it may take what any query may.
            reply.until = time.monotonic() + self.seconds
        except CommuniqueError:
            # What was refused before its first byte leaves nothing behind.
            self.complete = not isinstance(self.ticket.worker and self.ticket.worker.why, Cancelled)
            raise

    async def next(self) -> bytes | None:
        """The next part of the answer; None at its end. Raises what broke it."""
        chunk = await anext(self.chunks, None)
        self.complete = self.complete or chunk is None
        return chunk

    async def end(self) -> None:
        """Give the worker back, or end it when its answer was not taken to the end."""
        if not self.complete:
            self.ticket.cancel()
        self.lane.leave()
        await self.stack.aclose()


async def _rest(answering: Answering) -> AsyncIterator[bytes]:
    try:
        yield bytes(answering.buffer)
        while (chunk := await answering.next()) is not None:
            yield chunk
    finally:
        await answering.end()


def _settle(turn: asyncio.Future[bool], came: bool) -> None:
    if not turn.done():
        turn.set_result(came)
