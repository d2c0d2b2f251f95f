"""Oxigraph's own server, from the Python package index: the rival that all is measured by."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

from communique.bench import task
from communique.bench.rival import Place, Server
from communique.bench.running import LOCAL, Process, free_port

PROGRAM = Path(sysconfig.get_path("scripts")) / "oxigraph"
LOADING = 3600


class Oxigraph:
    name = "oxigraph"
    most = float("inf")

    def lacks(self) -> str:
        return "" if PROGRAM.is_file() else "the package `oxigraph`"

    def version(self) -> str:
        return subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout.strip()

    def settings(self) -> str:
        return (
            "`oxigraph serve --location DIR --union-default-graph`, filled by `oxigraph load`, then `oxigraph optimize`"
        )

    def fill(self, place: Place) -> None:
        log = place.folder / "load.log"
        task.do(load(place.folder / "data", place.quads), log, LOADING)
        task.do([PROGRAM, "optimize", "--location", place.folder / "data"], log, LOADING)

    def start(self, place: Place) -> Server:
        port = free_port()
        command = [
            PROGRAM,
            "serve",
            "--location",
            place.folder / "data",
            "--bind",
            f"{LOCAL}:{port}",
            "--union-default-graph",
        ]
        return Server(self.name, Process(command, place.folder / "serve.log"), port, "/query").ready()


def load(location: Path, file: Path) -> list[object]:
    """The command that loads a file into a store."""
    return [PROGRAM, "load", "--location", location, "--file", file]


def dump(location: Path, file: Path) -> list[object]:
    """The command that writes a store's unnamed graph to a file, in the format of its name."""
    return [PROGRAM, "dump", "--location", location, "--graph", "default", "--file", file]
