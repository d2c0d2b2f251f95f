"""Answers over HTTP: validators, caching headers, problems (RFC 9110, RFC 9457)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from communique import jsontext
from communique.assets import made_of
from communique.content import Content
from communique.errors import CommuniqueError
from communique.media import Media
from communique.settings import program

PROBLEM = "application/problem+json"
VERSION = "Communique-Version"
# What a JSON answer says in its `note`, for forms that hold rows or triples only.
NOTE = "Communique-Note"
# In a scope's state: the same bytes of a request get the same answer from the same version of the data.
REUSABLE = "reusable"
# In a scope's state: what was answered already, on the short way.
PREPARED = "prepared"
# An answer of so many bytes is packed for whoever takes it so.
PACKED = 1024
ABSOLUTE = re.compile(rb"https?://(?P<authority>[^/?#]+)", re.IGNORECASE)
# A HEAD has become a GET before it is routed.
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT")


@dataclass(frozen=True)
class Prepared:
    """A response, or an error, that a route's endpoint gave already, to a request that `began` then and counts as its client's."""

    outcome: Response | Exception
    route: BaseRoute
    began: float


class Target:
    """ASGI: a request's target in the absolute form, and `OPTIONS *` (RFC 9112 section 3.2.2, RFC 9110 section 9.3.7)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "*" and scope["method"] == "OPTIONS":
            await Response(status_code=204)(scope, receive, send)
            return
        if scope["type"] == "http" and (found := ABSOLUTE.match(scope["raw_path"])):
            raw = scope["raw_path"][found.end() :] or b"/"
            # The target's own authority counts, whatever Host says.
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            headers = [*others, (b"host", found["authority"])]
            scope.update(path=unquote(raw.decode("ascii")), raw_path=raw, headers=headers)
        await self.app(scope, receive, send)


class Head:
    """ASGI: a HEAD is a GET whose body is not sent (RFC 9110 section 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # Whoever would read much for the body may know that nobody wants it.
        got = {**scope, "method": "GET", "bodiless": True}
        try:
            await self.app(got, receive, bodiless)
        finally:
            scope["route"] = got.get("route")


# What has a strong validator, and comes packed by itself where packing helps.
STRONG = ("/dumps/", "/static/")


class Packed(GZipMiddleware):
    """gzip of every answer whose validator is weak."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(STRONG):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class Headers:
    """ASGI: headers of every answer that does not set them itself. A broken stream passes through it broken."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self.app, self.headers = app, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    given.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, headed if scope["type"] == "http" else send)


def build(content: Content) -> str:
    """Names the program, its questions and its pages: an answer may change when one of them does."""
    files = [*content.queries(), *content.profiles(), content.core, *made_of()]
    text = b"".join(path.read_bytes() for path in files)
    return f"{program()}.{hashlib.sha256(text).hexdigest()[:8]}"


def etag(*parts: str) -> str:
    """A weak validator (RFC 9110 section 8.8.3): the same answer, though perhaps not the same bytes."""
    return f'W/"{"-".join(parts)}"'


def reply(request: Request, media: Media, body: bytes, tag: str, links: Iterable[str] = ()) -> Response:
    """A 200 with its validator, or a 304 when the client has it already."""
    request.state.reusable = True
    headers = {"ETag": tag, "Vary": "Accept", "Cache-Control": "no-cache"}
    if told := ", ".join(links):
        headers["Link"] = told
    if is_current(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media.content_type, headers=headers)


def link(target: str, relation: str, kind: str = "") -> str:
    """A link of a Link header, with its media type if that is known (RFC 8288)."""
    return f'<{target}>; rel="{relation}"' + (f'; type="{kind}"' if kind else "")


def alternates(request: Request, media: Media, offers: Sequence[Media]) -> list[str]:
    """A link to the same answer in each other form."""
    return [link(asked(request, format=o.name), "alternate", o.type) for o in offers if o is not media]


def asked(request: Request, **changed: str) -> str:
    """The request's address with some of its parameters changed, relative to this service."""
    return str(request.url.include_query_params(**changed).replace(scheme="", netloc=""))


def display(text: str) -> str:
    """Text as a Display String (RFC 9651 section 3.3.8), which any header may hold."""
    plain = "".join(chr(c) for c in range(0x20, 0x7F) if chr(c) not in '%"')
    return '%"' + "".join(c if c in plain else "".join(f"%{b:02x}" for b in c.encode()) for c in text) + '"'


def written(status: int, version: str, location: str | None = None) -> Response:
    """The answer to a write: the version of the data that has it, which every later read sees."""
    headers = {VERSION: version, "Cache-Control": "no-store"}
    if location:
        headers["Location"] = location
    return Response(status_code=status, headers=headers)


def others(routes: APIRouter, path: str, *allowed: str) -> None:
    """OPTIONS of a path, and 405 for the methods that are not allowed, with all that are (RFC 9110 section 15.5.6)."""
    allow = {"Allow": ", ".join((*allowed, "OPTIONS"))}

    def options() -> Response:
        return Response(status_code=204, headers=allow)

    def refuse() -> Response:
        raise HTTPException(405, "Method not allowed", headers=allow)

    routes.add_api_route(path, options, methods=["OPTIONS"], include_in_schema=False)
    refused = [method for method in METHODS if method not in allowed]
    routes.add_api_route(path, refuse, methods=refused, include_in_schema=False)


def is_current(request: Request, tag: str) -> bool:
    """Whether If-None-Match names this validator, by weak comparison (RFC 9110 section 13.1.2)."""
    given = [part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")]
    return tag.removeprefix("W/") in given or "*" in given


def note(scope: Scope, error: CommuniqueError) -> None:
    """Leave the reason of a refusal, and the limit that was met, for the audit line."""
    state = scope.setdefault("state", {})
    state["reason"] = error.detail[:300]
    if "limit" in error.extra:
        state["limit"] = error.extra["limit"]


def problem(error: CommuniqueError) -> Response:
    """An error as problem+json: type, title, status, detail, and what else it knows."""
    response = _problem(error.status, error.title, error.detail, error.extra)
    response.headers.update(error.headers)
    return response


def unexpected(status: int, title: str, detail: str) -> Response:
    return _problem(status, title, detail, {})


def _problem(status: int, title: str, detail: str, extra: dict[str, Any]) -> Response:
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extra}
    # Whoever prefers HTML gets a page of it.
    return Response(jsontext.written(document), status, {"Vary": "Accept"}, PROBLEM)
