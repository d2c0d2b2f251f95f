"""The listening side of the workers: who is free, for how long, and what becomes of one that must be killed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from starlette.concurrency import run_in_threadpool

from communique.errors import Unavailable
from communique.process import frames
from communique.process.hearing import Heard
from communique.process.idle import Idle
from communique.process.worker import Cancelled, Killed, Ticket, Worker

# A job that is longer may have to wait for the worker to take it.
SHORT = 32 * 1024


class Reply:
    """The header of an answer, and its data as it comes."""

    def __init__(self, worker: Worker, until: float) -> None:
        self.worker, self.until = worker, until
        first = worker.receive(until)
        if first[:1] == frames.FAILURE:
            raise frames.error(frames.unpack(first))
        self.rest = b""
        if first[:1] == frames.WHOLE:
            self.header, self.rest = frames.parted(first[1:])
        else:
            self.header = frames.unpack(first)

    def chunks(self) -> Iterator[bytes]:
        """The data. Raises what went wrong, even in the middle: an answer that just stops would look complete."""
        if self.rest:
            yield self.rest
        while self.worker.busy:
            frame = self.worker.receive(self.until)
            if frame[:1] == frames.DATA:
                yield frame[1:]
            elif frame[:1] == frames.FAILURE:
                raise frames.error(frames.unpack(frame))

    def whole(self) -> bytes:
        return b"".join(self.chunks())


class Pool:
    """As many workers as may work at once. Whoever finds none free in time is told to come back.

    It begins with `first` of them; when all have work, the next is made before it is missed.
    """

    def __init__(
        self, size: int, make: Callable[[], Worker], patience: float, killed: Killed, first: int | None = None
    ) -> None:
        self.size, self.make, self.patience, self.killed = size, make, patience, killed
        self.coming = 0  # workers that are being made
        self.idle: Idle[Worker] = Idle()
        self.all: set[Worker] = set()
        self.closing = False
        self.lock = threading.Lock()
        # All start beside each other.
        for worker in [make() for _ in range(size if first is None else first)]:
            self._take_on(worker)

    @contextmanager
    def job(self, job: Mapping[str, Any], body: bytes, seconds: float, ticket: Ticket | None = None) -> Iterator[Reply]:
        """Give a worker a job. Unless its answer is taken to the end, the worker is killed and replaced."""
        worker = self._free()
        ticket = ticket or Ticket()
        try:
            ticket.hold(worker)
            worker.send(job, body)
            yield Reply(worker, time.monotonic() + seconds)
        finally:
            ticket.hold(None)
            if worker.busy or worker.why:
                self._replace(worker)
            else:
                self.idle.give(worker)

    @asynccontextmanager
    async def heard(
        self, job: Mapping[str, Any], body: bytes, seconds: float, ticket: Ticket | None = None
    ) -> AsyncIterator[Heard]:
        """The same on the event loop, which goes on meanwhile."""
        worker = await self._free_soon()
        ticket = ticket or Ticket()
        try:
            ticket.hold(worker)
            if len(body) > SHORT:
                await run_in_threadpool(worker.send, job, body)
            else:
                worker.send(job, body)
            yield await Heard(worker, time.monotonic() + seconds).begin()
        except asyncio.CancelledError:
            worker.kill("client gone", Cancelled("the client has gone"))
            raise
        finally:
            ticket.hold(None)
            if worker.busy or worker.why:
                threading.Thread(target=self._replace, args=(worker,), daemon=True).start()
            else:
                self.idle.give(worker)

    def isolated(self) -> bool:
        """Whether every worker is without network."""
        with self.lock:
            return all(worker.isolated for worker in self.all)

    def close(self) -> None:
        self.closing = True
        with self.lock:
            workers = list(self.all)
        for worker in workers:
            worker.kill("shutdown", Unavailable("the service is shutting down"))
            worker.close()

    def _free(self) -> Worker:
        ends = time.monotonic() + self.patience
        while True:
            try:
                worker = self.idle.take(max(0.0, ends - time.monotonic()))
            except TimeoutError:
                raise Unavailable("all workers are busy") from None
            if worker.alive:
                self._stand_by()
                return worker
            # Something else ended it while it had nothing to do; whoever asks now has not earned an error.
            self._replace(worker)

    async def _free_soon(self) -> Worker:
        ends = time.monotonic() + self.patience
        while True:
            try:
                worker = await self.idle.take_soon(max(0.0, ends - time.monotonic()))
            except TimeoutError:
                raise Unavailable("all workers are busy") from None
            if worker.alive:
                self._stand_by()
                return worker
            await run_in_threadpool(self._replace, worker)

    def _stand_by(self) -> None:
        """Have one more made where nobody is free and there may be more."""
        with self.lock:
            if self.closing or self.idle.count or len(self.all) + self.coming >= self.size:
                return
            self.coming += 1
        threading.Thread(target=self._hire, daemon=True).start()

    def _hire(self) -> None:
        """Take on one that was told to be coming."""
        try:
            self._take_on(self.make())
        finally:
            with self.lock:
                self.coming -= 1

    def _take_on(self, worker: Worker) -> None:
        worker.ready()
        with self.lock:
            self.all.add(worker)
        self.idle.give(worker)

    def _replace(self, worker: Worker) -> None:
        """The new one comes while whoever asked is already answered."""
        if worker.process.is_alive():
            worker.kill("not taken", Unavailable("the answer was not taken to its end"))
        with self.lock:
            self.all.discard(worker)
            self.coming += 1
        worker.ended()
        self.killed(worker.reason)
        worker.close()
        if not self.closing:
            threading.Thread(target=self._hire, daemon=True).start()
