"""An attack as a page: who claimed it, who was blamed, who denied it, who answered, and where the accounts differ."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from communique.answer import Answer
from communique.pages import answers
from communique.pages import map as places
from communique.pages.accounts import Accounts, Clash, Group, accounts
from communique.pages.answers import Beside
from communique.pages.card import Card, Node, Row
from communique.pages.days import Days, days
from communique.pages.diagram import Said, said
from communique.pages.map import Spot
from communique.pages.sources import Source
from communique.pages.timeline import Bar, bars
from communique.service import Service
from communique.vocab import node

# The parts of the ledger, each a named query about the attack.
PARTS = (
    "claims", "attributions", "denials", "absences", "responses", "reactions", "official-statements", "accounts",
    "contradictions", "differences", "timeline",
)  # fmt: skip
QUERIES = (*(f"attack-{part}" for part in PARTS), "event-mentions", "event-days")
# Aspects that tell when and where; they stand at the head of the page, and in its map.
WHEN = ("date", "start")
WHERE = ("place",)
PLACES = ("place", "struck", "target", "launched-from")


@dataclass(frozen=True)
class Attack:
    """Everything that is recorded of what is said of an attack; every statement has one card, in the part it belongs to."""

    node: Node
    names: Sequence[Row]
    filed: Sequence[Row]  # rows of `event`: the kind that it is filed as, and what it may be the same as
    days: Days
    when: list[Card]
    where: list[Card]
    claimed: list[Card]
    blamed: list[Card]
    told: list[Card]  # who is told to be responsible, neither claimed nor blamed
    denied: list[Card]
    absences: list[Card]
    responses: list[Card]
    reactions: list[Card]
    mentions: list[Card]
    others: list[Group]
    contradictions: list[Clash]
    differences: list[Clash]
    diagram: list[Said]
    spots: list[Spot]
    bars: list[Bar]
    sources: dict[str, Source]
    empty: Mapping[str, str]  # what it means that a part is empty
    official: int  # how many of the statements are official

    @property
    def kind(self) -> Node | None:
        """What kind of event it is filed as."""
        return next((row["eventType"] for row in self.filed if row["eventType"]), None)

    @property
    def candidates(self) -> dict[str, Row]:
        return {row["candidate"]["id"]: row for row in self.filed if row["candidate"]}


def attack(service: Service, name: str, as_of: str | None) -> Attack:
    """The attack of this name, as far as said by a day; NotFound where no attack has it."""
    iri, given = node("event", name).value, {"as_of": as_of} if as_of else {}
    found = answers.of_all(service, {
        **{f"attack-{part}": {"attack": name, **given} for part in PARTS},
        "event": {"event": name}, "event-days": {"event": name}, "event-mentions": {"event": name, **given},
        "node-labels": {"node": [iri]},
    })  # fmt: skip
    official = set(_statements(found, "official-statements"))
    every = accounts(found["attack-accounts"].rows, official)
    named = places.named(every.aspects(*PLACES))
    beside = answers.beside(service, answers.evidence(found.values()), named)
    return _built(found, every.worded(beside.words), beside, official, as_of)


def _built(
    found: Mapping[str, Answer], every: Accounts, beside: Beside, official: Collection[str], as_of: str | None
) -> Attack:
    def made(part: str) -> list[Card]:
        return [replace(c, official=c.id in official) for c in beside.cards(found[part].rows)]

    parts, absences, responses = _parts(every, found), made("attack-absences"), made("attack-responses")
    told = _told(every, parts)
    placed = {c.id for part in (*parts.values(), told, absences, responses) for c in part}
    return Attack(
        node=found["event"].rows[0]["event"],
        names=found["node-labels"].rows,
        filed=found["event"].rows,
        days=days(found["event-days"].rows, as_of),
        when=every.aspects(*WHEN),
        where=every.aspects(*WHERE),
        **parts,
        told=told,
        absences=absences,
        responses=responses,
        mentions=made("event-mentions"),
        others=every.groups(placed),
        contradictions=every.clashes(found["attack-contradictions"].rows),
        differences=every.clashes(found["attack-differences"].rows),
        diagram=said((*parts["claimed"], *parts["blamed"], *told, *parts["denied"], *absences, *responses)),
        spots=places.spots(places.named(every.aspects(*PLACES)), beside.points),
        bars=bars(found["attack-timeline"].rows),
        sources=beside.sources,
        empty={name.removeprefix("attack-"): answer.query.empty or "" for name, answer in found.items()},
        official=len(official),
    )


def _parts(every: Accounts, found: Mapping[str, Answer]) -> dict[str, list[Card]]:
    named = {"claimed": "claims", "blamed": "attributions", "denied": "denials", "reactions": "reactions"}
    return {part: every.of(_statements(found, query)) for part, query in named.items()}


def _told(every: Accounts, parts: Mapping[str, list[Card]]) -> list[Card]:
    """Responsibility that is neither claimed, blamed nor denied, but told: "US military bombed"."""
    elsewhere = {c.id for part in parts.values() for c in part}
    return [c for c in every.aspects("responsibility") if c.id not in elsewhere and c.given]


def _statements(found: Mapping[str, Answer], part: str) -> Iterable[str]:
    return answers.statements(found[f"attack-{part}"].rows)
