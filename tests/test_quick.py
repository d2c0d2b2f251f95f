"""Small queries are handed over many at a time: each has its own answer, whatever becomes of those beside it."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from communique.process.runner import Errand
from communique.process.turns import Turns
from conftest import TINY, Server
from test_process import ENDLESS, children, network

LONG = 'SELECT ?a ?text { ?a ?b ?c . ?d ?e ?f BIND(CONCAT("0123456789", "0123456789", STR(?d)) AS ?text) } LIMIT 20000'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "COMMUNIQUE_CACHE_BYTES": "0", "COMMUNIQUE_RATE_LIMIT": "0", "COMMUNIQUE_CLIENT_REQUESTS": "0", "COMMUNIQUE_QUERY_SECONDS": "2",
        "COMMUNIQUE_AUDIT_LOG": os.devnull,
    }  # fmt: skip
    running = Server("--store", str(tmp_path_factory.mktemp("quick") / "store"), "--content", str(TINY), **settings)
    yield running
    assert running.stop() == 0


CLIENTS = 16


def numbers(server: Server, asked: range) -> list[bool]:
    """Whether each query that asks for a number is answered with it, one after another."""
    with httpx.Client(base_url=server.client.base_url, timeout=30) as client:
        texts = [f"SELECT ({n} AS ?n) {{ }}" for n in asked]
        found = [client.get("/sparql", params={"query": text, "format": "csv"}) for text in texts]
    return [one.status_code == 200 and one.text.split() == ["n", str(n)] for n, one in zip(asked, found, strict=True)]


def many(server: Server, count: int) -> list[bool]:
    """The same by many clients at one time."""
    with ThreadPoolExecutor(CLIENTS) as threads:
        shares = threads.map(lambda first: numbers(server, range(first, count, CLIENTS)), range(CLIENTS))
        return [right for share in shares for right in share]


def test_each_has_its_own_answer(server: Server) -> None:
    assert all(many(server, 400))


@pytest.mark.parametrize(
    ("query", "statuses"), [(ENDLESS, {503, 507}), ("SELECT ?a { ?a ?b", {400})], ids=["heavy", "not SPARQL"]
)
def test_what_fails_fails_alone(query: str, statuses: set[int], server: Server) -> None:
    """Also where its worker is killed under those that wait behind it, which are answered by another."""

    def ask(n: int) -> int:
        with httpx.Client(base_url=server.client.base_url, timeout=30) as client:
            return client.get("/sparql", params={"query": f"{query} # {time.monotonic()} {n}"}).status_code

    with ThreadPoolExecutor(4) as threads:
        working = [threads.submit(ask, n) for n in range(8)]
        assert all(many(server, 200))
        assert {done.result() for done in working} <= statuses


def test_an_answer_that_is_not_small_is_whole(server: Server) -> None:
    for _ in range(2):
        found = server.client.get("/sparql", params={"query": LONG, "format": "json"})
        assert len(found.content) > 1024 * 1024
        assert len(found.json()["results"]["bindings"]) == 20000


def test_a_worker_that_ends_while_idle_is_missed_by_nobody(server: Server) -> None:
    listener = server.process.pid
    for pid in children(listener):
        if network(pid) != network(listener):
            os.kill(pid, signal.SIGKILL)
    time.sleep(2)
    assert all(many(server, 50))


SLOW = "SELECT (COUNT(*) AS ?n) { { SELECT ?a { ?a ?b ?c } LIMIT 200 } ?d ?e ?f }"
SHORT = "ASK { ?a ?b ?c }"


async def asked_together(server: Server, *texts: str) -> list[str]:
    """The texts in the order in which they were answered: all at one time, each over its own connection."""
    done: list[str] = []

    async def ask(client: httpx.AsyncClient, text: str) -> None:
        found = await client.get("/sparql", params={"query": text})
        assert found.status_code == 200
        done.append(text)

    limits = httpx.Limits(max_connections=len(texts))
    async with httpx.AsyncClient(base_url=server.client.base_url, timeout=30, limits=limits) as client:
        await asyncio.gather(*(ask(client, text) for text in texts))
    return done


def test_of_what_is_known_the_shortest_is_answered_first(server: Server) -> None:
    slow = [f"{SLOW} # {n}" for n in range(12)]
    for text in (*slow, SHORT):
        assert server.client.get("/sparql", params={"query": text}).status_code == 200
    done = asyncio.run(asked_together(server, *slow, SHORT))
    assert sorted(done) == sorted([*slow, SHORT])
    assert done.index(SHORT) < len(slow) / 2


def test_what_nobody_knows_has_its_turn_while_all_workers_have_enough_to_do(server: Server) -> None:
    ending = threading.Event()

    def busy(n: int) -> None:
        with httpx.Client(base_url=server.client.base_url, timeout=30) as client:
            while not ending.is_set():
                assert client.get("/sparql", params={"query": f"{SLOW} # {n}"}).status_code == 200

    with ThreadPoolExecutor(CLIENTS) as threads:
        working = [threads.submit(busy, n) for n in range(CLIENTS)]
        try:
            found = [
                server.client.get("/sparql", params={"query": f"{SHORT} # new {n}"}).status_code for n in range(20)
            ]
        finally:
            ending.set()
        for done in working:
            done.result()
    assert set(found) == {200}


def test_what_waits_goes_by_when_it_is_due_and_no_longer_when_nobody_waits_for_it() -> None:
    async def order() -> list[float]:
        loop, queue = asyncio.get_running_loop(), Turns()
        waiting = [Errand(b"", 0.001, loop.create_future(), due, n) for n, due in enumerate((9.0, 1.0, 0.5, 1.0))]
        for errand in waiting:
            queue.add(errand)
        waiting[2].answer.cancel()
        queue.sift(lambda errand: errand.wanted)
        return [queue.pop().since for _ in range(3) if queue]

    assert asyncio.run(order()) == [1, 3, 0]
