"""Stores of any size in our vocabulary, made without reports: what dumps are measured on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from communique.store import version_quad
from communique.store.embedded import Embedded
from communique.vocab import CMQ, DCTERMS, DERIVED, RDF, SHARED, SKOS, XSD, code, node


def made(folder: Path, triples: int) -> Path:
    """A store of about so many triples, published."""
    store = Embedded.open(folder, create=True)
    store.engine.bulk_extend(quads(triples))
    store.engine.add(version_quad("1-000000000000"))
    store.engine.optimize()
    Embedded(store.engine, folder).publish()
    return folder


def quads(triples: int) -> Iterator[Quad]:
    """Reports of six statements each, three about one event."""
    given, number = 0, 0
    while given < triples:
        for quad in _report(number):
            given += 1
            yield quad
        number += 1


def _report(number: int) -> Iterator[Quad]:
    report, event = node("report", f"r{number}"), node("event", f"e{number // 3}")
    yield Quad(report, RDF.type, CMQ.Report, report)
    yield Quad(report, DCTERMS.title, Literal(f"Report {number}", language="en"), report)
    if number % 3 == 0:
        yield Quad(event, RDF.type, CMQ.Attack, SHARED)
        yield Quad(event, SKOS.prefLabel, Literal(f"Event {number // 3}", language="en"), SHARED)
    for place in range(6):
        yield from _statement(report, event, number, place)


def _statement(report: NamedNode, event: NamedNode, number: int, place: int) -> Iterator[Quad]:
    me, words, said = (_hashed(kind, number, place) for kind in ("statement", "passage", "proposition"))
    actor = node("actor", f"a{number * place % 500}")
    for predicate, value in (
        (RDF.type, CMQ.Statement), (CMQ.expresses, said), (CMQ.assertedBy, actor), (CMQ.reportedIn, report),
        (CMQ.stance, code("stance", "claims")), (CMQ.hasPassage, words),
    ):  # fmt: skip
        yield Quad(me, predicate, value, report)
    yield Quad(words, RDF.type, CMQ.Passage, report)
    yield Quad(words, CMQ.inReport, report, report)
    yield Quad(words, CMQ.quote, Literal(f'"at least seven rockets", said {place} in report {number}'), report)
    for predicate, offset in ((CMQ.startOffset, place * 100), (CMQ.endOffset, place * 100 + 60)):
        yield Quad(words, predicate, Literal(str(offset), datatype=XSD.integer), report)
    yield Quad(said, RDF.type, CMQ.Proposition, SHARED)
    yield Quad(said, CMQ.aboutEvent, event, SHARED)
    yield Quad(said, CMQ.responsibleActor, actor, SHARED)
    if number % 3 == 0:
        yield Quad(event, CMQ.hasClaimant, actor, DERIVED)


def _hashed(kind: str, number: int, place: int) -> NamedNode:
    return node(kind, hashlib.sha256(f"{kind} {number} {place}".encode()).hexdigest()[:32])
