"""Processes that work through very many reports beside each other, forked from one that has imported what they need."""

from __future__ import annotations

import gc
import multiprocessing
import multiprocessing.forkserver
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

PROCESSES = 2
CONTEXT = multiprocessing.get_context("forkserver")
# Objects that are made before garbage is looked for: a report is thousands, and hardly any is in a circle.
OBJECTS = 100_000
PRELOAD = ["communique.batches", "communique.reread", "communique.decode", "communique.faults"]


def begin() -> None:
    """Start the process that they are forked from, and go on while it imports."""
    CONTEXT.set_forkserver_preload(PRELOAD)
    multiprocessing.forkserver.ensure_running()


def end() -> None:
    """Stop that process and wait for it, so that nothing is left behind and what it took counts as ours."""
    multiprocessing.forkserver._forkserver._stop()  # type: ignore[attr-defined]  # noqa: SLF001  # there is no public way


@contextmanager
def crew(initializer: Callable[..., None], *arguments: Any) -> Iterator[list[Executor]]:
    """The processes, each by itself, so that what one has opened it finds again."""
    with ExitStack() as stack:
        # A process of the service may have none of its own: there a thread does it all.
        if multiprocessing.current_process().daemon:
            yield [stack.enter_context(ThreadPoolExecutor(1, initializer=initializer, initargs=arguments))]
            return
        initargs = (initializer, *arguments)
        yield [
            stack.enter_context(ProcessPoolExecutor(1, CONTEXT, initializer=_hired, initargs=initargs))
            for _ in range(PROCESSES)
        ]


def unhurried() -> None:
    """Look for garbage seldom in this process, and not among what is there already."""
    gc.freeze()
    gc.set_threshold(OBJECTS, 20, 20)


def _hired(initializer: Callable[..., None], *arguments: Any) -> None:
    unhurried()
    initializer(*arguments)
