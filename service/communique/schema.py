"""OpenAPI of the named queries: parameters and columns give every endpoint its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from communique.catalog import ATTACK, Column, Param, Query
from communique.errors import CommuniqueError
from communique.http import PROBLEM

NODE = {
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
FORMAT = Param("format", "format", False, "json or csv, rather than by Accept")


def operation(query: Query) -> dict[str, Any]:
    """What OpenAPI says of a named query's endpoint."""
    params = [*query.params, *(PAGING if query.paged else ()), FORMAT]
    return {
        "description": query.empty and f"An empty answer says: {query.empty}.",
        "parameters": [_parameter(p, query.route or "") for p in params],
        "responses": _responses(_answer(query)),
    }


def ledger(parts: Mapping[str, Query]) -> dict[str, Any]:
    """What OpenAPI says of the ledger: an answer for each part."""
    properties: dict[str, Any] = {"attack": NODE, "version": {"type": "string"}}
    properties |= {name: _answer(query) for name, query in parts.items()}
    return {
        "parameters": [_parameter(ATTACK, "{attack}")],
        "responses": _responses({"type": "object", "required": list(properties), "properties": properties}),
    }


def _answer(query: Query) -> dict[str, Any]:
    row = {"type": "object", "properties": {c.name: _column(c) for c in query.columns}}
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
    return {
        "name": param.name, "in": "path" if in_path else "query", "required": in_path or param.required,
        "description": param.text, "schema": {"type": "integer" if param.type == "integer" else "string"},
    }  # fmt: skip


def _responses(answer: dict[str, Any]) -> dict[str, Any]:
    found = {"200": {"description": "The answer", "content": {"application/json": {"schema": answer}}}}
    found["304"] = {"description": "Not modified"}
    problem = {PROBLEM: {"schema": {"type": "object", "required": ["type", "title", "status", "detail"]}}}
    for kind in sorted(CommuniqueError.__subclasses__(), key=lambda k: k.status):
        if kind.status in (400, 404, 406, 410):
            found[str(kind.status)] = {"description": kind.title, "content": problem}
    return found
