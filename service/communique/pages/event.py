"""An event that is no attack (a demand, a response, a mission) as a page: what is said about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from communique.pages import answers
from communique.pages.accounts import Group
from communique.pages.card import Card, Node, Row
from communique.pages.days import Days, days
from communique.pages.sources import Source
from communique.service import Service
from communique.vocab import node

# The parts that rest on statements; the third is what the event itself is said to answer.
RESTING = ("event-statements", "event-responses", "event-response-to", "event-mentions")
QUERIES = ("event", *RESTING, "event-days", "statement-told")


@dataclass(frozen=True)
class Event:
    """Everything that is recorded of what is said about an event."""

    node: Node
    names: Sequence[Row]
    attack: bool
    kind: Node | None  # what it is filed as
    candidates: Mapping[str, Row]
    days: Days
    groups: list[Group]
    responds: list[Card]
    responses: list[Card]
    mentions: list[Card]
    sources: dict[str, Source]


def event(service: Service, name: str, as_of: str | None) -> Event:
    """The event of this name, as far as said by a day; NotFound where no event has it."""
    given = {"event": name, **({"as_of": as_of} if as_of else {})}
    found = answers.of_all(service, {
        "event": {"event": name}, "event-days": {"event": name}, "node-labels": {"node": [node("event", name).value]},
        **dict.fromkeys(RESTING, given),
    })  # fmt: skip
    beside = answers.beside(service, answers.evidence(found[part] for part in RESTING))
    filed = found["event"].rows
    responds = beside.cards(found["event-response-to"].rows)
    return Event(
        node=filed[0]["event"],
        names=found["node-labels"].rows,
        attack=filed[0]["attack"],
        kind=filed[0]["eventType"],
        candidates={row["candidate"]["id"]: row for row in filed if row["candidate"]},
        days=days(found["event-days"].rows, as_of),
        groups=_groups(beside.cards(found["event-statements"].rows), {card.id for card in responds}),
        responds=responds,
        responses=beside.cards(found["event-responses"].rows),
        mentions=beside.cards(found["event-mentions"].rows),
        sources=beside.sources,
    )


def _groups(cards: list[Card], elsewhere: set[str]) -> list[Group]:
    """The cards by the question that they answer, without those that stand elsewhere."""
    found: dict[str, Group] = {}
    for card in cards:
        if card.question and card.id not in elsewhere:
            found.setdefault(card.question["id"], Group(card.question, [])).cards.append(card)
    return list(found.values())
