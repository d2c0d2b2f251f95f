"""The maker: a process that makes one edition's files over the newest snapshot, at low priority, and ends."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from communique import edition
from communique.errors import CommuniqueError, OverCap, Unavailable
from communique.process import frames
from communique.process.sandbox import Limits, confine, with_stack
from communique.settings import Settings
from communique.store import opening
from communique.store.embedded import first_line

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Pages and queries come first.
NICE = 10

Made = Iterator[tuple[str, Path]]


def dumps(connection: Connection, limits: Limits, settings: Settings, folder: str, names: list[str]) -> None:
    """Tell of each file of an edition as soon as it is there, or of what it failed of; then of the end."""
    confine(limits)
    os.nice(NICE)
    made = _files(settings, Path(folder), names)
    with_stack(limits, lambda: _tell(connection, lambda: made))


def delta(connection: Connection, limits: Limits, folder: str, name: str) -> None:
    """The same for a delta."""
    confine(limits)
    os.nice(NICE)
    with_stack(limits, lambda: _tell(connection, lambda: iter([("", edition.put_delta(Path(folder), name))])))


def _files(settings: Settings, folder: Path, names: list[str]) -> Made:
    store = opening.reading(settings).pinned()
    for name in names:
        yield store.version, edition.put(store, folder, name)


def _tell(connection: Connection, work: Callable[[], Made]) -> None:
    try:
        for version, path in work():
            connection.send_bytes(frames.pack(frames.HEADER, {"version": version, "path": str(path)}))
        connection.send_bytes(frames.END)
    except CommuniqueError as error:
        connection.send_bytes(frames.pack(frames.FAILURE, frames.failure(error)))
    except MemoryError:
        lack = OverCap("making this dump needs more memory than it may have")
        connection.send_bytes(frames.pack(frames.FAILURE, frames.failure(lack)))
    except (OSError, RuntimeError) as failed:
        connection.send_bytes(frames.pack(frames.FAILURE, frames.failure(_worded(failed))))


def _worded(failed: OSError | RuntimeError) -> CommuniqueError:
    if isinstance(failed, OSError) and failed.errno in FULL:
        return OverCap("there is no space left to make this dump; nothing was written")
    return Unavailable(f"the dump cannot be made: {first_line(failed)}")
