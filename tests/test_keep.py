"""Keeping a store: backups that are proved, and what every verb says of a store that is damaged or not there."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from communique.store import META, Change
from communique.store.embedded import Embedded
from communique.vocab import CMQ, DERIVED, OWL, SHARED, node
from conftest import TINY, Server, communique

pytestmark = pytest.mark.later

ASK = ("query", "attack-claims", "attack=north-camp")


def line(*arguments: str, status: int = 1) -> str:
    """The one line that a verb fails with."""
    done = communique(*arguments)
    assert done.returncode == status, (done.stdout, done.stderr)
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("communique: ")
    assert not done.stdout
    return done.stderr


def told(*arguments: str) -> str:
    done = communique(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store; not to be written."""
    folder = tmp_path_factory.mktemp("keep") / "store"
    told("load", "--store", str(folder), "--content", str(TINY))
    return folder


@pytest.fixture(scope="module")
def saved(original: Path) -> Path:
    """A backup of it."""
    target = original.parent / "backup"
    told("backup", str(target), "--store", str(original))
    return target


@pytest.fixture
def store(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "store"))


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "backup"))


def verify(folder: Path) -> tuple[str, ...]:
    return ("verify-store", "--store", str(folder), "--content", str(TINY))


def flip(file: Path, seed: int, bits: int = 64) -> None:
    """Flip bits all over a file."""
    data, dice = bytearray(file.read_bytes()), random.Random(seed)  # noqa: S311 - damage, not secrets
    for _ in range(bits):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    file.write_bytes(data)


def truncate(file: Path, seed: int) -> None:
    file.write_bytes(file.read_bytes()[: random.Random(seed).randrange(file.stat().st_size)])  # noqa: S311


def remove(file: Path, seed: int) -> None:  # noqa: ARG001 - like the other kinds of damage
    file.unlink()


Damage = Callable[[Path, int], None]


# -- backup and restore


def test_backup_comes_back(original: Path, saved: Path, tmp_path: Path) -> None:
    restored = tmp_path / "there" / "restored"
    assert f"restored from {saved}: version " in told("restore", str(saved), "--store", str(restored))
    for name, folder in (("a.nq", original), ("b.nq", restored)):
        told("dump", "--store", str(folder), "--format", "nquads", str(tmp_path / name))
    assert (tmp_path / "a.nq").read_bytes() == (tmp_path / "b.nq").read_bytes()
    assert told(*ASK, "--store", str(restored), "--content", str(TINY))
    assert "whole: version" in told(*verify(restored))
    again = told("load", "--store", str(restored), "--content", str(TINY))
    assert again.startswith("0 loaded, 0 replaced, 2 unchanged")


def test_manifest_says_what_is_there(original: Path, saved: Path) -> None:
    manifest = json.loads((saved / "manifest.json").read_text())
    reader = Embedded.snapshot(original)
    assert manifest["version"] == reader.version
    assert manifest["triples"] == sum(1 for graph in reader.graphs() for _ in reader.quads(graph))
    assert set(manifest["files"]) == {path.name for path in (saved / "files").iterdir()}
    assert {path.name for path in saved.iterdir()} == {"manifest.json", "files"}
    assert f"whole: a backup of version {reader.version}" in told(*verify(saved))


def test_backup_shares_no_file_with_the_store(original: Path, saved: Path) -> None:
    assert {path.stat().st_nlink for path in (saved / "files").iterdir()} == {1}
    assert [path.name for path in original.iterdir() if path.name.startswith(".")] == []


def test_backup_writes_over_nothing(original: Path, saved: Path, tmp_path: Path) -> None:
    before = sorted(saved.rglob("*"))
    assert "exists already" in line("backup", str(saved), "--store", str(original), status=2)
    assert sorted(saved.rglob("*")) == before
    assert "is not empty" in line("restore", str(saved), "--store", str(original), status=2)
    file = tmp_path / "file"
    file.write_text("mine")
    assert "is not empty" in line("restore", str(saved), "--store", str(file), status=2)
    (tmp_path / "empty").mkdir()
    told("restore", str(saved), "--store", str(tmp_path / "empty"))


def test_backup_beside_a_running_server(store: Path, tmp_path: Path) -> None:
    server = Server("--store", str(store), "--content", str(TINY))
    try:
        told("backup", str(tmp_path / "live"), "--store", str(store))
        assert "since a process is using the store" in told(*verify(store))
        assert "cannot be opened" in line("optimize", "--store", str(store))
        assert server.client.get("/readyz").status_code == 200
    finally:
        assert server.stop() == 0
    assert "whole" in told(*verify(tmp_path / "live"))


def test_backup_holds_what_was_not_yet_published(store: Path, tmp_path: Path) -> None:
    node = NamedNode("https://example.org/a")
    written = Embedded.open(store)
    version = written.commit(Change(add={Quad(node, node, node, node)}))
    del written
    assert f"version {version}," in told("backup", str(tmp_path / "b"), "--store", str(store))


