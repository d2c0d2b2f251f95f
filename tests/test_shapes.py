"""Every shape and every check query: the sample has none of its faults, and one change to the sample has.

`shapes/NAME.ru` and `checks/NAME.ru` are SPARQL updates, in the prefixes of `shapes/sample.ttl`; the changed sample
has the fault NAME, and besides it those that a comment `# also: …` names, and no other.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

import communique
from communique.check import SHAPES, check
from communique.content import open_content
from communique.errors import Fault

HERE = Path(__file__).parent
SAMPLE = HERE / "shapes" / "sample.ttl"
CHANGES = [*sorted(HERE.glob("shapes/*.ru")), *sorted(HERE.glob("checks/*.ru"))]
CONTENT = open_content()
SH = "http://www.w3.org/ns/shacl#"


def prefixes() -> str:
    return "".join(f"PREFIX {line}\n" for line in re.findall(r"^@prefix (.*) \.$", SAMPLE.read_text(), re.MULTILINE))


def changed(update: str) -> bytes:
    """The sample after an update, as N-Quads."""
    store = ox.Store()
    store.load(path=SAMPLE, format=ox.RdfFormat.TURTLE)
    before = set(store)
    store.update(prefixes() + update)
    assert set(store) != before, "the update changes nothing"
    return ox.serialize(store, format=ox.RdfFormat.N_QUADS) or b""


def sample() -> bytes:
    return ox.serialize((q.triple for q in ox.parse(path=SAMPLE)), format=ox.RdfFormat.N_TRIPLES) or b""


def shapes() -> set[str]:
    """The names of the shapes: those with a message for who breaks them."""
    store = ox.Store()
    store.load(path=CONTENT.shapes, format=ox.RdfFormat.TURTLE)
    found = {q.subject for q in store.quads_for_pattern(None, ox.NamedNode(SH + "message"), None)}
    return {shape.value.removeprefix(SHAPES) for shape in found if isinstance(shape, ox.NamedNode)}


def test_the_sample_has_no_fault() -> None:
    assert check(CONTENT, sample()) == []


@pytest.mark.parametrize("change", CHANGES, ids=lambda path: f"{path.parent.name}-{path.stem}")
@pytest.mark.later
def test_a_change_is_found(change: Path) -> None:
    update = change.read_text()
    also = re.findall(r"^# also: (.*)$", update, re.MULTILINE)
    faults = check(CONTENT, changed(update), change.name)
    assert {fault.rule for fault in faults} == {change.stem, *" ".join(also).split()}, faults
    assert all(fault.file == change.name and len(fault.message) > 20 for fault in faults)


def test_every_shape_has_a_failing_example() -> None:
    assert {path.stem for path in CHANGES if path.parent.name == "shapes"} == shapes()


def test_every_shape_has_its_own_iri_and_message() -> None:
    store = ox.Store()
    store.load(path=CONTENT.shapes, format=ox.RdfFormat.TURTLE)
    assert not store.query(f"ASK {{ ?shape a <{SH}NodeShape> MINUS {{ ?shape <{SH}message> ?message }} }}")
    assert not store.query(f"ASK {{ ?shape <{SH}message> ?message FILTER(ISBLANK(?shape)) }}")


def test_the_shapes_are_shacl_core() -> None:
    # Any validator can run them, and none evaluates SPARQL of a file with rdflib, which reads files and the network.
    advanced = ("sparql", "select", "ask", "rule", "target", "js", "values", "expression", "declare")
    text = CONTENT.shapes.read_text(encoding="utf-8")
    assert re.findall(rf"\bsh:({'|'.join(advanced)})\b", text) == []


def test_every_check_query_has_a_failing_example() -> None:
    assert {path.stem for path in CHANGES if path.parent.name == "checks"} == {p.stem for p in CONTENT.checks()}


def test_every_check_query_has_a_title() -> None:
    assert [path for path in CONTENT.checks() if not path.read_text().startswith("#+ title: ")] == []


def test_every_shape_finds_something_to_look_at_in_the_sample() -> None:
    from pyshacl.shapes_graph import ShapesGraph
    from rdflib import Graph

    graph = Graph().parse(data=sample(), format="nt").parse(CONTENT.core)
    looked = {str(s.node).removeprefix(SHAPES) for s in ShapesGraph(Graph().parse(CONTENT.shapes)).shapes
              if s.focus_nodes(graph)}  # fmt: skip
    assert shapes() - looked == set()


def test_the_repeated_words_of_quotes_count_once() -> None:
    # "claimed responsibility" and "responsibility, he said" overlap in one word (8-22): 2 + 3 + 3 words, with what
    # the cut leaves of "responsibility,"; a report of 14 words is below the limit, of 13 above.
    def rules(words: int) -> list[str]:
        change = f"DELETE DATA {{ report:paper schema:wordCount 60 }} ; INSERT DATA {{ report:paper schema:wordCount {words} }}"
        return [fault.rule for fault in check(CONTENT, changed(change))]

    assert rules(14) == []
    assert rules(13) == ["quote-share"]


def test_a_query_that_does_not_select_node_and_message_is_no_check(tmp_path: Path) -> None:
    from shutil import copytree

    for name in ("ontology", "graph", "queries"):
        copytree(CONTENT.root / name, tmp_path / name)
    (tmp_path / "queries" / "checks" / "odd.rq").write_text("SELECT ?s WHERE { ?s ?p ?o }")
    with pytest.raises(ValueError, match=r"odd\.rq is not a check query"):
        check(open_content(tmp_path), sample())


def test_data_that_is_not_rdf_is_refused() -> None:
    with pytest.raises(SyntaxError):
        check(CONTENT, b"<this is not N-Quads")


def test_a_fault_names_the_node_and_what_was_found() -> None:
    update = """DELETE { ?report schema:url ?address } INSERT { ?report schema:url <ftp://example.org/> }
                WHERE { ?report schema:url ?address }"""
    message = "Write schema:url as an IRI that begins with http:// or https://."
    assert check(CONTENT, changed(update), "a.nt") == [Fault("a.nt", 0, "WebAddress", f"ftp://example.org/: {message}")]


@pytest.mark.parametrize(
    "triple",
    ["cmq:Event <http://www.w3.org/2000/01/rdf-schema#subClassOf> cmq:Actor", "cmq:stance a owl:FunctionalProperty"],
)
def test_data_cannot_change_what_our_terms_mean(triple: str) -> None:
    data = changed(f"PREFIX owl: <http://www.w3.org/2002/07/owl#> INSERT DATA {{ {triple} }}")
    assert "axiom" in {fault.rule for fault in check(CONTENT, data)}


def test_the_heavy_libraries_are_imported_late() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import communique.check, communique.reason;"
        "sys.exit(', '.join({'pyshacl', 'rdflib', 'owlready2'} & set(sys.modules)) or 0)"
    )
    folder = str(Path(communique.__path__[0]).parent)
    ran = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
