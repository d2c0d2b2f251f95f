"""The load: wrk, a process of its own, over loopback."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files

from communique.bench.running import LOCAL
from communique.errors import Unavailable

# One, since server and load share few cores; it is enough for 64 connections.
THREADS = 1
# Seconds after which a request counts as failed.
PATIENCE = 60
FAILURES = ("status", "connect", "read", "write", "timeout")


@dataclass(frozen=True)
class Load:
    """What came of a load: answers a second, milliseconds of the median and the slowest hundredth, and failures by kind."""

    answers: int
    seconds: float
    bytes: int
    p50: float
    p99: float
    failures: dict[str, int]

    @property
    def rate(self) -> float:
        return self.answers / self.seconds


def drive(port: int, requests: Sequence[bytes], connections: int, seconds: int, start: int = 0) -> Load:
    """Send the requests round and round, beginning with number `start`, each connection one at a time."""
    program = shutil.which("wrk")
    if not program:
        raise Unavailable("wrk is not on this machine: install Debian's wrk")
    with tempfile.NamedTemporaryFile() as file, as_file(files("communique.bench") / "driver.lua") as script:
        file.write(b"\0".join(requests))
        file.flush()
        command = [
            program, f"--threads={THREADS}", f"--connections={connections}", f"--duration={seconds}",
            f"--timeout={PATIENCE}", "--script", str(script), f"http://{LOCAL}:{port}/", file.name, str(start),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120, check=False)
    if done.returncode:
        raise Unavailable(f"wrk failed: {done.stderr or done.stdout}")
    return read(done.stdout)


def read(told: str) -> Load:
    """What our script had wrk write, behind what it writes itself."""
    line = next((line for line in reversed(told.splitlines()) if line.startswith("{")), "")
    if not line:
        raise Unavailable(f"wrk told nothing: {told}")
    found = json.loads(line)
    # It counts an error status among the answers.
    return Load(
        found["requests"] - found["status"], found["microseconds"] / 1e6, found["bytes"], found["p50"] / 1000, found["p99"] / 1000,
        {kind: found[kind] for kind in FAILURES if found[kind]},
    )  # fmt: skip
