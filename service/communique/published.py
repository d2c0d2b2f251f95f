"""The files that are published as they stand: the ontology and its versions, shapes, alignments, code lists."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Triple

from communique import media
from communique.content import Content
from communique.errors import NotFound
from communique.jsonld import Context
from communique.vocab import OWL, RDF

# Beside the ontology, under /ns.
BESIDE = ("shapes", "alignments", "schemes")


class Document:
    """A Turtle file: its own bytes in Turtle, its own triples in every other form. The store would rewrite its literals."""

    def __init__(self, path: Path, *, frozen: bool = False) -> None:
        self.source, self.frozen = path.read_bytes(), frozen
        self.digest = hashlib.sha256(self.source).hexdigest()[:16]

    @cached_property
    def triples(self) -> list[Triple]:
        return [quad.triple for quad in ox.parse(self.source, format=media.TURTLE.engine)]

    @cached_property
    def subject(self) -> object:
        """The ontology that the file says it is."""
        return next((t.subject for t in self.triples if t.predicate == RDF.type and t.object == OWL.Ontology), None)

    def said(self, predicate: NamedNode) -> list[Literal | NamedNode]:
        """What the file says of itself."""
        found = (t.object for t in self.triples if t.subject == self.subject and t.predicate == predicate)
        return [term for term in found if isinstance(term, Literal | NamedNode)]

    @property
    def version(self) -> str:
        """Its own version; empty for a file that tells none."""
        return next((term.value for term in self.said(OWL.versionInfo)), "")


class Published:
    """The documents of a content folder."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.core = Document(content.core)
        self.context = Context.read(content.context.read_bytes())
        self.beside = {name: Document(getattr(content, name)) for name in BESIDE}
        self.frozen = {path.stem: Document(path, frozen=True) for path in content.versions()}
        self.frozen_beside = {
            (version, name): Document(path, frozen=True)
            for version in self.frozen
            for name in BESIDE
            if (path := content.frozen(version, f"{name}.ttl")).is_file()
        }

    @property
    def versions(self) -> list[str]:
        """Every version that can be had, the newest first."""
        return sorted({*self.frozen, self.core.version}, key=_order, reverse=True)

    def beside_version(self, version: str, name: str) -> Document:
        """What stood beside a frozen version; NotFound."""
        if (version, name) not in self.frozen_beside:
            raise NotFound(f"there is no {name!r} of version {version!r}")
        return self.frozen_beside[version, name]

    def of_version(self, version: str) -> Document:
        """The ontology in one version, frozen if it is; NotFound."""
        if version in self.frozen:
            return self.frozen[version]
        if version != self.core.version:
            raise NotFound(f"there is no version {version!r} of the ontology; there are {', '.join(self.versions)}")
        return self.core


def _order(version: str) -> list[tuple[int, str]]:
    """Semantic versions in their order."""
    return [(int(part) if part.isdigit() else -1, part) for part in version.split(".")]
