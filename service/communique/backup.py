"""A backup: a folder with a copy of a store's snapshot, and a manifest by which it can be proved whole.

TARGET/manifest.json    dataset version, triples, date; size and SHA-256 of every file
TARGET/files/           the engine's files
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from communique.draft import sync
from communique.errors import NotFound, Unavailable, Usage
from communique.probe import Found, probe
from communique.store.embedded import Embedded, count_of, newest

MANIFEST = "manifest.json"
FILES = "files"
CHUNK = 1024 * 1024
TRIES = 20


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    version: str
    triples: int
    made: str
    files: dict[str, dict[str, int | str]]

    def __str__(self) -> str:
        return f"version {self.version}, {self.triples} triples in {len(self.files)} files, made {self.made}"


def is_backup(folder: Path) -> bool:
    return (folder / MANIFEST).is_file()


def make(folder: Path, target: Path, seconds: float) -> Manifest:
    """Back up the newest snapshot of the store in `folder`, beside any writer, to the new folder `target`.

    Raises Usage when `target` exists, Unavailable when the store cannot be read whole; then there is no `target`.
    """
    if target.exists():
        raise Usage(f"{target} exists already; a backup is never written over another")
    with _draft(target) as draft:
        (draft / FILES).mkdir()
        name, files = _copy_snapshot(folder, draft / FILES)
        found = _sound(probe(draft / FILES, seconds), name)
        made = Manifest(found.version, found.triples, datetime.now(UTC).isoformat(timespec="seconds"), files)
        _write(draft / MANIFEST, json.dumps(asdict(made), indent=1) + "\n")
        _compare(draft, made)
        sync(draft / FILES)
        sync(draft)
        _publish(draft, target)
    return made


def verify(folder: Path, seconds: float) -> Manifest:
    """The manifest of a backup whose files are what it says, and can be read; Unavailable when not."""
    told = _manifest(folder)
    _compare(folder, told)
    found = probe(folder / FILES, seconds)
    if (found.version, found.triples) != (told.version, told.triples):
        said = f"its manifest says version {told.version}, {told.triples} triples"
        raise Unavailable(f"{folder} is damaged: it has version {found.version}, {found.triples} triples, and {said}")
    return told


def restore(folder: Path, store: Path, seconds: float) -> Manifest:
    """Make the store `store` from a backup that is proved whole first. Usage when there is something already."""
    if store.exists() and (not store.is_dir() or any(store.iterdir())):
        raise Usage(f"{store} is not empty; a backup is restored to a new folder")
    told = verify(folder, seconds)
    with _draft(store) as draft:
        (draft / "data").mkdir()
        for name in told.files:
            with (folder / FILES / name).open("rb") as source:
                digest = _copy(source, draft / "data" / name)
            if digest != told.files[name]["sha256"]:
                raise Unavailable(f"{folder} is damaged: {name} changed while it was read")
        sync(draft / "data")
        restored = Embedded.open(draft)
        restored.publish()
        del restored
        sync(draft)
        _publish(draft, store)
    return told


def _copy_snapshot(folder: Path, into: Path) -> tuple[str, dict[str, dict[str, int | str]]]:
    """Copy the newest snapshot; its name, and the files. A writer may delete it meanwhile, so it is opened first."""
    with ExitStack() as held:
        name, sources = _held(folder, held)
        files: dict[str, dict[str, int | str]] = {}
        for source in sources:
            copy = into / Path(source.name).name
            digest = _copy(source, copy)
            files[copy.name] = {"size": copy.stat().st_size, "sha256": digest}
    return name, files


def _held(folder: Path, held: ExitStack) -> tuple[str, list[IO[bytes]]]:
    for _ in range(TRIES):
        snapshot = newest(folder)
        try:
            with ExitStack() as opened:
                sources: list[IO[bytes]] = [opened.enter_context(p.open("rb")) for p in sorted(snapshot.iterdir())]
                # While it is the newest, nothing has been taken out of it.
                if newest(folder) == snapshot:
                    held.push(opened.pop_all())
                    return snapshot.name, sources
        except FileNotFoundError:
            continue
    raise Unavailable(f"the snapshots of {folder} come and go too fast; try again")


def _sound(found: Found, snapshot: str) -> Found:
    if found.faults:
        raise Unavailable(f"the store is damaged: {found.faults[0]}")
    if count_of(found.version) != int(snapshot):
        raise Unavailable(f"the store is damaged: snapshot {snapshot} is of version {found.version}")
    return found


def _manifest(folder: Path) -> Manifest:
    if not is_backup(folder):
        raise NotFound(f"{folder} is not a backup: it has no {MANIFEST}")
    try:
        told = Manifest(**json.loads((folder / MANIFEST).read_bytes()))
        sums = [(str(name), int(f["size"]), str(f["sha256"])) for name, f in told.files.items()]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Unavailable(f"{folder} is damaged: its {MANIFEST} cannot be read") from None
    return Manifest(told.version, told.triples, told.made, {n: {"size": s, "sha256": d} for n, s, d in sums})


def _compare(folder: Path, told: Manifest) -> None:
    """Raise Unavailable unless the files are exactly those of the manifest."""
    files = folder / FILES
    there = {path.name for path in files.iterdir()} if files.is_dir() else set()
    for name in sorted(there ^ set(told.files)):
        raise Unavailable(f"{folder} is damaged: {name} {'is in no manifest' if name in there else 'is missing'}")
    for name, wanted in told.files.items():
        if (files / name).stat().st_size != wanted["size"]:
            raise Unavailable(f"{folder} is damaged: {name} has not the size that its manifest says")
        with (files / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != wanted["sha256"]:
                raise Unavailable(f"{folder} is damaged: {name} has not the SHA-256 that its manifest says")


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A new folder beside `target`, gone at the end unless it was renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _publish(draft: Path, target: Path) -> None:
    # An empty folder gives way to a rename; one with something in it does not.
    draft.rename(target)
    sync(target.parent)


def _copy(source: IO[bytes], file: Path) -> str:
    """Copy to a file that is on the disk when this returns; the SHA-256 of what was read."""
    digest = hashlib.sha256()
    with file.open("xb") as out:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def _write(file: Path, text: str) -> None:
    with file.open("x", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
