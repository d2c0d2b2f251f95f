"""Text and addresses of the data, made fit for a page: inert, visible, and at the address where people read of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from communique.dates import FIRST_ZONE, LAST_ZONE
from communique.vocab import CMQ, CODE, ID

# Kinds of nodes that have a page of their own, and the collection it is in.
PAGES = {
    "attack": "attacks", "event": "events", "actor": "actors", "place": "places", "report": "reports", "statement": "statements",
}  # fmt: skip
# Marks of languages that are written from right to left (and joiners of their letters) belong to the text; these can only
# mislead: they reorder what stands beside them, or hide.
INVISIBLE = re.compile("[\u00ad\u180e\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\x00-\x08\x0b-\x1f\x7f-\x9f]")  # fmt: skip


def shown(text: object) -> str:
    """Text in which what cannot be seen, or changes the order of what is seen, stands as a mark such as ⟦U+202E⟧."""
    return INVISIBLE.sub(lambda found: f"⟦U+{ord(found[0]):04X}⟧", unicodedata.normalize("NFC", str(text)))


def name(iri: str) -> str:
    """The last part of a node's IRI."""
    return iri.rpartition("/")[2]


def page(node: Mapping[str, Any] | str, kind: str = "") -> str:
    """Where a node is read of here; `kind` tells an attack from other events. Others' addresses as they are."""
    iri = node if isinstance(node, str) else str(node["id"])
    if iri.startswith(ID.base):
        found, _, last = iri.removeprefix(ID.base).partition("/")
        if found in PAGES:
            collection = PAGES["attack" if kind == "attack" and found == "event" else found]
            return f"/{collection}/{quote(last)}"
        return f"/id/{found}/{quote(last)}"
    if iri.startswith(CODE.base):
        return f"/code/{quote(iri.removeprefix(CODE.base))}"
    if iri.startswith(CMQ.base):
        return f"/ns#{quote(iri.removeprefix(CMQ.base))}"
    return web(iri)


def permanent(node: Mapping[str, Any] | str) -> str:
    """The permanent address of a node of ours, at this service."""
    iri = node if isinstance(node, str) else str(node["id"])
    return iri.replace(ID.base, "/id/", 1)


def web(address: object) -> str:
    """An address that a browser may be sent to, else nothing: data may name no script and no file."""
    text = str(address or "")
    return text if text.startswith(("https://", "http://")) and not INVISIBLE.search(text) else ""


def label(node: Mapping[str, Any] | None) -> str:
    """The words for a node; its name where it has none."""
    if node is None:
        return ""
    return str(node.get("label") or name(str(node["id"])))


def fragment(address: object, words: str) -> str:
    """The address of words in a document (Text Fragments, WICG); the document's where they are too long to name whole."""
    found = web(address)
    if not found:
        return ""
    told = words.split()
    ends = [words] if len(told) <= 8 else [" ".join(told[:4]), " ".join(told[-4:])]
    return f"{found}#:~:text=" + ",".join(quote(part, safe="").replace("-", "%2D") for part in ends)


def day(instant: object) -> str:
    """The day of an instant, as ISO 8601 has it."""
    return str(instant or "")[:10]


def first_day(instant: object) -> str:
    """The day that begins, in the first zone that it reaches, at the beginning of a span (`dates.bounds`)."""
    return _moved(instant, FIRST_ZONE)


def last_day(instant: object) -> str:
    """The day that ends, in the last zone that it leaves, at the end of a span; so the day that `as_of` must name."""
    return _moved(instant, -LAST_ZONE)


def span(earliest: object, latest: object) -> str:
    """The days that a span holds, as they were written before zones were thought of."""
    low, high = first_day(earliest), last_day(latest)
    if low and high:
        return f"{low} to {high}" if low < high else day(latest) if low > high else low
    return f"{low} or later" if low else f"{high} or earlier" if high else ""


def _moved(instant: object, by: timedelta) -> str:
    text = str(instant or "")
    return (datetime.fromisoformat(text) + by).date().isoformat() if text else ""
