"""Migrations: data of version 0.1.0 is found and brought up to date, whole or not at all, and twice is once.

`migrations/0.1.0.ttl` is the Turtle of a tiny graph, as version 0.1.0 had it (without the code lists, which are frozen
in `ontology/versions/0.1.0/`).
"""

from __future__ import annotations

import gzip
import re
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import NamedNode, Quad, Triple

from communique import following, load, migrate
from communique.check import check
from communique.content import Content, Migration, open_content
from communique.errors import CommuniqueError, Faulty
from communique.store import META, Change, placed
from communique.store.embedded import Embedded
from communique.vocab import CMQ, CODE, CODES, DERIVED, ID, OWL, SHARED, SKOS, code, node
from conftest import ROOT, TINY, communique, filled

CONTENT = open_content(ROOT)
VERSIONS = ROOT / "ontology" / "versions"
OLD_DATA = ROOT / "tests" / "migrations" / "0.1.0.ttl"
OLD, NEW = code("precision", "governorate"), code("precision", "first-order-division")
DELTA = node("place", "delta-province")
NAME = "0.1.0-0.2.0/first-order-division"


def triples(path: Path) -> set[Triple]:
    return {quad.triple for quad in ox.parse(path=path)}


def quads(store: Embedded) -> set[Quad]:
    return {quad for graph in store.graphs() for quad in store.quads(graph)}


def told_precisely(root: Path, precision: str) -> Content:
    """The tiny content at `root`, whose province says how precisely it is known."""
    shutil.copytree(TINY / "graph", root / "graph")
    shutil.copytree(ROOT / "queries", root / "queries")
    places = root / "graph" / "places.ttl"
    told = f'"Delta province"@en ; cmq:placePrecision <{CODE}precision/{precision}> .'
    places.write_text(places.read_text().replace('"Delta province"@en .', told))
    return open_content(root)


@pytest.fixture
def older(tmp_path: Path) -> Content:
    """A content folder as version 0.1.0 had it."""
    ontology = tmp_path / "older" / "ontology"
    shutil.copytree(VERSIONS / "0.1.0", ontology)
    shutil.copy(VERSIONS / "0.1.0.ttl", ontology / "core.ttl")
    return told_precisely(tmp_path / "older", "governorate")


@pytest.fixture
def newer(tmp_path: Path) -> Content:
    """The same content as this version has it."""
    shutil.copytree(ROOT / "ontology", tmp_path / "newer" / "ontology")
    return told_precisely(tmp_path / "newer", "first-order-division")


def loader(store: Embedded, content: Content) -> load.Loader:
    return load.Loader(store, content, lambda data, file: [])


def dump_of_010(folder: Path) -> Path:
    """A whole dump of version 0.1.0: the data and the code lists of then."""
    file = folder / "dump-0.1.0.nt"
    lists = triples(VERSIONS / "0.1.0" / "schemes.ttl")
    file.write_bytes(ox.serialize(triples(OLD_DATA) | lists, format=ox.RdfFormat.N_TRIPLES) or b"")
    return file


# -- the files


@pytest.mark.parametrize("migration", CONTENT.migrations(), ids=lambda migration: migration.name)
def test_a_migration_is_between_versions_and_needs_no_graph(migration: Migration) -> None:
    old, new = migration.detect.parent.name.split("-")
    assert (VERSIONS / f"{old}.ttl").is_file()
    assert [int(part) for part in old.split(".")] < [int(part) for part in new.split(".")]
    assert migration.detect.read_text().startswith("#+ title: ")
    text = migration.detect.read_text() + migration.update.read_text()
    assert not re.search(r"\b(GRAPH|WITH|USING|FROM|LOAD|SERVICE)\b", re.sub(r"#.*", "", text))


def test_the_example_is_of_010_and_is_faultless_there(older: Content) -> None:
    data = ox.serialize(triples(OLD_DATA), format=ox.RdfFormat.N_TRIPLES) or b""
    assert check(older, data) == []
    held = {quad.triple for quad in quads(filled(older)) if quad.graph_name != CODES}
    assert held == triples(OLD_DATA)


def test_migrations_are_in_the_order_of_versions(tmp_path: Path) -> None:
    for name in ("ontology", "graph", "queries"):
        (tmp_path / name).mkdir()
    for versions in ("0.10.0-0.11.0", "0.9.0-0.10.0", "0.9.0-0.9.1"):
        folder = tmp_path / "ontology" / "migrations" / versions
        folder.mkdir(parents=True)
        (folder / "term.detect.rq").touch()
    found = [migration.name for migration in open_content(tmp_path).migrations()]
    assert found == ["0.9.0-0.10.0/term", "0.9.0-0.9.1/term", "0.10.0-0.11.0/term"]


