"""Pages for people, complete without scripts."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from jinja2 import Environment

from communique import media
from communique.answer import Page
from communique.catalog import Query
from communique.http import reply
from communique.service import Service


def router(service: Service, pages: Environment) -> APIRouter:
    """The first page: what may be asked, with an example of each question that runs."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    def home(request: Request) -> Response:
        attacks = (
            service.ask(service.catalog["attacks"], {}, Page()).rows if "attacks" in service.catalog.queries else []
        )
        body = pages.get_template("home.html").render(
            attacks=attacks, queries=[(q, _example(q)) for q in service.catalog.queries.values() if q.route]
        )
        return reply(request, media.HTML, body.encode(), service.tag("html"))

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
