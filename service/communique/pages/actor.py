"""An actor as a page: what it said, claimed, denied and is said to have answered; what others say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from communique.answer import Page
from communique.asking import Question
from communique.pages import answers
from communique.pages.card import Card, Node, Row
from communique.pages.sources import Source
from communique.pages.text import name as name_of
from communique.param import Given
from communique.service import Service
from communique.vocab import CMQ, node

# What rests on statements: the key of a part, its query, its heading.
PARTS = (
    ("claims", "actor-claims", "Claimed"), ("attributions", "actor-attributions", "Blamed for"),
    ("denials", "actor-denials", "Denied"), ("responses", "actor-responses", "Responded"),
    ("said", "actor-statements", "Said"), ("said_of", "actor-said-of", "What is said of it"),
)  # fmt: skip
QUERIES = ("actor", "actor-organs", "node-labels", *(query for _, query, _ in PARTS), "statement-told")
# How much of a list stands on the page; the rest is a question away.
MOST = 30
UNNAMED, UNSTATED = CMQ.UnnamedActor.value, CMQ.UnstatedActor.value
# Classes that others are narrower than.
BROAD = {CMQ.Actor.value, CMQ.Organization.value}


@dataclass(frozen=True)
class Part:
    """What an actor did, or what is said of it, with words."""

    key: str
    query: str
    title: str
    cards: list[Card]
    empty: str
    more: bool  # whether there are more statements than stand here


@dataclass(frozen=True)
class Actor:
    """An actor, its names with where each is from, and what rests on statements."""

    node: Node
    classes: list[Node]
    names: Sequence[Row]
    part_of: list[Node]
    organs: list[Node]
    matches: list[Node]
    reports: list[Node]  # that word it, where it is known by wording only
    parts: list[Part]
    sources: Mapping[str, Source]

    @property
    def unnamed(self) -> bool:
        return any(c["id"] in (UNNAMED, UNSTATED) for c in self.classes)

    @property
    def narrow(self) -> list[Node]:
        """Its classes, without those that say little."""
        return [c for c in self.classes if c["id"] not in BROAD] or self.classes


def actor(service: Service, name: str) -> Actor:
    """The actor of this name; NotFound where none has it."""
    given = {"actor": name}
    names_of: Given = {"node": [node("actor", name).value]}
    plain: list[Question] = [
        (service.catalog[query], asked, None)
        for query, asked in (("actor", given), ("actor-organs", given), ("node-labels", names_of))
    ]
    resting = [service.catalog[query] for _, query, _ in PARTS]
    found = service.ask_all([*plain, *((query, given, Page(MOST) if query.paged else None) for query in resting)])
    (told, organs, names), parts = found[: len(plain)], found[len(plain) :]
    beside = answers.beside(service, answers.evidence(parts))
    return Actor(
        node=told.rows[0]["actor"],
        classes=_nodes(told.rows, "class"),
        names=names.rows,
        part_of=_nodes(told.rows, "organOf"),
        organs=_nodes(organs.rows, "organ"),
        matches=_nodes(told.rows, "match"),
        reports=_nodes(told.rows, "report"),
        parts=[
            Part(key, query, title, beside.cards(answer.rows), answer.query.empty or "", answer.next is not None)
            for (key, query, title), answer in zip(PARTS, parts, strict=True)
        ],
        sources=beside.sources,
    )  # fmt: skip


def _nodes(rows: Sequence[Row], column: str) -> list[Node]:
    """The nodes of a column, each once, by their names."""
    found = {row[column]["id"]: row[column] for row in rows if row[column]}
    return sorted(found.values(), key=lambda n: str(n.get("label") or name_of(n["id"])))
