"""The running service: processes, application and server brought together, and brought down again."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import uvicorn

from communique.app import create_app
from communique.content import Content
from communique.process.served import Served
from communique.settings import Settings

GRACE = 5  # seconds that running work has to end in


def serve(settings: Settings, content: Content) -> None:
    """Answer until SIGTERM or SIGINT. Raises what the store cannot be opened for, OSError when the port is taken."""
    listening = socket.create_server((settings.host, settings.port), backlog=1024)
    store = Served(Path(settings.store), content, settings)
    try:
        app = create_app(store, content, settings)
        # uvicorn raises the signal again when it has shut down; by then it has done its work, so it ends nothing.
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda number, frame: None)
        port = listening.getsockname()[1]
        print(f"communique: {settings.store} at version {store.version}; http://{settings.host}:{port}/", flush=True)
        if not store.isolated():
            print("communique: this system does not let a process give up its network; workers keep theirs", flush=True)
        config = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=GRACE)
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        store.close()
