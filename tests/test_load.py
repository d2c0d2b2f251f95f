"""Ways in: twice is once, a changed report replaces its graph and what was derived, a refused one changes nothing."""

from __future__ import annotations

import gc
import shutil
from collections import Counter
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad

from communique import derive, filling, following, load
from communique.content import Content, open_content
from communique.errors import Faulty, NotFound
from communique.store import META, Change
from communique.store.embedded import Embedded
from communique.vocab import CMQ, DCTERMS, DERIVED, SHARED, node
from conftest import TINY, communique, filled

NORTH = node("event", "north-camp")
BETA = node("report", "beta")


@pytest.fixture
def folder(tmp_path: Path) -> Content:
    """A copy of the tiny content that a test may change."""
    root = tmp_path / "content"
    shutil.copytree(TINY, root, symlinks=False)
    return open_content(root)


def loader(store: Embedded, content: Content) -> load.Loader:
    return load.Loader(store, content, lambda data, file: [])


def quads(store: Embedded) -> set[Quad]:
    """All but the store's own account of itself."""
    return {q for graph in store.graphs() for q in store.quads(graph)}


def edit(content: Content, name: str, old: str, new: str) -> Path:
    file = content.root / "graph" / "reports" / f"{name}.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    return file


def test_twice_is_once(folder: Content) -> None:
    store = filled(folder)
    before, version = quads(store), store.version
    again = loader(store, folder)
    assert again.vocabulary() == "unchanged"
    assert [again.report_file(p) for p in folder.reports()] == ["unchanged", "unchanged"]
    assert (quads(store), store.version) == (before, version)


def test_order_makes_no_difference(folder: Content) -> None:
    other = Embedded.memory()
    loading = loader(other, folder)
    loading.vocabulary()
    for path in reversed(folder.reports()):
        loading.report_file(path)
    assert quads(other) == quads(filled(folder))


def test_changed_report_replaces_its_graph_and_what_was_derived(folder: Content) -> None:
    store = filled(folder)
    file = edit(folder, "beta", "value: 5", "value: 6")
    assert loader(store, folder).report_file(file) == "replaced"
    assert quads(store) == quads(filled(folder))


def test_nothing_stands_in_two_graphs(folder: Content) -> None:
    assert max(Counter(q.triple for q in quads(filled(folder))).values()) == 1


def test_replaced_statement_leaves_its_report_behind(folder: Content) -> None:
    store = filled(folder)
    before = {q.subject for q in store.quads(BETA) if q.predicate == CMQ.expresses}
    file = edit(folder, "beta", "value: 5", "value: 6")
    loader(store, folder).report_file(file)
    gone = before - {q.subject for q in store.quads(BETA) if q.predicate == CMQ.expresses}
    stones = {(q.subject, q.object) for q in store.quads(META) if q.predicate == DCTERMS.isReplacedBy}
    assert stones == {(statement, BETA) for statement in gone}
    edit(folder, "beta", "value: 6", "value: 5")
    loader(store, folder).report_file(file)
    assert before.isdisjoint({q.subject for q in store.quads(META)})


def test_withdrawn_report_takes_its_shared_nodes_along(folder: Content) -> None:
    store = filled(folder)
    loader(store, folder).withdraw(BETA)
    folder.reports()[1].unlink()
    assert quads(store) == quads(filled(folder))
    with pytest.raises(NotFound):
        loader(store, folder).withdraw(BETA)


def test_named_nodes_stay_when_no_report_needs_them(folder: Content) -> None:
    store = filled(folder)
    for report in ("alpha", "beta"):
        loader(store, folder).withdraw(node("report", report))
    assert list(store.quads(SHARED, NORTH))
    assert not list(store.quads(DERIVED))


def test_refused_report_changes_nothing(folder: Content) -> None:
    store = filled(folder)
    before, version = quads(store), store.version
    file = edit(folder, "beta", "by: local-sources", "by: no-one")
    with pytest.raises(Faulty):
        loader(store, folder).report_file(file)
    assert (quads(store), store.version) == (before, version)


def test_redescription_is_refused(folder: Content) -> None:
    store = filled(folder)
    added = "actors:\n  army: {type: StateForce, label: {en: Another army}}\n\nstatements:"
    file = edit(folder, "beta", "statements:", added)
    with pytest.raises(Faulty) as refused:
        loader(store, folder).report_file(file)
    assert [f.rule for f in refused.value.faults] == ["introduced-twice"]


def test_a_report_may_need_what_a_later_one_introduces(folder: Content) -> None:
    edit(folder, "beta", "statements:", "actors:\n  scouts: {type: Militia, label: {en: Scouts}}\n\nstatements:")
    edit(folder, "alpha", "by: ministry", "by: scouts")
    store = Embedded.memory()
    loading = loader(store, folder)
    loading.vocabulary()
    summary = filling.load_all(loading, folder.reports(), lambda name, became: None)
    assert (len(summary.loaded), summary.refused) == (2, {})


def test_incremental_is_the_same_as_whole(folder: Content) -> None:
    store = filled(folder)
    assert not derive.derive(store, derive.load_rules(folder))


