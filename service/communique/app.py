"""The application, assembled: everything it is made of, on one screen."""

from __future__ import annotations

import threading

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from communique.assets import Assets
from communique.audit import Audit, Log
from communique.auth import Authority
from communique.clients import Concurrency, Proxies, Rate, networks
from communique.content import Content
from communique.cors import Cors
from communique.describe import Descriptions
from communique.errors import BadRequest, CommuniqueError
from communique.express import Express, Handed, simple
from communique.http import PACKED, Head, Headers, Packed, Target, note, problem, unexpected
from communique.limits import Limits
from communique.metrics import Metrics
from communique.pages.problems import Readable
from communique.pages.site import Site, environment
from communique.pages.vocabulary import Vocabulary
from communique.process.backend import Backend
from communique.published import Published
from communique.recall import Memory, Remember
from communique.reference import Reference
from communique.routes import (
    api,
    assets,
    attacks,
    collections,
    details,
    dumps,
    graphs,
    health,
    manual,
    metrics,
    ns,
    pages,
    profiles,
    questions,
    reports,
    sparql,
    things,
    update,
    void,
    workbench,
)
from communique.routes.streaming import Adhoc
from communique.service import Service
from communique.settings import Settings
from communique.shelf import Shelf
from communique.suffix import Suffixed

# What is told of by its own status.
KINDS = (CommuniqueError, HTTPException, RequestValidationError, ClientDisconnect)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}


def create_app(
    store: Backend, content: Content, settings: Settings, counted: Metrics, ending: threading.Event
) -> FastAPI:
    """The service over a store and a content folder, which counts what it does; `ending` is set when it is to end."""
    service = Service.over(store, content, settings)
    authority = Authority.of(settings)
    descriptions = Descriptions(store, settings, authority.opens)
    published = Published(content)
    adhoc, shelf = Adhoc(service), Shelf(service)
    loaded = Assets.read()
    templates = environment(loaded.find, lambda: store.version)
    site, words = Site(service, templates), Vocabulary(published)
    # The interactive pages that FastAPI brings load from a CDN.
    app = FastAPI(title="Communiqué", version=service.build, docs_url=None, redoc_url=None)
    asked = (api.router(service), sparql.router(service, descriptions, adhoc))
    for router in (
        pages.router(site),
        questions.router(site, words),
        workbench.router(site, words),
        manual.router(site, published),
        collections.router(site, words),
        attacks.router(site),
        details.router(site),
        things.router(service, templates),
        ns.router(published, Reference(service, published, templates)),
        asked[0],
        reports.router(service, authority),
        asked[1],
        update.router(service, authority),
        graphs.router(service, authority, adhoc, shelf),
        void.router(service, descriptions),
        dumps.router(service, shelf, templates),
        profiles.router(service),
        assets.router(loaded),
        health.router(service, ending),
        metrics.router(service, counted),
    ):
        app.include_router(router)
    app.add_middleware(Handed, told=_told, kinds=KINDS)
    app.add_middleware(Suffixed)
    app.add_middleware(Packed, minimum_size=PACKED)
    app.add_middleware(Head)
    proxies, rate = Proxies(networks(settings.trusted_proxies)), Rate(settings.rate_limit)
    concurrency = Concurrency(settings.client_requests)
    app.add_middleware(Limits, settings=settings, proxies=proxies, rate=rate, concurrency=concurrency)
    app.add_middleware(Cors)
    access = Log.of(settings.access_log) if settings.access_log else None
    app.add_middleware(Audit, metrics=counted, audited=Log.of(settings.audit_log), access=access)
    app.add_middleware(Readable, templates=templates)
    app.add_middleware(Headers, headers=HEADERS)
    app.add_middleware(Target)
    # A line for each request is written on the way that leads through everything.
    app.state.assets = loaded
    app.state.memory = Memory(lambda: store.version, rate, 0 if settings.access_log else settings.cache_bytes)
    app.add_middleware(Remember, memory=app.state.memory, metrics=counted)
    routes = [] if settings.access_log else [route for router in asked for route in simple(router.routes)]
    app.state.express = Express(
        routes, HEADERS, proxies, rate, concurrency, counted, app.state.memory, settings.body_bytes
    )
    app.add_exception_handler(Exception, _told)
    for kind in KINDS:
        app.add_exception_handler(kind, _told)
    return app


def _told(request: Request, error: Exception) -> Response:
    """Every error as problem+json (RFC 9457), which whoever prefers HTML gets as a page."""
    if isinstance(error, CommuniqueError):
        note(request.scope, error)
        return problem(error)
    if isinstance(error, HTTPException):
        response = unexpected(error.status_code, str(error.detail), f"{request.method} {request.url.path}")
        response.headers.update(error.headers or {})
        if response.headers.get("allow") == "GET":
            response.headers["allow"] = "GET, HEAD"
        return response
    if isinstance(error, RequestValidationError):
        return problem(BadRequest("; ".join(str(e["msg"]) for e in error.errors())))
    if isinstance(error, ClientDisconnect):
        return unexpected(499, "Client closed request", "the client has gone")
    return unexpected(500, "Internal error", "the service failed; the log says how")
