"""HTTP to a SPARQL 1.1 store: credentials, deadlines, retries, and what its failures mean for those who ask us.

SPARQL 1.1 Protocol by URL-encoded POST (sections 2.1.2, 2.2.1), which every store takes, whatever the length.
"""

from __future__ import annotations

import itertools
import random
import re
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from communique.errors import BadGateway, BadRequest, CommuniqueError, GatewayTimeout, OverCap, Unavailable, Usage
from communique.settings import PREFIX, Settings
from communique.store.line import Call, Transport, current

AWAY = (502, 503, 504)
PAUSE = 0.1  # seconds before the second try; twice as long before each further one, more or less
TOLD = 300  # characters of what a store says that are passed on
# Where an answer says that it is not whole: Virtuoso's cap of rows, and its time-outs.
CUT = ("x-sparql-maxrows", "x-sql-state", "x-sparql-anytime")
NESTED = re.compile(rb'<<\(|"value"\s*:\s*\{')
DEEPEST = 1000  # triple terms in an answer; so many in one another are more than a parser's stack holds

Fields = Sequence[tuple[str, str]]


class Broken(BadGateway):
    """The store broke an exchange off."""


class Unreached(Unavailable):
    """Nothing of a request got to the store."""


class Refused(BadGateway):
    """The store says that what it was sent is wrong; `code` is its status."""

    def __init__(self, code: int, told: str) -> None:
        super().__init__(f"the store answers {code}: {told}" if told else f"the store answers {code}")
        self.code, self.told = code, told

    def of_query(self) -> CommuniqueError:
        """The same, of a query that a client sent: the client's fault, if the store says so."""
        return BadRequest(f"the store does not take this query: {self.told}") if self.code == 400 else self


class Login(httpx.Auth):
    """User and password as the store asks for them: Digest (RFC 7616), else Basic. Nothing is sent unasked."""

    def __init__(self, user: str, password: str) -> None:
        self.user, self.password = user, password
        self.known: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self.known is None:
            response = yield request
            if response.status_code != 401:
                return
            digest = "digest" in response.headers.get("www-authenticate", "").lower()
            self.known = (httpx.DigestAuth if digest else httpx.BasicAuth)(self.user, self.password)
        yield from self.known.auth_flow(request)


@dataclass(frozen=True)
class Places:
    """The addresses of a store."""

    query: str
    update: str
    graphs: str

    @classmethod
    def of(cls, settings: Settings) -> Places:
        found = cls(settings.store, settings.store_update or _sibling(settings.store), settings.store_graphs)
        for name, address in (("STORE", found.query), ("STORE_UPDATE", found.update), ("STORE_GRAPHS", found.graphs)):
            if address and not _is_whole(address):
                raise Usage(f"{PREFIX}{name} is {address!r}, which is no address")
        return found

    @property
    def host(self) -> str:
        """What messages name it by."""
        return urlsplit(self.query).netloc


def _is_whole(address: str) -> bool:
    try:
        return bool(httpx.URL(address).host)
    except httpx.InvalidURL:
        return False


def _sibling(query: str) -> str:
    """Where updates go when nothing says so: …/update beside …/query, else where queries go."""
    path, mark, rest = query.partition("?")
    return f"{path.removesuffix('/query')}/update{mark}{rest}" if path.endswith("/query") else query


class Answer:
    """An answer that has begun."""

    def __init__(self, response: httpx.Response, call: Call, most: int) -> None:
        self.response, self.call, self.most = response, call, most
        self.media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        self.nested = 0

    def chunks(self) -> Iterator[bytes]:
        """Its bytes as they come. Raises what breaks it: an answer that just stops would look complete."""
        parts, size = self.response.iter_raw(), 0
        while chunk := self._next(parts):
            size += len(chunk)
            self.nested += len(NESTED.findall(chunk))
            if size > self.most:
                raise OverCap(f"the answer has more than {self.most} bytes, which is the most this service gives")
            yield chunk

    def whole(self) -> bytes:
        """All of it, for our own parsers."""
        data = b"".join(self.chunks())
        self.require_flat()
        return data

    def require_flat(self) -> None:
        """Raise BadGateway when there is more in one another than a parser survives."""
        if self.nested > DEEPEST:
            raise BadGateway("the store's answer is nested too deep")

    def _next(self, parts: Iterator[bytes]) -> bytes:
        with self.call.going(), _told(self.call):
            return next(parts, b"")


