"""/attacks: the page of all attacks, and its forms that the API does not have."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from communique import media
from communique.answer import MAX_LIMIT
from communique.answer import Page as Part
from communique.errors import BadRequest, Gone, NotFound
from communique.forms import Fields, root
from communique.http import VERSION, link, reply
from communique.media import Media
from communique.pages import atom, geojson
from communique.pages.attacks import LENGTH, LIST, QUERIES, Attacks, attacks
from communique.pages.facets import Chosen
from communique.pages.site import Form, Page, Site
from communique.routes.api import PAGING, page_of

FORMS = (media.JSON, media.CSV, media.TURTLE, media.JSONLD, geojson.MEDIA, atom.MEDIA)


def router(site: Site) -> APIRouter:
    """/attacks, /attacks.geojson, /attacks.atom; the other forms are the API's."""
    routes = APIRouter(include_in_schema=False)
    if not {*QUERIES} <= {*site.service.catalog.queries}:
        return routes

    @routes.get("/attacks")
    def page(request: Request) -> Response:
        return _page(site, request)

    @routes.get("/attacks.geojson")
    def points(request: Request) -> Response:
        tag, given = site.service.tag("geojson"), _given(request)
        found = attacks(site.service, given, _part(request, MAX_LIMIT))
        more = f"{root(request)}{_data(given, geojson.MEDIA, found)}" if found.next else None
        body = geojson.collection(found.entries, found.spots, more)
        return _versioned(site, reply(request, geojson.MEDIA, body, tag, [link(more, "next")] if more else []))

    @routes.get("/attacks.atom")
    def feed(request: Request) -> Response:
        tag, given = site.service.tag("atom"), _given(request)
        found = attacks(site.service, given, _part(request, LENGTH))
        body = atom.feed(found.entries, root(request), found.address(found.pairs), _data(given, atom.MEDIA))
        return _versioned(site, reply(request, atom.MEDIA, body, tag))

    return routes


def _page(site: Site, request: Request) -> Response:
    """The page; where something that was chosen is wrong, what is wrong above all attacks."""
    tag, given, fault = site.service.tag("html"), _given(request), None
    found: Attacks
    try:
        found = attacks(site.service, given, _part(request, LENGTH))
    except (BadRequest, NotFound, Gone) as error:
        fault, found = error, attacks(site.service, {}, Part(LENGTH))
    frame = Page("attacks", forms=tuple(Form(f.name, _data(found.given, f), f.type) for f in FORMS), queries=QUERIES)
    query = site.service.catalog[LIST]
    return site.page(
        request, "attacks.html", frame, fault.status if fault else 200, tag, found=found, fault=fault, query=query,
        filled=given,
    )  # fmt: skip


def _given(request: Request) -> dict[str, list[str]]:
    """What a form of filters asks: a field that was left empty is not given."""
    given: dict[str, list[str]] = {}
    for name, value in Fields.of_query(request).pairs:
        if name not in PAGING and value.strip() and value.strip() not in given.get(name, ()):
            given.setdefault(name, []).append(value.strip())
    return given


def _part(request: Request, limit: int) -> Part:
    part = page_of(request)
    return part if "limit" in request.query_params else Part(limit, part.after)


def _data(given: Chosen, form: Media, before: Attacks | None = None) -> str:
    """The address of these attacks in a form; of those that come after what was found `before`."""
    pairs = [(name, value) for name, values in given.items() for value in values]
    pairs += [*before.sized, ("next", before.next or "")] if before else []
    return f"/attacks.{form.name}" + (f"?{urlencode(pairs)}" if pairs else "")


def _versioned(site: Site, response: Response) -> Response:
    response.headers[VERSION] = site.service.store.version
    return response
