"""What strangers may send, as data: how it is sent, and what may come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results

TOKEN = "attack-token"
WRITE = {"authorization": f"Bearer {TOKEN}"}
REFUSED = frozenset({400, 401, 403, 404, 405, 406, 408, 413, 414, 415, 422, 429, 431, 503, 507})
NEVER = frozenset[int]()

# Whether the body of a 2xx is right.
Right = Callable[[bytes], bool]


@dataclass(frozen=True)
class Attack:
    """A request, as httpx takes it or as bytes; where 2xx is allowed, `right` says which bodies are."""

    name: str
    method: str = "GET"
    path: str = "/sparql"
    request: dict[str, Any] = field(default_factory=dict, repr=False)
    raw: bytes = field(default=b"", repr=False)
    allowed: frozenset[int] = REFUSED
    right: Right | None = None
    broken: bool = False  # whether the connection may just end


@dataclass(frozen=True)
class Doors:
    """Where nobody may be led: a listening address, and a file whose words may never come back."""

    address: str  # host:port
    file: str  # file://…
    secret: str

    @property
    def http(self) -> str:
        return f"http://{self.address}/canary.ttl"


def solutions(body: bytes) -> list[list[str | None]]:
    """The values of each row of SPARQL results in JSON."""
    found = parse_query_results(body, format=QueryResultsFormat.JSON)
    assert isinstance(found, QuerySolutions)
    return [[None if term is None else getattr(term, "value", str(term)) for term in row] for row in found]


def rows(*expected: list[str | None]) -> Right:
    return lambda body: solutions(body) == list(expected)


def empty(body: bytes) -> bool:
    """No rows, no triples: nothing was fetched."""
    return not body.strip() or (body.startswith(b"{") and solutions(body) == [])


def anything(body: bytes) -> bool:
    """Harmless, whatever it is; that no secret is in it is looked at everywhere."""
    return body is not None


def ask(name: str, text: str | bytes, right: Right | None = None, **more: Any) -> Attack:
    """A query, posted as itself so that no form's limits come first."""
    headers = {
        "content-type": "application/sparql-query",
        "accept": "application/sparql-results+json, application/n-triples;q=0.9",
    }
    return Attack(
        name, "POST", "/sparql", {"content": _bytes(text), "headers": headers}, **_allowed(right, 200), **more
    )


def change(name: str, text: str, right: Right | None = None, **more: Any) -> Attack:
    """An update by a token holder."""
    headers = {**WRITE, "content-type": "application/sparql-update"}
    return Attack(
        name, "POST", "/update", {"content": _bytes(text), "headers": headers}, **_allowed(right, 200, 204), **more
    )


def store(name: str, form: str, data: str | bytes, right: Right | None = None, **also: str) -> Attack:
    """RDF put into a graph by a token holder."""
    headers = {**WRITE, "content-type": form, **({"link": also["link"]} if "link" in also else {})}
    if "coding" in also:
        headers["content-encoding"] = also["coding"]
    request = {"content": _bytes(data), "headers": headers, "params": {"graph": "urn:attacked"}}
    return Attack(name, "PUT", "/store", request, **_allowed(right, 200, 201, 204))


def raw(name: str, data: bytes, *also: int, right: Right | None = None) -> Attack:
    """Bytes on a connection; it may also be closed without a word."""
    return Attack(name, raw=data, allowed=REFUSED | frozenset(also), right=right, broken=True)


def get(name: str, path: str, right: Right | None = None, **request: Any) -> Attack:
    return Attack(name, "GET", path, request, **_allowed(right, 200))


def _allowed(right: Right | None, *statuses: int) -> dict[str, Any]:
    return {"right": right, "allowed": REFUSED | (frozenset(statuses) if right else NEVER)}


def _bytes(data: str | bytes) -> bytes:
    return data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
