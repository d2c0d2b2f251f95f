"""The service and the data in their own words: SPARQL 1.1 Service Description, and VoID."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Lock

import pyoxigraph as ox
from pyoxigraph import BlankNode, NamedNode, Triple

from communique.dump import FORMATS as DUMPS
from communique.media import ANY_RDF, RESULTS, Rdf
from communique.settings import Settings
from communique.store import Store
from communique.vocab import DCTERMS, RDF, RDFS, Namespace
from communique.void import VOID, Counts, count, of_data

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
FORMAT = Namespace("http://www.w3.org/ns/formats/")
NAMES = {
    "srj": "SPARQL_Results_JSON", "srx": "SPARQL_Results_XML", "csv": "SPARQL_Results_CSV", "tsv": "SPARQL_Results_TSV",
    "ttl": "Turtle", "nt": "N-Triples", "jsonld": "JSON-LD", "rdf": "RDF_XML", "nq": "N-Quads", "trig": "TriG",
}  # fmt: skip
PREFIXES = {"sd": SD.base, "void": VOID.base, "format": FORMAT.base, "dcterms": DCTERMS.base, "foaf": FOAF.base}
# Where the description of the data is, and the data in it.
WELL_KNOWN = "/.well-known/void"
# A description stays one page: of more graphs than this, it names the first.
MOST_GRAPHS = 1000


class Descriptions:
    """Both descriptions of a service over a store, made of what is looked up once for each version of the data."""

    def __init__(self, store: Store, settings: Settings, writable: Callable[[], bool]) -> None:
        self.store, self.settings, self.writable = store, settings, writable
        self.lock = Lock()
        self.counted: Counts | None = None
        self.listed: tuple[str, list[NamedNode]] | None = None

    def service(self, root: str, form: Rdf) -> bytes:
        """The service description, of the service at the address `root`."""
        return _written(_service(root, self.settings, self.graphs(), writable=self.writable()), form)

    def void(self, root: str, form: Rdf) -> bytes:
        """The VoID description, of the service at the address `root`."""
        return _written(_void(root, self.counts()), form)

    def graphs(self) -> list[NamedNode]:
        with self.lock:
            version = self.store.version
            if self.listed is None or self.listed[0] != version:
                self.listed = version, self.store.graphs()
            return self.listed[1]

    def counts(self) -> Counts:
        with self.lock:
            version = self.store.version
            if self.counted is None or self.counted.version != version:
                self.counted = count(self.store, version)
            return self.counted


def _service(root: str, settings: Settings, graphs: list[NamedNode], *, writable: bool) -> Iterator[Triple]:
    """As true as this file is. There are no extension functions, and none are listed."""
    query, data, default = BlankNode("query"), NamedNode(f"{root}{WELL_KNOWN}#data"), BlankNode("default")
    yield from _endpoint(query, f"{root}/sparql", SD.SPARQL11Query, settings)
    for form in (*RESULTS, *ANY_RDF):
        if form.name in NAMES:
            yield Triple(query, SD.resultFormat, FORMAT[NAMES[form.name]])
    described = [query]
    if writable:
        update = BlankNode("update")
        described.append(update)
        yield from _endpoint(update, f"{root}/update", SD.SPARQL11Update, settings)
        for form in ANY_RDF:
            yield Triple(update, SD.inputFormat, FORMAT[NAMES[form.name]])
    for me in described:
        yield Triple(me, SD.defaultDataset, data)
    yield Triple(data, RDF.type, SD.Dataset)
    yield Triple(data, RDFS.seeAlso, NamedNode(root + WELL_KNOWN))
    yield Triple(data, SD.defaultGraph, default)
    yield Triple(default, RDF.type, SD.Graph)
    for number, graph in enumerate(graphs[:MOST_GRAPHS]):
        named, held = BlankNode(f"named{number}"), BlankNode(f"graph{number}")
        yield Triple(data, SD.namedGraph, named)
        yield Triple(named, RDF.type, SD.NamedGraph)
        yield Triple(named, SD.name, graph)
        yield Triple(named, SD.graph, held)
        yield Triple(held, RDF.type, SD.Graph)


def _endpoint(me: BlankNode, address: str, language: NamedNode, settings: Settings) -> Iterator[Triple]:
    yield Triple(me, RDF.type, SD.Service)
    yield Triple(me, SD.endpoint, NamedNode(address))
    yield Triple(me, SD.supportedLanguage, language)
    yield Triple(me, SD.feature, SD.EmptyGraphs)
    if settings.default_graph == "union" and language == SD.SPARQL11Query:
        yield Triple(me, SD.feature, SD.UnionDefaultGraph)
    if settings.service_allow and language == SD.SPARQL11Query:
        yield Triple(me, SD.feature, SD.BasicFederatedQuery)


def _void(root: str, counts: Counts) -> Iterator[Triple]:
    page, data = NamedNode(root + WELL_KNOWN), NamedNode(f"{root}{WELL_KNOWN}#data")
    yield Triple(page, RDF.type, VOID.DatasetDescription)
    yield Triple(page, FOAF.primaryTopic, data)
    yield from of_data(data, counts)
    yield Triple(data, VOID.sparqlEndpoint, NamedNode(f"{root}/sparql"))
    for form in DUMPS.values():
        yield Triple(data, VOID.dataDump, NamedNode(f"{root}/dumps/communique.{form.name}"))
        yield Triple(data, VOID.feature, FORMAT[NAMES[form.name]])


def _written(triples: Iterator[Triple], form: Rdf) -> bytes:
    return ox.serialize(triples, format=form.engine, prefixes=PREFIXES) or b""
