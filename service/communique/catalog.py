"""A named query is a file: title, route, parameters, columns and SPARQL text in one place."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from communique.content import Content
from communique.errors import BadRequest, Fault, Faulty, NotFound
from communique.lexer import tokens
from communique.param import NODE_KINDS, Given, Param, Terms, each, is_known, several, typed

# A line of a query that is part of it only where the parameter is given; a comment to everyone else.
WHERE_GIVEN = re.compile(r"^(?P<space>[ \t]*)#\?[ \t]*(?P<name>\w+):[ \t]*", re.MULTILINE)
# A node that rows of a list are of; when it begins and ends, by what `to` and `from` leave of a list.
BOUND, BEGINS, ENDS = "bound", "begins", "ends"
SPAN = frozenset({"from", "to"})
CALLED = re.compile(r"VALUES (\?\w+) \{ \?bound \}")
# How the rows of a list are ordered: the last line that begins so.
ORDER = re.compile(r"^ORDER BY (?!.*^ORDER BY )", re.MULTILINE | re.DOTALL)
HEAD = "#+"
HEADER = re.compile(r"#\+\s*(?P<key>\w+):\s*(?P<value>.*?)\s*$")
ROUTE_PARAM = re.compile(r"\{(\w+)\}")
VALUE_TYPES = ("text", "integer", "decimal", "dateTime", "edtf", "boolean")
COLUMN_TYPES = (*NODE_KINDS, "entity", "node", "code", "class", *VALUE_TYPES)


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    text: str

    @property
    def is_node(self) -> bool:
        """Whether its values are IRIs, shown with a label."""
        return self.type not in VALUE_TYPES


@dataclass(frozen=True)
class Query:
    """A named query; `text` is the file's SPARQL as it stands, which any SPARQL 1.1 engine answers."""

    name: str
    title: str
    text: str
    route: str | None = None
    params: tuple[Param, ...] = ()
    columns: tuple[Column, ...] = ()
    empty: str | None = None
    example: Mapping[str, str] = field(default_factory=dict)
    paged: bool = False
    # The column of the text that its rows are found by, and the one of the node that all its patterns are about.
    index: tuple[str, str] | None = None
    # Of a rule, the property whose numbers are sums: over parts of the data, its numbers add up to those of the whole.
    sum: str | None = None
    # Of a list, the question that tells the nodes that its rows are of, in their order: the first rows are those of the first.
    first: str | None = None
    # Whether those nodes are kept in order beside the store.
    kept: bool = False

    def param(self, name: str) -> Param | None:
        return next((p for p in self.params if p.name == name), None)

    def typed(self, given: Given) -> dict[str, Terms]:
        """The given parameters as terms; BadRequest naming the one that is unknown, missing or malformed."""
        terms: dict[str, Terms] = {}
        for name, text in given.items():
            param = self.param(name)
            if param is None:
                raise BadRequest(f"unknown parameter {name!r}; {self.name} takes {self._accepted()}", parameter=name)
            terms[name] = typed(param, text) if isinstance(text, str) else several(param, text)
        for param in self.params:
            if param.required and param.name not in terms:
                raise BadRequest(
                    f"parameter {param.name!r} is missing: {param.text}{self._such_as(param)}", parameter=param.name
                )
        return terms

    @cached_property
    def asked(self) -> str:
        """The text without its head, which is for readers."""
        return "".join(line for line in self.text.splitlines(keepends=True) if not line.startswith(HEAD))

    @cached_property
    def groups(self) -> tuple[tuple[int, frozenset[str]], ...]:
        """Where the group of each WHERE begins in what is asked, and the variables that it names."""
        return tuple(_groups(self.asked))

    def _accepted(self) -> str:
        return ", ".join(p.name for p in self.params) or "none"

    def _such_as(self, param: Param) -> str:
        return f", such as {self.example[param.name]}" if param.name in self.example else ""


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
    return Catalog([read(path) for path in content.queries()])


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
    )
    if faults := [Fault(str(path), 1, "query", message) for message in _disagreements(query)]:
        raise Faulty(faults)
    return query


def bind(query: Query, terms: Mapping[str, Terms]) -> str:
    """The query's text with leading VALUES of typed terms; nothing is ever pasted into it as text.

    Each goes into every group of a WHERE that names its variable, since a sub-SELECT sees nothing of what is around it.
    The lines `#? NAME: …` are part of the text where the parameter is given.
    """
    narrowed = (
        replace(query, text=_called(_narrowed(query.asked, terms), terms)) if WHERE_GIVEN.search(query.asked) else query
    )
    parts, end = [], 0
    for place, names in narrowed.groups if terms else ():
        parts.append(narrowed.asked[end:place])
        parts += [f" VALUES ?{name} {{ {' '.join(map(str, each(terms[name])))} }}" for name in terms if name in names]
        end = place
    return "".join(parts) + narrowed.asked[end:]


