"""A named query is a file: title, route, parameters, columns and SPARQL text in one place."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from communique.binding import BOUND, COLUMN_TYPES, ORDER, TALLIED, WHERE_GIVEN, Column, Query, groups, narrowed, order
from communique.content import Content
from communique.errors import Fault, Faulty, NotFound
from communique.lexer import tokens
from communique.param import Param, is_known

HEADER = re.compile(r"#\+\s*(?P<key>\w+):\s*(?P<value>.*?)\s*$")
ROUTE_PARAM = re.compile(r"\{(\w+)\}")


class Catalog:
    """Every query of a folder, by name."""

    def __init__(self, queries: list[Query]) -> None:
        self.queries = {query.name: query for query in queries}

    def __getitem__(self, name: str) -> Query:
        try:
            return self.queries[name]
        except KeyError:
            raise NotFound(f"there is no named query {name!r}; there are {', '.join(self.queries)}") from None

    def ledger(self) -> dict[str, Query]:
        """Part -> query: all that is asked of one attack, and nothing else."""
        head = "/api/attacks/{attack}/"
        parts = {q.route.removeprefix(head): q for q in self.queries.values() if q.route and q.route.startswith(head)}
        return dict(sorted(parts.items()))


def load(content: Content) -> Catalog:
    """The named queries of a content folder; Faulty when a file is not well formed."""
    queries = [read(path) for path in content.queries()]
    sought = next((query for query in queries if query.index), None)
    queries = [replace(query, sought=sought) if query.words else query for query in queries]
    lists = {query.name: query for query in queries if query.kept}
    return Catalog([replace(query, counted=lists.get(query.tally[0])) if query.tally else query for query in queries])


def read(path: Path) -> Query:
    """One .rq file. Raises Faulty when its header and its SPARQL disagree."""
    text = path.read_text("utf-8")
    fields: dict[str, list[tuple[int, str]]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if found := HEADER.match(line):
            fields.setdefault(found["key"], []).append((number, found["value"]))
    query = Query(
        name=path.stem,
        title=_single(fields, "title") or path.stem,
        text=text,
        route=_single(fields, "route"),
        params=tuple(_param(value) for _, value in fields.get("param", [])),
        columns=tuple(_column(value) for _, value in fields.get("column", [])),
        empty=_single(fields, "empty"),
        example=dict(pair.partition("=")[::2] for _, v in fields.get("example", []) for pair in v.split("&") if pair),
        paged=_single(fields, "list") == "yes",
        index=_index(_single(fields, "index")),
        sum=_single(fields, "sum"),
        first="\n".join(value for _, value in fields.get("first", [])) or None,
        kept=_single(fields, "keep") == "first",
        narrow=tuple(_named(value) for _, value in fields.get("narrow", [])),
        reach=tuple(value for _, value in fields.get("reach", [])),
        words=(_single(fields, "words") or "").partition(" ")[0] or None,
        kinds=tuple((_single(fields, "words") or "").split()[1:]),
        tally=tuple((_single(fields, "tally") or "").split()),
        tallied="\n".join(value for _, value in fields.get("tallied", [])) or None,
    )
    if faults := [Fault(str(path), 1, "query", message) for message in _disagreements(query)]:
        raise Faulty(faults)
    return query


def _single(fields: dict[str, list[tuple[int, str]]], key: str) -> str | None:
    return fields[key][0][1] if key in fields else None


def _named(value: str) -> tuple[str, str]:
    name, _, pattern = value.partition(" ")
    return name, pattern


def _index(value: str | None) -> tuple[str, str] | None:
    text, _, node = (value or "").partition(" ")
    return (text, node) if value else None


def _param(value: str) -> Param:
    name, kind, need, text = [*value.split(None, 3), "", "", "", ""][:4]
    return Param(name, kind, need == "required", text, many=need == "many")


def _column(value: str) -> Column:
    name, kind, text = [*value.split(None, 2), "", "", ""][:3]
    return Column(name, kind, text)


def _disagreements(query: Query) -> list[str]:
    """What the header says that the SPARQL does not bear out."""
    whole = narrowed(query.text, {p.name for p in query.params})
    said = list(tokens(whole))
    variables = {t.text[1:] for t in said if t.kind == "variable"}
    bound = {name for _, names in groups(whole) for name in names}
    found = [f"the parameter {p.name!r} is not used in a WHERE" for p in query.params if p.name not in bound]
    found += [f"the parameter {p.name!r} has an unknown type {p.type!r}" for p in query.params if not is_known(p)]
    found += [
        f"the column {c.name!r} has an unknown type {c.type!r}" for c in query.columns if c.type not in COLUMN_TYPES
    ]
    found += [f"the column {c.name!r} is not projected" for c in query.columns if c.name not in variables]
    found += _about_lists(query)
    routed = ROUTE_PARAM.findall(query.route or "")
    found += [f"the route's {name!r} is no required parameter" for name in routed if not _required(query, name)]
    if not any(t.is_word("WHERE") for t in said):
        found.append("the query has no WHERE")
    if query.columns and any(t.is_word("GRAPH", "FROM", "SERVICE") for t in said):
        found.append("a named query uses neither GRAPH nor FROM nor SERVICE")
    if query.param("as_of") and not {"statement", "saidBy"} <= {c.name for c in query.columns}:
        found.append("as_of needs the columns statement and saidBy, by which undated statements are counted")
    return found


def _about_lists(query: Query) -> list[str]:
    """The same, of how a list is begun, narrowed and counted."""
    found: list[str] = []
    lines = dict.fromkeys(line["name"] for line in WHERE_GIVEN.finditer(query.text))
    known = {p.name for p in query.params} | ({BOUND} if query.first else set())
    found += [f"a line stands for {name!r}, which is no parameter" for name in lines if name not in known]
    if query.first and not (query.paged and BOUND in lines and _tells_nodes(query.first)):
        found.append(f"what tells ?{BOUND} in order is for a list, which has lines that stand for it")
    if query.kept and (not query.first or any(p.required for p in query.params)):
        found.append("the nodes that are kept are those of a list that needs no parameter, and tells them")
    if bool(query.tally) != bool(query.tallied) or (query.tallied and TALLIED not in query.tallied):
        found.append(f"what counts the values of a list says how rows are made of {TALLIED}")
    if query.narrow and not query.kept:
        found.append("what narrows a list is kept with its nodes")
    if query.words and not (query.kept or order(query.first or "") == [(BOUND, False)]):
        found.append(
            "words are looked for in names of the nodes of a list that are kept, or in the order of their IRIs"
        )
    if any(("?subject" in pattern) == ("?object" in pattern) for pattern in query.reach):
        found.append("nodes are reached from a ?subject or from an ?object")
    if query.paged and not ORDER.search(query.text):
        found.append("a list needs a line that begins with ORDER BY")
    if query.index and (not query.paged or [p.type for p in query.params] != ["text"] or not _projects(query)):
        found.append("an index is for a list with one parameter, a text, and names two of its columns")
    return found


def _tells_nodes(first: str) -> bool:
    """Whether it gives nodes, and what they are ordered by."""
    head, _, _ = first.partition("{")
    return all(f"?{name}" in head for name in (BOUND, *(name for name, _ in order(first)))) and bool(order(first))


def _projects(query: Query) -> bool:
    """Whether the columns that its index names are there."""
    return {*(query.index or ())} <= {c.name for c in query.columns}


def _required(query: Query, name: str) -> bool:
    param = query.param(name)
    return param is not None and param.required
