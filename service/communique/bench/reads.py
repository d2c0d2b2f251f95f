"""Reads under load: each mix of questions asked of us, in each way that we answer it, and of the others, turn by turn."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from communique.bench import equal, gauge, ours, rivals
from communique.bench.ask import Ask
from communique.bench.client import Client
from communique.bench.driver import Load, drive
from communique.bench.ground import Bench, Ground, Sample, Samples
from communique.bench.request import get
from communique.bench.rival import Server, filled, pages
from communique.errors import CommuniqueError, Unavailable
from communique.store.embedded import newest

# Seconds in which others are asked every question once before anything is timed; a slow one does not come to the end.
WARMING = 15
# Seconds that a server has to come to rest after a load.
RESTING = 120
# A mix's name -> the ways in which we are asked it.
GROUPS: dict[str, tuple[str, ...]] = {
    "named": ("json", "not modified", "uncached sparql"),
    "lookup": ("sparql", "uncached sparql"),
    "page": ("page",),
    "ledger": ("uncached ledger",),
    "mix": ("mix",),
}


@dataclass
class Entrant:
    """A server with the requests that ask it a mix; `each` of them come to one question."""

    who: str
    server: Server
    requests: list[bytes]
    each: float = 1.0
    ours: bool = True

    def drive(self, connections: int, seconds: int, start: int) -> tuple[Load, gauge.Watch]:
        with gauge.watch(self.server.root) as watched:
            load = drive(self.server.port, self.requests, connections, seconds, start)
        return load, watched

    def warm(self) -> None:
        end = time.monotonic() + (float("inf") if self.ours else WARMING)
        with Client(self.server.port) as client:
            for request in dict.fromkeys(self.requests):
                if time.monotonic() > end:
                    return
                client.send(request)


@dataclass
class Field:
    """All servers of a world that are measured beside one another."""

    cached: Server
    uncached: Server
    others: list[Server] = field(default_factory=list)

    def of(self, group: str, asks: Sequence[Ask], others: Sequence[Server]) -> list[Entrant]:
        """Who is asked a mix, and by which requests."""
        mine = [self._ours(way, asks) for way in GROUPS[group]]
        return mine + [self._other(server, asks) for server in others]

    def _ours(self, way: str, asks: Sequence[Ask]) -> Entrant:
        match way:
            case "not modified":
                return Entrant(way, self.cached, _conditional(self.cached, asks))
            case "sparql":
                return Entrant(way, self.cached, self.cached.asked(asks))
            case "uncached sparql":
                return Entrant(way, self.uncached, self.uncached.asked(asks))
            case "uncached ledger":
                return Entrant(way, self.uncached, pages(asks))
            case _:
                return Entrant(way, self.cached, pages(asks))

    @staticmethod
    def _other(server: Server, asks: Sequence[Ask]) -> Entrant:
        """A ledger's queries go out one after another over connections that stay open."""
        requests = server.asked(asks)
        return Entrant(server.name, server, requests, len(requests) / len(asks), ours=False)

    def every(self) -> list[Server]:
        return [self.cached, self.uncached, *self.others]


def measure(bench: Bench, ground: Ground) -> Samples:
    """Requests per second, latencies and CPU of every mix at every number of connections, and memory after all that."""
    with ExitStack() as stack:
        found = gather(bench, ground, stack)
        for group in GROUPS:
            asks = ground.mix.of(group)
            others = _same(bench, group, found, asks)
            yield from _group(bench, group, found.of(group, asks, others))
        for server in found.every():
            yield {"who": server.name, "group": "memory", "memory": gauge.memory(server.root)}
        yield alone(ground)


def gather(bench: Bench, ground: Ground, stack: ExitStack) -> Field:
    """Our servers and the others', all of them up; the stack brings them down."""

    def kept(server: Server) -> Server:
        stack.callback(server.stop)
        return server

    copies = [ours.copied(ground.store, ground.folder / name) for name in ("ours", "ours-uncached")]
    for copy in copies:
        stack.callback(ours.removed, copy)
    cached = kept(ours.start(copies[0]))
    uncached = kept(ours.start(copies[1], "ours uncached", **ours.UNCACHED))
    for server in (cached, uncached):
        # A large world's index is made meanwhile.
        ours.settled(server)
    return Field(cached, uncached, [kept(server) for server in _others(bench, ground)])


