"""The page of the attacks: a list, its facets, its map and its timeline, all of one set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from communique.answer import Answer, Page
from communique.asking import Question
from communique.pages.card import Node, Row
from communique.pages.entries import Entry, entries
from communique.pages.facets import SAID, Chosen, Facet, facets
from communique.pages.facets import questions as of_facets
from communique.pages.spans import Bin, bins, total, undated
from communique.pages.text import name
from communique.service import Service

LIST, DATES, PLACES, TOLD, ODDS = "attacks", "attacks-by-date", "attacks-by-place", "attacks-told", "attacks-at-odds"
QUERIES = (
    LIST, "attacks-by-said", "attacks-by-claim", PLACES, "attacks-by-type", "attacks-by-claimant", "attacks-by-accused",
    DATES, TOLD, ODDS,
)  # fmt: skip
LENGTH = 50
# Parameters that no facet has, and how a reader calls them.
OTHERS = {"q": "words", "from": "from", "to": "until", "actor": "actor", "denier": "denied by"}


@dataclass(frozen=True)
class Spot:
    """A place with the attacks that are at no place more narrow; drawn where a source gives its coordinates."""

    place: Node
    precision: Node | None
    lat: float | None
    long: float | None
    attacks: int

    @property
    def drawn(self) -> bool:
        return self.lat is not None and self.long is not None


@dataclass(frozen=True)
class Chip:
    """Something that was chosen, and the address without it."""

    title: str
    label: str
    href: str


@dataclass(frozen=True)
class Attacks:
    """What the page of the attacks shows. `given` is what was asked for, by parameter."""

    given: Chosen
    entries: list[Entry]
    facets: list[Facet]
    spots: list[Spot]
    bins: list[Bin]
    total: int
    undated: int
    note: str | None
    page: Page
    next: str | None

    @property
    def whole(self) -> bool:
        """Whether every attack is on this page, so that each can be drawn by itself."""
        return len(self.entries) == self.total

    @property
    def placed(self) -> int:
        return sum(spot.attacks for spot in self.spots)

    @property
    def mark(self) -> str:
        """The kind of all marks: what was chosen, where that is one thing."""
        said = self.given.get("said", ())
        return SAID[said[0]][1] if len(said) == 1 else "none"

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(param, value) for param, values in self.given.items() for value in values]

    @property
    def chips(self) -> list[Chip]:
        """What was chosen, in the order of the facets."""
        found = [
            Chip(facet.title, value.label, self.without(facet.param, value.name))
            for facet in self.facets for value in facet.chosen
        ]  # fmt: skip
        for param, told in OTHERS.items():
            found += [Chip(told, name(v), self.without(param, name(v))) for v in self.given.get(param, ())]
        return found

    @property
    def more(self) -> str:
        return self.address([*self.pairs, *self.sized, ("next", self.next)]) if self.next else ""

    @property
    def first(self) -> str:
        return self.address([*self.pairs, *self.sized]) if self.page.after else ""

    @property
    def sized(self) -> list[tuple[str, str]]:
        """How long a part of the list is, where that was asked for."""
        return [] if self.page.limit == LENGTH else [("limit", str(self.page.limit))]

    def without(self, param: str, value: str) -> str:
        return self.address([pair for pair in self.pairs if (pair[0], name(pair[1])) != (param, value)])

    def narrowed(self, param: str, value: str) -> str:
        """The address of those of these attacks of which this holds, in the place of what was chosen of the kind."""
        return self.address([*((p, v) for p, v in self.pairs if p != param), (param, value)])

    def within(self, begin: str, end: str) -> str:
        """The address of those attacks that may have been in this span."""
        kept = [pair for pair in self.pairs if pair[0] not in ("from", "to")]
        return self.address([*kept, ("from", begin), ("to", end)])

    @staticmethod
    def address(pairs: Sequence[tuple[str, str]]) -> str:
        return f"/attacks?{urlencode(pairs)}" if pairs else "/attacks"


def attacks(service: Service, given: Chosen, page: Page) -> Attacks:
    """The attacks that this asks for. Raises what the question fails of: BadRequest, NotFound, Gone."""
    flat = {param: values[0] if len(values) == 1 else list(values) for param, values in given.items()}
    asked = {
        LIST: (service.catalog[LIST], flat, page), DATES: (service.catalog[DATES], flat, None),
        PLACES: (service.catalog[PLACES], flat, None), **of_facets(service.catalog, flat),
    }  # fmt: skip
    found = _asked(service, asked)
    listed, dated = found[LIST], found[DATES].rows
    return Attacks(
        given=given, entries=told(service, listed.rows), facets=facets(found, given), spots=_spots(found[PLACES].rows),
        bins=bins(dated), total=total(dated), undated=undated(dated), note=listed.note, page=page, next=listed.next,
    )  # fmt: skip


def told(service: Service, rows: Sequence[Row]) -> list[Entry]:
    """Attacks with what is said of them."""
    nodes = [row["attack"]["id"] for row in rows]
    if not nodes:
        return []
    said, odds = service.ask_all([
        (service.catalog[query], {"attack": nodes}, None) for query in (TOLD, ODDS)
    ])  # fmt: skip
    return entries(rows, said.rows, odds.rows)


def _asked(service: Service, asked: Mapping[str, Question]) -> dict[str, Answer]:
    """The answers by their names; what is asked twice is asked once."""
    once: dict[str, Question] = {}
    keys = {}
    for key, question in asked.items():
        keys[key] = told = f"{question[0].name} {sorted(question[1].items())} {question[2]}"
        once[told] = question
    found = dict(zip(once, service.ask_all(list(once.values())), strict=True))
    return {key: found[told] for key, told in keys.items()}


def _spots(rows: Sequence[Row]) -> list[Spot]:
    found = {row["place"]["id"]: row for row in reversed(rows) if row["here"]}
    return sorted(
        (Spot(r["place"], r["precision"], r["lat"], r["long"], r["here"]) for r in found.values()),
        key=lambda spot: (-spot.attacks, spot.place["id"]),
    )
