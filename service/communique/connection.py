"""HTTP/1.1 connections that cannot be held for nothing: uvicorn alone waits for ever for half a request."""

from __future__ import annotations

import asyncio
import re
import resource
import sys
from functools import partial
from typing import Any

import h11
from fastapi import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from communique.errors import Unavailable
from communique.express import Express, Ride, Told
from communique.http import PREPARED, Prepared
from communique.recall import RAW, Answer, Memory
from communique.settings import Settings

# Descriptors that are kept for the store, the workers and the logs.
RESERVED = 256
LINGER = 1.0
GONE = 499  # the status that is counted when the client did not wait
# Most bytes of a request line and its headers together (RFC 6585 section 5).
HEAD_BYTES = 64 * 1024
BLANK_LINE = re.compile(rb"\n\r?\n")
MALFORMED = {
    400: (b"Bad Request", b"this is no HTTP/1.1 request"),
    414: (b"URI Too Long", b"the request line is more than %d bytes" % HEAD_BYTES),
    431: (b"Request Header Fields Too Large", b"the headers are more than %d bytes" % HEAD_BYTES),
}
TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


def protocol(settings: Settings, memory: Memory, express: Express) -> type[H11Protocol]:
    """The protocol class for `uvicorn.Config(http=…)`: headers and bodies with a deadline, connections with a cap,
    what is remembered answered at once, and what is ordinary on the short way.
    """
    most = min(settings.connections, _descriptors() - RESERVED)
    idle: dict[Connection, None] = {}

    class Bounded(Connection):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self.settings, self.memory, self.express = settings, memory, express
            self.most, self.idle = most, idle

    return Bounded


