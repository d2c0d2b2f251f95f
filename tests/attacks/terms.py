"""Hostile terms in every parameter of every named query."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from attacks import REFUSED, Attack, Right
from communique.binding import Query

IDS = "https://w3id.org/communique/id/"
TERMS = {
    "quote": 'a" . ?s ?p "b', "apostrophes": "a''' . ''' b", "braces": "} } UNION { ?s ?p ?o", "drop": "> } ; DROP ALL #", "iri": f"{IDS}event/a> <urn:x",
    "service": "<x> } SERVICE <http://127.0.0.1:1/> { ?s ?p ?o", "lines": "a\nb\r\nc\u2028d", "nul": "a\0b", "turned": "\u202eabc\u2066", "long": "a" * 10_000, "percents": "%25%32%35%00%ff",
    "backslashes": '\\\\\\" \\u0022', "escape": "\\u003E\\u007D", "variable": "?statement", "values": "UNDEF) } VALUES (?x) { (1", "template": "{{7*7}} ${7*7} {attack}", "script": "<script>alert(1)</script>",
    "combining": "e" + "\u0301" * 200, "astral": "\U0001f600" * 60, "digits": "٣٠", "dots": "../../../etc/passwd", "dot": ".", "star": "*", "regex": "(a+)+$" + "a" * 150, "spaces": " \t\u00a0 ",
    "first": "0001-01-01", "last": "9999-12-31", "no month": "2021-13", "no day": "2021-02-30", "far year": "Y" + "9" * 40, "year": "-9999", "date": "2021-03-15" + "?" * 5000,
    "deep date": "[" * 3000, "dates": ",".join(["2021"] * 2000), "interval": "/".join(["2021-03-15"] * 500), "no end": "[2021..]", "no beginning": "[..2021]", "half a month": "1999-0X", "set": "[" + "2021," * 700 + "2021]", "season": "2021-21^hemisphere", "masked": "uuuu-uu-uu/xxxx-xx", "open": "../..", "exponent": "y1e4000", "time": "2021-03-15T25:61:61Z",
    "bytes": "\udcff\udcfe",
}  # fmt: skip
PAGES = {
    "limit": ("-1", "0", "1e3", "٣", "9" * 5000, "", "1;2", "0x10", " 5"),
    "next": ("a", "=" * 100, "9" * 10_000, base64.urlsafe_b64encode(b"[" * 20_000).decode(), base64.urlsafe_b64encode(b"-1 x y").decode(), "gASVIAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAVjbGVhcpSFlFKULg==", "\u202e", "\udcff", base64.urlsafe_b64encode(b'[1e400, "a", "b"]').decode(), base64.urlsafe_b64encode(b'[-1, "a", "b"]').decode()),
    "format": ("../../etc", "a" * 10_000, "\0", "json,csv"),
}  # fmt: skip


def all_of(queries: Iterable[Query]) -> Iterator[Attack]:
    for query in queries:
        for param in query.params:
            for name, term in TERMS.items():
                yield _asked(
                    query, f"{query.name} {param.name} {name}", {**query.example, param.name: term}, _harmless(query)
                )
        for name, values in PAGES.items():
            for number, value in enumerate(values if query.paged or name == "format" else values[:1]):
                yield _asked(query, f"{query.name} {name} {number}", {**query.example, name: value}, None)
        yield _asked(query, f"{query.name} no such parameter", {**query.example, 'x"><': "1"}, None)
        example = dict(query.example)
        twice = next(iter(example), "limit")
        yield _asked(query, f"{query.name} twice", example, None, f"{twice}=1&{twice}=2&limit=1&limit=2")


def _asked(query: Query, name: str, given: dict[str, str], right: Right | None, more: str = "") -> Attack:
    """At /api/queries, where every parameter is after the question mark."""
    behind = "&".join([*(f"{quote(key)}={_encoded(value)}" for key, value in given.items()), *filter(None, [more])])
    return Attack(
        f"named {name}",
        path=f"/api/queries/{query.name}?{behind}",
        allowed=REFUSED | (frozenset({200}) if right else frozenset()),
        right=right,
    )


def _encoded(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe="")


def _harmless(query: Query) -> Right:
    """A term that is taken, is taken as words: the answer has its shape, and no row that was not asked for."""
    columns = {column.name for column in query.columns}

    def right(body: bytes) -> bool:
        document = json.loads(body)
        shaped = set(document) == {"rows", "note", "next", "version"} and all(
            set(row) == columns for row in document["rows"]
        )
        return shaped and not re.search(r"DROP ALL|etc/passwd|alert\(1\)", body.decode())

    return right
