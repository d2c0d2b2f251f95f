"""Oxigraph's own server, from the Python package index."""

from __future__ import annotations

import sysconfig
from pathlib import Path

from stores.running import Process, Running, free_port

PROGRAM = Path(sysconfig.get_path("scripts")) / "oxigraph"


class Oxigraph(Running):
    def load(self, file: Path) -> None:
        """Its bulk loader needs the store for itself, so the server rests meanwhile."""
        self.process.stop()
        location = self.process.command[self.process.command.index("--location") + 1]
        self.run_shown({"oxigraph load": f"{PROGRAM} load", "my-store": location, "communique.ttl": str(file)})
        self.process.start()
        self.ready()


def start(folder: Path, *, union: bool = False) -> Running:
    """`union`: a query without a dataset sees the union of all graphs."""
    address = f"127.0.0.1:{free_port()}"
    command = [PROGRAM, "serve", "--location", folder / "data", "--bind", address]
    process = Process([*command, "--union-default-graph"] if union else command, folder / "oxigraph.log")
    here = f"http://{address}"
    return Oxigraph("oxigraph", f"{here}/query", f"{here}/update", f"{here}/store", process).ready()
