"""JSON-LD 1.1 of triples, compacted by our own context, which stands in the document: nobody needs a network to expand it.

What our data has none of is left out of the algorithm (JSON-LD 1.1 API, section 6): lists, named graphs, maps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from communique import jsontext
from communique.vocab import RDF, XSD

# What a simple term must end in to be a prefix (JSON-LD 1.1, section 4.4: gen-delims of RFC 3986).
DELIMITERS = tuple(":/?#[]@")
CANONICAL = re.compile(r"0|-?[1-9][0-9]{0,15}")
# Beyond this, readers of JSON disagree on integers (RFC 8259 section 6).
EXACT = 2**53


class Context:
    """A JSON-LD context of terms, prefixes and coercions to a type."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        self.entries = entries
        simple = {name: iri for name, iri in entries.items() if isinstance(iri, str) and not name.startswith("@")}
        self.prefixes = {iri: name for name, iri in simple.items() if iri.endswith(DELIMITERS)}
        self.terms: dict[str, str] = {}
        self.types: dict[str, str] = {}
        for name, entry in entries.items():
            if isinstance(entry, dict):
                self.terms[self.expanded(entry["@id"])] = name
                self.types[name] = self.expanded(entry.get("@type", ""))
            elif name in simple and not entry.endswith(DELIMITERS):
                self.terms[self.expanded(entry)] = name

    @classmethod
    def read(cls, data: bytes) -> Context:
        """The context of a context document."""
        return cls(json.loads(data)["@context"])

    def expanded(self, text: str) -> str:
        prefix, _, rest = text.partition(":")
        base = self.entries.get(prefix)
        return base + rest if rest and isinstance(base, str) else text

    def word(self, iri: str) -> str:
        """A class or a property: its term, else as any node."""
        return self.terms.get(iri) or self.compact(iri)

    def compact(self, iri: str) -> str:
        """A node's IRI, with a prefix where there is one for all but its last part."""
        cut = max(iri.rfind("#"), iri.rfind("/")) + 1
        prefix = self.prefixes.get(iri[:cut])
        return f"{prefix}:{iri[cut:]}" if prefix and cut < len(iri) else iri

    def misreads(self, iri: str) -> bool:
        """Whether an IRI's own scheme would be taken for a prefix of ours."""
        return iri.partition(":")[0] in self.entries


BARE = Context({})


def written(found: Iterable[Triple], context: Context) -> bytes:
    """The triples as one document, a node object for each subject in the order in which they come."""
    given = list(found)
    if any(context.misreads(iri) for triple in given for iri in _iris(triple)):
        context = BARE
    nodes: dict[str, dict[str, Any]] = {}
    for triple in given:
        name = _name(triple.subject, context)
        key, value = _member(triple, context)
        _add(nodes.setdefault(name, {"@id": name}), key, value)
    document = {"@context": context.entries, "@graph": list(nodes.values())}
    return jsontext.written(document)


def _iris(triple: Triple) -> Iterable[str]:
    return (term.value for term in triple if isinstance(term, NamedNode))


def _name(term: Any, context: Context) -> str:
    return str(term) if isinstance(term, BlankNode) else context.compact(term.value)


def _member(triple: Triple, context: Context) -> tuple[str, Any]:
    """Key and value of a triple in its node object."""
    if triple.predicate == RDF.type and isinstance(triple.object, NamedNode):
        return "@type", context.word(triple.object.value)
    key = context.word(triple.predicate.value)
    return key, _value(triple.object, context.types.get(key, ""), context)


def _add(node: dict[str, Any], key: str, value: Any) -> None:
    """One value stands alone, several in an array."""
    if key not in node:
        node[key] = value
    elif isinstance(node[key], list):
        node[key].append(value)
    else:
        node[key] = [node[key], value]


def _value(term: Any, coerced: str, context: Context) -> Any:
    if not isinstance(term, Literal):
        name = _name(term, context)
        return name if coerced == "@id" else {"@id": name}
    if term.language:
        return {"@value": term.value, "@language": term.language}
    if coerced in ("", term.datatype.value) and (native := _native(term)) is not None:
        return native
    if term.datatype == XSD.string:
        return term.value if coerced in ("", XSD.string.value) else {"@value": term.value}
    typed = {"@value": term.value, "@type": context.word(term.datatype.value)}
    return term.value if coerced == term.datatype.value else typed


def _native(term: Literal) -> int | bool | None:
    """A number or a boolean of JSON, if it comes back as the same literal."""
    if term.datatype == XSD.boolean and term.value in ("true", "false"):
        return term.value == "true"
    if term.datatype == XSD.integer and CANONICAL.fullmatch(term.value) and abs(int(term.value)) < EXACT:
        return int(term.value)
    return None
