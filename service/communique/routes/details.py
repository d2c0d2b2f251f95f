"""Pages of one thing each, and how each is cited."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from communique import asking, media
from communique.answer import AS_OF
from communique.errors import BadRequest, Gone, NotFound
from communique.http import reply
from communique.pages import answers, cite, feed
from communique.pages.actor import QUERIES as ACTOR
from communique.pages.actor import actor
from communique.pages.attack import QUERIES as ATTACK
from communique.pages.attack import attack
from communique.pages.card import Card, Node, cards
from communique.pages.cite import Citation
from communique.pages.days import Days, days
from communique.pages.event import QUERIES as EVENT
from communique.pages.event import event
from communique.pages.report import QUERIES as REPORT
from communique.pages.report import report
from communique.pages.site import Page, Site
from communique.pages.site import forms as forms_of
from communique.pages.sources import QUERY as SOURCES
from communique.pages.sources import Source, reports, source
from communique.pages.statement import QUERIES as STATEMENT
from communique.pages.statement import replaced, statement
from communique.pages.text import label
from communique.vocab import node

TYPES = {form.name: form.type for form in (media.JSON, media.CSV, media.TURTLE, media.JSONLD, feed.MEDIA)}
FORMS = ("json", "csv", "ttl", "jsonld")


def router(site: Site) -> APIRouter:
    """/attacks/NAME and the like, each with its citation in each form."""
    routes = APIRouter(include_in_schema=False)
    for kind in (_attacks, _events, _statements, _actors, _reports):
        kind(routes, site)
    return routes


def _attacks(routes: APIRouter, site: Site) -> None:
    service = site.service
    for collection in ("attacks", "events"):
        _cited(routes, site, f"/{collection}/{{name}}", lambda name: _cited_event(site, name))

    @routes.get("/attacks/{name}")
    def one(request: Request, name: str) -> Response:
        tag, as_of = service.tag("html"), _as_of(request)
        try:
            model = attack(service, name, as_of)
        except NotFound:
            return _elsewhere(site, name)
        page = Page("attacks", forms=forms_of(request, (*FORMS, "atom"), TYPES), queries=ATTACK)
        cited = _event(site, model.node, model.days)
        return site.page(request, "attack.html", page, tag=tag, attack=model, citation=cited)


def _events(routes: APIRouter, site: Site) -> None:
    @routes.get("/events/{name}")
    def one(request: Request, name: str) -> Response:
        tag, model = site.service.tag("html"), event(site.service, name, _as_of(request))
        if model.attack:
            return RedirectResponse(f"/attacks/{quote(name)}", 308)
        page = Page("events", forms=forms_of(request, FORMS, TYPES), queries=EVENT)
        cited = _event(site, model.node, model.days)
        return site.page(request, "event.html", page, tag=tag, event=model, citation=cited)


def _statements(routes: APIRouter, site: Site) -> None:
    service = site.service

    def cited(name: str) -> Citation:
        rows = answers.of_all(service, {"statement": {"statement": name}})["statement"].rows
        found = answers.of_each(service, [(SOURCES, "report", reports(rows))])[SOURCES]
        return _statement(site, cards(rows)[0], source(found[0]) if found else None)

    _cited(routes, site, "/statements/{name}", cited)

    @routes.get("/statements/{name}")
    def one(request: Request, name: str) -> Response:
        tag = service.tag("html")
        try:
            model = statement(service, name)
        except NotFound:
            return _replaced(request, site, name)
        page = Page("statements", forms=forms_of(request, FORMS, TYPES), queries=STATEMENT)
        cited = _statement(site, model.card, model.source)
        return site.page(request, "statement.html", page, tag=tag, said=model, citation=cited)


def _actors(routes: APIRouter, site: Site) -> None:
    service = site.service

    def cited(name: str) -> Citation:
        return _node(site, answers.of_all(service, {"actor": {"actor": name}})["actor"].rows[0]["actor"])

    _cited(routes, site, "/actors/{name}", cited)

    @routes.get("/actors/{name}")
    def one(request: Request, name: str) -> Response:
        tag, model = service.tag("html"), actor(service, name)
        page = Page("actors", forms=forms_of(request, FORMS, TYPES), queries=ACTOR)
        return site.page(request, "actor.html", page, tag=tag, actor=model, citation=_node(site, model.node))


def _reports(routes: APIRouter, site: Site) -> None:
    service = site.service
    _cited(routes, site, "/reports/{name}", lambda name: _report(site, report(service, name).source))

    @routes.get("/reports/{name}")
    def one(request: Request, name: str) -> Response:
        tag, model = service.tag("html"), report(service, name, request.query_params.get("next"))
        page = Page("reports", forms=forms_of(request, FORMS, TYPES), queries=REPORT)
        return site.page(request, "report.html", page, tag=tag, report=model, citation=_report(site, model.source))


def _cited_event(site: Site, name: str) -> Citation:
    found = answers.of_all(site.service, {"event": {"event": name}, "event-days": {"event": name}})
    return _event(site, found["event"].rows[0]["event"], days(found["event-days"].rows, None))


def _replaced(request: Request, site: Site, name: str) -> Response:
    """What is left of a statement that is no longer recorded; NotFound where there never was one."""
    iri = node("statement", name)
    try:
        site.service.made(asking.node(iri, asking.PAGE))
    except Gone as gone:
        left = replaced(site.service, gone, iri.value)
        return site.page(request, "gone.html", Page("statements"), status=gone.status, left=left)
    raise NotFound(f"no statement {iri.value} is known", parameter="statement")


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


def _statement(site: Site, said: Card, document: Source | None) -> Citation:
    """A statement is cited by who says it and the words; its date is its report's."""
    title = f"{label(said.speaker)}: “{said.quote}”, in {label(said.report)}"
    issued = document.issued if document else None
    return cite.cite(said.id, title, site.service.store.version, date=issued, told="report issued")


def _node(site: Site, found: Node) -> Citation:
    return cite.cite(found["id"], found.get("label", ""), site.service.store.version)


def _report(site: Site, found: Source) -> Citation:
    """A report as it is recorded here; the document itself is its publisher's."""
    publisher = f", {label(found.publisher)}" if found.publisher else ""
    title = f"{label(found.report)}{publisher}: its statements"
    return cite.cite(found.report["id"], title, site.service.store.version, date=found.issued, told="report issued")


def _as_of(request: Request) -> str | None:
    """The day that a page is of; an empty field of a form asks for none."""
    given = request.query_params.getlist(AS_OF)
    if len(given) > 1:
        raise BadRequest(f"parameter {AS_OF!r} is given twice", parameter=AS_OF)
    return given[0].strip() or None if given else None
