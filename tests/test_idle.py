"""Who is free goes to whoever waits: threads and the event loop alike, and nobody is lost on the way."""

from __future__ import annotations

import asyncio
import threading

import pytest

from communique.process.idle import Idle


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
