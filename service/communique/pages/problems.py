"""Errors for people: whoever prefers HTML is told in a page what is wrong and what may be done; all others get the problem."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from jinja2 import Environment
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from communique import media
from communique.errors import BadRequest, NotAcceptable
from communique.forms import Fields
from communique.http import PROBLEM
from communique.media import Media

OFFERS = (Media("problem", PROBLEM), media.HTML)
# Lines of a query shown before the one with the error.
BEFORE = 3
# What a person is told of a status, in place of its name.
WORDS = {
    400: "This cannot be answered as it was asked", 401: "This needs a token", 403: "This token may not do that",
    404: "There is nothing at this address", 405: "This address does not take that", 406: "Not in that format",
    408: "The request did not arrive in time", 410: "This is no longer here", 413: "That is too large",
    415: "That format is not read here", 422: "There are faults in it", 429: "That was too much at one time",
    500: "The service failed", 502: "The store behind this service gives no usable answer",
    503: "The service cannot answer now", 504: "The store behind this service does not answer in time",
    507: "The answer would be too large",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line of a query: its number, its text, and where in it the error is."""

    number: int
    text: str
    column: int | None


@dataclass(frozen=True)
class Trouble:
    """An error as its page tells it."""

    status: int
    title: str
    detail: str
    parameter: str | None  # the one that is wrong
    report: str | None  # that of a statement that is gone
    faults: list[str]
    wait: str | None  # seconds after which it may be asked again
    request: str | None  # the name of the request in the log
    words: str  # what to search for instead
    query: str | None  # the SPARQL that was asked
    lines: list[Line] = field(default_factory=list)


class Readable:
    """ASGI: a problem becomes a page for whoever prefers HTML to problem+json (RFC 9110 section 12.5.1)."""

    def __init__(self, app: ASGIApp, templates: Environment) -> None:
        self.app, self.templates = app, templates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not prefers_page(Headers(scope=scope).get("accept")):
            await self.app(scope, receive, send)
            return
        begun: Message | None = None
        body = bytearray()

        async def told(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start" and _is_problem(message):
                begun = message
            elif begun is None:
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    await self._tell(scope, begun, bytes(body), send)
                    begun = None

        await self.app(scope, receive, told)

    async def _tell(self, scope: Scope, begun: Message, problem: bytes, send: Send) -> None:
        headers = MutableHeaders(scope=begun)
        if headers.get("content-encoding") == "gzip":
            del headers["content-encoding"]
            problem = gzip.decompress(problem)
        trouble = understood(scope, begun["status"], headers, problem)
        page = self.templates.get_template("error.html").render(trouble=trouble).encode()
        headers["content-type"], headers["content-length"] = media.HTML.content_type, str(len(page))
        if scope["method"] == "HEAD":
            # What a GET would be told is not known, so neither is its length.
            del headers["content-length"]
            page = b""
        await send(begun)
        await send({"type": "http.response.body", "body": page})


def prefers_page(accept: str | None) -> bool:
    """Whether a page is asked for rather than a problem; who does not say gets the problem."""
    if not accept or "text/" not in accept.lower():
        return False
    try:
        return media.choose(accept, OFFERS) is media.HTML
    except NotAcceptable:
        return False


def understood(scope: Scope, status: int, headers: Headers, problem: bytes) -> Trouble:
    """A problem and the request that met it. The answer to a HEAD has no problem in it."""
    told: dict[str, Any] = json.loads(problem) if problem else {}
    title = WORDS.get(status) or str(told.get("title", "An error"))
    query = _query(scope)
    return Trouble(
        status, title, str(told.get("detail", "")), told.get("parameter"), told.get("report"), told.get("faults", []), headers.get("retry-after"), headers.get("x-request-id"),
        _words(scope["path"]), query, lines(query, told.get("line"), told.get("column")),
    )  # fmt: skip


def lines(query: str | None, line: object, column: object) -> list[Line]:
    """The line of a query that an error is in, and those before it."""
    if query is None or not isinstance(line, int) or not isinstance(column, int):
        return []
    written = query.splitlines() or [""]
    at = min(max(line, 1), len(written))
    shown = range(max(1, at - BEFORE), at + 1)
    return [Line(n, written[n - 1], min(max(column, 1), len(written[n - 1]) + 1) if n == at else None) for n in shown]


def _is_problem(message: Message) -> bool:
    return Headers(raw=message.get("headers", [])).get("content-type", "").startswith(PROBLEM)


def _query(scope: Scope) -> str | None:
    """The SPARQL in the address, if there is any."""
    try:
        return Fields.decode(scope["query_string"]).one("query")
    except BadRequest:
        return None


def _words(path: str) -> str:
    """The last name of an address as words."""
    last = unquote(path).rstrip("/").rpartition("/")[2].partition(".")[0]
    return " ".join(last.replace("-", " ").replace("_", " ").split())[:80]
