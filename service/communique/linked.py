"""RDF of an answer: the description of every node that it names, which is the store's own triples and no others.

A statement without its content and its words would say nothing, so both come with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph as ox
from pyoxigraph import NamedNode, Triple

from communique import jsonld, media
from communique.errors import OverCap
from communique.store import Store, triples
from communique.vocab import CMQ, CODE, ID, prefixes

# Described by one query, and most triples of one answer: it is whole or refused.
BATCH = 500
MOST = 50_000
WITH_A_STATEMENT = (CMQ.expresses, CMQ.hasPassage)


def written(found: Iterable[Triple], form: media.Rdf, context: jsonld.Context) -> bytes:
    """The triples in a form, JSON-LD by this context."""
    if form is media.JSONLD:
        return jsonld.written(found, context)
    return ox.serialize(found, format=form.engine, prefixes=prefixes()) or b""


class Linked:
    """What is written as RDF outside of /sparql and the dumps, JSON-LD by the content's own context."""

    def __init__(self, store: Store, context: jsonld.Context) -> None:
        self.store, self.context = store, context

    def written(self, found: Iterable[Triple], form: media.Rdf) -> bytes:
        return written(found, form, self.context)

    def answer(self, document: Any, form: media.Rdf) -> bytes:
        """A JSON answer as RDF: every triple of each node and code of ours that it names, and of each statement's
        proposition and passages.

        Raises OverCap for an answer of too many triples.
        """
        nodes = set(named(document))
        found = self.described(sorted(nodes))
        parts = {t.object.value for t in found if t.predicate in WITH_A_STATEMENT and isinstance(t.object, NamedNode)}
        return self.written(found + self.described(sorted(parts - nodes), len(found)), form)

    def described(self, nodes: list[str], before: int = 0) -> list[Triple]:
        """Every triple whose subject is one of the nodes, a node's together; `before` counts what was found before."""
        most = MOST - before
        found: list[Triple] = []
        for start in range(0, len(nodes), BATCH):
            found += triples(self.store, _construct(nodes[start : start + BATCH], most + 1 - len(found)))
            if len(found) > most:
                raise OverCap(f"this answer has more than {MOST} triples; ask for less at a time")
        return sorted(found, key=str)


def _construct(nodes: list[str], most: int) -> str:
    values = " ".join(str(NamedNode(iri)) for iri in nodes)
    return f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ VALUES ?s {{ {values} }} ?s ?p ?o }} LIMIT {most}"


def named(document: Any) -> Iterator[str]:
    """The IRIs of our nodes and codes in a JSON answer, where a node is `{"id": …}`."""
    if isinstance(document, dict):
        if isinstance(iri := document.get("id"), str) and iri.startswith((ID.base, CODE.base)):
            yield iri
        for value in document.values():
            yield from named(value)
    elif isinstance(document, list):
        for value in document:
            yield from named(value)
