"""Very many reports at once: the very triples of one by one, whole or not at all, and nothing that has a fault."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pyoxigraph import Quad

from communique import batches, bulk, derive, faults, filling, load, slices
from communique.bench import make
from communique.bench.world import Told, World
from communique.content import Content, open_content
from communique.errors import Faulty
from communique.store import META, triples
from communique.store.embedded import Embedded, count_of
from communique.vocab import DERIVED, node
from conftest import communique

WORLD = World(5, 30)


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that small worlds go the way of large ones, in batches that tell of the same places and events."""
    monkeypatch.setattr(filling, "MANY", 20)
    monkeypatch.setattr(make, "SIZE", 4)
    monkeypatch.setattr(batches, "SIZE", 7)


@pytest.fixture(scope="module")
def made(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Content:
    return make.folder(WORLD, content, tmp_path_factory.mktemp("world") / "content")


@pytest.fixture(scope="module")
def told() -> list[Told]:
    return list(WORLD.told())


@pytest.fixture(scope="module")
def one_by_one(made: Content, told: list[Told]) -> set[Quad]:
    """What the loader makes of the world, a report at a time."""
    loader = loading(Embedded.memory(), made)
    for document in told:
        put(loader, document)
    return quads(loader.store)


def loading(store: Embedded, content: Content) -> load.Loader:
    loader = load.Loader(store, content, lambda data, file: [])
    loader.vocabulary()
    return loader


def put(loader: load.Loader, document: Told) -> str:
    known = load.lookup(loader.store, document.name, document.report)
    return loader.report(document.name, document.report, known, document.name)


def quads(store: object) -> set[Quad]:
    """All but the store's own account of itself."""
    assert isinstance(store, Embedded)
    return {q for graph in store.graphs() for q in store.quads(graph)}


def lines(told: list[Told], file: Path) -> Path:
    file.write_bytes(b"".join(batches.written(t.name, t.report) for t in told))
    return file


def test_same_triples_as_one_by_one(made: Content, one_by_one: set[Quad], tmp_path: Path) -> None:
    store = make.fill(WORLD, made, tmp_path / "store")
    assert quads(store) == one_by_one
    assert set(store.quads(DERIVED))


def test_same_triples_from_lines(made: Content, told: list[Told], one_by_one: set[Quad], tmp_path: Path) -> None:
    loader = loading(Embedded.open(tmp_path / "store", create=True), made)
    summary = filling.load_all(loader, [lines(told, tmp_path / "told.jsonl")], lambda name, became: None)
    assert (len(summary.loaded), summary.refused) == (len(told), {})
    assert quads(loader.store) == one_by_one
    again = filling.load_all(loader, [tmp_path / "told.jsonl"], lambda name, became: None)
    assert len(again.unchanged) == len(told)


def test_same_triples_beside_what_is_there(
    made: Content, told: list[Told], one_by_one: set[Quad], tmp_path: Path
) -> None:
    loader = loading(Embedded.open(tmp_path / "store", create=True), made)
    for document in told[:20]:
        put(loader, document)
    filling.load_all(loader, [lines(told[20:], tmp_path / "told.jsonl")], lambda name, became: None)
    assert quads(loader.store) == one_by_one


def load_lines(root: Path, file: Path, folder: Path) -> None:
    """In a process of its own, which a test cannot reach into."""
    filling.MANY = 20
    loader = loading(Embedded.open(folder, create=True), open_content(root))
    assert not filling.load_all(loader, [file], lambda name, became: None).refused
    assert count_of(loader.store.version) < 20


def test_a_process_that_may_have_none_of_its_own_loads_as_many(
    made: Content, told: list[Told], one_by_one: set[Quad], tmp_path: Path
) -> None:
    """As the writer of the service, which fills a new store."""
    given = made.root, lines(told, tmp_path / "told.jsonl"), tmp_path / "store"
    process = multiprocessing.get_context("spawn").Process(target=load_lines, args=given, daemon=True)
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert quads(Embedded.open(tmp_path / "store")) == one_by_one


def test_batches_share_subjects(made: Content, told: list[Told], tmp_path: Path) -> None:
    """What several batches tell of is read from the store; the rest from the file: both must be tried."""
    store = loading(Embedded.open(tmp_path / "store", create=True), made).store
    with (tmp_path / "out.nq").open("wb") as out:
        taken = bulk.take(store, batches.batched([lines(told, tmp_path / "told.jsonl")]), out)
    assert len(taken.sources) == len(told)
    cuts = taken.cuts(tmp_path / "out.nq")
    assert len(cuts) == -(-len(told) // 7)
    shared = {str(s).split("/")[-2] for cut in cuts for s in cut.shared}
    assert shared >= {"event", "place"}
    assert [cut.start for cut in cuts[1:]] == [cut.stop for cut in cuts[:-1]]


def test_same_version_for_the_same_load(made: Content, tmp_path: Path) -> None:
    versions = {make.fill(WORLD, made, tmp_path / name).version for name in ("one", "other")}
    assert len(versions) == 1
    loader = loading(Embedded.open(tmp_path / "third", create=True), made)
    assert loader.store.version not in versions
    filling.load_all(loader, [lines(list(WORLD.told(0, 29)), tmp_path / "told.jsonl")], lambda name, became: None)
    assert loader.store.version not in versions


def test_order_of_files_makes_no_difference(
    made: Content, told: list[Told], one_by_one: set[Quad], tmp_path: Path
) -> None:
    """What comes before that which it needs is left, and loaded one by one."""
    loader = loading(Embedded.open(tmp_path / "store", create=True), made)
    summary = filling.load_all(loader, [lines(told[::-1], tmp_path / "told.jsonl")], lambda name, became: None)
    assert summary.refused == {}
    assert quads(loader.store) == one_by_one


def test_a_faulty_report_is_refused_with_whatever_needs_it(made: Content, told: list[Told], tmp_path: Path) -> None:
    """As the loader refuses them: the one for its fault, the others because their event is nowhere introduced."""
    bad = next(t for t in told if t.report.events and any(o.report.copy_of == t.name for o in told))
    wrong = bad.report.model_copy(update={"word_count": None})
    given = [Told(t.name, wrong, t.text) if t is bad else t for t in told]
    many = loading(Embedded.open(tmp_path / "store", create=True), made)
    summary = filling.load_all(many, [lines(given, tmp_path / "told.jsonl")], lambda name, became: None)
    number = given.index(next(t for t in given if t.name == bad.name)) + 1
    assert [fault.rule for fault in summary.refused[f"{tmp_path}/told.jsonl:{number}"]] == ["WordCount"]
    rules = {f.rule for name, found in summary.refused.items() if not name.endswith(f":{number}") for f in found}
    assert rules <= {"dangling", "key"}
    assert "dangling" in rules
    one = loading(Embedded.memory(), made)
    waiting = given
    while True:
        left = [t for t in waiting if refused(one, t)]
        if len(left) == len(waiting):
            break
        waiting = left
    assert len(left) == len(summary.refused)
    assert quads(many.store) == quads(one.store)


def refused(loader: load.Loader, document: Told) -> bool:
    known = load.lookup(loader.store, document.name, document.report)
    if faults.inspect(document.name, document.report, known):
        return True
    try:
        put(loader, document)
    except Faulty:
        return True
    return False


def test_lines_that_are_no_reports_are_told_by_number(made: Content, told: list[Told], tmp_path: Path) -> None:
    file = lines(told, tmp_path / "told.jsonl")
    whole = file.read_bytes()
    file.write_bytes(b'{"name": "Not A Slug", "report": {}}\nnot json\n\n' + whole)
    loader = loading(Embedded.open(tmp_path / "store", create=True), made)
    summary = filling.load_all(loader, [file], lambda name, became: None)
    assert {name.rpartition(":")[2] for name in summary.refused} == {"1", "2"}
    assert all(f.rule == "form" for found in summary.refused.values() for f in found)
    assert len(summary.loaded) == len(told)


def test_withdrawn_statements_rise(made: Content, told: list[Told], tmp_path: Path) -> None:
    store = make.fill(WORLD, made, tmp_path / "store")
    loader = load.Loader(store, made, lambda data, file: [])
    for document in told[-6:]:
        loader.withdraw(node("report", document.name))
    stones = {q for q in store.quads(META) if "isReplacedBy" in str(q.predicate)}
    assert stones
    filling.load_all(loader, [lines(told, tmp_path / "told.jsonl")], lambda name, became: None)
    assert not {q for q in store.quads(META) if "isReplacedBy" in str(q.predicate)}


def test_slices_say_what_the_whole_store_says(made: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make.fill(WORLD, made, tmp_path / "store")
    rules = derive.load_rules(made)
    whole = {t for rule in rules for t in triples(store, rule.text)}
    assert {q.triple for q in store.quads(DERIVED)} == whole
    monkeypatch.setattr(slices, "SIZE", 3)
    assert not derive.derive(store, rules)


KILLED = """
import os, signal, sys
from pathlib import Path
from communique import following
from communique.bench import make
from communique.bench.world import World
from communique.content import open_content
from communique.store.embedded import Embedded, count_of
def die(*arguments): os.kill(os.getpid(), signal.SIGKILL)
if __name__ == "__main__":
    content, folder, moment = open_content(Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3]
    if moment == "before":
        following.Following.put = die
    elif moment == "between":
        following.sums = die
    else:
        put = following.Following.put
        def last(*arguments):
            following.Following.marks = die
            put(*arguments)
        following.Following.put = last
    make.fill(World(5, 30), content, folder)
"""


@pytest.mark.parametrize("moment", ["before", "between", "after"])
@pytest.mark.later
def test_killed_on_the_way_it_has_all_or_nothing(
    made: Content, one_by_one: set[Quad], tmp_path: Path, moment: str
) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    folder = tmp_path / "store"
    done = subprocess.run([sys.executable, str(script), str(made.root), str(folder), moment], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL
    store = Embedded.open(folder)
    loader = load.Loader(store, made, lambda data, file: [])
    if moment == "before":
        assert len(quads(store)) < len(one_by_one) / 2
        assert not set(store.quads(DERIVED))
    else:
        assert quads(store) == one_by_one
    assert loader.vocabulary() == "unchanged"
    assert not loader.following.marks()


@pytest.mark.slow
def test_the_command_line_loads_all_or_nothing_whenever_it_is_killed(content: Content, tmp_path: Path) -> None:
    world = World(5, 400)
    made = make.folder(world, content, tmp_path / "content")
    told = list(world.told())
    file = lines(told, tmp_path / "told.jsonl")
    command = ["-m", "communique", "load", "--content", str(made.root), str(file), "--store"]
    begun = time.monotonic()
    done = communique(*command[2:], str(tmp_path / "store"))
    took = time.monotonic() - begun
    assert done.stdout.startswith(f"{len(told)} loaded, 0 replaced, 0 unchanged, 0 refused"), done.stderr
    assert not [p for p in (tmp_path / "store").iterdir() if p.suffix in {".nq", ".nt"}]
    wanted = quads(Embedded.snapshot(tmp_path / "store"))
    seen, share = set(), 0.2
    # Later and later, until a kill comes after the load: how long a run takes differs from run to run.
    while len(told) not in seen and share < 4:
        share += 0.1
        folder = tmp_path / f"store-{share}"
        process = subprocess.Popen(
            [sys.executable, *command, str(folder)], stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(share * took)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=20)
        loader = load.Loader(Embedded.open(folder), made, lambda data, file: [])
        reports = sum("/report/" in g.value for g in loader.store.graphs())
        assert reports in {0, len(told)}
        assert not reports or quads(loader.store) == wanted
        seen.add(reports)
    assert seen == {0, len(told)}, "no kill came in between"


def test_few_are_loaded_one_by_one(
    made: Content, told: list[Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version counts commits: a report makes one, a load in one go three."""
    loader = loading(Embedded.open(tmp_path / "store", create=True), made)
    monkeypatch.setattr(filling, "MANY", 6)
    before = count_of(loader.store.version)
    filling.load_all(loader, [lines(told[:5], tmp_path / "told.jsonl")], lambda name, became: None)
    assert count_of(loader.store.version) >= before + 5
    before = count_of(loader.store.version)
    filling.load_all(loader, [lines(told[5:20], tmp_path / "more.jsonl")], lambda name, became: None)
    assert count_of(loader.store.version) <= before + 4
