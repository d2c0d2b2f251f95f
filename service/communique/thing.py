"""One node of the data, or a code: what is said of it, as triples, as a row of JSON, and as what a page shows."""

from __future__ import annotations

from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from communique.answer import shown
from communique.errors import Gone, NotFound
from communique.labels import Words
from communique.store import META, Store, triples
from communique.vocab import CMQ, CODE, DCTERMS, ID, RDF, RDFS, SKOS


def describe(store: Store, iri: NamedNode) -> list[Triple]:
    """Every triple that has the node as subject, and, but for a code, as object; a code list has its codes with it.

    Raises NotFound, or Gone for a replaced statement.
    """
    about = f"BIND({iri} AS ?o) ?s ?p {iri}"
    if iri.value.startswith(CODE.base):
        about = f"?s {SKOS.inScheme} {iri} ; ?p ?o"
    text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {{ BIND({iri} AS ?s) {iri} ?p ?o }} UNION {{ {about} }} }}"
    found = set(triples(store, text))
    for triple in found:
        if triple.subject == iri and _is_tombstone(triple) and Triple(iri, RDF.type, CMQ.Statement) not in found:
            report = getattr(triple.object, "value", "")
            raise Gone(f"this statement is no longer recorded; its report is {report}", report=report)
    told = {t for t in found if not _is_tombstone(t)}
    if not any(t.subject == iri for t in told) or str(iri) == str(META):
        raise NotFound(f"nothing is known of {iri.value}")
    return sorted(told, key=lambda t: (t.subject != iri, str(t)))


def _is_tombstone(triple: Triple) -> bool:
    """Whether it tells where a statement was that is no longer recorded; a code that was replaced is still a code."""
    return triple.predicate == DCTERMS.isReplacedBy and str(triple.subject).startswith(f"<{ID}statement/")


def nodes(found: list[Triple]) -> set[NamedNode]:
    """Every IRI in the triples, to be worded."""
    return {term for triple in found for term in triple if isinstance(term, NamedNode)}


def row(iri: NamedNode, found: list[Triple], words: Words) -> dict[str, Any]:
    """The node itself, property -> values; what others say of it is asked by a named query."""
    told: dict[str, list[Any]] = {}
    for triple in found:
        if triple.subject == iri:
            term = triple.object
            value = shown(term, words) if isinstance(term, NamedNode) else getattr(term, "value", None)
            told.setdefault(_local(triple.predicate.value), []).append(value)
    return {**shown(iri, words), "properties": told}


def page(iri: NamedNode, found: list[Triple], words: Words) -> dict[str, Any]:
    """What a page shows of the node: its label, what is said of it, what says something of it, where its ledger is."""
    return {
        "label": words.get(iri, iri.value.rpartition("/")[2]),
        "said": [_pair(t.predicate, t.object, words) for t in found if t.subject == iri],
        "about": [
            _pair(t.predicate, t.subject, words) for t in found if t.object == iri and t.predicate != RDFS.isDefinedBy
        ],
        "ledger": _ledger(iri, found),
    }


def _ledger(iri: NamedNode, found: list[Triple]) -> str | None:
    """Where the ledger is, if the node is an attack."""
    attack = Triple(iri, RDF.type, CMQ.Attack) in found
    return f"/api/attacks/{iri.value.rpartition('/')[2]}" if attack else None


def _pair(predicate: NamedNode, term: Any, words: Words) -> dict[str, Any]:
    link = isinstance(term, NamedNode)
    return {
        "property": _local(predicate.value),
        "text": words.get(term, _local(term.value)) if link else term.value,
        "language": term.language if isinstance(term, Literal) else None,
        "href": _href(term.value) if link else None,
    }


def _local(iri: str) -> str:
    return iri.rpartition("#")[2] or iri if "#" in iri else "/".join(iri.rsplit("/", 2)[1:])


def _href(iri: str) -> str | None:
    """Our own nodes at this service, others where they are; nothing but http(s)."""
    for base, path in ((ID.base, "/id/"), (CODE.base, "/code/"), (CMQ.base, "/ns#")):
        if iri.startswith(base):
            return path + iri.removeprefix(base)
    return iri if iri.startswith(("https://", "http://")) else None
