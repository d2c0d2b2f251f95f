"""The OWL gate, with real Java: what passes, what each fault is called, and how it says that it did not run."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pyoxigraph as ox
import pytest

from communique.content import Content, open_content
from communique.reason import GateReport, gate

SAMPLE = Path(__file__).parent / "shapes" / "sample.ttl"
CONTENT = open_content()
PREFIXES = """PREFIX cmq: <https://w3id.org/communique/ns#>
PREFIX actor: <https://w3id.org/communique/id/actor/>
PREFIX event: <https://w3id.org/communique/id/event/>
PREFIX statement: <https://w3id.org/communique/id/statement/>
PREFIX proposition: <https://w3id.org/communique/id/proposition/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""


def sample(update: str = "") -> bytes:
    """The faultless sample, after an update, as N-Triples."""
    store = ox.Store()
    store.load(path=SAMPLE, format=ox.RdfFormat.TURTLE)
    if update:
        store.update(PREFIXES + update)
    return ox.serialize((quad.triple for quad in store), format=ox.RdfFormat.N_TRIPLES) or b""


def ontology(tmp_path: Path, axioms: str) -> Content:
    """The bundled content with more axioms in its ontology."""
    for name in ("ontology", "graph", "queries"):
        shutil.copytree(CONTENT.root / name, tmp_path / name)
    content = open_content(tmp_path)
    with content.core.open("a", encoding="utf-8") as core:
        core.write(axioms)
    return content


def rules(report: GateReport) -> set[str]:
    return {fault.rule for fault in report.faults}


def messages(report: GateReport) -> str:
    return "\n".join(fault.message for fault in report.faults)


def test_java_is_here() -> None:
    assert shutil.which("java"), "the OWL gate needs Java (11 or later) on the PATH"


def test_a_consistent_sample_passes() -> None:
    report = gate(CONTENT, sample())
    assert (report.outcome, report.faults) == ("passed", []), report.detail
    assert report.passed


def test_the_code_lists_and_alignments_are_consistent_with_it() -> None:
    more = [*ox.parse(path=CONTENT.schemes), *ox.parse(path=CONTENT.alignments)]
    text = ox.serialize((quad.triple for quad in more), format=ox.RdfFormat.N_TRIPLES) or b""
    report = gate(CONTENT, sample() + text)
    assert rules(report) <= {"unexpected-inference"}, report.detail
    assert "communique/ns#" not in "".join(message.split(": ", 1)[1] for message in messages(report).splitlines())


def test_a_node_of_two_kinds_is_inconsistent() -> None:
    report = gate(CONTENT, sample("INSERT DATA { actor:iraq a cmq:Place }"), file="two.nt")
    assert report.outcome == "faulty"
    assert [(fault.file, fault.rule) for fault in report.faults] == [("two.nt", "inconsistent")]


def test_a_property_of_another_kind_is_inconsistent() -> None:
    assert rules(gate(CONTENT, sample("INSERT DATA { actor:guards cmq:expresses event:raid }"))) == {"inconsistent"}


def test_a_class_that_nothing_can_be_of_is_told(tmp_path: Path) -> None:
    content = ontology(tmp_path, "cmq:Chimera a owl:Class ; rdfs:subClassOf cmq:Event, cmq:Actor .")
    report = gate(content, sample())
    assert rules(report) == {"unsatisfiable-class"}
    assert "https://w3id.org/communique/ns#Chimera" in messages(report)


@pytest.mark.parametrize(
    ("node", "name"),
    [
        ("claim", "ClaimOfResponsibility"),
        ("blame", "Attribution"),
        ("no-damage", "Denial"),
        ("denial", "ResponsibilityDenial"),
        ("condemned", "Reaction"),
        ("promise", "Commitment"),
        ("promise", "OfficialStatement"),
        ("landed-two", "OfficialStatement"),
    ],
)
@pytest.mark.later
def test_a_class_that_follows_must_be_written(node: str, name: str) -> None:
    report = gate(CONTENT, sample(f"DELETE DATA {{ statement:{node} a cmq:{name} }}"))
    assert rules(report) == {"class-not-written"}
    assert f"statement/{node}: write its type https://w3id.org/communique/ns#{name}" in messages(report)


