"""One process that works for the service, one job at a time, and a claim on it."""

from __future__ import annotations

import multiprocessing
import multiprocessing.forkserver
import os
import select
import signal
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from communique.errors import CommuniqueError, OverCap, Unavailable
from communique.process import frames

# Forked from a process that has imported everything and opened nothing: a new worker is there in milliseconds.
CONTEXT = multiprocessing.get_context("forkserver")
PRELOAD = ["communique.process.warm"]
STARTING = 20.0
# How many pieces of memory of one size the C library keeps at hand; with its own 7, a small query takes a tenth longer.
TUNABLES, TUNED = "GLIBC_TUNABLES", "glibc.malloc.tcache_count=127"
# One thread at a time changes the environment that it is started with.
STARTED = threading.Lock()

LAST = (frames.END, frames.FAILURE, frames.WHOLE)

Killed = Callable[[str], None]
Target = Callable[..., None]


class Cancelled(CommuniqueError):
    """Nobody waits for the answer any more."""

    status = 499
    title = "Client closed request"


class Deadline(Unavailable):
    """It took longer than it may."""


def begin() -> None:
    """Start that process, if there is none, and go on while it imports."""
    CONTEXT.set_forkserver_preload(PRELOAD)
    with STARTED:
        before = os.environ.get(TUNABLES)
        os.environ[TUNABLES] = ":".join(filter(None, (TUNED, before)))
        try:
            multiprocessing.forkserver.ensure_running()
        finally:
            os.environ.pop(TUNABLES) if before is None else os.environ.update({TUNABLES: before})


class Worker:
    """One process, one job at a time. A job that is not finished in time ends with the process."""

    def __init__(self, target: Target, *arguments: object) -> None:
        begin()
        self.connection, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=target, args=(theirs, *arguments), daemon=True)
        self.process.start()
        theirs.close()
        # No worker outlives the service, however that ends; a worker ignores the signals that the service may survive.
        weakref.finalize(self, _end, self.process)
        self.end = select.poll()
        self.end.register(self.process.sentinel, select.POLLIN)
        self.why: CommuniqueError | None = None
        self.reason = ""
        self.isolated = False
        self.busy = False

    def ready(self) -> Worker:
        """Wait until it is confined and listens."""
        self.isolated = bool(frames.unpack(self.receive_first()).get("isolated"))
        return self

    @property
    def alive(self) -> bool:
        """Whether the process has not ended, without waiting for it."""
        return not self.end.poll(0)

    def receive_first(self) -> bytes:
        """What a process says when it has started."""
        return self.receive(time.monotonic() + STARTING)

    def send(self, job: Mapping[str, Any], body: bytes) -> None:
        self.busy = True
        try:
            self.connection.send_bytes(frames.joined(job, body))
        except OSError as error:
            raise self.ended() from error

    def receive(self, until: float) -> bytes:
        """The next frame. Raises Unavailable when it does not come in time, having killed the process."""
        remaining = max(0.0, until - time.monotonic())
        if not wait([self.connection], remaining):
            self.kill("deadline", Deadline("this took longer than one request may take"))
            raise self.ended()
        try:
            frame = self.connection.recv_bytes()
        except (EOFError, OSError):
            raise self.ended() from None
        return self.heard(frame)

    def heard(self, frame: bytes) -> bytes:
        """A frame that has come; some are the last of a job."""
        self.busy = self.busy and frame[:1] not in LAST
        return frame

    def kill(self, reason: str, why: CommuniqueError) -> None:
        """End the process at once, for a reason that is counted; whoever waits for it is told why."""
        if self.why is None:
            self.reason, self.why = reason, why
        if self.process.pid and self.process.is_alive():
            # It may end by itself meanwhile, which os.kill would raise for, and whoever replaces it would not get to it.
            self.process.kill()

    def ended(self) -> CommuniqueError:
        """Why there is no process any more."""
        self.process.join(5)
        if self.why is not None:
            return self.why
        # The engine aborts when it gets no memory; the kernel kills when there is none.
        if self.process.exitcode in (-signal.SIGABRT, -signal.SIGKILL):
            self.reason = "memory"
            return OverCap("this needs more memory than one request may have")
        self.reason = "crash"
        return Unavailable("the process that worked on this ended; the request may be one that it cannot survive")

    def close(self) -> None:
        self.connection.close()
        self.process.join(5)


def _end(process: BaseProcess) -> None:
    if process.is_alive():
        process.kill()


class Killable(Protocol):
    """What works on a job: a worker, or a call to another server."""

    why: CommuniqueError | None

    def kill(self, reason: str, why: CommuniqueError) -> None: ...


class Ticket:
    """A claim on a worker while it does one job, and not a moment longer."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.worker: Killable | None = None
        self.cancelled = False

    def cancel(self) -> None:
        """Nobody waits any more: the worker's life ends with the job, if it has begun."""
        with self.lock:
            self.cancelled = True
            if self.worker:
                self.worker.kill("client gone", Cancelled("the client has gone"))

    def hold(self, worker: Killable | None) -> None:
        with self.lock:
            if worker and self.cancelled:
                raise Cancelled("the client has gone")
            self.worker = worker
