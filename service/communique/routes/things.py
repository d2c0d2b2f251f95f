"""Linked data: the address of every node and code answers, as a page or as RDF."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from jinja2 import Environment
from pyoxigraph import NamedNode

from communique import asking, media, schema
from communique.errors import NotFound
from communique.http import VERSION, alternates, reply
from communique.service import Service
from communique.vocab import CODE, ID, node

OFFERS = (media.HTML, *media.GRAPHS)
# The collection under /api whose members are of this kind.
COLLECTIONS = {f"{kind}s": kind for kind in ("event", "actor", "place", "report", "statement")}


def router(service: Service, pages: Environment) -> APIRouter:
    """/id/KIND/NAME and /code/SCHEME/CODE; and the same nodes as JSON under /api."""
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

    for collection, kind in COLLECTIONS.items():
        routes.add_api_route(
            f"/api/{collection}/{{name}}", _row(service, kind), name=f"one-{kind}", summary=f"One {kind}",
            openapi_extra=schema.thing(kind),
        )  # fmt: skip
    return routes


def _named(base: str, name: str) -> NamedNode:
    try:
        return NamedNode(base + name)
    except ValueError as error:
        raise NotFound(f"{base + name!r} is no IRI") from error


def _described(service: Service, pages: Environment, request: Request, iri: NamedNode) -> Response:
    form = media.choose(request.headers.get("accept"), OFFERS, request.query_params.get("format"))
    tag, links = service.tag(form.name), alternates(request, form, OFFERS)
    if isinstance(form, media.Rdf):
        return reply(request, form, service.made(asking.node(iri, form)).body, tag, links)
    told = service.page(asking.node(iri, asking.PAGE))
    body = pages.get_template("thing.html").render(told, iri=iri.value, formats=media.GRAPHS)
    return reply(request, form, body.encode(), tag, links)


def _row(service: Service, kind: str) -> Any:
    offers = (media.JSON, *media.GRAPHS)

    async def endpoint(request: Request) -> Response:
        form = media.choose(request.headers.get("accept"), offers, request.query_params.get("format"))
        tag = service.tag(form.name)
        made = await service.made_soon(asking.row(_named(node(kind, "").value, request.path_params["name"]), form))
        response = reply(request, form, made.body, tag, alternates(request, form, offers))
        response.headers[VERSION] = made.version
        return response

    return endpoint
