"""A dump at scale: its memory does not grow with the data. Its speed is for `communique bench --only dumps`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SMALL, LARGE = 200_000, int(os.environ.get("COMMUNIQUE_DUMP_TRIPLES", "800000"))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("scale")
    code = "import sys; from pathlib import Path; from made import made; made(Path(sys.argv[1]), int(sys.argv[2]))"
    found = {size: folder / str(size) for size in (SMALL, LARGE)}
    for size, path in found.items():
        # In a process of its own: what is forked from a large one counts as large.
        command = [sys.executable, "-c", code, str(path), str(size)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)})
    return found


# What is forked from a large process counts as large, so a small one starts what is measured.
MEASURE = """
import os, sys, time
began = time.monotonic()
number = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(number, 0)
print(time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def run(*command: object) -> tuple[float, float, int]:
    """Seconds, seconds of all cores, and the most memory in megabytes, of a process that ends well."""
    arguments = [sys.executable, "-S", "-c", MEASURE, *(str(part) for part in command)]
    told = subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1].split()
    return float(told[0]), float(told[1]), int(told[2])


def ours(store: Path, file: Path, *arguments: str) -> tuple[float, float, int]:
    return run(sys.executable, "-m", "communique", "dump", "--store", store, *arguments, file)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--zstd",),
        ("--gzip",),
        *(("--format", name) for name in ("nquads", "ntriples", "trig", "jsonld", "rdfxml")),
    ],
    ids=" ".join,
)
def test_memory_does_not_grow_with_the_data(
    arguments: tuple[str, ...], stores: dict[int, Path], tmp_path: Path
) -> None:
    small, large = (ours(stores[size], tmp_path / "out", *arguments)[2] for size in (SMALL, LARGE))
    print(f"\ndump {' '.join(arguments)}: {small} MB at {SMALL} triples, {large} MB at {LARGE}")
    assert large < small + 64


def test_a_small_delta_of_large_dumps(stores: dict[int, Path], tmp_path: Path) -> None:
    """A thousand lines removed here and a thousand added there, of more than a million."""
    old, new = tmp_path / "old.nq", tmp_path / "new.nq"
    ours(stores[LARGE], old, "--format", "nquads")
    gone: set[bytes] = set()
    come = [b"<urn:s> <urn:p> <urn:o%d> <urn:g> .\n" % n for n in range(1000)]
    with old.open("rb") as lines, new.open("wb") as out:
        for number, line in enumerate(lines):
            if number == SMALL:
                out.writelines(come)
            if 5000 <= number < 6000:
                gone.add(line)
            else:
                out.write(line)
    code = (
        "import sys; from pathlib import Path; from communique import delta\n"
        "old, new, a, b = map(Path, sys.argv[1:])\n"
        "with delta.dumped(old) as x, delta.dumped(new) as y: delta.delta(x, y, (a, b))"
    )
    seconds, _, most = run(sys.executable, "-c", code, old, new, tmp_path / "a", tmp_path / "b")
    print(f"\na delta of 2000 lines between dumps of {LARGE}: {seconds:.2f} s, {most} MB")
    assert set((tmp_path / "b").read_bytes().splitlines(keepends=True)) == gone
    assert (tmp_path / "a").read_bytes() == b"".join(come)
    assert most < 200
