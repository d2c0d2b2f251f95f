"""A place's page: what is said to have happened there, who is said to be there, and where it is, as far as a source tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from communique.answer import Answer, Page
from communique.pages import answers
from communique.pages.card import Card, Node, Row
from communique.pages.sources import Source
from communique.service import Service
from communique.vocab import node

ATTACKS, PRESENCE, CONTRACTORS, POINT, NAMES = (
    "place-attacks", "place-presence", "place-contractors", "place-points", "node-labels",
)  # fmt: skip
QUERIES = (ATTACKS, PRESENCE, CONTRACTORS, POINT, NAMES)


@dataclass(frozen=True)
class Place:
    """What the page of a place shows; `point` is None where nothing at all is known of where it is."""

    node: Node
    names: list[Row]
    point: Row | None
    attacks: Answer
    present: list[Card]
    contractors: list[Card]
    sources: dict[str, Source]
    empty: dict[str, str]

    @property
    def drawn(self) -> bool:
        """Whether a source gives coordinates."""
        return self.point is not None and self.point["lat"] is not None and self.point["long"] is not None


def place(service: Service, name: str, after: str | None = None) -> Place:
    """The place of this name; NotFound where there is none. `after` is where its list of attacks goes on."""
    iri, given = node("place", name).value, {"place": name}
    found = _found(service, iri, given, after)
    beside = answers.beside(service, [*found[PRESENCE].rows, *found[CONTRACTORS].rows])
    points, names = found[POINT].rows, found[NAMES].rows
    return Place(
        node={"id": iri, "label": _label(names, name)}, names=list(names), point=points[0] if points else None,
        attacks=found[ATTACKS], present=beside.cards(found[PRESENCE].rows),
        contractors=beside.cards(found[CONTRACTORS].rows), sources=beside.sources,
        empty={query: answer.query.empty or "" for query, answer in found.items()},
    )  # fmt: skip


def _found(service: Service, iri: str, given: Mapping[str, str], after: str | None) -> dict[str, Answer]:
    catalog = service.catalog
    part = Page(after=after) if catalog[ATTACKS].paged else None
    asked = [(catalog[ATTACKS], given, part), *((catalog[query], given, None) for query in (PRESENCE, CONTRACTORS))]
    told = service.ask_all([*asked, (catalog[POINT], {"place": [iri]}, None), (catalog[NAMES], {"node": [iri]}, None)])
    return dict(zip(QUERIES, told, strict=True))


def _label(names: Iterable[Row], name: str) -> str:
    """The English name, else the first."""
    texts = sorted((row["language"] != "en", row["label"]) for row in names)
    return str(texts[0][1]) if texts else name
