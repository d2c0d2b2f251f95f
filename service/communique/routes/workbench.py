"""The workbench: SPARQL by hand, as a form that needs no scripts, and what its editor completes."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from communique import media
from communique.answer import to_json
from communique.forms import Fields, root
from communique.http import reply
from communique.pages.site import Page, Site
from communique.pages.vocabulary import Vocabulary
from communique.pages.workbench import FIRST, ROWS, TRIPLES, Examples, limits


def router(site: Site, words: Vocabulary) -> APIRouter:
    """/workbench with a query or an example in it, and the words of its completion."""
    routes = APIRouter(include_in_schema=False)
    service = site.service
    examples = Examples(service.content, service.catalog)

    @routes.get("/workbench")
    def workbench(request: Request) -> Response:
        fields = Fields.of_query(request)
        fields.only(("query", "example", "format"))
        name = fields.one("example")
        query = fields.one("query") or (examples.text(name) if name else FIRST)
        return site.page(
            request, "workbench.html", Page("workbench"), query=query, example=name, shelves=examples.shelves(),
            limits=limits(service.settings), rows=ROWS, triples=TRIPLES, root=root(request),
            seconds=f"{service.settings.query_seconds:g}",
        )  # fmt: skip

    @routes.get("/workbench/terms.json")
    def terms(request: Request) -> Response:
        return reply(request, media.JSON, to_json(words.document), service.tag("terms"))

    return routes
