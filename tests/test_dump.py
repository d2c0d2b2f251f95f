"""Ways out: the same content is the same bytes, whatever the format nothing is lost, other stores load it."""

from __future__ import annotations

import gzip
import hashlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import pyoxigraph as ox
import pytest
import rdflib
import rdflib.compare

from communique import binding, catalog, dump, load, manifest, media, ordered
from communique.compress import PACKINGS, Packing, unpacked
from communique.content import Content
from communique.draft import drafted
from communique.store import META, Store, rows
from communique.store.embedded import Embedded
from communique.vocab import CMQ, DERIVED, RDF, SHARED
from communique.void import VOID
from conftest import TINY, communique, filled
from made import made

CMQ_REPORT, CMQ_LATEST = rdflib.URIRef(CMQ.Report.value), rdflib.URIRef(CMQ.latest.value)


def triples(store: Embedded) -> set[ox.Triple]:
    return {quad.triple for quad in dump.quads(store)}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that takes a while to dump."""
    return made(tmp_path_factory.mktemp("large") / "store", 30_000)


@pytest.fixture(scope="module")
def turtle(store: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("dump") / "communique.ttl"
    dump.dump(store, media.TURTLE, file)
    return file


@pytest.mark.parametrize("packing", PACKINGS, ids=lambda packing: packing.name)
@pytest.mark.parametrize("name", dump.FORMATS)
def test_no_triple_is_lost(name: str, packing: Packing, store: Embedded, tmp_path: Path) -> None:
    form, file = dump.FORMATS[name], tmp_path / "all"
    dump.dump(store, form, file, packing)
    with unpacked(file) as data:
        found = list(ox.parse(data.read(), format=form.engine))
    assert {q.triple for q in found} == triples(store)
    assert len(found) == len(triples(store))


@pytest.mark.parametrize("name", ["nquads", "trig"])
def test_graphs_are_kept_where_the_format_has_them(name: str, odd: Embedded, store: Embedded, tmp_path: Path) -> None:
    form = dump.FORMATS[name]
    for number, held in enumerate((store, odd)):
        dump.dump(held, form, tmp_path / str(number))
        found = set(ox.parse((tmp_path / str(number)).read_bytes(), format=form.engine))
        assert {_still(q) for q in found} == {_still(q) for q in dump.quads(held)}
        assert META not in {q.graph_name for q in found}


def _still(quad: ox.Quad) -> tuple[str, ...]:
    """A quad, but for the name of a blank graph, which a parser may change."""
    graph = "_:" if isinstance(quad.graph_name, ox.BlankNode) else str(quad.graph_name)
    return str(quad.subject), str(quad.predicate), str(quad.object), graph


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Embedded:
    """What raw updates may write: all graphs, hostile text, types in every place, nodes and literals larger than a piece."""
    made = Embedded.open(tmp_path_factory.mktemp("odd") / "store", create=True)
    one, other, a = ox.NamedNode("urn:one"), ox.NamedNode("urn:other"), RDF.type
    texts = [
        " .\n<urn:x> <urn:y> <urn:z> .\n",
        " ;\n\ta cmq:Attack ;\n\t",
        '"""',
        "a \t\r\\ \u0085\u2028 \x0b ;",
        "{} }\n{ # <",
    ]
    quads = [ox.Quad(one, ox.NamedNode(f"urn:p{n}"), ox.Literal(t), other) for n, t in enumerate(texts)]
    quads += [ox.Quad(one, ox.NamedNode(f"urn:q{n}"), ox.Literal(t), ox.DefaultGraph()) for n, t in enumerate(texts)]
    quads += [ox.Quad(one, a, ox.NamedNode(f"urn:t{n}"), g) for n in range(3) for g in (ox.DefaultGraph(), other)]
    quads += [ox.Quad(other, a, ox.NamedNode(f"urn:many/{n}"), one) for n in range(60_000)]
    quads += [
        ox.Quad(other, ox.NamedNode(f"urn:p{n}"), ox.NamedNode(f"urn:many/{m}"), one)
        for n in range(2)
        for m in range(9000)
    ]
    quads += [ox.Quad(one, ox.NamedNode("urn:long"), ox.Literal("long . " * 200_000 + str(n)), one) for n in range(2)]
    quads += [ox.Quad(one, a, ox.NamedNode("urn:t"), ox.BlankNode()), ox.Quad(META, a, one, META)]
    quads += [ox.Quad(ox.NamedNode(f"urn:n{n}"), a, one, ox.NamedNode(f"urn:g{n}")) for n in range(300)]
    made.engine.bulk_extend(quads)
    made.engine.update("CREATE GRAPH <urn:empty>")
    return made


