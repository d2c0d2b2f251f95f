"""Other people's SPARQL stores, the real things, started by tests behind one interface."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stores import comunica, fuseki, oxigraph, rdf4j, virtuoso
from stores.running import Running, shown

__all__ = ["STARTS", "Running", "shown", "start"]

STARTS: dict[str, Callable[..., Running]] = {
    "oxigraph": oxigraph.start,
    "fuseki": fuseki.start,
    "rdf4j": rdf4j.start,
    "virtuoso": virtuoso.start,
    "comunica": comunica.start,
}


def start(name: str, folder: Path, **options: bool) -> Running:
    """Start a store with its data under an empty folder; skips the test, naming what this machine lacks.

    `union=True`: a query without a dataset sees the union of all graphs, where the store lets one choose;
    in RDF4J and Virtuoso it always does.
    """
    return STARTS[name](folder, **options)
