"""A part of a file needs the links that lead from it or to it, however far away, and not those of others."""

from __future__ import annotations

import pytest
from pyoxigraph import NamedNode, Triple

from communique.ties import Ties
from communique.vocab import CMQ, SKOS, code, node

REPORTS = [node("report", name) for name in "abcde"]
OLD, NEW, OTHER = (node("statement", str(number) * 32) for number in (1, 2, 3))
WITHIN = Triple(node("place", "town"), CMQ.within, node("place", "land"))
RELATED = Triple(code("aspect", "one"), SKOS.related, code("aspect", "other"))
COPIES = [Triple(REPORTS[n], CMQ.copyOf, REPORTS[n + 1]) for n in (0, 1)]
ANOTHER = Triple(REPORTS[3], CMQ.copyOf, REPORTS[4])
SUPERSEDES = [Triple(NEW, CMQ.supersedes, OLD), Triple(NEW, CMQ.assertedBy, node("actor", "army"))]
# Of the same actor, which ties nothing to anything.
ELSEWHERE = [
    Triple(OTHER, CMQ.supersedes, node("statement", "4" * 32)),
    Triple(OTHER, CMQ.assertedBy, node("actor", "army")),
]
LINKS = [WITHIN, RELATED, *COPIES, ANOTHER, *SUPERSEDES, *ELSEWHERE]
WHERE: dict[NamedNode, int] = {**{report: n for n, report in enumerate(REPORTS)}, OLD: 0, NEW: 3, OTHER: 4}


@pytest.mark.parametrize(
    ("part", "needed"),
    [
        (0, [*COPIES, *SUPERSEDES]),
        (1, COPIES),
        (2, COPIES),
        (3, [ANOTHER, *SUPERSEDES]),
        (4, [ANOTHER, *ELSEWHERE]),
        (5, []),
    ],
)
def test_a_part_has_what_leads_from_it_or_to_it(part: int, needed: list[Triple]) -> None:
    ties = Ties([f"{link} .\n".encode() for link in LINKS], {iri.value: n for iri, n in WHERE.items()})
    found = ties.of(part).decode().splitlines()
    assert len(found) == len(set(found))
    assert set(found) == {f"{link} ." for link in (WITHIN, RELATED, *needed)}
