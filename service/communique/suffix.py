"""A page's data stands at the page's own address with a suffix: `/attacks.csv?place=anbar` is `/api/attacks?place=anbar&format=csv`.

What is told of one thing has many parts, and a table has one: `/attacks/NAME.csv` is that of the question in `TABLES`.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from starlette.types import ASGIApp, Receive, Scope, Send

from communique import media

FORMS = (media.JSON, media.CSV, media.QUERY, *media.GRAPHS)
COLLECTIONS = (
    "attacks", "events", "actors", "places", "reports", "statements", "contradictions", "differences", "search",
    "queries",
)  # fmt: skip
# The table of a thing: the question, and the parameter that names it.
TABLES = {
    "attacks": ("attack-accounts", "attack"), "events": ("event-statements", "event"), "actors": ("actor-statements", "actor"),
    "places": ("place-attacks", "place"), "reports": ("report-statements", "report"), "statements": ("statement", "statement"),
}  # fmt: skip
# How a thing is cited (CSL-JSON) is no form of its data.
ADDRESS = re.compile(rf"/({'|'.join(COLLECTIONS)})(/[^/]+(?<!\.csl))?\.({'|'.join(form.name for form in FORMS)})")


class Suffixed:
    """ASGI: what asks for a page's data asks the API, in the form that the suffix names."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is asked, at the API's address where it has a suffix of ours."""
        if scope["type"] == "http" and (found := ADDRESS.fullmatch(scope["path"])):
            collection, name, form = found.groups()
            path, asked = f"/api{scope['path'].removesuffix(f'.{form}')}", {"format": form}
            if name and form == media.CSV.name and collection in TABLES:
                query, parameter = TABLES[collection]
                path, asked = f"/api/queries/{query}", {parameter: name[1:], **asked}
            # The same scope: what is noted in it is read further out.
            scope["path"], scope["raw_path"] = path, path.encode()
            given = scope["query_string"]
            scope["query_string"] = given + (b"&" if given else b"") + urlencode(asked).encode()
        await self.app(scope, receive, send)