# -- deprecated terms


def deprecated() -> dict[NamedNode, list[object]]:
    """Each deprecated term or code, with what replaces it."""
    store = ox.Store()
    for path in (CONTENT.core, CONTENT.schemes):
        store.bulk_load(path=path)
    replaced = NamedNode("http://purl.org/dc/terms/isReplacedBy")
    return {
        quad.subject: [q.object for q in store.quads_for_pattern(quad.subject, replaced, None)]
        for quad in store.quads_for_pattern(None, OWL.deprecated, None)
        if isinstance(quad.subject, NamedNode)
    }


def test_a_deprecated_term_says_what_replaces_it() -> None:
    assert deprecated()[OLD] == [NEW]
    known = {quad.subject for path in (CONTENT.core, CONTENT.schemes) for quad in ox.parse(path=path)}
    for replacements in deprecated().values():
        assert replacements
        assert {*replacements} <= known - {*deprecated()}


@pytest.mark.parametrize("term", deprecated(), ids=str)
def test_a_migration_finds_every_use_of_a_deprecated_term(term: NamedNode) -> None:
    thing, link = node("place", "somewhere"), CMQ.placePrecision
    uses = [Triple(thing, link, term)] if term.value.startswith(str(CODE)) else [Triple(thing, term, thing)]
    store = Embedded.memory()
    store.engine.extend(placed(uses, SHARED))
    assert [m.name for m in CONTENT.migrations() if migrate.detect(store, m)]


def test_nothing_of_ours_uses_a_deprecated_term() -> None:
    files = [*CONTENT.seeds(), CONTENT.core, CONTENT.shapes, CONTENT.alignments]
    assert not {t.object for file in files for t in triples(file)} & {*deprecated()}
    for path in [*CONTENT.queries(), *CONTENT.checks(), *CONTENT.rules(), *CONTENT.reports()]:
        text = path.read_text("utf-8")
        for term in deprecated():
            scheme, name = term.value.rsplit("/", 2)[-2:]
            assert not re.search(rf"\b{scheme}:{name}\b", text), path


def test_a_report_file_may_not_use_a_deprecated_code(newer: Content) -> None:
    store = filled(newer)
    file = newer.root / "graph" / "reports" / "alpha.yaml"
    place = "\nplaces:\n  a-province: {label: {en: A province}, type: Place, placePrecision: governorate}\n"
    file.write_text(file.read_text() + place)
    with pytest.raises(Faulty) as caught:
        loader(store, newer).report_file(file)
    assert [(fault.rule, "'governorate'" in fault.message) for fault in caught.value.faults] == [("code", True)]


# -- a store


def test_a_store_of_010_becomes_what_this_version_would_have_made(older: Content, newer: Content) -> None:
    store = filled(older)
    stale = Quad(node("event", "north-camp"), CMQ.hasDenier, node("actor", "nobody"), DERIVED)
    store.commit(Change(add={stale}))
    outcome = migrate.migrate_store(loader(store, newer))
    assert outcome.found == {NAME: {DELTA.value: "precision:governorate is now precision:first-order-division"}}
    assert quads(store) == quads(filled(newer))
    assert following.PENDING not in set(store.quads(META))


def test_twice_is_once(older: Content, newer: Content) -> None:
    store = filled(older)
    migrate.migrate_store(loader(store, newer))
    version = store.version
    again = migrate.migrate_store(loader(store, newer))
    assert (again.found, store.version) == ({}, version)
    assert not again.change


def test_what_the_store_remembers_stays(older: Content, newer: Content) -> None:
    store = filled(older)
    gone = Quad(node("statement", "gone"), NamedNode("http://purl.org/dc/terms/isReplacedBy"), DELTA, META)
    store.commit(Change(add={gone}))
    migrate.migrate_store(loader(store, newer))
    assert gone in set(store.quads(META))


def test_an_update_that_leaves_what_it_should_mend_changes_nothing(older: Content, newer: Content) -> None:
    store = filled(older)
    before, version = quads(store), store.version
    later = newer.root / "ontology" / "migrations" / "0.2.0-0.3.0"
    later.mkdir()
    (later / "idle.detect.rq").write_text(
        f'SELECT ?node ("a label" AS ?message) WHERE {{ ?node a <{CMQ}Place> ; {SKOS.prefLabel} ?label }}'
    )
    (later / "idle.update.ru").write_text(f"DELETE {{ ?s {SKOS.altLabel} ?o }} WHERE {{ ?s {SKOS.altLabel} ?o }}")
    with pytest.raises(CommuniqueError, match="nothing was changed"):
        migrate.migrate_store(loader(store, newer))
    assert (quads(store), store.version) == (before, version)


