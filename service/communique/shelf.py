"""The shelf: dumps of the newest versions, each made once, when it is first asked for, in a process of its own."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from communique import edition
from communique.draft import sum_in
from communique.edition import DELTA, DELTAS, FACTS, LINES, NAMES, VERSION, Edition, editions
from communique.errors import NotFound
from communique.process import making
from communique.process.maker import Maker
from communique.process.sandbox import Limits
from communique.process.worker import Worker
from communique.ranges import Opened
from communique.service import Service


@dataclass
class Held(Opened):
    """A file of a version."""

    name: str
    version: str


class Shelf:
    """The editions of a service, in the folder `dumps` of its store."""

    def __init__(self, service: Service) -> None:
        self.service, self.settings = service, service.settings
        if self.settings.remote:
            # What another server keeps is for its keeper to back up; here it is kept while this process lives.
            self.temporary = tempfile.TemporaryDirectory(prefix="communique-dumps-")
            self.folder = Path(self.temporary.name)
        else:
            self.folder = edition.shelf_of(self.settings)
        self.maker = Maker(self.settings.query_seconds, self.settings.dump_seconds)

    # -- what there is

    def editions(self) -> list[Edition]:
        return editions(self.folder)

    async def newest(self, name: str) -> Held:
        """A dump of the newest version, or its checksum, made now if it is not there.

        Raises NotFound for a name that is no dump's, NotYet when it takes longer than a query may, OverCap when there is no
        space for it.
        """
        _require_name(name)
        return await self._newest(name)

    async def kept(self, version: str, name: str) -> Held:
        """A dump of a version that is kept, or its checksum; NotFound for any other."""
        _require_name(name)
        folder = self.folder / version
        if not VERSION.fullmatch(version) or not folder.is_dir():
            raise NotFound(f"no dump of version {version!r} is kept; there is {self._told()}")
        with suppress(FileNotFoundError):
            return await run_in_threadpool(_open, folder / name, version)
        if version != await run_in_threadpool(self._version):
            raise NotFound(f"version {version} is kept, and {name} was not made while it was the newest")
        held = await self._newest(name)
        if held.version != version:
            held.file.close()
            raise NotFound(f"version {version} is not the newest any more, and {name} was not made of it")
        return held

    async def delta(self, name: str) -> Held:
        """What was added or removed between two versions that are kept; NotFound for others."""
        plain = name.removesuffix(".sha256")
        found = DELTA.fullmatch(plain)
        if not found:
            raise NotFound(f"{name!r} is not the name of a delta, such as 1-1a2b..2-3c4d.added.nq.zst")
        for version in found.groups()[:2]:
            if not (self.folder / version / LINES).is_file():
                raise NotFound(f"version {version} is not kept; there is {self._told()}")
        path = self.folder / DELTAS / name
        with suppress(FileNotFoundError):
            return await run_in_threadpool(_open, path, found[2])
        await self.maker.made(plain, lambda: self._worker(making.delta, str(self.folder), plain), self._prune)
        return await run_in_threadpool(_open, path, found[2])

    async def described(self, version: str = "") -> Edition:
        """The edition of a version (the newest if none is told) with what its manifest needs."""
        if version:
            (await self.kept(version, LINES)).file.close()
            found = self.folder / version / FACTS
            if found.is_file():
                return Edition(found.parent)
        return Edition((await self._path(FACTS)).parent)

    # -- the parts

    async def _newest(self, name: str) -> Held:
        path = await self._path(name.removesuffix(".sha256"))
        return await run_in_threadpool(_open, path.with_name(name), path.parent.name)

    async def _path(self, name: str) -> Path:
        """Where a file of the newest version is."""
        version = await run_in_threadpool(self._version)
        path = self.folder / version / name
        if path.exists():
            return path
        return await self.maker.made(f"{version}/{name}", lambda: self._dumping(name), self._prune)

    def _dumping(self, name: str) -> Worker:
        # What was acknowledged is in the newest snapshot from here on.
        self.service.store.pinned()
        names = list(dict.fromkeys([name, LINES, FACTS]))
        return self._worker(making.dumps, self.settings, str(self.folder), names)

    def _worker(self, target: Callable[..., None], *arguments: object) -> Worker:
        return Worker(target, Limits(self.settings.query_memory, network=self.settings.remote), *arguments)

    def _prune(self) -> None:
        edition.prune(self.folder, self.settings.dumps_kept)

    def _version(self) -> str:
        return self.service.store.version

    def _told(self) -> str:
        return ", ".join(edition.version for edition in self.editions()) or "none yet"


def _require_name(name: str) -> None:
    if name.removesuffix(".sha256") not in NAMES:
        raise NotFound(f"there is no dump {name!r}; there are {', '.join(NAMES)}")


def _open(path: Path, version: str) -> Held:
    """A file that is there. FileNotFoundError when it is not, or goes in this moment."""
    summed = path.suffix == ".sha256"
    text = path.read_bytes() if summed else b""
    sha256 = hashlib.sha256(text).hexdigest() if summed else sum_in(path)
    file = path.open("rb")
    return Held(file, sha256, os.fstat(file.fileno()).st_mtime, path.name, version)
