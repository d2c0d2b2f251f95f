"""A file that the engine reads while it is written: all of it is loaded, or nothing, and nobody waits for ever."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from pyoxigraph import Literal, Quad

from communique.intake import Intake
from communique.store.embedded import Embedded
from communique.vocab import CMQ, SHARED, node

# More than any pipe holds.
MANY = 20_000


def line(number: int) -> bytes:
    return f"{Quad(node('event', str(number)), CMQ.quote, Literal('x' * 200), SHARED)} .\n".encode()


@pytest.fixture
def store(tmp_path: Path) -> Embedded:
    return Embedded.open(tmp_path / "store", create=True)


def test_what_is_written_is_there_when_it_has_ended(store: Embedded) -> None:
    with Intake(store.engine, store.folder) as intake:
        for number in range(MANY):
            intake.write(line(number))
        intake.end()
        intake.wait()
        assert intake.tell() == len(intake.path.read_bytes())
    assert len(store.engine) == MANY
    assert not intake.path.exists()


@pytest.mark.parametrize("count", [0, 1, MANY])
def test_what_is_left_before_its_end_is_not_loaded(count: int, store: Embedded) -> None:
    with Intake(store.engine, store.folder) as intake:
        for number in range(count):
            intake.write(line(number))
    assert len(store.engine) == 0
    assert not list(store.engine.named_graphs())


def test_who_fails_on_the_way_leaves_the_store_as_it_was(store: Embedded) -> None:
    with pytest.raises(ZeroDivisionError), Intake(store.engine, store.folder) as intake:
        intake.write(line(1) * MANY)
        raise ZeroDivisionError
    assert len(store.engine) == 0


def test_an_engine_that_gives_up_tells_why_and_keeps_nobody_waiting(store: Embedded) -> None:
    with Intake(store.engine, store.folder) as intake:
        intake.write(b"no quads\n")
        intake.write(line(1) * MANY)
        intake.end()
        with pytest.raises(SyntaxError):
            intake.wait()
    assert len(store.engine) == 0


def test_what_cannot_be_read_again_is_not_taken_for_all(store: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    read = os.pread

    def failing(file: int, size: int, at: int) -> bytes:
        if at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(file, size, at)

    monkeypatch.setattr(os, "pread", failing)
    with Intake(store.engine, store.folder) as intake:
        intake.write(line(1))
        intake.write(line(2))
        intake.end()
        with pytest.raises(SyntaxError):
            intake.wait()
    assert len(store.engine) == 0
