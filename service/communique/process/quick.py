"""Small jobs, and what may be one: the loop hands them to workers many at a time, and none waits for a hand-over.

One that turns out not to be small ends with its worker, or with its answer; whoever asked then asks otherwise. What nobody
has tried before goes to one of the workers only, so that what is known to be small has another. Of what is known the shortest
goes first, as if all were worked on at once; whatever waits comes before what is asked much later.
"""

from __future__ import annotations

import asyncio
import time
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable, Mapping
from typing import Any

from communique.errors import Unavailable
from communique.process import frames
from communique.process.runner import Brief, Errand, Runner
from communique.process.turns import Turns
from communique.process.worker import Deadline, Killed, Worker

WORKERS = 2
LOOK = 0.025  # seconds between two looks at how long things take
SHARED = 32  # a job waits as many times the time that it takes, as it would among so many that are worked on at once
EQUAL = 0.002  # seconds that count for nothing there: what takes no longer goes in turn


class Quick:
    """Workers for what takes no longer than `seconds`, and waits no longer than `patience` for its turn.

    What was small before may take `most`: it is so long only where there is much to do at once.
    """

    def __init__(
        self, make: Callable[[], Worker], seconds: float, most: float, patience: float, killed: Killed
    ) -> None:
        self.seconds, self.most, self.patience = seconds, most, patience
        self.known, self.strange = Turns(), Turns()
        self.timer: TimerHandle | None = None
        self.loop: AbstractEventLoop | None = None
        started = [make() for _ in range(WORKERS)]
        self.runners = [Runner(worker.ready(), make, killed, self._feed, self._back) for worker in started]

    async def tried(self, job: Mapping[str, Any], body: bytes, took: float | None) -> Brief:
        """The answer to a job, which took so many seconds before, as far as that is known.

        Raises Deadline when it is not small, Unavailable when no worker came to it in time, and what the job failed of.
        """
        loop = asyncio.get_running_loop()
        if self.loop is not loop:
            self._begin(loop)
        now = time.monotonic()
        # Whatever comes meanwhile, its turn is before its patience ends.
        due = now + min(SHARED * max(0.0, (took or 0.0) - EQUAL), self.patience / 2)
        errand = Errand(frames.message(job, body), took, loop.create_future(), due, now)
        self._turns(errand).add(errand)
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
        for turns, runners in ((self.strange, self.runners[:1]), (self.known, self.runners)):
            while turns and (runner := _freest(runners, turns.first())):
                errand = turns.pop()
                if errand.wanted:
                    runner.add(errand)
        for runner in self.runners:
            runner.send()

    def _back(self, errands: list[Errand]) -> None:
        """What a worker was given and did not come to waits again, in its old place."""
        for errand in errands:
            errand.since = time.monotonic()
            self._turns(errand).add(errand)
        self._feed()

    def _turns(self, errand: Errand) -> Turns:
        return self.strange if errand.strange else self.known

    def _look(self) -> None:
        now = time.monotonic()
        for runner in self.runners:
            runner.look(now, self.seconds, self.most, Deadline("this took longer than one request may take"))
        for turns in (self.known, self.strange):
            turns.sift(lambda errand: self._waits(errand, now))
        working = self.known or self.strange or any(runner.jobs for runner in self.runners)
        self.timer = self.loop.call_later(LOOK, self._look) if working and self.loop else None

    def _waits(self, errand: Errand, now: float) -> bool:
        """Whether it goes on waiting; it is told when it does not."""
        if now - errand.since > self.patience:
            errand.fail(Unavailable("all workers are busy with queries"))
        return errand.wanted


def _freest(runners: list[Runner], errand: Errand) -> Runner | None:
    """Who can be given it, and has the fewest jobs."""
    found = None
    for runner in runners:
        if runner.takes(errand) and (found is None or len(runner.jobs) < len(found.jobs)):
            found = runner
    return found
