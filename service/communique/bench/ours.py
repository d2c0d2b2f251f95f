"""Our own service as a benchmark starts it: with the settings that it has by itself, but for limits to one client."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from communique.bench import gauge
from communique.bench.client import Client
from communique.bench.request import get
from communique.bench.rival import Server
from communique.bench.running import Process, free_port
from communique.settings import PREFIX

COMMAND = [sys.executable, "-m", "communique"]
# All load comes from one client, nobody reads what would be written of it, and others take for a query what time it needs.
UNLIMITED = {"RATE_LIMIT": "0", "CLIENT_REQUESTS": "0", "QUERY_SECONDS": "600", "AUDIT_LOG": os.devnull}
UNCACHED = {"CACHE_BYTES": "0"}
SETTLING = 1800  # seconds in which the largest world has its index
RESTING = 10


def environment(**settings: str) -> dict[str, str]:
    """The environment, with these settings and no others of ours."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
    return {**kept, **{PREFIX + name: text for name, text in {**UNLIMITED, **settings}.items()}}


def begin(store: Path, name: str = "ours", **settings: str) -> Server:
    """A server of the store in a folder, which has begun to start."""
    port = free_port()
    command = [*COMMAND, "serve", "--store", store, "--port", str(port)]
    return Server(name, Process(command, store.parent / f"{name}.log", environment(**settings)), port, "/sparql")


def start(store: Path, name: str = "ours", **settings: str) -> Server:
    """A server of the store in a folder, once it answers."""
    return begin(store, name, **settings).ready()


def settled(server: Server) -> None:
    """Wait after the first start: a store that has just been copied has no index, and is at one when it answers.

    Raises Unavailable when it has none in time.
    """
    with Client(server.port) as client:
        server.process.ready(lambda: b"communique_index_current 1" in client.send(get("/metrics")).body, SETTLING)
    gauge.rest(server.root, RESTING)


def removed(store: Path) -> None:
    shutil.rmtree(store, ignore_errors=True)


def copied(store: Path, target: Path) -> Path:
    """A copy of a store, to be written; one that was there before goes."""
    removed(target)
    shutil.copytree(store, target)
    for path in (target, *target.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)
    return target


def settings() -> str:
    """How it is set, for the reader of the results."""
    told = " ".join(f"`{PREFIX}{name}={value}`" for name, value in UNLIMITED.items())
    uncached = " ".join(f"`{PREFIX}{name}={value}`" for name, value in UNCACHED.items())
    return f"`communique serve --store DIR` with {told}; where it says uncached, with {uncached} too"
