"""SPARQL 1.1 Protocol, query operation (section 2.1): GET, POST of a form, POST of the query itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from communique import describe, forms, media
from communique.describe import Descriptions
from communique.forms import Fields
from communique.guard import check_query
from communique.http import link, others, reply
from communique.routes.streaming import Adhoc
from communique.service import Service
from communique.store import Dataset

PATH = "/sparql"
LONG = 4096
# Where people ask. Whoever accepts everything alike is a program, and gets the service description.
WORKBENCH = "/workbench"
DESCRIPTION = (*media.GRAPHS, media.HTML)
PARAMETERS = frozenset({"default-graph-uri", "named-graph-uri", "format"})


@dataclass(frozen=True)
class Operation:
    """A query, the dataset it is for, and the format it is wanted in."""

    text: str
    dataset: Dataset
    format: str | None


def router(service: Service, descriptions: Descriptions, adhoc: Adhoc) -> APIRouter:
    """/sparql of the service; a GET without parameters is the service description."""
    routes = APIRouter(tags=["sparql"])

    told = forms.documented("query", media.QUERY.type, *sorted(PARAMETERS))
    asked = {"parameters": [forms.parameter("query"), *told["parameters"]]}

    @routes.get(PATH, summary="Ask in SPARQL, or get the service description", openapi_extra=asked)
    async def get(request: Request) -> Response:
        if not request.scope["query_string"]:
            if media.choose(request.headers.get("accept"), DESCRIPTION) is media.HTML:
                return RedirectResponse(WORKBENCH, 303, {"Vary": "Accept"})
            return await run_in_threadpool(_description, service, descriptions, request)
        operation = _operation(service, request, *forms.text_of(Fields.of_query(request), "query"))
        return await _evaluate(service, adhoc, request, operation)

    @routes.post(PATH, summary="Ask in SPARQL", openapi_extra=told)
    async def post(request: Request) -> Response:
        operation = _posted(service, request, await request.body())
        return await _evaluate(service, adhoc, request, operation)

    others(routes, PATH, "GET", "HEAD", "POST")
    return routes


def _posted(service: Service, request: Request, body: bytes) -> Operation:
    return _operation(service, request, *forms.operation(request, body, "query", media.QUERY.type))


def _operation(service: Service, request: Request, text: str, fields: Fields) -> Operation:
    fields.only(PARAMETERS)
    dataset = replace(
        service.dataset,
        default=fields.iris("default-graph-uri"),
        named=fields.iris("named-graph-uri"),
        base=forms.address(request),
    )
    return Operation(text, dataset, fields.one("format"))


async def _evaluate(service: Service, adhoc: Adhoc, request: Request, operation: Operation) -> Response:
    # Counting the tokens of a long query takes long enough to be noticed by everybody else.
    if len(operation.text) > LONG:
        await run_in_threadpool(check_query, operation.text, service.settings)
    else:
        check_query(operation.text, service.settings)
    return await adhoc.answer(request, operation.text, operation.dataset, operation.format)


def _description(service: Service, descriptions: Descriptions, request: Request) -> Response:
    form = media.choose(request.headers.get("accept"), media.GRAPHS)
    root = forms.root(request)
    body = descriptions.service(root, form)
    response = reply(request, form, body, service.tag(form.name), [link(root + describe.WELL_KNOWN, "describedby")])
    # Whether updates are taken may change with the token file.
    request.state.reusable = False
    return response
