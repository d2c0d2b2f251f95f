"""Named queries in a small and in a large world: how much longer each takes when there is ten times as much.

Both are asked about nodes of like weight: an actor of whom as much is said in the one as in the other, so that the
answers are of one size and only what lies around them grows.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

from communique import catalog
from communique.bench import ask, ours
from communique.bench.attack import Handle, handle
from communique.bench.client import Client
from communique.bench.ground import Bench, Ground, Samples
from communique.bench.request import sparql
from communique.bench.rival import pages
from communique.bench.world import World
from communique.binding import Query
from communique.param import Param, one_of
from communique.vocab import CMQ, node

# How many nodes each question is asked about; and how many attacks the groups and sites among them have to do with.
KEYS = 15
WEIGHTS = (50, 40, 30, 20, 10)
# Seconds after which the keys of one question that are left in a round are left out.
LONG = 5
Given = Mapping[str, str]
TYPES = {"actors": "Militia", "places": "MilitaryBase", "statements": "Attribution", "names": "Actor"}
CODES = {"code:eventType": "air-strike", "code:stance": "denies", "code:aspect": "damage", "code:precision": "locality"}


@dataclass(frozen=True)
class Peers:
    """The n-th node of each kind, of the same weight in any world; statements are named by their words, so they are given."""

    world: World
    statements: list[str]

    def named(self, names: list[str], number: int) -> str:
        """The name, of those drawn by Zipf's law, that is drawn for so many attacks."""
        harmonic = sum(1 / rank for rank in range(1, len(names) + 1))
        rank = round(self.world.attacks / (WEIGHTS[number % len(WEIGHTS)] * harmonic)) + number // len(WEIGHTS)
        return names[min(max(rank, 1), len(names)) - 1]

    def of(self, param: Param, query: str, number: int) -> str:
        """A value for a parameter."""
        cast, middle = self.world.cast, self._handle(number)
        site = self.named(cast.sites, number)
        if param.name == "publisher":
            return self.named(cast.outlets, number)
        if words := one_of(param.type):
            return words[number % len(words)]
        return {
            "statement": self.statements[number], "node": self._node(param, number),
            "attack": middle.name, "event": middle.name, "report": self.report(number), "place": site,
            "actor": self.named(cast.groups, number), "type": TYPES.get(query, "Statement"),
            "date-from": middle.day.isoformat(), "date-to": middle.day.isoformat(),
            "text": cast.label(site, "en").split()[0], **CODES,
        }[param.type]  # fmt: skip

    def _node(self, param: Param, number: int) -> str:
        """A whole IRI, of the kind that the parameter is named for."""
        names = {"place": self.named(self.world.cast.sites, number), "report": self.report(number)}
        kind = param.name if param.name in names else "actor"
        if param.name == "statement":
            return node("statement", self.statements[number]).value
        return node(kind, names.get(kind) or self.named(self.world.cast.groups, number)).value

    def report(self, number: int) -> str:
        return f"{self._handle(number).name}-1"

    def _handle(self, number: int) -> Handle:
        """One in the middle of time, since the first and the last days are not like the others."""
        middle = self.world.attacks // 2 + 7 * number
        return handle(self.world.seed, min(middle, self.world.attacks - 1), self.world.cast)


@dataclass(frozen=True)
class Case:
    """A named query with the optional parameters that are given beside those it requires."""

    query: Query
    beside: tuple[Param, ...] = ()

    @property
    def name(self) -> str:
        return " ".join([self.query.name, *(f"{param.name}=" for param in self.beside)])

    @property
    def kind(self) -> str:
        """A look-up of one node, an aggregate, or a page of a list; the long way to the same counts is none of them."""
        if self.query.name.startswith("counts"):
            return "aggregate" if self.query.route else "long way"
        return "look-up" if _asks_of_a_node(self.query) else "page"

    def given(self, peers: Peers, number: int) -> Given:
        return {param.name: peers.of(param, self.query.name, number) for param in self.asked}

    @property
    def asked(self) -> list[Param]:
        """The parameters that are given."""
        return [*(param for param in self.query.params if param.required or _of_these(self.query, param)), *self.beside]


