"""A benchmark, part by part: each is kept in one JSON file, so that a long run can be had in pieces."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

from communique.bench import gauge, growth, loads, ours, profile, reads, rivals, starts, writes
from communique.bench.ground import Bench, Ground, Samples

# The parts that are measured in one world, in this order.
PARTS: dict[str, Callable[[Bench, Ground], Samples]] = {
    "starts": starts.measure, "reads": reads.measure, "writes": writes.measure,
    "dumps": loads.dumps, "quads": loads.quads, "reports": loads.reports, "profile": profile.measure,
}  # fmt: skip
# And the one for which it takes two.
GROWTH = "growth"
# What was measured: part and size -> how it was run, and its samples.
Runs = dict[str, dict[str, Any]]


def run(bench: Bench, sizes: Sequence[int], parts: Sequence[str], out: Path) -> Runs:
    """Measure what is asked for, and put it in the place of what the file has of it; all that the file has then."""
    runs = kept(out)
    for part, triples, samples in _asked(bench, sorted(sizes), parts):
        bench.say(f"== {part}, {triples} triples")
        runs[f"{part} {triples}"] = {"part": part, "triples": triples, **conditions(bench), "samples": list(samples)}
        out.write_text(json.dumps(runs, indent=1) + "\n", "utf-8")
    return runs


def kept(out: Path) -> Runs:
    found: Runs = json.loads(out.read_text("utf-8")) if out.is_file() else {}
    return found


def _asked(bench: Bench, sizes: Sequence[int], parts: Sequence[str]) -> Iterator[tuple[str, int, Samples]]:
    for triples in sizes:
        for part, measure in PARTS.items():
            if part in parts:
                yield part, triples, measure(bench, bench.ground(triples))
    if GROWTH in parts:
        for small, large in pairwise(sizes):
            yield GROWTH, large, growth.measure(bench, bench.ground(small), bench.ground(large))


def conditions(bench: Bench) -> dict[str, Any]:
    """Under what a part was measured: the machine, the programs and how they were set."""
    others = [r for r in rivals.every(bench.stores) if r.name in bench.rivals and not r.lacks()]
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": gauge.machine(),
        "versions": {"communique": f"{version('communique')} {_commit()}".strip(), "pyoxigraph": version("pyoxigraph")}
        | {rival.name: rival.version() for rival in others},
        "settings": {"communique": ours.settings()} | {rival.name: rival.settings() for rival in others},
        "seconds": bench.seconds,
        "rounds": bench.rounds,
        "seed": bench.seed,
    }


def _commit() -> str:
    """Which state of the repository this is, if it is one."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"({done.stdout.strip()})" if done.returncode == 0 else ""
