"""The store, in a folder or another server: transactions, versions, datasets; and what only a folder has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions

from communique.errors import BadRequest, CommuniqueError, NotFound
from communique.store import META, Change, Dataset, Store, rows, version_quad
from communique.store.embedded import Embedded
from communique.store.remote import Remote
from communique.vocab import DCTERMS, OWL, XSD
from remotes import NAMES, emptied, running

A, B, P = (NamedNode(f"https://example.org/{name}") for name in "abp")


def quad(value: str, graph: NamedNode = A) -> Quad:
    return Quad(A, P, Literal(value), graph)


@pytest.fixture(scope="module", params=["embedded", *NAMES])
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Store]]:
    """Makes a store that has nothing in it; a server has one at a time."""
    if request.param == "embedded":
        yield Embedded.memory
        return
    with running(request.param, tmp_path_factory.mktemp("store") / "data") as server:
        yield lambda: emptied(server)


@pytest.fixture
def store(make: Callable[[], Store]) -> Iterator[Store]:
    made = make()
    yield made
    if isinstance(made, Remote):
        made.close()


def objects(store: Store, graph: NamedNode) -> set[str]:
    return {quad.object.value for quad in store.quads(graph)}  # type: ignore[union-attr]


def test_commit_is_seen_and_named(store: Store) -> None:
    first = store.commit(Change(add={quad("x")}))
    second = store.commit(Change(remove={quad("x")}, add={quad("y")}))
    assert [r["o"].value for r in rows(store, f"SELECT ?o WHERE {{ {A} {P} ?o }}")] == ["y"]
    assert first.startswith("1-")
    assert second.startswith("2-")


def test_same_commits_make_same_version(store: Store) -> None:
    one, other = Embedded.memory(), store
    for each in (one, other):
        each.commit(Change(add={quad("x"), quad("y")}))
    assert one.version == other.version
    other.commit(Change(add={quad("z")}))
    assert one.version != other.version


def test_nothing_to_change_is_no_version(store: Store) -> None:
    version = store.commit(Change(add={quad("x")}))
    assert store.commit(Change(remove={quad("x")}, add={quad("x")})) == version


def test_hostile_literals_stay_literals(store: Store) -> None:
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


def test_dataset_of_the_protocol_is_whole(store: Store) -> None:
    store.commit(Change(add={quad("a", A), quad("b", B)}))
    text = "SELECT ?o WHERE { ?s <https://example.org/p> ?o }"

    def seen(dataset: Dataset, text: str = text) -> set[str]:
        results = store.query(text, dataset)
        assert isinstance(results, QuerySolutions)
        return {row["o"].value for row in results}

    assert seen(Dataset()) == {"a", "b"}
    if isinstance(store, Embedded):
        assert seen(Dataset(union=False)) == set()
    assert seen(Dataset(), f"SELECT ?o FROM {B} WHERE {{ ?s ?p ?o }}") == {"b"}
    assert seen(Dataset(default=(B,))) == {"b"}
    assert seen(Dataset(named=(B,))) == set()
    assert seen(Dataset(named=(B,)), "SELECT ?o WHERE { GRAPH ?g { ?s ?p ?o } }") == {"b"}


def test_our_own_graph_is_no_part_of_the_dataset_as_it_is() -> None:
    """The W3C's suites count what GRAPH ?g finds; the version is kept in a graph of its own."""
    store = Embedded.memory()
    store.commit(Change(add={quad("x")}))
    text = "SELECT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"
    found = store.query(text, Dataset(union=False))
    assert isinstance(found, QuerySolutions)
    assert [row["g"] for row in found] == [A]
    assert store.query(f"ASK {{ GRAPH {META} {{ ?s ?p ?o }} }}", Dataset(union=False))


def test_graphs_are_the_data_only(store: Store) -> None:
    store.commit(Change(add={quad("b", B), quad("a", A)}))
    assert store.graphs() == [A, B]
    assert list(store.quads(META))


