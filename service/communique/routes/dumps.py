"""The data as files: every graph, in every RDF format, as the store is now."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from threading import Lock

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from communique import dump, media
from communique.answer import to_json
from communique.errors import NotFound
from communique.http import is_current, reply
from communique.service import Service

NAMES = {
    f"communique.{form.name}{packed}": (form, bool(packed)) for form in dump.FORMATS.values() for packed in ("", ".gz")
}


class Shelf:
    """Dumps of the newest version, each made when it is first asked for."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.folder = tempfile.TemporaryDirectory(prefix="communique-dumps-")
        self.lock = Lock()

    def file(self, name: str) -> tuple[Path, str]:
        """The file and the version it holds. NotFound for a name that is no dump's."""
        if name not in NAMES:
            raise NotFound(f"there is no dump {name!r}; there are {', '.join(NAMES)}")
        form, packed = NAMES[name]
        with self.lock:
            pinned = self.service.store.pinned()
            version = pinned.version
            path = Path(self.folder.name) / version / name
            if not path.exists():
                self._clear(version)
                path.parent.mkdir(exist_ok=True)
                dump.dump(pinned, form, path, compress=packed)
            return path, version

    def _clear(self, version: str) -> None:
        """Take away the versions before the last, which nobody may still be sending."""
        held = sorted(Path(self.folder.name).iterdir(), key=lambda path: path.stat().st_mtime)
        for old in [path for path in held if path.name != version][:-1]:
            shutil.rmtree(old, ignore_errors=True)


def router(service: Service, shelf: Shelf) -> APIRouter:
    """/dumps/ of the service."""
    routes = APIRouter(tags=["dumps"])

    @routes.get("/dumps/", summary="The dumps that there are")
    def index(request: Request) -> Response:
        rows = [
            {"name": name, "href": f"/dumps/{name}", "mediaType": form.type, "compressed": packed}
            for name, (form, packed) in NAMES.items()
        ]
        body = to_json({"rows": rows, "note": None, "next": None, "version": service.store.version})
        return reply(request, media.choose(request.headers.get("accept"), (media.JSON,)), body, service.tag())

    @routes.get("/dumps/{name}", summary="A dump of all data")
    def file(request: Request, name: str) -> Response:
        path, version = shelf.file(name)
        tag = f'"{version}-{name}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if is_current(request, tag):
            return Response(status_code=304, headers=headers)
        form, packed = NAMES[name]
        kind = "application/gzip" if packed else form.content_type
        return FileResponse(path, media_type=kind, headers=headers)

    return routes
