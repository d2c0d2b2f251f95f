"""Feeds (Atom, RFC 4287). Their dates are the data's own: the version of the data has no clock, its reports have dates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from communique.media import Media
from communique.pages.attacks import Entry
from communique.pages.card import Card
from communique.pages.text import label, name, page, shown, span

MEDIA = Media("atom", "application/atom+xml")
ATOM = "http://www.w3.org/2005/Atom"
# An entry must have a date, though no report tells one.
NEVER = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class Item:
    """An entry: its permanent name, the path of its page, its words, and by when the last of it had been said."""

    id: str
    path: str
    title: str
    lines: list[str]
    said_by: str | None
    authors: tuple[str, ...] = field(default=())


def feed(title: str, items: Iterable[Item], root: str, address: str, data: str) -> bytes:
    """A feed, what was said last first. `root` is this service, `address` the page's path, `data` the feed's own."""
    ET.register_namespace("", ATOM)
    dated = sorted(items, key=lambda item: (item.said_by or NEVER, item.id), reverse=True)
    top = ET.Element(f"{{{ATOM}}}feed")
    _text(top, "id", f"{root}{data}")
    _text(top, "title", title)
    _text(top, "updated", dated[0].said_by or NEVER if dated else NEVER)
    _author(top, "Communiqué")
    _link(top, "self", f"{root}{data}", MEDIA.type)
    _link(top, "alternate", f"{root}{address}", "text/html")
    for item in dated:
        _entry(top, item, root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(top, encoding="unicode")}\n'.encode()


def statement(said: Card) -> Item:
    """A statement, by whoever makes it, with the words that it rests on."""
    told = " ".join(filter(None, (said.stance, label(said.aspect), _answer(said), _about(said), _doubt(said))))
    quoted = [f"“{words.quote}”" for words in said.passages]
    return Item(
        said.id, page(said.id), f"{label(said.speaker)} {told}", [*quoted, f"in {label(said.report)}"], said.said_by,
        (label(said.speaker),),
    )  # fmt: skip


def attack(entry: Entry) -> Item:
    """An attack in a list: when it was and who was responsible, each as told by somebody."""
    node, row = entry.row["attack"], entry.row
    told = [f"{label(c.aspect)} {_answer(c)}, {_by(c)}" for c in entry.when]
    told += [f"{c.stance} {_answer(c)}, {_by(c)}" for c in entry.responsible]
    last = max((c.said_by for c in entry.told if c.said_by), default=None)
    days = [] if row["undated"] else [f"{span(row['earliest'], row['latest'])}, as the accounts allow"]
    return Item(node["id"], page(node, "attack"), label(node), [*days, *told] or ["nothing is recorded of it"], last)


def _answer(said: Card) -> str:
    return said.answer or label(said.given)


def _about(said: Card) -> str:
    return f"about {label(said.target)}" if said.target else ""


def _hedge(said: Card) -> str:
    return f"(hedged: {said.hedge_text or said.hedge})" if said.hedge_text or said.hedge else ""


def _doubt(said: Card) -> str:
    return "(inferred, not said)" if _inferred(said) else _hedge(said)


def _inferred(said: Card) -> bool:
    return said.voice is not None and name(said.voice["id"]) == "inference"


def _by(said: Card) -> str:
    return " ".join(
        filter(None, ("inferred by" if _inferred(said) else "according to", label(said.speaker), _hedge(said)))
    )


def _entry(top: ET.Element, item: Item, root: str) -> None:
    made = ET.SubElement(top, f"{{{ATOM}}}entry")
    _text(made, "id", item.id)
    _text(made, "title", item.title)
    _text(made, "updated", item.said_by or NEVER)
    for author in item.authors:
        _author(made, author)
    _link(made, "alternate", f"{root}{item.path}", "text/html")
    _text(made, "summary", "\n".join(item.lines))


def _author(parent: ET.Element, who: str) -> None:
    _text(ET.SubElement(parent, f"{{{ATOM}}}author"), "name", who)


def _text(parent: ET.Element, tag: str, text: str) -> None:
    # What XML cannot hold is shown as a mark.
    ET.SubElement(parent, f"{{{ATOM}}}{tag}").text = shown(text)


def _link(parent: ET.Element, relation: str, href: str, kind: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}link", {"rel": relation, "href": href, "type": kind})
