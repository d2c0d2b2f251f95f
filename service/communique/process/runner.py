"""A worker and the small jobs that it has been given: it works on the first, and the next are there when that is done."""

from __future__ import annotations

import os
import select
import threading
import time
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from communique.errors import CommuniqueError
from communique.process import frames
from communique.process.worker import Killed, Worker

# Jobs that a worker has at one time, and bytes of them: as much as its socket takes without waiting.
DEPTH = 8
ROOM = 48 * 1024
AHEAD = 0.005  # seconds of work that a worker has before it: what comes then may be shorter than what waits
AGAIN = 1.0  # seconds until a worker that could not be made is tried again


class Brief(NamedTuple):
    """A worker's answer to a small job, whole."""

    header: dict[str, Any]
    body: bytes
    seconds: float


@dataclass(eq=False, slots=True)
class Errand:
    """A job, as it goes to a worker, who waits for it, and how long it took before: None when nobody knows yet."""

    message: bytes
    took: float | None
    answer: Future[Brief]
    due: float  # what is due first goes first
    since: float  # when it was asked for; later, when it became the first of its worker's
    header: dict[str, Any] = field(default_factory=dict)
    data: bytes = b""

    @property
    def strange(self) -> bool:
        return self.took is None

    @property
    def wanted(self) -> bool:
        return not self.answer.done()

    def succeed(self, header: dict[str, Any], body: bytes) -> None:
        if self.wanted:
            self.answer.set_result(Brief(header, body, time.monotonic() - self.since))

    def fail(self, error: CommuniqueError) -> None:
        if self.wanted:
            self.answer.set_exception(error)


class Runner:
    """One worker after another. `free` is told when it can take more; `back` is given what its worker did not come to."""

    def __init__(
        self,
        worker: Worker,
        make: Callable[[], Worker],
        killed: Killed,
        free: Callable[[], None],
        back: Callable[[list[Errand]], None],
    ) -> None:
        self.worker: Worker | None = worker
        self.make, self.killed, self.free, self.back = make, killed, free, back
        self.jobs: deque[Errand] = deque()
        self.unsent: list[bytes] = []
        self.pieces = frames.Pieces()
        self.room, self.strangers = ROOM, 0
        self.ahead = 0.0  # seconds of work that it has been given
        self.loop: AbstractEventLoop | None = None
        self.closing = False

    def takes(self, errand: Errand) -> bool:
        """Whether it has a worker that can be given this one: none waits behind a stranger that is not one itself."""
        if self.worker is None or (self.strangers and not errand.strange):
            return False
        if not self.jobs:
            return True
        return len(self.jobs) < DEPTH and len(errand.message) <= self.room and self.ahead < AHEAD

    def listen(self, loop: AbstractEventLoop) -> None:
        """Hear its worker from now on."""
        self.loop = loop
        if self.worker:
            socket = self.worker.connection.fileno()
            loop.add_reader(socket, self._ready)
            # uvloop makes what it looks at a line that does not wait; what is sent has to go out whole.
            os.set_blocking(socket, True)
            if not self.worker.alive:
                # Something else ended it while it had nothing to do.
                self._ended()

    def add(self, errand: Errand) -> None:
        if not self.jobs:
            errand.since, self.ahead = time.monotonic(), 0.0
        self.jobs.append(errand)
        self.ahead += errand.took or 0.0
        self.unsent.append(errand.message)
        self.room -= len(errand.message)
        self.strangers += errand.strange

    def send(self) -> None:
        """Hand over what was added, all in one go."""
        if self.unsent and self.worker:
            data = b"".join(self.unsent)
            self.unsent.clear()
            # Of a process that has ended there will be nothing to hear, and that is heard.
            with suppress(OSError):
                while data:
                    data = data[os.write(self.worker.connection.fileno(), data) :]

    def look(self, now: float, seconds: float, most: float, why: CommuniqueError) -> None:
        """Kill a worker that is at one job for too long: a stranger for so many seconds, any other for the most."""
        if not self.jobs or not self.worker:
            return
        if now - self.jobs[0].since <= (seconds if self.jobs[0].strange else most):
            return
        waiting = select.poll()
        waiting.register(self.worker.connection.fileno(), select.POLLIN)
        # It may be that nobody has had the time to hear its answer.
        if not waiting.poll(0):
            self.worker.kill("deadline", why)

    def close(self, why: CommuniqueError) -> None:
        self.closing = True
        if self.worker:
            self.worker.kill("shutdown", why)
            self.worker.close()

    def _ready(self) -> None:
        came = False
        # A process that is killed may leave the connection reset.
        with suppress(OSError):
            came = self.pieces.take(self.worker.connection.fileno())  # type: ignore[union-attr]  # its reader
        if not came:
            self._ended()
            return
        while (frame := self.pieces.cut()) is not None:
            self._hear(frame)
        self.free()

    def _hear(self, frame: bytes) -> None:
        kind, errand = frame[:1], self.jobs[0]
        if kind == frames.WHOLE:
            errand.succeed(*frames.parted(frame[1:]))
        elif kind == frames.FAILURE:
            errand.fail(frames.error(frames.unpack(frame)))
        elif kind == frames.END:
            errand.succeed(errand.header, errand.data)
        elif kind == frames.HEADER:
            errand.header = frames.unpack(frame)
            return
        else:
            errand.data += frame[1:]
            return
        self._done()

    def _done(self) -> None:
        errand = self.jobs.popleft()
        self.room += len(errand.message)
        self.ahead -= errand.took or 0.0
        self.strangers -= errand.strange
        if self.jobs:
            self.jobs[0].since = time.monotonic()

    def _ended(self) -> None:
        """The worker's life is over, and that of the job that it was at; the others are for another."""
        worker, jobs = self.worker, list(self.jobs)
        if worker is None or self.loop is None:
            return
        self.loop.remove_reader(worker.connection.fileno())
        self.worker, self.pieces = None, frames.Pieces()
        self.jobs.clear()
        self.unsent.clear()
        self.room, self.strangers = ROOM, 0
        threading.Thread(target=self._bury, args=(worker, jobs[:1], self.loop), daemon=True).start()
        self.back(jobs[1:])

    def _bury(self, worker: Worker, jobs: list[Errand], loop: AbstractEventLoop) -> None:
        """Find out what it died of, tell whoever waited, and hire another: all of that takes its time."""
        why = worker.ended()
        self.killed(worker.reason)
        with suppress(RuntimeError):  # the loop has been closed, with the service
            for errand in jobs:
                loop.call_soon_threadsafe(errand.fail, why)
            worker.close()
            while not self.closing:
                try:
                    fresh = self.make().ready()
                except (CommuniqueError, OSError):
                    time.sleep(AGAIN)
                else:
                    loop.call_soon_threadsafe(self._hired, fresh)
                    return

    def _hired(self, worker: Worker) -> None:
        self.worker = worker
        if self.loop:
            self.listen(self.loop)
        self.free()
