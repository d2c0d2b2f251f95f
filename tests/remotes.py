"""Remote stores for tests: real ones behind `Remote`, and one that misbehaves as it is told."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from communique.settings import Settings
from communique.store.remote import Remote
from communique.store.wire import Wire
from conftest import Server
from stores import Running, start

NAMES = [
    "oxigraph", *(pytest.param(name, marks=pytest.mark.slow) for name in ("fuseki", "rdf4j", "virtuoso")),
]  # fmt: skip


@contextmanager
def running(name: str, folder: Path, *, union: bool = False) -> Iterator[Running]:
    folder.mkdir(parents=True, exist_ok=True)
    store = start(name, folder, **({"union": True} if union else {}))
    try:
        yield store
    finally:
        store.stop()


def query_address(store: Running) -> str:
    """Where queries go; a store that asks who writes answers readers there too."""
    return store.update if store.auth else store.query


def rules(store: Running) -> str:
    """Where rules run: Virtuoso 7 loses the paths of length zero in some of their joins."""
    return "here" if store.name == "virtuoso" else "there"


def settings(store: Running, **more: Any) -> Settings:
    user, password = store.auth or ("", "")
    return Settings(
        store=query_address(store), store_update=store.update, store_user=user, store_password=password,
        query_seconds=60, store_rules=rules(store), **more,
    )  # fmt: skip


def environ(store: Running) -> dict[str, str]:
    """The same for a service in a process of its own."""
    user, password = store.auth or ("", "")
    return {
        "COMMUNIQUE_STORE": query_address(store), "COMMUNIQUE_STORE_UPDATE": store.update,
        "COMMUNIQUE_STORE_USER": user, "COMMUNIQUE_STORE_PASSWORD": password,
        "COMMUNIQUE_STORE_RULES": rules(store),
    }  # fmt: skip


def emptied(store: Running, **more: Any) -> Remote:
    """The store without any data of ours."""
    remote = Remote(Wire(settings(store, **more)))
    remote.recover()
    ours = {g.value for g in remote._named() - remote.foreign}
    drops = [f"DROP SILENT GRAPH <{g}>" for g in ours] + ([] if store.name == "virtuoso" else ["DROP SILENT DEFAULT"])
    for drop in drops if remote.foreign or ours else []:
        remote.wire.change([("update", drop)])
    fresh = Remote(remote.wire)
    fresh.recover()
    return fresh


def wait(server: Server, status: int, seconds: float = 30) -> httpx.Response:
    """The answer of /readyz, as soon as it is of this status."""
    end = time.monotonic() + seconds
    while (answer := server.client.get("/readyz")).status_code != status:
        assert time.monotonic() < end, answer.text
        time.sleep(0.1)
    return answer


class Told:
    """An answer that a misbehaving store gives."""

    def __init__(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        self.status, self.body = status, body
        self.headers = {"Content-Length": str(len(body)), **{k.replace("_", "-"): v for k, v in headers.items()}}
        self.drip = 0.0


class Quiet(ThreadingHTTPServer):
    def handle_error(self, *arguments: Any) -> None:
        """A client that hangs up is what is wanted here."""


class Odd:
    """A store that answers what it is told to, and counts."""

    def __init__(self) -> None:
        self.answers: list[Told] = []
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        odd, self.ending = self, threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # http.server's name for it
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                odd.heard.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                told = odd.answers.pop(0) if len(odd.answers) > 1 else odd.answers[0]
                self.send_response(told.status)
                for name, value in told.headers.items():
                    if value:
                        self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    for at in range(0, len(told.body), 1 if told.drip else len(told.body) or 1):
                        self.wfile.write(told.body[at : at + (1 if told.drip else len(told.body))])
                        if odd.ending.wait(told.drip):
                            return
                self.close_connection = int(told.headers.get("Content-Length") or 0) != len(told.body)

            do_GET = do_POST  # noqa: N815  # http.server's name for it

            def log_message(self, *arguments: Any) -> None:
                """Nobody reads it."""

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/query"

    def says(self, *answers: Told) -> None:
        self.answers, self.heard = list(answers), []

    def close(self) -> None:
        self.ending.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
