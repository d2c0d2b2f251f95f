"""Named queries, all of a page at once; every figure and list of a page is the answer to one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from communique.answer import MAX_LIMIT, Answer
from communique.pages.card import Card, Row, Words
from communique.pages.card import cards as cards_of
from communique.pages.sources import QUERY as SOURCES
from communique.pages.sources import Source, reports, source
from communique.param import Given
from communique.service import Service

WORDS, POINTS, TOLD = "statement-passages", "place-points", "statement-told"


@dataclass(frozen=True)
class Beside:
    """What stands beside rows of evidence, which name statements, reports and places by their IRIs."""

    words: dict[str, list[Words]]  # all that a statement rests on, with translations
    sources: dict[str, Source]
    points: dict[str, Row]
    told: dict[str, Row]  # the question that a statement answers, and its answer

    def cards(self, rows: Iterable[Row]) -> list[Card]:
        """A card for each statement of these rows, with its answer where that is known beside them."""
        return cards_of((self._whole(row) for row in rows), self.words)

    def _whole(self, row: Row) -> Row:
        told = self.told.get(row["statement"]["id"], {})
        return {**told, **{key: value for key, value in row.items() if value is not None or key not in told}}


def of_all(service: Service, asked: Mapping[str, Given]) -> dict[str, Answer]:
    """The answer to each of these named queries, by its name."""
    found = service.ask_all([(service.catalog[name], given, None) for name, given in asked.items()])
    return dict(zip(asked, found, strict=True))


def beside(service: Service, evidence: Iterable[Row], places: Iterable[str] = (), *, told: bool = True) -> Beside:
    """What the cards of these rows need, and the points of these places; `told` where the rows lack the answers."""
    rows = list(evidence)
    named = statements(rows)
    found = of_each(service, [
        (WORDS, "statement", named), (SOURCES, "report", reports(rows)), (POINTS, "place", places),
        (TOLD, "statement", named if told else []),
    ])  # fmt: skip
    answered: dict[str, Row] = {}
    for row in found[TOLD]:
        answered.setdefault(row["statement"]["id"], row)
    return Beside(
        words=_words(found[WORDS]),
        sources={row["report"]["id"]: source(row) for row in found[SOURCES]},
        points={row["place"]["id"]: row for row in found[POINTS]},
        told=answered,
    )


def of_each(service: Service, asked: Iterable[tuple[str, str, Iterable[str]]]) -> dict[str, list[Row]]:
    """The rows of queries about many nodes: (query, parameter, IRIs), as many at a time as one parameter may have."""
    wanted = [(query, parameter, sorted(set(nodes))) for query, parameter, nodes in asked]
    parts = [
        (query, {parameter: nodes[at : at + MAX_LIMIT]})
        for query, parameter, nodes in wanted
        for at in range(0, len(nodes), MAX_LIMIT)
    ]
    found: dict[str, list[Row]] = {query: [] for query, _, _ in wanted}
    given = service.ask_all([(service.catalog[query], given, None) for query, given in parts]) if parts else []
    for (query, _), answer in zip(parts, given, strict=True):
        found[query] += answer.rows
    return found


def statements(rows: Iterable[Row]) -> list[str]:
    """The statements that rows of evidence name."""
    return list(dict.fromkeys(row["statement"]["id"] for row in rows))


def evidence(found: Iterable[Answer]) -> list[Row]:
    """The rows of these answers that rest on statements."""
    return [row for answer in found for row in answer.rows if row.get("statement")]


def _words(rows: Iterable[Row]) -> dict[str, list[Words]]:
    found: dict[str, list[Words]] = {}
    for row in rows:
        words = Words(row["quote"], row["start"], row["end"], row["translation"])
        found.setdefault(row["statement"]["id"], []).append(words)
    return found
