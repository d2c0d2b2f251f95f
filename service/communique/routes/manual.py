"""What a reader is told of the service itself: its API, and what it is about."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from communique.forms import root
from communique.pages import manual
from communique.pages.site import Form, Page, Site
from communique.pages.workbench import limits
from communique.published import Published

OPENAPI = Form("openapi.json", "/openapi.json", "application/json")


def router(site: Site, published: Published) -> APIRouter:
    """/api and /about."""
    routes = APIRouter(include_in_schema=False)
    service = site.service

    @routes.get("/api")
    def api(request: Request) -> Response:
        parts = manual.parts(request.app.openapi(), service.catalog)
        return site.page(
            request, "api.html", Page("api", forms=(OPENAPI,)), parts=parts, refusals=manual.refusals(), root=root(request),
            limits=limits(service.settings),
        )  # fmt: skip

    @routes.get("/about")
    def about(request: Request) -> Response:
        return site.page(
            request, "about.html", Page("about"), root=root(request), limits=limits(service.settings),
            ontology=published.core.version, build=service.build, data=service.store.version,
        )  # fmt: skip

    return routes
