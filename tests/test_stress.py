"""Many at once: who leaves, who never finishes a request, who asks too much, and the service that is told to end."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from conftest import TINY, Server
from test_attacks import listened_to
from test_process import ENDLESS

pytestmark = pytest.mark.later

NAMED = "/api/attacks/north-camp/claims"
POINT = (
    "SELECT ?a { <https://w3id.org/communique/id/event/north-camp> <https://w3id.org/communique/ns#hasClaimant> ?a }"
)
CLAIM = "grey-brigade"
# A soak takes as long as it is told; otherwise what the tests need.
SECONDS = float(os.environ.get("COMMUNIQUE_SOAK_SECONDS", "20"))
GOES_ON = "COMMUNIQUE_SOAK_SECONDS" in os.environ
# On a machine of two cores what is idle answers within a few milliseconds: below this a ratio says nothing.
FLOOR = 0.005


@pytest.fixture(scope="module")
def stressed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(
        "--store", str(tmp_path_factory.mktemp("stressed") / "store"), "--content", str(TINY),
        COMMUNIQUE_RATE_LIMIT="0", COMMUNIQUE_CLIENT_REQUESTS="0", COMMUNIQUE_QUERY_SECONDS="2", COMMUNIQUE_QUERY_MEMORY="300",
        COMMUNIQUE_AUDIT_LOG=os.devnull,
    )  # fmt: skip
    said = listened_to(running)
    yield running
    assert running.stop() == 0
    assert not [line for line in said if "Traceback" in line], "".join(said)[-8000:]


def sparql(client: httpx.Client, query: str = POINT) -> httpx.Response:
    return client.get("/sparql", params={"query": query})


def right(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and CLAIM in answer.text


def address(server: Server) -> tuple[str, int]:
    return server.client.base_url.host, server.client.base_url.port or 80


def asked(query: str) -> bytes:
    return f"GET /sparql?{httpx.QueryParams({'query': query})} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def await_right(server: Server, seconds: float) -> float:
    """How long it took until a stranger's point query was answered."""
    started = time.monotonic()
    while not right(answer := sparql(server.client)):
        assert answer.status_code in (429, 503), answer.text
        assert time.monotonic() - started < seconds, answer.text
        time.sleep(0.05)
    return time.monotonic() - started


