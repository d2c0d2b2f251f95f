"""SPARQL 1.1 Protocol, query operation (section 2.1): GET, POST of a form, POST of the query itself."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

import pyoxigraph as ox
from fastapi import APIRouter, Request, Response
from pyoxigraph import NamedNode
from starlette.concurrency import run_in_threadpool

from communique import describe, media
from communique.errors import BadRequest, UnsupportedMediaType
from communique.guard import refuse_federation
from communique.http import reply
from communique.service import Service
from communique.store import Dataset
from communique.vocab import prefixes

FORM = "application/x-www-form-urlencoded"
PARAMETERS = frozenset({"query", "default-graph-uri", "named-graph-uri", "format"})


@dataclass(frozen=True)
class Operation:
    """A query, the dataset it is for, and the format it is wanted in."""

    text: str
    dataset: Dataset
    format: str | None


def router(service: Service) -> APIRouter:
    """/sparql of the service; a GET without parameters is the service description."""
    routes = APIRouter(tags=["sparql"])

    @routes.get("/sparql", summary="Ask in SPARQL, or get the service description")
    def get(request: Request) -> Response:
        if not request.url.query:
            return _description(service, request)
        return _evaluate(service, request, _operation(service, _decode(request.url.query.encode()), None))

    @routes.post("/sparql", summary="Ask in SPARQL")
    async def post(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(lambda: _evaluate(service, request, _posted(service, request, body)))

    return routes


def _posted(service: Service, request: Request, body: bytes) -> Operation:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM:
        return _operation(service, _decode(body), None)
    if kind == media.QUERY.type:
        return _operation(service, _decode(request.url.query.encode()), _utf8(body))
    raise UnsupportedMediaType(f"a query is posted as {FORM} or {media.QUERY.type}, not as {kind or 'nothing'}")


def _decode(text: bytes) -> list[tuple[str, str]]:
    """Form fields, decoded once."""
    try:
        return parse_qsl(text.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise BadRequest(f"the parameters are not percent-encoded UTF-8: {error}") from error


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"the query is not UTF-8: {error}") from error


def _operation(service: Service, fields: list[tuple[str, str]], direct: str | None) -> Operation:
    for name, _ in fields:
        if name not in PARAMETERS:
            raise BadRequest(f"unknown parameter {name!r}", parameter=name)
    queries = [value for name, value in fields if name == "query"] + ([] if direct is None else [direct])
    if len(queries) != 1:
        raise BadRequest(f"give one query, not {len(queries)}", parameter="query")
    dataset = Dataset(_graphs(fields, "default-graph-uri"), _graphs(fields, "named-graph-uri"), service.dataset.union)
    return Operation(queries[0], dataset, next((v for n, v in fields if n == "format"), None))


def _graphs(fields: list[tuple[str, str]], wanted: str) -> tuple[NamedNode, ...]:
    try:
        return tuple(NamedNode(value) for name, value in fields if name == wanted)
    except ValueError as error:
        raise BadRequest(f"parameter {wanted!r} is no IRI: {error}", parameter=wanted) from error


def _evaluate(service: Service, request: Request, operation: Operation) -> Response:
    refuse_federation(operation.text)
    version = service.store.version
    results = service.store.query(operation.text, operation.dataset)
    accept = request.headers.get("accept")
    if isinstance(results, ox.QueryTriples):
        graph = media.choose(accept, media.GRAPHS, operation.format)
        body = ox.serialize(results, format=graph.engine, prefixes=prefixes())
        return reply(request, graph, body or b"", service.tag(graph.name, version))
    table = media.choose(accept, _tables(results), operation.format)
    return reply(request, table, results.serialize(format=table.engine) or b"", service.tag(table.name, version))


def _tables(results: ox.QuerySolutions | ox.QueryBoolean) -> tuple[media.Results, ...]:
    """CSV and TSV are for solutions only (SPARQL 1.1 Query Results CSV and TSV Formats, section 1)."""
    if isinstance(results, ox.QueryBoolean):
        return tuple(r for r in media.RESULTS if r.name not in ("csv", "tsv"))
    return media.RESULTS


def _description(service: Service, request: Request) -> Response:
    form = media.choose(request.headers.get("accept"), media.GRAPHS)
    endpoint = str(request.url.replace(query=""))
    return reply(request, form, describe.service(endpoint, service.dataset, form), service.tag(form.name))
