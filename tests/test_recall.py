"""What is answered from memory: the same as before, and nothing that may have changed."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from communique.cache import Cache
from communique.clients import Rate
from communique.recall import LARGEST, Answer, Memory, Told
from conftest import TINY, Server

TOKEN = "recall-token"
CLAIMS = "/api/attacks/north-camp/claims"


@pytest.fixture(scope="module")
def recalling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store = tmp_path_factory.mktemp("recall") / "store"
    running = Server("--store", str(store), "--content", str(TINY), COMMUNIQUE_TOKEN=TOKEN)
    yield running
    assert running.stop() == 0


class Wire:
    """A connection on which bytes go out as they are given."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.socket = socket.create_connection(("127.0.0.1", server.client.base_url.port or 80), timeout=10)
        self.rest = b""

    def ask(self, request: bytes, count: int = 1) -> list[tuple[bytes, bytes]]:
        self.socket.sendall(request)
        return [self._answer() for _ in range(count)]

    def _answer(self) -> tuple[bytes, bytes]:
        while b"\r\n\r\n" not in self.rest:
            self.rest += self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        while len(self.rest) < (need := int(length[1]) if length else 0):
            self.rest += self._more()
        body, self.rest = self.rest[:need], self.rest[need:]
        return head, body

    def _more(self) -> bytes:
        data = self.socket.recv(65536)
        assert data, self.rest
        return data


@pytest.fixture
def wire(recalling: Server) -> Iterator[Wire]:
    opened = Wire(recalling)
    yield opened
    opened.socket.close()


def get(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode()


def post(query: str) -> bytes:
    lines = ["POST /sparql HTTP/1.1", "Host: x", "Content-Type: application/sparql-query"]
    return "\r\n".join([*lines, f"Content-Length: {len(query)}", "", query]).encode()


def recalled(server: Server) -> int:
    found = re.search(r"^communique_recalled_total (\S+)", server.client.get("/metrics").text, re.MULTILINE)
    assert found
    return int(float(found[1]))


def fields(head: bytes) -> dict[str, str]:
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    assert len({name.lower() for name, _ in lines}) == len(lines), "a header came twice"
    return {name.lower(): value for name, value in lines}


def twice(server: Server, wire: Wire, request: bytes) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes], int]:
    before = recalled(server)
    first, second = wire.ask(request)[0], wire.ask(request)[0]
    return first, second, recalled(server) - before


@pytest.mark.parametrize(
    "request_bytes",
    [
        get(CLAIMS),
        get(CLAIMS, "Accept: text/csv"),
        get(CLAIMS, "Accept-Encoding: gzip"),
        get("/api/attacks/north-camp", "Accept-Encoding: gzip"),
        get("/"),
        get("/id/event/north-camp", "Accept: text/turtle"),
        get("/sparql?query=" + quote("SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 3")),
        post("SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 4"),
        post("ASK { ?s ?p 'know how' }"),
    ],
)
def test_the_same_again(recalling: Server, wire: Wire, request_bytes: bytes) -> None:
    first, second, count = twice(recalling, wire, request_bytes)
    assert count == 1
    assert first[0].split(b"\r\n")[0] == second[0].split(b"\r\n")[0] == b"HTTP/1.1 200 OK"
    assert first[1] == second[1]
    one, two = fields(first[0]), fields(second[0])
    assert one.pop("x-request-id") != two.pop("x-request-id")
    assert one.pop("date") <= two.pop("date")
    assert one == two


def test_a_validator_is_answered_from_memory(recalling: Server, wire: Wire) -> None:
    tag = fields(wire.ask(get(CLAIMS))[0][0])["etag"]
    first, second, count = twice(recalling, wire, get(CLAIMS, f"If-None-Match: {tag}"))
    assert count == 1
    assert first[0].startswith(b"HTTP/1.1 304 ")
    assert second[0].startswith(b"HTTP/1.1 304 ")
    assert fields(second[0])["etag"] == tag
    assert "content-length" not in fields(second[0])


