"""The short way: an ordinary read that came whole and in one piece goes straight to its endpoint, and its answer straight out.

The endpoint is the same as on the long way, and what the layers around it add to an answer is added here. Whatever is not
ordinary takes the long way: a request that this does not know, and an answer that is a failure, a stream, or to be packed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from inspect import iscoroutinefunction, signature

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from communique import cors
from communique.clients import Concurrency, Proxies, Rate, key
from communique.errors import TooManyRequests
from communique.http import PACKED, PREPARED, REUSABLE, Prepared
from communique.metrics import Metrics
from communique.recall import LARGEST, LEFT_OUT, PERSONAL, Answer, Memory

# What h11 reads the same way (RFC 9112 sections 3 and 5); a path that needs no decoding.
HEAD = re.compile(
    rb"(GET|POST) (/[A-Za-z0-9/._~-]*+)(?:\?([!-~]*+))?+ HTTP/1\.1\r\n"
    rb"((?:[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[\t -~]*+\r\n)++)\r\n"
)
# What is for the connection, or needs more than is done here.
UNUSUAL = (PERSONAL - {b"connection"}) | {b"transfer-encoding", b"content-encoding", b"trailer", b"te"}
SHORT = {
    int(status): b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode())
    for status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
}
Fields = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Told:
    """What is the same for all requests of a connection."""

    client: tuple[str, int] | None
    server: tuple[str, int | None] | None
    scheme: str


@dataclass
class Ride:
    """A request on the short way: what was asked, of which version of the data, and by whom."""

    raw: bytes
    scope: Scope
    body: bytes
    route: APIRoute
    client: str
    version: str
    began: float = field(default_factory=time.perf_counter)
    over: bool = False  # it has ended here, or goes on on the long way

    async def receive(self) -> Message:
        """Its body, which is here. Whether the client is still there is the connection's to know."""
        return {"type": "http.request", "body": self.body, "more_body": False}


