"""The verb `dump`: all data to a file, what is in it beside it, or what has changed since an earlier one."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from communique import delta, dump, manifest
from communique.compress import GZIP, PLAIN, ZSTD, Packing
from communique.edition import WORDS, kept_dump
from communique.errors import Usage
from communique.settings import Settings, settings_of
from communique.store import Store, opening

# name, what it does, its help, the settings it takes -> its parser
Add = Callable[[str, Callable[[argparse.Namespace], int], str, tuple[str, ...]], argparse.ArgumentParser]


def register(add: Add) -> None:
    """Add the verb to the command line."""
    found = add("dump", _dump, "write all data to a file, with a checksum beside it", ("store",))
    found.add_argument("file")
    found.add_argument("--format", choices=sorted(dump.FORMATS), help="turtle if not given")
    packing = found.add_mutually_exclusive_group()
    packing.add_argument("--gzip", action="store_const", dest="packing", const=GZIP, default=PLAIN)
    packing.add_argument("--zstd", action="store_const", dest="packing", const=ZSTD)
    found.add_argument("--manifest", action="store_true", help="describe it in FILE.manifest.ttl and .jsonld")
    found.add_argument(
        "--since",
        metavar="VERSION",
        help="write FILE.added.nq and FILE.removed.nq instead: what changed since a version that the service keeps, or "
        "since an N-Quads dump",
    )


def _dump(given: argparse.Namespace) -> int:
    settings = settings_of(given)
    if given.since and (given.manifest or given.format not in (None, "nquads")):
        raise Usage("--since writes N-Quads, and no manifest")
    store = opening.reading(settings).pinned()
    with _ending_at_once():
        if given.since:
            return _delta(store, settings, given.since, Path(given.file), given.packing)
        return _whole(store, given.format or "turtle", Path(given.file), given.packing, described=given.manifest)


def _whole(store: Store, name: str, file: Path, packing: Packing, *, described: bool) -> int:
    form = dump.FORMATS[name]
    made = dump.dump(store, form, file, packing, summed=True)
    if described:
        facts = manifest.look(store)
        held = manifest.Distribution(file.name, form, packing, made.size, made.sha256)
        manifest.write(manifest.Manifest(facts, [held]), file)
    print(f"{file}: version {store.version}")
    return 0


def _delta(store: Store, settings: Settings, since: str, file: Path, packing: Packing) -> int:
    added, removed = (file.with_name(f"{file.name}.{word}.nq{packing.suffix}") for word in WORDS)
    with delta.dumped(kept_dump(settings, since)) as before:
        delta.delta(before, delta.current(store), (added, removed), packing)
    print(f"{added}, {removed}: from {since} to version {store.version}")
    return 0


@contextmanager
def _ending_at_once() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does, so that it clears up behind itself."""
    former = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
