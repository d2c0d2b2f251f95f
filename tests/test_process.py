"""The processes behind the service: what kills them, what does not, and what a client is told."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from conftest import TINY, Server
from test_http import problem

POINT = "SELECT ?a WHERE { ?e <https://w3id.org/communique/ns#hasClaimant> ?a }"
# Joins that no machine finishes within the deadline.
ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?c != ?f && ?i != ?l) }"
LARGE = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f }"


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose patience is short."""
    store = str(tmp_path_factory.mktemp("bounded") / "store")
    running = Server(
        "--store", store, "--content", str(TINY),
        COMMUNIQUE_QUERY_SECONDS="1", COMMUNIQUE_QUEUE_SECONDS="3", COMMUNIQUE_QUERY_MEMORY="1",
        COMMUNIQUE_RESULT_BYTES="3000000", COMMUNIQUE_TOKEN="t", COMMUNIQUE_WRITE_SECONDS="2",
    )  # fmt: skip
    yield running
    assert running.stop() == 0


def children(pid: int) -> set[int]:
    """Every process below one."""
    found: set[int] = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found |= {int(path.name)} | children(int(path.name))
    return found


def network(pid: int) -> str:
    """The network namespace that a process is in."""
    return str(Path(f"/proc/{pid}/ns/net").readlink())


def point(server: Server) -> None:
    assert "grey-brigade" in server.client.get("/sparql", params={"query": POINT}).text


def test_over_the_deadline_is_503_and_the_service_lives(bounded: Server) -> None:
    started = time.monotonic()
    answer = bounded.client.get("/sparql", params={"query": ENDLESS})
    assert "longer than" in str(problem(answer, 503)["detail"])
    assert int(answer.headers["retry-after"]) >= 1
    assert time.monotonic() - started < 10
    point(bounded)


def test_out_of_memory_is_507(tmp_path: Path) -> None:
    """Under a deadline that does not come first, on however busy a machine."""
    running = Server(
        "--store",
        str(tmp_path / "store"),
        "--content",
        str(TINY),
        COMMUNIQUE_QUERY_SECONDS="25",
        COMMUNIQUE_QUERY_MEMORY="1",
    )
    twice = " ".join(f"BIND(CONCAT(?a{n}, ?a{n}) AS ?a{n + 1})" for n in range(30))
    query = f'SELECT (STRLEN(?a30) AS ?n) WHERE {{ BIND("aaaaaaaaaaaaaaaa" AS ?a0) {twice} }}'
    problem(running.client.get("/sparql", params={"query": query}), 507)
    point(running)
    assert running.stop() == 0


def test_an_answer_over_the_cap_is_never_complete(bounded: Server) -> None:
    """Past the first byte there is only one honest way to stop: not to end."""
    with (
        pytest.raises(httpx.RemoteProtocolError),
        bounded.client.stream("GET", "/sparql", params={"query": LARGE}) as answer,
    ):
        assert answer.status_code == 200
        answer.read()
    point(bounded)


def test_an_answer_within_the_cap_is_whole(bounded: Server) -> None:
    answer = bounded.client.get("/sparql", params={"query": LARGE + " LIMIT 6000"}, headers={"accept": "text/csv"})
    assert answer.status_code == 200
    assert len(answer.text.splitlines()) == 6001


def test_workers_have_no_network_and_the_listener_does_no_work(bounded: Server) -> None:
    listener = bounded.process.pid
    own = network(listener)
    deadline = time.monotonic() + 10
    while len(below := [pid for pid in children(listener) if network(pid) != own]) < 6:
        assert time.monotonic() < deadline  # until those that the tests above cost are there again
        time.sleep(0.1)
    # Two for named queries, two for small ones, up to three for heavy ones, the writer.
    assert len(below) <= 8
    assert Path(f"/proc/{below[0]}/limits").read_text().count("Max address space     unlimited") == 0


