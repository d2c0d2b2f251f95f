"""Everything that `check` does: the rules of report files, shapes and check queries, the OWL gate."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from communique import catalog, dump, filling, load
from communique.check import check
from communique.content import Content
from communique.errors import Fault, Faulty
from communique.lint import lint
from communique.media import NTRIPLES
from communique.reason import gate
from communique.store.embedded import Embedded


@dataclass
class Outcome:
    """Faults, and what else has to be said: what was done, and what could not be."""

    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_content(content: Content) -> Outcome:
    """A whole content folder: its queries, its reports, all triples they make, and the ontology over them."""
    outcome = Outcome()
    outcome.faults += _queries(content)
    store = Embedded.memory()
    try:
        loader = _loader(store, content)
        loader.vocabulary()
    except Faulty as error:
        outcome.faults += error.faults
        return outcome
    summary = filling.load_all(loader, filling.sources(content.root), lambda name, became: None)
    outcome.faults += [fault for found in summary.refused.values() for fault in found]
    outcome.notes.append(f"reports: {summary}")
    data = _triples(store)
    outcome.faults += check(content, data, str(content.root / "graph"))
    outcome.faults += lint(content, (q.triple for q in ox.parse(data, format=NTRIPLES.engine)))
    reasoned = gate(content, data, file=str(content.root / "graph"))
    outcome.faults += reasoned.faults
    outcome.notes.append(f"OWL gate: {reasoned.outcome}: {reasoned.detail}")
    return outcome


def check_files(content: Content, paths: list[Path]) -> Outcome:
    """Report files and RDF files against the code lists, named nodes and other reports of the content."""
    outcome = Outcome()
    store = Embedded.memory()
    loader = _loader(store, content)
    loader.vocabulary()
    named = {path.resolve() for path in paths}
    filling.load_all(
        loader, [p for p in filling.sources(content.root) if p.resolve() not in named], lambda name, became: None
    )
    files = [file for path in paths for file in filling.sources(path)]
    summary = filling.load_all(loader, files, lambda name, became: None)
    outcome.faults += [fault for found in summary.refused.values() for fault in found]
    outcome.notes.append(str(summary))
    return outcome


def _loader(store: Embedded, content: Content) -> load.Loader:
    return load.Loader(store, content, lambda data, file: check(content, data, file))


def _queries(content: Content) -> list[Fault]:
    """The faults of the query files: headers, and SPARQL that the engine cannot read."""
    faults: list[Fault] = []
    for path in [*content.queries(), *content.checks(), *content.rules(), *content.lints()]:
        try:
            ox.Store().query(catalog.read(path).text)
        except Faulty as error:
            faults += error.faults
        except SyntaxError as error:
            faults.append(Fault(str(path), error.lineno or 1, "sparql", error.msg))
    return faults


def _triples(store: Embedded) -> bytes:
    return ox.serialize((q.triple for q in dump.quads(store)), format=NTRIPLES.engine) or b""
