"""No named query scans: asked of a node or narrowed to one, no step of its plan yields more than a few rows of a million.

Rows are counted, not seconds: `oxigraph query --explain-file --stats` tells what each step yielded. What does scan is listed in
scans.toml with its reason; what no longer does must be taken from the list, so it only shrinks.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from communique import begun, binding, catalog, tallied
from communique.answer import LIMIT
from communique.bench import make
from communique.bench.growth import KEYS, Case, Peers, cases
from communique.bench.world import World
from communique.binding import Query
from communique.content import open_content
from communique.param import Terms
from communique.search.build import build
from communique.search.index import folder_of
from communique.search.kept import kept
from communique.store import rows
from communique.store.embedded import Embedded, newest
from communique.vocab import CMQ, node
from conftest import ROOT

TRIPLES = 1_000_000
# A world of a million triples has 4,000 attacks and 32,000 statements, so a step that goes through them yields more.
FEW = 1500
# Nodes that each query is asked about: of groups and sites, those of 50 attacks and of 40.
NODES = 2
# Seconds that one may take, with all its steps counted.
LONG = 300
# Question -> why it scans.
SCANS: dict[str, str] = tomllib.loads((ROOT / "tests" / "scans.toml").read_text("utf-8"))
CASES = {case.name: case for query in catalog.load(open_content(ROOT)).queries.values() for case in cases(query)}
QUICK = [name for name, case in CASES.items() if SCANS.keys().isdisjoint({name, case.query.name})]
# Nodes that a list is asked about at one time.
SOME = begun.SOME


class Made(NamedTuple):
    """A published store, and its nodes."""

    snapshot: Path
    peers: Peers

    def worst(self, case: Case) -> int:
        """The most rows that a step of the query's plan yielded, asked about several nodes."""
        return max(self.most(case, number) for number in range(NODES))

    def most(self, case: Case, number: int) -> int:
        terms: dict[str, Terms] = dict(case.query.typed(case.given(self.peers, number)))
        plans = (explained(self.snapshot, text) for text in asked(self.snapshot, case.query, terms))
        return max((max(counts(plan)) for plan in plans), default=0)


def asked(snapshot: Path, query: Query, terms: Mapping[str, Terms]) -> Iterator[str]:
    """What the engine is asked for an answer's first page, beside the index."""
    store, window = Embedded.published(snapshot), (0, LIMIT + 1) if query.paged else None
    if counted := tallied.asked(store, query, terms, window):
        yield counted
    elif query.kept and (nodes := begun.first(store, query, terms, SOME)) and nodes.kept:
        yield from islice(nodes.questions(query, terms, SOME), 1)
    else:
        text = binding.bind(query, terms)
        yield begun.windowed(text, window) if window else text


def explained(snapshot: Path, text: str) -> dict[str, Any]:
    """The engine's own account of how it answered a query."""
    file = snapshot.parent / "plan.json"
    tool = Path(sys.executable).parent / "oxigraph"
    subprocess.run(
        [tool, "query", "--location", snapshot, "--query", text, "--union-default-graph", "--results-format", "csv",
         "--explain-file", file, "--stats"],
        check=True, capture_output=True, timeout=LONG,
    )  # fmt: skip
    plan: dict[str, Any] = json.loads(file.read_bytes())["plan"]
    return plan


def counts(step: dict[str, Any]) -> Iterator[int]:
    yield step["number of results"]
    for below in step.get("children", ()):
        yield from counts(below)


def made_of(world: World, folder: Path) -> Made:
    """A store that is there, with its index, and a statement of each report that is asked about."""
    store, found = Embedded.published(newest(folder)), Peers(world, [])
    what = kept(open_content(ROOT))
    assert what
    build(store, what, folder_of(folder))
    for number in range(KEYS):
        said = f"SELECT ?s WHERE {{ ?s {CMQ.reportedIn} {node('report', found.report(number))} }} ORDER BY ?s LIMIT 1"
        found.statements.append(next(row["s"].value for row in rows(store, said)).rpartition("/")[2])
    return Made(newest(folder), found)


def filled(world: World, folder: Path) -> Made:
    make.fill(world, make.folder(world, open_content(ROOT), folder / "world"), folder / "store")
    return made_of(world, folder / "store")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return filled(World.of(TRIPLES, 1), tmp_path_factory.mktemp("plans"))


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_no_step_yields_many_rows(made: Made, name: str) -> None:
    worst = made.worst(CASES[name])
    assert worst <= FEW, f"a step of {name} yields {worst} rows; queries/README.md tells what keeps a query fast"


@pytest.mark.slow
@pytest.mark.parametrize("name", SCANS)
def test_what_is_listed_scans(made: Made, name: str) -> None:
    assert made.worst(CASES[name]) > FEW, f"{name} scans no longer: take it from scans.toml"


def test_what_scans_is_listed_with_its_reason() -> None:
    assert all(reason.strip() for reason in SCANS.values())
    # What is asked of one node never does.
    assert all(CASES[name].kind != "look-up" for name in SCANS)


@pytest.mark.slow
def test_the_guard_sees_a_scan(tmp_path: Path) -> None:
    """What is sorted is gone through, however little of it is given."""
    plan: Callable[[str], dict[str, Any]] = partial(explained, filled(World.of(20_000, 1), tmp_path).snapshot)
    narrow = f"SELECT * WHERE {{ VALUES ?r {{ <urn:none> }} ?s {CMQ.reportedIn} ?r . ?s {CMQ.stance} ?x }}"
    assert max(counts(plan(narrow))) <= 1
    assert max(counts(plan(f"SELECT * WHERE {{ ?s {CMQ.stance} ?x }} ORDER BY ?x LIMIT 1"))) > 500
