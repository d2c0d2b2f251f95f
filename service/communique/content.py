"""Where the content is: a folder holding `ontology/`, `graph/` and `queries/`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from communique.errors import NotFound
from communique.settings import Settings


@dataclass(frozen=True)
class Migration:
    """What data of an older version needs: a query that finds it, and an update that mends it."""

    detect: Path

    @property
    def name(self) -> str:
        """The versions and the file, such as `0.1.0-0.2.0/NAME`."""
        return f"{self.detect.parent.name}/{self.detect.name.removesuffix('.detect.rq')}"

    @property
    def update(self) -> Path:
        return self.detect.with_name(self.detect.name.replace(".detect.rq", ".update.ru"))

    @property
    def order(self) -> tuple[list[int], str]:
        """Older versions first, by number and not by letter."""
        return [int(part) for part in self.detect.parent.name.partition("-")[0].split(".")], self.name


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

    @property
    def report_schema(self) -> Path:
        return self.root / "ontology" / "report.schema.json"

    def versions(self) -> list[Path]:
        """The frozen versions of the ontology, each named for itself."""
        return sorted((self.root / "ontology" / "versions").glob("*.ttl"))

    def frozen(self, version: str, name: str) -> Path:
        """Where a file that stands beside the ontology is in a frozen version, if it was frozen too."""
        return self.root / "ontology" / "versions" / version / name

    @property
    def competency(self) -> Path:
        return self.root / "ontology" / "competency.md"

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

    def profiles(self) -> list[Path]:
        return sorted((self.root / "queries" / "profiles").glob("*.rq"))

    def scopes(self) -> list[Path]:
        """What belongs to one attack, for the profiles."""
        return sorted((self.root / "queries" / "profiles" / "scope").glob("*.rq"))

    def lints(self) -> list[Path]:
        return sorted((self.root / "queries" / "lint").glob("*.rq"))

    def migrations(self) -> list[Migration]:
        """From the oldest version on."""
        files = (self.root / "ontology" / "migrations").glob("*/*.detect.rq")
        return sorted(map(Migration, files), key=lambda migration: migration.order)


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
