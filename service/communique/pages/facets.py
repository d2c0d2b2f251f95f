"""Facets of the attacks: each value with how many attacks have it beside everything else that was chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from communique.answer import MAX_LIMIT, Answer, Page
from communique.asking import Question
from communique.catalog import Catalog, Given
from communique.pages.card import Row
from communique.pages.text import label, name

Chosen = Mapping[str, Sequence[str]]

# Values of a facet that are shown at once, and actors that are counted.
SHOWN, ACTORS = 8, 40
SAID = {
    "claimed": ("Claimed by somebody", "claimed"), "blamed": ("Blamed on somebody", "blamed"),
    "denied": ("Denied by somebody", "denied"), "answered": ("Answered by somebody", "response"),
}  # fmt: skip
CLAIM = {
    "none-recorded": ("No claim is recorded", "none"), "none-said": ("Somebody says that nobody claimed it", "none"),
}  # fmt: skip


@dataclass(frozen=True)
class Value:
    """One value: as an address has it, in words, with its count; `kind` gives a shape, `depth` indents."""

    name: str
    label: str
    count: int
    chosen: bool
    kind: str = ""
    depth: int = 0


@dataclass(frozen=True)
class Facet:
    """The values of one parameter, those that are chosen first among what is shown at once."""

    param: str
    title: str
    values: list[Value]

    @property
    def shown(self) -> list[Value]:
        return [value for at, value in enumerate(self.values) if at < SHOWN or value.chosen]

    @property
    def more(self) -> list[Value]:
        return [value for value in self.values if value not in self.shown]

    @property
    def chosen(self) -> list[Value]:
        return [value for value in self.values if value.chosen]


@dataclass(frozen=True)
class Kind:
    """How a facet is made: its parameter, its heading, the query that counts it, and the rows' reader."""

    param: str
    title: str
    query: str
    read: Callable[[Sequence[Row], Sequence[str]], Iterable[Value]]
    first: int | None = None  # of a list, how many


def _worded(words: Mapping[str, tuple[str, str]]) -> Callable[[Sequence[Row], Sequence[str]], Iterable[Value]]:
    def read(rows: Sequence[Row], chosen: Sequence[str]) -> Iterable[Value]:
        counts = {row["kind"]: row["attacks"] for row in rows}
        return [Value(key, told, counts.get(key, 0), key in chosen, kind) for key, (told, kind) in words.items()]

    return read


def _nodes(column: str) -> Callable[[Sequence[Row], Sequence[str]], Iterable[Value]]:
    def read(rows: Sequence[Row], chosen: Sequence[str]) -> Iterable[Value]:
        found = {name(row[column]["id"]): row for row in rows if row[column]}
        values = [Value(key, label(row[column]), row["attacks"], key in chosen) for key, row in found.items()]
        return values + [Value(key, key, 0, chosen=True) for key in chosen if key not in found]

    return read


def _precisions(rows: Sequence[Row], chosen: Sequence[str]) -> Iterable[Value]:
    """How precisely the places are meant at which attacks are."""
    found: dict[str, Value] = {}
    for row in _once(rows):
        if row["precision"] and row["here"]:
            key = name(row["precision"]["id"])
            before = found[key].count if key in found else 0
            found[key] = Value(key, label(row["precision"]), before + row["here"], key in chosen)
    values = sorted(found.values(), key=lambda value: (-value.count, value.name))
    return values + [Value(key, key, 0, chosen=True) for key in chosen if key not in found]


def _places(rows: Sequence[Row], chosen: Sequence[str]) -> Iterable[Value]:
    """Places within nothing, what is directly within them, and what is within those that are chosen."""
    found = {name(row["place"]["id"]): row for row in _once(rows)}
    around = {key: name(row["within"]["id"]) if row["within"] else None for key, row in found.items()}
    roots = [key for key, outer in around.items() if outer not in found]
    opened = {*roots, *(outer for key in chosen for outer in _outwards(key, around))}
    values: list[Value] = []

    def walk(keys: Sequence[str], depth: int, path: frozenset[str]) -> None:
        for key in keys:
            row = found[key]
            values.append(Value(key, label(row["place"]), row["attacks"], key in chosen, depth=depth))
            if key in opened and key not in path:
                walk([inner for inner, outer in around.items() if outer == key], depth + 1, path | {key})

    walk(roots, 0, frozenset())
    reached = {value.name for value in values}
    return values + [_alone(key, found.get(key)) for key in chosen if key not in reached]


def _alone(key: str, row: Row | None) -> Value:
    """A chosen place that is not reached from any root."""
    return Value(key, label(row["place"]) if row else key, row["attacks"] if row else 0, chosen=True)


def _outwards(key: str, around: Mapping[str, str | None]) -> list[str]:
    """A place, and the places around it."""
    found: list[str] = []
    outer: str | None = key
    while outer is not None and outer not in found:
        found.append(outer)
        outer = around.get(outer)
    return found


def _once(rows: Iterable[Row]) -> list[Row]:
    """A row for each place: one within two places has two."""
    return list({row["place"]["id"]: row for row in reversed(list(rows))}.values())[::-1]


KINDS = (
    Kind("said", "What is said of it", "attacks-by-said", _worded(SAID)),
    Kind("claim", "No claim", "attacks-by-claim", _worded(CLAIM)),
    Kind("place", "Place", "attacks-by-place", _places),
    Kind("type", "Kind of event", "attacks-by-type", _nodes("eventType")),
    Kind("claimant", "Said to have claimed", "attacks-by-claimant", _nodes("who"), ACTORS),
    Kind("accused", "Blamed", "attacks-by-accused", _nodes("who"), ACTORS),
    Kind("precision", "Precision of the place", "attacks-by-place", _precisions),
)


def questions(catalog: Catalog, given: Given) -> dict[str, Question]:
    """What is asked for each facet: the same attacks, but for what the facet itself has chosen."""
    found: dict[str, Question] = {}
    for kind in KINDS:
        others = {param: values for param, values in given.items() if param != kind.param}
        page = Page(kind.first) if kind.first else None
        found[kind.param] = (catalog[kind.query], others, page)
        if kind.first and kind.param in given:
            # Of those who are chosen and not among the first.
            found[f"{kind.param} chosen"] = (catalog[kind.query], given, Page(MAX_LIMIT))
    return found


def facets(answers: Mapping[str, Answer], given: Chosen) -> list[Facet]:
    """The facets that have a value, from the answers to `questions`."""
    found = []
    for kind in KINDS:
        chosen = [name(value) for value in given.get(kind.param, ())]
        beside = answers.get(f"{kind.param} chosen")
        named = [row for row in beside.rows if name(row["who"]["id"]) in chosen] if beside else []
        values = list(kind.read([*named, *answers[kind.param].rows], chosen))
        if kept := [value for value in values if value.count or value.chosen]:
            found.append(Facet(kind.param, kind.title, kept))
    return found
