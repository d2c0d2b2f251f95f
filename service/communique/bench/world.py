"""A made world: attacks, and the reports that tell of them. The same seed and size give the same bytes everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from communique import encode
from communique.bench.account import Account
from communique.bench.attack import Attack, plan
from communique.bench.cast import Cast, cast
from communique.bench.dice import Dice
from communique.bench.page import Page
from communique.bench.phrases import LANGUAGES, whole
from communique.bench.telling import Fields
from communique.report import Report

# How many triples an attack comes to, those that rules derive among them; measured, see tests/test_world.py.
PER_ATTACK = 254
# What an attack's later reports may tell, each as often as it says, beside what is told of every attack.
TOLD: dict[str, int] = {
    "blame": 8, "landed": 7, "killed": 6, "wounded": 4, "place": 4, "intercepted": 2, "damage": 3, "react": 5, "silence": 3,
    "presence": 3, "strength": 1, "response": 3, "press": 3, "relay": 2, "facade": 1, "caption": 2, "decline": 1, "same": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A made document: its report's name, the report, and its text."""

    name: str
    report: Report
    text: str


@dataclass(frozen=True)
class World:
    """As many attacks as are asked for, by a seed."""

    seed: int
    attacks: int

    @classmethod
    def of(cls, triples: int, seed: int) -> World:
        """A world of about so many triples, derived ones included."""
        return cls(seed, max(1, triples // PER_ATTACK))

    @cached_property
    def cast(self) -> Cast:
        return cast(self.seed, self.attacks)

    def told(self, start: int = 0, stop: int | None = None) -> Iterator[Told]:
        """The documents of the attacks from number `start` up to `stop`, each attack's first one first."""
        for index in range(start, self.attacks if stop is None else stop):
            yield from self._of_attack(index)

    def _of_attack(self, index: int) -> Iterator[Told]:
        dice = Dice(f"{self.seed} attack {index}")
        attack = plan(self.seed, index, self.cast, dice)
        documents: list[Told] = []
        for number in range(dice.weighted({1: 4, 2: 4, 3: 3})):
            documents.append(self._document(attack, dice, number, documents))
        if dice.chance(0.08):
            documents.append(self._copy(documents[0], dice))
        yield from documents

    def _document(self, attack: Attack, dice: Dice, number: int, before: list[Told]) -> Told:
        language = dice.weighted(LANGUAGES)
        outlet = dice.zipf(self.cast.outlets)
        issued = attack.handle.day + timedelta(days=number + dice.below(2))
        title = f"{attack.handle.label(self.cast)[language]}, {whole(attack.handle.day, language)}"
        telling = Account(attack, self.cast, dice, Page(language, title), outlet, issued)
        _tell(telling, dice, number, before)
        telling.page.fill(dice)
        name = f"{attack.handle.name}-{number + 1}"
        event = {"label": attack.handle.label(self.cast), "type": ["Attack"], "event_type": attack.handle.kind}
        report = Report.model_validate({
            "title": title, "publisher": outlet, "language": language, "url": f"https://{outlet}.example/{name}",
            **_issued(issued, dice), **telling.page.measures(), "unnamed": telling.unnamed,
            "events": {} if before else {attack.handle.name: event}, "statements": telling.statements,
        })  # fmt: skip
        return Told(name, report, telling.page.text)

    def _copy(self, first: Told, dice: Dice) -> Told:
        """The same text, taken over by another outlet."""
        changed: Fields = {"publisher": dice.zipf(self.cast.outlets), "copy_of": first.name, "events": {}, "url": None}
        return Told(f"{first.name}-copy", first.report.model_copy(update=changed), first.text)


def _tell(telling: Account, dice: Dice, number: int, before: list[Told]) -> None:
    """Two to six statements; the first report tells the date and the claims, a later one may correct it."""
    attack = telling.attack
    if number == 0:
        _first(telling)
    if attack.rival and number == 1:
        telling.claim(attack.rival)
    if attack.denies and number == 1:
        telling.deny()
    if before and dice.chance(0.15):
        _correct(telling, before[0])
    wanted = dice.between(2, 6)
    for _ in range(20):
        if len(telling.statements) >= wanted:
            break
        telling.once(dice.weighted(TOLD))


def _first(telling: Account) -> None:
    attack = telling.attack
    if attack.dated != "never":
        telling.dated()
    if attack.claimant:
        telling.claim(attack.claimant)
    if attack.handle.kind == "air-strike":
        telling.deed()
    if attack.earlier:
        telling.response()


def _correct(telling: Account, first: Told) -> None:
    """Somebody's earlier count is replaced by the same speaker's new one."""
    encoded = encode.encode(first.name, first.report, {})
    for said, iri in zip(first.report.statements, encoded.statements, strict=True):
        if said.value is not None and said.by in telling.cast.actors and said.about_event and said.stance == "affirms":
            telling.correct(said, iri)
            return


def _issued(day: date, dice: Dice) -> Fields:
    """The document's date: mostly a day; sometimes a month, with the bounds that we infer; sometimes none."""
    how = dice.weighted({"day": 17, "month": 2, "none": 1})
    if how == "day":
        return {"issued": day.isoformat()}
    if how == "month":
        return {"issued": f"{day:%Y-%m}?", "earliest": day.isoformat(), "latest": (day + timedelta(days=5)).isoformat()}
    return {}
