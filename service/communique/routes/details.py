"""Pages of one thing each, and how each is cited."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from communique import media
from communique.answer import AS_OF
from communique.errors import BadRequest, NotFound
from communique.http import reply
from communique.pages import answers, cite
from communique.pages.attack import QUERIES, attack
from communique.pages.card import Node
from communique.pages.cite import Citation
from communique.pages.days import Days, days
from communique.pages.site import Page, Site
from communique.pages.site import forms as forms_of

TYPES = {form.name: form.type for form in (media.JSON, media.CSV, media.TURTLE, media.JSONLD)}
LEDGER = ("json", "ttl", "jsonld")


def router(site: Site) -> APIRouter:
    """/attacks/NAME, and its citation in each form."""
    routes = APIRouter(include_in_schema=False)
    service = site.service

    def cited_attack(name: str) -> Citation:
        asked = answers.of_all(service, {"event": {"event": name}, "event-days": {"event": name}})
        return _event(site, asked["event"].rows[0]["event"], days(asked["event-days"].rows, None))

    _cited(routes, site, "/attacks/{name}", cited_attack)

    @routes.get("/attacks/{name}")
    def one_attack(request: Request, name: str) -> Response:
        tag, as_of = service.tag("html"), _as_of(request)
        try:
            model = attack(service, name, as_of)
        except NotFound:
            return _elsewhere(site, name)
        page = Page("attacks", forms=forms_of(request, LEDGER, TYPES), queries=QUERIES)
        return site.page(
            request, "attack.html", page, tag=tag, attack=model, citation=_event(site, model.node, model.days)
        )

    return routes


def _elsewhere(site: Site, name: str) -> Response:
    """An event that is no attack; NotFound where there is none."""
    answers.of_all(site.service, {"event": {"event": name}})
    return RedirectResponse(f"/events/{quote(name)}", 308)


def _cited(routes: APIRouter, site: Site, path: str, cited: Callable[[str], Citation]) -> None:
    """The citation of a thing, in each form; `cited` makes it from the thing's name."""
    for form in cite.FORMS.values():

        def endpoint(request: Request, name: str, form: cite.Form = form) -> Response:
            tag = site.service.tag(form.name)
            return reply(request, form, form.write(cited(name)).encode(), tag)

        routes.add_api_route(f"{path}.{form.name}", endpoint)


def _event(site: Site, node: Node, told: Days) -> Citation:
    last = told.days[-1] if told.days else None
    return cite.cite(node["id"], node.get("label", ""), site.service.store.version, date=last, told="statements up to")


def _as_of(request: Request) -> str | None:
    """The day that a page is of; an empty field of a form asks for none."""
    given = request.query_params.getlist(AS_OF)
    if len(given) > 1:
        raise BadRequest(f"parameter {AS_OF!r} is given twice", parameter=AS_OF)
    return given[0].strip() or None if given else None
