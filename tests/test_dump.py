"""Ways out: the same content is the same bytes, whatever the format nothing is lost, other stores load it."""

from __future__ import annotations

import gzip
import socket
import subprocess
import sysconfig
import time
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rdflib

from communique import catalog, dump, load, media
from communique.content import Content
from communique.store import rows
from communique.store.embedded import Embedded
from communique.vocab import DERIVED
from conftest import TINY, communique, filled


def triples(store: Embedded) -> set[ox.Triple]:
    return {quad.triple for quad in dump.quads(store)}


@pytest.fixture(scope="module")
def turtle(store: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("dump") / "communique.ttl"
    dump.dump(store, media.TURTLE, file)
    return file


@pytest.mark.parametrize("name", dump.FORMATS)
def test_no_triple_is_lost(name: str, store: Embedded, tmp_path: Path) -> None:
    form = dump.FORMATS[name]
    dump.dump(store, form, tmp_path / "all", compress=True)
    data = gzip.decompress((tmp_path / "all").read_bytes())
    assert {q.triple for q in ox.parse(data, format=form.engine)} == triples(store)


@pytest.mark.parametrize("name", ["nquads", "trig"])
def test_graphs_are_kept_where_the_format_has_them(name: str, store: Embedded, tmp_path: Path) -> None:
    form = dump.FORMATS[name]
    dump.dump(store, form, tmp_path / "all")
    assert set(ox.parse((tmp_path / "all").read_bytes(), format=form.engine)) == set(dump.quads(store))


def test_same_content_is_same_bytes(tmp_path: Path) -> None:
    """Two stores, two processes, two hash seeds."""
    made = []
    for seed in ("1", "2"):
        store, file = str(tmp_path / f"store{seed}"), tmp_path / f"{seed}.ttl"
        assert communique("load", "--store", store, PYTHONHASHSEED=seed).returncode == 0
        done = communique("dump", "--store", store, "--format", "turtle", str(file), PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        made.append(file.read_bytes())
    assert made[0] == made[1]


def test_turtle_is_readable_and_has_no_blank_node(turtle: Path, store: Embedded) -> None:
    text = turtle.read_text("utf-8")
    assert "event:balad-monday a cmq:" in text
    assert "_:" not in text.replace('"', "")
    assert all(isinstance(t.subject, ox.NamedNode) and not isinstance(t.object, ox.BlankNode) for t in triples(store))


def test_shortcuts_are_in_the_dump(turtle: Path) -> None:
    assert "cmq:hasClaimant" in turtle.read_text("utf-8")


def test_an_interrupted_dump_leaves_nothing_behind(store: Embedded, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        dump.dump(store, media.TURTLE, tmp_path / "taken")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_loaded_again_it_gives_the_same_answers(turtle: Path, store: Embedded, content: Content) -> None:
    other = Embedded.memory()
    loader = load.Loader(other, content, lambda data, file: [])
    assert loader.rdf_file(turtle) == "loaded"
    for query in catalog.load(content).queries.values():
        text = catalog.bind(query, query.typed(query.example))
        here, there = ([tuple(map(str, r)) for r in rows(s, text)] for s in (store, other))
        assert here == there, query.name


def test_rdflib_loads_it(turtle: Path, store: Embedded) -> None:
    assert len(rdflib.Graph().parse(str(turtle), format="turtle")) == len(triples(store))


def test_oxigraph_server_loads_it(turtle: Path, store: Embedded, content: Content, tmp_path: Path) -> None:
    """Another process, another program, its own HTTP: equal counts, and equal rows of every named query."""
    program = Path(sysconfig.get_path("scripts")) / "oxigraph"
    location = str(tmp_path / "oxigraph")
    subprocess.run(
        [program, "load", "--location", location, "--file", turtle], check=True, capture_output=True, timeout=60
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    server = subprocess.Popen(
        [program, "serve", "--location", location, "--bind", address],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        asked = _Endpoint(f"http://{address}/query")
        assert asked("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }") == [(str(len(triples(store))),)]
        for query in catalog.load(content).queries.values():
            text = catalog.bind(query, query.typed(query.example))
            found = rows(store, text).serialize(format=ox.QueryResultsFormat.TSV)
            assert asked(text) == _cells(found or b""), query.name
    finally:
        server.terminate()
        server.wait(timeout=20)


class _Endpoint:
    """A SPARQL endpoint's answers as rows of TSV."""

    def __init__(self, url: str) -> None:
        self.url = url
        for _ in range(100):
            try:
                self("ASK { }", "application/sparql-results+json")
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return

    def __call__(self, query: str, accept: str = "text/tab-separated-values") -> list[tuple[str, ...]]:
        answer = httpx.post(
            self.url, content=query, headers={"content-type": "application/sparql-query", "accept": accept}
        )
        answer.raise_for_status()
        return _cells(answer.content)


def _cells(data: bytes) -> list[tuple[str, ...]]:
    return [tuple(line.split("\t")) for line in data.decode().splitlines()[1:]]


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
