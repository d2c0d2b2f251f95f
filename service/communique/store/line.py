"""A line to another server: every wait on it ends at a deadline, and whoever waits can be hung up on.

httpx times each read and each write, so an answer that drips takes as long as it likes; a call here has one end for all.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from communique.errors import CommuniqueError

SLICE = 64 * 1024
KEPT = 30.0  # seconds that a line stays open for the next call


class Call:
    """One exchange: until when it may go on, through which line, and why it ended if somebody ended it."""

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        self.lock = threading.Lock()
        self.line: Line | None = None
        self.why: CommuniqueError | None = None

    @property
    def left(self) -> float:
        """Seconds that it may still take."""
        return self.until - time.monotonic()

    def kill(self, reason: str, why: CommuniqueError) -> None:  # noqa: ARG002  # as a worker is killed
        """Hang up, from any thread; whoever waits for it is told why."""
        with self.lock:
            self.why = self.why or why
            line = self.line
        if line:
            line.hang_up()

    def through(self, line: Line) -> None:
        """It goes through this line from now on."""
        with self.lock:
            if self.why:
                raise httpcore.ReadError("hung up")
            self.line = line

    @contextmanager
    def going(self) -> Iterator[None]:
        """What this thread sends and hears meanwhile belongs to the call."""
        before = current()
        _here.call = self
        try:
            yield
        finally:
            _here.call = before
            with self.lock:
                self.line = None


_here = threading.local()


def current() -> Call | None:
    """The call that this thread is in."""
    found: Call | None = getattr(_here, "call", None)
    return found


class Line(httpcore.NetworkStream):
    """A connection whose waits end with the call that it is used for."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self.inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, _within(self, timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for at in range(0, len(buffer), SLICE):
            self.inner.write(buffer[at : at + SLICE], _within(self, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _within(self, timeout, httpcore.ConnectTimeout)
        return Line(self.inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)

    def hang_up(self) -> None:
        """Wake whoever waits here: a socket that is only closed does not."""
        found = self.inner.get_extra_info("socket")
        with contextlib.suppress(OSError):
            # TLS has a shutdown of its own, which would wait.
            socket.socket.shutdown(found, socket.SHUT_RDWR)


def _within(line: Line, timeout: float | None, late: type[Exception]) -> float | None:
    call = current()
    if call is None:
        return timeout
    call.through(line)
    if call.left <= 0:
        raise late("the deadline has passed")
    return call.left if timeout is None else min(timeout, call.left)


class Lines(httpcore.NetworkBackend):
    """Opens lines."""

    def __init__(self) -> None:
        self.inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        call = current()
        if call is not None:
            if call.left <= 0:
                raise httpcore.ConnectTimeout("the deadline has passed")
            timeout = min(timeout or call.left, call.left)
        return Line(self.inner.connect_tcp(host, port, timeout, local_address, socket_options))


class Transport(httpx.HTTPTransport):
    """httpx over such lines; it has no other way to be given them."""

    def __init__(self, connections: int) -> None:
        super().__init__()
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=KEPT,
            network_backend=Lines(),
        )