def _others(bench: Bench, ground: Ground) -> Sequence[Server]:
    found = []
    for rival in rivals.every(bench.stores):
        if rival.name not in bench.rivals:
            continue
        if lacking := rival.lacks():
            bench.say(f"{rival.name} is left out: this machine lacks {lacking}")
        elif ground.triples > rival.most:
            bench.say(f"{rival.name} is left out at {ground.triples} triples: it is tried up to {rival.most:g}")
        else:
            try:
                found.append(rival.start(filled(rival, ground.folder, ground.quads)))
            except Unavailable as error:
                bench.say(f"{rival.name} is left out: {error.detail}")
    return found


def _same(bench: Bench, group: str, found: Field, asks: Sequence[Ask]) -> list[Server]:
    """The others that answer a sample as we do. One that does not come to the end is left out, and started anew; all are where it
    is too much for us as SPARQL, however quick it is at its address.

    Raises Different.
    """
    sample, same = equal.sample(asks, 1 if group == "mix" else 3), []
    try:
        mine = equal.ours(found.cached, sample)
    except equal.TooMuch as error:
        bench.say(f"{group}: nobody is compared: {error.detail}")
        return []
    for other in found.others:
        try:
            count = equal.require(other, sample, mine)
        except TimeoutError:
            bench.say(f"{group}: {other.name} is left out: one answer took it more than {equal.CHECKING} s")
            other.restart()
        else:
            bench.say(f"{group}: {count} answers of {other.name} are the same as ours")
            same.append(other)
    return same


def _group(bench: Bench, group: str, entrants: Sequence[Entrant]) -> Samples:
    for entrant in entrants:
        entrant.warm()
    for connections in bench.connections:
        for turn in range(bench.rounds):
            for entrant in (one for one in entrants if connections <= one.server.most):
                yield _phase(bench, group, entrant, connections, turn)


def _phase(bench: Bench, group: str, entrant: Entrant, connections: int, turn: int) -> Sample:
    # Each round begins elsewhere, so that a slow server is not asked the same few questions each time.
    start = turn * len(entrant.requests) // bench.rounds
    load, watched = entrant.drive(connections, bench.seconds, start)
    rested = gauge.rest(entrant.server.root, RESTING)
    answers = load.answers / entrant.each
    bench.say(
        f"{group} {connections:>2} {entrant.who:16} {answers / load.seconds:9.1f}/s p99 {load.p99:8.2f} ms"
        f"{f' failures {load.failures}' if load.failures else ''}{'' if rested else ' does not rest'}"
    )
    return {
        "group": group, "who": entrant.who, "connections": connections, "round": turn, "answers": answers,
        "seconds": load.seconds, "rate": answers / load.seconds, "p50": load.p50, "p99": load.p99,
        "cpu": 1000 * watched.cpu / answers if answers else None, "failures": load.failures,
    }  # fmt: skip


def _conditional(server: Server, asks: Sequence[Ask]) -> list[bytes]:
    """The same requests by somebody who has the answers already."""
    with Client(server.port) as client:
        tags = [response.tag for response in client.all(pages(asks))]
    return [get(ask.path, Accept=ask.accept, If_None_Match=tag) for ask, tag in zip(asks, tags, strict=True)]


def alone(ground: Ground) -> Sample:
    """Memory of pyoxigraph by itself, after it has answered the whole mix from the same data on disk."""
    texts = ground.folder / "mix.json"
    texts.write_text(json.dumps([text for ask in ground.mix.of("mix") for text in ask.texts]), "utf-8")
    command = [sys.executable, "-m", "communique.bench.alone", str(newest(ground.store)), str(texts)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        told = process.stdout.readline() if process.stdout else ""
        if told != "done\n":
            raise CommuniqueError("pyoxigraph alone did not answer the mix")
        return {"who": "pyoxigraph", "group": "memory", "memory": gauge.memory(process.pid)}
