"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter, Response

from communique.service import Service


def router(service: Service) -> APIRouter:
    routes = APIRouter(tags=["operation"])

    @routes.get("/healthz", summary="The process lives")
    def healthz() -> Response:
        return Response("ok\n", media_type="text/plain")

    @routes.get("/readyz", summary="The store answers")
    def readyz() -> Response:
        ready = bool(service.store.query("ASK { ?s ?p ?o }"))
        return Response("ready\n" if ready else "empty\n", status_code=200 if ready else 503, media_type="text/plain")

    return routes
