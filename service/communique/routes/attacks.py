"""The page of all attacks: filters in its address, counts beside them; and its points as GeoJSON."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from communique import geojson
from communique.errors import BadRequest, CommuniqueError, Gone, NotFound
from communique.http import reply
from communique.pages.attacks import LIST, QUERIES, Attacks, attacks
from communique.pages.site import Page, Site, forms
from communique.routes.collections import SHOWN, TYPES, asked_of


def router(site: Site) -> APIRouter:
    """/attacks and /attacks.geojson, where the content has their questions."""
    routes = APIRouter(include_in_schema=False)
    service = site.service
    if not set(QUERIES) <= set(service.catalog.queries):
        return routes

    @routes.get("/attacks")
    def page(request: Request) -> Response:
        tag = service.tag("html")
        fault: CommuniqueError | None = None
        found: Attacks | None = None
        try:
            found = attacks(service, asked_of(request, service.catalog[LIST]))
        except (BadRequest, NotFound, Gone) as error:
            fault = error
        frame = Page("attacks", forms=forms(request, (*SHOWN, "geojson"), KINDS), queries=QUERIES)
        return site.page(request, "attacks.html", frame, fault.status if fault else 200, tag, found=found, fault=fault)

    @routes.get("/attacks.geojson")
    def points(request: Request) -> Response:
        tag = service.tag("geojson")
        asked = asked_of(request, service.catalog[LIST])
        rows = service.ask(service.catalog["attacks-by-place"], asked.flat).rows
        return reply(request, geojson.MEDIA, geojson.places(rows), tag)

    return routes


KINDS = {**TYPES, "geojson": geojson.MEDIA.type}
