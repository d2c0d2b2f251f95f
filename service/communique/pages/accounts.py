"""Accounts side by side: the cards of what is said about an event, the question that each answers, and which clash."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from communique.pages.card import Card, Node, Row, Words, card, cards
from communique.pages.text import label, name


@dataclass(frozen=True)
class Group:
    """A question, and accounts that answer it."""

    question: Node
    cards: list[Card]


@dataclass(frozen=True)
class Pair:
    """Two statements, and why they are told together."""

    why: str
    left: Card
    right: Card


@dataclass(frozen=True)
class Clash:
    """Statements that do not agree about one question (or two that compare), each once, and the pairs that they make."""

    questions: tuple[str, ...]
    cards: list[Card]
    pairs: list[Pair]

    @property
    def anchor(self) -> str:
        return f"clash-{self.cards[0].name[:12]}"


@dataclass(frozen=True)
class Accounts:
    """Every account of an event, by its statement's IRI, in the order of the questions."""

    cards: dict[str, Card]
    questions: dict[str, Node]

    def worded(self, words: Mapping[str, Sequence[Words]]) -> Accounts:
        """The same with all passages that a statement (its IRI) rests on."""
        made = {iri: replace(c, passages=tuple(words[iri])) if words.get(iri) else c for iri, c in self.cards.items()}
        return Accounts(made, self.questions)

    def of(self, statements: Iterable[str]) -> list[Card]:
        return [self.cards[iri] for iri in statements if iri in self.cards]

    def groups(self, left_out: Collection[str] = ()) -> list[Group]:
        """The accounts by question, without those that stand elsewhere; first the questions with several answers."""
        found: dict[str, Group] = {}
        for iri, made in self.cards.items():
            if iri not in left_out:
                question = self.questions[iri]
                found.setdefault(question["id"], Group(question, [])).cards.append(made)
        return sorted(found.values(), key=lambda group: len(group.cards) < 2)

    def aspects(self, *wanted: str) -> list[Card]:
        """The accounts of these aspects (their codes)."""
        return [c for c in self.cards.values() if c.aspect and name(c.aspect["id"]) in wanted]

    def clashes(self, rows: Iterable[Row]) -> list[Clash]:
        """Pairs of statements (rows of `attack-contradictions` or `-differences`), by question."""
        found: dict[tuple[str, ...], dict[tuple[str, str], Pair]] = {}
        for row in rows:
            pair = Pair(row["why"], self._side(row), self._side(_other(row)))
            asked = dict.fromkeys(self._question(side) for side in (pair.left, pair.right))
            found.setdefault(tuple(asked), {}).setdefault((pair.left.id, pair.right.id), pair)
        return [_clash(questions, list(pairs.values())) for questions, pairs in found.items()]

    def _side(self, row: Row) -> Card:
        return self.cards.get(row["statement"]["id"]) or card(row)

    def _question(self, side: Card) -> str:
        question = self.questions.get(side.id)
        return label(question) if question else label(side.aspect)


def accounts(rows: Sequence[Row], official: Collection[str] = ()) -> Accounts:
    """From rows of `attack-accounts` or `event-accounts`; `official` are the statements that are."""
    made = {c.id: replace(c, official=c.id in official) for c in cards(rows)}
    return Accounts(made, {row["statement"]["id"]: row["question"] for row in rows})


def _clash(questions: tuple[str, ...], pairs: list[Pair]) -> Clash:
    sides = {side.id: side for pair in pairs for side in (pair.left, pair.right)}
    return Clash(questions, list(sides.values()), pairs)


def _other(row: Row) -> Row:
    """The row of the other statement of a pair: `otherQuote` is its `quote`."""
    return {
        "onBehalfOf": None,
        **{key[5].lower() + key[6:]: value for key, value in row.items() if key.startswith("other")},
    }
