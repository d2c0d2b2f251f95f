"""Reports by the batch: files of YAML, or a file with one JSON document a line, which is how very many are kept.

A line is `{"name": "…", "report": {…}}`, the report as `PUT /api/reports/{name}` takes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from communique.errors import Fault, Faulty

# Imported when a report is read, which is mostly in a worker: the model takes a while.
if TYPE_CHECKING:
    from communique.report import Line, Report

SIZE = 80


@dataclass(frozen=True)
class Place:
    """Where a line stands: file, number, first byte, length."""

    file: Path
    number: int
    start: int
    length: int

    def __str__(self) -> str:
        return f"{self.file}:{self.number}"

    def read(self) -> Line:
        """The line. Faulty when it is no report with a name."""
        with self.file.open("rb") as opened:
            opened.seek(self.start)
            return self.parse(opened.read(self.length))

    def parse(self, line: bytes) -> Line:
        from pydantic import ValidationError

        from communique.faults import malformed
        from communique.report import Line

        try:
            return Line.model_validate_json(line)
        except ValidationError as error:
            found = (
                Fault(str(self.file), self.number, p.rule, f"{_path(p.path)}{p.message}") for p in malformed(error)
            )
            raise Faulty(list(found)) from error


@dataclass(frozen=True)
class Given:
    """A report of a batch: from where, its name, and itself; None for one that has not the model's shape.

    One that was read from N-Quads is to become the same lines again.
    """

    source: str
    name: str = ""
    report: Report | None = None
    lines: bytes = b""


@dataclass(frozen=True)
class Files:
    """Report files of YAML."""

    paths: tuple[Path, ...]

    def reports(self) -> Iterator[Given]:
        for path in self.paths:
            yield Given(str(path), path.stem, _or_none(path))


@dataclass(frozen=True)
class Lines:
    """Lines of one file, one after another."""

    places: tuple[Place, ...]

    def reports(self) -> Iterator[Given]:
        with self.places[0].file.open("rb") as opened:
            for place in self.places:
                opened.seek(place.start)
                try:
                    line = place.parse(opened.read(place.length))
                except Faulty:
                    yield Given(str(place))
                    continue
                yield Given(str(place), line.name, line.report)


def lines(file: Path) -> Iterator[Place]:
    """The lines of a file that are not empty."""
    start = 0
    with file.open("rb") as opened:
        for number, line in enumerate(opened, 1):
            if line.strip():
                yield Place(file, number, start, len(line))
            start += len(line)


def batched(paths: Iterable[Path]) -> Iterator[Files | Lines]:
    """The reports in these files, in their order; RDF files are no reports."""
    files: list[Path] = []
    for path in paths:
        if path.suffix == ".yaml":
            files.append(path)
        elif path.suffix == ".jsonl":
            places = list(lines(path))
            yield from (Lines(tuple(places[i : i + SIZE])) for i in range(0, len(places), SIZE))
    yield from (Files(tuple(files[i : i + SIZE])) for i in range(0, len(files), SIZE))


def written(name: str, report: Report) -> bytes:
    """The line of a report."""
    from communique.report import Line

    return Line(name=name, report=report).model_dump_json(by_alias=True, exclude_defaults=True).encode() + b"\n"


def _or_none(path: Path) -> Report | None:
    # YAML is of no use to a service whose store is filled.
    from communique import reader

    try:
        return reader.read(path)
    except Faulty:
        return None


def _path(path: tuple[str | int, ...]) -> str:
    return f"{'.'.join(map(str, path))}: " if path else ""
