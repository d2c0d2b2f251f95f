"""OpenAPI of the named queries: parameters and columns give every endpoint its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from communique import media
from communique.binding import Column, Query
from communique.errors import CommuniqueError
from communique.http import PROBLEM
from communique.param import ATTACK, ONE_OF, Param, one_of

NODE: dict[str, Any] = {
    "type": "object", "required": ["id"],
    "properties": {"id": {"type": "string", "format": "uri"}, "label": {"type": "string"}},
}  # fmt: skip
VALUES: dict[str, dict[str, Any]] = {
    "integer": {"type": "integer"}, "decimal": {"type": "number"}, "boolean": {"type": "boolean"},
    "dateTime": {"type": "string", "format": "date-time"}, "edtf": {"type": "string"}, "text": {"type": "string"},
}  # fmt: skip
PAGING = (
    Param("limit", "integer", False, "How many rows at most"),
    Param("next", "token", False, "The token that the page before gave"),
)
# An answer as RDF: every triple of each node that it names.
GRAPHS: dict[str, Any] = {form.type: {"schema": {"type": "string"}} for form in media.GRAPHS}
GRAPHS["application/ld+json"] = {"schema": {"type": "object", "required": ["@context", "@graph"]}}
TABLE: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}}}


def _paging(query: Query) -> tuple[Param, ...]:
    words = [f"{minus}{column.name}" for minus in ("", "-") for column in query.columns]
    text = "The column that orders the rows, then as ever; a minus before it: the last first; nodes by their IRIs"
    return *PAGING, Param("sort", f"{ONE_OF}{','.join(words)}", False, text)


def operation(query: Query) -> dict[str, Any]:
    """What OpenAPI says of a named query's endpoint."""
    params = [*query.params, *(_paging(query) if query.paged else ()), _format("json", "csv")]
    return {
        "description": query.empty and f"An empty answer says: {query.empty}.",
        "parameters": [_parameter(p, query.route or "") for p in params],
        "responses": _responses(_answer(query), TABLE),
    }


def ledger(parts: Mapping[str, Query]) -> dict[str, Any]:
    """What OpenAPI says of the ledger: an answer for each part."""
    properties: dict[str, Any] = {"attack": NODE, "version": {"type": "string"}}
    properties |= {name: _answer(query) for name, query in parts.items()}
    return {
        "parameters": [_parameter(ATTACK, "{attack}"), _parameter(_format("json"), "")],
        "responses": _responses({"type": "object", "required": list(properties), "properties": properties}),
    }


def thing(kind: str) -> dict[str, Any]:
    """What OpenAPI says of one node: its properties, each with all its values."""
    row = {**NODE, "properties": {**NODE["properties"], "properties": {"type": "object"}}}
    name = Param("name", kind, True, f"The name of the {kind}")
    return {
        "parameters": [_parameter(name, "{name}"), _parameter(_format("json"), "")],
        "responses": _responses(_rows(row)),
    }


def by_name() -> dict[str, Any]:
    """What OpenAPI says of a named query asked by its name: an answer, or its text."""
    name = Param("name", "name", True, "The name of the query; its parameters stand behind the question mark")
    text = {"application/sparql-query": {"schema": {"type": "string"}}}
    return {
        "parameters": [_parameter(name, "{name}"), _parameter(_format("json", "csv", "rq"), "")],
        "responses": _responses(_rows({"type": "object"}), {**TABLE, **text}),
    }


def _answer(query: Query) -> dict[str, Any]:
    return _rows({"type": "object", "properties": {c.name: _column(c) for c in query.columns}})


def _rows(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["rows", "note", "next", "version"],
        "properties": {
            "rows": {"type": "array", "items": row},
            "note": {"type": ["string", "null"]},
            "next": {"type": ["string", "null"]},
            "version": {"type": "string"},
        },
    }


def _column(column: Column) -> dict[str, Any]:
    shape = NODE if column.is_node else VALUES[column.type]
    return {"description": column.text, "anyOf": [shape, {"type": "null"}]}


def _parameter(param: Param, route: str) -> dict[str, Any]:
    in_path = f"{{{param.name}}}" in route
    schema: dict[str, Any] = {"type": "integer" if param.type == "integer" else "string"}
    if words := one_of(param.type):
        schema["enum"] = list(words)
    return {
        "name": param.name, "in": "path" if in_path else "query", "required": in_path or param.required,
        "description": param.text, "schema": {"type": "array", "items": schema} if param.many else schema,
    }  # fmt: skip


def _format(*first: str) -> Param:
    names = ", ".join((*first, *(form.name for form in media.GRAPHS)))
    return Param("format", "format", False, f"The form, rather than by Accept: {names}")


def _responses(answer: dict[str, Any], more: Mapping[str, Any] = {}) -> dict[str, Any]:
    content = {"application/json": {"schema": answer}, **more, **GRAPHS}
    found: dict[str, Any] = {"200": {"description": "The answer", "content": content}}
    found["304"] = {"description": "Not modified"}
    problem = {PROBLEM: {"schema": {"type": "object", "required": ["type", "title", "status", "detail"]}}}
    for kind in sorted(CommuniqueError.__subclasses__(), key=lambda k: k.status):
        if kind.status in (400, 404, 406, 410):
            found[str(kind.status)] = {"description": kind.title, "content": problem}
    return found