@pytest.mark.parametrize("name", ["turtle", "ntriples", "jsonld"])
@pytest.mark.later
def test_no_text_and_no_size_confuses_it(name: str, odd: Embedded) -> None:
    form = dump.FORMATS[name]
    for threads in (1, 3) if name == "turtle" else (2,):
        data = b"".join(dump.chunks(odd, form, threads))
        assert {q.triple for q in ox.parse(data, format=form.engine)} == triples(odd), threads
    # Blank lines and blank graphs aside, each piece goes out as soon as it may.
    assert max(map(len, dump.chunks(odd, form))) < 6_000_000


def test_same_content_is_same_bytes(tmp_path: Path) -> None:
    """Three stores, filled in three orders; two processes, two hash seeds."""
    first = str(tmp_path / "store0")
    assert communique("load", "--store", first, "--content", str(TINY)).returncode == 0
    quads = list(Embedded.snapshot(Path(first)).quads(None))
    for seed in (1, 2):
        random.Random(seed).shuffle(quads)  # noqa: S311 - any order will do
        other = Embedded.open(tmp_path / f"store{seed}", create=True)
        for some in range(0, len(quads), 500):
            other.engine.extend(quads[some : some + 500])
        Embedded(other.engine, other.folder).publish()
        del other
    folders = [tmp_path / f"store{number}" for number in range(3)]
    for form in dump.FORMATS.values():
        assert len({b"".join(dump.chunks(Embedded.snapshot(folder), form)) for folder in folders}) == 1, form
    packed = set()
    for number, folder in enumerate(folders[:2]):
        file = tmp_path / f"{number}.ttl.zst"
        done = communique("dump", "--store", str(folder), "--zstd", str(file), PYTHONHASHSEED=str(number))
        assert done.returncode == 0, done.stderr
        packed.add(file.read_bytes())
    assert len(packed) == 1


def test_threads_do_not_change_the_bytes(store: Embedded) -> None:
    for form in dump.FORMATS.values():
        assert len({b"".join(dump.chunks(store, form, threads)) for threads in (1, 2, 7)}) == 1


