"""The writer: the one process that has the store open for writing. It works through what is asked, syncs once, and tells all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from communique.content import Content
from communique.errors import CommuniqueError, Faulty, OverCap, Unavailable
from communique.faults import references
from communique.filling import opened
from communique.load import lookup
from communique.process import frames
from communique.process.ballast import Ballast
from communique.process.reading import worded
from communique.process.sandbox import Limits, confine, with_stack
from communique.report import Report
from communique.search.keep import Keeper
from communique.search.kept import kept
from communique.store import Change
from communique.vocab import node

GROUP = 64  # writes that one sync acknowledges
FULL = ("no space left", "disk quota", "file too large")


@dataclass
class Log:
    """The store's write-ahead log, which the engine writes and does not sync."""

    folder: Path
    synced: bool = True
    names: set[str] = field(default_factory=set)

    def sync(self) -> None:
        """Until this returns, a power cut may take the last writes (fdatasync(2); fsync(2) for new names)."""
        if not self.synced:
            return
        logs = sorted(self.folder.glob("*.log"))
        for log in logs:
            _synced(log, os.fdatasync)
        names = {log.name for log in logs}
        if names != self.names:
            _synced(self.folder, os.fsync)
            self.names = names


def run(connection: Connection, limits: Limits, folder: str, content: str, durability: str) -> None:
    """The life of the writer: confined, the store opened and recovered, then what is asked, until the pipe closes."""
    isolated = confine(limits)
    with_stack(limits, lambda: _serve(connection, isolated, Path(folder), Content(Path(content)), durability))


def _serve(connection: Connection, isolated: bool, folder: Path, content: Content, durability: str) -> None:
    try:
        writing = _begun(connection, folder, content, durability)
    except CommuniqueError as error:
        connection.send_bytes(frames.pack(frames.FAILURE, frames.failure(error)))
        return
    state = {"isolated": isolated, "version": writing.store.version}
    connection.send_bytes(frames.pack(frames.HEADER, state))
    writing.serve()


def _begun(connection: Connection, folder: Path, content: Content, durability: str) -> Writing:
    """A writer; to open the store takes room too, which is there as long as some is kept."""
    try:
        return Writing(connection, folder, content, durability)
    except (CommuniqueError, OSError):
        if not Ballast(folder / "ballast").release():
            raise
    return Writing(connection, folder, content, durability)


class Writing:
    """Jobs: `update`, `commit`, `report`, `withdraw`, `publish`, `adopt`."""

    def __init__(self, connection: Connection, folder: Path, content: Content, durability: str) -> None:
        self.connection = connection
        # What comes in here was inspected by a worker; RDF that was not is never loaded, only written raw.
        self.store, self.loader = opened(folder, content, lambda data, file: [])
        self.log = Log(folder / "data", synced=durability == "power-cut")
        self.ballast = Ballast(folder / "ballast")
        self.beside = ThreadPoolExecutor(1)  # where the engine works with this process's other hand free
        what = kept(content)
        self.keeper = Keeper(self.store, what) if what else None
        self.ops: dict[str, Callable[[Mapping[str, Any], bytes], dict[str, Any]]] = {
            "update": self.update, "commit": self.commit, "report": self.report, "withdraw": self.withdraw,
            "publish": self.publish, "adopt": self.adopt,
        }  # fmt: skip

    def serve(self) -> None:
        while True:
            try:
                told = [self.one()]
                while len(told) < GROUP and self.connection.poll(0):
                    told.append(self.one())
            except EOFError:
                if self.keeper:
                    self.keeper.close()
                return
            broken = any(frame[1].get("broken") for frame in told)
            if not broken:
                self.log.sync()
            for kind, content in told:
                self.connection.send_bytes(frames.pack(kind, content))
            if broken:
                # The engine goes on failing after an error of the disk; a new process opens at the last commit.
                return

    def one(self) -> tuple[bytes, dict[str, Any]]:
        """The next job, done: its answer or its failure, to be told when it is safe."""
        frame = self.connection.recv_bytes()
        if frame[:1] == frames.END:
            raise EOFError
        job = frames.unpack(frame)
        body = self.connection.recv_bytes()
        try:
            done = self.ops[job["op"]](job, body)
        except CommuniqueError as error:
            return frames.FAILURE, {**frames.failure(error), "id": job["id"]}
        except MemoryError:
            lack = OverCap("this needs more memory than one request may have")
            return frames.FAILURE, {**frames.failure(lack), "id": job["id"], "broken": True}
        except OSError as failed:
            return frames.FAILURE, {**frames.failure(_disk(failed)), "id": job["id"], "broken": True}
        return frames.HEADER, {**done, "id": job["id"], "version": self.store.version}

    def update(self, job: Mapping[str, Any], body: bytes) -> dict[str, Any]:
        self.store.update(body.decode("utf-8"), frames.dataset(job["dataset"]))
        return {}

    def commit(self, job: Mapping[str, Any], body: bytes) -> dict[str, Any]:
        removed, added = body[: job["removed"]], body[job["removed"] :]
        quads = [set(ox.parse(part, format=ox.RdfFormat.N_QUADS)) for part in (removed, added)]
        self.store.commit(Change(*quads))
        return {}

    def report(self, job: Mapping[str, Any], body: bytes) -> dict[str, Any]:
        """A report that a worker has found no fault in; what it names is looked up again, as others may have written since."""
        name, report = str(job["name"]), Report.model_validate_json(body)
        known = lookup(self.store, name, report)
        if missing := [worded(problem) for problem in references(name, report, known)]:
            raise Faulty.told(missing)
        return {"became": self.loader.report(name, report, known, f"report/{name}")}

    def withdraw(self, job: Mapping[str, Any], body: bytes) -> dict[str, Any]:  # noqa: ARG002  # one shape for all
        self.loader.withdraw(node("report", str(job["name"])))
        return {}

    def publish(self, job: Mapping[str, Any], body: bytes) -> dict[str, Any]:  # noqa: ARG002  # one shape for all
        """A snapshot, which the index has too, if it can be brought there meanwhile."""
        made = self.beside.submit(self.store.publish)
        followed = self.keeper is None or self.keeper.follow()
        try:
            path = made.result()
        except OSError:
            # Whoever asks again, of the process that comes after this one, has its room.
            self.ballast.release()
            raise
        self.ballast.take()
        return {"path": str(path), "indexed": followed}

    def adopt(self, job: Mapping[str, Any], body: bytes) -> dict[str, Any]:  # noqa: ARG002  # one shape for all
        """An index that was made beside the writes; whether it can be used."""
        return {"used": self.keeper is not None and self.keeper.adopt(Path(str(job["path"])))}


def _disk(error: OSError) -> CommuniqueError:
    text = str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or any(word in text.lower() for word in FULL):
        return OverCap("there is no space left to write to; nothing was written")
    return Unavailable(f"the store cannot be written: {text.splitlines()[0]}")


def _synced(path: Path, sync: Callable[[int], None]) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:  # a log that the engine has just put away, with all that was in it
        return
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)
