"""Eclipse RDF4J's server with a native store, in a Jetty, both from Maven Central."""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from stores.running import Process, Running, fetched, free_port, program

# https://rdf4j.org/documentation/reference/configuration/
CONFIG = """
@prefix config: <tag:rdf4j.org,2023:config/> .
[] a config:Repository ;
  config:rep.id "communique" ;
  config:rep.impl [
    config:rep.type "openrdf:SailRepository" ;
    config:sail.impl [ config:sail.type "openrdf:NativeStore" ; config:native.tripleIndexes "spoc,posc,cosp" ] ] .
"""


class Rdf4j(Running):
    def load(self, file: Path) -> None:
        here = self.query.removesuffix("/rdf4j-server/repositories/communique")
        self.run_shown({"http://127.0.0.1:8080": here, "communique.ttl": str(file)})


def start(folder: Path, *, union: bool = True) -> Running:
    """A query without a dataset always sees the union of all graphs."""
    assert union, "RDF4J has no other default graph"
    java, jetty, war = (
        program("java", "default-jre-headless"),
        fetched("java/jetty-runner.jar"),
        fetched("java/rdf4j-http-server.war"),
    )
    port = free_port()
    options = [f"-Dorg.eclipse.rdf4j.appdata.basedir={folder / 'data'}", f"-Djava.io.tmpdir={folder}", "-Xmx2g"]
    served = ["--host", "127.0.0.1", "--port", str(port), "--path", "/rdf4j-server", war]
    process = Process([java, *options, "-jar", jetty, *served], folder / "rdf4j.log")
    here = f"http://127.0.0.1:{port}/rdf4j-server/repositories/communique"
    running = Rdf4j("rdf4j", here, f"{here}/statements", f"{here}/rdf-graphs/service", process)
    with running.or_stop():
        _repository(running)
    return running.ready()


def _repository(running: Running) -> None:
    """Make the repository as soon as the server answers."""
    for _ in range(600):
        assert running.process.running.poll() is None, running.process.told()
        try:
            made = httpx.put(running.query, content=CONFIG, headers={"Content-Type": "text/turtle"}, timeout=30)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            assert made.status_code == httpx.codes.NO_CONTENT, made.text
            return
    raise AssertionError(running.process.told())
