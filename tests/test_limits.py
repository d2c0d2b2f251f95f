"""Limits of one client and one request, against the real server: rate, concurrency, bodies, headers, connections."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from communique.clients import Concurrency, Proxies, Rate, key, networks
from communique.errors import BadRequest, TooLarge, TooManyRequests, Usage
from communique.limits import Body
from communique.settings import Settings
from conftest import Server
from test_http import problem

QUERY = {"content-type": "application/sparql-query"}
ASK = b"ASK { }"


@contextmanager
def running(folder: Path, **environ: str) -> Iterator[Server]:
    server = Server("--store", str(folder / "store"), **{f"COMMUNIQUE_{n.upper()}": v for n, v in environ.items()})
    try:
        yield server
    finally:
        assert server.stop() == 0


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with small limits of bodies and time."""
    with running(
        tmp_path_factory.mktemp("small"), body_bytes="100000", inflated_bytes="200000", body_seconds="1.5",
        header_seconds="1", connections="50",
    ) as server:  # fmt: skip
        yield server


def connect(server: Server, sent: bytes = b"") -> socket.socket:
    """A connection of our own, with some bytes on it."""
    url = server.client.base_url
    made = socket.create_connection((url.host, url.port or 80), timeout=10)
    made.sendall(sent)
    return made


