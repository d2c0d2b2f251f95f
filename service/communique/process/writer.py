"""The listening side of the writer: many may write at once, each hears when its write is safe."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from typing import Any

from communique.errors import Unavailable
from communique.process import frames
from communique.process.worker import STARTING, Killed, Worker

Done = dict[str, Any]


class Writer:
    """The writer process, started again whenever it has ended; a write that it did not acknowledge has failed."""

    def __init__(self, make: Callable[[], Worker], seconds: float, killed: Killed) -> None:
        self.make, self.seconds, self.killed = make, seconds, killed
        self.numbers = itertools.count()
        self.lock = threading.Lock()
        self.waiting: dict[int, Future[Done]] = {}
        self.worker: Worker | None = None
        self.closing = False
        self.version = ""
        self.isolated = False
        with self.lock:
            self._start()

    def call(self, op: str, body: bytes = b"", **job: Any) -> Done:
        """Carry out one write. Raises what it failed of; Unavailable when its end is not known."""
        number, done = next(self.numbers), Future[Done]()
        with self.lock:
            worker = self.worker or self._start()
            self.waiting[number] = done
            try:
                worker.connection.send_bytes(frames.pack(frames.HEADER, {"op": op, "id": number, **job}))
                worker.connection.send_bytes(body)
            except OSError:
                self.waiting.pop(number, None)
                raise Unavailable("the writer is starting again; try once more") from None
        try:
            return done.result(self.seconds)
        except NotInTime:
            worker.kill("deadline", Unavailable("this took longer than one write may take; nothing was written"))
            return done.result(STARTING)

    def close(self) -> None:
        """Let what is under way end, then the process."""
        self.closing = True
        worker = self.worker
        if worker:
            with contextlib.suppress(OSError):
                worker.connection.send_bytes(frames.pack(frames.END, {}))
            worker.process.join(5)
            worker.kill("shutdown", Unavailable("the service is shutting down"))

    def _start(self) -> Worker:
        worker = self.make()
        first = worker.receive_first()
        if first[:1] == frames.FAILURE:
            raise frames.error(frames.unpack(first))
        state = frames.unpack(first)
        self.version, self.isolated = str(state["version"]), bool(state["isolated"])
        self.worker = worker
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

    def _listen(self, worker: Worker) -> None:
        """Hand each answer to whoever waits for it; when the process ends, tell all who still wait."""
        try:
            while True:
                frame = worker.connection.recv_bytes()
                self._tell(frame[:1], frames.unpack(frame))
        except (EOFError, OSError):
            pass
        finally:
            self._ended(worker)

    def _tell(self, kind: bytes, content: Mapping[str, Any]) -> None:
        done = self.waiting.pop(int(content["id"]), None)
        if done is None:
            return
        if kind == frames.FAILURE:
            done.set_exception(frames.error(content))
        else:
            self.version = str(content["version"])
            done.set_result(dict(content))

    def _ended(self, worker: Worker) -> None:
        if self.closing:
            return
        why = worker.ended()
        self.killed(f"writer {worker.reason}")
        with self.lock:
            self.worker = None if self.worker is worker else self.worker
            waiting, self.waiting = self.waiting, {}
        for done in waiting.values():
            done.set_exception(why)
