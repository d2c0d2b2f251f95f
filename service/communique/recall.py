"""Answers that were given before: to the same bytes of a request, from the same version of the data, the same answer.

Everything between the socket and the answer is left out: parsing, routing, negotiation. Only what says of itself that it
is reusable is kept, whole and below a size, and it is forgotten with the version that it is of.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from communique.clients import Rate, key
from communique.errors import TooManyRequests
from communique.http import REUSABLE
from communique.metrics import Metrics

# The bytes of a request in the scope's state, when they came in one piece.
RAW = "raw"
# The page of an actor of whom very much is said has some megabytes; the memory has room for several of them.
LARGEST = 8 * 1024 * 1024
# What each time's own answer says, or the length of the whole makes needless.
LEFT_OUT = frozenset({b"date", b"x-request-id", b"content-length"})
# What makes an answer one client's own, or the connection's last.
PERSONAL = frozenset({b"authorization", b"cookie", b"connection", b"expect", b"x-request-id", b"upgrade"})


class Answer(NamedTuple):
    """An answer as it goes out, but for the date and the request's name."""

    head: bytes
    body: bytes
    version: str
    client: str
    counted: Callable[[], None]

    def written(self, date: bytes) -> bytes:
        """The whole of it, with an IMF-fixdate (RFC 9110 section 5.6.7)."""
        named = secrets.token_hex(8).encode()
        return b"%sdate: %s\r\nx-request-id: %s\r\n\r\n%s" % (self.head, date, named, self.body)


Place = tuple[str, bytes]


@dataclass
class Memory:
    """Answers by who asked and the bytes of the request, at most `most` bytes; what was not asked for the longest goes first."""

    version: Callable[[], str]
    rate: Rate
    most: int
    size: int = 0
    answers: OrderedDict[Place, Answer] = field(default_factory=OrderedDict)

    def find(self, place: Place) -> Answer | None:
        """The answer to a request; None when there is none of this version, or the client asks too often."""
        found = self.answers.get(place)
        if found is None:
            return None
        if found.version != self.version():
            self._forget(place)
            return None
        try:
            self.rate.take(found.client)
        except TooManyRequests:
            return None
        self.answers.move_to_end(place)
        found.counted()
        return found

    def keep(self, place: Place, answer: Answer) -> None:
        self._forget(place)
        self.answers[place] = answer
        self.size += _size(place, answer)
        while self.size > self.most:
            self._forget(next(iter(self.answers)))

    def _forget(self, place: Place) -> None:
        if gone := self.answers.pop(place, None):
            self.size -= _size(place, gone)


class Remember:
    """ASGI, outermost: what is reusable goes into the memory on its way out."""

    def __init__(self, app: ASGIApp, memory: Memory, metrics: Metrics) -> None:
        self.app, self.memory, self.metrics = app, memory, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer through the application, and keep the answer if it may be kept."""
        raw = scope.get("state", {}).get(RAW)
        if (
            scope["type"] != "http"
            or raw is None
            or not scope["client"]  # it has gone already
            or scope["method"] == "HEAD"
            or PERSONAL & {name for name, _ in scope["headers"]}
        ):
            await self.app(scope, receive, send)
            return
        peer, version, told = scope["client"][0], self.memory.version(), Told()

        async def heard(message: Message) -> None:
            # Of what may not be kept nothing is held, however long it takes to go out.
            if scope["state"].get(REUSABLE):
                told.hear(message)
            await send(message)

        await self.app(scope, receive, heard)
        # The same version before and after: nothing else can have been read in between.
        if scope["state"].get(REUSABLE) and told.reusable and version == self.memory.version():
            counted = partial(self.metrics.recalled, _counted(scope), told.status)
            answer = Answer(told.head(), bytes(told.body), version, key(scope["client"][0]), counted)
            self.memory.keep((peer, raw), answer)


class Told:
    """What goes out, while it does."""

    def __init__(self) -> None:
        self.status, self.headers = 0, list[tuple[bytes, bytes]]()
        self.body, self.whole, self.over = bytearray(), False, False

    def hear(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", []))
        elif not self.over:
            self.body += message.get("body", b"")
            self.over = len(self.body) > LARGEST
            self.whole = not message.get("more_body", False) and not self.over
            if self.over:
                self.body.clear()

    @property
    def reusable(self) -> bool:
        """Whether it went out whole, and tells of the data and not of a failure."""
        return self.whole and self.status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)

    def head(self) -> bytes:
        """The status line and the headers (RFC 9112 sections 3 and 5), whose end is left open."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}".encode()]
        lines += [name + b": " + value for name, value in self.headers if name.lower() not in LEFT_OUT]
        if self.status != HTTPStatus.NOT_MODIFIED:
            lines.append(b"content-length: %d" % len(self.body))
        return b"\r\n".join(lines) + b"\r\n"


def _counted(scope: Scope) -> Scope:
    """What the metrics look at; the rest of a scope is not kept."""
    return {"route": scope.get("route"), "method": scope["method"]}


def _size(place: Place, answer: Answer) -> int:
    return len(place[1]) + len(answer.head) + len(answer.body)