def test_write_that_was_cut_short_is_finished_on_opening(folder: Content) -> None:
    store = filled(folder)
    whole = quads(store)
    store.commit(Change(remove=set(store.quads(DERIVED)), add={following.PENDING}))
    loader(store, folder)
    assert quads(store) == whole
    assert following.PENDING not in set(store.quads(META))


def test_dump_loads_into_an_empty_store(folder: Content, tmp_path: Path) -> None:
    """Turtle holds no graphs; each triple finds its own again."""
    from communique import dump, media

    store = filled(folder)
    dump.dump(store, media.TURTLE, tmp_path / "all.ttl")
    other = Embedded.memory()
    loading = loader(other, folder)
    loading.vocabulary()
    assert loading.rdf_file(tmp_path / "all.ttl") == "loaded"
    assert quads(other) == quads(store)
    assert loading.rdf_file(tmp_path / "all.ttl") == "unchanged"


def test_blank_nodes_are_refused(folder: Content, tmp_path: Path) -> None:
    (tmp_path / "x.ttl").write_text("_:b a <https://w3id.org/communique/ns#Event> .")
    with pytest.raises(Faulty) as refused:
        loader(filled(folder), folder).rdf_file(tmp_path / "x.ttl")
    assert [f.rule for f in refused.value.faults] == ["blank-node"]


def test_command_line_tells_what_became_of_each_file(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("title: x\n", "utf-8")
    common = ("--store", str(tmp_path / "store"), "--content", str(TINY))
    done = communique("load", *common)
    assert done.returncode == 0, done.stderr
    assert "2 loaded, 0 replaced, 0 unchanged, 0 refused" in done.stdout
    again = communique("load", str(TINY), str(bad), *common)
    assert again.returncode == 1
    assert "0 loaded, 0 replaced, 2 unchanged, 1 refused" in again.stdout
    assert f"{bad}:1: form: publisher" in again.stderr


def test_shacl_refuses_rdf_that_no_report_file_made(tmp_path: Path) -> None:
    """A fact written on an event: the closed shape finds it, and nothing is loaded."""
    common = ("--store", str(tmp_path / "store"), "--content", str(TINY))
    assert communique("load", *common).returncode == 0
    before = Embedded.snapshot(tmp_path / "store").version
    (tmp_path / "fact.ttl").write_text(
        f"""@prefix cmq: <{CMQ}> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        <https://w3id.org/communique/id/event/new> a cmq:Event, cmq:Attack ; skos:prefLabel "New"@en ;
          cmq:responsibleActor <https://w3id.org/communique/id/actor/army> ."""
    )
    done = communique("load", str(tmp_path / "fact.ttl"), *common)
    assert done.returncode == 1
    assert "ClosedEvent" in done.stderr
    assert Embedded.snapshot(tmp_path / "store").version == before


def test_marked_nodes_are_named(folder: Content) -> None:
    assert all(isinstance(q.subject, NamedNode) for q in quads(filled(folder)))


@pytest.mark.parametrize(
    ("triple", "rule"),
    [
        (f"{NORTH} <https://schema.org/perpetrator> {node('actor', 'army')} .", "ClosedEvent"),
        (f'{NORTH} <https://schema.org/startDate> "2020-05-03" .', "ClosedEvent"),
        ("<urn:s> <urn:p> <urn:o> .", "foreign"),
    ],
)
def test_no_fact_is_added_to_an_event_that_is_there(triple: str, rule: str, tmp_path: Path) -> None:
    """A line that does not say what its subject is: the store knows, and so must the shapes."""
    common = ("--store", str(tmp_path / "store"), "--content", str(TINY))
    assert communique("load", *common).returncode == 0
    (tmp_path / "fact.nt").write_text(triple + "\n")
    done = communique("load", str(tmp_path / "fact.nt"), *common)
    assert (done.returncode, rule in done.stderr) == (1, True), done.stderr


def test_a_first_fill_that_was_cut_short_is_done_again(folder: Content, tmp_path: Path) -> None:
    store = Embedded.open(tmp_path / "half", create=True)
    store.commit(Change(add={filling.FILLING}))
    loader(store, folder).vocabulary()
    del store
    gc.collect()
    whole, _ = filling.opened(tmp_path / "half", folder, lambda data, file: [])
    assert quads(whole) == quads(filled(folder))
    assert filling.FILLING not in set(whole.quads(META))


@pytest.mark.parametrize(
    "name", ["garbage.ttl.gz", "garbage.ttl", "garbage.csv", "deep.yaml", "date.yaml", "two words.yaml"]
)
def test_one_bad_file_is_one_refusal(name: str, tmp_path: Path) -> None:
    content = {"deep.yaml": "a: " + "[" * 700, "date.yaml": "title: x\nissued: 2021-02-31\n"}
    (tmp_path / name).write_text(content.get(name, "\x00garbage"), "utf-8")
    common = ("--store", str(tmp_path / "store"), "--content", str(TINY))
    done = communique("load", str(tmp_path / name), str(TINY), *common)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "2 loaded, 0 replaced, 0 unchanged, 1 refused" in done.stdout
