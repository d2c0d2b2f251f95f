"""The reference page of the ontology: made from its files, with an example of each term from the graph that runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import quote

import pyoxigraph as ox
from jinja2 import Environment
from pyoxigraph import NamedNode, QueryBoolean, QuerySolutions

from communique import media, uses
from communique.cache import Cache
from communique.errors import BadGateway, CommuniqueError, GatewayTimeout, Unavailable
from communique.glossary import Glossary, Term
from communique.published import Document, Published
from communique.service import Service
from communique.vocab import CMQ, CODE, DCTERMS, ID, RDF, SKOS, prefixes

# What is kept of pages: the newest of each version, and a few more.
KEPT = 16 * 1024 * 1024
AWAY = (Unavailable, BadGateway, GatewayTimeout)
LANGUAGES = {"en": "English", "ar": "العربية", "fr": "français"}
OF_A_CLASS = """PREFIX cmq: <https://w3id.org/communique/ns#>
CONSTRUCT { ?x ?property ?value }
WHERE { { SELECT ?x WHERE { ?x a cmq:%s } LIMIT 1 } ?x ?property ?value }
LIMIT 20"""
OF_A_PROPERTY = """PREFIX cmq: <https://w3id.org/communique/ns#>
CONSTRUCT { ?x cmq:%s ?value }
WHERE { ?x cmq:%s ?value }
LIMIT 1"""


@dataclass(frozen=True)
class Example:
    """A query about a term, where it runs, and its answer in Turtle without the prefixes; empty if the graph has none."""

    query: str
    turtle: str

    @property
    def href(self) -> str:
        return f"/sparql?query={quote(self.query)}"


@dataclass(frozen=True)
class Page:
    """A page, and whether it has its examples."""

    body: bytes
    whole: bool

    @property
    def size(self) -> int:
        return len(self.body)


class Reference:
    """The page of each version of the ontology. That of the present one is made anew when the data changes."""

    def __init__(self, service: Service, published: Published, pages: Environment) -> None:
        self.service, self.published, self.pages = service, published, pages
        self.made: Cache[Page] = Cache(KEPT)
        content = service.content
        self.shapes = uses.shapes(Glossary(published.beside["shapes"]))
        self.questions = uses.questions(content)
        self.uses = {
            "named queries": uses.mentions(content.queries()),
            "rules": uses.mentions(content.rules()),
            "checks": uses.mentions(content.checks()),
        }
        files = [*content.rules(), *content.checks(), *([content.competency] if content.competency.is_file() else [])]
        read = [document.digest.encode() for document in (published.core, *published.beside.values())]
        self.digest = hashlib.sha256(b"".join([*read, *(path.read_bytes() for path in files)])).hexdigest()[:8]

    def page(self, document: Document) -> tuple[Page, str]:
        """The page of a version, and its validator. What the words mean is told without the store too, if it is away."""
        version = self.service.store.version
        tag = self.service.tag(self.digest, document.digest, "html")
        try:
            return self.made.get((document.digest, version), lambda: self._made(document, examples=True)), tag
        except AWAY:
            return self._made(document, examples=False), self.service.tag(self.digest, document.digest, "bare")

    def _made(self, document: Document, *, examples: bool) -> Page:
        newest = document is self.published.core
        glossary = Glossary(document, *([self.published.beside["alignments"]] if newest else []))
        found = self._examples(glossary) if newest and examples else {}
        body = self.pages.get_template("reference.html").render(
            glossary=glossary, document=document, newest=newest, published=self.published, found=found,
            header=_header(document), languages=LANGUAGES, formats=media.GRAPHS, prefixes=prefixes(),
            questions=self.questions if newest else [], shapes=self.shapes if newest else [], lists=_lists(Glossary(self.published.beside["schemes"])) if newest else [],
            used=self._used if newest else lambda name: {}, href=href, short=glossary.short,
        )  # fmt: skip
        return Page(body.encode(), examples)

    def _used(self, name: str) -> dict[str, list[tuple[str, str | None]]]:
        """Where a term is used: heading -> words and address of each."""
        told: dict[str, list[tuple[str, str | None]]] = {
            "shapes": [(shape.name, f"#shape-{shape.name}") for shape in self.shapes if name in shape.terms],
            "competency questions": [(q.text, f"#{q.anchor}") for q in self.questions if name in q.terms],
        }
        for heading, files in self.uses.items():
            address = "/api/queries/{}?format=rq" if heading == "named queries" else None
            told[heading] = [(file, address and address.format(file)) for file in files.get(name, [])]
        return {heading: found for heading, found in told.items() if found}

    def _examples(self, glossary: Glossary) -> dict[str, Example]:
        return {term.name: self._example(term) for term in glossary.terms.values()}

    def _example(self, term: Term) -> Example:
        text = OF_A_CLASS % term.name if term.kind == "class" else OF_A_PROPERTY % (term.name, term.name)
        found = self.service.store.query(text, self.service.dataset)
        if isinstance(found, QuerySolutions | QueryBoolean):
            raise CommuniqueError("a CONSTRUCT was expected")
        # A node's classes are told first, as whoever writes Turtle tells them.
        told = sorted(found, key=lambda triple: (triple.predicate != RDF.type, str(triple)))
        turtle = (ox.serialize(told, format=media.TURTLE.engine, prefixes=prefixes()) or b"").decode()
        return Example(text, "\n".join(line for line in turtle.splitlines() if not line.startswith("@prefix ")).strip())


def _header(document: Document) -> dict[str, list[ox.Literal | NamedNode]]:
    """What the file says of itself, by the local name of the property."""
    told = (t for t in document.triples if t.subject == document.subject)
    found: dict[str, list[ox.Literal | NamedNode]] = {}
    for triple in told:
        if isinstance(triple.object, ox.Literal | NamedNode):
            found.setdefault(triple.predicate.value.replace("#", "/").rpartition("/")[2], []).append(triple.object)
    return found


@dataclass(frozen=True)
class Code:
    """A code list, or a code of one."""

    iri: NamedNode
    labels: list[ox.Literal]
    definitions: list[ox.Literal]
    replaced: list[NamedNode]
    codes: list[Code]


def _lists(glossary: Glossary) -> list[Code]:
    return [_code(glossary, scheme) for scheme in glossary.named(glossary.out_of_kind(SKOS.ConceptScheme))]


def _code(glossary: Glossary, iri: NamedNode) -> Code:
    codes = [_code(glossary, code) for code in glossary.named(glossary.into[iri, SKOS.inScheme])]
    replaced = glossary.named(glossary.out[iri, DCTERMS.isReplacedBy])
    return Code(iri, glossary.words(iri, SKOS.prefLabel), glossary.words(iri, SKOS.definition), replaced, codes)


def href(iri: str) -> str:
    """Our own terms on the page, our own nodes at this service, others where they are."""
    for base, path in ((CMQ.base, "#"), (CODE.base, "/code/"), (ID.base, "/id/")):
        if iri.startswith(base):
            return path + iri.removeprefix(base)
    return iri
