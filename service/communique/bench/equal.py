"""Whether two servers answer the same: nothing is timed that is not the same work."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any

import pyoxigraph as ox

from communique import media
from communique.answer import LIMIT
from communique.bench.ask import Ask
from communique.bench.client import Client, Response
from communique.bench.request import NTRIPLES, get, sparql
from communique.bench.rival import Server
from communique.errors import CommuniqueError
from communique.vocab import XSD

Rows = Counter[Any]
SHOWN = 3
# Seconds that a server may take for one answer that is compared.
CHECKING = 20


class Different(CommuniqueError):
    """Two servers that were to answer the same do not."""


class TooMuch(Different):
    """A query needs more memory than a server gives it."""


def sample(asks: Iterable[Ask], each: int) -> list[Ask]:
    """A few of each kind, no two alike."""
    found: dict[str, dict[str, Ask]] = {}
    for ask in asks:
        kind = found.setdefault(ask.kind, {})
        if len(kind) < each:
            kind.setdefault(ask.path, ask)
    return [ask for kind in found.values() for ask in kind.values()]


def ours(server: Server, asks: Sequence[Ask]) -> list[list[Rows]]:
    """Our answers, text by text. Raises Different where the path says otherwise than its SPARQL."""
    with Client(server.port) as client:
        found = [[_answer(server, client, ask, text) for text in ask.texts] for ask in asks]
        for ask, parts in zip(asks, found, strict=True):
            _agree(ask, "the path", _at_path(server, client, ask), "/sparql", _reduced(ask, parts))
    return found


def require(other: Server, asks: Sequence[Ask], mine: list[list[Rows]]) -> int:
    """How many answers of another server are the same.

    Raises Different with the first rows that only one of the two has, TimeoutError when an answer takes too long.
    """
    with Client(other.port, CHECKING) as client:
        for ask, parts in zip(asks, mine, strict=True):
            for text, found in zip(ask.texts, parts, strict=True):
                _agree(ask, "ours", found, other.name, _answer(other, client, ask, text))
    return sum(map(len, mine))


def _answer(server: Server, client: Client, ask: Ask, text: str) -> Rows:
    response = client.send(sparql(server.path, text, ask.results, server.more))
    if response.status == HTTPStatus.INSUFFICIENT_STORAGE:
        raise TooMuch(f"{ask.kind}: the query needs more memory than {server.name} gives it")
    return rows(_ok(server, ask, response), ask.results)


def rows(body: bytes, results: str) -> Rows:
    """What an answer holds, by value and whatever its order: rows of a result, or triples."""
    if results == NTRIPLES:
        triples = (quad.triple for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES))
        return Counter(tuple(_value(_term(term)) for term in triple) for triple in triples)
    bindings = json.loads(body)["results"]["bindings"]
    return Counter(frozenset((name, _value(term)) for name, term in row.items()) for row in bindings)


def _value(term: dict[str, str]) -> tuple[str, str]:
    """A term by its value: some stores write 1.0 for 1.00, 1 for true, or +00:00 for Z."""
    text, kind = term["value"], term.get("datatype", "")
    if term["type"] == "uri":
        return "iri", text
    if kind == XSD.dateTime.value:
        text = text.replace("+00:00", "Z").replace(".000Z", "Z")
    elif kind.startswith(XSD.base):
        text = {"true": "1", "false": "0"}.get(text, text)
        with suppress(InvalidOperation):
            text = str(Decimal(text).normalize())
    return term.get("xml:lang", "").lower(), text


def _term(term: object) -> dict[str, str]:
    """A term of RDF as SPARQL's results in JSON have it."""
    if isinstance(term, ox.Literal):
        language = {"xml:lang": term.language} if term.language else {}
        return {"type": "literal", "value": term.value, "datatype": term.datatype.value, **language}
    return {"type": "uri", "value": getattr(term, "value", "")}


def _ok(server: Server, ask: Ask, response: Response) -> bytes:
    if response.status != HTTPStatus.OK:
        told = response.body[:300].decode("utf-8", "replace")
        raise Different(f"{ask.kind}: {server.name} answers {response.status}: {told}")
    return response.body


def _at_path(ours: Server, client: Client, ask: Ask) -> Rows:
    """What we answer at the address itself: the JSON, flattened; of a page, the same node as triples."""
    accept = NTRIPLES if ask.results == NTRIPLES else ask.accept
    body = _ok(ours, ask, client.send(get(ask.path, Accept=accept)))
    if accept != media.JSON.type:
        return rows(body, ask.results)
    document = json.loads(body)
    parts = [document] if "rows" in document else [part for part in document.values() if isinstance(part, dict)]
    return Counter(_flat(row) for part in parts for row in part.get("rows", []))


def _reduced(ask: Ask, parts: list[Rows]) -> Rows:
    """The rows of a SPARQL answer as the JSON has them: values alone, and no more than a page of them."""
    whole: Rows = Counter()
    for part in parts:
        whole.update(part)
    if ask.accept != media.JSON.type:
        return whole
    if len(ask.texts) == 1 and whole.total() > LIMIT and "\nLIMIT" in ask.texts[0]:
        # One more than a page, and which is the last one is not to be seen here.
        return Counter({"a page": 1})
    return Counter(frozenset((name, value[1]) for name, value in row) for row in whole.elements())


def _flat(row: dict[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset((name, _plain(shown)) for name, shown in row.items() if shown is not None)


def _plain(shown: Any) -> str:
    if isinstance(shown, dict):
        return str(shown["id"])
    if isinstance(shown, bool):
        return "1" if shown else "0"
    if isinstance(shown, int | float):
        return str(Decimal(str(shown)).normalize())
    return str(shown)


def _agree(ask: Ask, left: str, mine: Rows, right: str, theirs: Rows) -> None:
    if mine == theirs or (theirs == Counter({"a page": 1}) and mine.total() == LIMIT):
        return
    only = {left: list((mine - theirs).elements()), right: list((theirs - mine).elements())}
    told = "; ".join(f"only {who}: {len(found)} rows, such as {_told(found)}" for who, found in only.items() if found)
    raise Different(f"{ask.kind} ({ask.path}): {told}")


def _told(found: list[Any]) -> str:
    return str([sorted(row) if isinstance(row, frozenset) else row for row in found[:SHOWN]])
