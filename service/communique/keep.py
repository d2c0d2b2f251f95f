"""Keeping a store: the verbs backup, restore, optimize, verify-store."""

from __future__ import annotations

import argparse
import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from communique import backup
from communique.content import Content, content_of
from communique.errors import NotFound, Unavailable
from communique.probe import Found, probe
from communique.settings import folder_of, settings_of
from communique.store import META
from communique.store.embedded import Embedded, count_of, newest
from communique.vocab import CODES, DERIVED, ID, SHARED

# name, what it does, its help, the settings it takes -> its parser
Add = Callable[[str, Callable[[argparse.Namespace], int], str, tuple[str, ...]], argparse.ArgumentParser]

REPORTS = f"{ID}report/"
NAMES = {
    "": "unnamed",
    SHARED.value: "shared",
    DERIVED.value: "derived",
    CODES.value: "code lists",
    META.value: "of its own",
}


def register(add: Add) -> None:
    """Add these verbs to the command line."""
    add("optimize", _optimize, "rewrite a store's files for speed and space", ("store",))
    made = add("backup", _backup, "copy the newest snapshot to a new folder, with checksums", ("store",))
    made.add_argument("target", help="the folder to make")
    back = add("restore", _restore, "make a new store from a backup", ("store",))
    back.add_argument("backup", help="a folder that `backup` made")
    read_all = add("verify-store", _verify_store, "read all of a store or backup; prove it whole", ("store", "content"))
    for parser in (made, back, read_all):
        parser.add_argument("--seconds", type=float, default=3600, help="how long reading it all may take (3600)")


def catch_up(folder: Path) -> None:
    """Publish what a writer that was stopped has left unpublished; nothing while one is running."""
    if not (folder / "data").is_dir():
        raise NotFound(f"there is no store in {folder}")
    with _unwritten(folder / "data") as free:
        pass
    if free:
        Embedded.open(folder).publish()


def optimize(folder: Path) -> str:
    """Let the engine rewrite the store's files, and publish them; the store's version."""
    store = Embedded.open(folder)
    store.engine.optimize()
    published = store.publish()
    if published is None or not published.is_dir():
        raise NotFound(f"there is no store in {folder}")
    # The snapshot of this version may hold the files as they were.
    draft, old = (published.with_name(f".{published.name}.{word}") for word in ("new", "old"))
    for path in (draft, old):
        shutil.rmtree(path, ignore_errors=True)
    store.engine.backup(str(draft))
    published.rename(old)
    draft.rename(published)
    shutil.rmtree(old)
    return store.version


def verify_store(folder: Path, content: Content, seconds: float) -> str:
    """Read all of a store, or of a backup, and hold it against the rules; a line that says what is there.

    Beside a writer it is the newest snapshot that is read. Raises Unavailable with the first thing that is wrong.
    """
    if backup.is_backup(folder):
        told = backup.verify(folder, seconds)
        _proved(folder, probe(folder / backup.FILES, seconds, content))
        return f"{folder}: whole: a backup of {told}"
    if not (folder / "data").is_dir():
        raise NotFound(f"there is no store in {folder}")
    with _unwritten(folder / "data") as free:
        if not free:
            line = _proved(folder, probe(newest(folder), seconds, content))
            return f"{line}; read in its newest snapshot, since a process is using the store"
        found = probe(folder / "data", seconds, content)
        published = int(newest(folder).name)
        if count_of(found.version) < published:
            raise Unavailable(
                f"the store in {folder} has lost writes: it is at version {found.version}, older than its snapshot {published}"
            )
        _proved(folder, probe(newest(folder), seconds))
        return _proved(folder, found)


def _proved(folder: Path, found: Found) -> str:
    """What was found, in a line; Unavailable with the first fault when there is one."""
    if found.faults:
        more = f" (and {len(found.faults) - 1} more)" if len(found.faults) > 1 else ""
        raise Unavailable(f"the store in {folder} is faulty: {found.faults[0]}{more}")
    held = {NAMES.get(name, name): count for name, count in found.graphs.items() if not name.startswith(REPORTS)}
    reports = [count for name, count in found.graphs.items() if name.startswith(REPORTS)]
    held[f"in {len(reports)} reports"] = sum(reports)
    parts = ", ".join(f"{count} {name}" for name, count in sorted(held.items()))
    return f"{folder}: whole: version {found.version}, {found.triples} triples: {parts}"


@contextmanager
def _unwritten(data: Path) -> Iterator[bool]:
    """Keep writers out by the lock that the engine takes (a POSIX record lock); False when one is there."""
    with (data / "LOCK").open("a") as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


# -- verbs


def _folder(given: argparse.Namespace) -> Path:
    return folder_of(settings_of(given))


def _backup(given: argparse.Namespace) -> int:
    folder = _folder(given)
    catch_up(folder)
    made = backup.make(folder, Path(given.target), given.seconds)
    print(f"{given.target}: {made}")
    return 0


def _restore(given: argparse.Namespace) -> int:
    folder = _folder(given)
    told = backup.restore(Path(given.backup), folder, given.seconds)
    print(f"{folder}: restored from {given.backup}: {told}")
    return 0


def _optimize(given: argparse.Namespace) -> int:
    folder = _folder(given)
    print(f"{folder}: optimized; version {optimize(folder)}")
    return 0


def _verify_store(given: argparse.Namespace) -> int:
    settings = settings_of(given)
    content = content_of(settings)
    print(verify_store(folder_of(settings), content, given.seconds))
    return 0
