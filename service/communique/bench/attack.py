"""What a made attack is about: place, day, means, and who will claim, be blamed and deny. Nobody in the world knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from communique.bench.cast import Cast
from communique.bench.dice import Dice
from communique.bench.names import Labels
from communique.bench.phrases import EVENTS

KINDS = {"rocket-attack": 10, "drone-attack": 4, "shelling": 4, "bombing": 3, "air-strike": 3}
UNIT = {"rocket-attack": "rocket", "air-strike": "missile"}
FIRST_DAY = date(2003, 3, 20)
PER_DAY = 4


@dataclass(frozen=True)
class Handle:
    """As much of an attack as another report needs to name it."""

    name: str
    kind: str
    site: str
    day: date

    def label(self, cast: Cast) -> Labels:
        return {lang: form.format(cast.label(self.site, lang)) for lang, form in EVENTS[self.kind].items()}


@dataclass(frozen=True)
class Attack:
    """The plan of an attack: what its reports draw on, each in its own way."""

    handle: Handle
    state: str
    munitions: int
    killed: int
    wounded: int
    claimant: str | None
    rival: str | None
    accused: str
    denies: bool
    retracts: bool
    earlier: Handle | None
    dated: str

    @property
    def unit(self) -> str:
        return UNIT.get(self.handle.kind, "munition")


def handle(seed: int, index: int, cast: Cast) -> Handle:
    """The attack of this number; drawn by itself, so that any report can name any attack."""
    dice = Dice(f"{seed} handle {index}")
    kind, site = dice.weighted(KINDS), dice.zipf(cast.sites)
    day = FIRST_DAY + timedelta(days=index // PER_DAY)
    return Handle(f"{site}-{day.isoformat()}-{index}", kind, site, day)


def plan(seed: int, index: int, cast: Cast, dice: Dice) -> Attack:
    own = handle(seed, index, cast)
    back = index - dice.between(1, 12)
    claimant = dice.zipf(cast.groups) if dice.chance(0.45) else None
    return Attack(
        handle=own,
        state=cast.state(own.site),
        munitions=dice.between(1, 14),
        killed=dice.between(0, 6) if dice.chance(0.5) else 0,
        wounded=dice.between(0, 15),
        claimant=claimant,
        rival=dice.zipf(cast.groups) if claimant and dice.chance(0.2) else None,
        accused=dice.pick(cast.states) if own.kind == "air-strike" else dice.zipf(cast.groups),
        denies=dice.chance(0.3),
        retracts=dice.chance(0.06),
        earlier=handle(seed, back, cast) if back >= 0 and dice.chance(0.15) else None,
        dated=dice.weighted({"day": 55, "yearless": 15, "month": 10, "unsure": 5, "span": 5, "never": 10}),
    )
