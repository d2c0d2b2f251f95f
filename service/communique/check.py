"""Shapes and check queries over RDF: what is wrong with data that no report file was checked for.

SHACL (W3C, 2017) by pySHACL, and the queries in `queries/checks`, of which a row is a fault. pySHACL and rdflib
are imported when a check runs, so that the service starts without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from communique.content import Content
from communique.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rdflib import Graph
    from rdflib.term import Node

SHAPES = "https://w3id.org/communique/shapes#"
# The graph of data that names none.
GIVEN = ox.NamedNode("urn:x-communique:given")


def check(content: Content, data: bytes, file: str = "data") -> list[Fault]:
    """The faults of `data` (N-Triples or N-Quads), by the shapes and the check queries of `content`.

    `file` is the name that the faults give the data; their line is 0, as RDF has none. Whatever the data refers to
    must be in it, except ontology and code lists. Raises SyntaxError when `data` is not N-Quads.
    """
    store = _merged(content, data)
    found = (_shape_faults, _query_faults, _older_faults)
    return sorted({fault for faults in found for fault in faults(content, store, file)})


def _merged(content: Content, data: bytes) -> ox.Store:
    """Ontology and code lists in the default graph, data in named ones, so that a check can tell them apart."""
    store = ox.Store()
    store.bulk_extend(_named(quad) for quad in ox.parse(data, format=ox.RdfFormat.N_QUADS))
    for path in (content.core, content.schemes):
        store.bulk_extend(ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE))
    return store


def _named(quad: ox.Quad) -> ox.Quad:
    return (
        ox.Quad(quad.subject, quad.predicate, quad.object, GIVEN)
        if isinstance(quad.graph_name, ox.DefaultGraph)
        else quad
    )


def _query_faults(content: Content, store: ox.Store, file: str) -> Iterator[Fault]:
    for path in content.checks():
        for node, message in _rows(store, path):
            yield Fault(file, 0, path.stem, f"{node}: {message}")


def _older_faults(content: Content, store: ox.Store, file: str) -> Iterator[Fault]:
    """What an older version of the ontology allowed, named by the migration that it needs."""
    for migration in content.migrations():
        for node, message in _rows(store, migration.detect):
            yield Fault(file, 0, migration.name, f"{node}: {message}; run `communique migrate`")


def _rows(store: ox.Store, path: Path) -> Iterator[tuple[str, str]]:
    found = store.query(path.read_text(encoding="utf-8"), use_default_graph_as_union=True)
    if not isinstance(found, ox.QuerySolutions) or {v.value for v in found.variables} != {"node", "message"}:
        raise ValueError(f"{path} is not a check query: it must select ?node and ?message")
    for row in found:
        yield _plain(row["node"]), _plain(row["message"])


def _plain(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def _shape_faults(content: Content, store: ox.Store, file: str) -> Iterator[Fault]:
    # Graphs, never strings: pySHACL may take a string for an address and fetch it. No advanced features, whose
    # rules and functions can reach the network; no imports.
    import pyshacl
    from rdflib import SH

    shapes = _graph(ox.parse(content.shapes.read_bytes(), format=ox.RdfFormat.TURTLE))
    _, report, _ = pyshacl.validate(
        _graph(quad.triple for quad in store),
        shacl_graph=shapes,
        advanced=False,
        inference="none",
        do_owl_imports=False,
        meta_shacl=False,
        inplace=True,
    )
    if not hasattr(report, "objects"):
        raise ValueError(f"{content.shapes} could not be used: {report}")
    for result in report.subjects(SH.resultSeverity, None):
        rule = _named_shape(shapes, report.value(result, SH.sourceShape))
        message = _told(shapes, rule, report.value(result, SH.focusNode), report.value(result, SH.value))
        yield Fault(file, 0, rule.rpartition("#")[2], message)


def _graph(triples: Iterator[ox.Triple] | Iterator[ox.Quad]) -> Graph:
    """The same triples in rdflib, which pySHACL reads."""
    from rdflib import Graph

    text = ox.serialize((ox.Triple(t.subject, t.predicate, t.object) for t in triples), format=ox.RdfFormat.N_TRIPLES)
    return Graph().parse(data=text, format="nt")


def _named_shape(shapes: Graph, source: Node | None) -> str:
    """The IRI of a shape, or of the nearest one around it that has an IRI."""
    from rdflib import URIRef

    while source is not None and not isinstance(source, URIRef):
        source = next(shapes.subjects(None, source), None)
    return str(source or "unknown")


def _told(shapes: Graph, rule: str, node: Node | None, value: Node | None) -> str:
    """What to do, after the node that it concerns, and before what was found there."""
    from rdflib import SH, URIRef

    found = "" if value is None or value == node else f" Found: {str(value)[:200]}"
    return f"{node}: {shapes.value(URIRef(rule), SH.message) or 'it breaks this shape.'}{found}"
