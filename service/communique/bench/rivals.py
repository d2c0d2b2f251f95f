"""The other stores that are measured beside ours, and what this machine lacks of them."""

from __future__ import annotations

from pathlib import Path

from communique.bench.endpoint import Endpoint
from communique.bench.fuseki import Fuseki
from communique.bench.oxigraph import Oxigraph
from communique.bench.rival import Rival
from communique.bench.virtuoso import Virtuoso

NAMES = ("oxigraph", "rdflib-endpoint", "fuseki", "virtuoso")


def every(stores: Path) -> list[Rival]:
    """All of them; `stores` is the folder of what `make stores` fetches."""
    return [Oxigraph(), Endpoint(), Fuseki(stores), Virtuoso()]
