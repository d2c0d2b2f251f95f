"""A file over HTTP, whole or in parts (RFC 9110 section 14), with a strong validator and its digest (RFC 9530)."""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from typing import BinaryIO

from fastapi import Request, Response
from starlette.responses import StreamingResponse

from communique.errors import CommuniqueError
from communique.http import is_current

CHUNK = 256 * 1024
# Parts that one request may ask for; who asks for more gets the whole (RFC 9110 section 14.2).
MOST = 16
SPEC = re.compile(r"bytes=\s*(.*)", re.IGNORECASE)
PART = re.compile(r"(\d*)-(\d*)")

Parts = list[tuple[int, int]]


@dataclass
class Opened:
    """A file that is open, so that it can be sent whatever becomes of its name; `sha256` is in hexadecimal."""

    file: BinaryIO
    sha256: str
    modified: float


class NotSatisfiable(CommuniqueError):
    """None of the ranges that were asked for is in the file."""

    status = 416
    title = "Range not satisfiable"

    def __init__(self, size: int) -> None:
        super().__init__(f"the file has {size} bytes")
        self.headers = {"Content-Range": f"bytes */{size}"}  # type: ignore[misc]


def send(request: Request, opened: Opened, kind: str, headers: dict[str, str]) -> Response:
    """The answer to a GET or HEAD of a file of a media type; the file is closed in the end. Raises NotSatisfiable."""
    file, sha256, modified = opened.file, opened.sha256, opened.modified
    size, tag = os.fstat(file.fileno()).st_size, f'"{sha256}"'
    told = {
        **headers, "ETag": tag, "Last-Modified": formatdate(modified, usegmt=True), "Accept-Ranges": "bytes",
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:",
    }  # fmt: skip
    bodiless = bool(request.scope.get("bodiless"))
    if _is_unchanged(request, tag, modified):
        file.close()
        return Response(status_code=304, headers=told)
    parts = None if bodiless else _wanted(request, tag, modified, size)
    if parts is None:
        told["Content-Length"] = str(size)
        body = _closing(file, iter(()) if bodiless else _read(file, 0, size))
        return StreamingResponse(body, 200, told, kind)
    if len(parts) == 1:
        ((start, end),) = parts
        told |= {"Content-Length": str(end - start), "Content-Range": f"bytes {start}-{end - 1}/{size}"}
        return StreamingResponse(_closing(file, _read(file, start, end)), 206, told, kind)
    return _several(file, parts, size, kind, told)


def _several(file: BinaryIO, parts: Parts, size: int, kind: str, told: dict[str, str]) -> Response:
    """multipart/byteranges (RFC 9110 section 14.6)."""
    boundary = secrets.token_hex(12)
    heads = [
        f"\r\n--{boundary}\r\nContent-Type: {kind}\r\nContent-Range: bytes {s}-{e - 1}/{size}\r\n\r\n".encode()
        for s, e in parts
    ]
    last = f"\r\n--{boundary}--\r\n".encode()
    told["Content-Length"] = str(sum(len(h) + e - s for h, (s, e) in zip(heads, parts, strict=True)) + len(last))

    def body() -> Iterator[bytes]:
        for head, (start, end) in zip(heads, parts, strict=True):
            yield head
            yield from _read(file, start, end)
        yield last

    return StreamingResponse(_closing(file, body()), 206, told, f"multipart/byteranges; boundary={boundary}")


def parts_of(header: str, size: int) -> Parts | None:
    """The parts that a Range header asks for, first byte and the one after the last, in order and apart.

    None when it asks for nothing that is known, or for more than is sensible: then the whole is sent. Raises NotSatisfiable.
    """
    found = SPEC.fullmatch(header.strip())
    if not found:
        return None
    given = [PART.fullmatch(part.strip()) for part in found[1].split(",") if part.strip()]
    spans = [_span(part[1], part[2], size) if part else None for part in given]
    if not spans or None in spans or len(spans) > MOST:
        return None
    parts = _apart([span for span in spans if span and span[0] < span[1]])
    if not parts:
        raise NotSatisfiable(size)
    return parts


def _span(first: str, last: str, size: int) -> tuple[int, int] | None:
    """None for what is not a range; an empty one for a range beyond the file."""
    if len(first) > 18 or len(last) > 18 or not (first or last) or (first and last and int(last) < int(first)):
        return None
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1 if last else size)


def _apart(spans: Sequence[tuple[int, int]]) -> Parts:
    """Overlapping parts made one, so that nobody gets more than the file."""
    found: Parts = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _wanted(request: Request, tag: str, modified: float, size: int) -> Parts | None:
    header = request.headers.get("range")
    if header is None or not _still(request.headers.get("if-range"), tag, modified):
        return None
    return parts_of(header, size)


def _still(condition: str | None, tag: str, modified: float) -> bool:
    """Whether the file is still the one that If-Range names, by strong comparison (RFC 9110 section 13.1.5)."""
    return condition is None or condition.strip() in (tag, formatdate(modified, usegmt=True))


def _is_unchanged(request: Request, tag: str, modified: float) -> bool:
    """If-None-Match, and If-Modified-Since where that is not given (RFC 9110 section 13.2.2)."""
    if "if-none-match" in request.headers:
        return is_current(request, tag)
    since = request.headers.get("if-modified-since")
    try:
        return since is not None and int(modified) <= parsedate_to_datetime(since).timestamp()
    except (ValueError, OverflowError):
        return False


def _read(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    while start < end:
        data = os.pread(file.fileno(), min(CHUNK, end - start), start)
        if not data:
            raise OSError(f"the file ended at {start} of {end} bytes")
        start += len(data)
        yield data


def _closing(file: BinaryIO, body: Iterator[bytes]) -> Iterator[bytes]:
    with file:
        yield from body