@pytest.mark.parametrize(
    "request_bytes",
    [
        get(CLAIMS, f"Authorization: Bearer {TOKEN}"),
        get(CLAIMS, "X-Request-Id: mine"),
        get("/healthz"),
        get("/sparql"),
        get("/api/attacks/nowhere"),
        post("SELECT (NOW() AS ?n) {}"),
        post("SELECT (rand() AS ?n) {}"),
        post("SELECT (struuid() AS ?n) {}"),
        post("SELECT * { ?s ?p"),
    ],
)
def test_not_from_memory(recalling: Server, wire: Wire, request_bytes: bytes) -> None:
    first, second, count = twice(recalling, wire, request_bytes)
    assert count == 0
    assert first[0].split(b"\r\n")[0] == second[0].split(b"\r\n")[0]


def test_a_head_is_never_taken_for_its_get(recalling: Server, wire: Wire) -> None:
    wire.ask(get(CLAIMS, "X-H: 1"))
    head = get(CLAIMS, "X-H: 1").replace(b"GET", b"HEAD")
    before = recalled(recalling)
    for _ in range(2):
        wire.socket.sendall(head)
        while b"\r\n\r\n" not in wire.rest:
            wire.rest += wire._more()
        assert wire.rest.endswith(b"\r\n\r\n")
        wire.rest = b""
    assert recalled(recalling) == before


def test_what_is_written_is_read(recalling: Server, wire: Wire) -> None:
    """The write's acknowledgement is the moment from which no old answer is given."""
    asked = post("SELECT ?o { <urn:recall> <urn:is> ?o }")
    for number in range(20):
        update = f"DELETE WHERE {{ <urn:recall> <urn:is> ?o }} ; INSERT DATA {{ <urn:recall> <urn:is> {number} }}"
        done = recalling.client.post(
            "/update", content=update, headers={"authorization": f"Bearer {TOKEN}", "content-type": "application/sparql-update"}
        )  # fmt: skip
        assert done.status_code == 204
        for _ in range(3):
            ((_, body),) = wire.ask(asked)
            assert f'"{number}"'.encode() in body


def test_pipelined_and_cut_requests(recalling: Server, wire: Wire) -> None:
    one, other = get(CLAIMS, "X-P: 1"), get("/api/attacks/north-camp/denials", "X-P: 1")
    ((_, claims),) = wire.ask(one)
    ((_, denials),) = wire.ask(other)
    assert [body for _, body in wire.ask(one + other + one, 3)] == [claims, denials, claims]
    wire.socket.sendall(one[:20])
    time.sleep(0.05)
    assert wire.ask(one[20:])[0][1] == claims
    assert wire.ask(one)[0][1] == claims
    assert recalling.client.get(CLAIMS).status_code == 200


def test_the_rate_counts_what_is_recalled(tmp_path: Path) -> None:
    running = Server(
        "--store", str(tmp_path / "store"), "--content", str(TINY), COMMUNIQUE_RATE_LIMIT="5", COMMUNIQUE_CLIENT_REQUESTS="9"
    )  # fmt: skip
    wire = Wire(running)
    found = [wire.ask(get(CLAIMS))[0][0].split(b" ")[1] for _ in range(80)]
    assert found[:40] == [b"200"] * 40
    assert b"429" in found[50:]
    wire.socket.close()
    assert running.stop() == 0


def test_a_busy_connection_is_not_idle(tmp_path: Path) -> None:
    running = Server("--store", str(tmp_path / "store"), "--content", str(TINY), COMMUNIQUE_HEADER_SECONDS="1")
    wire = Wire(running)
    ends = time.monotonic() + 2.5
    while time.monotonic() < ends:
        assert wire.ask(get(CLAIMS))[0][0].startswith(b"HTTP/1.1 200")
        time.sleep(0.2)
    wire.socket.settimeout(5)
    assert wire.socket.recv(1) == b"", "idle, it is closed as ever"
    wire.socket.close()
    assert running.stop() == 0


