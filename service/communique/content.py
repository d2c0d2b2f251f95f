"""Where the content is: a folder holding `ontology/`, `graph/` and `queries/`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from communique.errors import NotFound
from communique.settings import Settings


@dataclass(frozen=True)
class Content:
    """A content folder. What it holds is globbed, never listed by hand."""

    root: Path

    @property
    def core(self) -> Path:
        return self.root / "ontology" / "core.ttl"

    @property
    def schemes(self) -> Path:
        return self.root / "ontology" / "schemes.ttl"

    @property
    def shapes(self) -> Path:
        return self.root / "ontology" / "shapes.ttl"

    @property
    def alignments(self) -> Path:
        return self.root / "ontology" / "alignments.ttl"

    @property
    def context(self) -> Path:
        return self.root / "ontology" / "context.jsonld"

    def seeds(self) -> list[Path]:
        """The Turtle files of named actors, places and events."""
        return sorted((self.root / "graph").glob("*.ttl"))

    def reports(self) -> list[Path]:
        return sorted((self.root / "graph" / "reports").glob("*.yaml"))

    def queries(self) -> list[Path]:
        return sorted((self.root / "queries").glob("*.rq"))

    def checks(self) -> list[Path]:
        return sorted((self.root / "queries" / "checks").glob("*.rq"))

    def rules(self) -> list[Path]:
        return sorted((self.root / "queries" / "rules").glob("*.rq"))


def bundled() -> Path:
    """The content that comes with the program: packed into the wheel, or the checkout it runs from."""
    packed = Path(__file__).parent / "_data"
    return packed if packed.is_dir() else Path(__file__).parents[2]


def open_content(root: Path | None = None) -> Content:
    """The content folder at `root` (the bundled one if None); NotFound when it is not one."""
    folder = root or bundled()
    missing = [name for name in ("ontology", "graph", "queries") if not (folder / name).is_dir()]
    if missing:
        raise NotFound(f"{folder} is not a content folder: it has no {', '.join(missing)}/")
    return Content(folder)


def content_of(settings: Settings) -> Content:
    """The content folder that the settings name, or the bundled one."""
    return open_content(Path(settings.content) if settings.content else None)