@dataclass
class Express:
    """The short way to the endpoints of some routes; None where a request has to take the long one."""

    routes: list[APIRoute]
    headers: Mapping[str, str]  # of every answer
    proxies: Proxies
    rate: Rate
    concurrency: Concurrency
    metrics: Metrics
    memory: Memory
    body_bytes: int

    def __post_init__(self) -> None:
        added = {**self.headers, **cors.SHARED}
        self.lines = _lines([(name.lower().encode(), value.encode()) for name, value in added.items()])
        self.open = [route for route in self.routes if "{" in route.path]
        fixed = [route for route in reversed(self.routes) if route not in self.open]
        self.fixed = {(method, route.path): route for route in fixed for method in route.methods or ()}
        self.own = {name.lower().encode() for name in added}

    def taken(self, data: bytes, told: Told) -> Ride | None:
        """The ride that these bytes begin, which counts as a request of its client."""
        found = HEAD.match(data)
        if found is None or told.client is None:
            return None
        method, path, query, block = found.groups()
        headers, body = _fields(block), data[found.end() :]
        route = self._route(method.decode(), path.decode())
        if route is None or not self._usual(method, headers, body):
            return None
        scope = {
            "type": "http", "http_version": "1.1", "method": method.decode(), "scheme": told.scheme, "server": told.server,
            "client": told.client, "root_path": "", "path": path.decode(), "raw_path": path, "query_string": query or b"",
            "headers": headers, "state": {}, "route": route[0], "path_params": route[1],
        }  # fmt: skip
        client = key(self.proxies.place(scope))
        try:
            self.rate.take(client)
            self.concurrency.enter(client)
        except TooManyRequests:
            # It is refused on the long way, as it will be there.
            return None
        return Ride(data, scope, body, route[0], client, self.memory.version())

    async def answered(self, ride: Ride) -> Response:
        """What the endpoint answers. Raises what it raises."""
        self.metrics.running += 1
        try:
            return await ride.route.endpoint(Request(ride.scope, ride.receive))  # type: ignore[no-any-return]
        finally:
            self.metrics.running -= 1

    def brief(self, ride: Ride, response: Response) -> Answer | None:
        """The answer as it goes out, if it is one for the short way; it is counted, and kept if it may be."""
        if type(response) is not Response or response.status_code not in SHORT:
            return None
        packs = len(response.body) >= PACKED
        if (packs and _unpacks(ride.scope)) or not self.own.isdisjoint([name for name, _ in response.raw_headers]):
            return None
        if packs:
            response.headers.add_vary_header("Accept-Encoding")
        self.ended(ride, response.status_code)
        counted = partial(
            self.metrics.recalled, {"route": ride.route, "method": ride.scope["method"]}, response.status_code
        )
        answer = Answer(self._head(response), bytes(response.body), ride.version, ride.client, counted)
        if self._kept(ride, answer):
            self.memory.keep((ride.scope["client"][0], ride.raw), answer)
        return answer

    def ended(self, ride: Ride, status: int) -> None:
        """Count it."""
        ride.over = True
        self.concurrency.leave(ride.client)
        self.metrics.answered(ride.scope, status, time.perf_counter() - ride.began)

    def _route(self, method: str, path: str) -> tuple[APIRoute, dict[str, str]] | None:
        """The first route that has such a path and method, and the parts of the path that it names."""
        if route := self.fixed.get((method, path)):
            return route, {}
        for route in self.open:
            if (found := route.path_regex.match(path)) and method in (route.methods or ()):
                return route, found.groupdict()
        return None

    def _usual(self, method: bytes, headers: Fields, body: bytes) -> bool:
        names = [name for name, _ in headers]
        if names.count(b"host") != 1 or not UNUSUAL.isdisjoint(names) or len(body) > self.body_bytes:
            return False
        given = dict(headers)
        if given.get(b"connection", b"keep-alive").lower() != b"keep-alive":
            return False
        if method == b"GET":
            return not body and b"content-length" not in given
        return names.count(b"content-length") == 1 and given[b"content-length"] == b"%d" % len(body)

    def _head(self, response: Response) -> bytes:
        lines = _lines([pair for pair in response.raw_headers if pair[0] not in LEFT_OUT])
        unsent = response.status_code == HTTPStatus.NOT_MODIFIED
        length = b"" if unsent else b"content-length: %d\r\n" % len(response.body)
        return b"".join([SHORT[response.status_code], lines, self.lines, length])

    def _kept(self, ride: Ride, answer: Answer) -> bool:
        """Whether the same bytes may be answered with it, by the rules of `recall.Remember`."""
        return (
            bool(ride.scope["state"].get(REUSABLE))
            and len(answer.body) <= LARGEST
            and ride.version == self.memory.version()
            and PERSONAL.isdisjoint(name for name, _ in ride.scope["headers"])
        )


class Handed:
    """ASGI, innermost: what was answered on the short way, and goes out on the long one."""

    def __init__(
        self, app: ASGIApp, told: Callable[[Request, Exception], Response], kinds: tuple[type[Exception], ...]
    ) -> None:
        self.app, self.told, self.kinds = app, told, kinds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given: Prepared | None = scope.get("state", {}).get(PREPARED)
        if given is None:
            await self.app(scope, receive, send)
            return
        scope["route"] = given.route
        outcome = given.outcome
        if isinstance(outcome, self.kinds):
            outcome = self.told(Request(scope), outcome)
        if isinstance(outcome, Exception):
            raise outcome
        await outcome(scope, receive, send)


def simple(routes: Iterable[BaseRoute]) -> list[APIRoute]:
    """Those whose endpoint is a coroutine of a request, so that nothing else of FastAPI is used for it."""
    return [route for route in routes if isinstance(route, APIRoute) and _of_a_request(route.endpoint)]


def _of_a_request(endpoint: Callable[..., object]) -> bool:
    return iscoroutinefunction(endpoint) and list(signature(endpoint).parameters) == ["request"]


def _fields(block: bytes) -> Fields:
    found = []
    for line in block.split(b"\r\n")[:-1]:
        name, _, value = line.partition(b":")
        found.append((name.lower(), value.strip(b" \t")))
    return found


def _lines(fields: Sequence[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%s: %s\r\n" % pair for pair in fields])


def _unpacks(scope: Scope) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
