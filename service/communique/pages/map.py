"""Places that are told of, and where they are; a place without sourced coordinates has no point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from communique.pages.card import Card, Node, Row
from communique.pages.text import name
from communique.vocab import ID

PLACE = f"{ID}place/"


@dataclass(frozen=True)
class Spot:
    """A place, the accounts that name it, and its coordinates (WGS 84, degrees) if a source gives them."""

    place: Node
    accounts: list[Card]
    lat: float | None
    long: float | None
    precision: Node | None
    within: Node | None
    source: Node | None

    @property
    def inferred(self) -> bool:
        """Whether nobody but ourselves names it."""
        return all(c.voice is not None and name(c.voice["id"]) == "inference" for c in self.accounts)

    @property
    def drawn(self) -> bool:
        return self.lat is not None and self.long is not None


def named(accounts: Iterable[Card]) -> dict[str, list[Card]]:
    """The accounts that give each place (its IRI), in their order."""
    found: dict[str, list[Card]] = {}
    for account in accounts:
        if place := _place(account):
            found.setdefault(place["id"], []).append(account)
    return found


def spots(accounts: Mapping[str, list[Card]], points: Mapping[str, Row]) -> list[Spot]:
    """The places that are named, with what `points` (rows of `place-points`) knows of each."""
    columns = ("lat", "long", "precision", "within", "source")
    return [
        Spot(_place(told[0]) or {"id": iri}, told, *(points.get(iri, {}).get(c) for c in columns))
        for iri, told in accounts.items()
    ]


def _place(account: Card) -> Node | None:
    given = account.given or account.target
    return given if given and given["id"].startswith(PLACE) else None
