"""Linked data: the address of every node and code answers, as a page or as RDF."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from jinja2 import Environment
from pyoxigraph import Literal, NamedNode, Triple

from communique import answer, media, schema
from communique.errors import Gone, NotFound
from communique.http import VERSION, alternates, reply
from communique.linked import Linked
from communique.service import Service
from communique.store import META, triples
from communique.vocab import CMQ, CODE, DCTERMS, ID, RDF, RDFS, SKOS, node

OFFERS = (media.HTML, *media.GRAPHS)
# The collection under /api whose members are of this kind.
COLLECTIONS = {f"{kind}s": kind for kind in ("event", "actor", "place", "report", "statement")}


def router(service: Service, linked: Linked, pages: Environment) -> APIRouter:
    """/id/KIND/NAME and /code/SCHEME/CODE; and the same nodes as JSON under /api."""
    routes = APIRouter(tags=["linked data"])

    @routes.get("/id/{kind}/{name}", summary="A node of the data")
    def thing(request: Request, kind: str, name: str) -> Response:
        return _described(service, linked, pages, request, _named(f"{ID}{kind}/", name))

    @routes.get("/code/{scheme}/{name}", summary="A code of a code list")
    def code(request: Request, scheme: str, name: str) -> Response:
        return _described(service, linked, pages, request, _named(f"{CODE}{scheme}/", name))

    @routes.get("/code/{scheme}", summary="A code list")
    def scheme(request: Request, scheme: str) -> Response:
        return _described(service, linked, pages, request, _named(CODE.base, scheme))

    for collection, kind in COLLECTIONS.items():
        routes.add_api_route(
            f"/api/{collection}/{{name}}", _row(service, linked, kind), name=f"one-{kind}", summary=f"One {kind}",
            openapi_extra=schema.thing(kind),
        )  # fmt: skip
    return routes


def _named(base: str, name: str) -> NamedNode:
    try:
        return NamedNode(base + name)
    except ValueError as error:
        raise NotFound(f"{base + name!r} is no IRI") from error


def describe(service: Service, iri: NamedNode) -> list[Triple]:
    """Every triple that has the node as subject, and, but for a code, as object; a code list has its codes with it.

    Raises NotFound, or Gone for a replaced statement.
    """
    about = f"BIND({iri} AS ?o) ?s ?p {iri}"
    if iri.value.startswith(CODE.base):
        about = f"?s {SKOS.inScheme} {iri} ; ?p ?o"
    text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {{ BIND({iri} AS ?s) {iri} ?p ?o }} UNION {{ {about} }} }}"
    found = set(triples(service.store, text))
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


def _described(service: Service, linked: Linked, pages: Environment, request: Request, iri: NamedNode) -> Response:
    form = media.choose(request.headers.get("accept"), OFFERS, request.query_params.get("format"))
    tag, found = service.tag(form.name), describe(service, iri)
    if isinstance(form, media.Rdf):
        return reply(request, form, linked.written(found, form), tag, alternates(request, form, OFFERS))
    words = service.labels.of({t for triple in found for t in triple if isinstance(t, NamedNode)})
    body = pages.get_template("thing.html").render(
        iri=iri.value,
        label=words.get(iri, iri.value.rpartition("/")[2]),
        said=[_pair(t.predicate, t.object, words) for t in found if t.subject == iri],
        about=[
            _pair(t.predicate, t.subject, words) for t in found if t.object == iri and t.predicate != RDFS.isDefinedBy
        ],
        formats=media.GRAPHS,
        ledger=_ledger(iri, found),
    )
    return reply(request, form, body.encode(), tag, alternates(request, form, OFFERS))


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
    return iri.rpartition("#")[2] or iri if "#" in iri else "/".join(iri.rsplit("/", 2)[1:])


def _href(iri: str) -> str | None:
    """Our own nodes at this service, others where they are; nothing but http(s)."""
    for base, path in ((ID.base, "/id/"), (CODE.base, "/code/"), (CMQ.base, "/ns#")):
        if iri.startswith(base):
            return path + iri.removeprefix(base)
    return iri if iri.startswith(("https://", "http://")) else None


def _row(service: Service, linked: Linked, kind: str) -> Any:
    offers = (media.JSON, *media.GRAPHS)

    def endpoint(request: Request) -> Response:
        form = media.choose(request.headers.get("accept"), offers, request.query_params.get("format"))
        tag = service.tag(form.name)
        iri = _named(node(kind, "").value, request.path_params["name"])
        found = describe(service, iri)
        words = service.labels.of({t for triple in found for t in triple if isinstance(t, NamedNode)})
        row = {**_shown(iri, words), "properties": _properties(iri, found, words)}
        document = {"rows": [row], "note": None, "next": None, "version": service.store.version}
        body = linked.answer(document, form) if isinstance(form, media.Rdf) else answer.to_json(document)
        response = reply(request, form, body, tag, alternates(request, form, offers))
        response.headers[VERSION] = str(document["version"])
        return response

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
