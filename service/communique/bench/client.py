"""One client of a server: a connection that stays open, requests as bytes, answers whole."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Self

from communique.bench.running import LOCAL

# Seconds that an answer may take.
PATIENCE = 600


@dataclass(frozen=True)
class Response:
    status: int
    tag: str
    body: bytes


class Client:
    """A connection to a port of this machine, opened when it is needed and again when the server has closed it."""

    def __init__(self, port: int, patience: float = PATIENCE) -> None:
        self.port, self.patience, self.socket = port, patience, socket.socket()
        self.open = False

    def send(self, request: bytes) -> Response:
        """Raises TimeoutError, OSError, or HTTPException for what is no answer."""
        if self.open:
            try:
                return self._sent(request)
            except ConnectionError:
                # The server has closed what nothing came by for a while (RFC 9112, section 9.3.1).
                self.close()
        return self._sent(request)

    def _sent(self, request: bytes) -> Response:
        if not self.open:
            self.socket = socket.create_connection((LOCAL, self.port), timeout=self.patience)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.open = True
        self.socket.sendall(request)
        answer = HTTPResponse(self.socket, method=request.partition(b" ")[0].decode())
        answer.begin()
        body = answer.read()
        if answer.will_close:
            self.close()
        return Response(answer.status, answer.headers.get("ETag", ""), body)

    def all(self, requests: Iterable[bytes]) -> list[Response]:
        return [self.send(request) for request in requests]

    def close(self) -> None:
        self.socket.close()
        self.open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
