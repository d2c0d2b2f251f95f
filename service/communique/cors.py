"""Pages of any origin may read, and none may write (Fetch standard, section 3.2)."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

READS = ("GET", "HEAD", "OPTIONS")
# A query that is posted is a read.
QUERIES = "/sparql"
EXPOSED = "Communique-Note, Communique-Version, Content-Location, ETag, Link, Location, Retry-After, X-Request-Id"
ACCEPTED = "Accept, Content-Type, If-None-Match, Range, X-Request-Id"
ORIGIN = "Access-Control-Allow-Origin"
# What the answer to a read has.
SHARED = {ORIGIN: "*", "Access-Control-Expose-Headers": EXPOSED}


class Cors:
    """ASGI: `*` on the answers to reads, an answer to each preflight."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        reads = (*READS, "POST") if scope["path"] == QUERIES else READS
        if scope["method"] == "OPTIONS" and "access-control-request-method" in Headers(scope=scope):
            headers = {
                ORIGIN: "*",
                "Access-Control-Allow-Methods": ", ".join(reads),
                "Access-Control-Allow-Headers": ACCEPTED,
                "Access-Control-Max-Age": "86400",
            }
            await Response(status_code=204, headers=headers)(scope, receive, send)
            return

        async def shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SHARED)
            await send(message)

        await self.app(scope, receive, shared if scope["method"] in reads else send)
