"""The verb `bench`: so far it makes the world that is measured by."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from communique.bench import make
from communique.bench.world import World
from communique.content import Content, content_of
from communique.settings import settings_of

Add = Callable[[str, Callable[[argparse.Namespace], int], str, tuple[str, ...]], argparse.ArgumentParser]


def register(add: Add) -> None:
    """Add the verb to the command line."""
    found = add("bench", _bench, "make a world to measure by: the same seed and size give the same bytes", ("content",))
    found.add_argument("--make", metavar="DIR", required=True, help="the folder to make; it must be new or empty")
    found.add_argument("--triples", type=int, default=100_000, help="about how many, derived ones included (100000)")
    found.add_argument("--seed", type=int, default=1, help="another number gives another world (1)")
    forms = "beside a content folder without reports: graph/reports.jsonl, texts/NAME.txt, store/, or world.nq"
    found.add_argument("--form", choices=sorted(FORMS), default="reports", help=forms)


def _bench(given: argparse.Namespace) -> int:
    world = World.of(given.triples, given.seed)
    target = Path(given.make)
    content = make.folder(world, content_of(settings_of(given)), target)
    print(f"{target}: {world.attacks} attacks, {FORMS[given.form](world, content)}")
    return 0


def _reports(world: World, content: Content) -> str:
    return f"{make.reports(world, content.root / 'graph' / 'reports.jsonl')} reports"


def _texts(world: World, content: Content) -> str:
    make.texts(world, content.root / "texts")
    return _reports(world, content)


def _store(world: World, content: Content) -> str:
    store = make.fill(world, content, content.root / "store")
    return f"{len(store.engine)} triples; version {store.version}"


def _nquads(world: World, content: Content) -> str:
    """By way of a store, since what is derived is in it too."""
    with tempfile.TemporaryDirectory(dir=content.root) as folder:
        store = make.fill(world, content, Path(folder) / "store")
        make.quads(store, content.root / "world.nq")
        return f"{len(store.engine)} triples"


FORMS: dict[str, Callable[[World, Content], str]] = {
    "reports": _reports, "texts": _texts, "store": _store, "nquads": _nquads,
}  # fmt: skip
