"""What was added and removed between two N-Quads dumps, by their lines: take `removed` out of the old one, put `added` in, and
it is the new one.

Both are read side by side, and a line that both have is forgotten. Our dumps have one order, so what is held in memory at one
time is about the difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, cast

from communique.compress import PLAIN, Packing, packed, unpacked
from communique.draft import drafted
from communique.dump import chunks
from communique.errors import Usage
from communique.media import NQUADS
from communique.store import Store

# Bytes of lines that are read of each dump in one go.
READ = 1024 * 1024
# Lines that are written in one go.
WRITTEN = 4096
# What a line of N-Quads looks like, as far as it takes to tell it from Turtle and RDF/XML.
LINE = re.compile(rb"(?:<[^<>\s]*>|_:\S+) <[^<>\s]*> .+ \.\n\Z")

Lines = dict[bytes, None]
# The lines of a dump, some at a time.
Pieces = Iterator[list[bytes]]


def delta(before: Pieces, after: Pieces, files: tuple[Path, Path], packing: Packing = PLAIN) -> None:
    """Write what was added to one file and what was removed to another, with their checksums, both or neither."""
    gone, come = differing(before, after)
    with drafted(*files, summed=True) as drafts:
        for draft, lines in zip(drafts, (come, gone), strict=True):
            with packed(cast("IO[bytes]", draft), packing) as out:
                rest = iter(lines)
                while some := b"".join(islice(rest, WRITTEN)):
                    out.write(some)


def differing(before: Pieces, after: Pieces) -> tuple[Lines, Lines]:
    """The lines that only the old dump has, and those that only the new one has, each in its own order."""
    gone: Lines = {}
    come: Lines = {}
    while True:
        # Whoever is ahead waits, so that what is held is the difference and not the distance.
        left = next(before, []) if len(gone) <= len(come) else []
        right = next(after, []) if len(come) <= len(gone) else []
        if not left and not right:
            left, right = next(before, []), next(after, [])
        if not left and not right:
            return gone, come
        if left != right:
            _cancel(left, come, gone)
            _cancel(right, gone, come)


@contextmanager
def dumped(file: Path) -> Iterator[Pieces]:
    """The lines of an N-Quads dump, packed or not. Raises Usage when it is none, or is damaged."""
    with unpacked(file) as lines:
        yield _pieces(lines, file)


def current(store: Store) -> Pieces:
    """The lines that an N-Quads dump of a store would have."""
    rest = b""
    for chunk in chunks(store, NQUADS):
        *lines, rest = (rest + chunk).split(b"\n")
        yield [line + b"\n" for line in lines]


def _cancel(lines: list[bytes], others: Lines, own: Lines) -> None:
    """Take the lines out of what waits on the other side; those that are not there wait on their own."""
    for line in lines:
        if line in others:
            del others[line]
        else:
            own[line] = None


def _pieces(file: IO[bytes], path: Path) -> Pieces:
    while lines := file.readlines(READ):
        for line in (lines[0], lines[-1]):
            if not LINE.match(line):
                raise Usage(f"{path} is not a whole dump in N-Quads: {line[:60].decode(errors='replace')!r}")
        yield lines
