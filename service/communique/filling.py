"""Very many files into a store: those of a content folder, or whatever paths stand for. A report may need what a later one brings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pyoxigraph import Literal, Quad

from communique import batches
from communique.content import Content
from communique.errors import Fault, Faulty, NotFound
from communique.load import Check, Loader
from communique.store import META, Change, Store
from communique.store.embedded import Embedded
from communique.vocab import RDFS

# While a new store is being filled from the content: one that was stopped there is filled when it is opened.
FILLING = Quad(META, RDFS.comment, Literal("the store is not yet filled"), META)
# From so many new reports on, and a tenth of those that the store has, they are loaded together.
MANY = 200


@dataclass
class Summary:
    """What became of each source."""

    loaded: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: dict[str, list[Fault]] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = {"loaded": self.loaded, "replaced": self.replaced, "unchanged": self.unchanged, "refused": self.refused}
        return ", ".join(f"{len(found)} {word}" for word, found in parts.items())


def opened(folder: Path, content: Content, check: Check) -> tuple[Embedded, Loader]:
    """The store in a folder, to be written, and its loader; one that does not exist yet is filled from the content."""
    new = not (folder / "data").is_dir()
    store = Embedded.open(folder, create=True)
    return store, filled(store, content, check, new=new)


def filled(store: Store, content: Content, check: Check, *, new: bool) -> Loader:
    """The loader of a store, which was filled from the content if it is new, or was stopped while it was filled."""
    if new:
        store.commit(Change(add={FILLING}))
    loader = Loader(store, content, check)
    if FILLING in set(store.quads(META)):
        loader.vocabulary()
        summary = load_all(loader, sources(content.root), lambda name, became: None)
        if summary.refused:
            raise Faulty([fault for found in summary.refused.values() for fault in found])
        store.commit(Change(remove={FILLING}))
    return loader


def sources(path: Path) -> list[Path]:
    """The files that a path stands for: itself, or the report files of a folder."""
    if path.is_file():
        return [path]
    if path.is_dir():
        folder = path / "graph"
        if folder.is_dir():
            return [*sorted((folder / "reports").glob("*.yaml")), *sorted(folder.glob("*.jsonl"))]
        return sorted([*path.glob("*.yaml"), *path.glob("*.jsonl")])
    raise NotFound(f"there is no file or folder {path}")


Job = Callable[[], str]


def load_all(loader: Loader, paths: list[Path], told: Callable[[str, str], None]) -> Summary:
    """Load each file; `told` hears of each what became of it. A report may need what a later one introduces."""
    summary = Summary()
    waiting = {name: job for path in paths for name, job in _jobs(loader, path)}
    for name in _together(loader, paths, len(waiting)):
        summary.loaded.append(name)
        told(name, "loaded")
        del waiting[name]
    while waiting:
        refused: dict[str, Job] = {}
        summary.refused = {}
        for name, job in waiting.items():
            try:
                became = job()
            except Faulty as error:
                refused[name], summary.refused[name] = job, error.faults
                continue
            getattr(summary, became).append(name)
            told(name, became)
        if len(refused) == len(waiting):
            for name in refused:
                told(name, "refused")
            break
        waiting = refused
    return summary


def _jobs(loader: Loader, path: Path) -> Iterator[tuple[str, Job]]:
    """What a file holds, by its name: itself, or the reports in its lines."""
    if path.suffix == ".jsonl":
        yield from ((str(place), partial(loader.line, place)) for place in batches.lines(path))
    else:
        yield str(path), partial(loader.report_file if path.suffix == ".yaml" else loader.rdf_file, path)


def _together(loader: Loader, paths: list[Path], jobs: int) -> list[str]:
    """Load at once what can be, where there are so many reports that it is worth it; their names."""
    if not isinstance(loader.store, Embedded) or jobs < max(MANY, loader.following.reports() // 10):
        return []
    return loader.many(batches.batched(paths)).sources
