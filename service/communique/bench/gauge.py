"""What a program takes of the machine: CPU time and memory of a process and all that came of it, from Linux's /proc."""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

PROC = Path("/proc")
TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
# As good as idle: this share of one core, over this many seconds.
IDLE, WHILE = 0.05, 0.2


def tree(root: int) -> set[int]:
    """The process and every one that came of it and lives."""
    parents: dict[int, int] = {}
    for folder in PROC.glob("[0-9]*"):
        if found := _stat(int(folder.name)):
            parents[int(folder.name)] = int(found[1])
    members = {root}
    while more := {child for child, parent in parents.items() if parent in members} - members:
        members |= more
    return members


def cpu(root: int) -> float:
    """Seconds of CPU that the process, what came of it, and those of them that have ended, took."""
    ticks = 0
    for process in tree(root):
        if found := _stat(process):
            # utime, stime, and those of the children it has waited for: proc_pid_stat(5), fields 14 to 17.
            ticks += sum(map(int, found[11:15]))
    return ticks / TICK


def memory(root: int) -> int:
    """Resident bytes of the process and what came of it; a page that several share counts once (PSS)."""
    return sum(_pss(process) for process in tree(root))


def rest(root: int, seconds: float) -> bool:
    """Wait until the process does nothing any more; whether it came to that in time."""
    end = time.monotonic() + seconds
    before = cpu(root)
    while time.monotonic() < end:
        time.sleep(WHILE)
        now = cpu(root)
        if now - before < IDLE * WHILE:
            return True
        before = now
    return False


class Peak(threading.Thread):
    """The most memory that a process and what came of it had at one time, looked at ten times a second."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root, self.most, self.over = root, 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.1):
            self.most = max(self.most, memory(self.root))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self.join()


class Watch:
    """Seconds, and seconds of CPU, of what happens inside a block."""

    seconds = 0.0
    cpu = 0.0


@contextmanager
def watch(root: int) -> Iterator[Watch]:
    found, began, used = Watch(), time.perf_counter(), cpu(root)
    yield found
    found.seconds, found.cpu = time.perf_counter() - began, cpu(root) - used


def machine() -> dict[str, object]:
    """The machine as a reader needs to know it."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory": _total_memory(),
        "system": _system(),
        "python": platform.python_version(),
    }


def _stat(process: int) -> list[str] | None:
    """The fields behind a process's name, which may itself hold spaces and brackets; None when it has ended."""
    try:
        return (PROC / str(process) / "stat").read_text("utf-8", "replace").rpartition(") ")[2].split()
    except OSError:
        return None


def _pss(process: int) -> int:
    try:
        text = (PROC / str(process) / "smaps_rollup").read_text("ascii", "replace")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:")), 0)


def _processor() -> str:
    for line in (PROC / "cpuinfo").read_text("utf-8", "replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _total_memory() -> int:
    line = next(line for line in (PROC / "meminfo").read_text("ascii").splitlines() if line.startswith("MemTotal:"))
    return int(line.split()[1]) * 1024


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        name = platform.system()
    return f"{name}, Linux {platform.release()}"
