"""The README shows what works: every command of a console block is run, and must print what stands below it."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from conftest import ROOT, Server

BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def shown() -> list[tuple[str, str]]:
    """Each command, and the output that the README shows for it."""
    found = []
    for block in BLOCK.findall((ROOT / "README.md").read_text("utf-8")):
        for part in block.split("$ ")[1:] if block.startswith("$ ") else []:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


@pytest.mark.parametrize(("command", "output"), shown())
def test_command_prints_what_the_readme_shows(command: str, output: str, server: Server) -> None:
    if not shutil.which("jq"):
        pytest.skip("jq is not on this machine")
    here = command.replace("http://127.0.0.1:8000", str(server.client.base_url).rstrip("/"))
    done = subprocess.run(["bash", "-c", here], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == output


def test_there_is_something_to_run() -> None:
    assert len(shown()) >= 8
