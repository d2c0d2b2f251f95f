"""A page's data stands at the page's own address with a suffix: `/attacks.csv?place=anbar` is `/api/attacks?place=anbar&format=csv`."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from communique import media

FORMS = (media.JSON, media.CSV, media.QUERY, *media.GRAPHS)
COLLECTIONS = (
    "attacks", "events", "actors", "places", "reports", "statements", "contradictions", "differences", "search",
    "queries",
)  # fmt: skip
# How a thing is cited (CSL-JSON) is no form of its data.
ADDRESS = re.compile(rf"/({'|'.join(COLLECTIONS)})(/[^/]+(?<!\.csl))?\.({'|'.join(form.name for form in FORMS)})")


class Suffixed:
    """ASGI: what asks for a page's data asks the API, in the form that the suffix names."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is asked, at the API's address where it has a suffix of ours."""
        if scope["type"] == "http" and (found := ADDRESS.fullmatch(scope["path"])):
            _, _, form = found.groups()
            query, path = scope["query_string"], f"/api{scope['path'].removesuffix(f'.{form}')}"
            # The same scope: what is noted in it is read further out.
            scope["path"], scope["raw_path"] = path, path.encode()
            scope["query_string"] = query + (b"&" if query else b"") + f"format={form}".encode()
        await self.app(scope, receive, send)
