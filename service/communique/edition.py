"""An edition: a folder with the dumps of one version, and what is kept of it for deltas.

FOLDER/VERSION/communique.FORMAT[.gz|.zst]    each with its .sha256
FOLDER/VERSION/facts.json                     what its manifest says
FOLDER/delta/OLD..NEW.WORD.nq.zst             what was added, what was removed
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from communique import delta
from communique.compress import PACKINGS, ZSTD, Packing
from communique.draft import drafted, sum_in, sweep
from communique.dump import FORMATS, dump
from communique.errors import NotFound
from communique.manifest import Distribution, Facts, Manifest, look
from communique.media import Rdf
from communique.settings import Settings
from communique.store import Store
from communique.store.embedded import count_of

NAMES: dict[str, tuple[Rdf, Packing]] = {
    f"communique.{form.name}{packing.suffix}": (form, packing) for form in FORMATS.values() for packing in PACKINGS
}
# Deltas are made of these, so every edition has one.
LINES = "communique.nq.zst"
FACTS = "facts.json"
DELTAS = "delta"
WORDS = ("added", "removed")
VERSION = re.compile(r"[0-9]{1,18}-[0-9a-z]{1,64}")
DELTA = re.compile(rf"({VERSION.pattern})\.\.({VERSION.pattern})\.({'|'.join(WORDS)})\.nq\.zst")


@dataclass(frozen=True)
class Edition:
    """The dumps of a version, in a folder named for it."""

    folder: Path

    @property
    def version(self) -> str:
        return self.folder.name

    def manifest(self, kept: list[Edition]) -> Manifest:
        """What is in it, and which of those kept is before it; files that are not made yet have no size."""
        facts = Facts.of(json.loads((self.folder / FACTS).read_bytes()))
        versions = [edition.version for edition in kept]
        before = [version for version in versions if count_of(version) < count_of(self.version)]
        return Manifest(facts, self.files(), before[-1] if before else "", versions)

    def files(self) -> list[Distribution]:
        return [self._file(name, *kind) for name, kind in NAMES.items()]

    def _file(self, name: str, form: Rdf, packing: Packing) -> Distribution:
        path = self.folder / name
        try:
            return Distribution(name, form, packing, path.stat().st_size, sum_in(path))
        except FileNotFoundError:
            return Distribution(name, form, packing)


def editions(folder: Path) -> list[Edition]:
    """Those kept in a folder, from the oldest version on."""
    found = (Edition(path) for path in folder.glob("*") if VERSION.fullmatch(path.name))
    return sorted((e for e in found if (e.folder / LINES).is_file()), key=lambda e: (count_of(e.version), e.version))


def put(store: Store, folder: Path, name: str) -> Path:
    """Make a file of the edition of a store, unless it is there; where it is."""
    path = folder / store.version / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == FACTS:
            with drafted(path) as (draft,):
                draft.write(json.dumps(look(store).document()).encode())
        else:
            form, packing = NAMES[name]
            dump(store, form, path, packing, summed=True)
    return path


def put_delta(folder: Path, name: str) -> Path:
    """Make both files of a delta between two editions. NotFound when one of these is not kept."""
    old, new, _ = _told(name)
    added, removed = (folder / DELTAS / f"{old}..{new}.{word}.nq.zst" for word in WORDS)
    if not (added.exists() and removed.exists()):
        added.parent.mkdir(parents=True, exist_ok=True)
        with delta.dumped(_lines(folder, old)) as before, delta.dumped(_lines(folder, new)) as after:
            delta.delta(before, after, (added, removed), ZSTD)
    return folder / DELTAS / name


def prune(folder: Path, kept: int) -> None:
    """Take away all editions but the last made, the deltas of those that go, and what killed writers left.

    Who is reading a file goes on reading it.
    """
    made = sorted((p for p in folder.glob("*") if VERSION.fullmatch(p.name)), key=lambda p: p.stat().st_mtime)
    for path in made[: -max(kept, 1)]:
        shutil.rmtree(path, ignore_errors=True)
    for path in (folder / DELTAS).glob("*.nq.zst"):
        found = DELTA.fullmatch(path.name)
        if not found or not all((folder / version).is_dir() for version in found.groups()[:2]):
            path.unlink(missing_ok=True)
            path.with_name(f"{path.name}.sha256").unlink(missing_ok=True)
    for place in (*made, folder / DELTAS):
        sweep(place)


def shelf_of(settings: Settings) -> Path:
    """Where the editions of a store in a folder are kept."""
    return Path(settings.store) / "dumps"


def kept_dump(settings: Settings, version: str) -> Path:
    """The N-Quads dump of a version that is kept, or at a path. NotFound when there is neither."""
    if not settings.remote and VERSION.fullmatch(version) and (path := shelf_of(settings) / version / LINES).exists():
        return path
    if Path(version).is_file():
        return Path(version)
    kept = [] if settings.remote else [edition.version for edition in editions(shelf_of(settings))]
    told = f"kept are {', '.join(kept)}" if kept else "no version is kept"
    raise NotFound(f"there is no dump of version {version}, and no file of that name; {told}")


def _told(name: str) -> tuple[str, str, str]:
    found = DELTA.fullmatch(name)
    if not found:
        raise NotFound(f"{name!r} is not the name of a delta, such as 1-1a2b..2-3c4d.added.nq.zst")
    return found[1], found[2], found[3]


def _lines(folder: Path, version: str) -> Path:
    path = folder / version / LINES
    if not path.is_file():
        kept = ", ".join(edition.version for edition in editions(folder))
        raise NotFound(f"version {version} is not kept; kept are {kept or 'none'}")
    return path
