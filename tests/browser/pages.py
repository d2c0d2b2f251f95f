"""Every page of a service, found by following its links: one of each shape, so that a new one cannot be forgotten."""

from __future__ import annotations

import html
import re
from collections import deque

import httpx

# Segments that are a name, by the words before them. All else in a path is the same on every server.
NAMED = re.compile(
    r"^(/id/[a-z]+|/code/[A-Za-z]+|/(?:attacks|events|statements|actors|places|reports|queries|ns))/[^/]+$"
)
LINK = re.compile(r'<a\b[^>]*?\bhref="(/[^"#?]*)')


def shape(path: str) -> str:
    """What all pages of a kind have in common: `/attacks/{}`."""
    named = NAMED.match(path)
    return f"{named[1]}/{{}}" if named else path


def pages(client: httpx.Client, start: str = "/") -> dict[str, str]:
    """Pages in HTML by their shape."""
    found: dict[str, str] = {}
    seen, waiting = {shape(start)}, deque([start])
    while waiting:
        path = waiting.popleft()
        answer = client.get(path, headers={"accept": "text/html"}, follow_redirects=True)
        at = answer.url.path
        if answer.status_code != 200 or not answer.headers["content-type"].startswith("text/html"):
            continue
        found.setdefault(shape(at), at)
        seen.add(shape(at))
        for href in map(html.unescape, LINK.findall(answer.text)):
            if shape(href) not in seen:
                seen.add(shape(href))
                waiting.append(href)
    return found
