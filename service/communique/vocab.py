"""The names: namespaces, graphs, and how an IRI is put together. Terms are attributes of CMQ."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from pyoxigraph import NamedNode


class Namespace:
    """A namespace IRI whose attributes and items are its terms; not a str, whose `title` and `count` would shadow terms."""

    def __init__(self, base: str) -> None:
        self.base = base

    def __getattr__(self, name: str) -> NamedNode:
        if name.startswith("__"):
            raise AttributeError(name)
        # Python asks for an attribute that is there without coming here again.
        found = self.__dict__[name] = NamedNode(self.base + name)
        return found

    def __getitem__(self, name: str) -> NamedNode:
        return NamedNode(self.base + name)

    def __str__(self) -> str:
        return self.base


CMQ: Final = Namespace("https://w3id.org/communique/ns#")
CODE: Final = Namespace("https://w3id.org/communique/code/")
ID: Final = Namespace("https://w3id.org/communique/id/")
RDF: Final = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS: Final = Namespace("http://www.w3.org/2000/01/rdf-schema#")
OWL: Final = Namespace("http://www.w3.org/2002/07/owl#")
XSD: Final = Namespace("http://www.w3.org/2001/XMLSchema#")
SKOS: Final = Namespace("http://www.w3.org/2004/02/skos/core#")
DCTERMS: Final = Namespace("http://purl.org/dc/terms/")
SCHEMA: Final = Namespace("https://schema.org/")
WGS: Final = Namespace("http://www.w3.org/2003/01/geo/wgs84_pos#")
VS: Final = Namespace("http://www.w3.org/2003/06/sw-vocab-status/ns#")

SHARED: Final = NamedNode(ID.base + "graph/shared")
DERIVED: Final = NamedNode(ID.base + "graph/derived")
CODES: Final = NamedNode(ID.base + "graph/codes")

KINDS: Final = ("event", "actor", "place", "report", "statement", "proposition", "passage", "question")
SCHEMES: Final = (
    "stance", "hedge", "voice", "medium", "aspect", "qualifier", "role", "category", "grade", "eventType",
    "precision", "unit", "side", "act",
)  # fmt: skip

SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@lru_cache(maxsize=8192)
def node(kind: str, name: str) -> NamedNode:
    """The IRI `https://w3id.org/communique/id/KIND/NAME`."""
    return NamedNode(f"{ID}{kind}/{name}")


@cache
def code(scheme: str, name: str) -> NamedNode:
    """The IRI `https://w3id.org/communique/code/SCHEME/CODE`."""
    return NamedNode(f"{CODE}{scheme}/{name}")


def prefixes() -> dict[str, str]:
    """Prefix -> namespace, for readable output; one prefix a kind, since local names hold no slash."""
    names = {"cmq": CMQ, "rdf": RDF, "rdfs": RDFS, "owl": OWL, "xsd": XSD, "skos": SKOS,
             "dcterms": DCTERMS, "schema": SCHEMA, "wgs": WGS, "vs": VS}  # fmt: skip
    kinds = {kind: f"{ID}{kind}/" for kind in KINDS}
    codes = {"event-type" if scheme == "eventType" else scheme: f"{CODE}{scheme}/" for scheme in SCHEMES}
    return {**{k: v.base for k, v in names.items()}, **kinds, **codes}
