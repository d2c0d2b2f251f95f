"""What follows from the axioms, and what must not: each `inferences/NAME.ttl` with what of it is entailed and what is not.

By HermiT through owlready2, as in the gate, and by the rules of OWL 2 RL/RDF; over all cases at once, as no two share a
node.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import NamedNode, Triple

from communique import reason
from communique.content import open_content
from communique.reason import Vocabulary
from communique.vocab import OWL, RDF, RDFS

CONTENT = open_content()
FOLDER = Path(__file__).parent / "inferences"
CASES = sorted(path.stem for path in FOLDER.glob("*.ttl") if "." not in path.stem)
CORE = [quad.triple for quad in ox.parse(path=CONTENT.core)]


def triples(name: str) -> list[Triple]:
    """The triples of a file; none where a case has no such file."""
    path = FOLDER / f"{name}.ttl"
    return [quad.triple for quad in ox.parse(path=path)] if path.is_file() else []


@cache
def inferred() -> frozenset[Triple]:
    """What HermiT infers of all cases, the classes above those it tells too."""
    given = [triple for name in CASES for triple in triples(name)]
    found = reason._infer([*CORE, *given], timeout=300)
    return frozenset([*given, *found, *_above([*given, *found])])


def _above(found: Iterable[Triple]) -> Iterator[Triple]:
    vocabulary = Vocabulary(CORE)
    for triple in found:
        if triple.predicate == RDF.type and isinstance(triple.object, NamedNode):
            for name in vocabulary.up(triple.object.value):
                yield Triple(triple.subject, RDF.type, NamedNode(name or OWL.Thing.value))


def test_no_two_cases_share_a_node() -> None:
    for name in CASES:
        own = f"https://example.org/{name}/"
        for suffix in ("", ".entailed", ".not-entailed"):
            assert all(str(t.subject).startswith(f"<{own}") for t in triples(name + suffix)), name


def test_every_file_is_of_a_case() -> None:
    for path in FOLDER.glob("*.ttl"):
        name, _, rest = path.stem.partition(".")
        assert name in CASES
        assert rest in ("", "entailed", "not-entailed")
    assert all(triples(f"{name}.entailed") and triples(f"{name}.not-entailed") for name in CASES)


@pytest.mark.parametrize("name", CASES)
def test_hermit_infers_what_is_entailed_and_no_more(name: str) -> None:
    # owlready2 leaves out the other direction of a symmetric link, which the rules find below.
    symmetric = Vocabulary(CORE).symmetric
    entailed = {t for t in triples(f"{name}.entailed") if t.predicate.value not in symmetric}
    assert entailed <= inferred()
    assert not {*triples(f"{name}.not-entailed")} & inferred()


def test_nothing_at_all_leads_from_an_event_to_an_actor_or_makes_two_one() -> None:
    vocabulary = Vocabulary(CORE)
    given = {reason._link(triple) for name in CASES for triple in triples(name)}
    links = {reason._link(t) for t in inferred() if t.predicate.value not in reason.SCHEMA_LEVEL}
    assert links - vocabulary.implied(given) == set()
    assert OWL.sameAs not in {triple.predicate for triple in inferred()}


# -- the second opinion


@cache
def closed() -> frozenset[Triple]:
    """The same by the rules of OWL 2 RL/RDF, which for such an ontology find every such triple (Profiles, theorem PR1)."""
    from owlrl import DeductiveClosure, OWLRL_Semantics
    from rdflib import Graph

    axioms = [t for t in CORE if not isinstance(t.object, ox.Literal) and t.predicate != RDFS.isDefinedBy]
    given = [*axioms, *(triple for name in CASES for triple in triples(name))]
    graph = Graph().parse(data=ox.serialize(given, format=ox.RdfFormat.N_TRIPLES) or b"", format="nt")
    DeductiveClosure(OWLRL_Semantics).expand(graph)
    text = graph.serialize(format="nt", encoding="utf-8")
    return frozenset(quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES))


@pytest.mark.parametrize("name", CASES)
def test_the_rules_of_owl_rl_find_the_same(name: str) -> None:
    assert {*triples(f"{name}.entailed")} <= closed()
    assert not {*triples(f"{name}.not-entailed")} & closed()
