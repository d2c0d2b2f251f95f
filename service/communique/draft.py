"""Files that are there whole or not at all: written under a name of their own, synced, renamed."""

from __future__ import annotations

import fcntl
import glob
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


class Draft:
    """What is to be `file`, at `path` until it is whole; counted and summed as it is written."""

    def __init__(self, file: Path, path: Path, out: BinaryIO) -> None:
        self.file, self.path, self.out = file, path, out
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self.out.write(data)

    def flush(self) -> None:
        self.out.flush()

    def finish(self) -> None:
        """Put it on the disk."""
        self.flush()
        os.fsync(self.out.fileno())

    @property
    def sha256(self) -> str:
        return self.digest.hexdigest()


@contextmanager
def drafted(*files: Path, summed: bool = False) -> Iterator[list[Draft]]:
    """Drafts of files: when the block ends well all of them get their names, or else none does.

    `summed`: each gets its checksum beside it. What killed writers have left of these files is taken away.
    """
    with ExitStack() as held:
        drafts = [held.enter_context(_draft(file)) for file in files]
        yield drafts
        sums = [held.enter_context(_sum(draft)) for draft in drafts] if summed else []
        for draft in (*drafts, *sums):
            draft.finish()
        if summed:
            # No moment has a file beside the checksum of its forerunner.
            for file in files:
                sum_of(file).unlink(missing_ok=True)
        for draft in (*drafts, *sums):
            draft.path.replace(draft.file)
    for folder in {file.parent for file in files}:
        sync(folder)


def sum_of(file: Path) -> Path:
    """Where the checksum of a file is, as `sha256sum --check` reads it."""
    return file.with_name(f"{file.name}.sha256")


def sum_in(file: Path) -> str:
    """The SHA-256 beside a file, in hexadecimal. OSError when there is none."""
    return sum_of(file).read_text("utf-8").partition(" ")[0]


def sweep(folder: Path, name: str = "*") -> None:
    """Take away the drafts that nobody is writing any more."""
    pattern = name if name == "*" else glob.escape(name)
    for path in folder.glob(f".{pattern}.{'[0-9a-f]' * 8}.new"):
        with suppress(OSError), path.open("rb") as left:
            fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


@contextmanager
def _draft(file: Path) -> Iterator[Draft]:
    if file.is_dir():
        raise IsADirectoryError(21, os.strerror(21), str(file))
    sweep(file.parent, file.name)
    path, out = _opened(file)
    try:
        with out:
            yield Draft(file, path, out)
    finally:
        path.unlink(missing_ok=True)


def _opened(file: Path) -> tuple[Path, BinaryIO]:
    """A new file, locked while this process lives: so who comes after a crash knows what is left over."""
    while True:
        path = file.with_name(f".{file.name}.{secrets.token_hex(4)}.new")
        out = path.open("xb")
        try:
            fcntl.flock(out, fcntl.LOCK_EX)
            if os.fstat(out.fileno()).st_nlink:
                return path, out
        except BaseException:
            path.unlink(missing_ok=True)
            out.close()
            raise
        # Swept away between its making and its locking.
        out.close()


@contextmanager
def _sum(draft: Draft) -> Iterator[Draft]:
    with _draft(sum_of(draft.file)) as made:
        made.write(f"{draft.sha256}  {draft.file.name}\n".encode())
        yield made


def sync(folder: Path) -> None:
    """Put a folder's names on the disk."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