# A writer that commits and publishes without pause, as the server does under load.
WRITER = """
import itertools, sys
from pathlib import Path
from pyoxigraph import Literal, NamedNode, Quad
from communique.store import Change
from communique.store.embedded import Embedded
store, node = Embedded.open(Path(sys.argv[1])), NamedNode("https://example.org/a")
for n in itertools.count():
    store.commit(Change(add={Quad(node, node, Literal(f"{n} {i}"), node) for i in range(50)}))
    store.publish()
    print(n, flush=True)
"""


@pytest.fixture
def writer(store: Path) -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen([sys.executable, "-c", WRITER, str(store)], stdout=subprocess.PIPE, text=True)
    assert running.stdout
    assert running.stdout.readline() == "0\n"
    yield running
    running.kill()
    running.communicate()


def test_backup_under_writes_is_of_one_version(store: Path, writer: subprocess.Popen[str], tmp_path: Path) -> None:
    node = NamedNode("https://example.org/a")
    first = Embedded.snapshot(store).version.partition("-")[0]
    for number in range(3):
        told("backup", str(tmp_path / f"b{number}"), "--store", str(store))
        backed = Embedded.open(_restored(tmp_path, number))
        # Fifty triples for each commit after those of the content: none torn, none missing.
        commits = len(list(backed.quads(node))) // 50
        assert len(list(backed.quads(node))) == 50 * commits
        assert int(backed.version.partition("-")[0]) >= int(first) + number
    assert writer.poll() is None


def _restored(folder: Path, number: int) -> Path:
    told("restore", str(folder / f"b{number}"), "--store", str(folder / f"r{number}"))
    return folder / f"r{number}"


@pytest.mark.parametrize("damage", [flip, truncate, remove])
@pytest.mark.parametrize("seed", range(3))
def test_damaged_backup_is_not_restored(copy: Path, tmp_path: Path, damage: Damage, seed: int) -> None:
    files = sorted((copy / "files").iterdir())
    damage(random.Random(seed).choice([f for f in files if f.stat().st_size]), seed)  # noqa: S311
    said = line("restore", str(copy), "--store", str(tmp_path / "new"))
    assert "is damaged" in said
    assert "is damaged" in line(*verify(copy))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["backup"]


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("{", "manifest.json cannot be read"),
        ("[]", "manifest.json cannot be read"),
        ('{"version": "1-a", "triples": 1, "made": "", "files": 3}', "manifest.json cannot be read"),
        ('{"version": "1-a", "triples": 1, "made": "", "files": {"../x": {"size": 1, "sha256": ""}}}', "../x is missing"),
    ],
)  # fmt: skip
def test_manifest_that_lies(copy: Path, tmp_path: Path, manifest: str, said: str) -> None:
    whole = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(manifest)
    if said.startswith("../x"):
        (copy / "x").write_text("x")
        (copy / "manifest.json").write_text(
            json.dumps({**whole, "files": {**whole["files"], "../x": {"size": 1, "sha256": ""}}})
        )
    assert said in line("restore", str(copy), "--store", str(tmp_path / "new"))
    (copy / "manifest.json").write_text(json.dumps({**whole, "triples": 1}))
    assert "its manifest says" in line("restore", str(copy), "--store", str(tmp_path / "new"))
    (copy / "manifest.json").write_text(json.dumps(whole))
    (copy / "files" / "stray").write_text("x")
    assert "stray is in no manifest" in line("restore", str(copy), "--store", str(tmp_path / "new"))


# -- verify-store and optimize


def test_verify_tells_what_is_there(original: Path) -> None:
    said = told(*verify(original))
    reader = Embedded.snapshot(original)
    assert f"version {reader.version}, " in said
    assert f"{len(list(reader.quads(SHARED)))} shared" in said
    assert "in 2 reports" in said


def _write(folder: Path, change: Change) -> None:
    Embedded.open(folder).commit(change)


def test_verify_holds_the_store_against_the_rules(store: Path) -> None:
    event, actor = node("event", "north-camp"), node("actor", "nobody")
    _write(store, Change(add={Quad(event, CMQ.hasClaimant, actor, DERIVED)}))
    assert "not what the rules make (0 triples missing, 1 too many)" in line(*verify(store))
    told("derive", "--store", str(store), "--content", str(TINY))
    assert "whole" in told(*verify(store))


def test_verify_finds_a_triple_in_two_graphs(store: Path) -> None:
    with_two = Embedded.open(store)
    quad = next(with_two.quads(SHARED))
    with_two.commit(Change(add={Quad(quad.subject, quad.predicate, quad.object, NamedNode("urn:x"))}))
    del with_two
    assert "stands in more than one graph" in line(*verify(store))


def test_verify_finds_a_second_version(store: Path) -> None:
    _write(store, Change(add={Quad(META, OWL.versionInfo, Literal("9-other"), META)}))
    assert "it has 2 versions, and must have one" in line(*verify(store))


def test_verify_reads_integers_that_end_in_the_byte_255(store: Path) -> None:
    node = NamedNode("https://example.org/a")
    _write(store, Change(add={Quad(node, node, Literal(number), node) for number in range(250, 260)}))
    assert "whole" in told(*verify(store))


