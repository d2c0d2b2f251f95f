"""A SPARQL store that a test started: a process of its own, on free ports of this machine, with its data in a folder."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parent.parent.parent
# What `make stores` fetches.
FETCHED = ROOT / ".stores"
# A row of the README's table: the store, and the one command that loads the dump into it.
ROW = re.compile(r"^\| (?P<store>[^|]+?) \| `(?P<command>[^`]+)` \|", re.MULTILINE)


class Process:
    """A program started for a test; what it writes goes to a file."""

    def __init__(self, command: Sequence[object], log: Path, environ: Mapping[str, str] | None = None) -> None:
        self.command, self.log, self.environ = [str(part) for part in command], log, environ
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.running = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self.environ, cwd=self.log.parent
            )

    def stop(self) -> None:
        """End it, by force when it takes longer than 20 seconds."""
        self.running.terminate()
        try:
            self.running.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait(timeout=20)

    def told(self) -> str:
        """The end of what it wrote."""
        return self.log.read_text("utf-8", "replace")[-2000:]


@dataclass
class Running:
    """A store that runs; `graphs` is empty where it has no Graph Store Protocol, `update` where it takes no update."""

    name: str
    query: str
    update: str
    graphs: str
    process: Process = field(repr=False)
    auth: tuple[str, str] | None = None
    digest: bool = False

    def load(self, file: Path) -> None:
        """A Turtle file into it, by the command that the README shows."""
        self.run_shown({"communique.ttl": str(file)})

    def run_shown(self, here: Mapping[str, str]) -> None:
        """The README's command, with this machine's addresses and paths in the place of those it shows."""
        command = shown(TITLES[self.name])
        for there, mine in here.items():
            assert there in command, f"the README's command for {self.name} has no {there}: {command}"
            command = command.replace(there, mine)
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, (command, done.stdout, done.stderr, self.process.told())

    @contextmanager
    def or_stop(self) -> Iterator[None]:
        """Nothing is left running when what is done here fails."""
        try:
            yield
        except BaseException:
            self.stop()
            raise

    def ready(self, seconds: float = 240) -> Running:
        """Itself, as soon as it answers a query."""
        end = time.monotonic() + seconds
        with self.or_stop(), httpx.Client(timeout=10) as client:
            while time.monotonic() < end:
                assert self.process.running.poll() is None, f"{self.name} ended: {self.process.told()}"
                if self._answers(client):
                    return self
                time.sleep(0.1)
            raise AssertionError(f"{self.name} does not answer: {self.process.told()}")

    def _answers(self, client: httpx.Client) -> bool:
        try:
            asked = client.get(self.query, params={"query": "ASK { }"})
        except httpx.TransportError:
            return False
        return asked.status_code == httpx.codes.OK

    def stop(self) -> None:
        self.process.stop()


# What the README calls each.
TITLES = {
    "oxigraph": "Oxigraph",
    "fuseki": "Apache Jena Fuseki",
    "rdf4j": "Eclipse RDF4J",
    "virtuoso": "Virtuoso 7",
    "comunica": "Comunica",
    "rdflib": "rdflib",
}


def shown(title: str) -> str:
    """The command that the README gives for a store."""
    rows = {row["store"]: row["command"] for row in ROW.finditer((ROOT / "README.md").read_text("utf-8"))}
    return rows[title]


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


def program(name: str, package: str) -> str:
    """A program on the path; the test is skipped where it is not installed."""
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not on this machine: install Debian's {package}")
    return found


def fetched(path: str) -> Path:
    """Something that `make stores` fetches; the test is skipped where it has not."""
    file = FETCHED / path
    if not file.exists():
        pytest.skip(f"{file} is not here: run `make stores`")
    return file
