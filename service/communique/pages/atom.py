"""Attacks as a feed (Atom, RFC 4287). Its dates are the data's own: a version has no clock, its date is that of its reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from communique.media import Media
from communique.pages.entries import Entry, Told
from communique.pages.text import label, page, shown

MEDIA = Media("atom", "application/atom+xml")
ATOM = "http://www.w3.org/2005/Atom"
# A feed has a date, though no report has one.
NEVER = "1970-01-01T00:00:00Z"


def feed(entries: Sequence[Entry], root: str, address: str, data: str) -> bytes:
    """A feed of attacks, those that were told of last first. `root` is this service, `address` the page, `data` the feed."""
    ET.register_namespace("", ATOM)
    dated = sorted(entries, key=lambda entry: (entry.told_by or NEVER, entry.node["id"]), reverse=True)
    top = ET.Element(f"{{{ATOM}}}feed")
    _text(top, "id", f"{root}{data}")
    _text(top, "title", "Communiqué: attacks, and what is said of them")
    _text(top, "updated", max((entry.told_by or NEVER for entry in entries), default=NEVER))
    _text(ET.SubElement(top, f"{{{ATOM}}}author"), "name", "Communiqué")
    _link(top, "self", f"{root}{data}", MEDIA.type)
    _link(top, "alternate", f"{root}{address}", "text/html")
    for entry in dated:
        _entry(top, entry, root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(top, encoding="unicode")}\n'.encode()


def _entry(top: ET.Element, entry: Entry, root: str) -> None:
    made = ET.SubElement(top, f"{{{ATOM}}}entry")
    _text(made, "id", entry.node["id"])
    _text(made, "title", label(entry.node))
    _text(made, "updated", entry.told_by or NEVER)
    _link(made, "alternate", f"{root}{page(entry.node, 'attack')}", "text/html")
    _text(made, "summary", "\n".join(lines(entry)))


def lines(entry: Entry) -> list[str]:
    """What is said of an attack in a few lines, each with who says it."""
    told = [*entry.when, *entry.where, *entry.who]
    return [_line(it) for it in told] or ["nothing is recorded of when, where or by whom"]


def _line(told: Told) -> str:
    words = label(told.node) if told.node else told.words
    verb = {"bounded": "dated", "worded": "dated", "place": "at"}.get(told.kind, told.verb)
    denied = "not " if told.denied and told.kind in ("bounded", "worded", "place") else ""
    silent = "nobody" if told.kind == "silence" and told.node is None else words
    inferred = "inferred by" if told.inferred else "according to"
    return f"{denied}{verb}: {silent}, {inferred} {_speakers(told)}"


def _speakers(told: Told) -> str:
    return _list(dict.fromkeys(label(by.speaker) for by in told.by))


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)


def _text(parent: ET.Element, tag: str, text: str) -> None:
    # What XML cannot hold is shown as a mark.
    ET.SubElement(parent, f"{{{ATOM}}}{tag}").text = shown(text)


def _link(parent: ET.Element, relation: str, href: str, kind: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}link", {"rel": relation, "href": href, "type": kind})
