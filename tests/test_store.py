"""The embedded store: transactions, versions, snapshots, and what it says when it cannot open."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from communique.errors import BadRequest, CommuniqueError, NotFound
from communique.store import META, Change, Dataset, rows
from communique.store.embedded import Embedded

A, B, P = (NamedNode(f"https://example.org/{name}") for name in "abp")


def quad(value: str, graph: NamedNode = A) -> Quad:
    return Quad(A, P, Literal(value), graph)


def test_commit_is_seen_and_named() -> None:
    store = Embedded.memory()
    first = store.commit(Change(add={quad("x")}))
    second = store.commit(Change(remove={quad("x")}, add={quad("y")}))
    assert [r["o"].value for r in rows(store, f"SELECT ?o WHERE {{ {A} {P} ?o }}")] == ["y"]
    assert first.startswith("1-")
    assert second.startswith("2-")


def test_same_commits_make_same_version() -> None:
    one, other = Embedded.memory(), Embedded.memory()
    for store in (one, other):
        store.commit(Change(add={quad("x"), quad("y")}))
    assert one.version == other.version
    other.commit(Change(add={quad("z")}))
    assert one.version != other.version


def test_nothing_to_change_is_no_version() -> None:
    store = Embedded.memory()
    version = store.commit(Change(add={quad("x")}))
    assert store.commit(Change(remove={quad("x")}, add={quad("x")})) == version


def test_hostile_literals_stay_literals() -> None:
    store = Embedded.memory()
    hostile = '" } } ; DROP ALL ; INSERT DATA { <a:a> <a:b> "\n\\'
    store.commit(Change(add={quad(hostile)}))
    assert [q.object for q in store.quads(A)] == [Literal(hostile)]
    assert store.graphs() == [A]


def test_version_survives_reopening(tmp_path: Path) -> None:
    store = Embedded.open(tmp_path / "s", create=True)
    version = store.commit(Change(add={quad("x")}))
    del store
    assert Embedded.open(tmp_path / "s").version == version


def test_snapshot_is_read_beside_the_writer(tmp_path: Path) -> None:
    writer = Embedded.open(tmp_path / "s", create=True)
    for value in "vwxyz":
        writer.commit(Change(add={quad(value)}))
        writer.publish()
    writer.commit(Change(add={quad("later")}))
    reader = Embedded.snapshot(tmp_path / "s")
    assert {q.object for q in reader.quads(A)} == {Literal(v) for v in "vwxyz"}
    assert len(list((tmp_path / "s" / "snapshots").iterdir())) == 2


def test_there_must_be_a_store(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no store in"):
        Embedded.open(tmp_path / "typo")
    with pytest.raises(NotFound, match="no store in"):
        Embedded.snapshot(tmp_path / "typo")
    assert not (tmp_path / "typo").exists()


def test_a_folder_of_something_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(CommuniqueError, match="neither empty nor a store"):
        Embedded.open(tmp_path, create=True)


def test_second_writer_is_refused(tmp_path: Path) -> None:
    first = Embedded.open(tmp_path / "s", create=True)
    with pytest.raises(CommuniqueError, match="cannot be opened"):
        Embedded.open(tmp_path / "s")
    assert first.version


def test_syntax_error_has_line_and_column() -> None:
    with pytest.raises(BadRequest) as refused:
        Embedded.memory().query("SELECT *\nWHERE { ?s ?p }")
    assert (refused.value.extra["line"], refused.value.extra["column"]) == (2, 16)


def test_dataset_of_the_protocol_is_whole() -> None:
    store = Embedded.memory()
    store.commit(Change(add={quad("a", A), quad("b", B)}))
    text = "SELECT ?o WHERE { ?s ?p ?o }"

    def seen(dataset: Dataset, text: str = text) -> set[str]:
        results = store.query(text, dataset)
        return {row["o"].value for row in results} - {store.version}  # type: ignore[union-attr]

    assert seen(Dataset()) == {"a", "b"}
    assert seen(Dataset(union=False)) == set()
    assert seen(Dataset(default=(B,))) == {"b"}
    assert seen(Dataset(named=(B,))) == set()
    assert seen(Dataset(named=(B,)), "SELECT ?o WHERE { GRAPH ?g { ?s ?p ?o } }") == {"b"}


def test_graphs_are_the_data_only() -> None:
    store = Embedded.memory()
    store.commit(Change(add={quad("b", B), quad("a", A)}))
    assert store.graphs() == [A, B]
    assert list(store.quads(META))


def test_update_is_a_version() -> None:
    store = Embedded.memory()
    version = store.update(f"INSERT DATA {{ GRAPH {A} {{ {A} {P} 1 }} }} # a comment without an end")
    assert version == store.version
    assert version.startswith("1-")
    assert len(list(store.quads(A))) == 1
    store.update(f"DELETE WHERE {{ GRAPH {A} {{ ?s ?p ?o }} }}")
    assert store.version.startswith("2-")
    assert [q.object for q in store.quads(META)] == [Literal(store.version)]


@pytest.mark.parametrize("text", ["INSERT DATA {", 'INSERT DATA { <a:a> <a:b> """', "SELECT * WHERE { ?s ?p ?o }", "}"])
def test_what_is_no_update_changes_nothing(text: str) -> None:
    store = Embedded.memory()
    with pytest.raises(BadRequest, match=r"not (a )?SPARQL"):
        store.update(text)
    assert store.version.startswith("0-")


def test_protocol_dataset_of_an_update() -> None:
    store = Embedded.memory()
    store.commit(Change(add={quad("a", A), quad("b", B)}))
    store.update("INSERT { GRAPH <urn:x> { ?s ?p ?o } } WHERE { ?s ?p ?o }", Dataset(default=(B,)))
    assert [q.object for q in store.quads(NamedNode("urn:x"))] == [Literal("b")]
    store.update("DELETE WHERE { GRAPH ?g { ?s ?p ?o } }", Dataset(named=(B,)))
    assert [list(store.quads(g)) == [] for g in (A, B)] == [False, True]
    with pytest.raises(BadRequest, match="beside USING or WITH"):
        store.update(f"WITH {A} DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}", Dataset(default=(B,)))