def taken(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except ConnectionResetError:
        pass
    return found


# -- rate and concurrency


def test_rate_is_a_bucket_for_each_client() -> None:
    now = [0.0]
    rate = Rate(2, clock=lambda: now[0])
    for _ in range(20):
        rate.take("a")
    with pytest.raises(TooManyRequests) as refused:
        rate.take("a")
    assert refused.value.headers["Retry-After"] == "1"
    rate.take("b")
    now[0] = 0.5
    rate.take("a")
    with pytest.raises(TooManyRequests):
        rate.take("a")
    for n in range(20_000):
        rate.take(str(n))
    assert len(rate.buckets) == 10_000
    Rate(0).take("a")


def test_concurrency_is_counted_and_forgotten() -> None:
    counted = Concurrency(2)
    counted.enter("a")
    counted.enter("a")
    with pytest.raises(TooManyRequests):
        counted.enter("a")
    counted.enter("b")
    for client in ("a", "a", "b"):
        counted.leave(client)
    assert not counted.running


def test_clients_are_told_apart() -> None:
    assert key("192.0.2.1") != key("192.0.2.2")
    assert key("2001:db8::1") == key("2001:db8::2") != key("2001:db8:0:1::1")
    with pytest.raises(Usage):
        networks("10.0.0.0/8, nowhere")


@pytest.mark.parametrize(
    ("trusted", "said", "client"),
    [
        ("", "192.0.2.9", "10.0.0.1"), ("10.0.0.0/8", "192.0.2.9", "192.0.2.9"),
        ("10.0.0.0/8", "1.1.1.1, 192.0.2.9", "192.0.2.9"), ("10.0.0.0/8", "192.0.2.9, 10.0.0.2", "192.0.2.9"),
        ("192.0.2.0/24", "1.1.1.1", "10.0.0.1"), ("10.0.0.0/8", "nonsense", "10.0.0.1"), ("10.0.0.0/8", "", "10.0.0.1"),
    ],
)  # fmt: skip
def test_only_trusted_proxies_are_believed(trusted: str, said: str, client: str) -> None:
    headers = [(b"x-forwarded-for", said.encode()), (b"x-forwarded-proto", b"https")]
    scope = {"type": "http", "client": ("10.0.0.1", 1), "scheme": "http", "headers": headers}
    assert Proxies(networks(trusted)).place(scope) == client
    assert scope["scheme"] == ("https" if trusted.startswith("10.") else "http")


def test_too_many_requests_are_429_with_retry_after(tmp_path: Path) -> None:
    with running(tmp_path, rate_limit="1") as server:
        answers = [server.client.get("/api/queries") for _ in range(14)]
        assert [a.status_code for a in answers[:10]] == [200] * 10
        told = problem(answers[-1], 429)
        assert told["limit"] == "rate"
        assert int(answers[-1].headers["retry-after"]) >= 1
        # Whoever asks in another's name is still the same client; health is always told.
        assert server.client.get("/api/queries", headers={"x-forwarded-for": "192.0.2.7"}).status_code == 429
        assert {server.client.get("/healthz").status_code for _ in range(30)} == {200}
        time.sleep(1.2)
        assert server.client.get("/api/queries").status_code == 200


def test_too_many_at_one_time_are_429(tmp_path: Path) -> None:
    half = b"POST /sparql HTTP/1.1\r\nhost: x\r\ncontent-type: application/sparql-query\r\ncontent-length: 7\r\n\r\nASK"
    with running(tmp_path, client_requests="3") as server:
        held = [connect(server, half) for _ in range(3)]
        time.sleep(0.3)
        assert problem(server.client.get("/api/queries"), 429)["limit"] == "concurrency"
        assert server.client.get("/healthz").status_code == 200
        for connection in held:
            connection.sendall(b" { }")
            assert connection.recv(15) == b"HTTP/1.1 200 OK"
            connection.close()
        time.sleep(0.1)
        assert server.client.get("/api/queries").status_code == 200


# -- bodies


def test_bodies_over_the_cap_are_413(small: Server) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(200):
            yield b"#" * 1000

    for content in (b"#" * 100_001, chunks()):
        answer = small.client.post("/sparql", content=content, headers=QUERY)
        assert problem(answer, 413)["limit"] == "body"
        assert answer.headers["connection"] == "close"
    assert small.client.post("/sparql", content=ASK + b"#" * 50_000, headers=QUERY).status_code == 200


def test_an_endless_body_is_cut_off(small: Server) -> None:
    """It is not read to its end before it is refused, and not buffered."""
    began = time.monotonic()
    with connect(small, b"POST /sparql HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n") as connection:
        sent = 0
        try:
            while sent < 500_000_000:
                connection.sendall(b"10000\r\n" + b"#" * 65536 + b"\r\n")
                sent += 65536
        except OSError:
            pass
        assert sent < 500_000_000
    assert time.monotonic() - began < 10
    assert small.client.get("/healthz").status_code == 200


def test_a_length_too_long_is_refused_before_the_body(small: Server) -> None:
    head = b"POST /sparql HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 100001\r\n\r\n"
    began = time.monotonic()
    with connect(small, head) as connection:
        assert connection.recv(12) == b"HTTP/1.1 413"
    assert time.monotonic() - began < 5


def test_gzip_is_inflated_under_a_cap(small: Server) -> None:
    packed = {**QUERY, "content-encoding": "gzip"}
    assert small.client.post("/sparql", content=gzip.compress(ASK), headers=packed).json()["boolean"] is True
    two = gzip.compress(b"ASK ") + gzip.compress(b"{ }")
    assert small.client.post("/sparql", content=two, headers=packed).json()["boolean"] is True
    bomb = gzip.compress(b"#" * 50_000_000)
    assert len(bomb) < 100_000
    assert problem(small.client.post("/sparql", content=bomb, headers=packed), 413)["limit"] == "inflated"
    for broken in (b"not gzip", gzip.compress(ASK)[:-9], b""):
        problem(small.client.post("/sparql", content=broken, headers=packed), 400)
    answer = small.client.post("/sparql", content=b"x", headers={**QUERY, "content-encoding": "br"})
    problem(answer, 415)
    assert answer.headers["accept-encoding"] == "gzip"


def test_body_pieces() -> None:
    """However the bytes are cut, the body is the same; nothing after its end is lost."""

    async def read(data: bytes, size: int, settings: Settings) -> tuple[bytes, Message]:
        parts = [data[i : i + size] for i in range(0, len(data), size)] or [b""]
        messages = [{"type": "http.request", "body": p, "more_body": i < len(parts) - 1} for i, p in enumerate(parts)]
        messages.append({"type": "http.disconnect"})

        async def receive() -> Message:
            return messages.pop(0)

        body = Body(receive, settings, waits=False)
        body.opened({"headers": []}, "gzip")
        found = b""
        while True:
            message = await body.receive()
            found += message["body"]
            if not message["more_body"]:
                return found, await body.receive()

    text = bytes(range(256)) * 20_000
    for size in (1000, 7919, 10_000_000):
        found, after = asyncio.run(read(gzip.compress(text), size, Settings()))
        assert found == text
        assert after == {"type": "http.disconnect"}
    with pytest.raises(TooLarge):
        asyncio.run(read(gzip.compress(text), 1000, Settings(inflated_bytes=1_000_000)))
    with pytest.raises(BadRequest):
        asyncio.run(read(gzip.compress(text)[:-4], 1000, Settings()))


# -- slow and half-open


def test_a_slow_body_is_408(small: Server) -> None:
    began = time.monotonic()
    with connect(small, b"POST /sparql HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nASK") as connection:
        answer = taken(connection)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in answer.lower()
    assert b"within 1.5 seconds" in answer
    assert 1.0 < time.monotonic() - began < 20


def test_a_body_nobody_reads_is_cut_off_too(small: Server) -> None:
    """The answer comes at once; the connection does not stay for a body that trickles in."""
    with connect(small, b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n\r\n") as connection:
        began = time.monotonic()
        try:
            while time.monotonic() - began < 10:
                connection.sendall(b"x")
                time.sleep(0.2)
        except OSError:
            pass
        assert time.monotonic() - began < 9


def test_a_connection_outlives_a_body_that_nobody_read(small: Server) -> None:
    with connect(small, b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab") as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 404")
        time.sleep(0.3)
        connection.sendall(b"cd")
        time.sleep(0.85)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert b"HTTP/1.1 200" in taken(connection)


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nhost: x\r\n", b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET"]
)
def test_slow_headers_are_cut_off(sent: bytes, small: Server) -> None:
    began = time.monotonic()
    with connect(small, sent) as connection:
        answer = taken(connection)
    assert 0.5 < time.monotonic() - began < 20
    assert answer.count(b"HTTP/1.1 408") == bool(sent)
    assert answer.count(b"HTTP/1.1 200") == sent.count(b"healthz")


