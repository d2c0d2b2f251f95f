"""The running service: processes, application and server brought together, and brought down again."""

from __future__ import annotations

import gc
import signal
import socket
import threading
from pathlib import Path
from types import FrameType

import uvicorn

from communique.app import create_app
from communique.connection import HEAD_BYTES, protocol
from communique.content import Content
from communique.metrics import Metrics
from communique.process.backend import Backend
from communique.process.served import Served
from communique.settings import Settings

GRACE = 5  # seconds that running work has to end in


class _Server(uvicorn.Server):
    """uvicorn, which tells as soon as it has been asked to end."""

    def __init__(self, config: uvicorn.Config, ending: threading.Event) -> None:
        super().__init__(config)
        self.ending = ending

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.ending.set()
        super().handle_exit(sig, frame)


def _store(settings: Settings, content: Content, metrics: Metrics) -> Backend:
    """The store that the settings name, to be served."""
    if not settings.remote:
        return Served(Path(settings.store), content, settings, metrics.killed)
    from communique.process.remote import Distant

    return Distant(content, settings, metrics.killed)


def serve(settings: Settings, content: Content) -> None:
    """Answer until SIGTERM or SIGINT. Raises what the store cannot be opened for, OSError when the port is taken."""
    listening = socket.create_server((settings.host, settings.port), backlog=1024)
    # asyncio sets this only on sockets that name their protocol, and 40 ms of delayed acknowledgements are much.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    metrics = Metrics()
    store = _store(settings, content, metrics)
    try:
        ending = threading.Event()
        app = create_app(store, content, settings, metrics, ending)
        gc.freeze()
        gc.enable()
        # uvicorn raises the signal again when it has shut down; by then it has done its work, so it ends nothing.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, frame: None)
        port = listening.getsockname()[1]
        print(f"communique: {settings.store} at version {store.version}; http://{settings.host}:{port}/", flush=True)
        if not store.isolated():
            print("communique: this system does not let a process give up its network; workers keep theirs", flush=True)
        if excuse := app.state.assets.excuse:
            print(f"communique: the explorer's scripts are not built ({excuse}); pages work without them", flush=True)
        # Who the client is behind a proxy is ours to tell: uvicorn would believe anyone on this machine.
        config = uvicorn.Config(
            app, http=protocol(settings, app.state.memory, app.state.express), ws="none", proxy_headers=False, server_header=False, log_level="warning",
            timeout_graceful_shutdown=GRACE, h11_max_incomplete_event_size=HEAD_BYTES,
        )  # fmt: skip
        _Server(config, ending).run(sockets=[listening])
    finally:
        store.close()
