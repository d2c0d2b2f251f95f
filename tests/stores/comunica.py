"""Comunica, a query engine in JavaScript, over the dump as a file; from npm."""

from __future__ import annotations

import os
from pathlib import Path

from stores.running import Process, Running, fetched, free_port, program

SERVER = "node/node_modules/.bin/comunica-sparql-file-http"


class Comunica(Running):
    def load(self, file: Path) -> None:
        """It has no store: the file is what it is started with, so it starts anew."""
        self.process.stop()
        self.process.command[1] = str(file)
        self.process.start()
        self.ready()


def start(folder: Path, *, union: bool = False) -> Running:
    """`union`: a query without a dataset sees the union of all graphs."""
    program("node", "nodejs")
    server = fetched(SERVER)
    empty = folder / "empty.ttl"
    empty.touch()
    port = free_port()
    options = ["--unionDefaultGraph"] if union else []
    # It would listen on every address of the machine.
    environ = {**os.environ, "NODE_OPTIONS": f"--require {Path(__file__).with_name('loopback.cjs')}"}
    process = Process(
        [server, empty, "--port", str(port), "--timeout", "600", *options], folder / "comunica.log", environ
    )
    return Comunica("comunica", f"http://127.0.0.1:{port}/sparql", "", "", process).ready()