@pytest.mark.parametrize("name", ["ClaimOfResponsibility", "Attribution", "ResponsibilityDenial", "OfficialStatement"])
@pytest.mark.later
def test_a_class_that_does_not_follow_must_not_be_written(name: str) -> None:
    # A narrator who affirms who did it does not blame.
    report = gate(CONTENT, sample(f"INSERT DATA {{ statement:raided a cmq:{name} }}"))
    assert rules(report) == {"class-not-inferred"}
    assert f"statement/raided: remove its type https://w3id.org/communique/ns#{name}" in messages(report)


def test_a_proposition_s_class_follows_from_what_it_has() -> None:
    report = gate(CONTENT, sample("DELETE DATA { proposition:two a cmq:QuantityProposition }"))
    assert "proposition/two: write its type https://w3id.org/communique/ns#QuantityProposition" in messages(report)


def test_one_individual_for_two_actors_is_told() -> None:
    report = gate(CONTENT, sample("INSERT DATA { actor:guards owl:sameAs actor:paper.sources }"))
    assert "actor/guards: merged with https://w3id.org/communique/id/actor/paper.sources" in messages(report)


def test_an_axiom_that_merges_actors_is_told(tmp_path: Path) -> None:
    content = ontology(tmp_path, "cmq:countedActor a owl:FunctionalProperty .")
    count = "<https://w3id.org/communique/id/count/one> cmq:countedActor actor:guards"
    report = gate(content, sample(f"INSERT DATA {{ {count} }}"))
    assert "unexpected-inference" in rules(report)


def test_an_axiom_that_leads_from_an_event_to_an_actor_is_told(tmp_path: Path) -> None:
    chain = """cmq:perpetrator a owl:ObjectProperty ;
      owl:propertyChainAxiom ( [ owl:inverseOf cmq:aboutEvent ] cmq:responsibleActor ) ."""
    report = gate(ontology(tmp_path, chain), sample())
    assert rules(report) == {"unexpected-inference"}
    assert "event/balad: <https://w3id.org/communique/ns#perpetrator>" in messages(report)


def test_nothing_is_fetched() -> None:
    imports = "<https://example.org/more> owl:imports <https://example.org/other>"
    report = gate(CONTENT, sample(f"INSERT DATA {{ {imports} }}"))
    assert (report.outcome, rules(report)) == ("faulty", {"import"})


def test_no_python_module_is_run(tmp_path: Path) -> None:
    module = "<http://www.lesfleursdunormal.fr/static/_downloads/owlready_ontology.owl#python_module>"
    assert rules(gate(CONTENT, sample(f"INSERT DATA {{ actor:guards {module} 'antigravity' }}"))) == {"import"}
    assert rules(gate(ontology(tmp_path, f"cmq: {module} 'antigravity' ."), sample())) == {"import"}


def test_the_absence_of_java_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    report = gate(CONTENT, sample())
    assert (report.outcome, report.passed) == ("no-java", False)
    assert "did not run: no `java` on the PATH" in report.detail


def test_a_java_that_fails_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'no room for the heap' >&2\nexit 1\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    report = gate(CONTENT, sample())
    assert report.outcome == "failed"
    assert "no room for the heap" in report.detail


def test_the_time_limit_ends_java_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    report = gate(CONTENT, sample(), timeout=3)
    assert (report.outcome, report.detail) == ("timed-out", "the OWL gate did not end within 3 seconds")
    # It was killed; a busy machine takes a moment to be rid of it.
    pid = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if not alive(pid):
            return
        time.sleep(0.1)
    pytest.fail("Java outlives the reasoner")


def alive(pid: int) -> bool:
    try:
        return "Z (zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
