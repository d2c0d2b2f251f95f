"""Requests as the bytes that go over a connection, so that whoever drives a load sends just these."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

RESULTS = "application/sparql-results+json"
NTRIPLES = "application/n-triples"


def get(path: str, **headers: str) -> bytes:
    """A GET of HTTP/1.1 (RFC 9112); an underscore in a header's name stands for its hyphen."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def sparql(path: str, text: str, accept: str = RESULTS, more: Mapping[str, str] | None = None) -> bytes:
    """A SPARQL query by GET (SPARQL 1.1 Protocol, section 2.1.1)."""
    return get(f"{path}?{urlencode({'query': text, **(more or {})})}", Accept=accept)
