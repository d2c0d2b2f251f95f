"""Pages for people, complete without scripts."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from communique import answer
from communique.catalog import Query
from communique.pages.site import Page, Site


def router(site: Site) -> APIRouter:
    """The first page: what may be asked, with an example of each question that runs."""
    routes = APIRouter(include_in_schema=False)
    service = site.service

    @routes.get("/")
    def home(request: Request) -> Response:
        attacks = (
            service.ask(service.catalog["attacks"], {}, answer.Page()).rows
            if "attacks" in service.catalog.queries
            else []
        )
        queries = [(q, _example(q)) for q in service.catalog.queries.values() if q.route]
        return site.page(request, "home.html", Page("home"), attacks=attacks, queries=queries)

    return routes


def _example(query: Query) -> str:
    """The address of a query's example: path parameters in their places, the others behind."""
    route, rest = query.route or "", {}
    for name, text in query.example.items():
        if f"{{{name}}}" in route:
            route = route.replace(f"{{{name}}}", text)
        else:
            rest[name] = text
    return f"{route}?{urlencode(rest)}" if rest else route
