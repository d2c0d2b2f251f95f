"""A profile as triples: Turtle, N-Triples, RDF/XML as the engine writes them, JSON-LD by the profile's own context."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO, Any

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Triple

from communique.jsonld import Context
from communique.media import Media, Rdf
from communique.profiles import Profile
from communique.vocab import RDF, XSD

Told = dict[str, list[tuple[NamedNode, Any]]]


def write(profile: Profile, batches: Iterable[list[Triple]], form: Media, out: IO[bytes]) -> None:
    """Every batch's triples, in one of RDF's formats without graphs."""
    assert isinstance(form, Rdf)
    prefixes = profile.prefixes if form.engine != ox.RdfFormat.N_TRIPLES else None
    ox.serialize(chain.from_iterable(batches), out, format=form.engine, prefixes=prefixes)


def write_jsonld(profile: Profile, batches: Iterable[list[Triple]], form: Media, out: IO[bytes]) -> None:  # noqa: ARG001  # one shape for all
    """JSON-LD 1.1: a node object a line; a node that the profile made is inside the one that points to it."""
    context = profile.context or Context({})
    head = profile.address or context.entries
    out.write(b'{"@context":' + _json(head) + b',"@graph":[')
    separator = b"\n"
    for batch in batches:
        for item in nodes(batch, context):
            out.write(separator + _json(item))
            separator = b",\n"
    out.write(b"\n]}\n")


def by_subject(batch: Iterable[Triple]) -> Told:
    """Predicates and objects of each subject, in their order."""
    told: Told = {}
    for triple in batch:
        assert isinstance(triple.subject, NamedNode)
        told.setdefault(triple.subject.value, []).append((triple.predicate, triple.object))
    return told


def nodes(batch: Iterable[Triple], context: Context) -> Iterator[dict[str, Any]]:
    """The node objects of a batch that none of its others holds."""
    told = by_subject(batch)
    held = {o.value for pairs in told.values() for _, o in pairs if isinstance(o, NamedNode) and made(o.value, told)}
    return (_node(iri, told, context) for iri in told if iri not in held)


def made(iri: str, told: Told) -> bool:
    """Whether a node is a part that the profile made, of another: its address is that one's with a fragment."""
    return "#" in iri and iri in told


def _node(iri: str, told: Told, context: Context) -> dict[str, Any]:
    found: dict[str, Any] = {context.terms.get("@id", "@id"): context.compact(iri)}
    for predicate, term in told[iri]:
        key, value = _member(predicate, term, told, context)
        several = found.get(key)
        found[key] = value if several is None else [*(several if isinstance(several, list) else [several]), value]
    return found


def _member(predicate: NamedNode, term: Any, told: Told, context: Context) -> tuple[str, Any]:
    """Key and value of one triple."""
    if predicate == RDF.type:
        return context.terms.get("@type", "@type"), context.word(term.value)
    key = context.word(predicate.value)
    coerced = context.types.get(key, "")
    return key, _literal(term, coerced) if isinstance(term, Literal) else _reference(term, coerced, told, context)


def _reference(term: NamedNode, coerced: str, told: Told, context: Context) -> Any:
    if made(term.value, told):
        return _node(term.value, told, context)
    if coerced == "@vocab":
        return context.word(term.value)
    name = context.compact(term.value)
    return name if coerced == "@id" else {context.terms.get("@id", "@id"): name}


def _literal(term: Literal, coerced: str) -> Any:
    if term.language:
        return {"@value": term.value, "@language": term.language}
    if term.datatype == XSD.integer:
        return int(term.value)
    if term.datatype == XSD.string and coerced != "@id":
        return term.value
    return {"@value": term.value, "@type": term.datatype.value}


def _json(value: Any) -> bytes:
    # A page may hold it in a <script>, which no text of ours may end (HTML, section 4.12.1.3).
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c").encode()
