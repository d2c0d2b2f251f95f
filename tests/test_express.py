"""The short way answers as the long way does, whole, and leaves to it what is not ordinary."""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote, urlencode

import pytest

from conftest import TINY, Server

ATTACK = "/api/attacks/north-camp"
SELECT = "SELECT * WHERE { ?s a ?o } ORDER BY ?s ?o LIMIT 3"
LARGE = "SELECT * WHERE { " + " ".join(f"VALUES ?{name} {{ {'1 ' * 12} }}" for name in "abcd") + " }"
FORM = "application/x-www-form-urlencoded"
# What differs each time that something is asked.
EACH = re.compile(rb"(?mi)^(?:date|x-request-id): .*\r\n|<code>[0-9a-f]{16}</code>")


def get(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: example.org", *lines, "", ""]).encode()


def post(body: bytes, kind: str, *lines: str) -> bytes:
    told = [f"Content-Type: {kind}", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join(["POST /sparql HTTP/1.1", "Host: example.org", *told, "", ""]).encode() + body


def sparql(text: str, *lines: str, **more: str) -> bytes:
    return get(f"/sparql?{urlencode({'query': text, **more})}", *lines)


REQUESTS = {
    "select": sparql(SELECT),
    "select as XML": sparql(SELECT, "Accept: application/sparql-results+xml"),
    "select as CSV": sparql(SELECT, "Accept: text/csv"),
    "select by format": sparql(SELECT, format="tsv"),
    "select, any": sparql(SELECT, "Accept: */*", "User-Agent: a", "Connection: keep-alive"),
    "select of a graph": sparql(SELECT, **{"default-graph-uri": "urn:nothing"}),
    "ask": sparql("ASK { ?s ?p ?o }"),
    "construct": sparql("CONSTRUCT WHERE { ?s a ?o } LIMIT 5", "Accept: text/turtle"),
    "relative": sparql("SELECT (<x> AS ?x) { }"),
    "packed": sparql("SELECT * WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 50", "Accept-Encoding: gzip"),
    "not packed": sparql("SELECT * WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 50", "Accept-Encoding: br"),
    "short, may be packed": sparql(SELECT, "Accept-Encoding: gzip, deflate"),
    "post of a form": post(urlencode({"query": SELECT}).encode(), FORM),
    "post of a query": post(SELECT.encode(), "application/sparql-query"),
    "post of something": post(b"<a/>", "text/xml"),
    "stream": sparql(LARGE, "Accept: application/n-triples, application/sparql-results+json"),
    "no query": get("/sparql?format=json"),
    "two queries": get("/sparql?query=a&query=b"),
    "unknown parameter": sparql(SELECT, more="a"),
    "not SPARQL": sparql("SELECT * WHERE { ?s ?p }"),
    "not SPARQL, for people": sparql("SELECT * WHERE { ?s ?p }", "Accept: text/html"),
    "over a limit": sparql("SELECT * WHERE {" + "{" * 70 + "}" * 70 + "}"),
    "SERVICE": sparql("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"),
    "not acceptable": sparql(SELECT, "Accept: image/png"),
    "description": get("/sparql", "Accept: text/turtle"),
    "ledger": get(ATTACK),
    "ledger as Turtle": get(ATTACK, "Accept: text/turtle"),
    "ledger, unknown": get("/api/attacks/nowhere"),
    "ledger, unknown, for people": get("/api/attacks/nowhere", "Accept: text/html"),
    "part": get(f"{ATTACK}/claims"),
    "part as CSV": get(f"{ATTACK}/claims?format=csv"),
    "part, bad parameter": get(f"{ATTACK}/claims?from=soon"),
    "list": get("/api/attacks?limit=1"),
    "list, limit": get("/api/attacks?limit=0"),
    "events": get("/api/events"),
    "statement": get("/api/statements"),
    "names": get("/api/queries"),
    "by name": get("/api/queries/attacks?limit=2"),
    "by name, text": get("/api/queries/attacks", "Accept: application/sparql-query"),
    "by name, unknown": get("/api/queries/nothing"),
    "encoded path": get("/api/attacks/north%2Dcamp"),
    "no such path": get("/api/attacks/north-camp/nothing"),
    "report": get("/api/reports"),
}  # fmt: skip
# The same asked in a way that is not ordinary, and comes to the same.
LONG = b"Expect: nothing\r\n"


@pytest.fixture(scope="module")
def uncached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store = tmp_path_factory.mktemp("express") / "store"
    settings = {"COMMUNIQUE_CACHE_BYTES": "0", "COMMUNIQUE_RATE_LIMIT": "0"}
    running = Server("--store", str(store), "--content", str(TINY), **settings)
    yield running
    assert running.stop() == 0


def connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.client.base_url.port or 80), timeout=20)


def told(server: Server, *pieces: bytes) -> bytes:
    """All that a connection has to say to a request that comes in pieces, and is the last but one."""
    with closing(connected(server)) as line:
        for piece in pieces:
            line.sendall(piece)
            time.sleep(0.05 if len(pieces) > 1 else 0)
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        found = b"".join(iter(lambda: line.recv(65536), b""))
    return found[: found.rindex(b"HTTP/1.1 200 OK")]