def test_a_later_migration_sees_what_an_earlier_one_made(older: Content, newer: Content) -> None:
    store = filled(older)
    later = newer.root / "ontology" / "migrations" / "0.2.0-0.3.0"
    later.mkdir()
    (later / "province.detect.rq").write_text(
        f'SELECT ?node ("once more" AS ?message) WHERE {{ ?node {CMQ.placePrecision} {NEW} }}'
    )
    region = code("precision", "region")
    (later / "province.update.ru").write_text(
        f"DELETE {{ ?s ?p {NEW} }} INSERT {{ ?s ?p {region} }} WHERE {{ ?s ?p {NEW} }}"
    )
    migrate.migrate_store(loader(store, newer))
    assert [q.object for q in store.quads(SHARED, DELTA) if q.predicate == CMQ.placePrecision] == [region]


@pytest.mark.parametrize("migration", CONTENT.migrations(), ids=lambda migration: migration.name)
def test_the_update_does_the_same_in_anybody_s_store(migration: Migration, older: Content) -> None:
    theirs = ox.Store()
    theirs.extend(Quad(*t) for t in triples(OLD_DATA))
    theirs.update(migration.update.read_text())
    ours = filled(older)
    ours.commit(migrate.plan(ours, CONTENT).change)
    assert {q.triple for q in theirs} == {q.triple for q in quads(ours) if q.graph_name != CODES}


def test_the_command_migrates_a_store(older: Content, newer: Content, tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    made = communique("load", "--store", store, "--content", str(older.root))
    assert made.returncode == 0, made.stderr
    done = communique("migrate", "--store", store, "--content", str(newer.root))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{NAME}: {DELTA.value}: precision:governorate is now")
    assert "1 nodes of an older version" in done.stdout
    # Reading verbs see it: it is published.
    assert quads(Embedded.snapshot(Path(store))) == quads(filled(newer))
    again = communique("migrate", "--store", store, "--content", str(newer.root))
    assert again.stdout.startswith("0 nodes of an older version")


# -- a file


def test_loading_an_older_file_says_which_migration_it_needs(newer: Content, tmp_path: Path) -> None:
    done = communique("load", "--store", str(tmp_path / "store"), "--content", str(newer.root), str(OLD_DATA))
    assert done.returncode == 1
    (fault,) = (line for line in done.stderr.splitlines() if DELTA.value in line and NAME in line)
    assert fault.endswith("run `communique migrate`")


def test_a_migrated_file_is_whole_and_loads(newer: Content, tmp_path: Path) -> None:
    new = tmp_path / "new.ttl.gz"
    done = communique("migrate", str(dump_of_010(tmp_path)), str(new), "--content", str(newer.root))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{NAME}: {DELTA.value}: ")
    (tmp_path / "new.ttl").write_bytes(gzip.decompress(new.read_bytes()))
    # The code lists are this version's, and everything else is what this version would have made.
    assert triples(tmp_path / "new.ttl") == {quad.triple for quad in quads(filled(newer))}
    loaded = communique("load", "--store", str(tmp_path / "store"), "--content", str(newer.root), str(new))
    assert loaded.returncode == 0, loaded.stderr


def test_a_file_without_code_lists_and_derived_triples_gets_none(newer: Content, tmp_path: Path) -> None:
    file, new = tmp_path / "places.nq", tmp_path / "new.nq"
    place = Triple(DELTA, CMQ.placePrecision, OLD)
    file.write_bytes(ox.serialize(placed([place], SHARED), format=ox.RdfFormat.N_QUADS) or b"")
    assert migrate.migrate_file(newer, file, new).found
    assert set(ox.parse(path=new)) == {Quad(DELTA, CMQ.placePrecision, NEW, SHARED)}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((str(OLD_DATA),), "give the new file's name too"),
        ((str(OLD_DATA), str(OLD_DATA)), "is there already"),
        ((str(OLD_DATA), "/nowhere/new.xlsx"), "that ends in .ttl"),
    ],
)
def test_a_wrong_use_is_told(arguments: tuple[str, ...], told: str) -> None:
    done = communique("migrate", *arguments)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_a_file_that_cannot_be_read_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "broken.ttl"
    file.write_text(f"<{ID}place/a> <{CMQ}within> ")
    done = communique("migrate", str(file), str(tmp_path / "new.ttl"))
    assert done.returncode == 1
    assert "syntax" in done.stderr
    assert not (tmp_path / "new.ttl").exists()
