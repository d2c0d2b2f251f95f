"""The verb `bench`: so far it makes the world that is measured by."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from communique.bench import make
from communique.bench.world import World
from communique.content import Content, content_of
from communique.settings import settings_of

Add = Callable[[str, Callable[[argparse.Namespace], int], str, tuple[str, ...]], argparse.ArgumentParser]

FORMS = ("reports", "texts", "store", "nquads")


def register(add: Add) -> None:
    """Add the verb to the command line."""
    found = add("bench", _bench, "make a world to measure by: the same seed and size give the same bytes", ("content",))
    found.add_argument("--make", metavar="DIR", required=True, help="the folder to make; it must be new or empty")
    found.add_argument("--triples", type=int, default=100_000, help="about how many, derived ones included (100000)")
    found.add_argument("--seed", type=int, default=1, help="another number gives another world (1)")
    forms = (
        "beside a content folder without reports: graph/reports.jsonl, texts/NAME.txt, store/, world.nq; any of them"
    )
    found.add_argument("--form", nargs="+", choices=FORMS, default=["reports"], help=forms)


def _bench(given: argparse.Namespace) -> int:
    world = World.of(given.triples, given.seed)
    target = Path(given.make)
    content = make.folder(world, content_of(settings_of(given)), target)
    print(f"{target}: {world.attacks} attacks, {', '.join(_forms(world, content, set(given.form)))}")
    return 0


def _forms(world: World, content: Content, forms: set[str]) -> Iterator[str]:
    """Each form into the folder; what there is in it."""
    if "texts" in forms:
        make.texts(world, content.root / "texts")
    if forms & {"reports", "texts"}:
        yield f"{make.reports(world, content.root / 'graph' / 'reports.jsonl')} reports"
    if forms & {"store", "nquads"}:
        yield _filled(world, content, forms)


def _filled(world: World, content: Content, forms: set[str]) -> str:
    """N-Quads by way of a store, since what is derived is in them too."""
    with tempfile.TemporaryDirectory(dir=content.root) as folder:
        place = content.root if "store" in forms else Path(folder)
        store = make.fill(world, content, place / "store")
        if "nquads" in forms:
            make.quads(store, content.root / "world.nq")
        return f"{len(store.engine)} triples; version {store.version}"
