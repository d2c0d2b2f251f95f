"""Pages of what there is of each kind, and the same addresses with a suffix for its data."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from communique.answer import Page as Part
from communique.binding import Query
from communique.forms import Fields
from communique.pages.collections import COLLECTIONS, Collection, listed
from communique.pages.questions import Asked
from communique.pages.site import Page, Site, forms
from communique.pages.vocabulary import Vocabulary
from communique.routes import api
from communique.suffix import FORMS

TYPES = {form.name: form.type for form in FORMS}
SHOWN = ("json", "csv", "ttl", "jsonld")


def router(site: Site, words: Vocabulary) -> APIRouter:
    """A page for each collection whose question the content has."""
    routes = APIRouter(include_in_schema=False)
    for collection in COLLECTIONS:
        if collection.name in site.service.catalog.queries:
            _add(routes, site, words, collection)
    return routes


def _add(routes: APIRouter, site: Site, words: Vocabulary, collection: Collection) -> None:
    query = site.service.catalog[collection.name]

    def page(request: Request) -> Response:
        tag, asked = site.service.tag("html"), asked_of(request, query)
        found = listed(site.service, words, collection, asked)
        fault = found.shown.fault
        frame = Page(collection.name, forms=forms(request, SHOWN, TYPES), queries=(collection.name,))
        return site.page(
            request, "collection.html", frame, fault.status if fault else 200, tag, found=found, query=query
        )

    routes.add_api_route(f"/{collection.name}", page)


def asked_of(request: Request, query: Query) -> Asked:
    """What a form of filters asks: a field that was left empty is not given."""
    given: dict[str, list[str]] = {}
    for name, value in Fields.of_query(request).pairs:
        if name not in api.PAGING and value.strip():
            given.setdefault(name, []).append(value.strip())
    return Asked(query, given, api.page_of(request) if query.paged else Part(), exemplary=False)
