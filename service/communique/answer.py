"""A named query and its parameters become an answer of one shape, in JSON or CSV."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pyoxigraph import Literal, NamedNode, QuerySolution

from communique import binding, jsontext
from communique.begun import begin, windowed
from communique.binding import Column, Query
from communique.errors import BadRequest, Gone, NotFound
from communique.labels import Labels
from communique.param import Given, Param, Terms, each
from communique.search import index
from communique.store import Store, rows
from communique.tallied import tallied
from communique.vocab import CMQ, SKOS

LIMIT = 100
MAX_LIMIT = 1000
CLASSES = {
    "event": "Event", "attack": "Attack", "actor": "Actor", "place": "Place", "report": "Report",
    "statement": "Statement", "proposition": "Proposition", "question": "Question", "passage": "Passage",
}  # fmt: skip
AS_OF = "as_of"


@dataclass(frozen=True)
class Page:
    """Which part of a list: how many rows, the token of the page before, and the column that orders it (`binding.ordered`)."""

    limit: int = LIMIT
    after: str | None = None
    sort: str | None = None


@dataclass(frozen=True)
class Answer:
    """Rows of terms by column, what to say of them, and where they go on."""

    query: Query
    rows: list[dict[str, Any]]
    note: str | None
    next: str | None
    version: str

    def document(self) -> dict[str, Any]:
        """The answer's one JSON shape."""
        return {"rows": self.rows, "note": self.note, "next": self.next, "version": self.version}


def ask(store: Store, labels: Labels, query: Query, given: Given, page: Page | None = None) -> Answer:
    """The answer to a named query.

    Raises BadRequest naming a bad parameter, NotFound for a node that the store does not have, Gone for
    a page of an older version.
    """
    terms = query.typed(given)
    require_known(store, query.params, terms)
    _require_order(terms)
    _require_column(query, page)
    window = None if page is None else _window(page, query, given, store.version)
    found = list(_found(store, query, terms, window, page.sort if page else None))
    more = page is not None and len(found) > page.limit
    if page is not None:
        found = found[: page.limit]
    return Answer(
        query,
        _shape(query.columns, found, labels),
        _note(store, query, terms, bool(found) or _offset(page) > 0),
        _token(page, query, given, store.version) if page and more else None,
        store.version,
    )


def to_json(document: Any) -> bytes:
    return jsontext.written(document)


