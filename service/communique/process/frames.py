"""Messages between processes: a header of JSON, then data, then an end. Never pickles: a worker may be anybody's by then."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import IO, Any, cast

from pyoxigraph import NamedNode

from communique import jsontext
from communique.errors import CommuniqueError, TooLong
from communique.store import Dataset

HEADER, DATA, END, FAILURE, WHOLE = b"H", b"D", b"E", b"X", b"W"
SIZE = 4  # bytes that tell how long what follows is
CHUNK = 64 * 1024
PIECE = 256 * 1024  # what is read at one time
# How `multiprocessing.Connection` tells the length of a message: four bytes, which are -1 where eight more tell a long one's.
SHORT, LONG = struct.Struct("!i"), struct.Struct("!iQ")


def pack(kind: bytes, content: Mapping[str, Any]) -> bytes:
    return kind + jsontext.written(content)


def unpack(frame: bytes) -> dict[str, Any]:
    found: dict[str, Any] = jsontext.read(frame[1:])
    return found


def joined(content: Mapping[str, Any], data: bytes) -> bytes:
    """A header and data in one."""
    header = jsontext.written(content)
    return len(header).to_bytes(SIZE, "big") + header + data


def parted(frame: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and data that were joined."""
    end = SIZE + int.from_bytes(frame[:SIZE], "big")
    return jsontext.read(frame[SIZE:end]), frame[end:]


def message(content: Mapping[str, Any], data: bytes) -> bytes:
    """The same as `Connection.send_bytes` puts it on the line; less than 2 GB."""
    frame = joined(content, data)
    return SHORT.pack(len(frame)) + frame


class Room(threading.local):
    """Where bytes are read to. It is kept: room that is asked for and let go each time makes the C library tidy up."""

    def __init__(self) -> None:
        self.view = memoryview(bytearray(PIECE))


ROOM = Room()


class Pieces:
    """Messages that come in pieces, or several at a time."""

    def __init__(self) -> None:
        self.held = bytearray()

    def take(self, line: int) -> bool:
        """Read what has come over the line of this descriptor; whether there was anything. OSError when it is broken."""
        size = os.readv(line, [ROOM.view])
        self.held += ROOM.view[:size]
        return size > 0

    def cut(self) -> bytes | None:
        """The next message, if all of it is here."""
        here = len(self.held)
        if here < SHORT.size:
            return None
        begin, size = SHORT.size, SHORT.unpack_from(self.held)[0]
        if size < 0:
            if here < LONG.size:
                return None
            begin, size = LONG.size, LONG.unpack_from(self.held)[1]
        if here < begin + size:
            return None
        with memoryview(self.held) as view:
            found = bytes(view[begin : begin + size])
        del self.held[: begin + size]
        return found


class Inlet:
    """What a connection says, message by message; as many as have come are taken at one time."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.pieces = connection, Pieces()

    def next(self) -> bytes:
        """The next message, waited for. EOFError when there will be none."""
        while (found := self.pieces.cut()) is None:
            if not self.pieces.take(self.connection.fileno()):
                raise EOFError
        return found


def told(dataset: Dataset) -> dict[str, Any]:
    """A dataset as data."""
    default, named = ([graph.value for graph in graphs] for graphs in (dataset.default, dataset.named))
    return {"default": default, "named": named, "union": dataset.union, "base": dataset.base}


def dataset(content: Mapping[str, Any]) -> Dataset:
    """The dataset that was told."""
    default, named = (tuple(NamedNode(iri) for iri in content[key]) for key in ("default", "named"))
    return Dataset(default, named, bool(content["union"]), str(content["base"]))


def failure(error: CommuniqueError) -> dict[str, Any]:
    """An error as data, to be raised again on the other side."""
    return {"kind": type(error).__name__, "detail": error.detail, "extra": error.extra}


def error(content: Mapping[str, Any]) -> CommuniqueError:
    """The error that a failure tells of."""
    kinds = {kind.__name__: kind for kind in _kinds(CommuniqueError)}
    kind = kinds.get(str(content["kind"]), CommuniqueError)
    raised = kind.__new__(kind)
    # A subclass may be made from other things; told, it is a detail and what else is known.
    CommuniqueError.__init__(raised, str(content["detail"]), **dict(content["extra"]))
    return raised


class Outlet:
    """A file to write to whose bytes go out as frames. The header goes with the first of them, so that a failure
    before that is a failure and not a broken answer.

    Raises TooLong when more than `most` bytes were written.
    """

    def __init__(self, connection: Connection, most: int) -> None:
        self.connection, self.most = connection, most
        self.header: dict[str, Any] = {}
        self.begun = False
        self.size = 0
        self.waiting = bytearray()

    @property
    def file(self) -> IO[bytes]:
        """As the file that it is to the engine."""
        return cast("IO[bytes]", self)

    def write(self, data: bytes) -> int:
        self.size += len(data)
        if self.size > self.most:
            raise TooLong(f"the answer has more than {self.most} bytes, which is the most this service gives")
        self.waiting += data
        if len(self.waiting) >= CHUNK:
            self._send()
        return len(data)

    def flush(self) -> None:
        """Nothing: the engine does so at the end of an answer, which goes out in one frame if it is short."""

    def _send(self) -> None:
        if not self.begun:
            self.connection.send_bytes(pack(HEADER, self.header))
            self.begun = True
        if self.waiting:
            self.connection.send_bytes(DATA + bytes(self.waiting))
            self.waiting.clear()

    def end(self) -> None:
        """All of it was written; what is short goes out in one frame."""
        if not self.begun:
            self.connection.send_bytes(WHOLE + joined(self.header, bytes(self.waiting)))
            return
        self._send()
        self.connection.send_bytes(END)


def _kinds(kind: type[CommuniqueError]) -> list[type[CommuniqueError]]:
    return [kind, *(found for sub in kind.__subclasses__() for found in _kinds(sub))]
