"""Media types: what we can write, and which of them an Accept header asks for (RFC 9110 section 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from pyoxigraph import QueryResultsFormat, RdfFormat

from communique.errors import BadRequest, NotAcceptable


@dataclass(frozen=True)
class Media:
    """A media type, and the short name that `format=` and file endings use."""

    name: str
    type: str

    @property
    def content_type(self) -> str:
        text = self.type.startswith("text/") or self.name == "json"
        return f"{self.type}; charset=utf-8" if text else self.type


@dataclass(frozen=True)
class Results(Media):
    engine: QueryResultsFormat


@dataclass(frozen=True)
class Rdf(Media):
    engine: RdfFormat


JSON = Media("json", "application/json")
HTML = Media("html", "text/html")
CSV = Media("csv", "text/csv")
QUERY = Media("rq", "application/sparql-query")
UPDATE = Media("ru", "application/sparql-update")

RESULTS = (
    Results("srj", "application/sparql-results+json", QueryResultsFormat.JSON),
    Results("srx", "application/sparql-results+xml", QueryResultsFormat.XML),
    Results("json", "application/json", QueryResultsFormat.JSON),
    Results("xml", "application/xml", QueryResultsFormat.XML),
    Results("csv", "text/csv", QueryResultsFormat.CSV),
    Results("tsv", "text/tab-separated-values", QueryResultsFormat.TSV),
)
TURTLE = Rdf("ttl", "text/turtle", RdfFormat.TURTLE)
NTRIPLES = Rdf("nt", "application/n-triples", RdfFormat.N_TRIPLES)
JSONLD = Rdf("jsonld", "application/ld+json", RdfFormat.JSON_LD)
RDFXML = Rdf("rdf", "application/rdf+xml", RdfFormat.RDF_XML)
NQUADS = Rdf("nq", "application/n-quads", RdfFormat.N_QUADS)
TRIG = Rdf("trig", "application/trig", RdfFormat.TRIG)
GRAPHS = (TURTLE, NTRIPLES, JSONLD, RDFXML)
DATASETS = (NQUADS, TRIG)
# A graph may be written as a dataset that has a default graph only.
ANY_RDF = (*GRAPHS, *DATASETS)

M = TypeVar("M", bound=Media)
# A longer Accept header than any client's own is read anew each time.
LONG = 300


def choose(accept: str | None, offers: Sequence[M], wanted: str | None = None) -> M:
    """The offer that `format=` (`wanted`) or the Accept header asks for; the first when neither says.

    Raises BadRequest for a format nobody offers, NotAcceptable (406) when the header refuses all.
    """
    if wanted is not None:
        named = next((offer for offer in offers if offer.name == wanted), None)
        if named is None:
            raise BadRequest(f"format {wanted!r} is not one of {_names(offers)}", parameter="format")
        return named
    if not accept or accept.strip() in ("", "*/*"):
        return offers[0]
    types = tuple(offer.type for offer in offers)
    best = _best(accept, types) if len(accept) <= LONG else _best.__wrapped__(accept, types)
    if best is None:
        asked_for = accept if len(accept) <= 200 else f"{accept[:200]}…"
        raise NotAcceptable(f"none of {asked_for!r} can be given; there is {', '.join(o.type for o in offers)}")
    return next(offer for offer in offers if offer.type == best)


@lru_cache(maxsize=1024)
def _best(accept: str, types: tuple[str, ...]) -> str | None:
    """The type that an Accept header asks for; clients send few different ones."""
    # They bring a whole server, which the first answers need not wait for.
    from werkzeug.datastructures import MIMEAccept
    from werkzeug.http import parse_accept_header

    # Every offer is in UTF-8, so no parameter but q tells one from another.
    asked = MIMEAccept((kind.partition(";")[0].strip(), q) for kind, q in parse_accept_header(accept, MIMEAccept))
    return asked.best_match(types)


def _names(offers: Sequence[Media]) -> str:
    return ", ".join(offer.name for offer in offers)
