"""The JSON API: each named query with a route, the ledger of an attack, and the questions themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request, Response

from communique import asking, media, schema
from communique.answer import LIMIT, MAX_LIMIT, Page, to_json
from communique.asking import Made
from communique.binding import Query
from communique.errors import BadRequest
from communique.http import NOTE, VERSION, alternates, asked, display, link, reply
from communique.service import Service

OFFERS = (media.JSON, media.CSV, *media.GRAPHS)
PAGING = ("limit", "next", "sort", "format")
Endpoint = Callable[[Request], Awaitable[Response]]


def router(service: Service) -> APIRouter:
    """Every named query of the service's content, at its route and under /api/queries."""
    routes = APIRouter(prefix="", tags=["questions"])
    routes.add_api_route(
        "/api/attacks/{attack}", _ledger(service), summary="The whole ledger of an attack",
        openapi_extra=schema.ledger(service.catalog.ledger()),
    )  # fmt: skip
    for query in service.catalog.queries.values():
        if query.route:
            routes.add_api_route(
                query.route, _named(service, query), name=query.name, summary=query.title,
                openapi_extra=schema.operation(query),
            )  # fmt: skip
    routes.add_api_route("/api/queries", _index(service), summary="The named queries")
    routes.add_api_route(
        "/api/queries/{name}", _by_name(service), summary="Ask a named query, or see its text",
        openapi_extra=schema.by_name(),
    )  # fmt: skip
    return routes


def _named(service: Service, query: Query) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await _answered(service, query, request, {k: str(v) for k, v in request.path_params.items()})

    return endpoint


def _by_name(service: Service) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        query = service.catalog[request.path_params["name"]]
        wanted = request.query_params.get("format")
        form = media.choose(request.headers.get("accept"), (*OFFERS, media.QUERY), wanted)
        if form is media.QUERY:
            return reply(request, form, query.text.encode(), service.tag("rq"))
        return await _answered(service, query, request, {})

    return endpoint


def _index(service: Service) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        body = to_json({
            "rows": [_described(query) for query in service.catalog.queries.values()],
            "note": None, "next": None, "version": service.store.version,
        })  # fmt: skip
        return reply(request, media.choose(request.headers.get("accept"), (media.JSON,)), body, service.tag())

    return endpoint


def _ledger(service: Service) -> Endpoint:
    offers = (media.JSON, *media.GRAPHS)

    async def endpoint(request: Request) -> Response:
        form = media.choose(request.headers.get("accept"), offers, request.query_params.get("format"))
        tag = service.tag(form.name)
        made = await service.made_soon(asking.ledger(request.path_params["attack"], _filters(request), form))
        return _told(reply(request, form, made.body, tag, alternates(request, form, offers)), made)

    return endpoint


async def _answered(service: Service, query: Query, request: Request, path: dict[str, str]) -> Response:
    form = media.choose(request.headers.get("accept"), OFFERS, request.query_params.get("format"))
    # Of the version before it is asked: a tag never says newer than the answer is.
    tag = service.tag(form.name)
    page = page_of(request) if query.paged else None
    made = await service.made_soon(asking.rows((query, {**_filters(request, paged=query.paged), **path}, page), form))
    links = alternates(request, form, OFFERS)
    if made.next:
        links.append(link(asked(request, next=made.next), "next"))
    return _told(reply(request, form, made.body, tag, links), made)


def _told(response: Response, made: Made) -> Response:
    """The answer with what not every form has a place for."""
    response.headers[VERSION] = made.version
    if made.note:
        response.headers[NOTE] = display(made.note)
    return response


def _filters(request: Request, *, paged: bool = False) -> dict[str, str | list[str]]:
    """The query parameters that go to the query, which knows what may be given twice; paging is for what pages."""
    texts = {name: request.query_params.getlist(name) for name in request.query_params}
    for name in PAGING:
        if len(texts.get(name, ())) > 1:
            raise BadRequest(f"parameter {name!r} is given twice", parameter=name)
    ours = PAGING if paged else ("format",)
    return {name: found if len(found) > 1 else found[0] for name, found in texts.items() if name not in ours}


def page_of(request: Request) -> Page:
    """Which part of a list is asked for. Raises BadRequest."""
    text = request.query_params.get("limit", str(LIMIT))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MAX_LIMIT:
        raise BadRequest(f"parameter 'limit' must be 1 to {MAX_LIMIT}", parameter="limit")
    return Page(int(text), request.query_params.get("next"), request.query_params.get("sort") or None)


def _described(query: Query) -> dict[str, Any]:
    return {
        "name": query.name, "title": query.title, "route": query.route, "empty": query.empty,
        "params": [{"name": p.name, "type": p.type, "required": p.required, "text": p.text} for p in query.params],
        "columns": [{"name": c.name, "type": c.type, "text": c.text} for c in query.columns],
        "example": dict(query.example), "sparql": query.text,
    }  # fmt: skip
