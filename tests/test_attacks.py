"""Attacks on the real server: each three times in random order; nothing is led out, nothing dies, nothing lies."""

from __future__ import annotations

import collections
import contextlib
import os
import random
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from attacks import TOKEN, Attack, Doors, documents, queries, terms, wire
from communique import catalog
from communique.content import Content
from conftest import TINY, Server
from test_reports_http import report

SEED = int(os.environ.get("COMMUNIQUE_SEED", "1"))  # `make soak` draws another each time
# Once in each run of the tests, three times in `make soak`.
ROUNDS = pytest.mark.parametrize("rounds", [1, pytest.param(3, marks=[pytest.mark.longer, pytest.mark.soak])])
POINT = "SELECT ?e ?a { ?e <https://w3id.org/communique/ns#hasClaimant> ?a FILTER(CONTAINS(STR(?e), 'north-camp')) }"
CLAIM = "https://w3id.org/communique/id/actor/grey-brigade"
PATIENCE = 5.0  # seconds in which a worker that was killed is replaced
ANSWER = 15.0
SECRET = "no-stranger-may-read-this"


class Canary:
    """A listening socket that nobody has a reason to call."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.called: list[bytes] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self.called.append(b"")
                connection.settimeout(1)
                self.called[-1] = connection.recv(4096)


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    listening = Canary()
    yield listening
    listening.socket.close()


@pytest.fixture(scope="module")
def doors(canary: Canary, tmp_path_factory: pytest.TempPathFactory) -> Doors:
    file = tmp_path_factory.mktemp("secret") / "canary.ttl"
    file.write_text(f'<urn:a> <urn:b> "{SECRET}" .\n', "utf-8")
    return Doors(canary.address, file.as_uri(), SECRET)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(
        "--store", str(tmp_path_factory.mktemp("attacked") / "store"), "--content", str(TINY),
        COMMUNIQUE_TOKEN=TOKEN, COMMUNIQUE_RATE_LIMIT="0", COMMUNIQUE_QUERY_SECONDS="0.4", COMMUNIQUE_QUERY_MEMORY="200",
        COMMUNIQUE_RESULT_BYTES="4000000", COMMUNIQUE_WRITE_SECONDS="0.8", COMMUNIQUE_WRITE_MEMORY="400", COMMUNIQUE_BODY_BYTES="2000000",
        COMMUNIQUE_INFLATED_BYTES="8000000", COMMUNIQUE_BODY_SECONDS="0.5", COMMUNIQUE_HEADER_SECONDS="0.5", COMMUNIQUE_AUDIT_LOG=os.devnull,
    )  # fmt: skip
    said = listened_to(running)
    yield running
    assert running.stop() == 0
    # A stranger who can make the service write tracebacks can fill its disk.
    assert not [line for line in said if "Traceback" in line], "".join(said)[-8000:]


def listened_to(server: Server) -> list[str]:
    """What a server writes to its standard error: a pipe that nobody reads would stop it in the end."""
    said: list[str] = []
    stream = server.process.stderr
    assert stream

    def listen() -> None:
        # Whoever stops the server closes the pipe.
        with contextlib.suppress(ValueError):
            while line := stream.readline():
                said.append(line)

    threading.Thread(target=listen, daemon=True).start()
    return said


@pytest.fixture(scope="module")
def everything(doors: Doors, content: Content) -> list[Attack]:
    named = catalog.load(content).queries.values()
    return [*queries.all_of(doors), *documents.all_of(doors, report()), *wire.all_of(doors), *terms.all_of(named)]


class Siege:
    """Attacks on a server, and what came of them."""

    def __init__(self, server: Server, canary: Canary) -> None:
        self.server, self.canary = server, canary
        self.pid = server.process.pid
        self.faults: list[str] = []
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.slowest: list[tuple[float, str]] = []

    def attack(self, attack: Attack) -> None:
        started = time.monotonic()
        status, body = self._sent(attack)
        self.slowest = sorted([*self.slowest, (round(time.monotonic() - started, 2), attack.name)])[-12:]
        self.outcomes[str(status or "broken")] += 1
        if fault := self._fault(attack, status, body) or self._wound():
            self.faults.append(f"{attack.name}: {fault}")

    def _sent(self, attack: Attack) -> tuple[int, bytes]:
        """The status and the body; 0 when the connection just ended."""
        if attack.raw:
            return self._raw(attack.raw)
        try:
            answer = self.server.client.request(attack.method, attack.path, timeout=ANSWER, **attack.request)
        except httpx.RemoteProtocolError:
            return 0, b""
        except httpx.TimeoutException:
            return -1, b""
        except (httpx.WriteError, httpx.ReadError):
            # It may be refused before it is all sent.
            return 0, b"written"
        return answer.status_code, answer.content

    def _raw(self, data: bytes) -> tuple[int, bytes]:
        base = self.server.client.base_url
        received = b""
        with socket.create_connection((base.host, base.port or 80), timeout=ANSWER) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(data)
            with contextlib.suppress(ConnectionError):
                while not _whole(received) and (part := connection.recv(65536)):
                    received += part
        found = re.match(rb"HTTP/1\.[01] (\d{3})", received)
        return (int(found[1]), received.partition(b"\r\n\r\n")[2]) if found else (0, b"")

    def _fault(self, attack: Attack, status: int, body: bytes) -> str | None:
        """What is wrong with what came back."""
        if SECRET.encode() in body or b"root:x:0" in body:
            return f"{status} with what is secret"
        if status < 0:
            return f"no answer within {ANSWER:g} s"
        if status == 0:
            return None if attack.broken or body == b"written" else "broken off without an answer"
        if status not in attack.allowed:
            return f"{status}: {body[:300]!r}"
        if status < 300 and attack.right and not attack.right(body):
            return f"{status}, and wrong: {body[:300]!r}"
        return None

    def _wound(self) -> str | None:
        """What is wrong with the service now."""
        if self.server.process.poll() is not None or self.server.process.pid != self.pid:
            return "the service has ended"
        if self.canary.called:
            return f"it called {self.canary.called.pop()!r}"
        until = time.monotonic() + PATIENCE
        while (told := self._point()) and time.monotonic() < until:
            time.sleep(0.02)
        return told and f"afterwards: {told}"

    def _point(self) -> str | None:
        for path, given in (("/sparql", {"query": POINT}), ("/api/attacks/north-camp/claims", {})):
            answer = self.server.client.get(path, params=given, timeout=ANSWER)
            if answer.status_code != 200 or CLAIM not in answer.text:
                return f"{path} {answer.status_code} {answer.text[:200]}"
        return None


def _whole(received: bytes) -> bool:
    """Whether an HTTP answer is all there; a connection may stay open behind it."""
    head, end, body = received.partition(b"\r\n\r\n")
    if not end or head.startswith(b"HTTP/1.1 100"):
        return False
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    if length:
        return len(body) >= int(length[1])
    return body.endswith(b"0\r\n\r\n") if b"chunked" in head.lower() else b" 204 " in head[:16] or b" 304 " in head[:16]


def besiege(siege: Siege, attacks: list[Attack], rounds: int) -> None:
    """Each so often, in an order that the seed tells."""
    order = attacks * rounds
    random.Random(SEED).shuffle(order)  # noqa: S311  # to be repeated, not to be secret
    started = time.monotonic()
    for attack in order:
        siege.attack(attack)
    print(
        f"seed {SEED}: {len(order)} attacks in {time.monotonic() - started:.0f} s, {dict(siege.outcomes)}, slowest {siege.slowest}"
    )
    counted = collections.Counter(siege.faults)
    assert not counted, f"seed {SEED}\n" + "\n".join(f"{n}x {fault}" for fault, n in sorted(counted.items()))


@pytest.fixture
def siege(attacked: Server, canary: Canary) -> Siege:
    return Siege(attacked, canary)


def test_the_canary_sings(canary: Canary) -> None:
    with socket.create_connection(("127.0.0.1", int(canary.address.rpartition(":")[2]))) as connection:
        connection.sendall(b"here")
    until = time.monotonic() + 5
    while canary.called != [b"here"] and time.monotonic() < until:
        time.sleep(0.01)
    assert canary.called.pop() == b"here"


def test_names_tell_attacks_apart(everything: list[Attack]) -> None:
    names = collections.Counter(attack.name for attack in everything)
    assert [name for name, n in names.items() if n > 1] == []
    assert len(names) > 500


@ROUNDS
@pytest.mark.later
def test_attacks(rounds: int, siege: Siege, everything: list[Attack], doors: Doors) -> None:
    """All that goes at the engine, and some of the rest in each run; all of it in a long one."""
    always = {attack.name for attack in queries.all_of(doors)}
    rest = [attack for attack in everything if attack.name not in always and not attack.name.startswith("named ")]
    drawn = random.Random(SEED)  # noqa: S311  # to be repeated, not to be secret
    besiege(siege, [*(attack for attack in everything if attack.name in always), *drawn.sample(rest, 200)], rounds)


@ROUNDS
@pytest.mark.later
def test_hostile_terms(rounds: int, siege: Siege, everything: list[Attack]) -> None:
    """Every parameter of every query meets some of the terms in each run; all of them in a long one."""
    chosen: dict[str, list[Attack]] = collections.defaultdict(list)
    for attack in everything:
        if attack.name.startswith("named "):
            chosen[" ".join(attack.name.split(" ")[:3])].append(attack)
    drawn = random.Random(SEED)  # noqa: S311  # to be repeated, not to be secret
    besiege(siege, [attack for some in chosen.values() for attack in drawn.sample(some, min(2, len(some)))], rounds)


@ROUNDS
def test_nothing_was_read_and_nothing_was_called(rounds: int, attacked: Server, canary: Canary, doors: Doors) -> None:
    """However many rounds went before."""
    assert rounds
    asked = f"ASK {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(CONTAINS(STR(?o), '{SECRET}')) }}"
    assert attacked.client.get("/sparql", params={"query": asked}).json()["boolean"] is False
    assert Path(doors.file.removeprefix("file://")).read_text("utf-8").count(SECRET) == 1
    assert canary.called == []


@pytest.mark.longer
@pytest.mark.soak
def test_longer(siege: Siege, everything: list[Attack]) -> None:
    """The whole table, in `make soak` alone: a round takes two minutes."""
    besiege(siege, everything, int(os.environ.get("COMMUNIQUE_SOAK_ROUNDS", "5")))
