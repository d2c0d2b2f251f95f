"""/store: the SPARQL 1.1 Graph Store HTTP Protocol, direct and indirect, and the whole dataset."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from pyoxigraph import DefaultGraph, NamedNode
from starlette.concurrency import run_in_threadpool

from communique import forms, media, payload, ranges
from communique.auth import Authority
from communique.errors import BadRequest, Forbidden, NotFound, UnsupportedMediaType
from communique.forms import Fields
from communique.http import VERSION, others, written
from communique.payload import Payload
from communique.routes.streaming import Adhoc, Asked
from communique.service import Service
from communique.shelf import Shelf
from communique.store import META, Dataset, GraphName

PATH = "/store"
# ?default is the store's unnamed graph, whatever a query sees.
STORED = Dataset(union=False)
INDIRECT = [forms.parameter("graph"), forms.parameter("default")]
DIRECT = [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}]
BODY = {"required": True, "content": {form.type: {"schema": {"type": "string"}} for form in media.ANY_RDF}}


@dataclass(frozen=True)
class Target:
    """What a request is about: a graph, or the whole store (None); `base` is what relative IRIs are relative to."""

    graph: GraphName | None
    base: str

    @property
    def block(self) -> str:
        """The graph as CREATE and DROP name it."""
        return f"GRAPH {self.graph}" if isinstance(self.graph, NamedNode) else "DEFAULT"


def router(service: Service, authority: Authority, adhoc: Adhoc, shelf: Shelf) -> APIRouter:
    """/store of the service. Reading is free; writing needs a write token, and checks and derives nothing."""
    routes = APIRouter(tags=["graph store"])

    async def get(request: Request) -> Response:
        target = _target(request)
        if target.graph is None:
            return await _whole(request, shelf)
        text = await run_in_threadpool(_shown, service, target)
        wanted = Fields.of_query(request).one("format")
        return await adhoc.answer(request, Asked(text, STORED, request.headers.get("accept"), wanted))

    async def write(request: Request) -> Response:
        authority.admit(request, "write")
        body = await request.body()
        return await run_in_threadpool(lambda: _write(service, request, _writable(_target(request)), body))

    for path, name, told in ((PATH, "whole", INDIRECT), (PATH + "/{name:path}", "graph", DIRECT)):
        extra: dict[str, Any] = {"parameters": [*told, forms.parameter("format")]}
        summary = "Read a graph, or the dataset"
        routes.add_api_route(path, get, methods=["GET"], name=f"read-{name}", summary=summary, openapi_extra=extra)
        for method, does in (("PUT", "Replace"), ("POST", "Add to"), ("DELETE", "Drop")):
            extra = {"parameters": told} | ({} if method == "DELETE" else {"requestBody": BODY})
            named, summary = f"{method.lower()}-{name}", f"{does} a graph; needs a write token"
            routes.add_api_route(path, write, methods=[method], name=named, summary=summary, openapi_extra=extra)
        others(routes, path, "GET", "HEAD", "PUT", "POST", "DELETE")
    return routes


# -- which graph


def _target(request: Request) -> Target:
    """Direct identification by the request's own IRI, indirect by ?graph= or ?default (sections 4.1, 4.2)."""
    fields = Fields.of_query(request)
    fields.only(("default", "graph", "format"))
    address = forms.address(request)
    direct = request.url.path.removeprefix(PATH).strip("/") != ""
    if direct + len(fields.all("default")) + len(fields.all("graph")) > 1:
        raise BadRequest("name one graph: by the path, by ?graph=, or by ?default")
    if direct:
        return Target(NamedNode(address), address)
    if "default" in fields:
        return Target(DefaultGraph(), address)
    named = fields.iris("graph")
    return Target(named[0], named[0].value) if named else Target(None, address)


def _writable(target: Target) -> Target:
    if target.graph == META:
        raise Forbidden(f"{META.value} is kept by the service itself")
    return target


def _exists(service: Service, graph: GraphName | None) -> bool:
    """Whether there is such a graph, empty or not; the default graph always is."""
    if not isinstance(graph, NamedNode):
        return True
    return service.store.exists(graph)