def to_csv(answer: Answer) -> bytes:
    """RFC 4180: a node in two columns, its IRI and its label."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    columns = answer.query.columns
    writer.writerow([name for c in columns for name in ([c.name, f"{c.name}Label"] if c.is_node else [c.name])])
    for row in answer.rows:
        writer.writerow([cell for c in columns for cell in _cells(c, row[c.name])])
    return out.getvalue().encode()


def shown(iri: NamedNode, labels: Mapping[NamedNode, str]) -> dict[str, str]:
    """A node, never bare where it has a label."""
    label = labels.get(iri)
    return {"id": iri.value} if label is None else {"id": iri.value, "label": label}


def value(column: Column, term: object, labels: Mapping[NamedNode, str]) -> Any:
    """A term as JSON: a node with its label, a number, a boolean, or text."""
    if isinstance(term, NamedNode):
        return shown(term, labels)
    if not isinstance(term, Literal):
        return None
    if column.type == "boolean":
        return term.value in ("true", "1")
    if column.type == "integer":
        return int(term.value)
    if column.type == "decimal":
        number = Decimal(term.value)
        return int(number) if number == number.to_integral_value() else float(number)
    return term.value


def _cells(column: Column, shown: Any) -> list[Any]:
    if not column.is_node:
        return [_plain(shown)]
    return [shown["id"], shown.get("label", "")] if isinstance(shown, dict) else [_plain(shown), ""]


def _plain(shown: Any) -> Any:
    return "" if shown is None else str(shown).lower() if isinstance(shown, bool) else shown


def _shape(columns: tuple[Column, ...], found: list[QuerySolution], labels: Labels) -> list[dict[str, Any]]:
    nodes = {row[c.name] for row in found for c in columns if c.is_node and isinstance(row[c.name], NamedNode)}
    words = labels.of(nodes)
    return [{c.name: value(c, row[c.name], words) for c in columns} for row in found]


def require_known(store: Store, params: Iterable[Param], terms: Mapping[str, Terms]) -> None:
    """Raise NotFound for a node that the store does not have, BadRequest for a code that no scheme has."""
    for param, iri in ((p, term) for p in params if p.name in terms for term in each(terms[p.name])):
        if isinstance(iri, NamedNode) and param.type in CLASSES and not _is_a(store, iri, CLASSES[param.type]):
            raise NotFound(f"no {param.type} {iri.value} is known", parameter=param.name)
        if isinstance(iri, NamedNode) and param.type.startswith("code:") and not _is_code(store, iri):
            raise BadRequest(f"parameter {param.name!r}: there is no code {iri.value}", parameter=param.name)


def _require_order(terms: Mapping[str, Terms]) -> None:
    begins, ends = terms.get("from"), terms.get("to")
    if isinstance(begins, Literal) and isinstance(ends, Literal) and begins.value > ends.value:
        raise BadRequest("parameter 'from' is after 'to'", parameter="from")


def _require_column(query: Query, page: Page | None) -> None:
    if page and page.sort and page.sort.removeprefix("-") not in {column.name for column in query.columns}:
        columns = ", ".join(column.name for column in query.columns)
        raise BadRequest(
            f"parameter 'sort': {query.name} has no column {page.sort!r}; it has {columns}", parameter="sort"
        )


def _is_a(store: Store, iri: NamedNode, name: str) -> bool:
    return bool(store.query(f"ASK {{ {iri} a {CMQ[name]} }}"))


def _is_code(store: Store, iri: NamedNode) -> bool:
    return bool(store.query(f"ASK {{ {iri} a {SKOS.Concept} }}"))


def _note(store: Store, query: Query, terms: Mapping[str, Terms], any_rows: bool) -> str | None:
    """What an empty answer means, and how many rows `as_of` had to leave out for want of a date."""
    left = _left_out(store, query, terms) if AS_OF in terms else []
    return "; ".join(left) or (None if any_rows else query.empty)


def _left_out(store: Store, query: Query, terms: Mapping[str, Terms]) -> list[str]:
    """What `as_of` leaves out: what has no date, and what may have been said later."""
    every = {name: term for name, term in terms.items() if name != AS_OF}
    limit = str(getattr(terms[AS_OF], "value", ""))
    undated, later = index.left(store, query, every, limit) or _later(store, query, every, limit)
    told = {"without a dated statement or report": undated, "that may have been said later": later}
    return [f"{count} {what} left out" for what, count in told.items() if count]


def _later(store: Store, query: Query, terms: Mapping[str, Terms], limit: str) -> tuple[int, int]:
    """How many statements have no date, and how many may have been said after an instant."""
    said = {str(row["statement"]): row["saidBy"] for row in rows(store, binding.bind(query, terms))}
    # Both are xsd:dateTime in UTC of one form, so the order of text is the order of time.
    later = sum(1 for by in said.values() if by is not None and by.value > limit)
    return sum(1 for by in said.values() if by is None), later


def _found(
    store: Store, query: Query, terms: Mapping[str, Terms], window: tuple[int, int] | None, sort: str | None
) -> Iterable[QuerySolution]:
    """The rows of a window (the first, and how many), or all: by the index that the query has, or by the query."""
    if query.index and not sort and isinstance(word := terms[query.params[0].name], Literal):
        start, most = window or (0, None)
        if (found := index.found(store, query, word, start, most)) is not None:
            return found
    if not sort and (counted := tallied(store, query, terms, window)) is not None:
        return counted
    if window is None:
        return rows(store, binding.bind(query, terms))
    if not sort and (begun := begin(store, query, terms, window)) is not None:
        return begun
    text = binding.bind(query, terms)
    return rows(store, windowed(binding.ordered(text, sort) if sort else text, window))


def _window(page: Page, query: Query, given: Given, version: str) -> tuple[int, int]:
    """One row more than the page has: whether there is another."""
    return _start(page, query, given, version), page.limit + 1


def _offset(page: Page | None) -> int:
    return 0 if page is None or page.after is None else _decoded(page.after)[0]


def _start(page: Page, query: Query, given: Given, version: str) -> int:
    if page.after is None:
        return 0
    offset, made_for, made_at = _decoded(page.after)
    if made_for != _question(query, given, page.sort):
        raise BadRequest("parameter 'next' belongs to another list", parameter="next")
    if made_at != version:
        raise Gone("the data has changed since this list was begun; start again without next", parameter="next")
    return offset


def _token(page: Page, query: Query, given: Given, version: str) -> str:
    text = json.dumps([_offset(page) + page.limit, _question(query, given, page.sort), version])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(token: str) -> tuple[int, str, str]:
    try:
        offset, made_for, made_at = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return abs(int(offset)), str(made_for), str(made_at)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise BadRequest("parameter 'next' is not a token of ours", parameter="next") from None


def _question(query: Query, given: Given, sort: str | None) -> str:
    return f"{query.name}?{'&'.join(f'{k}={v}' for k, v in sorted(given.items()))}" + (f"#{sort}" if sort else "")
