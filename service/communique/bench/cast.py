"""Who and what there is in a made world: states with their forces, groups, outlets, contractors; places, each in another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode, Triple

from communique.bench.dice import Dice
from communique.bench.names import BODIES, CONTRACTORS, EMBASSIES, GROUPS, OUTLETS, SITES, Labels, Names, around, slug
from communique.nodes import Nodes
from communique.report import ACTOR_TYPES, PLACE_TYPES, Actor, Introduced, Place
from communique.terms import introduced
from communique.vocab import CMQ, WGS, XSD, code, node

OURSELVES = "communique"


@dataclass
class Cast:
    """The named actors and places, and lists of their names by what they can do in an attack."""

    actors: dict[str, Actor] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    states: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    officials: list[str] = field(default_factory=list)
    outlets: list[str] = field(default_factory=list)
    contractors: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)

    def label(self, name: str, language: str) -> str:
        """What an actor or a place is called in a language, or else in English."""
        found = (self.actors.get(name) or self.places[name]).label
        return str(found.get(language) or found["en"])

    def town(self, site: str) -> str:
        return str(self.places[site].within)

    def region(self, site: str) -> str:
        return str(self.places[self.town(site)].within)

    def state(self, site: str) -> str:
        """The state that holds the site; states and countries have the same names."""
        return str(self.places[self.region(site)].within)

    def triples(self) -> Iterator[Triple]:
        """What a store has to know of them before the first report."""
        for name, actor in self.actors.items():
            yield from _described(node("actor", name), actor, (actor.type, *ACTOR_TYPES[actor.type]))
        for name, place in self.places.items():
            iri = node("place", name)
            yield from _described(iri, place, (place.type, *PLACE_TYPES[place.type]))
            yield from _located(iri, Dice(name))


def cast(seed: int, attacks: int) -> Cast:
    """The cast of a world of so many attacks; its size grows with the world, more slowly."""
    dice = Dice(f"{seed} cast")
    made = _Casting(Cast(), Names(dice), dice)
    made.add_actor({"en": "Communiqué"}, "Organization", OURSELVES)
    for _ in range(4 + attacks // 4000):
        made.country(3 + attacks // 4000)
    made.cast.groups = [made.group() for _ in range(24 + attacks // 40)]
    made.cast.outlets = [made.plain(OUTLETS, "MediaOutlet") for _ in range(12 + attacks // 250)]
    made.cast.contractors = [made.plain(CONTRACTORS, "Contractor") for _ in range(6 + attacks // 400)]
    return made.cast


@dataclass
class _Casting:
    cast: Cast
    names: Names
    dice: Dice

    def add_actor(self, label: Labels, kind: str, name: str = "", **more: object) -> str:
        name = name or slug(label["en"])
        self.cast.actors[name] = Actor.model_validate({"label": label, "type": kind, **more})
        return name

    def add_place(self, label: Labels, kind: str, precision: str, within: str | None) -> str:
        name = slug(label["en"])
        self.cast.places[name] = Place(label=label, type=kind, within=within, place_precision=precision)
        return name

    def country(self, regions: int) -> None:
        stem = self.names.stem()
        state = self.add_actor(stem, "State")
        self.add_place(stem, "Place", "country", None)
        self.cast.states.append(state)
        for part, (kind, form) in BODIES.items():
            self.cast.officials.append(self.add_actor(around(form, stem), kind, f"{state}-{part}", organ_of=state))
        for _ in range(regions):
            self.region(state)

    def region(self, country: str) -> None:
        region = self.add_place(self.names.stem(), "Place", "first-order-division", country)
        for _ in range(self.dice.between(2, 4)):
            stem = self.names.stem()
            town = self.add_place(stem, "Place", "locality", region)
            for _ in range(self.dice.between(1, 3)):
                self.cast.sites.append(self.site(stem, town))

    def site(self, near: Labels, town: str) -> str:
        if self.dice.chance(0.15) and f"embassy-quarter-of-{town}" not in self.cast.places:
            return self.add_place(around(EMBASSIES[0], near), "DiplomaticSite", "site", town)
        return self.add_place(around(self.dice.pick(SITES), self.names.stem()), "MilitaryBase", "site", town)

    def group(self) -> str:
        stem = self.names.stem()
        first, second = self.dice.pick(GROUPS), self.dice.pick(GROUPS)
        other = {language: [text] for language, text in around(second, stem).items()} if first != second else {}
        return self.add_actor(
            around(first, stem), self.dice.pick(["Militia", "Militia", "ArmedGroup"]), alt_label=other
        )

    def plain(self, forms: tuple[Labels, ...], kind: str) -> str:
        return self.add_actor(around(self.dice.pick(forms), self.names.stem()), kind)


def _described(iri: NamedNode, thing: Introduced, classes: tuple[str, ...]) -> Iterator[Triple]:
    yield from Nodes({iri.value: dict.fromkeys(introduced(thing, classes))}).triples()
    match thing:
        case Actor(organ_of=str(state)):
            yield Triple(iri, CMQ.organOf, node("actor", state))
        case Place(within=within, place_precision=precision):
            yield Triple(iri, CMQ.placePrecision, code("precision", str(precision)))
            if within:
                yield Triple(iri, CMQ.within, node("place", within))


def _located(iri: NamedNode, dice: Dice) -> Iterator[Triple]:
    yield Triple(iri, WGS.lat, Literal(f"{dice.between(20, 40)}.{dice.between(1, 9)}", datatype=XSD.decimal))
    yield Triple(iri, WGS.long, Literal(f"{dice.between(10, 60)}.{dice.between(1, 9)}", datatype=XSD.decimal))
