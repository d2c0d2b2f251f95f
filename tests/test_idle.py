"""Who is free goes to whoever waits: threads and the event loop alike, and nobody is lost on the way."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest
import uvloop

from communique.content import Content
from communique.process import reading
from communique.process.idle import Idle
from communique.process.pool import Pool
from communique.process.sandbox import Limits
from communique.process.worker import Worker


def test_the_warmest_goes_first() -> None:
    idle = Idle[str]()
    idle.give("a")
    idle.give("b")
    assert idle.take(0) == "b"
    assert idle.take(0) == "a"
    with pytest.raises(TimeoutError):
        idle.take(0.01)


def test_whoever_waits_longest_is_served_first() -> None:
    async def ask() -> list[str]:
        idle = Idle[str]()
        waiting = [asyncio.ensure_future(idle.take_soon(5)) for _ in range(3)]
        await asyncio.sleep(0)
        for name in "abc":
            threading.Thread(target=idle.give, args=(name,)).start()
            await asyncio.sleep(0.02)
        return await asyncio.gather(*waiting)

    assert asyncio.run(ask()) == ["a", "b", "c"]


def test_one_who_left_takes_nobody_along() -> None:
    """Late or cancelled, at any moment: who is free stays free for the next."""

    async def ask() -> str:
        idle = Idle[str]()
        with pytest.raises(TimeoutError):
            await idle.take_soon(0.01)
        leaving = asyncio.ensure_future(idle.take_soon(5))
        await asyncio.sleep(0)
        idle.give("a")
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        return await idle.take_soon(1)

    assert asyncio.run(ask()) == "a"


def test_a_pool_grows_before_the_next_is_missed(content: Content) -> None:
    """To its size and no further, whoever asks; and one that ends is replaced."""
    made: list[Worker] = []

    def make() -> Worker:
        made.append(Worker(reading.run, Limits(512), 1 << 28, str(content.root)))
        return made[-1]

    def wait(ready: Callable[[], bool]) -> None:
        until = time.monotonic() + 20
        while not ready():
            assert time.monotonic() < until
            time.sleep(0.01)

    def come(count: int) -> None:
        wait(lambda: len(pool.all) == count and not pool.coming)

    pool = Pool(3, make, 5, lambda why: None, first=1)
    job = {"op": "parse", "media": "application/n-triples", "base": "", "nesting": 64}
    try:
        assert len(pool.all) == 1
        with ExitStack() as stack:
            for at_work in (1, 2, 3):
                reply = stack.enter_context(pool.job(job, b"", 20))
                reply.whole()
                come(min(at_work + 1, 3))
        assert len(pool.all) == len(made) == 3
        made[0].process.kill()
        wait(lambda: not made[0].alive)
        with ExitStack() as stack:
            for _ in range(3):
                stack.enter_context(pool.job(job, b"", 20)).whole()
            come(3)
        assert len(made) == 4
        assert made[0] not in pool.all
    finally:
        pool.close()


def test_a_worker_is_heard_by_the_loop_and_by_threads_in_turn(content: Content) -> None:
    """What a loop has looked at still waits for whoever reads the whole of a long answer."""
    body = b"".join(b"<urn:s> <urn:p> <urn:o%d> .\n" % n for n in range(50_000))
    job = {"op": "parse", "media": "application/n-triples", "base": "", "nesting": 64}
    pool = Pool(1, lambda: Worker(reading.run, Limits(512), 1 << 28, str(content.root)), 5, lambda why: None)

    async def soon() -> bytes:
        async with pool.heard(job, body, 20) as heard:
            return await heard.whole()

    try:
        for run in (asyncio.run, uvloop.run):
            found = run(soon())
            with pool.job(job, body, 20) as reply:
                assert reply.whole() == found
            assert found.count(b"\n") == 50_000
    finally:
        pool.close()
