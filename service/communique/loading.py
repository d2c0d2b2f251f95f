"""The verbs that fill a store: `load`, and `derive`, which makes anew what rules make."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from communique import crew
from communique.content import Content, content_of
from communique.errors import Fault
from communique.settings import settings_of

# name, what it does, its help, the settings it takes -> its parser
Add = Callable[[str, Callable[[argparse.Namespace], int], str, tuple[str, ...]], argparse.ArgumentParser]

# Files that hold very many reports, for which it is worth to have processes ready.
LARGE = frozenset({".jsonl", ".nq", ""})


def register(add: Add) -> None:
    """Add the verbs to the command line."""
    found = add("load", _load, "load report files, content folders or dumps", ("store", "content"))
    found.add_argument(
        "paths", nargs="*", help="report files, folders, Turtle or N-Quads; the content if none is given"
    )
    add("derive", _derive, "recompute everything that rules make", ("store", "content"))


def _load(given: argparse.Namespace) -> int:
    if not _large(given.paths):
        return _loaded(given)
    crew.begin()
    crew.unhurried()
    try:
        return _loaded(given)
    finally:
        crew.end()


def _loaded(given: argparse.Namespace) -> int:
    from communique import filling, load
    from communique.store import opening

    settings = settings_of(given)
    content = content_of(settings)
    store = opening.writing(settings, create=True)
    loader = load.Loader(store, content, _judge(content))
    vocabulary = loader.vocabulary()
    paths = [p for path in given.paths or [content.root] for p in filling.sources(Path(path))]
    with _progress(len(paths)) as told:
        summary = filling.load_all(loader, paths, told)
    opening.publish(store)
    for found in summary.refused.values():
        for fault in found:
            print(fault, file=sys.stderr)
    print(f"{summary}; code lists and named nodes {vocabulary}; version {store.version}")
    return 1 if summary.refused else 0


def _large(paths: Sequence[str]) -> bool:
    """Whether there may be very many reports in these paths, or in the content where none is given."""
    return not paths or any(Path(path).suffix in LARGE for path in paths)


def _derive(given: argparse.Namespace) -> int:
    from communique import load
    from communique.store import opening

    settings = settings_of(given)
    content = content_of(settings)
    store = opening.writing(settings)
    change = load.Loader(store, content, _judge(content)).rederive()
    opening.publish(store)
    print(f"{len(change.add)} derived triples added, {len(change.remove)} removed; version {store.version}")
    return 0


def _judge(content: Content) -> Callable[[bytes, str], list[Fault]]:
    """Shapes and check queries, for RDF that no report file made; their libraries are imported when needed."""

    def judge(data: bytes, file: str) -> list[Fault]:
        from communique.check import check

        return check(content, data, file)

    return judge


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str, str], None]]:
    """A bar on a terminal, a line for each file elsewhere."""
    if not sys.stderr.isatty():
        yield lambda name, became: print(f"{name}: {became}", file=sys.stderr)
        return
    from tqdm import tqdm

    with tqdm(total=total, unit="file") as bar:

        def told(name: str, became: str) -> None:
            bar.set_postfix_str(f"{Path(name).name}: {became}")
            bar.update()

        yield told
