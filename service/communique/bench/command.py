"""The verb `bench`: measures the service beside other stores, or makes a world to measure by."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from communique.bench import make, paper, rivals
from communique.bench.ground import Bench
from communique.bench.rows import rows
from communique.bench.run import GROWTH, PARTS, run
from communique.bench.world import World
from communique.content import content_of
from communique.errors import Usage
from communique.settings import settings_of

Add = Callable[[str, Callable[[argparse.Namespace], int], str, tuple[str, ...]], argparse.ArgumentParser]

FORMS = ("reports", "texts", "store", "nquads")
EVERY = (*PARTS, GROWTH)


def register(add: Add) -> None:
    """Add the verb to the command line."""
    found = add("bench", _bench, "measure the service beside other stores; or make a world to measure by", ("content",))
    found.add_argument(
        "--triples", type=int, nargs="+", default=[100_000], metavar="N",
        help="about how many triples each world has, derived ones included (100000)",
    )  # fmt: skip
    found.add_argument("--seed", type=int, default=1, help="another number gives another world (1)")
    _measuring(found.add_argument_group("measuring"))
    making = found.add_argument_group("making")
    making.add_argument("--make", metavar="DIR", help="only make a world, in this folder; it must be new or empty")
    forms = (
        "beside a content folder without reports: graph/reports.jsonl, texts/NAME.txt, store/, world.nq; any of them"
    )
    making.add_argument("--form", nargs="+", choices=FORMS, default=["reports"], help=forms)


def _measuring(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--seconds", type=int, default=2, help="how long each load lasts (2)")
    group.add_argument("--rounds", type=int, default=3, help="how often all take turns (3)")
    group.add_argument("--connections", type=int, nargs="+", default=[1, 64], metavar="N", help="at one time (1 64)")
    group.add_argument("--only", nargs="+", choices=EVERY, default=EVERY, metavar="PART", help=", ".join(EVERY))
    group.add_argument(
        "--rivals", nargs="+", choices=rivals.NAMES, default=rivals.NAMES, metavar="STORE",
        help=f"{', '.join(rivals.NAMES)}; those that this machine has",
    )  # fmt: skip
    group.add_argument("--folder", default=".bench", help="where worlds and the other stores' data are kept (.bench)")
    group.add_argument("--stores", default=".stores", help="where `make stores` has put its downloads (.stores)")
    group.add_argument(
        "--patience", type=float, default=3600, help="seconds after which a load or a dump is stopped (3600)"
    )
    group.add_argument(
        "--out", default="bench.json", help="the file of all figures; parts measured anew replace theirs"
    )
    group.add_argument("--page", metavar="FILE", help="write the page of the results as Markdown, too")


def _bench(given: argparse.Namespace) -> int:
    if given.make:
        return _make(given)
    bench = Bench(
        folder=Path(given.folder).absolute(), content=content_of(settings_of(given)), stores=Path(given.stores).absolute(),
        seconds=given.seconds, rounds=given.rounds, connections=tuple(given.connections), rivals=tuple(given.rivals),
        patience=given.patience, seed=given.seed,
    )  # fmt: skip
    # What was started is stopped then, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    runs = run(bench, given.triples, given.only, Path(given.out))
    print(paper.table(rows(runs)))
    if given.page:
        Path(given.page).write_text(paper.page(runs), "utf-8")
    return 0


def _make(given: argparse.Namespace) -> int:
    if len(given.triples) != 1:
        raise Usage("--make makes one world; give one number of triples")
    world, target = World.of(given.triples[0], given.seed), Path(given.make)
    told = make.whole(world, content_of(settings_of(given)), target, given.form)
    print(f"{target}: {', '.join(told)}")
    return 0
