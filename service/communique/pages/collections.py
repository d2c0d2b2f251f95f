"""Collections as pages: what there is of a kind, with the filters that its question takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from communique.answer import LIMIT
from communique.pages import questions
from communique.pages.accounts import Clash, accounts
from communique.pages.answers import beside
from communique.pages.card import Card, Node
from communique.pages.questions import Asked, Shown
from communique.pages.vocabulary import Vocabulary
from communique.service import Service

ROWS, CARDS, PAIRS = "rows", "cards", "pairs"


@dataclass(frozen=True)
class Collection:
    """A kind of thing: its address, the question that lists it, how it is shown, and what a reader should know."""

    name: str
    title: str
    lead: str
    look: str
    hidden: tuple[str, ...] = ()  # columns that a reader does not need


COLLECTIONS = (
    Collection(
        "statements", "Statements", "What somebody said, each with its words. What differs stands side by side; none is the answer.",
        CARDS,
    ),
    Collection(
        "actors", "Actors", "Whoever speaks, or is spoken of. Some are known only by the wording of a report, and never merged.", ROWS,
    ),
    Collection("places", "Places", "Where something is said to have happened, or somebody to be. A place has coordinates only if a source gives them.", ROWS),
    Collection("reports", "Reports", "The documents that statements are in. Their text is not kept here, only the words quoted.", ROWS, ("earliest", "latest")),
    Collection("contradictions", "Contradictions", "Statements that cannot both hold, and why.", PAIRS),
    Collection("differences", "Differences", "Statements that differ and may both hold, and why.", PAIRS),
)  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """A page of a collection."""

    collection: Collection
    shown: Shown
    cards: list[Card]

    @property
    def asked(self) -> Asked:
        return self.shown.asked

    @property
    def rows(self) -> Sequence[dict[str, Any]]:
        return self.shown.answer.rows if self.shown.answer else []

    @property
    def clashes(self) -> list[tuple[Node, list[Clash]]]:
        return by_subject(self.rows)

    @property
    def more(self) -> str:
        """The address of the next part of the list; empty at its end."""
        found = self.shown.answer and self.shown.answer.next
        return self._address(("next", found)) if found else ""

    @property
    def first(self) -> str:
        return self._address() if self.asked.page.after else ""

    def _address(self, *beside: tuple[str, str]) -> str:
        limit = self.asked.page.limit
        sized = [] if limit == LIMIT else [("limit", str(limit))]
        pairs = [*self.asked.pairs, *sized, *beside]
        return f"/{self.collection.name}" + (f"?{urlencode(pairs)}" if pairs else "")


def by_subject(rows: Iterable[dict[str, Any]]) -> list[tuple[Node, list[Clash]]]:
    """Pairs of statements (rows of `contradictions` or `differences`), by what they are about."""
    about: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        about.setdefault(row["about"]["id"], []).append(row)
    return [(found[0]["about"], accounts([]).clashes(found)) for found in about.values()]


def listed(service: Service, words: Vocabulary, collection: Collection, asked: Asked) -> Listed:
    """What a collection's page shows for the filters that were given."""
    shown = questions.shown(service, words, asked)
    rows = shown.answer.rows if shown.answer and collection.look == CARDS else []
    return Listed(collection, shown, beside(service, rows).cards(rows) if rows else [])