def _narrowed(text: str, given: Container[str]) -> str:
    return WHERE_GIVEN.sub(lambda found: found["space"] if found["name"] in given else found[0], text)


def _called(text: str, terms: Mapping[str, Terms]) -> str:
    """The text with nodes under the name that the list has for them: the engine looks up what VALUES name."""
    if BOUND not in terms:
        return text
    given = " ".join(map(str, each(terms[BOUND])))
    return CALLED.sub(lambda found: f"VALUES {found[1]} {{ {given} }}", text)


def begins(query: Query, given: Container[str]) -> bool:
    """Whether it is told which nodes the rows of a list are of, with all that was given."""
    return bool(query.first) and not any(
        p.name in given and f"?{p.name}" not in (query.first or "") for p in query.params
    )


def order(text: str) -> list[tuple[str, bool]]:
    """What orders the rows of a query whose ORDER BY names variables only: each, and whether its last value comes first."""
    said = list(tokens(text))
    places = [number for number, token in enumerate(said) if token.is_word("ORDER")]
    behind = said[places[-1] :] if places else []
    return [
        (token.text[1:], behind[number - 2].is_word("DESC"))
        for number, token in enumerate(behind)
        if token.kind == "variable"
    ]


def ordered(text: str, column: str) -> str:
    """The text of a list with its rows in the order of a column first; a minus before its name: the last value first.

    Nodes are ordered by their IRIs (SPARQL 1.1 section 15.1).
    """
    key = f"DESC(?{column[1:]})" if column.startswith("-") else f"?{column}"
    return ORDER.sub(f"ORDER BY {key} ", text)


def _single(fields: dict[str, list[tuple[int, str]]], key: str) -> str | None:
    return fields[key][0][1] if key in fields else None


def _index(value: str | None) -> tuple[str, str] | None:
    text, _, node = (value or "").partition(" ")
    return (text, node) if value else None


def _param(value: str) -> Param:
    name, kind, need, text = [*value.split(None, 3), "", "", "", ""][:4]
    return Param(name, kind, need == "required", text, many=need == "many")


def _column(value: str) -> Column:
    name, kind, text = [*value.split(None, 2), "", "", ""][:3]
    return Column(name, kind, text)


def _groups(text: str) -> Iterator[tuple[int, frozenset[str]]]:
    """Where the group of each WHERE begins, and the variables that are named in it, however deep."""
    begun: list[tuple[int, set[str]]] = []
    inside: list[set[str]] = []
    awaited = False
    for token in tokens(text):
        if token.text == "{":
            inside.append(set())
            if awaited:
                begun.append((token.end, inside[-1]))
            awaited = False
        elif token.text == "}":
            inside.pop()
        elif token.kind == "variable":
            for group in inside:
                group.add(token.text[1:])
        awaited = awaited or token.is_word("WHERE")
    return ((place, frozenset(names)) for place, names in begun)


def _disagreements(query: Query) -> list[str]:
    """What the header says that the SPARQL does not bear out."""
    whole = _narrowed(query.text, {p.name for p in query.params})
    said = list(tokens(whole))
    variables = {t.text[1:] for t in said if t.kind == "variable"}
    bound = {name for _, names in _groups(whole) for name in names}
    found = [f"the parameter {p.name!r} is not used in a WHERE" for p in query.params if p.name not in bound]
    found += [f"the parameter {p.name!r} has an unknown type {p.type!r}" for p in query.params if not is_known(p)]
    found += [
        f"the column {c.name!r} has an unknown type {c.type!r}" for c in query.columns if c.type not in COLUMN_TYPES
    ]
    found += [f"the column {c.name!r} is not projected" for c in query.columns if c.name not in variables]
    lines = dict.fromkeys(line["name"] for line in WHERE_GIVEN.finditer(query.text))
    known = {p.name for p in query.params} | ({BOUND} if query.first else set())
    found += [f"a line stands for {name!r}, which is no parameter" for name in lines if name not in known]
    if query.first and not (query.paged and BOUND in lines and _tells_nodes(query.first)):
        found.append(f"what tells ?{BOUND} in order is for a list, which has lines that stand for it")
    if query.kept and (not query.first or any(p.required for p in query.params)):
        found.append("the nodes that are kept are those of a list that needs no parameter, and tells them")
    routed = ROUTE_PARAM.findall(query.route or "")
    found += [f"the route's {name!r} is no required parameter" for name in routed if not _required(query, name)]
    if not any(t.is_word("WHERE") for t in said):
        found.append("the query has no WHERE")
    if query.columns and any(t.is_word("GRAPH", "FROM", "SERVICE") for t in said):
        found.append("a named query uses neither GRAPH nor FROM nor SERVICE")
    if query.param("as_of") and not any(c.name == "saidBy" for c in query.columns):
        found.append("as_of needs the column saidBy, by which undated statements are counted")
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
