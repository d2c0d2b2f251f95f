"""Reports over HTTP: put one in its place, checked like a file, or withdraw it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from communique import media
from communique.answer import to_json
from communique.auth import Authority
from communique.errors import BadRequest, UnsupportedMediaType
from communique.http import VERSION
from communique.service import Service
from communique.vocab import SLUG, node

PATH = "/api/reports/{name}"
BODY = {
    "requestBody": {
        "required": True,
        "description": "A report, as ontology/report.schema.json says",
        "content": {media.JSON.type: {"schema": {"type": "object"}}},
    }
}


def router(service: Service, authority: Authority) -> APIRouter:
    """PUT and DELETE of /api/reports/{name}, for those with a write token."""
    routes = APIRouter(tags=["reports"])

    @routes.put(PATH, summary="Put a report in its place; needs a write token", openapi_extra=BODY)
    async def put(request: Request, name: str) -> Response:
        authority.admit(request, "write")
        return await run_in_threadpool(_put, service, request, name, await request.body())

    @routes.delete(PATH, summary="Withdraw a report; needs a write token")
    def delete(request: Request, name: str) -> Response:
        authority.admit(request, "write")
        done = service.store.delete_report(_slug(name))
        return Response(status_code=204, headers={VERSION: str(done["version"])})

    return routes


def _put(service: Service, request: Request, name: str, body: bytes) -> Response:
    """Inspected, written, derived: all of it or nothing. 201 for a new report, 200 for one replaced or unchanged."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != media.JSON.type:
        raise UnsupportedMediaType(f"a report is sent as {media.JSON.type}, not as {kind or 'nothing'}")
    done = service.store.put_report(_slug(name), body)
    iri = node("report", name).value
    told: dict[str, Any] = {"report": {"id": iri}, "became": done["became"], "version": done["version"]}
    headers = {VERSION: str(done["version"]), "Location": f"/api/reports/{name}"}
    status = 201 if done["became"] == "loaded" else 200
    return Response(to_json(told), status_code=status, media_type=media.JSON.type, headers=headers)


def _slug(name: str) -> str:
    if len(name) > 80 or not SLUG.fullmatch(name):
        raise BadRequest(
            "parameter 'name': a report's name has at most 80 small letters, digits and hyphens", parameter="name"
        )
    return name
