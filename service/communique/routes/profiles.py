"""/profiles/: the data in the terms of other standards, all of it or what belongs to one attack."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from threading import Lock
from typing import IO, Any, cast

from fastapi import APIRouter, Request, Response
from pyoxigraph import NamedNode
from starlette.responses import StreamingResponse

from communique import media, profiles
from communique.answer import require_known, to_json
from communique.errors import BadRequest, Unavailable
from communique.http import alternates, is_current, link, reply
from communique.param import ATTACK, typed
from communique.process.frames import CHUNK
from communique.profiles import Profile
from communique.profiles.render import Asked
from communique.service import Service

PATH = "/profiles/"
PARAMETERS = ("attack", "format")
# Files of all data that are kept at one time.
KEPT = 8


class Shelf:
    """Profiles of all data, of the newest version; each is made when it is first asked for, one at a time."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.folder = tempfile.TemporaryDirectory(prefix="communique-profiles-")
        self.lock = Lock()

    def opened(self, asked: Asked) -> IO[bytes]:
        """The file, which may be taken from the shelf while it is read. Raises Unavailable while another is made."""
        if not self.lock.acquire(timeout=self.service.settings.queue_seconds):
            raise Unavailable("another profile of all data is being made")
        try:
            path = self._path(asked, self.service.store.version)
            if not path.exists():
                self._clear()
                path = self._made(asked)
            return path.open("rb")
        finally:
            self.lock.release()

    def _path(self, asked: Asked, version: str) -> Path:
        return Path(self.folder.name) / f"{version}.{asked.profile.name}.{asked.form.name}"

    def _made(self, asked: Asked) -> Path:
        """Make it; a write may have come in between, so it is named for the version that it is of."""
        service, draft = self.service, Path(self.folder.name) / "draft"
        told, seconds = asked.told(service.content), service.settings.export_seconds
        with service.store.profile(told, seconds) as made, draft.open("wb") as out:
            for chunk in made.chunks():
                out.write(chunk)
        return draft.replace(self._path(asked, made.header["version"]))

    def _clear(self) -> None:
        """Take away what is of an older version, and the oldest of too many."""
        held = sorted(Path(self.folder.name).iterdir(), key=lambda path: path.stat().st_mtime)
        fresh = [path for path in held if path.name.startswith(f"{self.service.store.version}.")]
        for path in (*(p for p in held if p not in fresh), *fresh[: -KEPT + 1]):
            path.unlink()


def router(service: Service) -> APIRouter:
    """/profiles/ and /profiles/NAME of the service."""
    routes = APIRouter(tags=["profiles"])
    known, shelf = profiles.load(service.content), Shelf(service)
    extra = {
        "parameters": [
            _parameter("attack", "An attack by its name; else all data"),
            _parameter("format", "A format's name"),
        ]
    }

    @routes.get(PATH, summary="The profiles: what each tells, and what it loses")
    def index(request: Request) -> Response:
        rows = [_described(profile) for profile in known.values()]
        body = to_json({"rows": rows, "note": None, "next": None, "version": service.store.version})
        return reply(request, media.choose(request.headers.get("accept"), (media.JSON,)), body, service.tag())

    @routes.get(PATH + "{name}", summary="The data in the terms of another standard", openapi_extra=extra)
    def told(request: Request, name: str) -> Response:
        given = _given(request)
        profile = profiles.find(known, name)
        form = media.choose(request.headers.get("accept"), (*profile.formats, media.QUERY), given.get("format"))
        links = [
            *alternates(request, form, profile.formats),
            link(PATH, "describedby"),
            link(profile.standard, "profile"),
        ]
        if form is media.QUERY:
            return reply(request, form, profile.query.text.encode(), service.tag(name, "rq"), links)
        if "attack" in given:
            attack = cast("NamedNode", typed(ATTACK, given["attack"]))
            return _one(service, request, Asked(profile, form, attack), links)
        return _all(service, shelf, request, Asked(profile, form), links)

    return routes


def _one(service: Service, request: Request, asked: Asked, links: list[str]) -> Response:
    """What belongs to one attack: complete before its first byte goes out."""
    assert asked.attack
    require_known(service.store, [ATTACK], {"attack": asked.attack})
    name = hashlib.sha256(asked.attack.value.encode()).hexdigest()[:16]
    tag = service.tag(asked.profile.name, asked.form.name, name)
    if is_current(request, tag):
        return reply(request, asked.form, b"", tag, links)
    with service.store.profile(asked.told(service.content), service.settings.query_seconds) as made:
        body = b"".join(made.chunks())
    return reply(request, asked.form, body, tag, links)


def _all(service: Service, shelf: Shelf, request: Request, asked: Asked, links: list[str]) -> Response:
    """All data: complete in a file before its first byte goes out."""
    answer = reply(request, asked.form, b"", service.tag(asked.profile.name, asked.form.name), links)
    if answer.status_code == 304:
        return answer
    headers = {name: text for name, text in answer.headers.items() if name != "content-length"}
    return StreamingResponse(_read(shelf.opened(asked)), headers=headers)


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        yield from iter(partial(file.read, CHUNK), b"")


def _given(request: Request) -> Mapping[str, str]:
    """The request's parameters, each once. Raises BadRequest naming one that is not known, or given twice."""
    given: dict[str, str] = {}
    for name, text in request.query_params.multi_items():
        if name in given or name not in PARAMETERS:
            wrong = "is given twice" if name in given else f"is unknown; there are {', '.join(PARAMETERS)}"
            raise BadRequest(f"parameter {name!r} {wrong}", parameter=name)
        given[name] = text
    return given


def _described(profile: Profile) -> dict[str, Any]:
    href = PATH + profile.name
    return {
        "name": profile.name, "title": profile.query.title, "standard": profile.standard, "href": href,
        "formats": [{"name": f.name, "mediaType": f.type, "href": f"{href}?format={f.name}"} for f in profile.formats],
        "maps": list(profile.maps), "lost": list(profile.lost), "sparql": profile.query.text,
    }  # fmt: skip


def _parameter(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": {"type": "string"}}
