"""Comunica, a query engine in JavaScript, over the dump as a file; from npm."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from stores.running import TITLES, Process, Running, fetched, free_port, program, shown

SERVER = "node/node_modules/.bin/comunica-sparql-file-http"


class Comunica(Running):
    def load(self, file: Path) -> None:
        """It has no store: the file is what it is started with, so it starts anew."""
        self.process.stop()
        self.process.command[:4] = shown_command(file, self.process.command[3])
        self.process.start()
        self.ready()


def shown_command(file: Path, port: str) -> list[str]:
    """The README's command, with this machine's paths and port."""
    here = {"comunica-sparql-file-http": str(fetched(SERVER)), "communique.ttl": str(file), "3000": port}
    return [here.get(word, word) for word in shlex.split(shown(TITLES["comunica"]))]


def start(folder: Path, *, union: bool = False) -> Running:
    """`union`: a query without a dataset sees the union of all graphs."""
    program("node", "nodejs")
    empty = folder / "empty.ttl"
    empty.touch()
    port = free_port()
    options = ["--unionDefaultGraph"] if union else []
    # It would listen on every address of the machine.
    environ = {**os.environ, "NODE_OPTIONS": f"--require {Path(__file__).with_name('loopback.cjs')}"}
    command = [*shown_command(empty, str(port)), "--timeout", "600", *options]
    process = Process(command, folder / "comunica.log", environ)
    return Comunica("comunica", f"http://127.0.0.1:{port}/sparql", "", "", process).ready()
