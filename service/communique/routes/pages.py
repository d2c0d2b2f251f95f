"""The first page, the page of a place, and the search."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from communique.answer import Answer
from communique.answer import Page as Part
from communique.errors import BadRequest, CommuniqueError, Gone
from communique.forms import Fields
from communique.pages.collections import by_subject
from communique.pages.found import hits
from communique.pages.place import QUERIES, place
from communique.pages.site import Page, Site, forms
from communique.pages.sources import reports, sources
from communique.routes import api
from communique.suffix import FORMS

TYPES = {form.name: form.type for form in FORMS}
SHOWN = {"attacks": 10, "contradictions": 4, "differences": 4}
SIGNS = {"contradictions": "≠", "differences": "≈"}


def router(site: Site) -> APIRouter:
    """/, /places/NAME, /search."""
    routes = APIRouter(include_in_schema=False)
    service = site.service

    @routes.get("/")
    def home(request: Request) -> Response:
        tag, found = site.service.tag("html"), _overview(site)
        rows = {name: answer.rows for name, answer in found.items()}
        pairs = [(*told, sign) for name, sign in SIGNS.items() for told in by_subject(rows.get(name, []))]
        questions = service.catalog.ledger().values()
        return site.page(
            request, "home.html", Page("home", queries=tuple(found)), tag=tag, attacks=rows.get("attacks", []), pairs=pairs,
            queries=questions, sources=sources(service, reports(row for name in SIGNS for row in rows.get(name, []))),
        )  # fmt: skip

    @routes.get("/places/{name}")
    def one_place(request: Request, name: str) -> Response:
        tag, after = service.tag("html"), Fields.of_query(request).one("next")
        frame = Page("places", forms=forms(request, ("json", "csv", "ttl", "jsonld"), TYPES), queries=QUERIES)
        return site.page(request, "place.html", frame, tag=tag, place=place(service, name, after))

    @routes.get("/search")
    def search(request: Request) -> Response:
        return _searched(site, request)

    return routes


def _overview(site: Site) -> dict[str, Answer]:
    """The first rows of what the first page shows, as far as the content has the questions."""
    catalog = site.service.catalog
    names = [name for name in SHOWN if name in catalog.queries]
    found = site.service.ask_all([(catalog[name], {}, Part(SHOWN[name])) for name in names])
    return dict(zip(names, found, strict=True))


def _searched(site: Site, request: Request) -> Response:
    """The page of a search; without words, its form alone."""
    words = (Fields.of_query(request).one("q") or "").strip()
    tag, model = site.service.tag("html"), _model(words)
    fault: CommuniqueError | None = None
    if words:
        try:
            part = api.page_of(request)
            answer = site.service.ask(site.service.catalog["search"], {"q": words}, part)
            model |= _told(words, part, answer)
        except (BadRequest, Gone) as error:
            fault = error
    frame = Page("search", forms=forms(request, ("json", "csv"), TYPES) if words else (), queries=("search",))
    return site.page(request, "search.html", frame, fault.status if fault else 200, tag, **model, fault=fault)


def _model(words: str) -> dict[str, object]:
    return {"words": words, "found": None, "count": 0, "note": None, "more": "", "first": ""}


def _told(words: str, part: Part, answer: Answer) -> dict[str, object]:
    address = f"/search?{urlencode({'q': words})}"
    return {
        "found": hits(answer.rows, words), "count": len(answer.rows), "note": answer.note,
        "more": f"{address}&{urlencode({'next': answer.next})}" if answer.next else "", "first": address if part.after else "",
    }  # fmt: skip
