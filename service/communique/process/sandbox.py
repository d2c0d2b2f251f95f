"""What a process may use that runs what others wrote: memory, network, stack, and no life after its parent's."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# linux/sched.h, linux/prctl.h
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
# malloc.h
M_ARENA_MAX = -8

MEGABYTE = 1024 * 1024
# Address space that Python and the engine take before they have done anything, stacks among it.
BASE_MEGABYTES = 400


@dataclass(frozen=True)
class Limits:
    """Megabytes of memory beyond the engine's own, megabytes of stack, and whether the network is there."""

    memory: int
    stack: int = 64
    network: bool = False


def confine(limits: Limits) -> bool:
    """Confine this process for the rest of its life; whether the network could be taken away."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # It does not push aside the process that listens, which so has more to hand over, or to send, at one time.
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    # Each thread's own arena reserves 64 MB of address space, which is what the limit below counts.
    libc.mallopt(M_ARENA_MAX, 1)
    # What a hostile query makes the engine print would fill the service's own log.
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    # The parent decides when a worker ends; Ctrl-C in a terminal reaches the whole group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    isolated = limits.network or _without_network(libc)
    allowed = (BASE_MEGABYTES + limits.stack + limits.memory) * MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return isolated


def give_back() -> None:
    """Memory that is free again goes back to the system, where the C library has a way to do so."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def with_stack(limits: Limits, work: Callable[[], None]) -> None:
    """Run `work` on a stack of its own: a parser that recurses needs more than a thread's usual share."""
    threading.stack_size(limits.stack * MEGABYTE)
    thread = threading.Thread(target=work, name="work")
    thread.start()
    thread.join()


def _without_network(libc: ctypes.CDLL) -> bool:
    """An empty network namespace: as root at once, as anybody else inside a user namespace."""
    return any(libc.unshare(flags) == 0 for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))
