"""The application, assembled: everything it is made of, on one screen."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from communique.auth import Authority
from communique.content import Content
from communique.describe import Descriptions
from communique.errors import BadRequest, CommuniqueError
from communique.http import Head, Headers, problem, unexpected
from communique.routes import api, dumps, graphs, health, pages, reports, sparql, things, update, void
from communique.service import Service
from communique.settings import Settings
from communique.process.served import Served

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Access-Control-Allow-Origin": "*",
}


def create_app(store: Served, content: Content, settings: Settings) -> FastAPI:
    """The service over a store and a content folder."""
    service = Service.over(store, content, settings)
    authority = Authority.of(settings)
    descriptions = Descriptions(store, settings, authority.opens)
    templates = Environment(
        loader=PackageLoader("communique"), autoescape=select_autoescape(), undefined=StrictUndefined
    )  # fmt: skip
    # The interactive pages that FastAPI brings load from a CDN.
    app = FastAPI(title="Communiqué", version=service.build, docs_url=None, redoc_url=None)
    for router in (
        pages.router(service, templates),
        things.router(service, templates),
        api.router(service),
        reports.router(service, authority),
        sparql.router(service, descriptions),
        update.router(service, authority),
        graphs.router(service, authority),
        void.router(service, descriptions),
        dumps.router(service),
        health.router(service),
    ):
        app.include_router(router)
    app.mount("/static", StaticFiles(packages=[("communique", "style")]))
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(Headers, headers=HEADERS)
    app.add_middleware(Head)
    app.add_exception_handler(Exception, _told)
    for kind in (CommuniqueError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _told)
    return app


def _told(request: Request, error: Exception) -> Response:
    """Every error as problem+json (RFC 9457)."""
    if isinstance(error, CommuniqueError):
        return problem(error)
    if isinstance(error, HTTPException):
        response = unexpected(error.status_code, str(error.detail), f"{request.method} {request.url.path}")
        response.headers.update(error.headers or {})
        return response
    if isinstance(error, RequestValidationError):
        return problem(BadRequest("; ".join(str(e["msg"]) for e in error.errors())))
    return unexpected(500, "Internal error", "the service failed; the log says how")