def cases(query: Query) -> Iterator[Case]:
    """The query by itself; a list with each of its filters too, a span of time being one filter."""
    yield Case(query)
    optional = [param for param in query.params if not param.required and not _of_these(query, param)]
    if _asks_of_a_node(query):
        return
    span = tuple(param for param in optional if param.name in ("from", "to"))
    if span:
        yield Case(query, span)
    for param in optional:
        if param not in span:
            yield Case(query, (param,))


def _of_these(query: Query, param: Param) -> bool:
    """Whether a question is one about the nodes that it is given, rather than a list that may be narrowed to several."""
    return param.many and (param.type == "node" or len(query.params) == 1)


def _asks_of_a_node(query: Query) -> bool:
    return any(
        _of_these(query, param) or (param.required and param.type not in ("text", "type")) for param in query.params
    )


def measure(bench: Bench, small: Ground, large: Ground) -> Samples:
    """Milliseconds of each named query, uncached, one at a time, the worlds in turn."""
    with ExitStack() as stack:
        clients = [stack.enter_context(_served(ground, stack)) for ground in (small, large)]
        peers = [_peers(ground.world, client) for ground, client in zip((small, large), clients, strict=True)]
        for case in (case for query in catalog.load(small.content).queries.values() for case in cases(query)):
            asked = [_requests(case, each) for each in peers]
            for client, requests in zip(clients, asked, strict=True):
                client.send(requests[0])
            for turn in range(bench.rounds):
                before, after = (_asked(client, requests) for client, requests in zip(clients, asked, strict=True))
                yield {
                    "who": "ours", "query": case.name, "kind": case.kind, "from": small.triples, "round": turn,
                    "before": before.ms, "after": after.ms, "bytes_before": before.bytes, "bytes_after": after.bytes,
                    "failures": before.failures + after.failures,
                }  # fmt: skip
            bench.say(
                f"{case.name:40} {before.ms:8.2f} ms -> {after.ms:8.2f} ms, {before.bytes} -> {after.bytes} bytes"
            )


def _served(ground: Ground, stack: ExitStack) -> Client:
    copy = ours.copied(ground.store, ground.folder / "ours-growth")
    stack.callback(ours.removed, copy)
    server = ours.start(copy, "ours growth", **ours.UNCACHED)
    stack.callback(server.stop)
    ours.settled(server)
    return Client(server.port)


def _peers(world: World, client: Client) -> Peers:
    """The nodes of a world, with a statement of each of the reports among them."""
    found = Peers(world, [])
    for number in range(KEYS):
        report = node("report", found.report(number))
        text = f"SELECT ?s WHERE {{ ?s {CMQ.reportedIn} {report} }} ORDER BY ?s LIMIT 1"
        rows = json.loads(client.send(sparql("/sparql", text)).body)["results"]["bindings"]
        found.statements.append(rows[0]["s"]["value"].rpartition("/")[2])
    return found


def _requests(case: Case, peers: Peers) -> list[bytes]:
    given = [case.given(peers, number) for number in range(KEYS)]
    distinct = {tuple(one.items()): one for one in given}
    return pages([ask.named(case.query, one) for one in distinct.values()])


class Answers(NamedTuple):
    """The median of milliseconds, and of bytes; how many were none."""

    ms: float
    bytes: float
    failures: int


def _asked(client: Client, requests: list[bytes]) -> Answers:
    times, sizes, failed, ends = [], [], 0, time.monotonic() + LONG
    for request in requests:
        start = time.perf_counter()
        response = client.send(request)
        times.append(1000 * (time.perf_counter() - start))
        sizes.append(len(response.body))
        failed += response.status != HTTPStatus.OK
        if time.monotonic() > ends:
            break
    return Answers(statistics.median(times), statistics.median(sizes), failed)
