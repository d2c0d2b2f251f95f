"""The ontology as a published standard: each version in every form, and what stands beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from communique import media
from communique.http import alternates, asked, etag, link, reply
from communique.linked import written
from communique.media import Media, Rdf
from communique.published import BESIDE, Document, Published
from communique.reference import Reference
from communique.vocab import DCTERMS

PAGE = (media.HTML, *media.GRAPHS)
FOREVER = "public, max-age=31536000, immutable"
SCHEMA = Media("schema.json", "application/schema+json")


def router(published: Published, reference: Reference) -> APIRouter:
    """/ns, /ns/VERSION, what is published beside them, and all code lists at /code/."""
    routes = APIRouter(tags=["ontology"])

    @routes.get("/ns", summary="The ontology")
    def newest(request: Request) -> Response:
        return _ontology(published, reference, request, published.core)

    for name in BESIDE:
        _add(routes, published, f"/ns/{name}", published.beside[name])
    _file(routes, "/ns/context.jsonld", published.content.context, media.JSONLD)
    _file(routes, "/ns/report.schema.json", published.content.report_schema, SCHEMA)

    @routes.get("/ns/{version}", summary="A version of the ontology, which never changes")
    def version(request: Request, version: str) -> Response:
        return _ontology(published, reference, request, published.of_version(version))

    @routes.get("/ns/{version}/{name}", summary="What stood beside a version of the ontology")
    def beside(request: Request, version: str, name: str) -> Response:
        document = published.beside_version(version, name)
        return _written(request, published, document, _chosen(request, media.GRAPHS), media.GRAPHS)

    @routes.get("/code/", summary="All code lists")
    def lists(request: Request) -> Response:
        form = _chosen(request, PAGE)
        if form is media.HTML:
            return RedirectResponse("/ns#code-lists", status_code=303, headers={"Vary": "Accept"})
        return _written(request, published, published.beside["schemes"], form, PAGE)

    return routes


def _ontology(published: Published, reference: Reference, request: Request, document: Document) -> Response:
    form = _chosen(request, PAGE)
    if isinstance(form, Rdf):
        response = _written(request, published, document, form, PAGE)
    else:
        page, tag = reference.page(document)
        response = _located(request, form, reply(request, form, page.body, tag, alternates(request, form, PAGE)))
        request.state.reusable = page.whole
    for header in _versions(published, document):
        response.headers["Link"] += f", {header}"
    return response


def _versions(published: Published, document: Document) -> list[str]:
    """Links to its licence, and to the versions around this one (RFC 5829)."""
    links = [link(licence.value, "license") for licence in document.said(DCTERMS.license)]
    links.append(link("/ns", "latest-version"))
    older = published.versions[published.versions.index(document.version) + 1 :]
    return [*links, *(link(f"/ns/{version}", "predecessor-version") for version in older[:1])]


def _add(routes: APIRouter, published: Published, path: str, document: Document) -> None:
    def endpoint(request: Request) -> Response:
        return _written(request, published, document, _chosen(request, media.GRAPHS), media.GRAPHS)

    routes.add_api_route(path, endpoint, name=path, summary=f"{path.rpartition('/')[2]}.ttl")


def _file(routes: APIRouter, path: str, file: Path, form: Media) -> None:
    """A file that has one form."""
    body = file.read_bytes()
    tag = etag(hashlib.sha256(body).hexdigest()[:16], form.name)

    def endpoint(request: Request) -> Response:
        _chosen(request, (form,))
        return reply(request, form, body, tag)

    routes.add_api_route(path, endpoint, name=path, summary=file.name)


def _written(
    request: Request, published: Published, document: Document, form: Media, offers: tuple[Media, ...]
) -> Response:
    """The file's own triples, whatever is in the store."""
    body = document.source
    if isinstance(form, Rdf) and form is not media.TURTLE:
        body = written(document.triples, form, published.context)
    response = reply(request, form, body, etag(document.digest, form.name), alternates(request, form, offers))
    if document.frozen:
        response.headers["Cache-Control"] = FOREVER
    return _located(request, form, response)


def _located(request: Request, form: Media, response: Response) -> Response:
    """Where this form of it is, for whoever did not ask for it by name (RFC 9110 section 8.7)."""
    response.headers["Content-Location"] = asked(request, format=form.name)
    return response


def _chosen(request: Request, offers: tuple[Media, ...]) -> Media:
    return media.choose(request.headers.get("accept"), offers, request.query_params.get("format"))
