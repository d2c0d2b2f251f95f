"""Nanopublications: one for each statement, four graphs each, under trusty URIs.

Guidelines: https://nanopub.net/guidelines/working_draft/. Trusty URIs: https://trustyuri.net/spec/v1, module RA.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from typing import IO, Any

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad, Triple

from communique.media import Media, Rdf
from communique.profiles import Profile
from communique.profiles.graph import Told, by_subject
from communique.vocab import CMQ, ID, RDF, Namespace

NP = Namespace("http://www.nanopub.org/nschema#")
# What the provenance tells of.
SOURCES = (f"{ID}passage/", f"{ID}report/")


def write(profile: Profile, batches: Iterable[list[Triple]], form: Media, out: IO[bytes]) -> None:
    """A nanopublication for each statement of the batches, as TriG or N-Quads."""
    assert isinstance(form, Rdf)
    quads = (quad for batch in batches for quad in publications(batch))
    prefixes = {**profile.prefixes, "np": NP.base} if form.engine == ox.RdfFormat.TRIG else None
    ox.serialize(quads, out, format=form.engine, prefixes=prefixes)


def publications(batch: Iterable[Triple]) -> Iterator[Quad]:
    told = by_subject(batch)
    for publication in sorted(iri for iri in told if iri.endswith("#")):
        draft = sorted(_draft(publication, told), key=_order)
        code = artifact(draft)
        yield from (_named(quad, publication, code) for quad in draft)


def artifact(draft: Iterable[Quad]) -> str:
    """The artifact code of quads whose own address lacks it: "RA", and the hash in Base64 (spec, module RA)."""
    text = "".join(f"{_bare(term)}\n" for quad in draft for term in (quad.graph_name, *quad.triple))
    return "RA" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def _draft(publication: str, told: Told) -> set[Quad]:
    """The quads of one nanopublication, a blank where its artifact code is to be."""
    statement = publication.removesuffix("#")
    reached, waiting = set[str](), {statement, publication}
    while waiting:
        iri = waiting.pop()
        reached.add(iri)
        waiting |= {o.value for p, o in told.get(iri, []) if _follows(p, o, publication)} - reached
    return {Quad(NamedNode(s), p, o, _graph(s, p, publication)) for s in reached for p, o in told.get(s, [])}


def _follows(predicate: NamedNode, term: Any, publication: str) -> bool:
    """Whether what is pointed to belongs to the nanopublication: its graphs, its content, its sources; no other's."""
    if not isinstance(term, NamedNode):
        return False
    return predicate == CMQ.expresses or term.value.startswith((f"{publication}.", *SOURCES))


def _graph(subject: str, predicate: NamedNode, publication: str) -> NamedNode:
    """Where a triple goes, by its subject."""
    if subject == publication:
        head = predicate == RDF.type or predicate.value.startswith(NP.base)
        return NamedNode(f"{publication}.{'head' if head else 'pubinfo'}")
    source = subject.startswith((f"{publication}.", *SOURCES))
    return NamedNode(f"{publication}.{'provenance' if source else 'assertion'}")


def _order(quad: Quad) -> tuple[str, str, str, bool, str, str, str]:
    """Spec, module RA: graph, subject, predicate; then nodes before literals; then label, datatype, language."""
    term: Any = quad.object
    literal = isinstance(term, Literal)
    datatype = term.datatype.value if literal and not term.language else ""
    language = (term.language or "") if literal else ""
    place = [part.value for part in (quad.graph_name, quad.subject, quad.predicate)]  # type: ignore[union-attr]  # no blank nodes
    return (
        *[_blanked(iri) for iri in place],
        literal,
        term.value if literal else _blanked(term.value),
        datatype,
        language,
    )  # type: ignore[return-value]  # three places


def _bare(term: Any) -> str:
    """A term as it goes into the hash."""
    if not isinstance(term, Literal):
        return _blanked(term.value)
    text = term.value.replace("\\", "\\\\").replace("\n", "\\n")
    return f"@{term.language.lower()} {text}" if term.language else f"^{term.datatype.value} {text}"


def _blanked(iri: str) -> str:
    """An IRI of the nanopublication with a blank where its artifact code is to be (spec: preprocessing)."""
    base, mark, rest = iri.partition("#")
    own = mark and base.startswith(f"{ID}statement/") and (not rest or rest.startswith("."))
    return f"{base}# {rest}" if own else iri


def _named(quad: Quad, publication: str, code: str) -> Quad:
    """The quad under its trusty URI."""
    return Quad(*(_coded(term, publication, code) for term in (*quad.triple, quad.graph_name)))


def _coded(term: Any, publication: str, code: str) -> Any:
    if isinstance(term, NamedNode) and (term.value == publication or term.value.startswith(f"{publication}.")):
        return NamedNode(f"{publication}{code}{term.value.removeprefix(publication)}")
    return term
