"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

import threading

from fastapi import APIRouter, Response

from communique.errors import Unavailable
from communique.service import Service


def router(service: Service, ending: threading.Event) -> APIRouter:
    """/healthz and /readyz; a service that is ending is not ready, though it still answers what it has begun."""
    routes = APIRouter(tags=["operation"])

    @routes.get("/healthz", summary="The process lives")
    async def healthz() -> Response:
        return Response("ok\n", media_type="text/plain")

    @routes.get("/readyz", summary="The store answers, and the service is not about to end")
    def readyz() -> Response:
        if ending.is_set():
            raise Unavailable("the service is shutting down")
        service.store.ready()
        return Response("ready\n", media_type="text/plain")

    return routes
