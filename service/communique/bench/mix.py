"""What a benchmark asks: fixed mixes of questions about a made world, the same for the same world and seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from communique.bench import ask
from communique.bench.ask import Ask
from communique.bench.dice import Dice
from communique.bench.keys import Keys
from communique.bench.world import World
from communique.catalog import Catalog
from communique.vocab import CMQ, DCTERMS, SKOS, node

# How many questions a mix has; few enough that all their answers are kept, many enough to be unlike.
SIZE = 200
# Questions about one node, by named query: how often each is asked.
NAMED: dict[str, int] = {
    "attack-claims": 6, "attack-attributions": 5, "attack-denials": 3, "attack-accounts": 4, "attack-absences": 2,
    "attack-contradictions": 2, "attack-differences": 1, "attack-timeline": 3, "attack-responses": 2, "attack-reactions": 2,
    "attack-official-statements": 1, "actor-claims": 3, "actor-attributions": 3, "actor-denials": 1, "actor-statements": 3,
    "report-statements": 4, "place-attacks": 3, "place-presence": 1, "event-response-to": 1,
}  # fmt: skip
# Lists and aggregates, mostly with a filter.
LISTS: dict[str, int] = {
    "attacks": 5, "reports": 2, "statements": 2, "actors": 1, "places": 1, "counts": 2, "no-claim-recorded": 1, "timeline": 1,
}  # fmt: skip
LOOK_UPS: dict[str, int] = {"label": 3, "quotes": 4, "who-said": 3, "claimants": 3, "titles": 2, "within": 2}
# The whole: what a service is asked in a day.
WHOLE: dict[str, int] = {"named": 8, "lookup": 3, "ledger": 4, "page": 4, "search": 1, "list": 2}
PAGES: dict[str, int] = {"event": 6, "report": 3, "actor": 1}


@dataclass(frozen=True)
class Mix:
    """Questions about a world, drawn by weights."""

    world: World
    catalog: Catalog

    def of(self, name: str) -> list[Ask]:
        """The mix of a name: `named`, `lookup`, `page`, `ledger`, `search`, `list`, or of them all, `mix`."""
        keys = Keys(self.world, Dice(f"{self.world.seed} mix {name}"))
        return [self._draw(name, keys) for _ in range(SIZE)]

    def _draw(self, name: str, keys: Keys) -> Ask:
        draws: dict[str, Callable[[], Ask]] = {
            "named": lambda: self.named(keys.dice.weighted(NAMED), keys),
            "list": lambda: self.named(keys.dice.weighted(LISTS), keys),
            "search": lambda: self.named("search", keys),
            "lookup": lambda: look_up(keys.dice.weighted(LOOK_UPS), keys),
            "page": lambda: page(keys),
            "ledger": lambda: ask.ledger(self.catalog, keys.attack()),
            "mix": lambda: self._draw(keys.dice.weighted(WHOLE), keys),
        }
        return draws[name]()

    def named(self, name: str, keys: Keys) -> Ask:
        return ask.named(self.catalog[name], given(name, keys))


def given(name: str, keys: Keys) -> Mapping[str, str]:
    """Parameters for a named query."""
    kind = name.partition("-")[0]
    if found := LISTED.get(name):
        return found(keys)
    return {kind: BY_KIND[kind](keys)}


BY_KIND: dict[str, Callable[[Keys], str]] = {
    "attack": Keys.attack, "event": Keys.attack, "report": Keys.report, "actor": Keys.speaker, "place": Keys.site,
}  # fmt: skip


def _span(keys: Keys) -> dict[str, str]:
    return dict(zip(("from", "to"), keys.month(), strict=True))


LISTED: dict[str, Callable[[Keys], Mapping[str, str]]] = {
    "attacks": lambda k: k.dice.pick([{"place": k.town()}, {"claimant": k.group()}, {"accused": k.group()}, _span(k)]),
    "events": _span,
    "reports": lambda k: k.dice.pick([{"publisher": k.outlet()}, _span(k)]),
    "statements": lambda k: k.dice.pick([{"report": k.report()}, {"actor": k.speaker(), "stance": "claims"}]),
    "actors": lambda k: {"type": k.dice.pick(["Militia", "MediaOutlet", "Contractor"])},
    "places": lambda k: {"type": k.dice.pick(["MilitaryBase", "DiplomaticSite"])},
    "counts": lambda k: {"actor": k.speaker()},
    "counts-from-statements": lambda k: {"actor": k.speaker()},
    "no-claim-recorded": lambda k: {"place": k.site()},
    "timeline": _span,
    "contradictions": lambda k: {},
    "differences": lambda k: {},
    "demands-and-assurances": lambda k: {"actor": k.speaker()},
    "search": lambda k: {"q": k.words()},
}


def look_up(kind: str, keys: Keys) -> Ask:
    """A small query as a tool would send it: two or three triple patterns about a node."""
    attack, report = node("event", keys.attack()), node("report", keys.report())
    patterns = {
        "label": f"{node('actor', keys.group())} {SKOS.prefLabel}|{SKOS.altLabel} ?label",
        "quotes": f"?passage {CMQ.inReport} {report} ; {CMQ.quote} ?quote ; {CMQ.startOffset} ?start",
        "who-said": f"?statement {CMQ.reportedIn} {report} ; {CMQ.assertedBy} ?actor ; {CMQ.stance} ?stance",
        "claimants": f"{attack} {CMQ.hasClaimant} ?actor . ?actor {SKOS.prefLabel} ?label",
        "titles": f"?p {CMQ.aboutEvent} {attack} . ?s {CMQ.expresses} ?p ; {CMQ.reportedIn} ?r . ?r {DCTERMS.title} ?title",
        "within": f"?site {CMQ.within} {node('place', keys.town())} ; {SKOS.prefLabel} ?label",
    }
    return ask.look_up(kind, f"SELECT * WHERE {{ {patterns[kind]} }}")


def page(keys: Keys) -> Ask:
    kind = keys.dice.weighted(PAGES)
    names = {"event": keys.attack, "report": keys.report, "actor": keys.group}
    return ask.page(kind, names[kind]())
