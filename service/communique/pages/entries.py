"""An attack in a list: when and where it is said to have been and who is said to be responsible, always with by whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from communique.pages.card import Node, Row, kind
from communique.pages.text import name, span

# Verbs of the lines that tell who; all else is told of somebody, who neither claims it nor is blamed.
VERBS = {
    "claimed": "claimed", "blamed": "blamed", "denied": "denied", "silence": "silence", "none": "told",
}  # fmt: skip
WHO = "responsibility"


@dataclass(frozen=True)
class By:
    """Who says a thing, and the statement with its words."""

    speaker: Node
    statement: str
    quote: str
    hedged: bool


@dataclass(frozen=True)
class Told:
    """One thing that is said of an attack, by everyone who says it."""

    kind: str  # claimed, blamed, denied, silence, none; or date, place
    words: str  # the days of a date that has bounds, else the words of whoever says it first
    node: Node | None
    inferred: bool  # by ourselves, and nobody else
    denied: bool
    by: tuple[By, ...]

    @property
    def verb(self) -> str:
        return VERBS.get(self.kind, self.kind)

    @property
    def own(self) -> bool:
        """Whether it is told by nobody but whom it is told of."""
        return self.node is not None and all(by.speaker["id"] == self.node["id"] for by in self.by)


@dataclass(frozen=True)
class Odds:
    """That accounts of an attack are at odds about something: in how many pairs they contradict each other, or differ."""

    aspect: Node
    contradictions: int
    differences: int


@dataclass(frozen=True)
class Entry:
    """An attack as the list shows it; its own title, kind and place only serve to find it."""

    node: Node
    kind: Node | None
    at: Node | None
    earliest: str | None
    latest: str | None
    when: list[Told]
    where: list[Told]
    who: list[Told]
    odds: list[Odds]
    told_by: str | None  # when the last of this had been said, our inferences left out

    @property
    def undated(self) -> bool:
        return self.earliest is None and self.latest is None

    @property
    def days(self) -> str:
        return span(self.earliest, self.latest)

    @property
    def inferred(self) -> bool:
        """Whether the span rests on nothing but inferences of ours."""
        bounded = [told for told in self.when if not told.denied and told.kind == "bounded"]
        return bool(bounded) and all(told.inferred for told in bounded)

    @property
    def mark(self) -> str:
        """The kind of its mark: what is said of it where that is one thing, else none."""
        kinds = {told.kind for told in self.who if told.kind in ("claimed", "blamed", "denied")}
        return kinds.pop() if len(kinds) == 1 else "none"

    @property
    def missing(self) -> list[str]:
        """What nobody is recorded to have said."""
        return [
            told for told, kinds in (("no claim is recorded", ("claimed", "silence")), ("no denial is recorded", ("denied",)))
            if not any(self.of(kind) for kind in kinds)
        ]  # fmt: skip

    def of(self, kind: str) -> list[Told]:
        return [told for told in self.who if told.kind == kind]


def entries(rows: Iterable[Row], told: Iterable[Row], odds: Iterable[Row]) -> list[Entry]:
    """From the rows of `attacks`, `attacks-told` and `attacks-at-odds`; in the order of the first."""
    said, clashes = _by_attack(told), _by_attack(odds)
    return [_entry(row, said.get(row["attack"]["id"], []), clashes.get(row["attack"]["id"], [])) for row in rows]


def _entry(row: Row, told: Sequence[Row], odds: Sequence[Row]) -> Entry:
    by_aspect: dict[str, list[Row]] = {}
    for line in told:
        by_aspect.setdefault(name(line["aspect"]["id"]), []).append(line)
    dated = [*by_aspect.get("date", []), *by_aspect.get("start", [])]
    places = sorted(_told(by_aspect.get("place", [])), key=lambda it: not _same(it.node, row["at"]))
    return Entry(
        node=row["attack"], kind=row["eventType"], at=row["at"], earliest=row["earliest"], latest=row["latest"],
        when=sorted(_told(dated), key=lambda it: it.kind != "bounded"), where=places,
        who=sorted(_told(by_aspect.get(WHO, [])), key=lambda it: [*VERBS].index(it.kind)),
        odds=[Odds(r["aspect"], r["contradictions"], r["differences"]) for r in odds], told_by=_last(told),
    )  # fmt: skip


def _last(rows: Sequence[Row]) -> str | None:
    return max((row["saidBy"] for row in rows if row["saidBy"] and not _inferred(row)), default=None)


def _told(rows: Sequence[Row]) -> list[Told]:
    """Each thing that is said once, in the order in which it is first said."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(_thing(row), []).append(row)
    return [_one(key[0], lines) for key, lines in found.items()]


def _thing(row: Row) -> tuple[Any, ...]:
    node = row["actor"] or row["place"]
    return (_kind(row), node["id"] if node else row["edtf"] or row["wording"] or row["quote"], _denied(row))


def _one(kind: str, rows: Sequence[Row]) -> Told:
    first = rows[0]
    by = {row["statement"]["id"]: _by(row) for row in rows}
    inferred = all(_inferred(row) for row in rows)
    return Told(kind, _words(first), first["actor"] or first["place"], inferred, _denied(first), tuple(by.values()))


def _by(row: Row) -> By:
    return By(row["asserter"], row["statement"]["id"], row["quote"], _hedged(row))


def _kind(row: Row) -> str:
    aspect = name(row["aspect"]["id"])
    if aspect == "place":
        return "place"
    if aspect != WHO:
        return "bounded" if row["earliest"] or row["latest"] else "worded"
    return "silence" if row["silent"] else kind(row)


def _words(row: Row) -> str:
    return span(row["earliest"], row["latest"]) or str(row["quote"])


def _inferred(row: Row) -> bool:
    return name(row["voice"]["id"]) == "inference"


def _denied(row: Row) -> bool:
    return name(row["stance"]["id"]) == "denies"


def _hedged(row: Row) -> bool:
    return bool(row["hedge"] or row["hedgeText"])


def _same(one: Node | None, other: Node | None) -> bool:
    return one is not None and other is not None and one["id"] == other["id"]


def _by_attack(rows: Iterable[Row]) -> Mapping[str, list[Row]]:
    return {attack: list(found) for attack, found in groupby(rows, key=lambda row: row["attack"]["id"])}
