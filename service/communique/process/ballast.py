"""Room on the disk that is kept for reads: a write that was acknowledged is to be seen by later ones, though the disk is full."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

SIZE = 8 * 1024 * 1024


@dataclass(frozen=True)
class Ballast:
    """A file that holds nothing, in the store's folder; it is let go when a snapshot finds no room, and taken up again."""

    file: Path

    def take(self) -> None:
        """Keep the room, if there is any."""
        if self.file.exists():
            return
        try:
            with self.file.open("wb") as opened:
                os.posix_fallocate(opened.fileno(), 0, SIZE)
        except OSError:
            self.release()

    def release(self) -> bool:
        """Give the room up; whether there was any."""
        there = self.file.exists()
        self.file.unlink(missing_ok=True)
        return there
