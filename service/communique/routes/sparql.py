"""SPARQL 1.1 Protocol, query operation (section 2.1): GET, POST of a form, POST of the query itself."""

from __future__ import annotations

from functools import lru_cache

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from communique import describe, forms, media
from communique.describe import Descriptions
from communique.forms import Fields
from communique.guard import check_query
from communique.http import link, others, reply
from communique.routes.streaming import Adhoc, Asked
from communique.service import Service
from communique.store import Dataset

PATH = "/sparql"
# A request that is longer is not kept in memory, and not read beside others.
LONG = 4096
# So many are kept as they were read and let pass: what is asked again was mostly asked before the data changed.
PREPARED = 1024
# Where people ask. Whoever accepts everything alike is a program, and gets the service description.
WORKBENCH = "/workbench"
DESCRIPTION = (*media.GRAPHS, media.HTML)
PARAMETERS = frozenset({"default-graph-uri", "named-graph-uri", "format"})


def router(service: Service, descriptions: Descriptions, adhoc: Adhoc) -> APIRouter:
    """/sparql of the service; a GET without parameters is the service description."""
    routes = APIRouter(tags=["sparql"])

    @lru_cache(PREPARED)
    def prepared(query: bytes, address: str, accept: str | None) -> Asked:
        return read(query, address, accept)

    def read(query: bytes, address: str, accept: str | None) -> Asked:
        return _asked(service, *forms.text_of(Fields.decode(query), "query"), address, accept)

    told = forms.documented("query", media.QUERY.type, *sorted(PARAMETERS))
    asked = {"parameters": [forms.parameter("query"), *told["parameters"]]}

    @routes.get(PATH, summary="Ask in SPARQL, or get the service description", openapi_extra=asked)
    async def get(request: Request) -> Response:
        if not request.scope["query_string"]:
            if media.choose(request.headers.get("accept"), DESCRIPTION) is media.HTML:
                return RedirectResponse(WORKBENCH, 303, {"Vary": "Accept"})
            return await run_in_threadpool(_description, service, descriptions, request)
        parts = request.scope["query_string"], forms.address(request), request.headers.get("accept")
        # Counting the tokens of a long query takes long enough to be noticed by everybody else.
        short = sum(len(part or "") for part in parts) <= LONG
        return await adhoc.answer(request, prepared(*parts) if short else await run_in_threadpool(read, *parts))

    @routes.post(PATH, summary="Ask in SPARQL", openapi_extra=told)
    async def post(request: Request) -> Response:
        text, fields = forms.operation(request, await request.body(), "query", media.QUERY.type)
        parts = text, fields, forms.address(request), request.headers.get("accept")
        long = len(text) > LONG
        return await adhoc.answer(
            request, await run_in_threadpool(_asked, service, *parts) if long else _asked(service, *parts)
        )

    others(routes, PATH, "GET", "HEAD", "POST")
    return routes


def _asked(service: Service, text: str, fields: Fields, address: str, accept: str | None) -> Asked:
    """What is asked. Raises what it is refused for."""
    fields.only(PARAMETERS)
    default, named = fields.iris("default-graph-uri"), fields.iris("named-graph-uri")
    check_query(text, service.settings)
    return Asked(text, Dataset(default, named, service.dataset.union, address), accept, fields.one("format"))


def _description(service: Service, descriptions: Descriptions, request: Request) -> Response:
    form = media.choose(request.headers.get("accept"), media.GRAPHS)
    root = forms.root(request)
    body = descriptions.service(root, form)
    response = reply(request, form, body, service.tag(form.name), [link(root + describe.WELL_KNOWN, "describedby")])
    # Whether updates are taken may change with the token file.
    request.state.reusable = False
    return response
