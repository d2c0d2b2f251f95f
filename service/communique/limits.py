"""How much of the service one request and one client may take (ASGI), told before anything reads the request."""

from __future__ import annotations

import asyncio
import zlib

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from communique.clients import Concurrency, Proxies, Rate, key
from communique.errors import BadRequest, CommuniqueError, RequestTimeout, TooLarge, UnsupportedMediaType
from communique.http import PREPARED, note, problem
from communique.settings import Settings

# What tells whether the service lives is told to anyone, at any time.
EXEMPT = frozenset({"/healthz", "/readyz"})
PIECE = 1 << 20
LINGER = 1.0


class Limits:
    """ASGI: rate and concurrency of each client, size and duration of each body."""

    def __init__(
        self, app: ASGIApp, settings: Settings, proxies: Proxies, rate: Rate, concurrency: Concurrency
    ) -> None:
        self.app = app
        self.settings = settings
        self.proxies = proxies
        self.rate = rate
        self.concurrency = concurrency

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        client = key(self.proxies.place(scope))
        if scope["path"] in EXEMPT:
            await self._bounded(scope, receive, send)
            return
        try:
            # What was answered on the short way has its place.
            if PREPARED not in scope.get("state", {}):
                self.rate.take(client)
                self.concurrency.enter(client)
        except CommuniqueError as error:
            await _refuse(error, scope, receive, send)
            return
        try:
            await self._bounded(scope, receive, send)
        finally:
            self.concurrency.leave(client)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if "content-length" not in headers and "transfer-encoding" not in headers:
            await self.app(scope, receive, send)
            return
        body = Body(receive, self.settings, waits="100-continue" in headers.get("expect", "").lower())
        try:
            length = headers.get("content-length", "0")
            if len(length) > 18 or int(length) > self.settings.body_bytes:
                raise await body.too_large()
            scope = body.opened(scope, headers.get("content-encoding", "").strip().lower())
        except CommuniqueError as error:
            await _refuse(error, scope, receive, send)
            return
        await self.app(scope, body.receive, send)


class Body:
    """A request's body while it streams: counted, inflated, and cut off when it takes too long."""

    def __init__(self, receive: Receive, settings: Settings, *, waits: bool) -> None:
        self.given = receive
        self.settings = settings
        self.waits = waits  # whether the client sends nothing before it is told to
        self.deadline = asyncio.get_running_loop().time() + settings.body_seconds
        self.taken = self.inflated = 0
        self.inflater: zlib._Decompress | None = None
        self.rest = b""
        self.ended = False
        self.done = False

    def opened(self, scope: Scope, encoding: str) -> Scope:
        """The scope for whom reads the body as this gives it. UnsupportedMediaType for codings but gzip."""
        if encoding in ("", "identity"):
            return scope
        if encoding not in ("gzip", "x-gzip"):
            error = UnsupportedMediaType(f"a body may be coded as gzip, not as {encoding}", limit="encoding")
            error.headers = {"Accept-Encoding": "gzip"}  # type: ignore[misc]
            raise error
        self.inflater = zlib.decompressobj(31)
        kept = [(n, v) for n, v in scope["headers"] if n not in (b"content-encoding", b"content-length")]
        # The same scope otherwise: what is noted in it is read further out.
        scope["headers"] = kept
        return scope

    async def receive(self) -> Message:
        """The next message. TooLarge, RequestTimeout, or BadRequest for a body that is not what it says."""
        if self.done:
            return await self.given()
        while True:
            if not self.rest and not self.ended:
                message = await self._next()
                if message["type"] != "http.request":
                    return message
                self.rest += message.get("body", b"")
                self.ended = not message.get("more_body", False)
            piece = self._piece()
            # A piece of full size may leave more of it behind in the inflater.
            self.done = self.ended and not self.rest and len(piece) < PIECE
            if self.done and self.inflater and not self.inflater.eof:
                raise BadRequest("the body is not gzip: it ends too soon")
            if piece or self.done:
                return {"type": "http.request", "body": piece, "more_body": not self.done}

    async def _next(self) -> Message:
        self.waits = False
        try:
            async with asyncio.timeout_at(self.deadline):
                message = await self.given()
        except TimeoutError:
            raise RequestTimeout(
                f"the body did not arrive within {self.settings.body_seconds:g} seconds", limit="body-seconds"
            ) from None
        self.taken += len(message.get("body", b""))
        if self.taken > self.settings.body_bytes:
            raise await self.too_large()
        return message

    def _piece(self) -> bytes:
        if self.inflater is None:
            piece, self.rest = self.rest[:PIECE], self.rest[PIECE:]
            return piece
        try:
            if self.inflater.eof and self.rest:
                self.inflater = zlib.decompressobj(31)  # a file of several members (RFC 1952 section 2.2)
            piece = self.inflater.decompress(self.rest, PIECE)
        except zlib.error as error:
            raise BadRequest(f"the body is not gzip: {error}") from error
        self.rest = self.inflater.unused_data if self.inflater.eof else self.inflater.unconsumed_tail
        self.inflated += len(piece)
        if self.inflated > self.settings.inflated_bytes:
            raise TooLarge(f"the body is more than {self.settings.inflated_bytes} bytes inflated", limit="inflated")
        return piece

    async def too_large(self) -> TooLarge:
        """The error, once the client has had a moment to stop: closed at once, it may never read the answer."""
        try:
            async with asyncio.timeout(LINGER):
                left = 0 if self.waits else self.settings.body_bytes
                while left > 0 and (message := await self.given()).get("more_body"):
                    left -= len(message["body"])
        except TimeoutError:
            pass
        return TooLarge(f"the body is more than {self.settings.body_bytes} bytes", limit="body")


async def _refuse(error: CommuniqueError, scope: Scope, receive: Receive, send: Send) -> None:
    note(scope, error)
    await problem(error)(scope, receive, send)