class Wire:
    """The way to one store. Its methods raise Unavailable (it is away), GatewayTimeout and BadGateway."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.places = Places.of(settings)
        self.repeated = 0
        headers = {"Accept-Encoding": "identity", "User-Agent": "communique"}
        if settings.store_token:
            headers["Authorization"] = f"Bearer {settings.store_token}"
        login = Login(settings.store_user, settings.store_password) if settings.store_user else None
        # No proxy and no netrc of the environment: the operator says where the store is and who we are.
        self.client = httpx.Client(
            transport=Transport(settings.store_connections), headers=headers, auth=login, trust_env=False,
            follow_redirects=False,
        )  # fmt: skip

    def close(self) -> None:
        self.client.close()

    @contextmanager
    def asked(self, fields: Fields, accept: str, call: Call | None = None) -> Iterator[Answer]:
        """A query's answer. It may be asked again for as long as nothing of an answer has come."""
        request = self._posted(self.places.query, fields, accept)
        with self._answered(request, call or self.call(), again=True) as answer:
            yield answer

    def change(self, fields: Fields, call: Call | None = None, *, again: bool = False) -> None:
        """An update. It is sent once more only if it never got there, or when `again` says that twice is once."""
        call = call or self.call(self.settings.write_seconds)
        request = self._posted(self.places.update, fields, "*/*")
        with self._answered(request, call, again=again) as answer:
            for _ in answer.chunks():
                pass

    @contextmanager
    def got(self, address: str, params: Mapping[str, str], accept: str) -> Iterator[Answer]:
        """What a GET is answered with (Graph Store Protocol, section 5.2)."""
        request = self.client.build_request("GET", address, params=params, headers={"Accept": accept})
        with self._answered(request, self.call(), again=True) as answer:
            yield answer

    def call(self, seconds: float = 0) -> Call:
        """The call that this thread is in already, so that its deadline holds for all of it; else one of its own."""
        return current() or Call(seconds or self.settings.query_seconds)

    def _posted(self, address: str, fields: Fields, accept: str) -> httpx.Request:
        given: dict[str, list[str]] = {}
        for name, value in fields:
            given.setdefault(name, []).append(value)
        return self.client.build_request("POST", address, data=given, headers={"Accept": accept})

    @contextmanager
    def _answered(self, request: httpx.Request, call: Call, *, again: bool) -> Iterator[Answer]:
        response = self._tried(request, call, again=again)
        try:
            _require_whole(response)
            yield Answer(response, call, self.settings.result_bytes)
        finally:
            # Unless it was taken to its end the line is cut, so that the store may notice.
            response.close()

    def _tried(self, request: httpx.Request, call: Call, *, again: bool) -> httpx.Response:
        for number in itertools.count(1):
            try:
                return self._sent(request, call)
            except (Unavailable, GatewayTimeout, BadGateway) as error:
                # Not all at once, should many be waiting for the same store.
                pause = PAUSE * 2**number * random.uniform(0.25, 0.75)  # noqa: S311  # no secret
                safe = isinstance(error, Unreached) or (again and _passing(error))
                if number >= self.settings.store_tries or pause >= call.left or call.why or not safe:
                    raise
                self.repeated += 1
                time.sleep(pause)
        raise AssertionError

    def _sent(self, request: httpx.Request, call: Call) -> httpx.Response:
        """A success that has begun. Raises what anything else means."""
        seconds = min(self.settings.store_seconds, max(call.left, 0.001))
        request.extensions["timeout"] = {"connect": seconds, "read": None, "write": None, "pool": max(call.left, 0.001)}
        with call.going(), _told(call):
            response = self.client.send(request, stream=True)
            if response.is_success:
                return response
            try:
                raise _meaning(response, _said(response))
            finally:
                response.close()


def _require_whole(response: httpx.Response) -> None:
    """Raise BadGateway for an answer of which a part would look like all of it."""
    headers = response.headers
    if headers.get("content-encoding", "identity") != "identity":
        raise BadGateway("the store packs its answer, which it was not asked for")
    ends = "content-length" in headers or "chunked" in headers.get("transfer-encoding", "")
    if not ends and response.status_code != 204:
        raise BadGateway("the store's answer does not say where it ends")
    for name in CUT:
        if name in headers:
            raise BadGateway(f"the store has cut its answer short ({name}: {headers[name]})")


def _passing(error: CommuniqueError) -> bool:
    """Whether it may go well the next time."""
    return isinstance(error, Unavailable | GatewayTimeout | Broken) or getattr(error, "code", 0) in AWAY


@contextmanager
def _told(call: Call) -> Iterator[None]:
    """What breaks on the way, in our own words."""
    try:
        yield
    except (httpx.TransportError, httpx.StreamError) as error:
        raise _failure(error) if call.why is None else call.why from error


def _failure(error: Exception) -> CommuniqueError:
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return Unreached("the store is away: no connection to it can be made")
        case httpx.PoolTimeout():
            return Unreached("all connections to the store are busy")
        case httpx.TimeoutException():
            return GatewayTimeout("the store does not answer in time")
        case _:
            return Broken(f"the store broke off: {error or type(error).__name__}")


def _meaning(response: httpx.Response, said: str) -> CommuniqueError:
    code = response.status_code
    if response.is_redirect:
        return BadGateway(f"the store redirects ({code}); give the address it redirects to")
    if code in (401, 403):
        return BadGateway(f"the store refuses this service ({code}): check its user, password or token")
    if code in (429, 503):
        return Unavailable(f"the store is too busy ({code})")
    if code == 504:
        return GatewayTimeout("the store does not answer in time (504)")
    return Refused(code, said)


def _said(response: httpx.Response) -> str:
    """The first words of a failure, in one line."""
    data = b""
    for chunk in response.iter_raw():
        data += chunk
        if len(data) >= TOLD * 4:
            break
    text = " ".join(data.decode("utf-8", "replace").split())
    return text[:TOLD] if response.headers.get("content-type", "").startswith("text/plain") else ""
