"""STIX 2.1 objects out of the profile's triples; a property's local name there is its name here.

https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator
from typing import IO, Any

from pyoxigraph import NamedNode, Triple

from communique.media import Media
from communique.profiles import Profile
from communique.profiles.graph import Told, by_subject
from communique.vocab import CODE, RDF

# Section 2.9 keeps its own namespace for observables, which these are not.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://w3id.org/communique/")
LISTS = ("labels", "object_refs", "external_references")
NUMBERS = ("latitude", "longitude")
# Each has the offset of its words before a bar, by which they are put in order.
RANKED = ("content", "description", "explanation")
DATE = "2026-01-01"


def write(profile: Profile, batches: Iterable[list[Triple]], form: Media, out: IO[bytes]) -> None:  # noqa: ARG001  # one shape for all
    """One bundle; its id follows from what is in it, so it comes last."""
    digest, separator = hashlib.sha256(), b"\n"
    out.write(b'{"type":"bundle","objects":[')
    for batch in batches:
        for item in objects(batch, f"{profile.date or DATE}T00:00:00.000Z"):
            line = json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()
            digest.update(line)
            out.write(separator + line)
            separator = b",\n"
    out.write(f'\n],"id":"bundle--{uuid.uuid5(NAMESPACE, digest.hexdigest())}"}}\n'.encode())


def objects(batch: Iterable[Triple], instant: str) -> Iterator[dict[str, Any]]:
    """The objects of a batch, in the order of their IRIs; what has no type is a part of another, or of none."""
    told = by_subject(batch)
    for iri, pairs in told.items():
        for kind in (o for p, o in pairs if p == RDF.type):
            assert isinstance(kind, NamedNode)
            head = {
                "type": _local(kind),
                "spec_version": "2.1",
                "id": identifier(iri),
                "created": instant,
                "modified": instant,
            }
            yield head | _properties(iri, told, RANKED)


def identifier(iri: str) -> str:
    """TYPE--UUIDv5 of an IRI that ends in #TYPE."""
    return f"{iri.rpartition('#')[2]}--{uuid.uuid5(NAMESPACE, iri)}"


def _properties(iri: str, told: Told, ranked: tuple[str, ...] = ()) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for predicate, term in told[iri]:
        if predicate != RDF.type:
            found.setdefault(_local(predicate), []).append(term)
    return {
        name: _words(terms) if name in ranked else _value(name, terms, told) for name, terms in sorted(found.items())
    }


def _value(name: str, terms: list[Any], told: Told) -> Any:
    if name == "external_references":
        return [_properties(term.value, told) for term in terms]
    if name in LISTS:
        return sorted({_item(term) for term in terms})
    return float(terms[0].value) if name in NUMBERS else _single(terms)


def _item(term: Any) -> str:
    """A reference, a code as scheme:code, or a text."""
    if isinstance(term, NamedNode):
        code = term.value.removeprefix(CODE.base)
        return code.replace("/", ":") if code != term.value else identifier(term.value)
    return str(term.value)


def _single(terms: list[Any]) -> str:
    """The one text, of names the English one."""
    if isinstance(terms[0], NamedNode):
        return identifier(terms[0].value)
    return str(min((t.language != "en", t.language or "", t.value) for t in terms)[2])


def _words(terms: list[Any]) -> str:
    """All words, in the order in which they stand."""
    return " … ".join(text.partition("|")[2] for text in sorted(term.value for term in terms))


def _local(iri: NamedNode) -> str:
    return iri.value.rpartition("#")[2]
