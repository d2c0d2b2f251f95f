"""Apache Jena Fuseki over TDB2, from Maven Central."""

from __future__ import annotations

from pathlib import Path

from stores.running import Process, Running, fetched, free_port, program


class Fuseki(Running):
    def load(self, file: Path) -> None:
        here = self.graphs.removesuffix("/communique/data")
        self.run_shown({"http://127.0.0.1:3030": here, "communique.ttl": str(file)})


def start(folder: Path, *, union: bool = False) -> Running:
    """`union`: a query without a dataset sees the union of all graphs."""
    java, jar = program("java", "default-jre-headless"), fetched("java/jena-fuseki-server.jar")
    (folder / "data").mkdir()
    port = free_port()
    command = [java, "-Xmx2g", "-jar", jar, "--localhost", f"--port={port}", "--tdb2", f"--loc={folder / 'data'}"]
    options = ["--set", "tdb2:unionDefaultGraph=true"] if union else []
    # Its user interface and its own settings have a folder too.
    environ = {"FUSEKI_BASE": str(folder / "base")}
    process = Process([*command, *options, "--update", "/communique"], folder / "fuseki.log", environ)
    here = f"http://127.0.0.1:{port}/communique"
    return Fuseki("fuseki", f"{here}/query", f"{here}/update", f"{here}/data", process).ready()
