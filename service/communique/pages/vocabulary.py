"""What a reader may choose from, and what an editor completes: the ontology's terms and the code lists, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pyoxigraph import Literal, NamedNode

from communique.glossary import Glossary, Term
from communique.published import Published
from communique.vocab import CMQ, CODE, RDFS, SKOS, Namespace, prefixes

SH = Namespace("http://www.w3.org/ns/shacl#")


@dataclass(frozen=True)
class Choice:
    """A value that may be chosen: as an address has it, and in words."""

    name: str
    label: str


class Vocabulary:
    """The words of a content folder's ontology and code lists; read once."""

    def __init__(self, published: Published) -> None:
        self.terms = Glossary(published.core)
        self.schemes = Glossary(published.beside["schemes"])
        self.shapes = Glossary(published.beside["shapes"])

    def codes(self, scheme: str) -> list[Choice]:
        """The codes of a code list, in the order of its file."""
        found = self.schemes.named(self.schemes.into[CODE[scheme], SKOS.inScheme])
        return [Choice(_last(iri), _first(self.schemes.words(iri, SKOS.prefLabel)) or _last(iri)) for iri in found]

    def classes(self, root: str) -> list[Choice]:
        """A class and those under it, each after the one that it is under."""
        return [Choice(name, self._label(name)) for name in dict.fromkeys(self._under(root))]

    def _under(self, root: str) -> Iterator[str]:
        if root in self.terms.terms:
            yield root
            for iri in self.terms.named(self.terms.into[CMQ[root], RDFS.subClassOf]):
                yield from self._under(_local(iri))

    def _label(self, name: str) -> str:
        return _first(self.terms.terms[name].labels) or name

    @cached_property
    def document(self) -> dict[str, Any]:
        """Everything that an editor completes, by kind; a name with its prefix, its label and its definition."""
        kinds = {"classes": [], "properties": []}  # type: dict[str, list[dict[str, str]]]
        for term in self.terms.terms.values():
            kinds["classes" if term.kind == "class" else "properties"].append(_told(term))
        kinds["properties"] += [{"name": self.shapes.short(iri.value)} for iri in self._reused()]
        return {"prefixes": prefixes(), **kinds, "codes": [told for scheme in self._lists() for told in scheme]}

    def _reused(self) -> list[NamedNode]:
        """Properties of other vocabularies that the shapes speak of."""
        paths = (term for (_, predicate), terms in self.shapes.out.items() if predicate == SH.path for term in terms)
        return sorted({iri for iri in self.shapes.named(paths) if not iri.value.startswith(CMQ.base)}, key=str)

    def _lists(self) -> Iterator[Iterator[dict[str, str]]]:
        names = {base: name for name, base in prefixes().items()}
        for scheme in self.schemes.named(self.schemes.out_of_kind(SKOS.ConceptScheme)):
            if prefix := names.get(f"{scheme.value}/"):
                yield (self._code(prefix, iri) for iri in self.schemes.named(self.schemes.into[scheme, SKOS.inScheme]))

    def _code(self, prefix: str, iri: NamedNode) -> dict[str, str]:
        label, text = (_first(self.schemes.words(iri, each)) for each in (SKOS.prefLabel, SKOS.definition))
        return _worded(f"{prefix}:{_last(iri)}", label, text)


def _told(term: Term) -> dict[str, str]:
    return _worded(f"cmq:{term.name}", _first(term.labels), _first(term.definitions))


def _worded(name: str, label: str, text: str) -> dict[str, str]:
    return {"name": name, "label": label, "text": text}


def _first(words: Iterable[Literal]) -> str:
    return next((word.value for word in words), "")


def _last(iri: NamedNode) -> str:
    return iri.value.rpartition("/")[2]


def _local(iri: NamedNode) -> str:
    return iri.value.removeprefix(CMQ.base)
