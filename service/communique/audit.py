"""What was done and what was refused, a JSON line each; a name for every request, in the log and in the answer.

Neither a token nor a body nor a query's text is ever written: an audit log outlives the trust in whoever reads it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from communique.errors import CommuniqueError, Unavailable
from communique.http import PREPARED, VERSION, problem, unexpected
from communique.metrics import Metrics

REQUEST_ID = "X-Request-Id"
SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Refused for what the client may do or take, not for what it got wrong.
REFUSALS = frozenset({401, 403, 408, 413, 429, 503, 504, 507})
READS = frozenset({"GET", "HEAD", "OPTIONS"})
QUERIES = frozenset({"/sparql"})


class Log:
    """JSON lines at the end of a file, made again when somebody has moved it away; or on standard error."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.descriptor = -1 if path else sys.stderr.fileno()
        self._open()

    @classmethod
    def of(cls, setting: str) -> Log:
        """The log that a setting names. OSError when it cannot be written."""
        return cls("" if setting == "-" else setting)

    def write(self, line: dict[str, object]) -> None:
        """One line, in one piece. A full disk must not stop the service: what cannot be written is lost."""
        data = json.dumps({k: v for k, v in line.items() if v is not None}, ensure_ascii=False).encode() + b"\n"
        with contextlib.suppress(OSError):
            os.write(self._open(), data)

    def _open(self) -> int:
        if not self.path:
            return self.descriptor
        with contextlib.suppress(OSError):
            if self.descriptor >= 0 and os.path.samestat(Path(self.path).stat(), os.fstat(self.descriptor)):
                return self.descriptor
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
        self.descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        return self.descriptor


class Audit:
    """ASGI: names each request, counts it, and writes its line."""

    def __init__(self, app: ASGIApp, metrics: Metrics, audited: Log, access: Log | None) -> None:
        self.app, self.metrics = app, metrics
        self.audited, self.access = audited, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        began = state[PREPARED].began if PREPARED in state else time.perf_counter()
        given = Headers(scope=scope).get(REQUEST_ID, "")
        named = given if SANE.fullmatch(given) else secrets.token_hex(8)
        state["request_id"] = named
        status, version = 0, None

        async def told(message: Message) -> None:
            nonlocal status, version
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = named
                version = headers.get(VERSION)
            await send(message)

        self.metrics.running += 1
        try:
            await self.app(scope, receive, told)
        except asyncio.CancelledError:
            # Only a service that ends cancels, what has not ended in the time it had.
            if not status:
                await problem(Unavailable("the service is shutting down"))(scope, receive, told)
        except Exception as error:
            if status and isinstance(error.__cause__ or error, CommuniqueError):
                # An answer broken off is meant to be: the server closes the connection, and says so in one line.
                return
            if not status:
                failed = unexpected(500, "Internal error", "the service failed; the log says how")
                await failed(scope, receive, told)
            raise
        finally:
            self.metrics.running -= 1
            seconds = time.perf_counter() - began
            self.metrics.answered(scope, status, seconds)
            self._tell(scope, status or 500, version, seconds)

    def _tell(self, scope: Scope, status: int, version: str | None, seconds: float) -> None:
        state = scope["state"]
        writes = scope["method"] not in READS and scope["path"] not in QUERIES
        refused = status in REFUSALS or "limit" in state
        if not (self.access or writes or refused):
            return
        line: dict[str, object] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request": state["request_id"],
            "client": scope["client"][0] if scope.get("client") else None,
            "token": state.get("token"),
            "method": scope["method"],
            "path": scope["path"],
            "status": status,
            "reason": state.get("reason"),
        }
        if refused:
            self.metrics.refused(str(state.get("limit") or status))
        if writes or refused:
            kind = "refusal" if status >= 400 else "write"
            self.audited.write({"kind": kind, **line, "version": version if writes else None})
        if self.access:
            self.access.write({"kind": "access", **line, "milliseconds": round(seconds * 1000, 3)})
