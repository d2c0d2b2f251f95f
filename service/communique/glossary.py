"""The terms of an ontology file, each with its words and with what leads to it and away from it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from communique.published import Document
from communique.vocab import CMQ, DCTERMS, OWL, RDF, RDFS, SKOS, Namespace

VS = Namespace("http://www.w3.org/2003/06/sw-vocab-status/ns#")
KINDS = {
    OWL.Class: "class", OWL.ObjectProperty: "object property", OWL.DatatypeProperty: "datatype property",
    OWL.AnnotationProperty: "annotation property",
}  # fmt: skip
TRAITS = {OWL.TransitiveProperty: "transitive", OWL.SymmetricProperty: "symmetric"}
# What a term is linked by, and what that is called from its subject and from its object.
RELATIONS = {
    RDFS.subClassOf: ("subclass of", "has subclass"),
    RDFS.subPropertyOf: ("subproperty of", "has subproperty"),
    RDFS.domain: ("stands on", "is domain of"),
    RDFS.range: ("leads to", "is range of"),
    OWL.inverseOf: ("inverse of", "inverse of"),
    OWL.disjointWith: ("disjoint with", "disjoint with"),
    DCTERMS.isReplacedBy: ("replaced by", "replaces"),
}
HEADING = re.compile(r"^#{20,}\n# (?P<title>[^\n]+)\n#{20,}$", re.MULTILINE)
SUBJECT = re.compile(r"^cmq:(?P<name>\w+) a ", re.MULTILINE)
PREFIX = re.compile(r"^@prefix ([\w-]*): <([^>]+)> \.", re.MULTILINE)

Node = NamedNode | BlankNode


@dataclass
class Term:
    """A class or a property as a reader meets it; `links` by what they are called."""

    name: str
    kind: str
    labels: list[Literal]
    definitions: list[Literal]
    examples: list[Literal]
    status: str
    traits: list[str]
    deprecated: bool
    links: dict[str, list[NamedNode]] = field(default_factory=lambda: defaultdict(list))
    follows: list[str] = field(default_factory=list)

    @property
    def iri(self) -> NamedNode:
        return CMQ[self.name]


@dataclass(frozen=True)
class Section:
    """A part of the file under one heading, and its terms in the file's order."""

    title: str
    terms: list[Term]

    @property
    def anchor(self) -> str:
        return "-".join(re.findall(r"\w+", self.title.partition(",")[0].lower()))


class Glossary:
    """A document's triples by subject and by object, and the terms that it declares."""

    def __init__(self, document: Document, *beside: Document) -> None:
        self.document = document
        self.out: dict[tuple[object, NamedNode], list[NamedNode | BlankNode | Literal]] = defaultdict(list)
        self.into: dict[tuple[object, NamedNode], list[Node]] = defaultdict(list)
        self.prefixes: dict[str, str] = {}
        for each in (*beside, document):
            self.prefixes |= {base: name for name, base in PREFIX.findall(each.source.decode())}
            for triple in each.triples:
                self._index(triple)

    def _index(self, triple: Triple) -> None:
        self.out[triple.subject, triple.predicate].append(triple.object)  # type: ignore[arg-type]
        self.into[triple.object, triple.predicate].append(triple.subject)  # type: ignore[arg-type]

    def words(self, subject: object, predicate: NamedNode) -> list[Literal]:
        """The texts of a property, English first, then in the order of the file."""
        found = [term for term in self.out[subject, predicate] if isinstance(term, Literal)]
        return sorted(found, key=lambda term: term.language != "en")

    def named(self, terms: Iterable[object]) -> list[NamedNode]:
        return [term for term in terms if isinstance(term, NamedNode)]

    def short(self, iri: str) -> str:
        """An IRI with the prefix that the file gives it."""
        cut = max(iri.rfind("#"), iri.rfind("/")) + 1
        return f"{self.prefixes[iri[:cut]]}:{iri[cut:]}" if iri[:cut] in self.prefixes else iri

    @cached_property
    def terms(self) -> dict[str, Term]:
        """Name -> term, of all that the file declares in our namespace."""
        text = self.document.source.decode()
        names = dict.fromkeys(match["name"] for match in SUBJECT.finditer(text))
        found = {name: term for name in names if (term := self._term(name))}
        for term in found.values():
            self._link(term)
        return found

    @cached_property
    def sections(self) -> list[Section]:
        """The file's own parts that have terms."""
        text = self.document.source.decode()
        parts = [("Terms", 0), *((match["title"], match.end()) for match in HEADING.finditer(text))]
        ends = [begin for _, begin in parts[1:]] + [len(text)]
        found = []
        for (title, begin), end in zip(parts, ends, strict=True):
            names = dict.fromkeys(SUBJECT.findall(text, begin, end))
            found.append(Section(title, [self.terms[name] for name in names if name in self.terms]))
        return [section for section in found if section.terms]

    def _term(self, name: str) -> Term | None:
        types = self.out[CMQ[name], RDF.type]
        kind = next((KINDS[t] for t in self.named(types) if t in KINDS), None)
        if kind is None:
            return None
        labels, definitions, examples = (
            self.words(CMQ[name], each) for each in (RDFS.label, SKOS.definition, SKOS.example)
        )
        status = next((text.value for text in self.words(CMQ[name], VS.term_status)), "")
        traits = [TRAITS[t] for t in self.named(types) if t in TRAITS]
        return Term(
            name, kind, labels, definitions, examples, status, traits, bool(self.out[CMQ[name], OWL.deprecated])
        )

    def _link(self, term: Term) -> None:
        for predicate, (away, towards) in RELATIONS.items():
            for other in self.named(self.out[term.iri, predicate]):
                term.links[away if self.is_ours(other) else "aligned with"].append(other)
            term.links[towards] += self.named(self.into[term.iri, predicate])
        term.links["disjoint with"] += self._disjoint(term.iri)
        term.follows = [self.expression(n) for n in self.into[term.iri, RDFS.subClassOf] if isinstance(n, BlankNode)]

    def is_ours(self, iri: NamedNode) -> bool:
        """Whether the document itself uses the IRI, and no alignment brought it in."""
        return iri.value.startswith(CMQ.base) or iri in self._own

    @cached_property
    def _own(self) -> set[object]:
        return {term for triple in self.document.triples for term in triple}

    def _disjoint(self, iri: NamedNode) -> Iterator[NamedNode]:
        for node in self.out_of_kind(OWL.AllDisjointClasses):
            members = [m for head in self.out[node, OWL.members] for m in self.listed(head)]
            if iri in members:
                yield from (member for member in self.named(members) if member != iri)

    def out_of_kind(self, kind: NamedNode) -> list[Node]:
        return self.into[kind, RDF.type]

    def listed(self, head: object) -> Iterator[object]:
        """The members of an RDF list."""
        while head != RDF.nil:
            yield from self.out[head, RDF.first]
            head = self.out[head, RDF.rest][0]

    def expression(self, node: object) -> str:
        """A class expression in words like Manchester syntax."""
        if isinstance(node, NamedNode):
            return self.short(node.value)
        for predicate, word in ((OWL.intersectionOf, " and "), (OWL.unionOf, " or ")):
            for head in self.out[node, predicate]:
                return f"({word.join(map(self.expression, self.listed(head)))})"
        on = self.expression(next(iter(self.out[node, OWL.onProperty])))
        for predicate, word in ((OWL.hasValue, "value"), (OWL.someValuesFrom, "some"), (OWL.allValuesFrom, "only")):
            for filler in self.out[node, predicate]:
                return f"{on} {word} {self.expression(filler)}"
        return on
