"""Linked data: the address of every node, code and term answers, as a page or as RDF."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox
from fastapi import APIRouter, Request, Response
from jinja2 import Environment
from pyoxigraph import Literal, NamedNode, Triple

from communique import answer, media
from communique.errors import Gone, NotFound
from communique.http import reply
from communique.service import Service
from communique.store import META, triples
from communique.vocab import CMQ, CODE, DCTERMS, ID, RDF, node, prefixes

OFFERS = (media.HTML, *media.GRAPHS)
# The collection under /api whose members are of this kind.
COLLECTIONS = {f"{kind}s": kind for kind in ("event", "actor", "place", "report", "statement")}


def router(service: Service, pages: Environment) -> APIRouter:
    """/id/KIND/NAME, /code/SCHEME/CODE and /ns; and the same nodes as JSON under /api."""
    routes = APIRouter(tags=["linked data"])

    @routes.get("/id/{kind}/{name}", summary="A node of the data")
    def thing(request: Request, kind: str, name: str) -> Response:
        return _described(service, pages, request, _named(f"{ID}{kind}/", name))

    @routes.get("/code/{scheme}/{name}", summary="A code of a code list")
    def code(request: Request, scheme: str, name: str) -> Response:
        return _described(service, pages, request, _named(f"{CODE}{scheme}/", name))

    @routes.get("/code/{scheme}", summary="A code list")
    def scheme(request: Request, scheme: str) -> Response:
        return _described(service, pages, request, _named(CODE.base, scheme))

    @routes.get("/ns", summary="The ontology")
    def ontology(request: Request) -> Response:
        return _ontology(service, pages, request)

    for collection, kind in COLLECTIONS.items():
        routes.add_api_route(
            f"/api/{collection}/{{name}}", _row(service, kind), name=f"one-{kind}", summary=f"One {kind}"
        )
    return routes


def _named(base: str, name: str) -> NamedNode:
    try:
        return NamedNode(base + name)
    except ValueError as error:
        raise NotFound(f"{base + name!r} is no IRI") from error


def describe(service: Service, iri: NamedNode) -> list[Triple]:
    """Every triple that has the node as subject, and, but for a code, as object.

    Raises NotFound, or Gone for a replaced statement.
    """
    about = "" if iri.value.startswith(CODE.base) else f"UNION {{ BIND({iri} AS ?o) ?s ?p {iri} }}"
    text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {{ BIND({iri} AS ?s) {iri} ?p ?o }} {about} }}"
    found = set(triples(service.store, text))
    for triple in found:
        if (
            triple.subject == iri
            and triple.predicate == DCTERMS.isReplacedBy
            and Triple(iri, RDF.type, CMQ.Statement) not in found
        ):
            report = getattr(triple.object, "value", "")
            raise Gone(f"this statement is no longer recorded; its report is {report}", report=report)
    told = {t for t in found if t.predicate != DCTERMS.isReplacedBy}
    if not any(t.subject == iri for t in told) or str(iri) == str(META):
        raise NotFound(f"nothing is known of {iri.value}")
    return sorted(told, key=lambda t: (t.subject != iri, str(t)))


def _described(service: Service, pages: Environment, request: Request, iri: NamedNode) -> Response:
    form = media.choose(request.headers.get("accept"), OFFERS, request.query_params.get("format"))
    found = describe(service, iri)
    if isinstance(form, media.Rdf):
        return reply(request, form, _serialized(found, form), service.tag(form.name))
    words = service.labels.of({t for triple in found for t in triple if isinstance(t, NamedNode)})
    body = pages.get_template("thing.html").render(
        iri=iri.value,
        label=words.get(iri, iri.value.rpartition("/")[2]),
        said=[_pair(t.predicate, t.object, words) for t in found if t.subject == iri],
        about=[_pair(t.predicate, t.subject, words) for t in found if t.subject != iri],
        formats=media.GRAPHS,
        ledger=_ledger(iri, found),
    )
    return reply(request, form, body.encode(), service.tag(form.name))


def _ledger(iri: NamedNode, found: list[Triple]) -> str | None:
    """Where the ledger is, if the node is an attack."""
    attack = Triple(iri, RDF.type, CMQ.Attack) in found
    return f"/api/attacks/{iri.value.rpartition('/')[2]}" if attack else None


def _pair(predicate: NamedNode, term: Any, words: dict[NamedNode, str]) -> dict[str, Any]:
    link = isinstance(term, NamedNode)
    return {
        "property": _local(predicate.value),
        "text": words.get(term, _local(term.value)) if link else term.value,
        "language": term.language if isinstance(term, Literal) else None,
        "href": _href(term.value) if link else None,
    }


def _local(iri: str) -> str:
    return iri.rpartition("#")[2] if "#" in iri else "/".join(iri.rsplit("/", 2)[1:])


def _href(iri: str) -> str | None:
    """Our own nodes at this service, others where they are; nothing but http(s)."""
    for base, path in ((ID.base, "/id/"), (CODE.base, "/code/"), (CMQ.base, "/ns#")):
        if iri.startswith(base):
            return path + iri.removeprefix(base)
    return iri if iri.startswith(("https://", "http://")) else None


def _serialized(found: Iterable[Triple], form: media.Rdf) -> bytes:
    return ox.serialize(found, format=form.engine, prefixes=prefixes()) or b""


def _ontology(service: Service, pages: Environment, request: Request) -> Response:
    """The ontology as its file says; the store would rewrite its literals."""
    form = media.choose(request.headers.get("accept"), OFFERS, request.query_params.get("format"))
    source = service.content.core.read_bytes()
    if form is media.TURTLE:
        return reply(request, form, source, service.tag(form.name))
    found = [q.triple for q in ox.parse(source, format=media.TURTLE.engine)]
    if isinstance(form, media.Rdf):
        return reply(request, form, _serialized(found, form), service.tag(form.name))
    body = pages.get_template("ontology.html").render(terms=_terms(found), formats=media.GRAPHS)
    return reply(request, form, body.encode(), service.tag(form.name))


def _terms(found: list[Triple]) -> list[dict[str, str]]:
    """Each term with its literals by local name of property, in the order of names."""
    terms: dict[str, dict[str, str]] = {}
    for triple in found:
        if isinstance(triple.subject, NamedNode) and triple.subject.value.startswith(CMQ.base):
            term = terms.setdefault(triple.subject.value, {"name": _local(triple.subject.value)})
            if isinstance(triple.object, Literal):
                term[_local(triple.predicate.value)] = triple.object.value
            elif triple.predicate == RDF.type and isinstance(triple.object, NamedNode):
                term["type"] = _local(triple.object.value)
    return [terms[iri] for iri in sorted(terms) if "label" in terms[iri]]


def _row(service: Service, kind: str) -> Any:
    def endpoint(request: Request) -> Response:
        form = media.choose(
            request.headers.get("accept"), (media.JSON, *media.GRAPHS), request.query_params.get("format")
        )
        iri = _named(node(kind, "").value, request.path_params["name"])
        found = describe(service, iri)
        if isinstance(form, media.Rdf):
            return reply(request, form, _serialized(found, form), service.tag(form.name))
        words = service.labels.of({t for triple in found for t in triple if isinstance(t, NamedNode)})
        row = {**_shown(iri, words), "properties": _properties(iri, found, words)}
        document = {"rows": [row], "note": None, "next": None, "version": service.store.version}
        return reply(request, form, answer.to_json(document), service.tag(form.name))

    return endpoint


def _shown(iri: NamedNode, words: dict[NamedNode, str]) -> dict[str, str]:
    return {"id": iri.value, "label": words[iri]} if iri in words else {"id": iri.value}


def _properties(iri: NamedNode, found: list[Triple], words: dict[NamedNode, str]) -> dict[str, list[Any]]:
    """Property -> values, of the node itself; what others say of it is asked by a named query."""
    told: dict[str, list[Any]] = {}
    for triple in found:
        if triple.subject == iri:
            term = triple.object
            shown = _shown(term, words) if isinstance(term, NamedNode) else getattr(term, "value", None)
            told.setdefault(_local(triple.predicate.value), []).append(shown)
    return told
