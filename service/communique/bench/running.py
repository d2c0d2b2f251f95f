"""Programs that a benchmark or a test starts: each a process of its own, on a free port of this machine."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from communique.errors import Unavailable

LOCAL = "127.0.0.1"


class Process:
    """A program that was started; what it writes goes to a file."""

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

    @contextmanager
    def or_stop(self) -> Iterator[None]:
        """Nothing is left running when what is done here fails."""
        try:
            yield
        except BaseException:
            self.stop()
            raise

    def ready(self, answers: Callable[[], bool], seconds: float, pause: float = 0.1) -> None:
        """Wait until it answers. Raises Unavailable with its last words when it ends before, or takes too long."""
        end = time.monotonic() + seconds
        with self.or_stop():
            while not answers():
                if self.running.poll() is not None:
                    raise Unavailable(f"{self.command[0]} ended: {self.told()}")
                if time.monotonic() > end:
                    raise Unavailable(f"{self.command[0]} does not answer within {seconds:g} s: {self.told()}")
                time.sleep(pause)


def free_port() -> int:
    with socket.socket() as held:
        held.bind((LOCAL, 0))
        port: int = held.getsockname()[1]
        return port


def answers(port: int, path: str) -> bool:
    """Whether a server answers a GET with 200."""
    connection = HTTPConnection(LOCAL, port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
