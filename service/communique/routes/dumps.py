"""The data as files: the newest version, those that are kept, and what has changed between them."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request, Response
from jinja2 import Environment
from starlette.concurrency import run_in_threadpool

from communique import media, ranges
from communique.answer import to_json
from communique.edition import NAMES, WORDS, Edition
from communique.http import VERSION, etag, link, reply
from communique.manifest import FORMS
from communique.service import Service
from communique.shelf import Held, Shelf
from communique.void import LICENCE

MANIFESTS = {f"manifest.{form.name}": form for form in FORMS}
FOREVER = "public, max-age=31536000, immutable"
PLAIN = "text/plain; charset=utf-8"


def router(service: Service, shelf: Shelf, pages: Environment) -> APIRouter:
    """/dumps/ of the service."""
    routes = APIRouter(tags=["dumps"])

    @routes.get("/dumps/", summary="The dumps that there are")
    def index(request: Request) -> Response:
        form = media.choose(request.headers.get("accept"), (media.JSON, media.HTML), request.query_params.get("format"))
        version, kept = service.store.version, shelf.editions()
        rows = [_row(name) for name in NAMES]
        found = {"rows": rows, "kept": [_kept(edition) for edition in reversed(kept)], "deltas": _deltas(kept)}
        if form is media.HTML:
            body = pages.get_template("dumps.html").render(version=version, licence=LICENCE.value, **found).encode()
        else:
            body = to_json({**found, "note": None, "next": None, "version": version})
        return _passing(
            request, reply(request, form, body, service.tag(form.name, *(e.version for e in kept)), [_described("")])
        )

    @routes.get("/dumps/delta/{name}", summary="What was added or removed between two versions that are kept")
    async def delta(request: Request, name: str) -> Response:
        held = await shelf.delta(name)
        headers = {"Cache-Control": FOREVER, "Link": _links(f"{held.version}/")}
        return ranges.send(request, held, _type(held.name), headers)

    @routes.get("/dumps/{name}", summary="A dump of all data, its checksum, or the manifest of all")
    async def file(request: Request, name: str) -> Response:
        if name in MANIFESTS:
            return await _manifest(request, service, shelf, name)
        held = await shelf.newest(name)
        return _sent(request, held, "no-cache")

    @routes.get("/dumps/{version}/{name}", summary="The same of a version that is kept")
    async def kept(request: Request, version: str, name: str) -> Response:
        if name in MANIFESTS:
            return await _manifest(request, service, shelf, name, version)
        held = await shelf.kept(version, name)
        return _sent(request, held, FOREVER)

    return routes


def _sent(request: Request, held: Held, caching: str) -> Response:
    headers = {"Cache-Control": caching, VERSION: held.version, "Link": _links(f"{held.version}/")}
    return ranges.send(request, held, _type(held.name), headers)


async def _manifest(request: Request, service: Service, shelf: Shelf, name: str, version: str = "") -> Response:
    edition = await shelf.described(version)
    form = MANIFESTS[name]
    body = await run_in_threadpool(lambda: edition.manifest(shelf.editions()).serialised(form))
    tag = etag(service.build, hashlib.sha256(body).hexdigest()[:16])
    return _passing(request, reply(request, form, body, tag, [link(LICENCE.value, "license")]))


def _passing(request: Request, response: Response) -> Response:
    """An answer that tells which dumps were made, which may change while the data does not."""
    request.state.reusable = False
    return response


def _type(name: str) -> str:
    """The media type of a file; a packed one's is its packing's, since whoever saves it gets it packed."""
    if name.endswith(".sha256"):
        return PLAIN
    form, packing = NAMES.get(name, NAMES["communique.nq.zst"])
    return packing.type or form.content_type


def _links(folder: str) -> str:
    return ", ".join((_described(folder), link(LICENCE.value, "license")))


def _described(folder: str) -> str:
    return link(f"/dumps/{folder}manifest.ttl", "describedby", media.TURTLE.type)


def _row(name: str) -> dict[str, object]:
    form, packing = NAMES[name]
    return {
        "name": name,
        "href": f"/dumps/{name}",
        "mediaType": _type(name),
        "format": form.type,
        "packing": packing.name,
    }


def _kept(edition: Edition) -> dict[str, object]:
    """A version, and those of its files that are made."""
    folder = f"/dumps/{edition.version}"
    files = [
        {**_row(f.name), "href": f"{folder}/{f.name}", "bytes": f.size, "sha256": f.sha256}
        for f in edition.files()
        if f.sha256
    ]
    return {"version": edition.version, "manifest": f"{folder}/manifest.ttl", "files": files}


def _deltas(kept: list[Edition]) -> list[dict[str, str]]:
    """From each version that is kept to each after it."""
    found = []
    for at, old in enumerate(kept):
        for new in kept[at + 1 :]:
            stem = f"/dumps/delta/{old.version}..{new.version}"
            hrefs = {word: f"{stem}.{word}.nq.zst" for word in WORDS}
            found.append({"from": old.version, "to": new.version, **hrefs})
    return found