def _descriptors() -> int:
    """How many files this process may have open, after asking for as many as it may ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        return soft
    return hard


class Connection(H11Protocol):
    """A connection that is closed when its client does not get on with it.

    One timer runs at a time: until a request begins, its headers are there, its body is, its answer is taken. Over the cap,
    the connection that has waited longest for a request makes room, so half-open ones cannot keep others out.
    """

    settings: Settings
    memory: Memory
    express: Express
    most: int
    idle: dict[Connection, None]
    timer: asyncio.TimerHandle | None = None
    awaited: str = ""
    rest: int = 0
    refused: bool = False
    peer: str = ""
    served: float = 0.0  # when an answer was last given from the memory, or on the short way
    riding: asyncio.Task[None] | None = None  # what works on a request on the short way
    held: bytes = b""  # what came meanwhile
    leaving: bool = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.peer = self.client[0] if self.client else ""
        self.told = Told(self.client, self.server, self.scheme or "http")
        if len(self.connections) > self.most:
            oldest = next(iter(self.idle), self)
            oldest.idle.pop(oldest, None)
            oldest.transport.write(BUSY if oldest is self else b"")
            oldest.transport.close()
        if not transport.is_closing():
            self.idle[self] = None
            self._await("idle", self.settings.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self.idle.pop(self, None)
        self._await("", 0)
        if self.riding:
            self.riding.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server is to end: not before what is asked has been answered."""
        self.leaving = True
        if self.riding is None:
            super().shutdown()

    def data_received(self, data: bytes) -> None:
        if self.riding:
            self._hold(data)
            return
        if self.awaited == "rest":
            self.rest += len(data)
            if self.rest > self.settings.body_bytes:
                self.transport.abort()
                return
            if self.refused:
                return
        fresh = self.awaited == "idle"
        if fresh and (found := self.memory.find((self.peer, data))):
            self._recall(found)
            return
        if fresh and (ride := self.express.taken(data, self.told)):
            self._begin(ride)
            return
        if status := self._overlong(data):
            self._refuse(status)
            return
        self._read(data, fresh)
        self._watch()

    def _read(self, data: bytes, fresh: bool) -> None:
        super().data_received(data)
        if fresh and self.conn.their_state is h11.DONE and not self.conn.trailing_data[0]:
            # It is one request and the whole of it, and nothing has worked on it yet.
            self.scope["state"][RAW] = data

    def _begin(self, ride: Ride) -> None:
        self._unset_keepalive_if_required()
        self.idle.pop(self, None)
        self.riding = self.loop.create_task(self._ride(ride))
        self.tasks.add(self.riding)
        self.riding.add_done_callback(partial(self._rode, ride))

    def _rode(self, ride: Ride, task: asyncio.Task[None]) -> None:
        """However it ended, and if it never began: the client has its place back."""
        self.tasks.discard(task)
        self.riding = None if self.riding is task else self.riding
        if not ride.over:
            self.express.ended(ride, GONE)
        if not task.cancelled() and task.exception():
            self.transport.abort()

    async def _ride(self, ride: Ride) -> None:
        """Answer on the short way; what is no answer for it goes out on the long one."""
        outcome: Response | Exception
        try:
            outcome = await self.express.answered(ride)
        except asyncio.CancelledError:
            if self.transport.is_closing():
                return
            # Only a service that ends cancels, what has not ended in the time it had.
            outcome = Unavailable("the service is shutting down")
        except Exception as error:  # noqa: BLE001 - it is told, and raised, on the long way
            outcome = error
        self.riding = None
        answer = self.express.brief(ride, outcome) if isinstance(outcome, Response) else None
        if answer:
            self._arrive(answer)
        else:
            self._hand_over(ride, outcome)
        self._release()

    def _arrive(self, answer: Answer) -> None:
        self.server_state.total_requests += 1
        self.served = self.loop.time()
        self.idle[self] = None
        self._write(answer)
        if self.leaving:
            self.transport.close()

    def _hand_over(self, ride: Ride, outcome: Response | Exception) -> None:
        if self.transport.is_closing():
            return
        ride.over = True
        self._read(ride.raw, fresh=True)
        self.scope["state"].update(ride.scope["state"])
        self.scope["state"][PREPARED] = Prepared(outcome, ride.route, ride.began)
        if self.leaving:
            self.cycle.keep_alive = False
        self._watch()

    def _hold(self, data: bytes) -> None:
        self.held += data
        if len(self.held) > HEAD_BYTES:
            self.flow.pause_reading()

    def _release(self) -> None:
        """Go on with what came while a request was worked on."""
        held, self.held = self.held, b""
        if held and not self.transport.is_closing():
            self.flow.resume_reading()
            self.data_received(held)

    def _overlong(self, data: bytes) -> int:
        """414 or 431 when the head of a request that is to begin, or has begun, is too long; else 0."""
        if self.awaited not in ("idle", "headers") or self.conn.their_state is not h11.IDLE:
            return 0
        held = self.conn.trailing_data[0]
        if len(held) + len(data) <= HEAD_BYTES:
            return 0
        head = (held + data)[:HEAD_BYTES]
        return 0 if BLANK_LINE.search(head) else 431 if b"\n" in head else 414

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own
        """What h11 cannot read, with the status that it has for it."""
        status = getattr(sys.exception(), "error_status_hint", 400)
        self._refuse(status if status in MALFORMED else 400)

    def _refuse(self, status: int) -> None:
        """Answer what is no request; nothing behind it can be understood. The client has a moment to see the answer."""
        if self.transport.is_closing() or self.conn.our_state is h11.SEND_BODY:
            # In the midst of an answer there is no place for another.
            self.transport.abort()
            return
        if self.cycle and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        title, detail = MALFORMED[status]
        body = b'{"type": "about:blank", "title": "%s", "status": %d, "detail": "%s"}' % (title, status, detail)
        head = b"HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\n" % (status, title)
        self.transport.write(head + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        self.transport.write_eof()
        self.refused, self.rest = True, 0
        self._await("rest", LINGER)

    def _recall(self, found: Answer) -> None:
        self._unset_keepalive_if_required()
        self.served = self.loop.time()
        self.idle[self] = self.idle.pop(self, None)
        self._write(found)

    def _write(self, answer: Answer) -> None:
        self.transport.write(answer.written(dict(self.server_state.default_headers)[b"date"]))

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            # Nobody reads the rest; the client has a moment to see its answer and stop.
            self.rest = 0
            self._await("rest", LINGER)
        else:
            self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._await("answer", self.settings.body_seconds)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._await("", 0)
        self._watch()

    def _watch(self) -> None:
        """Wait for what the client owes now: a request, the rest of its headers, or its body."""
        state = self.conn.their_state
        owes_rest = self.awaited == "rest" and state is h11.SEND_BODY
        if self.riding or self.transport.is_closing() or self.refused or self.awaited == "answer" or owes_rest:
            return
        if state is h11.IDLE:
            self.idle[self] = None
            self._await("headers" if self.conn.trailing_data[0] else "idle", self.settings.header_seconds)
        else:
            self.idle.pop(self, None)
            # A little longer than the application waits, which answers 408 with a reason.
            self._await("body" if state is h11.SEND_BODY else "", self.settings.body_seconds + 2)

    def _await(self, what: str, seconds: float) -> None:
        if what == self.awaited:
            return
        if self.timer:
            self.timer.cancel()
        self.awaited = what
        self.timer = self.loop.call_later(seconds, self._late) if what else None

    def _late(self) -> None:
        if self.transport.is_closing():
            return
        if self.riding:
            self.timer = self.loop.call_later(self.settings.header_seconds, self._late)
            return
        if self.awaited == "idle" and (left := self.served + self.settings.header_seconds - self.loop.time()) > 0:
            self.timer = self.loop.call_later(left, self._late)
            return
        if self.awaited == "headers":
            self.transport.write(TIMED_OUT)
        if self.awaited in ("headers", "idle"):
            self.transport.close()
        else:
            # close() would wait until what is written has been taken, and perhaps for ever.
            self.transport.abort()