def test_headers_that_trickle_in_are_cut_off(small: Server) -> None:
    began = time.monotonic()
    with connect(small, b"GET / HTTP/1.1\r\n") as connection:
        try:
            while time.monotonic() - began < 10:
                connection.sendall(b"x: y\r\n")
                time.sleep(0.2)
        except OSError:
            pass
    assert time.monotonic() - began < 9


@pytest.mark.parametrize("pieces", [1, 3])
@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (414, b"GET /healthz?" + b"a" * 90_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n"),
        (431, b"GET /healthz HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 90_000 + b"\r\n\r\n"),
        (431, b"GET /healthz HTTP/1.1\r\nhost: x\r\n" + b"x: a\r\n" * 20_000 + b"\r\n"),
        (400, b"GET /healthz HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n"),
    ],
)
def test_a_head_that_is_too_long_or_no_request_is_told(status: int, sent: bytes, pieces: int, small: Server) -> None:
    with connect(small) as connection:
        for start in range(0, len(sent), len(sent) // pieces + 1):
            connection.sendall(sent[start : start + len(sent) // pieces + 1])
            time.sleep(0.1)
        answer = taken(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Type: application/problem+json" in head
    assert json.loads(body)["status"] == status


def test_a_body_that_breaks_its_framing_is_told_once(small: Server) -> None:
    head = b"POST /sparql HTTP/1.1\r\nhost: x\r\ncontent-type: application/sparql-query\r\ntransfer-encoding: chunked\r\n\r\n"
    with connect(small, head + b"3\r\nASK\r\nnonsense\r\n") as connection:
        answer = taken(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 400") == 1
    assert small.client.get("/healthz").status_code == 200


def test_a_head_of_just_under_the_limit_is_read(small: Server) -> None:
    sent = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: " + b"a" * 65_000 + b"\r\n\r\n"
    with connect(small, sent) as connection:
        assert taken(connection).startswith(b"HTTP/1.1 200")
    with connect(small, sent[:40_000]) as connection:
        time.sleep(0.2)
        connection.sendall(sent[40_000:])
        assert taken(connection).startswith(b"HTTP/1.1 200")


def test_a_target_may_be_absolute(small: Server) -> None:
    head = b"GET http://example.org/id/event/balad-monday?format=nt HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    with connect(small, head) as connection:
        answer = taken(connection)
    assert answer.startswith(b"HTTP/1.1 200")
    with connect(small, head.replace(b"/id/event/balad-monday?format=nt", b"")) as connection:
        assert taken(connection).startswith(b"HTTP/1.1 200")
    with connect(small, b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n") as connection:
        assert taken(connection).startswith(b"HTTP/1.1 204")


def test_an_answer_that_is_not_taken_is_given_up(small: Server) -> None:
    head = b"GET /dumps/communique.nq HTTP/1.1\r\nhost: x\r\n\r\n"
    url = small.client.base_url
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((url.host, url.port))
        # Many answers wait in turn, more than the buffers between us hold.
        connection.sendall(head * 100)
        time.sleep(4)
        connection.settimeout(10)
        got = taken(connection)
    assert 0 < got.count(b"HTTP/1.1 200") < 100


def test_half_open_connections_keep_nobody_out(tmp_path: Path) -> None:
    """A thousand of them, and a cap of two hundred: each new client finds room, and the old ones are closed."""
    with running(tmp_path, connections="200") as server:
        half = []
        for n in range(1000):
            half.append(connect(server, b"GET / HTTP/1.1\r\nhost: x\r\n" if n % 2 else b""))
            if n % 100 == 99:
                began = time.monotonic()
                assert httpx.get(server.client.base_url.join("/api/queries")).status_code == 200
                assert time.monotonic() - began < 10
        assert half[0].recv(1) == b""
        for connection in half:
            connection.close()
        assert server.client.get("/healthz").status_code == 200


def test_keep_alive_and_pipelining_still_work(small: Server) -> None:
    head = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
    with connect(small) as connection:
        for _ in range(3):
            connection.sendall(head)
            found = b""
            while not found.endswith(b"ok\n"):
                found += connection.recv(65536)
            assert found.startswith(b"HTTP/1.1 200")
            time.sleep(0.6)
        connection.sendall(head * 3 + head.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
        assert taken(connection).count(b"HTTP/1.1 200") == 4
