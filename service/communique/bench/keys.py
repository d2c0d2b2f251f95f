"""What is asked about: nodes of a made world, the well-known ones far more often than the rest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from communique.bench.attack import Handle, handle
from communique.bench.dice import Dice
from communique.bench.world import World


@dataclass(frozen=True)
class Keys:
    """Draws of names of a world's nodes, by Zipf's law; of attacks and reports the newest are asked for the most."""

    world: World
    dice: Dice

    def attack(self) -> str:
        return self._handle().name

    def report(self) -> str:
        """Each attack has at least one report, and that is named for it."""
        return f"{self._handle().name}-1"

    def group(self) -> str:
        return self.dice.zipf(self.world.cast.groups)

    def speaker(self) -> str:
        """Somebody who says much."""
        return self.dice.zipf(self.speakers)

    def outlet(self) -> str:
        return self.dice.zipf(self.world.cast.outlets)

    def site(self) -> str:
        return self.dice.zipf(self.world.cast.sites)

    def town(self) -> str:
        return self.world.cast.town(self.site())

    def month(self) -> tuple[str, str]:
        """The first and the last day of a span of four weeks in which there was an attack."""
        day = self._handle().day
        first = day.replace(day=1)
        return first.isoformat(), first.replace(day=28).isoformat()

    def words(self) -> str:
        """A word of a name, as people type it."""
        cast = self.world.cast
        name = self.dice.pick([cast.label(self.group(), "en"), cast.label(self.site(), "en")])
        return self.dice.pick(name.split())

    @cached_property
    def speakers(self) -> list[str]:
        """Groups and officials in turn."""
        cast = self.world.cast
        pairs = zip(cast.groups, cast.officials, strict=False)
        return [name for pair in pairs for name in pair]

    def _handle(self) -> Handle:
        newest = self.world.attacks - 1
        return handle(self.world.seed, newest - self.dice.zipf(range(self.world.attacks)), self.world.cast)
