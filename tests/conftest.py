"""What the tests share: the curated content and a tiny one, stores of both, a real server on a free port."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from communique import filling, load
from communique.content import Content, open_content
from communique.store.embedded import Embedded

ROOT = Path(__file__).parent.parent
TINY = ROOT / "tests" / "content"
SHARED = ROOT.parent / "shared"

# A test is one client with many requests, and nobody reads what a server under test tells of them.
UNLIMITED = {"COMMUNIQUE_RATE_LIMIT": "0", "COMMUNIQUE_CLIENT_REQUESTS": "0", "COMMUNIQUE_AUDIT_LOG": os.devnull}

# Under CI a skipped test is a failure, but for these; each with its reason.
MAY_SKIP: dict[str, str] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if os.environ.get("CI") and report.skipped and item.nodeid not in MAY_SKIP and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped under CI: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def content() -> Content:
    return open_content(ROOT)


@pytest.fixture(scope="session")
def tiny() -> Content:
    return open_content(TINY)


def filled(content: Content) -> Embedded:
    """A store in memory with everything that a content folder holds."""
    store = Embedded.memory()
    loader = load.Loader(store, content, lambda data, file: [])
    loader.vocabulary()
    summary = filling.load_all(loader, content.reports(), lambda name, became: None)
    assert not summary.refused, summary.refused
    return store


@pytest.fixture(scope="session")
def store(content: Content) -> Embedded:
    """The curated graph; not to be written."""
    return filled(content)


@pytest.fixture
def tiny_store(tiny: Content) -> Embedded:
    return filled(tiny)


@pytest.fixture(scope="session")
def article() -> bytes:
    """The founding article's text, which is not part of the repository."""
    file = SHARED / "sources" / "seven-rockets.txt"
    if not file.is_file():
        pytest.skip(f"{file} is not here: the article's text is not part of the repository")
    return file.read_bytes()


def communique(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The command line, run as its users do."""
    return subprocess.run(
        [sys.executable, "-m", "communique", *arguments],
        capture_output=True, text=True, timeout=300, check=False, env={**os.environ, **environ},
    )  # fmt: skip


class Server:
    """`communique serve` in a process of its own."""

    def __init__(self, *arguments: str, prefix: Sequence[str] = (), **environ: str) -> None:
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "communique", "serve", "--port", "0", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **UNLIMITED, **environ},
        )  # fmt: skip
        assert self.process.stdout
        line = self.process.stdout.readline()
        # The last is its own; its store may have one before.
        found = re.findall(r"http://\S+", line)
        assert found, (line, self.process.communicate()[1])
        self.client = httpx.Client(base_url=found[-1], timeout=30)

    def stop(self) -> int:
        self.client.close()
        self.process.terminate()
        self.process.communicate(timeout=20)
        return self.process.returncode


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the curated graph."""
    running = Server("--store", str(tmp_path_factory.mktemp("server") / "store"))
    yield running
    assert running.stop() == 0


@pytest.fixture
def client(server: Server) -> httpx.Client:
    return server.client
