"""Writes that stay: kill -9 at any moment, a full disk, and every acknowledged write is there and nothing half written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from conftest import TINY, Server
from test_http import problem
from test_process import children

pytestmark = pytest.mark.later

TOKEN = "t"  # of servers that live as long as a test
UPDATE = {"authorization": f"Bearer {TOKEN}", "content-type": "application/sparql-update"}
GRAPH = "urn:test:writes"


def start(store: Path, **environ: str) -> Server:
    return Server("--store", str(store), "--content", str(TINY), COMMUNIQUE_TOKEN=TOKEN, **environ)


def insert(number: str) -> str:
    """Two triples in one write: half of it is a fault that can be seen."""
    return f'INSERT DATA {{ GRAPH <{GRAPH}> {{ <urn:w:{number}> <urn:one> "{number}" ; <urn:two> "{number}" }} }}'


def found(server: Server) -> tuple[set[str], set[str]]:
    query = f"SELECT ?p ?o WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"
    answer = server.client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    one, two = ({r["o"]["value"] for r in answer if r["p"]["value"] == f"urn:{name}"} for name in ("one", "two"))
    return one, two


class Writing:
    """Clients that write without pause, and a list, synced to disk, of what was acknowledged to them."""

    def __init__(self, server: Server, file: Path, threads: int = 4) -> None:
        self.base, self.file, self.stopped = str(server.client.base_url), file, threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.write, args=(n,)) for n in range(threads)]
        for thread in self.threads:
            thread.start()

    def write(self, mine: int) -> None:
        with httpx.Client(base_url=self.base, timeout=20) as client, self.file.open("a") as log:
            count = 0
            while not self.stopped.is_set():
                number = f"{os.getpid()}-{time.monotonic_ns()}-{mine}-{count}"
                try:
                    done = client.post("/update", content=insert(number), headers=UPDATE)
                except httpx.TransportError:
                    time.sleep(0.05)
                    continue
                if done.status_code in (200, 204):
                    with self.lock:
                        log.write(number + "\n")
                        log.flush()
                        os.fsync(log.fileno())
                count += 1

    def stop(self) -> set[str]:
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        return set(self.file.read_text().split())


def kill_all(server: Server) -> None:
    """The service and all its processes at once, as a power button would."""
    victims = {server.process.pid, *children(server.process.pid)}
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    server.process.communicate()
    server.client.close()
    while any(Path(f"/proc/{pid}/status").exists() and "Z" not in state(pid) for pid in victims):
        time.sleep(0.02)


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_kill_9_of_everything_loses_nothing_acknowledged(tmp_path: Path) -> None:
    store, log = tmp_path / "store", tmp_path / "acknowledged"
    log.touch()
    acknowledged: set[str] = set()
    for pause in (0.3, 0.7, 0.5):
        server = start(store)
        writing = Writing(server, log)
        time.sleep(pause)
        kill_all(server)
        acknowledged = writing.stop()
    server = start(store)
    try:
        one, two = found(server)
        assert acknowledged <= one, f"{len(acknowledged - one)} of {len(acknowledged)} lost"
        assert one == two, "something is half written"
        assert len(acknowledged) > 20
    finally:
        assert server.stop() == 0


def test_kill_9_of_the_writer_alone(tmp_path: Path) -> None:
    """The service goes on: the writer is there again, and what it had acknowledged too."""
    server = start(tmp_path / "store")
    (tmp_path / "acknowledged").touch()
    try:
        writing = Writing(server, tmp_path / "acknowledged")
        for _ in range(3):
            time.sleep(0.4)
            os.kill(writer(server, tmp_path / "store"), signal.SIGKILL)
        time.sleep(0.5)
        acknowledged = writing.stop()
        one, two = found(server)
        assert acknowledged <= one
        assert one == two
        assert server.process.poll() is None
    finally:
        assert server.stop() == 0


def writer(server: Server, store: Path) -> int:
    """The process that holds the store's lock."""
    lock = str(store / "data" / "LOCK")
    for _ in range(200):
        for pid in children(server.process.pid):
            try:
                held = {str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}
            except OSError:
                continue
            if lock in held:
                return pid
        time.sleep(0.05)
    raise AssertionError("no process has the store open for writing")


def test_a_report_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    """Killed between a report and what rules make of it, the store opens with both."""
    server = start(tmp_path / "store")
    ledger = server.client.get("/api/attacks/north-camp").json()
    kill_all(server)
    again = start(tmp_path / "store")
    try:
        assert again.client.get("/api/attacks/north-camp").json() == ledger
    finally:
        assert again.stop() == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 40 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mount.returncode:
        pytest.skip(f"no small file system can be mounted here: {mount.stderr.decode()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_refuses_writes_and_answers_reads(small_disk: Path) -> None:
    """And writes work again, without a restart, once there is space."""
    server = start(small_disk / "store")
    try:
        assert server.client.post("/update", content=insert("before"), headers=UPDATE).status_code in (200, 204)
        assert found(server)[0] == {"before"}
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as full, pytest.raises(OSError, match="No space left"):
            while True:
                full.write(b"\0" * 4096)
        refused, acknowledged = 0, set()
        for number in range(40):
            # Large enough that no room left in a page already allocated can hold them all.
            big = f'INSERT DATA {{ GRAPH <{GRAPH}> {{ <urn:w:{number}> <urn:big> "{"x" * 50000}" }} }}'
            done = server.client.post("/update", content=big, headers=UPDATE)
            if done.status_code == 507:
                refused += 1
                assert "no space left" in str(problem(done, 507)["detail"])
            elif done.status_code in (200, 204):
                acknowledged.add(str(number))
            else:
                problem(done, 503)
            assert server.client.get("/healthz").status_code == 200
            assert server.client.get("/api/attacks/north-camp/claims").status_code == 200
            if refused > 2:
                break
        assert refused
        filler.unlink()
        deadline = time.monotonic() + 10
        while server.client.post("/update", content=insert("after"), headers=UPDATE).status_code not in (200, 204):
            assert time.monotonic() < deadline, "writes did not come back"
            time.sleep(0.2)
        assert found(server)[0] >= {"before", "after"}
        query = f"SELECT ?s WHERE {{ GRAPH <{GRAPH}> {{ ?s <urn:big> ?o }} }}"
        kept = server.client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
        assert {row["s"]["value"].rpartition(":")[2] for row in kept} == acknowledged
    finally:
        server.stop()


def test_read_your_writes_from_any_client(tmp_path: Path) -> None:
    server = start(tmp_path / "store")
    try:
        for number in range(30):
            assert server.client.post("/update", content=insert(str(number)), headers=UPDATE).status_code in (200, 204)
            with httpx.Client(base_url=server.client.base_url) as other:
                query = f"ASK {{ GRAPH <{GRAPH}> {{ <urn:w:{number}> ?p ?o }} }}"
                assert other.get("/sparql", params={"query": query}).json()["boolean"] is True
    finally:
        assert server.stop() == 0


def test_one_directory_one_server(tmp_path: Path) -> None:
    server = start(tmp_path / "store")
    try:
        with pytest.raises(AssertionError, match="cannot be"):
            start(tmp_path / "store")
    finally:
        assert server.stop() == 0
    shutil.rmtree(tmp_path / "store")
