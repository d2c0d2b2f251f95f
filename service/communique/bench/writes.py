"""Writes: one report after another, each new, until somebody else has read it."""

from __future__ import annotations

import time
from contextlib import ExitStack
from itertools import islice

from communique.bench import ours
from communique.bench.client import Client
from communique.bench.ground import Bench, Ground, Samples
from communique.bench.request import get
from communique.bench.world import World
from communique.errors import CommuniqueError

TOKEN = "benchmark"  # noqa: S105  # it opens a store that is thrown away
EACH_SECOND = 20


def measure(bench: Bench, ground: Ground) -> Samples:
    """Milliseconds until a report is acknowledged as durable, and until another client has read what it says."""
    with ExitStack() as stack:
        copy = ours.copied(ground.store, ground.folder / "ours-writes")
        stack.callback(ours.removed, copy)
        server = ours.start(copy, "ours writes", TOKEN=TOKEN)
        stack.callback(server.stop)
        ours.settled(server)
        writer, reader = (stack.enter_context(Client(server.port)) for _ in range(2))
        for number, (name, body) in enumerate(_reports(ground.world, bench.seconds * EACH_SECOND)):
            acknowledged, read = _written(writer, reader, name, body)
            if number:
                # The first one finds a server that has never written.
                yield {"who": "ours", "round": number, "acknowledged": acknowledged, "read": read}
            else:
                yield {"who": "first", "round": 0, "acknowledged": acknowledged, "read": read}


def _reports(world: World, count: int) -> list[tuple[str, bytes]]:
    """Reports of attacks that come after those of the world, by the same cast."""
    told = (one for one in world.told(world.attacks, world.attacks + count) if not one.report.copy_of)
    return [
        (one.name, one.report.model_dump_json(by_alias=True, exclude_none=True).encode()) for one in islice(told, count)
    ]


def _written(writer: Client, reader: Client, name: str, body: bytes) -> tuple[float, float]:
    head = [
        f"PUT /api/reports/{name} HTTP/1.1", "Host: localhost", "Content-Type: application/json",
        f"Authorization: Bearer {TOKEN}", f"Content-Length: {len(body)}", "", "",
    ]  # fmt: skip
    request, look = "\r\n".join(head).encode() + body, get(f"/api/reports/{name}/statements", Accept="application/json")
    start = time.perf_counter()
    done = writer.send(request)
    acknowledged = 1000 * (time.perf_counter() - start)
    if done.status not in (200, 201):
        raise CommuniqueError(f"{name} was not written: {done.status} {done.body[:500].decode('utf-8', 'replace')}")
    seen = reader.send(look)
    read = 1000 * (time.perf_counter() - start)
    if seen.status != 200 or b'"quote"' not in seen.body:
        raise CommuniqueError(f"{name} was acknowledged and cannot be read: {seen.status}")
    return acknowledged, read
