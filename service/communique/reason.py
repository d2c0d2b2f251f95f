"""The OWL gate: HermiT proves that axioms, rules and data agree.

Only curated samples: HermiT takes seconds for a report, minutes for ten thousand individuals. owlready2 is imported
only in a process of its own, which is ended, with the Java it started, when the time is up.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pyoxigraph as ox

from communique.content import Content
from communique.errors import Fault
from communique.vocab import CMQ, OWL, RDF, RDFS

# Predicates that make owlready2 fetch a document or import and run a Python module; it must never see one.
OWLREADY = "http://www.lesfleursdunormal.fr/static/_downloads/owlready_ontology.owl#"
JOB, RESULT = "job.nt", "inferred.nt"
INCONSISTENT = 3  # the child's exit code

SCHEMA_LEVEL = frozenset(
    term.value for term in (RDF.type, RDFS.subClassOf, RDFS.subPropertyOf, OWL.equivalentClass, OWL.equivalentProperty)
)

Outcome = Literal["passed", "faulty", "no-java", "timed-out", "failed"]
Link = tuple[str, str, str]


@dataclass(frozen=True)
class GateReport:
    """What came of the gate; `detail` says it in a sentence. Only "passed" proves anything."""

    outcome: Outcome
    detail: str
    faults: list[Fault] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"


class Inconsistent(Exception):
    """HermiT finds no model."""


def gate(content: Content, triples: bytes, timeout: float = 120, file: str = "data") -> GateReport:
    """Whether `triples` (N-Triples) are consistent with the ontology, and imply what they write and no more.

    The classes of statements are taken out of the data first, so that HermiT must infer them from the axioms.
    `timeout` is in seconds; `file` is the name that faults give the data.
    """
    core = _parse(content.core.read_bytes(), ox.RdfFormat.TURTLE)
    data = _parse(triples, ox.RdfFormat.N_TRIPLES)
    if refused := [*_dangerous(core, str(content.core)), *_dangerous(data, file)]:
        return GateReport("faulty", "the reasoner was not started: it would have fetched something", refused)
    if shutil.which("java") is None:
        return GateReport("no-java", "the OWL gate did not run: no `java` on the PATH (Java 11 or later is needed)")
    vocabulary = Vocabulary(core)
    kept = [t for t in data if not (t.predicate == RDF.type and _iri(t.object) in vocabulary.statement_classes)]
    try:
        inferred = _infer([*core, *kept], timeout)
        faults = sorted(set(_faults(inferred, data, kept, vocabulary, file)))
    except Inconsistent:
        message = "the data contradicts the ontology; `communique check` tells most such faults by node"
        faults = [Fault(file, 0, "inconsistent", message)]
    except subprocess.TimeoutExpired:
        return GateReport("timed-out", f"the OWL gate did not end within {timeout:g} seconds")
    except RuntimeError as error:
        return GateReport("failed", f"the reasoner failed: {error}")
    detail = f"{len(faults)} fault(s)" if faults else f"{len(data)} triples are consistent, and imply what they write"
    return GateReport("faulty" if faults else "passed", detail, faults)


class Vocabulary:
    """What the gate needs to know of the ontology."""

    def __init__(self, core: Iterable[ox.Triple]) -> None:
        self.parents: dict[str, set[str]] = defaultdict(set)
        for triple in core:
            if triple.predicate == RDFS.subClassOf and (child := _iri(triple.subject)):
                self.parents[child].add(_iri(triple.object))
        self.symmetric = {_iri(t.subject) for t in core if t.object == OWL.SymmetricProperty}
        self.transitive = {_iri(t.subject) for t in core if t.object == OWL.TransitiveProperty}
        statement = CMQ.Statement.value
        self.statement_classes = {name for name in [*self.parents] if name != statement and statement in self.up(name)}

    def up(self, name: str) -> set[str]:
        """The class and every class above it."""
        found, waiting = {name}, [name]
        while waiting:
            above = self.parents.get(waiting.pop(), set()) - found
            found |= above
            waiting += above
        return found

    def implied(self, links: set[Link]) -> set[Link]:
        """The links and those that symmetry and transitivity add: the only links that may be inferred."""
        found = links | {(o, p, s) for s, p, o in links if p in self.symmetric}
        for name in self.transitive:
            pairs = {(s, o) for s, p, o in found if p == name}
            while more := {(a, d) for a, b in pairs for c, d in pairs if b == c} - pairs:
                pairs |= more
            found |= {(s, name, o) for s, o in pairs}
        return found


def _faults(
    inferred: list[ox.Triple], data: list[ox.Triple], kept: list[ox.Triple], vocabulary: Vocabulary, file: str
) -> Iterator[Fault]:
    # Two classes below owl:Nothing come out as equivalent to it; an individual never has it, in a consistent graph.
    for name in sorted({_iri(t.subject) for t in inferred if t.object == OWL.Nothing}):
        yield Fault(file, 0, "unsatisfiable-class", f"{name}: nothing can be of this class; correct its axioms")
    follows = _types([*kept, *inferred], vocabulary)
    yield from _type_faults(_types(data), follows, vocabulary.statement_classes, file)
    written = {_link(triple) for triple in data}
    links = {_link(t) for t in inferred if t.predicate.value not in SCHEMA_LEVEL}
    yield from _link_faults(written, links - vocabulary.implied(written), file)


def _type_faults(
    written: Mapping[str, set[str]], inferred: Mapping[str, set[str]], comparable: set[str], file: str
) -> Iterator[Fault]:
    """Classes of ours that follow and are not written, and classes of statements that are written and do not follow."""
    for node in sorted({*written, *inferred}):
        has, follows = written.get(node, set()), inferred.get(node, set())
        for name in follows - has:
            yield Fault(file, 0, "class-not-written", f"{node}: write its type {name}, which follows")
        for name in (has & comparable) - follows:
            yield Fault(file, 0, "class-not-inferred", f"{node}: remove its type {name}, which does not follow")


def _link_faults(written: set[Link], unexpected: set[Link], file: str) -> Iterator[Fault]:
    """No link may follow but by symmetry and transitivity: none from an event to an actor, no merged actors.

    Merged individuals show here too, as each has the links of the other.
    """
    for subject, name, target in unexpected:
        yield Fault(file, 0, "unexpected-inference", f"{subject}: <{name}> {target} follows, and nobody says so")
    for subject, name, target in written:
        if name == OWL.sameAs.value:
            yield Fault(file, 0, "unexpected-inference", f"{subject}: merged with {target}; say it in a statement")


def _types(triples: Iterable[ox.Triple], vocabulary: Vocabulary | None = None) -> dict[str, set[str]]:
    """Each node's classes of our namespace; with a vocabulary those above them too, as HermiT tells the lowest only."""
    found: dict[str, set[str]] = defaultdict(set)
    for triple in triples:
        if triple.predicate == RDF.type and (name := _iri(triple.object)).startswith(str(CMQ)):
            found[_iri(triple.subject)] |= vocabulary.up(name) if vocabulary else {name}
    return found


