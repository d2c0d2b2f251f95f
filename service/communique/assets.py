"""What pages load: our style sheets and icon, and the scripts, fonts and map data that are built. A name changes with its content."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from communique.errors import NotFound

PACKAGE = Path(__file__).parent
STYLE = PACKAGE / "style"
BUILT = PACKAGE / "static"
MANIFEST = "manifest.json"
EXCUSE = "NOT-BUILT.txt"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".js": "text/javascript; charset=utf-8",
    ".topojson": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
# The best first. The codings of RFC 9110 section 8.4.1 and RFC 7932, and how their files end.
CODINGS = {"br": ".br", "gzip": ".gz"}


@dataclass(frozen=True)
class Asset:
    """A file under the name that it is served by, with its packed forms by coding, and the files it cannot do without."""

    file: str
    body: bytes
    packed: Mapping[str, bytes] = field(default_factory=dict)
    loads: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return f"/static/{self.file}"

    @property
    def type(self) -> str:
        return TYPES[Path(self.file).suffix]

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:16]


@dataclass(frozen=True)
class Assets:
    """Assets by the name that pages call them; `excuse` says why what is built is not there, if it is not."""

    named: Mapping[str, Asset]
    excuse: str = ""

    @classmethod
    def read(cls, style: Path = STYLE, built: Path = BUILT) -> Assets:
        """What is written in one folder and what is built in another."""
        named = {path.name: _written(path) for path in _style(style)}
        manifest = built / MANIFEST
        if not manifest.is_file():
            return cls(named, _excuse(built))
        entries = json.loads(manifest.read_text("utf-8"))
        return cls(named | {name: _made(built, entry["file"], entry["loads"]) for name, entry in entries.items()})

    def __getitem__(self, name: str) -> str:
        """The address of an asset. Raises NotFound."""
        if name not in self.named:
            raise NotFound(f"there is no asset {name!r}{': ' + self.excuse if self.excuse else ''}")
        return self.named[name].address

    def find(self, name: str) -> str | None:
        """The address of an asset, if it is there."""
        return self[name] if name in self.named else None

    def __contains__(self, name: str) -> bool:
        return name in self.named

    def __iter__(self) -> Iterator[str]:
        return iter(self.named)

    def with_all(self, name: str) -> list[Asset]:
        """An asset and all that it cannot do without, each once."""
        by_file = {asset.file: asset for asset in self.named.values()}
        found = [self.named[name]]
        for asset in found:
            found += [by_file[file] for file in asset.loads if by_file[file] not in found]
        return found


def made_of() -> list[Path]:
    """The files that make a page look as it does, whatever it tells."""
    found = [*_style(STYLE), *(PACKAGE / "templates").rglob("*"), BUILT / MANIFEST]
    return sorted(path for path in found if path.is_file())


def _style(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.css"), *folder.glob("*.svg")])


def _written(path: Path) -> Asset:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:8]
    return Asset(f"{path.stem}-{digest}{path.suffix}", body, {"gzip": gzip.compress(body, mtime=0)})


def _made(folder: Path, file: str, loads: list[str]) -> Asset:
    packed = {coding: folder / f"{file}{end}" for coding, end in CODINGS.items()}
    return Asset(
        file,
        (folder / file).read_bytes(),
        {coding: path.read_bytes() for coding, path in packed.items() if path.is_file()},
        tuple(loads),
    )


def _excuse(built: Path) -> str:
    told = built / EXCUSE
    return told.read_text("utf-8").strip() if told.is_file() else "they were never built"
