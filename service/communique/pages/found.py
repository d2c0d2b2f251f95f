"""What a search found, by what it is, with the words that were looked for marked in the text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from communique.pages.card import Node, Row


@dataclass(frozen=True)
class Hit:
    """A text that has the words: what it belongs to, what kind of text it is, and its parts around each match."""

    node: Node
    field: str
    parts: list[tuple[str, bool]]  # text, and whether it is what was looked for
    row: Row


def hits(rows: Iterable[Row], words: str) -> dict[str, list[Hit]]:
    """The rows of `search`, by the kind of what they name."""
    found: dict[str, list[Hit]] = {}
    for row in rows:
        node = row["statement"] or row["node"]
        hit = Hit(dict(node), row["field"], marked(row["text"], words), row)
        found.setdefault(str(row["kind"].get("label", "")), []).append(hit)
    return found


def marked(text: str, words: str) -> list[tuple[str, bool]]:
    """A text in parts, those that are the words (in any case) marked. Where lowering changes lengths, nothing is."""
    low, sought = text.lower(), words.lower()
    if len(low) != len(text) or not sought:
        return [(text, False)]
    parts: list[tuple[str, bool]] = []
    at = 0
    while (start := low.find(sought, at)) >= 0:
        parts += [(text[at:start], False), (text[start : start + len(sought)], True)]
        at = start + len(sought)
    return [part for part in (*parts, (text[at:], False)) if part[0]]
