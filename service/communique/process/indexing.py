"""The process that makes an index over a snapshot, at low priority, and ends."""

from __future__ import annotations

import os
import sqlite3
from multiprocessing.connection import Connection
from pathlib import Path

from communique.content import Content
from communique.errors import CommuniqueError, NotFound, OverCap, Unavailable
from communique.process import frames
from communique.process.sandbox import Limits, confine, with_stack
from communique.search.build import build
from communique.search.index import folder_of
from communique.search.kept import kept
from communique.store.embedded import Embedded, first_line

# Pages and queries come first.
NICE = 10


def run(connection: Connection, limits: Limits, snapshot: str, content: str) -> None:
    """Tell where the index is when it is made, or what it failed of."""
    confine(limits)
    os.nice(NICE)
    with_stack(limits, lambda: _tell(connection, Path(snapshot), Content(Path(content))))


def _tell(connection: Connection, snapshot: Path, content: Content) -> None:
    try:
        connection.send_bytes(frames.pack(frames.HEADER, {"path": str(_made(snapshot, content))}))
    except CommuniqueError as error:
        connection.send_bytes(frames.pack(frames.FAILURE, frames.failure(error)))
    except MemoryError:
        lack = OverCap("making the index needs more memory than it may have")
        connection.send_bytes(frames.pack(frames.FAILURE, frames.failure(lack)))
    except (OSError, RuntimeError, sqlite3.Error) as failed:
        told = Unavailable(f"the index cannot be made: {first_line(failed)}")
        connection.send_bytes(frames.pack(frames.FAILURE, frames.failure(told)))


def _made(snapshot: Path, content: Content) -> Path:
    store = Embedded.published(snapshot)
    what = kept(content)
    if what is None or store.beside is None:
        raise NotFound("there is nothing to index")
    return build(store, what, folder_of(store.beside))
