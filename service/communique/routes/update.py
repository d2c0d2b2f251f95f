"""SPARQL 1.1 Protocol, update operation (section 2.2): POST of a form, POST of the update itself."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from communique import forms, media
from communique.auth import Authority
from communique.guard import check_update
from communique.http import others, written
from communique.service import Service
from communique.store import Dataset
from communique.tokens import without_loads

PATH = "/update"
PARAMETERS = frozenset({"using-graph-uri", "using-named-graph-uri"})


def router(service: Service, authority: Authority) -> APIRouter:
    """/update of the service, for those with a write token."""
    routes = APIRouter(tags=["sparql"])

    told = forms.documented("update", media.UPDATE.type, *sorted(PARAMETERS))

    @routes.post(PATH, summary="Change the data in SPARQL; needs a write token", openapi_extra=told)
    async def post(request: Request) -> Response:
        authority.admit(request, "write")
        body = await request.body()
        return await run_in_threadpool(lambda: _carry_out(service, request, body))

    others(routes, PATH, "POST")
    return routes


def _carry_out(service: Service, request: Request, body: bytes) -> Response:
    text, fields = forms.operation(request, body, "update", media.UPDATE.type)
    fields.only(PARAMETERS)
    check_update(text, service.settings)
    dataset = Dataset(
        fields.iris("using-graph-uri"),
        fields.iris("using-named-graph-uri"),
        union=False,
        base=forms.address(request),
    )
    return written(204, service.store.update(without_loads(text), dataset))