def _link(triple: ox.Triple) -> Link:
    return _iri(triple.subject), triple.predicate.value, _iri(triple.object)


def _dangerous(triples: Iterable[ox.Triple], file: str) -> Iterator[Fault]:
    for triple in triples:
        if triple.predicate == OWL.imports or triple.predicate.value.startswith(OWLREADY):
            name = triple.predicate.value
            yield Fault(
                file, 0, "import", f"{_iri(triple.subject)}: remove <{name}>, which owlready2 would fetch or run"
            )


def _parse(text: bytes, syntax: ox.RdfFormat) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(text, format=syntax)]


def _iri(term: object) -> str:
    """The IRI of a node; "" for a blank node or a literal."""
    return term.value if isinstance(term, ox.NamedNode) else ""


# -- the process that reasons


def _infer(triples: list[ox.Triple], timeout: float) -> list[ox.Triple]:
    """What HermiT infers; Inconsistent, TimeoutExpired when it takes longer, or RuntimeError when it fails."""
    with tempfile.TemporaryDirectory(prefix="communique-gate-") as folder:
        job = Path(folder)
        (job / JOB).write_bytes(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"")
        code, log = _run([sys.executable, "-m", "communique.reason", folder], job, timeout)
        if code == INCONSISTENT:
            raise Inconsistent
        if code != 0:
            raise RuntimeError(log.strip()[-1000:] or f"exit code {code}")
        return _parse((job / RESULT).read_bytes(), ox.RdfFormat.N_TRIPLES)


def _run(command: list[str], folder: Path, timeout: float) -> tuple[int, str]:
    """Run in a session of its own, so that Java, a grandchild, ends with it; exit code and what was printed."""
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "TMPDIR": str(folder)}
    with (folder / "log").open("w+", encoding="utf-8", errors="replace") as log:
        with subprocess.Popen(  # noqa: S603 - this program itself, in a folder of its own
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        ) as child:
            try:
                child.wait(timeout)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                raise
        log.seek(0)
        return child.returncode, log.read()


def reason(folder: Path) -> int:
    """In the child: classify `job.nt` of the folder, and write what is inferred to `inferred.nt`; the exit code."""
    import owlready2  # type: ignore[import-untyped,unused-ignore]

    world = owlready2.World()
    with (folder / JOB).open("rb") as job:
        world.get_ontology(f"{CMQ}gate").load(fileobj=job)
    try:
        owlready2.sync_reasoner_hermit(world, infer_property_values=True, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return INCONSISTENT
    # owlready2 keeps what it infers in an ontology of this name (its own spelling).
    world.get_ontology("http://inferrences/").save(str(folder / RESULT), format="ntriples")
    return 0


if __name__ == "__main__":
    sys.exit(reason(Path(sys.argv[1])))