@pytest.mark.parametrize("place", [0, 2, -1])
@pytest.mark.parametrize("kept", [1, 1 << 20])
def test_the_largest_graph_may_be_begun_first(
    kept: int, place: int, store: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In memory or in a file, what comes of it stands where it would have stood, and no file is left."""
    others = [graph for graph in dump._graphs(store) if graph not in (SHARED, ox.DefaultGraph())]
    others.insert(place if place >= 0 else len(others), SHARED)
    monkeypatch.setattr(dump, "_graphs", lambda _: iter(others))
    monkeypatch.setattr(ordered, "KEPT", kept)
    for form in dump.FORMATS.values():
        early = b"".join(dump.chunks(store, form, 2, tmp_path))
        assert early == b"".join(dump.chunks(store, form, 1))
    assert not list(tmp_path.iterdir())


def test_a_graph_that_cannot_be_begun_first_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(ordered.ordered(iter([work]), 2, work, tmp_path / "missing"))


def work(put: Callable[[bytes], None]) -> None:
    put(b"x" * (2 * ordered.KEPT))


def test_any_other_store_is_dumped_by_its_quads(odd: Embedded, store: Embedded) -> None:
    """A store that is not the engine in this process gives the same triples, in the order of its own."""
    for held in (store, odd):
        for name in ("turtle", "nquads") if held is odd else dump.FORMATS:
            form = dump.FORMATS[name]
            got = ox.parse(b"".join(dump.chunks(cast("Store", _Other(held)), form)), format=form.engine)
            assert {q.triple for q in got} == {q.triple for q in held.engine if _is_ours(q)}, name


def _is_ours(quad: ox.Quad) -> bool:
    return quad.graph_name != META and not isinstance(quad.graph_name, ox.BlankNode)


class _Other:
    """A store by its protocol alone."""

    def __init__(self, store: Embedded) -> None:
        self.store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def test_turtle_is_readable_and_has_no_blank_node(turtle: Path, store: Embedded) -> None:
    text = turtle.read_text("utf-8")
    assert "event:balad-monday a cmq:" in text
    assert "_:" not in text.replace('"', "")
    assert all(isinstance(t.subject, ox.NamedNode) and not isinstance(t.object, ox.BlankNode) for t in triples(store))


def test_shortcuts_are_in_the_dump(turtle: Path) -> None:
    assert "cmq:hasClaimant" in turtle.read_text("utf-8")


def test_types_come_first(turtle: Path) -> None:
    """Of every node that has some, whatever the order of the engine."""
    nodes = [
        node for node in turtle.read_text("utf-8").split(" .\n") if "\ta " in node or " a " in node.partition(" ;")[0]
    ]
    assert len(nodes) > 100
    assert not [node for node in nodes if "\n\ta " in node]


def test_the_checksum_is_one(store: Embedded, tmp_path: Path) -> None:
    for packing in PACKINGS:
        file = tmp_path / f"all.ttl{packing.suffix}"
        made = dump.dump(store, media.TURTLE, file, packing, summed=True)
        assert (made.size, made.sha256) == (file.stat().st_size, hashlib.sha256(file.read_bytes()).hexdigest())
    files = sorted(p.name for p in tmp_path.glob("*.sha256"))
    done = subprocess.run(["sha256sum", "--check", "--strict", *files], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, len(files)) == (0, 3), done.stdout


def test_an_interrupted_dump_leaves_nothing_behind(store: Embedded, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        dump.dump(store, media.TURTLE, tmp_path / "taken")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_a_full_disk_leaves_the_former_dump(store: Embedded, tmp_path: Path) -> None:
    """A limit on the size of files ends a write as a full disk does."""
    file = tmp_path / "all.nq"
    dump.dump(store, media.TURTLE, file, summed=True)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "from communique.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    folder = tmp_path / "store"
    assert communique("load", "--store", str(folder), "--content", str(TINY)).returncode == 0
    command = [sys.executable, "-c", code, "dump", "--store", str(folder), "--format", "nquads", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "File too large" in done.stderr
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()} == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_an_ended_dump_has_no_name(number: signal.Signals, large: Path, tmp_path: Path) -> None:
    """Whatever ends it, there is no half file; what SIGKILL leaves goes with the next dump."""
    file = tmp_path / "all.nq"
    command = [sys.executable, "-m", "communique", "dump", "--store", str(large), "--format", "nquads", str(file)]
    # A shell gives what it runs in the background an ignored SIGINT, which is handed down.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=heard)  # noqa: PLW1509
    until = time.monotonic() + 60
    while not any(p.stat().st_size for p in tmp_path.iterdir()):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.002)
    process.send_signal(number)
    assert process.wait(timeout=30) != 0
    left = [p.name for p in tmp_path.iterdir()]
    assert len(left) == (number == signal.SIGKILL), left
    assert all(name.startswith(".all.nq.") for name in left)
    assert communique("dump", "--store", str(large), "--format", "nquads", str(file)).returncode == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["all.nq", "all.nq.sha256"]


def test_a_draft_in_use_is_left_alone(tmp_path: Path) -> None:
    with drafted(tmp_path / "a") as (first,):
        first.write(b"first")
        with drafted(tmp_path / "a") as (second,):
            second.write(b"second")
        assert (tmp_path / "a").read_bytes() == b"second"
    assert (tmp_path / "a").read_bytes() == b"first"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_the_manifest_says_what_is_there(tmp_path: Path) -> None:
    """Held against the dump itself, as rdflib reads both."""
    folder, file = str(tmp_path / "store"), tmp_path / "all.ttl.gz"
    assert communique("load", "--store", folder, "--content", str(TINY)).returncode == 0
    assert communique("dump", "--store", folder, "--gzip", "--manifest", str(file)).returncode == 0
    data = rdflib.Graph().parse(data=gzip.decompress(file.read_bytes()), format="turtle")
    told = []
    for form in manifest.FORMS:
        text = (tmp_path / f"all.ttl.gz.manifest.{form.name}").read_bytes()
        triples = (q.triple for q in ox.parse(text, format=form.engine, base_iri="http://x/y/manifest"))
        told.append(rdflib.Graph().parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="nt"))
    assert rdflib.compare.isomorphic(*told)
    graph, me = told[0], rdflib.URIRef("http://x/y/manifest#data")
    dcat, void, spdx = (rdflib.Namespace(n.base) for n in (manifest.DCAT, VOID, manifest.SPDX))
    (held,) = graph.objects(me, dcat.distribution)
    assert graph.value(held, dcat.downloadURL) == rdflib.URIRef("http://x/y/all.ttl.gz")
    assert int(str(graph.value(held, dcat.byteSize))) == file.stat().st_size
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert str(graph.value(graph.value(held, spdx.checksum), spdx.checksumValue)) == sha256
    assert int(str(graph.value(me, void.triples))) == len(data)
    assert int(str(graph.value(me, void.entities))) == len(set(data.subjects(rdflib.RDF.type)))
    for part in graph.objects(me, void.classPartition):
        kind = graph.value(part, void["class"])
        assert int(str(graph.value(part, void.entities))) == len(list(data.subjects(rdflib.RDF.type, kind))), kind
    latest = max(str(o) for s in data.subjects(rdflib.RDF.type, CMQ_REPORT) for o in data.objects(s, CMQ_LATEST))
    assert str(graph.value(me, rdflib.DCTERMS.modified)) == latest


def test_loaded_again_it_gives_the_same_answers(turtle: Path, store: Embedded, content: Content) -> None:
    other = Embedded.memory()
    loader = load.Loader(other, content, lambda data, file: [])
    assert loader.rdf_file(turtle) == "loaded"
    for query in catalog.load(content).queries.values():
        text = binding.bind(query, query.typed(query.example))
        here, there = ([tuple(map(str, r)) for r in rows(s, text)] for s in (store, other))
        assert here == there, query.name


def test_rdflib_loads_it(turtle: Path, store: Embedded) -> None:
    assert len(rdflib.Graph().parse(str(turtle), format="turtle")) == len(triples(store))


def test_derived_is_what_rules_make_of_the_rest(store: Embedded) -> None:
    assert len(list(store.quads(DERIVED))) > 10


def test_a_tiny_dump_stands_in_another_store(tmp_path: Path) -> None:
    """The command line, both ways."""
    first, second, file = str(tmp_path / "a"), str(tmp_path / "b"), str(tmp_path / "tiny.ttl.gz")
    assert communique("load", "--store", first, "--content", str(TINY)).returncode == 0
    assert communique("dump", "--store", first, "--gzip", file).returncode == 0
    done = communique("load", "--store", second, "--content", str(TINY), file)
    assert done.returncode == 0, done.stderr
    one, other = (Embedded.snapshot(Path(s)) for s in (first, second))
    assert triples(one) == triples(other)
    assert len(triples(filled(load_content()))) == len(triples(one))


def load_content() -> Content:
    return Content(TINY)
