"""From the start of the program to its first answer."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

from communique.bench import ours, task
from communique.bench.ground import Bench, Ground, Samples
from communique.bench.running import answers

FIRST = "/api/attacks?limit=1"
LONGEST = 120
# Seconds between two looks; each is a refused connection until the server listens.
PAUSE = 0.005


def measure(bench: Bench, ground: Ground) -> Samples:
    """Seconds to the first answer of a named query, from a filled store, once before anything is timed."""
    with ExitStack() as stack:
        curated, world = ground.folder / "curated", ground.folder / "ours-starts"
        stack.callback(ours.removed, curated)
        stack.callback(ours.removed, world)
        ours.removed(curated)
        task.do([*ours.COMMAND, "load", "--store", curated], ground.folder / "load.log", LONGEST, ours.environment())
        ours.copied(ground.store, world)
        for turn in range(-1, bench.rounds):
            for who, store in (("curated", curated), ("world", world)):
                seconds = _first(store)
                if turn >= 0:
                    bench.say(f"start, {who}: {seconds:.2f} s")
                    yield {"who": who, "round": turn, "seconds": seconds}


def _first(store: Path) -> float:
    begun = time.perf_counter()
    server = ours.begin(store, "ours starts")
    server.process.ready(lambda: answers(server.port, FIRST), LONGEST, PAUSE)
    seconds = time.perf_counter() - begun
    server.stop()
    return seconds
