"""One thing that is asked: of us by an address, of another store by the SPARQL that says the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from communique import binding, media
from communique.answer import LIMIT
from communique.bench.request import NTRIPLES, RESULTS
from communique.binding import Query
from communique.catalog import Catalog
from communique.vocab import node


@dataclass(frozen=True)
class Ask:
    """A question by its kind, the path at which we answer it, and the SPARQL texts that come to the same.

    `accept` is what we are asked for, `results` what a SPARQL endpoint is asked for.
    """

    kind: str
    path: str
    texts: tuple[str, ...]
    accept: str = media.JSON.type
    results: str = RESULTS


def named(query: Query, given: Mapping[str, str]) -> Ask:
    """A named query at its route; a list by its first page."""
    return Ask(query.name, _path(query.route or f"/api/queries/{query.name}", given), (text_of(query, given),))


def ledger(catalog: Catalog, attack: str) -> Ask:
    """All that is said about an attack; of a SPARQL endpoint, part by part."""
    texts = tuple(text_of(query, {"attack": attack}) for query in catalog.ledger().values())
    return Ask("ledger", f"/api/attacks/{attack}", texts)


def look_up(kind: str, text: str) -> Ask:
    """A query that nobody named; asked of us at /sparql as well."""
    return Ask(kind, f"/sparql?{urlencode({'query': text})}", (text,), RESULTS)


def page(kind: str, name: str) -> Ask:
    """The page of a node; of a SPARQL endpoint, every triple of it, as the page asks for them itself."""
    iri = node(kind, name)
    said = f"{{ BIND({iri} AS ?s) {iri} ?p ?o }} UNION {{ BIND({iri} AS ?o) ?s ?p {iri} }}"
    text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {said} }}"
    return Ask(f"page of {kind}", f"/id/{kind}/{name}", (text,), media.HTML.type, NTRIPLES)


def text_of(query: Query, given: Mapping[str, str]) -> str:
    """The SPARQL of a named query with its parameters, as the service puts it together, without its comments."""
    text = bare(binding.bind(query, query.typed(given)))
    return f"{text}\nLIMIT {LIMIT + 1}" if query.paged else text


def bare(text: str) -> str:
    """Without the lines that are comments; the longest queries would not fit into the addresses that some servers take."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def _path(route: str, given: Mapping[str, str]) -> str:
    rest = dict(given)
    for name in list(rest):
        if f"{{{name}}}" in route:
            route = route.replace(f"{{{name}}}", quote(rest.pop(name)))
    return f"{route}?{urlencode(rest)}" if rest else route
