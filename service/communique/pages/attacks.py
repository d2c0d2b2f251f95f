"""The attacks: what is said of each, the same set counted by what may narrow it, on a map and in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from communique.answer import MAX_LIMIT, Answer, Page
from communique.asking import Question
from communique.catalog import Catalog
from communique.pages import answers, spans
from communique.pages.card import Card, Node, Row, cards
from communique.pages.questions import Asked
from communique.pages.spans import Bar
from communique.pages.text import label, name
from communique.service import Service

LIST, TOLD, ODDS = "attacks", "attacks-told", "attacks-at-odds"
# Facets by their parameter: the question that counts, the column of its values, the words for them.
FACETS: dict[str, tuple[str, str, str]] = {
    "said": ("attacks-by-said", "kind", "What is said"),
    "claim": ("attacks-by-claim", "kind", "Without a claim"),
    "type": ("attacks-by-type", "eventType", "Kind of event"),
    "place": ("attacks-by-place", "place", "Place"),
    "claimant": ("attacks-by-claimant", "who", "Said to have claimed it"),
    "accused": ("attacks-by-accused", "who", "Blamed"),
}
DATES = "attacks-by-date"
WORDS = {
    "claimed": "claimed", "blamed": "blamed", "denied": "denied", "answered": "responded to",
    "none-recorded": "no claim is recorded", "none-said": "somebody says nobody had claimed it",
}  # fmt: skip
SHOWN = 12  # values of a facet at the most, besides those chosen
QUERIES = (LIST, TOLD, ODDS, DATES, *(query for query, _, _ in FACETS.values()))


@dataclass(frozen=True)
class Choice:
    """A value of a facet: its words, how many attacks have it beside the other filters, whether it is chosen."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    parameter: str
    title: str
    choices: list[Choice]


@dataclass(frozen=True)
class Entry:
    """An attack in the list, with what is told of it."""

    row: Row
    told: list[Card]
    odds: list[Row]

    @property
    def when(self) -> list[Card]:
        return self._of("date", "start")

    @property
    def responsible(self) -> list[Card]:
        """Who is said to be responsible, or silent; a card of blame has no aspect, since that is its stance."""
        return [c for c in self.told if c.kind == "blamed" or c in self._of("responsibility")]

    def _of(self, *aspects: str) -> list[Card]:
        return [c for c in self.told if c.aspect and name(c.aspect["id"]) in aspects]


@dataclass(frozen=True)
class Attacks:
    """What the page shows: a part of the list, and all of the set on the map and in time."""

    asked: Asked
    answer: Answer
    entries: list[Entry]
    facets: list[Facet]
    points: Sequence[Row]  # places of the set with coordinates
    unplaced: Sequence[Row]  # those without
    spans: Sequence[Bar]
    undated: int

    @property
    def total(self) -> int:
        return sum(bar.attacks for bar in self.spans) + self.undated

    def address(self, *beside: tuple[str, str]) -> str:
        pairs = [*self.asked.pairs, *beside]
        return f"/attacks?{urlencode(pairs)}" if pairs else "/attacks"


def attacks(service: Service, asked: Asked) -> Attacks:
    """The attacks that the filters leave. A facet is counted without its own choice. Raises what the questions raise."""
    catalog = service.catalog
    counted = [question for parameter in FACETS for question in _counted(catalog, asked, parameter)]
    every = [(catalog["attacks-by-place"], asked.flat, None), (catalog[DATES], asked.flat, None)]
    answer, places, dates, *found = service.ask_all([(catalog[LIST], asked.flat, asked.page), *every, *counted])
    dated = [row for row in dates.rows if row["earliest"] or row["latest"]]
    here = [row for row in places.rows if row["here"]]
    return Attacks(
        asked=asked, answer=answer, entries=_entries(service, answer.rows),
        facets=[_facet(asked, *told) for told in zip(FACETS, found[::2], found[1::2], strict=True)],
        points=[row for row in here if row["lat"] is not None], unplaced=[row for row in here if row["lat"] is None],
        spans=spans.shown(dated), undated=sum(row["attacks"] for row in dates.rows if not (row["earliest"] or row["latest"])),
    )  # fmt: skip


def _counted(catalog: Catalog, asked: Asked, parameter: str) -> list[Question]:
    """How many attacks have each value of a facet, of very many the most frequent; and how many have those that are chosen, which
    are among the most frequent of the attacks that have one of them.
    """
    query, others = catalog[FACETS[parameter][0]], _without(asked, parameter)
    if not query.paged:
        return [(query, others, None)] * 2
    every = (query, others, Page(SHOWN * SHOWN))
    return [every, (query, asked.flat, Page(MAX_LIMIT)) if parameter in asked.given else every]


def _without(asked: Asked, parameter: str) -> Mapping[str, str | Sequence[str]]:
    return {given: values for given, values in asked.flat.items() if given != parameter}


def _facet(asked: Asked, parameter: str, frequent: Answer, own: Answer) -> Facet:
    _, column, title = FACETS[parameter]
    chosen = asked.given.get(parameter, ())
    choices = [_choice(row[column], row["attacks"], chosen) for row in frequent.rows if row[column]]
    known = {choice.value for choice in choices}
    beside = (_choice(row[column], row["attacks"], chosen) for row in own.rows if row[column])
    choices += [choice for choice in beside if choice.chosen and choice.value not in known]
    choices.sort(key=lambda choice: (not choice.chosen, -choice.count, choice.label))
    return Facet(parameter, title, choices[: max(SHOWN, len(chosen))])


def _choice(value: str | Node, count: int, chosen: Iterable[str]) -> Choice:
    told = value if isinstance(value, str) else name(value["id"])
    words = WORDS.get(told, told) if isinstance(value, str) else label(value)
    return Choice(told, words, count, told in chosen)


def _entries(service: Service, rows: Sequence[Row]) -> list[Entry]:
    names = [row["attack"]["id"] for row in rows]
    found = answers.of_each(service, [(query, "attack", map(name, names)) for query in (TOLD, ODDS)])
    told: dict[str, list[Row]] = {}
    for row in found[TOLD]:
        told.setdefault(row["attack"]["id"], []).append(row)
    odds: dict[str, list[Row]] = {}
    for row in found[ODDS]:
        odds.setdefault(row["attack"]["id"], []).append(row)
    return [Entry(row, _cards(told.get(iri, [])), odds.get(iri, [])) for row, iri in zip(rows, names, strict=True)]


def _cards(rows: Iterable[Row]) -> list[Card]:
    return cards(_carded(row) for row in rows)


def _carded(row: Row) -> Row:
    """A row as a card reads it: who is silent is so only where that is told."""
    silent = {"silentActor": row["actor"]} if row["silent"] else {"object": row["actor"] or row["place"]}
    return {**row, **silent}
