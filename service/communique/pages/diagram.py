"""Who said what of whom, in three columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from communique.pages.card import Card, Node

# Letters of the words that the middle column has room for.
ROOM = 46


@dataclass(frozen=True)
class Said:
    """A line of the diagram: who spoke, in which words, who is held responsible (or what is told to be done)."""

    id: str
    who: Node
    kind: str
    stance: str
    words: str
    held: Node | None
    hedged: bool


def said(statements: Iterable[Card]) -> list[Said]:
    return [
        Said(c.id, c.speaker, c.kind, c.stance, short(c.quote), c.given or c.target, bool(c.hedge or c.hedge_text))
        for c in statements
    ]


def short(quote: str, room: int = ROOM) -> str:
    """As many of the first words as there is room for."""
    if len(quote) <= room:
        return quote
    return quote[:room].rpartition(" ")[0] + " …"
