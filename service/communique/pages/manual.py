"""The API as a page, made from its OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from communique.binding import Query
from communique.catalog import Catalog
from communique.errors import CommuniqueError
from communique.http import PROBLEM

# What a part of the service is called, in the order of the page.
PARTS = {
    "questions": "Questions", "sparql": "SPARQL", "linked data": "Linked data", "reports": "Reports",
    "graph store": "Graph store", "dumps": "Dumps", "profiles": "Profiles", "ontology": "Ontology", "operation": "Operation",
}  # fmt: skip
# Addresses that run as they stand, for what is no named query.
EXAMPLES = {
    "/sparql": "/sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D&format=srj", "/api/queries": "/api/queries", "/ns": "/ns?format=ttl",
    "/code/": "/code/?format=ttl", "/dumps/": "/dumps/?format=json", "/profiles/": "/profiles/", "/.well-known/void": "/.well-known/void",
    "/healthz": "/healthz", "/readyz": "/readyz",
}  # fmt: skip


@dataclass(frozen=True)
class Input:
    """A parameter."""

    name: str
    place: str  # path or query
    required: bool
    many: bool
    text: str


@dataclass(frozen=True)
class Output:
    """A column of an answer."""

    name: str
    type: str
    text: str


@dataclass(frozen=True)
class Operation:
    """A method of an address, and what it takes and gives."""

    method: str
    path: str
    summary: str
    description: str
    anchor: str
    example: str  # an address that runs; empty where there is none
    question: str  # the named query that it asks
    inputs: list[Input]
    outputs: list[Output]
    takes: list[str]  # media types of the body
    gives: list[str]  # media types of the answer


@dataclass(frozen=True)
class Part:
    title: str
    operations: list[Operation]

    @property
    def anchor(self) -> str:
        return "part-" + self.title.lower().replace(" ", "-")


@dataclass(frozen=True)
class Refusal:
    """A status of an error, and its name."""

    status: int
    title: str


def parts(document: Mapping[str, Any], catalog: Catalog) -> list[Part]:
    """The operations of an OpenAPI document, by their tags."""
    found: dict[str, list[Operation]] = {tag: [] for tag in PARTS}
    for tag, operation in _operations(document, {q.route: q for q in catalog.queries.values() if q.route}):
        found.setdefault(tag, []).append(operation)
    return [Part(PARTS.get(tag, tag), operations) for tag, operations in found.items() if operations]


def refusals() -> list[Refusal]:
    """The errors that this service knows, by status."""
    kinds = {kind.status: kind.title for kind in CommuniqueError.__subclasses__() if kind.title != "Wrong usage"}
    return [
        Refusal(status, title)
        for status, title in sorted({**kinds, 405: "Method not allowed", 500: "Internal error"}.items())
    ]


def _operations(document: Mapping[str, Any], questions: Mapping[str, Query]) -> Iterator[tuple[str, Operation]]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            query = questions.get(path) if method == "get" else None
            yield (told.get("tags") or ["operation"])[0], _operation(path, method, told, query)


def _operation(path: str, method: str, told: Mapping[str, Any], query: Query | None) -> Operation:
    return Operation(
        method.upper(), path, told.get("summary", ""), told.get("description") or "",
        query.name if query else _anchor(method, path),
        example(query) if query else EXAMPLES.get(path, "") if method == "get" else "", query.name if query else "",
        [_input(parameter) for parameter in told.get("parameters", [])], list(_outputs(told)),
        list(told.get("requestBody", {}).get("content", {})), _gives(told),
    )  # fmt: skip


def example(query: Query) -> str:
    """The address of a query's example: path parameters in their places, the others behind."""
    route, rest = query.route or "", {}
    for name, text in query.example.items():
        if f"{{{name}}}" in route:
            route = route.replace(f"{{{name}}}", text)
        else:
            rest[name] = text
    return f"{route}?{urlencode(rest)}" if rest else route


def _anchor(method: str, path: str) -> str:
    return "-".join([method, *re.findall(r"\w+", path)])


def _input(parameter: Mapping[str, Any]) -> Input:
    many = parameter.get("schema", {}).get("type") == "array"
    return Input(
        parameter["name"], parameter["in"], bool(parameter.get("required")), many, parameter.get("description", "")
    )


def _outputs(told: Mapping[str, Any]) -> Iterator[Output]:
    schema = told["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
    columns = schema.get("properties", {}).get("rows", {}).get("items", {}).get("properties", {})
    for name, column in columns.items():
        if "anyOf" in column:
            yield Output(name, _type(column["anyOf"][0]), column.get("description", ""))


def _type(schema: Mapping[str, Any]) -> str:
    return "node" if "properties" in schema else str(schema.get("format", schema.get("type", "")))


def _gives(told: Mapping[str, Any]) -> list[str]:
    """The media types of an answer that are told; a schema of anything tells nothing."""
    content = told["responses"].get("200", {}).get("content", {})
    return [kind for kind, body in content.items() if body.get("schema") and kind != PROBLEM]