# -- reading


def _shown(service: Service, target: Target) -> str:
    """The query for the triples of a graph. NotFound when there is no such graph."""
    if not _exists(service, target.graph):
        raise NotFound(f"there is no graph {target.base}")
    named = isinstance(target.graph, NamedNode)
    pattern = f"GRAPH {target.graph} {{ ?s ?p ?o }}" if named else service.store.unnamed()
    return f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}"


async def _whole(request: Request, shelf: Shelf) -> Response:
    """Every graph, as the dump that has them."""
    wanted = Fields.of_query(request).one("format")
    form = media.choose(request.headers.get("accept"), media.DATASETS, wanted)
    held = await shelf.newest(f"communique.{form.name}")
    headers = {"Vary": "Accept", "Cache-Control": "no-cache", VERSION: held.version}
    return ranges.send(request, held, form.content_type, headers)


# -- writing


def _write(service: Service, request: Request, target: Target, body: bytes) -> Response:
    if "format" in Fields.of_query(request):
        raise BadRequest("what is sent has a Content-Type; format= is for what is read", parameter="format")
    if request.method == "DELETE":
        return _delete(service, target)
    loads = _payload(service, request, target, body)
    if target.graph is None:
        return _write_whole(service, request, loads)
    existed = _exists(service, target.graph)
    clear = f"DROP SILENT {target.block} ; " if request.method == "PUT" else ""
    version = service.store.update(f"{clear}{_creation(target)}{payload.insertion(loads, target.graph)}")
    return written(204 if existed else 201, version)


def _delete(service: Service, target: Target) -> Response:
    if target.graph is None:
        raise BadRequest("name the graph to drop; all of them go by PUT of an empty dataset, or DROP ALL in /update")
    if not _exists(service, target.graph):
        raise NotFound(f"there is no graph {target.base}")
    return written(204, service.store.update(f"DROP SILENT {target.block}"))


def _write_whole(service: Service, request: Request, loads: list[Payload]) -> Response:
    """A dataset replaces or joins the whole store; a graph posted here becomes a new one (section 5.5)."""
    if all(load.form in media.DATASETS for load in loads):
        clear = "DROP ALL ; " if request.method == "PUT" else ""
        return written(204, service.store.update(clear + payload.insertion(loads, None)))
    if request.method == "PUT" or any(load.form in media.DATASETS for load in loads):
        raise BadRequest("name the graph by ?graph= or ?default, or send a dataset as N-Quads or TriG")
    made = NamedNode(loads[0].base)
    version = service.store.update(f"CREATE GRAPH {made} ; {payload.insertion(loads, made)}")
    return written(201, version, made.value)


def _creation(target: Target) -> str:
    return f"CREATE SILENT {target.block} ; " if isinstance(target.graph, NamedNode) else ""


def _payload(service: Service, request: Request, target: Target, body: bytes) -> list[Payload]:
    """The body as RDF; several when it is multipart/form-data. A body that cannot be read changes nothing."""
    content_type = request.headers.get("content-type")
    base = target.base
    if target.graph is None and _form(content_type) not in media.DATASETS:
        base = f"{base.rstrip('/')}/{uuid.uuid4()}"
    if forms.media_type(content_type) != payload.MULTIPART:
        form = _rdf(content_type)
        return [Payload(form, base, service.parse(body, form, base))]
    if request.method != "POST":
        raise UnsupportedMediaType(f"{payload.MULTIPART} is posted, not put")
    parts = payload.parts(body, content_type or "")
    return [Payload(form, base, service.parse(data, form, base)) for data, form in ((d, _rdf(k)) for d, k in parts)]


def _form(content_type: str | None) -> media.Rdf | None:
    kind = forms.media_type(content_type)
    return next((form for form in media.ANY_RDF if form.type == kind), None)


def _rdf(content_type: str | None) -> media.Rdf:
    form = _form(content_type)
    if form is None:
        offers = ", ".join(offer.type for offer in media.ANY_RDF)
        raise UnsupportedMediaType(f"RDF is sent as {offers}, not as {content_type or 'nothing'}")
    return form
