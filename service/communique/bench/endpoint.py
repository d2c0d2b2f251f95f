"""rdflib-endpoint, from the Python package index: a SPARQL endpoint in Python over rdflib's graph in memory."""

from __future__ import annotations

import os
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from communique.bench.rival import Place, Server
from communique.bench.running import LOCAL, Process, free_port

PROGRAM = Path(sysconfig.get_path("scripts")) / "rdflib-endpoint"
# Seconds in which it has to have read its data; it does so each time it starts.
LOADING = 180


class Endpoint:
    name = "rdflib-endpoint"
    # It reads some ten thousand triples a second, and needs a gigabyte or two for each million.
    most = 200_000.0

    def lacks(self) -> str:
        try:
            version("rdflib-endpoint")
        except PackageNotFoundError:
            return "the package `rdflib-endpoint`"
        return ""

    def version(self) -> str:
        return f"rdflib-endpoint {version('rdflib-endpoint')}, rdflib {version('rdflib')}"

    def settings(self) -> str:
        return "`rdflib-endpoint serve FILE`, its graph in memory; asked by one connection, since it works on one query at a time"

    def fill(self, place: Place) -> None:
        """It keeps nothing."""

    def start(self, place: Place) -> Server:
        port = free_port()
        command = [PROGRAM, "serve", "--host", LOCAL, "--port", str(port), place.quads]
        process = Process(command, place.folder / "serve.log", {**os.environ, "PYTHONUTF8": "1"})
        return Server(self.name, process, port, "/", most=1).ready(LOADING)
