"""Our own N-Quads come in as the reports that they were made of; what no report can have been is for the shapes."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import Quad

from communique import bulk, check, dump, faults, filling, load, media, quadfile, reread
from communique.bench import make
from communique.bench.world import World
from communique.content import Content, open_content
from communique.decode import Undecodable, decode
from communique.encode import encode
from communique.errors import Fault, Faulty
from communique.store.embedded import Embedded
from communique.vocab import CMQ, CODES, DERIVED, RDF, SHARED, SKOS, code, node
from conftest import TINY

WORLD = World(5, 30)
NORTH = node("event", "north-camp")
MINISTRY = node("actor", "ministry")


@pytest.fixture(autouse=True)
def one_is_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that small dumps go the way of large ones, in several batches."""
    monkeypatch.setattr(load, "FEW", 1)
    monkeypatch.setattr(reread, "SIZE", 7)


@pytest.fixture(scope="module")
def made(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Content:
    return make.folder(WORLD, content, tmp_path_factory.mktemp("world") / "content")


@pytest.fixture(scope="module")
def world(made: Content, tmp_path_factory: pytest.TempPathFactory) -> Embedded:
    return make.fill(WORLD, made, tmp_path_factory.mktemp("filled") / "store")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The dump of the tiny content."""
    folder = tmp_path_factory.mktemp("tiny")
    return dumped(stored(open_content(TINY), folder / "store"), folder / "all.nq").read_bytes()


def stored(content: Content, folder: Path) -> Embedded:
    """A store on disk, whose dumps have each node's lines together."""
    store = Embedded.open(folder, create=True)
    filling.filled(store, content, never, new=True)
    return store


def dumped(store: Embedded, file: Path) -> Path:
    dump.dump(store, media.NQUADS, file)
    return file


def quads(store: Embedded) -> set[Quad]:
    return {q for graph in store.graphs() for q in store.quads(graph)}


def empty(folder: Path, content: Content, checked: load.Check) -> load.Loader:
    loader = load.Loader(Embedded.open(folder, create=True), content, checked)
    loader.vocabulary()
    return loader


def never(data: bytes, file: str) -> list[Fault]:
    raise AssertionError(f"the shapes were asked about {file}, {len(data)} bytes")


def read(file: Path) -> Iterator[tuple[str, bytes]]:
    """Each report of a dump, with all its lines."""
    opened = quadfile.Quadfile(file)
    for part in opened.parts():
        yield part.name, opened.lines((part.own, *part.shared))


def same(store: Embedded, file: Path) -> int:
    """How many reports a dump has, each of which comes out of its triples as it went into them."""
    count = 0
    for name, lines in read(file):
        report = decode(name, lines)
        known = bulk.types_in(store, faults.named(name, report))
        encoded = encode(name, report, known)
        assert sorted(encoded.quads().splitlines()) == sorted(lines.splitlines())
        assert faults.inspect(name, report, faults.Known(known)) == []
        count += 1
    return count


def test_every_made_report_decodes_to_what_it_was(world: Embedded, tmp_path: Path) -> None:
    assert same(world, dumped(world, tmp_path / "all.nq")) == len(list(WORLD.told()))


def test_every_curated_report_decodes_to_what_it_was(content: Content, tmp_path: Path) -> None:
    store = stored(content, tmp_path / "store")
    assert same(store, dumped(store, tmp_path / "all.nq")) == len(content.reports())


def test_every_tiny_report_decodes_to_what_it_was(tiny: bytes, tmp_path: Path) -> None:
    (tmp_path / "all.nq").write_bytes(tiny)
    assert same(stored(open_content(TINY), tmp_path / "store"), tmp_path / "all.nq") == 2


def test_a_dump_is_the_store_that_it_was_made_of(world: Embedded, made: Content, tmp_path: Path) -> None:
    """Without a shape: a report that comes out as it went in was inspected."""
    loader = empty(tmp_path / "store", made, never)
    assert loader.rdf_file(dumped(world, tmp_path / "all.nq")) == "loaded"
    assert quads(loader.following.engine) == quads(world)
    assert not loader.following.marks()
    assert not [path for path in (tmp_path / "store").iterdir() if path.suffix in {".nq", ".nt"}]


def test_the_order_of_the_file_makes_no_difference(world: Embedded, made: Content, tmp_path: Path) -> None:
    """Graphs and nodes in another order: what a report needs may come after it."""
    file = dumped(world, tmp_path / "all.nq")
    lines = [(backwards(line), line) for line in file.read_bytes().splitlines(keepends=True)]
    file.write_bytes(b"".join(line for _, line in sorted(lines)))
    loader = empty(tmp_path / "store", made, never)
    assert loader.rdf_file(file) == "loaded"
    assert quads(loader.following.engine) == quads(world)


def backwards(line: bytes) -> tuple[bytes, bytes]:
    """A graph's lines beside each other, and a node's."""
    parts = line.rsplit(b" ", 2)
    return parts[1][::-1], line.partition(b" ")[0][::-1]


Tampered = Callable[[bytes], bytes]


def adding(*quads: Quad) -> Tampered:
    """Puts lines where the lines of their graph begin, or of their node."""

    def tampered(data: bytes) -> bytes:
        for quad in quads:
            lines = data.splitlines(keepends=True)
            end, start = f"{quad.graph_name} .\n".encode(), f"{quad.subject} ".encode()
            at = [n for n, line in enumerate(lines) if line.endswith(end) and line.startswith(start)]
            at = at or [n for n, line in enumerate(lines) if line.endswith(end)]
            lines.insert(at[0], f"{quad} .\n".encode())
            data = b"".join(lines)
        return data

    return tampered


def without(word: str) -> Tampered:
    """Takes the first line out in which this is."""

    def tampered(data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        lines.remove(next(line for line in lines if word.encode() in line))
        return b"".join(lines)

    return tampered


def changing(word: str, old: str, new: str) -> Tampered:
    """Changes the first line in which both are."""

    def tampered(data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        line = next(line for line in lines if word.encode() in line and old.encode() in line)
        lines[lines.index(line)] = line.replace(old.encode(), new.encode())
        return b"".join(lines)

    return tampered


TAMPERED: dict[str, tuple[Tampered, str]] = {
    "a fact on an event": (adding(Quad(NORTH, CMQ.responsibleActor, node("actor", "army"), SHARED)), "ClosedEvent"),
    "no passage": (without(f" {CMQ.hasPassage} "), "HasPassage"),
    "no actor": (without(f" {CMQ.assertedBy} "), "AssertedBy"),
    "another claims it": (changing(str(CMQ.assertedBy), "actor/grey-brigade>", "actor/army>"), "ClaimForItself"),
    "a quote that is too long": (changing(str(CMQ.quote), '> "', '> "more '), "quote-length"),
    "no such code": (changing(str(CMQ.voice), "code/voice/", "code/voice/no-"), "code"),
    "no such actor": (changing(str(CMQ.assertedBy), "id/actor/", "id/actor/no-"), "dangling"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_tampered_dump_is_refused_by_the_same_rules(what: str, tiny: bytes, tmp_path: Path) -> None:
    tampered, rule = TAMPERED[what]
    (tmp_path / "all.nq").write_bytes(tampered(tiny))
    content = open_content(TINY)
    loader = empty(tmp_path / "store", content, lambda data, file: check.check(content, data, file))
    before = quads(loader.following.engine)
    with pytest.raises(Faulty) as refused:
        loader.rdf_file(tmp_path / "all.nq")
    assert rule in {fault.rule for fault in refused.value.faults}
    assert quads(loader.following.engine) == before


OTHERS: dict[str, Tampered] = {
    "an assessment": adding(
        Quad(node("assessment", "new"), RDF.type, CMQ.Assessment, SHARED),
        Quad(node("assessment", "new"), CMQ.assessor, node("actor", "army"), SHARED),
    ),
    "an event that is of another kind": changing(f"{NORTH} {RDF.type} {CMQ.Event} ", str(CMQ.Event), str(CMQ.Place)),
    "what nobody derives": adding(Quad(NORTH, CMQ.responsibleActor, node("actor", "army"), DERIVED)),
    "a code of their own": adding(Quad(code("stance", "new"), RDF.type, SKOS.Concept, CODES)),
    "a graph that we do not have": lambda data: data + b"<urn:s> <urn:p> <urn:o> <urn:g> .\n",
    "no graph": lambda data: data + b"<urn:s> <urn:p> <urn:o> .\n",
    "a report in two places": lambda data: data + first_of_a_report(data),
    "no N-Quads": lambda data: data.replace(b" .\n", b" .. \n", 1),
}


NEW = (
    Quad(node("actor", "new"), RDF.type, CMQ.Actor, SHARED),
    Quad(node("actor", "new"), RDF.type, CMQ.Organization, SHARED),
    Quad(node("actor", "new"), SKOS.prefLabel, ox.Literal("New", language="en"), SHARED),
    Quad(node("actor", "new"), CMQ.organOf, node("actor", "army"), SHARED),
)


@pytest.mark.parametrize(
    ("quads_of_it", "rules"),
    [
        (NEW, set()),
        (
            (*NEW, Quad(node("actor", "new"), CMQ.responsibleActor, node("actor", "army"), SHARED)),
            {"PropositionSubject"},
        ),
        ((*NEW[:3], Quad(node("actor", "new"), CMQ.organOf, node("actor", "nobody"), SHARED)), {"dangling"}),
    ],
)
def test_only_named_nodes_that_no_report_introduces_are_for_the_shapes(
    quads_of_it: tuple[Quad, ...], rules: set[str], tiny: bytes, tmp_path: Path
) -> None:
    (tmp_path / "all.nq").write_bytes(adding(*quads_of_it)(tiny))
    content, asked = open_content(TINY), list[bytes]()

    def checked(data: bytes, file: str) -> list[Fault]:
        asked.append(data)
        return check.check(content, data, file)

    loader = empty(tmp_path / "store", content, checked)
    before = quads(loader.following.engine)
    if rules:
        with pytest.raises(Faulty) as refused:
            loader.rdf_file(tmp_path / "all.nq")
        assert rules <= {fault.rule for fault in refused.value.faults}
        assert quads(loader.following.engine) == before
    else:
        assert loader.rdf_file(tmp_path / "all.nq") == "loaded"
        assert set(quads_of_it) <= quads(loader.following.engine)
    assert [b"/statement/" in data for data in asked] == [False]


@pytest.mark.parametrize("typed", [True, False])
def test_a_named_node_that_the_content_lacks_comes_with_the_dump(typed: bool, tiny: bytes, tmp_path: Path) -> None:
    """If it says what it is: else nothing can be said of it."""
    shutil.copytree(TINY, tmp_path / "content")
    actors = tmp_path / "content" / "graph" / "actors.ttl"
    lines = actors.read_text("utf-8").splitlines(keepends=True)
    actors.write_text("".join(line for line in lines if not line.startswith("actor:ministry ")), "utf-8")
    typing = f"{MINISTRY} {RDF.type} ".encode()
    kept = [line for line in tiny.splitlines(keepends=True) if typed or not line.startswith(typing)]
    (tmp_path / "all.nq").write_bytes(b"".join(kept))
    content = open_content(tmp_path / "content")
    loader = empty(tmp_path / "store", content, lambda data, file: check.check(content, data, file))
    if typed:
        assert loader.rdf_file(tmp_path / "all.nq") == "loaded"
        assert set(loader.following.engine.quads(SHARED, MINISTRY))
    else:
        with pytest.raises(Faulty) as refused:
            loader.rdf_file(tmp_path / "all.nq")
        assert "dangling" in {fault.rule for fault in refused.value.faults}


def first_of_a_report(data: bytes) -> bytes:
    return next(line for line in data.splitlines(keepends=True) if b"id/report/" in line.rsplit(b" ", 2)[1])


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_more_than_reports_is_for_the_shapes(what: str, tiny: bytes, tmp_path: Path) -> None:
    (tmp_path / "all.nq").write_bytes(OTHERS[what](tiny))
    loader = empty(tmp_path / "store", open_content(TINY), never)
    before = quads(loader.following.engine)
    with pytest.raises((AssertionError, Faulty)):
        loader.rdf_file(tmp_path / "all.nq")
    assert quads(loader.following.engine) == before


def test_a_store_with_reports_is_asked_for_what_it_has(tiny: bytes, tmp_path: Path) -> None:
    (tmp_path / "all.nq").write_bytes(tiny)
    loader = empty(tmp_path / "store", open_content(TINY), never)
    assert loader.rdf_file(tmp_path / "all.nq") == "loaded"
    with pytest.raises(AssertionError):
        loader.rdf_file(tmp_path / "all.nq")


def test_a_report_needs_all_that_it_names(tiny: bytes, tmp_path: Path) -> None:
    """One of two reports is not there: what it introduced is missed."""
    lines = [line for line in tiny.splitlines(keepends=True) if b"id/report/alpha> ." not in line]
    (tmp_path / "all.nq").write_bytes(b"".join(lines))
    file = quadfile.Quadfile(tmp_path / "all.nq")
    store = stored(open_content(TINY), tmp_path / "store")
    assert reread.take(store, file, io.BytesIO()) is None


def test_what_is_no_report_is_undecodable() -> None:
    with pytest.raises(Undecodable):
        decode("x", f"{Quad(node('report', 'x'), RDF.type, CMQ.Report, node('report', 'x'))} .\n".encode())
