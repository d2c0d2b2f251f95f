"""Small jobs, and what may be one: the loop hands them to workers many at a time, and none waits for a hand-over.

One that turns out not to be small ends with its worker, or with its answer; whoever asked then asks otherwise. What nobody
has tried before goes to one of the workers only, so that what is known to be small has another.
"""

from __future__ import annotations

import asyncio
import time
from asyncio import AbstractEventLoop, TimerHandle
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from communique.errors import Unavailable
from communique.process import frames
from communique.process.runner import Brief, Errand, Runner
from communique.process.worker import Deadline, Killed, Worker

WORKERS = 2
LOOK = 0.025  # seconds between two looks at how long things take


class Quick:
    """Workers for what takes no longer than `seconds`, and waits no longer than `patience` for its turn.

    What was small before may take `most`: it is so long only where there is much to do at once.
    """

    def __init__(
        self, make: Callable[[], Worker], seconds: float, most: float, patience: float, killed: Killed
    ) -> None:
        self.seconds, self.most, self.patience = seconds, most, patience
        self.known: deque[Errand] = deque()
        self.strange: deque[Errand] = deque()
        self.timer: TimerHandle | None = None
        self.loop: AbstractEventLoop | None = None
        started = [make() for _ in range(WORKERS)]
        self.runners = [Runner(worker.ready(), make, killed, self._feed, self._back) for worker in started]

    async def tried(self, job: Mapping[str, Any], body: bytes, *, strange: bool) -> Brief:
        """The answer to a job.

        Raises Deadline when it is not small, Unavailable when no worker came to it in time, and what the job failed of.
        """
        loop = asyncio.get_running_loop()
        if self.loop is not loop:
            self._begin(loop)
        errand = Errand(frames.message(job, body), strange, loop.create_future(), time.monotonic())
        (self.strange if strange else self.known).append(errand)
        if self.timer is None:
            self.timer = loop.call_later(LOOK, self._look)
        self._feed()
        return await errand.answer

    def isolated(self) -> bool:
        """Whether every worker is without network."""
        return all(runner.worker.isolated for runner in self.runners if runner.worker)

    def close(self) -> None:
        for runner in self.runners:
            runner.close(Unavailable("the service is shutting down"))

    def _begin(self, loop: AbstractEventLoop) -> None:
        self.loop = loop
        for runner in self.runners:
            runner.listen(loop)

    def _feed(self) -> None:
        """Give what waits to whoever has the least to do."""
        for queue, runners in ((self.known, self.runners), (self.strange, self.runners[:1])):
            while queue and (runner := _freest(runners, queue[0])):
                errand = queue.popleft()
                if errand.wanted:
                    runner.add(errand)
        for runner in self.runners:
            runner.send()

    def _back(self, errands: list[Errand]) -> None:
        """What a worker was given and did not come to goes first."""
        for errand in reversed(errands):
            errand.since = time.monotonic()
            (self.strange if errand.strange else self.known).appendleft(errand)
        self._feed()

    def _look(self) -> None:
        now = time.monotonic()
        for runner in self.runners:
            runner.look(now, self.seconds, self.most, Deadline("this took longer than one request may take"))
        for queue in (self.known, self.strange):
            while queue and (not queue[0].wanted or now - queue[0].since > self.patience):
                queue.popleft().fail(Unavailable("all workers are busy with queries"))
        working = self.known or self.strange or any(runner.jobs for runner in self.runners)
        self.timer = self.loop.call_later(LOOK, self._look) if working and self.loop else None


def _freest(runners: list[Runner], errand: Errand) -> Runner | None:
    """Who can be given it, and has the fewest jobs."""
    return min(
        (runner for runner in runners if runner.takes(errand)), key=lambda runner: len(runner.jobs), default=None
    )
