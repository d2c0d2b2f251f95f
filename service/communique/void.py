"""What the data is made of, in VoID: how much of what there is, by class and by property."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from communique.store import META, Store, rows
from communique.vocab import CMQ, DCTERMS, ID, OWL, RDF, XSD, Namespace

VOID = Namespace("http://rdfs.org/ns/void#")
LICENCE = NamedNode("https://creativecommons.org/licenses/by/4.0/")
TITLE = Literal("Communiqué: armed attacks and what is said about them", language="en")


@dataclass(frozen=True)
class Counts:
    """How many triples there are, by class of their subject and by property."""

    version: str
    triples: int
    classes: dict[str, int]
    properties: dict[str, int]


def count(store: Store, version: str) -> Counts:
    """The counts of a store, without what it keeps for itself."""
    classes = _tally(store, "SELECT ?x (COUNT(*) AS ?n) WHERE { ?s a ?x } GROUP BY ?x")
    properties = Counter(_tally(store, "SELECT ?x (COUNT(*) AS ?n) WHERE { ?s ?x ?o } GROUP BY ?x"))
    properties.subtract(quad.predicate.value for quad in store.quads(META))
    held = {name: number for name, number in properties.items() if number > 0}
    return Counts(version, sum(held.values()), classes, held)


def of_data(data: NamedNode, counts: Counts) -> Iterator[Triple]:
    """The description of a dataset, wherever it is to be had."""
    yield Triple(data, RDF.type, VOID.Dataset)
    yield Triple(data, DCTERMS.title, TITLE)
    yield Triple(data, DCTERMS.license, LICENCE)
    yield Triple(data, VOID.uriSpace, Literal(ID.base))
    yield Triple(data, VOID.vocabulary, NamedNode(CMQ.base))
    yield Triple(data, OWL.versionInfo, Literal(counts.version))
    yield Triple(data, VOID.triples, number(counts.triples))
    yield Triple(data, VOID.classes, number(len(counts.classes)))
    yield Triple(data, VOID.properties, number(len(counts.properties)))
    yield from _partitions(data, counts.classes, VOID.classPartition, VOID["class"], VOID.entities)
    yield from _partitions(data, counts.properties, VOID.propertyPartition, VOID.property, VOID.triples)


def number(value: int) -> Literal:
    return Literal(str(value), datatype=XSD.integer)


def _tally(store: Store, text: str) -> dict[str, int]:
    found = ((row["x"], row["n"]) for row in rows(store, text))
    told = {x.value: int(n.value) for x, n in found if isinstance(x, NamedNode) and isinstance(n, Literal)}
    return dict(sorted(told.items()))


def _partitions(
    data: NamedNode, counts: dict[str, int], partition: NamedNode, of: NamedNode, size: NamedNode
) -> Iterator[Triple]:
    for place, (name, held) in enumerate(counts.items()):
        part = BlankNode(f"{of.value.rpartition('#')[2]}{place}")
        yield Triple(data, partition, part)
        yield Triple(part, RDF.type, VOID.Dataset)
        yield Triple(part, of, NamedNode(name))
        yield Triple(part, size, number(held))
