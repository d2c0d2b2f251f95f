"""A file of N-Quads that the engine reads while it is written: it has all of it at the end, or nothing.

Whatever is read it keeps for itself until the file ends, so who writes may still find that nothing is to be loaded.
"""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Semaphore
from types import TracebackType
from typing import IO, Self, cast

import pyoxigraph as ox

# Ends what the engine reads in an error: no line of N-Quads.
REFUSED = b"refused\n"
# Bytes that are handed on in one go.
PIECE = 1 << 18


class Intake:
    """The file, to be written; `end` when it is whole, or the store stays as it was. It goes when it is left."""

    def __init__(self, engine: ox.Store, folder: Path | None) -> None:
        self.draft = cast("IO[bytes]", tempfile.NamedTemporaryFile(suffix=".nq", dir=folder, buffering=0))  # noqa: SIM115
        self.path = Path(self.draft.name)
        # How many bytes more there are; None when there will be no more.
        self.grown: SimpleQueue[int | None] = SimpleQueue()
        self.ended = self.refused = False
        reading, self.into = os.pipe()
        # For who works beside the engine: one at a time while it works, which takes a core, and two after.
        self.room = Semaphore(1)
        self.threads = ThreadPoolExecutor(2)
        # The engine works outside the interpreter's lock.
        self.reading = self.threads.submit(engine.bulk_load, path=f"/dev/fd/{reading}", format=ox.RdfFormat.N_QUADS)
        # With the last reader gone, who writes into the pipe does not wait for ever.
        self.reading.add_done_callback(lambda done: os.close(reading))
        self.reading.add_done_callback(lambda done: self.room.release())
        self.threads.submit(self._hand_on)

    def write(self, data: bytes) -> None:
        self.draft.write(data)
        self.grown.put(len(data))

    def tell(self) -> int:
        return self.draft.tell()

    def end(self) -> None:
        """There is no more, and it is to be loaded."""
        self.ended = True
        self.grown.put(None)

    def wait(self) -> None:
        """Until the engine has it all. Raises what the engine does."""
        self.reading.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.ended:
            self.refused = True
            self.grown.put(None)
        self.threads.shutdown()
        self.draft.close()

    def _hand_on(self) -> None:
        # When the engine has given up, it tells why.
        with suppress(BrokenPipeError), os.fdopen(self.into, "wb", buffering=0) as pipe:
            try:
                self._copy(pipe)
            except BaseException:
                # The engine must not take what there is for all of it.
                self.refused = True
                raise
            finally:
                if self.refused:
                    pipe.write(REFUSED)

    def _copy(self, pipe: IO[bytes]) -> None:
        at = 0
        while (more := self.grown.get()) is not None and not self.refused:
            while more:
                given = pipe.write(os.pread(self.draft.fileno(), min(more, PIECE), at))
                at, more = at + given, more - given
