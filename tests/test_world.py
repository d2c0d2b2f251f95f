"""The made world: the same bytes for the same seed, without a fault by any judge, and as varied as the vocabulary."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from communique import batches, faults, filling, load
from communique.bench import make
from communique.bench.dice import Dice
from communique.bench.world import PER_ATTACK, Told, World
from communique.check import check
from communique.content import Content
from communique.media import NTRIPLES
from communique.store.embedded import Embedded
from communique.vocab import CMQ
from conftest import communique

pytestmark = pytest.mark.later

WORLD = World(7, 60)


@pytest.fixture(scope="module")
def told() -> list[Told]:
    return list(WORLD.told())


@pytest.fixture(scope="module")
def made(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Content:
    """The content folder of the world."""
    return make.folder(WORLD, content, tmp_path_factory.mktemp("world") / "content")


@pytest.fixture(scope="module")
def filled(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Embedded:
    folder = tmp_path_factory.mktemp("filled")
    return make.fill(WORLD, make.folder(WORLD, content, folder / "content"), folder / "store")


def test_same_seed_and_size_same_bytes_in_any_process(tmp_path: Path, told: list[Told]) -> None:
    """Whatever the order of hashes is."""
    seen = set()
    for seed in ("0", "1"):
        target = tmp_path / seed
        triples = str(WORLD.attacks * PER_ATTACK)
        done = communique("bench", "--make", str(target), "--triples", triples, "--seed", "7", PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        assert f"{WORLD.attacks} attacks, {len(told)} reports" in done.stdout
        seen.add(tuple((target / "graph" / name).read_bytes() for name in ("reports.jsonl", "cast.ttl")))
    assert len(seen) == 1
    assert seen.pop()[0] == b"".join(batches.written(t.name, t.report) for t in told)


def test_seeds_make_other_worlds() -> None:
    assert {t.text for t in World(1, 5).told()}.isdisjoint({t.text for t in World(2, 5).told()})


def test_any_attack_can_be_made_by_itself(told: list[Told]) -> None:
    assert list(WORLD.told(40, 43)) == [t for t in told if t in list(WORLD.told(40, 43))]
    assert [t for start in range(0, 60, 7) for t in WORLD.told(start, min(start + 7, 60))] == told


def test_quotes_stand_in_their_texts_at_their_offsets(told: list[Told]) -> None:
    for document in told:
        assert faults.compare(document.report, document.text.encode()) == []


def test_texts_prove_themselves_on_the_command_line(tmp_path: Path, content: Content, told: list[Told]) -> None:
    root = make.folder(WORLD, content, tmp_path / "content").root
    make.texts(WORLD, root / "texts")
    assert {path.stem for path in (root / "texts").iterdir()} == {t.name for t in told}
    first = told[0]
    assert (root / "texts" / f"{first.name}.txt").read_text("utf-8") == first.text


def test_every_report_passes_every_rule(made: Content, told: list[Told]) -> None:
    """One by one, as an analyst would load them, without the bulk way."""
    store = Embedded.memory()
    loader = load.Loader(store, made, lambda data, file: [])
    loader.vocabulary()
    for document in told:
        known = load.lookup(store, document.name, document.report)
        assert faults.inspect(document.name, document.report, known) == [], document.name
        assert loader.report(document.name, document.report, known, document.name) == "loaded"


def test_a_sample_passes_shapes_and_check_queries(content: Content, tmp_path: Path) -> None:
    world = World(11, 12)
    store = make.fill(world, make.folder(world, content, tmp_path / "content"), tmp_path / "store")
    data = ox.serialize((q.triple for g in store.graphs() for q in store.quads(g)), format=NTRIPLES.engine) or b""
    assert check(content, data) == []


def test_it_is_as_large_as_asked_for(filled: Embedded) -> None:
    """Small worlds are larger, by the code lists and by actors of whom little is told."""
    assert 0.9 < len(filled.engine) / (WORLD.attacks * PER_ATTACK) < 1.8


def test_it_is_varied(told: list[Told]) -> None:
    said = [s for t in World(3, 400).told() for s in t.report.statements]
    stances = Counter(s.stance for s in said)
    assert set(stances) >= {
        "affirms", "claims", "blames", "denies", "condemns", "condoles", "endorses", "demands", "assures", "threatens",
        "relays", "retracts", "declines", "unsure",
    }  # fmt: skip
    assert {s.aspect for s in said} >= {
        "date",
        "place",
        "killed",
        "wounded",
        "munitions-landed",
        "presence",
        "strength",
    }
    assert any(s.supersedes for s in said)
    assert any(s.responds_to_event for s in said)
    assert any(s.stated_reason for s in said)
    assert any(s.proposition == "Absence" for s in said)
    assert {t.report.language for t in told} == {"en", "es", "ar"}
    assert any(t.report.copy_of for t in told)
    assert {str(s.edtf)[:2] for s in said if s.edtf} >= {"XX", "20"}
    speakers = Counter(s.by for s in said if s.stance == "claims").most_common()
    assert speakers[0][1] > 5 * speakers[len(speakers) // 2][1], "actors are not Zipf-distributed"


def test_rules_find_much_in_it(filled: Embedded) -> None:
    derived = Counter(q.predicate for g in filled.graphs() for q in filled.quads(g))
    for found in (CMQ.contradicts, CMQ.differsFrom, CMQ.corroborates, CMQ.hasDenier, CMQ.respondsTo, CMQ.hasRespondent):
        assert derived[found], found


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    done = communique("bench", "--make", str(tmp_path), "--triples", "1000")
    assert done.returncode == 1
    assert "is not empty" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_forms(tmp_path: Path) -> None:
    made = tmp_path / "made"
    done = communique("bench", "--make", str(made), "--triples", "2000", "--form", "reports", "store", "nquads")
    assert done.returncode == 0, done.stderr
    quads = list(ox.parse(path=str(made / "world.nq")))
    store = Embedded.snapshot(made / "store")
    assert set(quads) == {q for g in store.graphs() for q in store.quads(g)}
    assert len(quads) == len(set(quads))
    assert f"{len((made / 'graph' / 'reports.jsonl').read_bytes().splitlines())} reports" in done.stdout


def test_quads_are_the_same_beside_a_store_and_alone(tmp_path: Path) -> None:
    for name, forms in (("both", ("store", "nquads")), ("alone", ("nquads",))):
        done = communique("bench", "--make", str(tmp_path / name), "--triples", "2000", "--form", *forms)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "both" / "world.nq").read_bytes() == (tmp_path / "alone" / "world.nq").read_bytes()
    assert not (tmp_path / "alone" / "store").exists()


def test_a_made_folder_is_a_content_folder(tmp_path: Path) -> None:
    """It loads as any other, and its reports are checked with it."""
    made = tmp_path / "made"
    assert communique("bench", "--make", str(made), "--triples", "1500").returncode == 0
    done = communique("load", "--content", str(made), "--store", str(tmp_path / "store"))
    assert done.returncode == 0, done.stderr
    count = len((made / "graph" / "reports.jsonl").read_bytes().splitlines())
    assert done.stdout.startswith(f"{count} loaded")
    assert filling.sources(made) == [made / "graph" / "reports.jsonl"]


def test_lines_are_json(told: list[Told]) -> None:
    line = json.loads(batches.written(told[0].name, told[0].report))
    assert set(line) == {"name", "report"}


def test_dice_fall_by_their_weights() -> None:
    dice = Dice("weights")
    counts = Counter(dice.weighted({"a": 1, "b": 3}) for _ in range(4000))
    assert 2.5 < counts["b"] / counts["a"] < 3.6
    ranks = Counter(dice.zipf(range(100)) for _ in range(10_000))
    assert 1.6 < ranks[0] / ranks[1] < 2.5