def test_killed_workers_are_replaced_at_once(bounded: Server) -> None:
    listener = bounded.process.pid
    own = network(listener)
    for pid in children(listener):
        if network(pid) != own:
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        answer = bounded.client.get("/sparql", params={"query": POINT})
        assert answer.status_code in (200, 503, 507)
        if answer.status_code == 200 and bounded.client.get("/api/attacks").status_code == 200:
            break
        time.sleep(0.2)
    point(bounded)
    write = {"authorization": "Bearer t", "content-type": "application/sparql-update"}
    done = bounded.client.post("/update", content="INSERT DATA { GRAPH <urn:x> { <urn:a> <urn:b> 1 } }", headers=write)
    assert done.status_code in (200, 204)
    assert bounded.process.pid == listener


def test_a_write_over_its_deadline_changes_nothing(bounded: Server) -> None:
    write = {"authorization": "Bearer t", "content-type": "application/sparql-update"}
    endless = "INSERT { GRAPH <urn:y> { ?a <urn:b> ?l } } WHERE { GRAPH ?g1 { ?a ?b ?c } GRAPH ?g2 { ?d ?e ?f } GRAPH ?g3 { ?g ?h ?i } GRAPH ?g4 { ?j ?k ?l } FILTER(?c != ?f && ?i != ?l) }"
    problem(bounded.client.post("/update", content=endless, headers=write), 503)
    assert (
        bounded.client.get("/sparql", params={"query": "ASK { GRAPH <urn:y> { ?s ?p ?o } }"}).json()["boolean"] is False
    )
    done = bounded.client.post("/update", content="INSERT DATA { GRAPH <urn:y> { <urn:a> <urn:b> 2 } }", headers=write)
    assert done.status_code in (200, 204)
    assert (
        bounded.client.get("/sparql", params={"query": "ASK { GRAPH <urn:y> { ?s ?p ?o } }"}).json()["boolean"] is True
    )


def test_a_client_that_leaves_frees_its_worker(bounded: Server) -> None:
    address = (bounded.client.base_url.host, bounded.client.base_url.port or 80)
    query = httpx.QueryParams({"query": ENDLESS})
    for _ in range(20):
        with socket.create_connection(address) as gone:
            gone.sendall(f"GET /sparql?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            time.sleep(0.02)
    started = time.monotonic()
    point(bounded)
    assert time.monotonic() - started < 10


def test_heavy_queries_do_not_keep_named_ones_waiting(bounded: Server) -> None:
    base = str(bounded.client.base_url)

    def heavy(_: int) -> int:
        with httpx.Client(base_url=base, timeout=30) as client:
            return client.get("/sparql", params={"query": ENDLESS}).status_code

    with ThreadPoolExecutor(16) as threads:
        working = [threads.submit(heavy, n) for n in range(16)]
        time.sleep(0.3)
        for _ in range(10):
            assert bounded.client.get("/api/attacks/north-camp/claims").status_code == 200
            assert bounded.client.get("/healthz").status_code == 200
        assert {done.result() for done in working} <= {503, 507}
    point(bounded)


def test_etag_of_a_query_is_of_its_text_and_of_the_data(bounded: Server) -> None:
    first = bounded.client.get("/sparql", params={"query": POINT})
    tag = {"if-none-match": first.headers["etag"]}
    assert bounded.client.get("/sparql", params={"query": POINT}, headers=tag).status_code == 304
    assert bounded.client.get("/sparql", params={"query": POINT + " "}, headers=tag).status_code == 200
    assert (
        bounded.client.get("/sparql", params={"query": POINT}, headers={**tag, "accept": "text/csv"}).status_code == 200
    )


def test_sigterm_lets_running_work_end(tmp_path: Path) -> None:
    server = Server("--store", str(tmp_path / "store"), "--content", str(TINY), COMMUNIQUE_QUERY_SECONDS="4")
    base = str(server.client.base_url)
    with ThreadPoolExecutor(1) as threads:
        heavy = threads.submit(
            lambda: httpx.get(
                base + "sparql" if base.endswith("/") else base + "/sparql", params={"query": ENDLESS}, timeout=30
            )
        )
        time.sleep(1.5)
        started = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started < 15
        assert heavy.result().status_code == 503
    assert not children(server.process.pid)