def test_verify_has_a_time_limit(original: Path) -> None:
    assert "could not be read within 0.01 seconds" in line(*verify(original), "--seconds", "0.01")


def test_optimize_keeps_everything(store: Path, tmp_path: Path) -> None:
    told("dump", "--store", str(store), "--format", "nquads", str(tmp_path / "a.nq"))
    before = Embedded.snapshot(store).version
    assert f"optimized; version {before}" in told("optimize", "--store", str(store))
    told("dump", "--store", str(store), "--format", "nquads", str(tmp_path / "b.nq"))
    assert (tmp_path / "a.nq").read_bytes() == (tmp_path / "b.nq").read_bytes()
    assert not [p for p in (store / "snapshots").iterdir() if p.name.startswith(".")]
    assert "whole" in told(*verify(store))


# -- damage, wrong paths


def files(folder: Path) -> list[Path]:
    """The files that hold the store, biggest tables first."""
    return sorted(folder.glob("*.sst"), key=lambda p: -p.stat().st_size)


@pytest.mark.slow
@pytest.mark.parametrize("damage", [flip, truncate, remove])
def test_every_damaged_table_is_found(store: Path, tmp_path: Path, damage: Damage) -> None:
    for seed, table in enumerate(files(store / "data")):
        broken = Path(shutil.copytree(store, tmp_path / f"broken{seed}"))
        damage(broken / "data" / table.name, seed)
        said = line(*verify(broken))
        assert "cannot be read" in said
        assert "Corruption" in said


@pytest.mark.slow
def test_one_flipped_bit_in_each_table_is_found(store: Path, tmp_path: Path) -> None:
    for seed, table in enumerate(t for t in files(store / "data") if t.stat().st_size > 8192):
        broken = Path(shutil.copytree(store, tmp_path / f"broken{seed}"))
        flip(broken / "data" / table.name, seed, bits=1)
        assert "Corruption" in line(*verify(broken))


@pytest.mark.parametrize("name", ["CURRENT", "MANIFEST"])
@pytest.mark.parametrize("damage", [flip, truncate, remove])
def test_no_verb_takes_a_damaged_store_for_an_empty_one(store: Path, tmp_path: Path, name: str, damage: Damage) -> None:
    for folder in (store / "data", *(store / "snapshots").iterdir()):
        for log in folder.glob("*.log"):
            log.unlink()
        for file in folder.glob(f"{name}*"):
            damage(file, 1)
    content = ("--content", str(TINY))
    for verb in (
        ("serve", "--port", "0", *content), ("load", *content), ("derive", *content), (*ASK, *content),
        ("dump", str(tmp_path / "x.ttl")), ("backup", str(tmp_path / "b")), ("optimize",), ("verify-store", *content),
    ):  # fmt: skip
        line(*verb, "--store", str(store))
    assert not (tmp_path / "x.ttl").exists()
    assert not (tmp_path / "b").exists()


def test_a_store_that_lost_its_files_is_not_begun_anew(store: Path) -> None:
    for path in (store / "data").iterdir():
        path.unlink()
    assert "has no file CURRENT" in line("load", "--store", str(store), "--content", str(TINY))
    assert list((store / "data").iterdir()) == []


def test_a_store_older_than_its_snapshot_has_lost_writes(store: Path) -> None:
    (newest,) = (store / "snapshots").iterdir()
    newest.rename(newest.with_name("000000000099"))
    assert "has lost writes" in line("load", "--store", str(store), "--content", str(TINY))
    assert "has lost writes" in line(*verify(store))
    assert "is of version" in line(*ASK, "--store", str(store), "--content", str(TINY))


def test_damage_met_while_reading_is_one_line(store: Path, tmp_path: Path) -> None:
    (snapshot,) = (store / "snapshots").iterdir()
    for seed, table in enumerate(files(snapshot)):
        flip(snapshot / table.name, seed, bits=256)
    line("dump", "--store", str(store), str(tmp_path / "x.ttl"))
    line("backup", "--store", str(store), str(tmp_path / "b"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["store"]


@pytest.mark.parametrize(
    "verb", [("backup", "TARGET"), ("optimize",), ("verify-store",), ("derive",), ("dump", "TARGET")]
)
def test_a_wrong_path_makes_nothing(tmp_path: Path, verb: tuple[str, ...]) -> None:
    given = [str(tmp_path / "target") if word == "TARGET" else word for word in verb]
    for wrong in (tmp_path / "typo", tmp_path / "file", tmp_path / "folder"):
        (tmp_path / "file").write_text("mine")
        (tmp_path / "folder").mkdir(exist_ok=True)
        assert "there is no store" in line(*given, "--store", str(wrong))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]


def test_restore_wants_a_backup(original: Path, tmp_path: Path) -> None:
    assert "is not a backup" in line("restore", str(original), "--store", str(tmp_path / "new"))
    assert "is not a backup" in line("restore", str(tmp_path / "typo"), "--store", str(tmp_path / "new"))
    assert list(tmp_path.iterdir()) == []
