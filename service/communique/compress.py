"""How a dump is packed: not at all, by gzip, by Zstandard. The same bytes in give the same bytes out."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import zstandard

from communique.errors import Usage

# Levels that keep up with the engine: it gives 30 MB a second for one core, they take 150 and 110.
GZIP_LEVEL = 6
ZSTD_LEVEL = 9
CHUNK = 256 * 1024
MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5": "zstd"}


@dataclass(frozen=True)
class Packing:
    """A way of packing: its name, the end of a file's name, its own media type ("" for none)."""

    name: str
    suffix: str
    type: str


PLAIN = Packing("plain", "", "")
GZIP = Packing("gzip", ".gz", "application/gzip")  # RFC 6713
ZSTD = Packing("zstd", ".zst", "application/zstd")  # RFC 8878
PACKINGS = (PLAIN, GZIP, ZSTD)


@contextmanager
def packed(out: IO[bytes], packing: Packing) -> Iterator[IO[bytes]]:
    """A file whose bytes come packed to `out`, which stays open."""
    if packing is PLAIN:
        yield out
    elif packing is GZIP:
        # No name and no time of day in the header.
        with gzip.GzipFile(filename="", mode="wb", compresslevel=GZIP_LEVEL, fileobj=out, mtime=0) as packer:
            yield cast("IO[bytes]", packer)
    else:
        # In the thread that writes: its own threads would take five times the memory.
        compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)
        with compressor.stream_writer(out, closefd=False) as writer:
            yield cast("IO[bytes]", writer)


@contextmanager
def unpacked(file: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, packed or not as its first bytes say. Raises Usage when they cannot be unpacked."""
    with ExitStack() as held:
        raw = held.enter_context(file.open("rb"))
        kind = MAGIC.get(raw.read(2), "plain")
        raw.seek(0)
        try:
            if kind == "gzip":
                yield cast("IO[bytes]", held.enter_context(gzip.GzipFile(fileobj=raw)))
            elif kind == "zstd":
                yield cast("IO[bytes]", held.enter_context(io.BufferedReader(_Unzstd(raw), CHUNK)))
            else:
                yield raw
        except (EOFError, gzip.BadGzipFile, zstandard.ZstdError) as error:
            raise Usage(f"{file} is damaged: {error}") from error


class _Unzstd(io.RawIOBase):
    """What Zstandard packed, by frames; the library's own reader takes a file that was cut off for a whole one."""

    def __init__(self, raw: IO[bytes]) -> None:
        self.raw, self.given, self.rest = raw, memoryview(b""), b""
        self.frame: zstandard.ZstdDecompressionObj | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.given:
            data = self.rest or self.raw.read(CHUNK)
            self.rest = b""
            if not data:
                if self.frame:
                    raise EOFError("it ends in the middle of a frame")
                return 0
            self.frame = self.frame or zstandard.ZstdDecompressor().decompressobj()
            self.given = memoryview(self.frame.decompress(data))
            if self.frame.eof:
                self.rest, self.frame = self.frame.unused_data, None
        size = min(len(buffer), len(self.given))
        buffer[:size], self.given = self.given[:size], self.given[size:]
        return size
