"""The service in its own words: SPARQL 1.1 Service Description."""

from __future__ import annotations

import pyoxigraph as ox
from pyoxigraph import BlankNode, NamedNode, Triple

from communique.media import GRAPHS, RESULTS, Rdf
from communique.store import Dataset
from communique.vocab import RDF, Namespace

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
FORMATS = "http://www.w3.org/ns/formats/"
NAMES = {
    "srj": "SPARQL_Results_JSON", "srx": "SPARQL_Results_XML", "csv": "SPARQL_Results_CSV", "tsv": "SPARQL_Results_TSV",
    "ttl": "Turtle", "nt": "N-Triples", "jsonld": "JSON-LD", "rdf": "RDF_XML",
}  # fmt: skip


def service(endpoint: str, dataset: Dataset, form: Rdf) -> bytes:
    """The description of the query service at `endpoint`, as true as this file is."""
    me, held, default = BlankNode("service"), BlankNode("dataset"), BlankNode("default")
    triples = [
        Triple(me, RDF.type, SD.Service),
        Triple(me, SD.endpoint, NamedNode(endpoint)),
        Triple(me, SD.supportedLanguage, SD.SPARQL11Query),
        *(
            Triple(me, SD.resultFormat, NamedNode(FORMATS + NAMES[f.name]))
            for f in (*RESULTS, *GRAPHS)
            if f.name in NAMES
        ),
        Triple(me, SD.defaultDataset, held),
        Triple(held, RDF.type, SD.Dataset),
        Triple(held, SD.defaultGraph, default),
        Triple(default, RDF.type, SD.Graph),
    ]
    if dataset.union:
        triples.append(Triple(me, SD.feature, SD.UnionDefaultGraph))
    return ox.serialize(triples, format=form.engine, prefixes={"sd": SD.base, "format": FORMATS}) or b""
