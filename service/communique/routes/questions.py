"""The questions as pages: all of them, and each with its form, its answer, its text and its code."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from communique.answer import Page as Part
from communique.binding import Query
from communique.forms import Fields, root
from communique.pages import questions
from communique.pages.highlight import sparql
from communique.pages.questions import Asked
from communique.pages.samples import samples
from communique.pages.site import Page, Site
from communique.pages.vocabulary import Vocabulary
from communique.routes import api
from communique.routes.api import PAGING


def router(site: Site, words: Vocabulary) -> APIRouter:
    """/queries, and /queries/NAME in every form."""
    routes = APIRouter(include_in_schema=False)
    service = site.service

    @routes.get("/queries")
    def index(request: Request) -> Response:
        return site.page(request, "queries.html", Page("queries"), groups=questions.groups(service.catalog))

    @routes.get("/queries/{name}")
    def question(request: Request, name: str) -> Response:
        tag, asked = service.tag("html"), _asked(request, service.catalog[name])
        shown = questions.shown(service, words, asked)
        address = f"{root(request)}/api/queries/{name}"
        return site.page(
            request, "query.html", Page("queries", forms=questions.forms(asked)), shown.fault.status if shown.fault else 200,
            found=shown, question=asked, query=asked.query, answer=shown.answer, about=questions.about(asked.query),
            text=sparql(asked.query.asked), samples=samples(address, asked.pairs), root=root(request), tag=tag,
        )  # fmt: skip

    return routes


def _asked(request: Request, query: Query) -> Asked:
    """What a form asks: a field that was left empty is not given. Where nothing is, the example is asked."""
    fields = Fields.of_query(request)
    given: dict[str, list[str]] = {}
    for name, value in fields.pairs:
        if name not in PAGING and value.strip():
            given.setdefault(name, []).append(value.strip())
    if fields.pairs:
        return Asked(query, given, api.page_of(request) if query.paged else Part(), exemplary=False)
    return Asked(query, {k: [v] for k, v in query.example.items()}, Part(), exemplary=bool(query.example))