def parts(answer: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Status line, headers in the order of their names, and body."""
    head, _, body = EACH.sub(b"", answer).partition(b"\r\n\r\n")
    status, *headers = head.split(b"\r\n")
    return status, sorted(headers, key=bytes.lower), body


def longer(request: bytes) -> bytes:
    first, _, rest = request.partition(b"\r\n")
    return first + b"\r\n" + LONG + rest


@pytest.mark.parametrize("name", REQUESTS)
def test_both_ways_answer_the_same(uncached: Server, name: str) -> None:
    request = REQUESTS[name]
    brief, long = parts(told(uncached, request)), parts(told(uncached, longer(request)))
    assert brief == long
    assert long[0].startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize("name", ["select", "post of a form", "ledger", "not SPARQL"])
def test_pieces_come_to_the_same(uncached: Server, name: str) -> None:
    request = REQUESTS[name]
    whole = parts(told(uncached, request))
    for at in (3, 40, len(request) - 2):
        assert parts(told(uncached, request[:at], request[at:])) == whole


@pytest.mark.parametrize("name", ["select", "ledger", "part as CSV"])
def test_a_validator_is_known_both_ways(uncached: Server, name: str) -> None:
    status, headers, _ = parts(told(uncached, REQUESTS[name]))
    assert status == b"HTTP/1.1 200 OK"
    tag = next(line for line in headers if line.lower().startswith(b"etag: ")).partition(b": ")[2]
    again = REQUESTS[name].replace(b"\r\n\r\n", b"\r\nIf-None-Match: " + tag + b"\r\n\r\n")
    brief, long = parts(told(uncached, again)), parts(told(uncached, longer(again)))
    assert brief == long
    assert brief[0] == b"HTTP/1.1 304 Not Modified"


def test_requests_behind_one_another_are_answered_in_order(uncached: Server) -> None:
    asked = [REQUESTS[name] for name in ("select", "ledger", "not SPARQL", "part", "packed", "names", "ask")]
    alone = b"".join(EACH.sub(b"", told(uncached, request)) for request in asked)
    for pieces in ((b"".join(asked),), tuple(asked)):
        found = EACH.sub(b"", told(uncached, *pieces))
        assert sorted(found.lower().split(b"\r\n")) == sorted(alone.lower().split(b"\r\n"))


def test_what_is_answered_is_counted(uncached: Server) -> None:
    def count(route: str, status: int) -> float:
        text = uncached.client.get("/metrics").text
        line = rf'communique_requests_total{{method="GET",route="{re.escape(route)}",status="{status}"}} (\S+)'
        return sum(float(found) for found in re.findall(line, text))

    for path, route, status in (
        (f"/sparql?query={quote(SELECT)}", "/sparql", 200),
        (ATTACK, "/api/attacks/{attack}", 200),
        ("/api/attacks/nowhere", "/api/attacks/{attack}", 404),
        ("/sparql?query=a", "/sparql", 400),
    ):
        before = count(route, status)
        told(uncached, get(path))
        assert count(route, status) == before + 1
    running = re.search(r"(?m)^communique_requests_running (\S+)", uncached.client.get("/metrics").text)
    assert running
    assert float(running[1]) == 1


def test_whoever_leaves_is_not_worked_for(uncached: Server) -> None:
    def kills() -> float:
        found = re.findall(r'workers_killed_total\{reason="client gone"\} (\S+)', uncached.client.get("/metrics").text)
        return sum(map(float, found))

    before = kills()
    heavy = sparql("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }")
    with closing(connected(uncached)) as line:
        line.sendall(heavy)
        time.sleep(1)
    deadline = time.monotonic() + 5
    while kills() == before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert kills() == before + 1


def test_whoever_breaks_off_has_its_places_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = tmp_path_factory.mktemp("broken") / "store"
    settings = {"COMMUNIQUE_CLIENT_REQUESTS": "2", "COMMUNIQUE_CACHE_BYTES": "0"}
    server = Server("--store", str(store), "--content", str(TINY), **settings)
    try:
        for turn in range(60):
            with closing(connected(server)) as line:
                # Of some it is not even known who they were.
                time.sleep(0.01 * (turn % 2))
                # Closed so, what was sent and what breaks it off come at one time.
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                line.sendall(REQUESTS["select"])
        time.sleep(1)
        assert told(server, REQUESTS["select"]).startswith(b"HTTP/1.1 200 ")
        running = re.search(r"(?m)^communique_requests_running (\S+)", server.client.get("/metrics").text)
        assert running
        assert float(running[1]) == 1
    finally:
        assert server.stop() == 0


def test_a_client_has_its_share_on_either_way(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = tmp_path_factory.mktemp("share") / "store"
    server = Server(
        "--store", str(store), "--content", str(TINY), COMMUNIQUE_RATE_LIMIT="1", COMMUNIQUE_CACHE_BYTES="0"
    )
    try:
        found = [told(server, REQUESTS["not SPARQL" if n % 2 else "ask"])[:12] for n in range(15)]
        assert found[0] == b"HTTP/1.1 200"
        assert found[-1] == b"HTTP/1.1 429"
    finally:
        assert server.stop() == 0