def test_an_access_log_has_every_request(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    running = Server("--store", str(tmp_path / "store"), "--content", str(TINY), COMMUNIQUE_ACCESS_LOG=str(log))
    wire = Wire(running)
    for _ in range(5):
        wire.ask(get(CLAIMS))
    wire.socket.close()
    assert running.stop() == 0
    assert log.read_text("utf-8").count(CLAIMS) == 5


# -- the parts


def answer(size: int, version: str = "1") -> Answer:
    return Answer(b"", b"x" * size, version, "c", lambda: None)


def test_a_memory_holds_as_much_as_it_may() -> None:
    memory = Memory(lambda: "1", Rate(0), 100)
    for number in range(10):
        memory.keep(("p", b"%d" % number), answer(30))
    assert memory.size <= 100
    assert memory.find(("p", b"0")) is None
    assert memory.find(("p", b"9")) is not None
    memory.find(("p", b"7"))
    memory.keep(("p", b"new"), answer(30))
    assert memory.find(("p", b"7")) is not None, "what was asked for last stays"
    assert memory.find(("p", b"8")) is None
    memory.keep(("p", b"huge"), answer(101))
    assert memory.size <= 100


@pytest.mark.parametrize("beyond", [0, 1])
def test_what_goes_out_is_held_up_to_a_size(beyond: int) -> None:
    """In however many pieces; of what is larger nothing is held."""
    told, piece = Told(), bytes(LARGEST // 4)
    told.hear({"type": "http.response.start", "status": 200, "headers": [(b"etag", b"x")]})
    for part in (piece, piece, piece, piece + bytes(beyond)):
        told.hear({"type": "http.response.body", "body": part, "more_body": True})
    assert len(told.body) == (0 if beyond else LARGEST)
    told.hear({"type": "http.response.body", "body": b"", "more_body": False})
    assert told.reusable == (not beyond)


def test_a_memory_forgets_another_version() -> None:
    version = ["1"]
    memory = Memory(lambda: version[0], Rate(0), 100)
    memory.keep(("p", b"a"), answer(10))
    assert memory.find(("p", b"a")) is not None
    assert memory.find(("q", b"a")) is None, "each peer has its own"
    version[0] = "2"
    assert memory.find(("p", b"a")) is None
    assert memory.size == 0


class Value:
    def __init__(self, size: int) -> None:
        self.size = size


def test_a_cache_makes_once_however_many_ask() -> None:
    cache, made, found = Cache[Value](100), list[int](), list[Value]()

    def make() -> Value:
        made.append(1)
        time.sleep(0.05)
        return Value(10)

    threads = [threading.Thread(target=lambda: found.append(cache.get("k", make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len(set(map(id, found))) == 1


def test_a_cache_keeps_no_failure_and_no_more_than_it_may() -> None:
    cache = Cache[Value](25)

    def fail() -> Value:
        raise LookupError("not now")

    with pytest.raises(LookupError, match="not now"):
        cache.get("k", fail)
    assert cache.get("k", lambda: Value(10)).size == 10
    for name in "abc":
        cache.get(name, lambda: Value(10))
    assert cache.size <= 25
    assert "k" not in cache.kept
    cache.get("huge", lambda: Value(26))
    assert "huge" not in cache.kept
    assert cache.size == sum(value.result().size for value in cache.kept.values())


def test_a_cache_for_the_event_loop_makes_once_and_again_when_its_maker_left() -> None:
    cache, made = Cache[Value](100), list[int]()

    async def make() -> Value:
        made.append(1)
        await asyncio.sleep(0.05)
        return Value(10)

    async def ask() -> list[Value]:
        leaving = asyncio.ensure_future(cache.get_soon("k", make))
        await asyncio.sleep(0.01)
        waiting = [asyncio.ensure_future(cache.get_soon("k", make)) for _ in range(4)]
        await asyncio.sleep(0.01)
        leaving.cancel()
        return await asyncio.gather(*waiting)

    found = asyncio.run(ask())
    assert len(set(map(id, found))) == 1
    assert len(made) == 2
    assert cache.get("k", lambda: Value(1)) is found[0]
