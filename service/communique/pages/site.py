"""What every page has: the templates with their filters, the navigation, the addresses of what is built."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from communique import media
from communique.http import VERSION, link, reply
from communique.pages import card, cite, text
from communique.service import Service

NAVIGATION = (
    ("attacks", "/attacks", "Attacks"), ("statements", "/statements", "Statements"), ("actors", "/actors", "Actors"), ("places", "/places", "Places"), ("reports", "/reports", "Reports"),
    ("contradictions", "/contradictions", "Contradictions"), ("queries", "/queries", "Questions"),
    ("workbench", "/workbench", "SPARQL"), ("ns", "/ns", "Ontology"), ("dumps", "/dumps/", "Dumps"), ("api", "/api", "API"),
    ("about", "/about", "About"),
)  # fmt: skip


@dataclass(frozen=True)
class Form:
    """The same data in another form: its name, its address, its media type."""

    name: str
    href: str
    type: str


@dataclass(frozen=True)
class Page:
    """What the frame of a page shows, beside what is on it."""

    current: str  # the navigation's entry
    forms: tuple[Form, ...] = ()
    queries: tuple[str, ...] = ()  # the named queries that it rests on
    parts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """Pages over a service."""

    service: Service
    templates: Environment

    def page(
        self, request: Request, template: str, shown: Page, status: int = 200, tag: str = "", **model: Any
    ) -> Response:
        """A page, with its validator and links to its other forms.

        `tag` is its validator, taken before the data was asked: it never names a newer version than what is shown.
        """
        body = self.templates.get_template(template).render(page=shown, request=request, **model).encode()
        if status != 200:
            return Response(body, status, {"Cache-Control": "no-store"}, media.HTML.content_type)
        links = [link(form.href, "alternate", form.type) for form in shown.forms]
        response = reply(request, media.HTML, body, tag or self.service.tag("html"), links)
        response.headers[VERSION] = self.service.store.version
        return response


def environment(asset: Callable[[str], str | None], version: Callable[[], str]) -> Environment:
    """The templates. `asset` gives the address of a built or written file, or None when it is not built."""
    found = Environment(
        loader=PackageLoader("communique"), autoescape=select_autoescape(), undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    found.globals.update(asset=asset, version=version, navigation=NAVIGATION, card_of=card.card, span=text.span)
    for told in (
        text.shown, text.page, text.permanent, text.web, text.label, text.day, text.first_day, text.last_day, text.name,
        text.fragment,
    ):  # fmt: skip
        found.filters[told.__name__] = told
    found.filters["cited"] = cite.text
    return found


def forms(request: Request, names: Iterable[str], kinds: dict[str, str]) -> tuple[Form, ...]:
    """The forms of a page by their suffix: `/attacks.csv?place=anbar` beside `/attacks?place=anbar`."""
    path, query = request.url.path.rstrip("/"), request.url.query
    return tuple(Form(n, f"{path}.{n}" + (f"?{query}" if query else ""), kinds[n]) for n in names)
