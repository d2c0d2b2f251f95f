"""Data on its way in and out: reports and dumps loaded in bulk, everything dumped, beside the same by Oxigraph's tools."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from communique.bench import ours, oxigraph, task
from communique.bench.ground import Bench, Ground, Sample, Samples

Command = Callable[[Path], Sequence[object]]


def reports(bench: Bench, ground: Ground) -> Samples:
    """Our reports through validation, rules and all, beside the triples that come of it."""
    content = ["--content", ground.made.root]
    return _turns(bench, ground, "reports", {
        "ours": lambda folder: [*ours.COMMAND, "load", "--store", folder / "store", *content],
        "oxigraph": lambda folder: oxigraph.load(folder / "store", ground.quads),
    })  # fmt: skip


def quads(bench: Bench, ground: Ground) -> Samples:
    """The N-Quads of a whole store, into a new one."""
    content = ["--content", ground.made.root]
    return _turns(bench, ground, "quads", {
        "ours": lambda folder: [*ours.COMMAND, "load", "--store", folder / "store", *content, ground.quads],
        "oxigraph": lambda folder: oxigraph.load(folder / "store", ground.quads),
    })  # fmt: skip


def dumps(bench: Bench, ground: Ground) -> Samples:
    """All as Turtle. Oxigraph writes one graph as Turtle, so its store holds our dump in one."""
    place = ground.folder / "dumps"
    with _emptied(place):
        store = ours.copied(ground.store, place / "ours")
        first = place / "first.ttl"
        task.do([*ours.COMMAND, "dump", "--store", store, "--format", "turtle", first], place / "log", bench.patience)
        task.do(oxigraph.load(place / "oxigraph", first), place / "log", bench.patience)
        task.do([oxigraph.PROGRAM, "optimize", "--location", place / "oxigraph"], place / "log", bench.patience)
        yield from _turns(bench, ground, "dump", {
            "ours": lambda folder: [*ours.COMMAND, "dump", "--store", store, "--format", "turtle", folder / "all.ttl"],
            "oxigraph": lambda folder: oxigraph.dump(place / "oxigraph", folder / "all.ttl"),
        })  # fmt: skip


def _turns(bench: Bench, ground: Ground, group: str, commands: dict[str, Command]) -> Samples:
    for turn in range(bench.rounds):
        for who, command in commands.items():
            with _emptied(ground.folder / "loads") as folder:
                yield {"group": group, "who": who, "round": turn, **_done(bench, ground, command(folder), folder)}


def _done(bench: Bench, ground: Ground, command: Sequence[object], folder: Path) -> Sample:
    """Triples a second; what is stopped for taking too long has no more than that many."""
    try:
        took = task.do(command, folder / "log", bench.patience, ours.environment())
    except task.TooLong as error:
        bench.say(error.detail)
        return {"stopped": bench.patience, "rate": ground.count / bench.patience, "triples": ground.count}
    said = f"{' '.join(map(str, command[:3]))}: {took.seconds:.1f} s, {ground.count / took.seconds:,.0f} triples/s"
    bench.say(f"{said}, at most {took.memory / 1e6:.0f} MB")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.stat().st_nlink == 1)
    return {
        "seconds": took.seconds, "cpu": took.cpu, "memory": took.memory, "triples": ground.count,
        "rate": ground.count / took.seconds, "bytes": size,
    }  # fmt: skip


@contextmanager
def _emptied(folder: Path) -> Iterator[Path]:
    """An empty folder, which goes with all that is in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