def test_two_hundred_clients_that_leave(stressed: Server) -> None:
    pid = stressed.process.pid
    for _ in range(max(1, int(SECONDS // 20))):
        gone = []
        for _ in range(200):
            connection = socket.create_connection(address(stressed), timeout=10)
            connection.sendall(asked(ENDLESS))
            gone.append(connection)
            assert right(stressed.client.get(NAMED)) or len(gone) % 20
        for connection in gone:
            connection.close()
        # A second until the last worker that was at it is free, and one until it is replaced.
        took = await_right(stressed, 4)
        print(f"{took:.2f} s after 200 clients had left, a point query was answered")
    assert stressed.process.poll() is None
    assert stressed.process.pid == pid


@contextlib.contextmanager
def half_open(server: Server, number: int) -> Iterator[list[socket.socket]]:
    """Connections on which part of a request was sent."""
    beginnings = (
        b"",
        b"G",
        b"GET /sparql?query=",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 99\r\n\r\nASK",
    )
    with contextlib.ExitStack() as stack:
        opened = []
        for _, beginning in zip(range(number), itertools.cycle(beginnings), strict=False):
            connection = stack.enter_context(socket.create_connection(address(server), timeout=10))
            connection.sendall(beginning)
            opened.append(connection)
        yield opened


def test_a_thousand_half_open_connections(stressed: Server) -> None:
    with half_open(stressed, 1000) as opened:
        assert len(opened) == 1000
        for _ in range(30):
            with httpx.Client(base_url=stressed.client.base_url, timeout=5) as late:
                assert right(late.get(NAMED))
                assert right(sparql(late))
                assert late.get("/healthz").status_code == 200
    assert right(sparql(stressed.client))


def measured(ask: Callable[[], httpx.Response], until: Callable[[int], bool]) -> tuple[list[float], list[str]]:
    """How long each request took, in order of size, and what was wrong with those that were."""
    times: list[float] = []
    wrong: list[str] = []
    while until(len(times)):
        started = time.perf_counter()
        answer = ask()
        times.append(time.perf_counter() - started)
        if answer.status_code != 200:
            wrong.append(f"{answer.status_code} {answer.text[:100]}")
    return sorted(times), wrong


def p99(times: list[float]) -> float:
    return times[int(len(times) * 0.99)]


@pytest.mark.slow
@pytest.mark.soak
def test_heavy_clients_do_not_starve_point_queries(stressed: Server) -> None:
    """64 clients that ask for what nobody can answer; small queries, named ones and health keep their time."""
    base = stressed.client.base_url
    with contextlib.ExitStack() as stack:
        own = [stack.enter_context(httpx.Client(base_url=base, timeout=60)) for _ in range(3)]
        asks: dict[str, Callable[[], httpx.Response]] = {
            "named": lambda: own[0].get(NAMED),
            "health": lambda: own[1].get("/healthz"),
            "ad hoc": lambda: sparql(own[2]),
        }
        for ask in asks.values():
            measured(ask, lambda n: n < 50)
        idle = dict(zip(asks, _together(asks, 3.0), strict=True))
        ending = threading.Event()
        with ThreadPoolExecutor(64) as threads:
            working = [threads.submit(_heavy, base, ending, n) for n in range(64)]
            time.sleep(1)
            busy = dict(zip(asks, _together(asks, SECONDS), strict=True))
            ending.set()
            statuses = {status for done in working for status in done.result()}
    for name in asks:
        (quiet, _), (times, wrong) = idle[name], busy[name]
        print(
            f"{name}: p99 idle {p99(quiet) * 1000:.1f} ms of {len(quiet)}, under load {p99(times) * 1000:.1f} ms of {len(times)}, "
            f"ratio {p99(times) / p99(quiet):.1f}, {len(wrong)} refused {sorted(set(wrong))[:2]}"
        )
    assert statuses <= {429, 503, 507}
    for name in asks:
        assert not busy[name][1], busy[name][1][:3]
        # Times are measured and printed; they are held to only in the long run, which has the machine to itself.
        assert not GOES_ON or p99(busy[name][0]) < 10 * max(FLOOR, p99(idle[name][0]))
    await_right(stressed, 10)


def _together(asks: dict[str, Callable[[], httpx.Response]], seconds: float) -> list[tuple[list[float], list[str]]]:
    """Each asked over and over, at the same time, with pauses as a client that reads would make."""
    ends = time.monotonic() + seconds

    def again(_: int) -> bool:
        time.sleep(0.01)
        return time.monotonic() < ends

    with ThreadPoolExecutor(len(asks)) as threads:
        return list(threads.map(lambda ask: measured(ask, again), asks.values()))


def _heavy(base: httpx.URL, ending: threading.Event, number: int) -> set[int]:
    statuses = set()
    with httpx.Client(base_url=base, timeout=60) as client:
        while not ending.is_set():
            statuses.add(sparql(client, f"{ENDLESS} # {number}").status_code)
            time.sleep(0.1)
    return statuses


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_under_load(number: signal.Signals, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Not ready at once, what runs is answered or cut off, and the exit code is 0 within ten seconds."""
    server = Server(
        "--store",
        str(tmp_path_factory.mktemp("ending") / "store"),
        "--content",
        str(TINY),
        COMMUNIQUE_RATE_LIMIT="0",
        COMMUNIQUE_QUERY_SECONDS="3",
        COMMUNIQUE_CLIENT_REQUESTS="0",
    )
    said = listened_to(server)
    base = server.client.base_url
    assert server.client.get("/readyz").status_code == 200
    ending = threading.Event()
    with ThreadPoolExecutor(16) as threads:
        working = [threads.submit(_until_refused, base, ending) for _ in range(16)]
        time.sleep(1)
        with httpx.Client(base_url=base, timeout=10) as kept:
            assert kept.get("/readyz").status_code == 200
            started = time.monotonic()
            server.process.send_signal(number)
            ready = _ready(kept)
            assert server.process.wait(10) == 0
        print(f"{number.name}: /readyz {ready}, ended after {time.monotonic() - started:.1f} s")
        ending.set()
        statuses = {status for done in working for status in done.result()}
    assert server.stop() == 0
    assert ready in (503, 0)
    assert statuses <= {0, 200, 429, 503, 507}
    assert not [line for line in said if "Traceback" in line], "".join(said)[-8000:]


def _ready(client: httpx.Client) -> int:
    """The status of /readyz within a second of the signal; 0 when nobody listens any more."""
    status = 200
    until = time.monotonic() + 1
    while status == 200 and time.monotonic() < until:
        try:
            status = client.get("/readyz").status_code
        except httpx.TransportError:
            return 0
    return status


def _until_refused(base: httpx.URL, ending: threading.Event) -> set[int]:
    statuses = set()
    with httpx.Client(base_url=base, timeout=30) as client:
        while not ending.is_set():
            try:
                answer = sparql(client, ENDLESS)
                assert answer.status_code != 500, answer.text
                statuses.add(answer.status_code)
            except httpx.TransportError:
                statuses.add(0)
                time.sleep(0.05)
    return statuses


@pytest.mark.slow
@pytest.mark.soak
def test_half_open_connections_come_and_go(stressed: Server) -> None:
    ends = time.monotonic() + (SECONDS if GOES_ON else 5)
    while time.monotonic() < ends:
        with half_open(stressed, 500):
            assert right(stressed.client.get(NAMED))
        assert right(sparql(stressed.client))
