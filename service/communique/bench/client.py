"""One client of a server: a connection that stays open, requests as bytes, answers whole."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import closing
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
        self.port, self.patience = port, patience
        self.socket: socket.socket | None = None

    def send(self, request: bytes) -> Response:
        """Raises TimeoutError, OSError, or HTTPException for what is no answer."""
        if self.socket:
            try:
                return self._sent(self.socket, request)
            except ConnectionError:
                # The server has closed what nothing came by for a while (RFC 9112, section 9.3.1).
                self.close()
        self.socket = socket.create_connection((LOCAL, self.port), timeout=self.patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._sent(self.socket, request)

    def _sent(self, connection: socket.socket, request: bytes) -> Response:
        connection.sendall(request)
        with closing(HTTPResponse(connection, method=request.partition(b" ")[0].decode())) as answer:
            answer.begin()
            body = answer.read()
            if answer.will_close:
                self.close()
            return Response(answer.status, answer.headers.get("ETag", ""), body)

    def all(self, requests: Iterable[bytes]) -> list[Response]:
        return [self.send(request) for request in requests]

    def close(self) -> None:
        if self.socket:
            self.socket.close()
        self.socket = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
