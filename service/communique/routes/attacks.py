"""The page of all attacks: filters in its address, counts beside them; its points as GeoJSON, and its feed."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from communique import geojson
from communique.errors import BadRequest, CommuniqueError, Gone, NotFound
from communique.forms import root
from communique.http import asked, reply
from communique.pages import answers, feed
from communique.pages.attacks import LIST, QUERIES, Attacks, attacks
from communique.pages.card import cards
from communique.pages.site import Page, Site, forms
from communique.pages.text import label
from communique.routes.collections import SHOWN, TYPES, asked_of


def router(site: Site) -> APIRouter:
    """/attacks, /attacks.geojson and /attacks.atom, where the content has their questions."""
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
        frame = Page("attacks", forms=forms(request, (*SHOWN, "geojson", "atom"), KINDS), queries=QUERIES)
        return site.page(request, "attacks.html", frame, fault.status if fault else 200, tag, found=found, fault=fault)

    @routes.get("/attacks.geojson")
    def points(request: Request) -> Response:
        tag = service.tag("geojson")
        asked = asked_of(request, service.catalog[LIST])
        rows = service.ask(service.catalog["attacks-by-place"], asked.flat).rows
        return reply(request, geojson.MEDIA, geojson.places(rows), tag)

    @routes.get("/attacks.atom")
    def news(request: Request) -> Response:
        tag = service.tag("atom")
        found = attacks(service, asked_of(request, service.catalog[LIST]))
        items = [feed.attack(entry) for entry in found.entries]
        body = feed.feed(
            "Communiqué: attacks, and what is said of them", items, root(request), found.address(), asked(request)
        )
        return reply(request, feed.MEDIA, body, tag)

    @routes.get("/attacks/{name}.atom")
    def told(request: Request, name: str) -> Response:
        tag, given = service.tag("atom"), {"attack": name}
        found = answers.of_all(service, {"event": {"event": name}, "attack-accounts": given})
        title = f"Communiqué: what is said of {label(found['event'].rows[0]['event'])}"
        items = [feed.statement(said) for said in cards(found["attack-accounts"].rows)]
        body = feed.feed(title, items, root(request), f"/attacks/{quote(name)}", asked(request))
        return reply(request, feed.MEDIA, body, tag)

    return routes


KINDS = {**TYPES, "geojson": geojson.MEDIA.type, "atom": feed.MEDIA.type}
