"""Where time goes: which functions are at work while the hottest paths are asked, looked at many times a second by py-spy.

A function counts for what it does itself; what it calls that is no Python, such as the engine, counts as its own.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from communique.bench import ours
from communique.bench.driver import drive
from communique.bench.ground import Bench, Ground, Samples
from communique.bench.rival import Server, pages
from communique.errors import Unavailable

# The hottest paths -> the mix that is asked on each, as SPARQL or at our own addresses.
PATHS = {
    "a small look-up, as SPARQL": ("lookup", True),
    "a named query, as SPARQL": ("named", True),
    "a ledger": ("ledger", False),
}
CONNECTIONS = 64
RATE = 200  # looks a second
MOST = 8  # functions of a process that are told
FRAME = re.compile(r"(?P<name>.*) \((?P<file>.*?)(?::\d+)?\)")


def measure(bench: Bench, ground: Ground) -> Samples:
    """Shares of the time in which processes were at work, by path, process and function. Raises Unavailable without py-spy."""
    with ExitStack() as stack:
        copy = ours.copied(ground.store, ground.folder / "ours-profile")
        stack.callback(ours.removed, copy)
        server = ours.start(copy, "ours profile", **ours.UNCACHED)
        stack.callback(server.stop)
        ours.settled(server)
        for path, (mix, plain) in PATHS.items():
            asks = ground.mix.of(mix)
            requests = server.asked(asks) if plain else pages(asks)
            # Once before it is looked at, so that nothing is met for the first time.
            drive(server.port, requests, CONNECTIONS, bench.seconds)
            counted = _looked(server, requests, bench.rounds * bench.seconds)
            every = sum(counted.values())
            for (process, function), count in _most(counted):
                yield {"path": path, "process": process, "function": function, "share": count / every}
            bench.say(f"profile, {path}: {every} looks")


def _looked(server: Server, requests: list[bytes], seconds: int) -> Counter[tuple[str, str]]:
    """How often each function of each process was found at work."""
    tool = shutil.which("py-spy", path=f"{Path(sys.executable).parent}:/usr/bin") or ""
    if not tool:
        raise Unavailable("py-spy is not in this environment: install the extra `dev`")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "stacks"
        command = [
            tool, "record", "--pid", str(server.root), "--subprocesses", "--format", "raw", "--nolineno",
            "--rate", str(RATE), "--duration", str(seconds), "--output", str(out),
        ]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as looking:
            drive(server.port, requests, CONNECTIONS, seconds + 1)
            _, told = looking.communicate(timeout=60)
        if not out.is_file():
            raise Unavailable(f"py-spy failed: {told.strip()[-500:]}")
        return _counted(out.read_text("utf-8").splitlines())


def _counted(lines: Iterable[str]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        # Of a worker, the processes that it came of stand before it.
        above = sum(frame.startswith("process ") for frame in frames)
        found["workers" if above > 1 else "listener", _named(frames[-1])] += int(count)
    return found


def _named(frame: str) -> str:
    """A function and its file."""
    told = FRAME.fullmatch(frame)
    return f"{told['name']} ({Path(told['file']).name})" if told else frame


def _most(counted: Counter[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], int]]:
    for process in ("listener", "workers"):
        yield from Counter({key: n for key, n in counted.items() if key[0] == process}).most_common(MOST)