def test_quads_by_graph_and_subject(store: Store) -> None:
    other = Quad(B, P, Literal("b"), A)
    store.commit(Change(add={quad("a"), other, quad("elsewhere", B)}))
    assert set(store.quads(A)) == {quad("a"), other}
    assert set(store.quads(A, B)) == {other}
    assert set(store.about(A, {A, B, P})) == {quad("a"), other}
    assert list(store.about(A, ())) == []
    assert {q.graph_name for q in store.quads(None)} >= {A, B, META}


def test_terms_come_back_as_they_are(store: Store) -> None:
    """But for what a store makes of numbers and tags: the forms that our own data has stay."""
    terms: list[Literal | NamedNode] = [
        *(Literal(f"é {n}", language="fr") for n in range(20)),
        Literal('é \U0001f680 \t \\ " \r\n'), Literal("x", language="ar"), Literal("7", datatype=XSD.integer),
        Literal("2021-03-04T11:59:59Z", datatype=XSD.dateTime), NamedNode("https://example.org/%20é"),
    ]  # fmt: skip
    added = {Quad(A, P, term, A) for term in terms}
    store.commit(Change(add=added))
    assert set(store.quads(A)) == added
    store.commit(Change(remove=added))
    assert list(store.quads(A)) == []


def test_a_large_change_is_whole(store: Store) -> None:
    many = {Quad(A, P, Literal(f"{n} \x85 {'x' * 200}"), NamedNode(f"{A.value}/{n % 3}")) for n in range(6000)}
    version = store.commit(Change(add=many))
    assert store.version == version
    assert sum(len(list(store.quads(g))) for g in store.graphs()) == len(many)
    store.commit(Change(remove=many, add={quad("rest")}))
    assert sum(len(list(store.quads(g))) for g in store.graphs()) == 1
    assert objects(store, A) == {"rest"}


def test_update_is_a_version(store: Store) -> None:
    version = store.update(f"INSERT DATA {{ GRAPH {A} {{ {A} {P} 1 }} }} # a comment without an end")
    assert version == store.version
    assert version.startswith("1-")
    assert len(list(store.quads(A))) == 1
    store.update(f"DELETE WHERE {{ GRAPH {A} {{ ?s ?p ?o }} }}")
    assert store.version.startswith("2-")
    assert Literal(store.version) in {q.object for q in store.quads(META)}
    assert all(q.predicate in (OWL.versionInfo, DCTERMS.relation) for q in store.quads(META))


def test_an_update_leaves_our_own_graph_as_it_is(store: Store) -> None:
    """It holds which report a replaced statement was in, and whether rules are still to be run."""
    stone = Quad(A, DCTERMS.isReplacedBy, B, META)
    store.commit(Change(add={stone}))
    store.update(f"DROP SILENT GRAPH {META} ; INSERT DATA {{ GRAPH {META} {{ {A} {P} 1 }} GRAPH {A} {{ {A} {P} 1 }} }}")
    own = set(store.quads(META))
    assert stone in own
    assert Quad(A, P, Literal(1), META) not in own
    assert [q for q in own if q.predicate == OWL.versionInfo] == [version_quad(store.version)]


@pytest.mark.parametrize("text", ["INSERT DATA {", 'INSERT DATA { <a:a> <a:b> """', "SELECT * WHERE { ?s ?p ?o }", "}"])
def test_what_is_no_update_changes_nothing(text: str, store: Store) -> None:
    with pytest.raises(BadRequest, match=r"not (a )?SPARQL|does not take this update"):
        store.update(text)
    assert store.version.startswith("0-")


def test_protocol_dataset_of_an_update(store: Store) -> None:
    store.commit(Change(add={quad("a", A), quad("b", B)}))
    store.update("INSERT { GRAPH <urn:x> { ?s ?p ?o } } WHERE { ?s ?p ?o }", Dataset(default=(B,)))
    assert objects(store, NamedNode("urn:x")) == {"b"}
    store.update("DELETE WHERE { GRAPH ?g { ?s ?p ?o } }", Dataset(named=(B,)))
    assert [list(store.quads(g)) == [] for g in (A, B)] == [False, True]
    with pytest.raises(BadRequest, match="beside USING or WITH"):
        store.update(f"WITH {A} DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}", Dataset(default=(B,)))
