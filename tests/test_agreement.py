"""Rules, direct SPARQL and HermiT derive the same from the statements: each class and shortcut, by each way that can say it.

The direct queries are written from the definitions in `core.ttl`, not from the rules: they ask stance and asserter of each
statement and use no class that follows, no shortcut and no rule.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import NamedNode, Triple

from communique import catalog, reason
from communique.content import open_content
from communique.reason import Vocabulary, _iri
from communique.store.embedded import Embedded
from communique.vocab import CMQ, CODE, RDF, Namespace
from conftest import filled

CONTENT = open_content()
CORE = [quad.triple for quad in ox.parse(path=CONTENT.core)]
VOCABULARY = Vocabulary(CORE)
SAMPLE = Path(__file__).parent / "shapes" / "sample.ttl"
STANCE = Namespace(f"{CODE}stance/")
PREFIXES = f"PREFIX cmq: <{CMQ}> PREFIX stance: <{STANCE}> PREFIX aspect: <{CODE}aspect/> "

# An affirming stance: affirms, and the three kinds of it.
AFFIRMED = "VALUES ?stance { stance:affirms stance:claims stance:blames stance:confesses }"
SHORTCUTS = {
    "hasClaimant": """?s cmq:stance stance:claims ; cmq:expresses [ cmq:aboutEvent ?x ; cmq:responsibleActor ?y ]
        { ?s cmq:assertedBy ?y } UNION { ?s cmq:onBehalfOf ?y }""",
    "hasAccused": "?s cmq:stance stance:blames ; cmq:expresses [ cmq:aboutEvent ?x ; cmq:responsibleActor ?y ]",
    "hasDenier": """?s cmq:stance stance:denies ; cmq:expresses [ cmq:aboutEvent ?x ; cmq:responsibleActor ?y ]
        { ?s cmq:assertedBy ?y } UNION { ?s cmq:onBehalfOf ?y }""",
    "respondsTo": f"{AFFIRMED} ?s cmq:stance ?stance ; cmq:expresses [ cmq:aboutEvent ?x ; cmq:respondsToEvent ?y ]",
    "hasRespondent": f"""{AFFIRMED} ?s cmq:stance ?stance ; cmq:expresses [ cmq:aboutEvent ?x ; cmq:responsibleActor ?y ]
        {{ SELECT DISTINCT ?x {{ {AFFIRMED} ?t cmq:stance ?stance ; cmq:expresses ?r . ?r cmq:aboutEvent ?x
           {{ ?r cmq:respondsToEvent ?e }} UNION {{ ?r cmq:statedReason ?w }} }} }}""",
    "candidateSameAs": f"""{AFFIRMED} ?s cmq:stance ?stance ;
        cmq:expresses [ cmq:aboutEvent ?x ; cmq:aspect aspect:same-event ; cmq:relObject ?y ]""",
}
RESPONSE = f"""{AFFIRMED} ?s cmq:stance ?stance ; cmq:expresses ?r . ?r cmq:aboutEvent ?x
    {{ ?r cmq:respondsToEvent ?e }} UNION {{ ?r cmq:statedReason ?w }}"""
OFFICIAL = "VALUES ?kind { cmq:State cmq:StateForce cmq:GovernmentBody cmq:Alliance }"
CLASSES = {
    "ClaimOfResponsibility": "?x cmq:stance stance:claims",
    "Attribution": "?x cmq:stance stance:blames",
    "Denial": "?x cmq:stance stance:denies",
    "ResponsibilityDenial": "?x cmq:stance stance:denies ; cmq:expresses [ cmq:responsibleActor ?y ]",
    "Reaction": "VALUES ?stance { stance:condemns stance:condoles stance:endorses } ?x cmq:stance ?stance",
    "Commitment": "VALUES ?stance { stance:assures stance:announces stance:threatens } ?x cmq:stance ?stance",
    "OfficialStatement": f"{OFFICIAL} {{ ?x cmq:assertedBy ?y }} UNION {{ ?x cmq:onBehalfOf ?y }} ?y a ?kind",
    "ResponsibilityProposition": "?x cmq:responsibleActor ?y",
    "ResponseProposition": "{ ?x cmq:respondsToEvent ?y } UNION { ?x cmq:statedReason ?y }",
    "RelationProposition": "?x cmq:relObject ?y",
}

# What the sample has none of: a response that names what it answers, affirmed and denied, and events that may be one.
MORE = f"""{PREFIXES} PREFIX x: <https://example.org/> INSERT DATA {{
    x:answer a cmq:Proposition, cmq:ResponseProposition ; cmq:aboutEvent x:raid ; cmq:respondsToEvent x:rockets .
    x:refuted a cmq:Proposition, cmq:ResponseProposition ; cmq:aboutEvent x:strike ; cmq:respondsToEvent x:rockets .
    x:one a cmq:Proposition, cmq:RelationProposition ; cmq:aboutEvent x:raid ; cmq:aspect aspect:same-event ; cmq:relObject x:strike .
    x:raid a cmq:Event . x:rockets a cmq:Event . x:strike a cmq:Event .
    x:told a cmq:Statement ; cmq:stance stance:affirms ; cmq:expresses x:answer, x:one .
    x:denied a cmq:Statement, cmq:Denial ; cmq:stance stance:denies ; cmq:expresses x:refuted .
}}"""


def sample() -> Embedded:
    """The sample of the shapes, of every kind of node, with the code lists and what the rules make of it."""
    store = Embedded.memory()
    store.engine.bulk_load(path=SAMPLE)
    store.engine.bulk_load(path=CONTENT.schemes)
    store.engine.update(MORE)
    for path in CONTENT.rules():
        store.engine.extend([ox.Quad(*triple) for triple in _triples(store, catalog.read(path).text)])
    return store


def _triples(store: Embedded, text: str) -> list[Triple]:
    found = store.query(text)
    assert isinstance(found, ox.QueryTriples)
    return list(found)


@cache
def graph(name: str) -> Embedded:
    return filled(CONTENT) if name == "curated" else sample()


@cache
def inferred(name: str) -> frozenset[Triple]:
    """What HermiT makes of the data with none of the classes that are compared, and no shortcut, in it."""
    derived = {*VOCABULARY.statement_classes, *(CMQ[name].value for name in CLASSES)}
    links = {CMQ[name] for name in SHORTCUTS}
    kept = [
        quad.triple
        for quad in graph(name).engine
        if quad.predicate not in links
        and not (quad.predicate == RDF.type and getattr(quad.object, "value", "") in derived)
        and not str(quad.subject).startswith(f"<{CODE}")
    ]
    return frozenset(reason._infer([*CORE, *kept], timeout=300))


def direct(name: str, pattern: str, variables: str = "?x ?y") -> set[tuple[str, ...]]:
    found = graph(name).query(f"{PREFIXES} SELECT DISTINCT {variables} {{ {pattern} }}")
    assert isinstance(found, ox.QuerySolutions)
    return {tuple(term.value for term in row if isinstance(term, NamedNode)) for row in found}


BOTH = pytest.mark.parametrize("name", ["curated", "sample"])


@BOTH
@pytest.mark.parametrize("shortcut", SHORTCUTS)
@pytest.mark.later
def test_rules_and_direct_queries_give_the_same_shortcuts(name: str, shortcut: str) -> None:
    by_rule = {(_iri(t.subject), _iri(t.object)) for t in made(name) if t.predicate == CMQ[shortcut]}
    assert by_rule == direct(name, SHORTCUTS[shortcut])
    # No axiom says so: whoever is claimant or accused is it by somebody's word.
    assert not [t for t in inferred(name) if t.predicate == CMQ[shortcut]]


def made(name: str) -> list[Triple]:
    """What the rules make of a graph."""
    return [triple for path in CONTENT.rules() for triple in _triples(graph(name), catalog.read(path).text)]


@BOTH
@pytest.mark.later
def test_rules_and_direct_queries_give_the_same_responses(name: str) -> None:
    by_rule = {(_iri(t.subject),) for t in made(name) if t.object == CMQ.Response}
    assert by_rule == direct(name, RESPONSE, "?x")
    assert not [t for t in inferred(name) if t.object == CMQ.Response]


@BOTH
@pytest.mark.parametrize("kind", CLASSES)
def test_what_is_written_direct_queries_and_hermit_give_the_same_classes(name: str, kind: str) -> None:
    written = {(_iri(q.subject),) for q in graph(name).engine.quads_for_pattern(None, RDF.type, CMQ[kind], None)}
    # HermiT tells the lowest classes; those above follow.
    follows = {
        (_iri(t.subject),)
        for t in inferred(name)
        if t.predicate == RDF.type
        and isinstance(t.object, NamedNode)
        and CMQ[kind].value in VOCABULARY.up(t.object.value)
    }
    individuals = {(_iri(q.subject),) for q in graph(name).engine if isinstance(q.subject, NamedNode)}
    assert written == direct(name, CLASSES[kind], "?x")
    assert written == follows & individuals


@pytest.mark.parametrize("kind", CLASSES)
def test_each_class_is_tried_on_something(kind: str) -> None:
    assert any(direct(name, CLASSES[kind], "?x") for name in ("curated", "sample"))


@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_each_shortcut_is_tried_on_something(shortcut: str) -> None:
    assert any(direct(name, SHORTCUTS[shortcut]) for name in ("curated", "sample"))
