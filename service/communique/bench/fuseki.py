"""Apache Jena Fuseki over TDB2, from Maven Central, where `make stores` has fetched it."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from communique.bench import task
from communique.bench.rival import Place, Server
from communique.bench.running import Process, free_port

LOADING = 3600
HEAP = "-Xmx2g"


class Fuseki:
    name = "fuseki"
    most = float("inf")

    def __init__(self, stores: Path) -> None:
        self.jar = stores / "java" / "jena-fuseki-server.jar"

    def lacks(self) -> str:
        if not shutil.which("java"):
            return "Java: Debian's default-jre-headless"
        return "" if self.jar.is_file() else f"{self.jar.name}: `make stores` fetches it"

    def version(self) -> str:
        with zipfile.ZipFile(self.jar) as jar:
            told = jar.read("META-INF/maven/org.apache.jena/jena-fuseki-main/pom.properties").decode()
        return (
            "Apache Jena Fuseki "
            + next(line for line in told.splitlines() if line.startswith("version=")).partition("=")[2]
        )

    def settings(self) -> str:
        return f"`java {HEAP} -jar jena-fuseki-server.jar --tdb2 --set tdb2:unionDefaultGraph=true`, filled by `tdb2.tdbloader`"

    def fill(self, place: Place) -> None:
        command = ["java", HEAP, "-cp", self.jar, "tdb2.tdbloader", "--loc", place.folder / "data", place.quads]
        task.do(command, place.folder / "load.log", LOADING)

    def start(self, place: Place) -> Server:
        port = free_port()
        served = ["--localhost", f"--port={port}", "--tdb2", f"--loc={place.folder / 'data'}"]
        command = ["java", HEAP, "-jar", self.jar, *served, "--set", "tdb2:unionDefaultGraph=true", "/world"]
        process = Process(
            command, place.folder / "serve.log", {"FUSEKI_BASE": str(place.folder / "base"), "PATH": _path()}
        )
        return Server(self.name, process, port, "/world/query").ready()


def _path() -> str:
    return str(Path(shutil.which("java") or "/usr/bin/java").parent)
