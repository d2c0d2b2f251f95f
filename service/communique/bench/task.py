"""Commands that run to their end, and what they took."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from communique.bench.gauge import Peak
from communique.bench.running import Process
from communique.errors import Unavailable


@dataclass(frozen=True)
class Took:
    """Seconds, seconds of CPU, and the most memory at one time, in bytes."""

    seconds: float
    cpu: float
    memory: int


class TooLong(Unavailable):
    """It was not done in the time that it was given, and was stopped."""


def do(command: Sequence[object], log: Path, seconds: float, environ: Mapping[str, str] | None = None) -> Took:
    """Run a command. Raises TooLong, or Unavailable with its last words when it fails."""
    began, used = time.perf_counter(), _used()
    process = Process(command, log, environ)
    with process.or_stop(), Peak(process.running.pid) as peak:
        try:
            code = process.running.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TooLong(f"{command[0]} was stopped after {seconds:g} s") from None
        took = time.perf_counter() - began
    if code:
        raise Unavailable(f"{' '.join(map(str, command))} failed: {process.told()}")
    return Took(took, _used() - used, peak.most)


def _used() -> float:
    """Seconds of CPU of all children that have ended."""
    told = resource.getrusage(resource.RUSAGE_CHILDREN)
    return told.ru_utime + told.ru_stime
