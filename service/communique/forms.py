"""Forms and query strings, decoded once: percent-encoded UTF-8, whatever route they came by."""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from fastapi import Request
from pyoxigraph import NamedNode
from starlette.datastructures import URL

from communique.errors import BadRequest, UnsupportedMediaType

FORM = "application/x-www-form-urlencoded"
UTF8 = ("utf-8", "utf8", "us-ascii", "ascii")
MOST_FIELDS = 1000
# A sign that begins no byte stands for itself.
MALFORMED = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def documented(name: str, direct: str, *beside: str) -> dict[str, Any]:
    """What OpenAPI is told of an operation that is posted as a form or directly, and of the parameters beside it."""
    text = {"schema": {"type": "string"}}
    form = {"schema": {"type": "object", "required": [name], "properties": {name: {"type": "string"}}}}
    return {
        "requestBody": {"required": True, "content": {FORM: form, direct: text}},
        "parameters": [parameter(each) for each in beside],
    }


def parameter(name: str) -> dict[str, Any]:
    """What OpenAPI is told of a field of the query string."""
    return {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}


@dataclass(frozen=True)
class Fields:
    """The fields of a form or a query string, in their order; a name may come more than once."""

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def decode(cls, encoded: bytes) -> Fields:
        """Fields from application/x-www-form-urlencoded bytes. BadRequest when they are not UTF-8."""
        if encoded.count(b"&") >= MOST_FIELDS:
            raise BadRequest(f"there are more than {MOST_FIELDS} parameters")
        try:
            pairs = [(_plain(name), _plain(value)) for name, _, value in _parted(encoded)]
        except ValueError as error:
            raise BadRequest(f"the parameters are not percent-encoded UTF-8: {error}") from error
        return cls(tuple(pairs))

    @classmethod
    def of_query(cls, request: Request) -> Fields:
        """The fields after the ? of a request."""
        return cls.decode(request.scope["query_string"])

    def __add__(self, more: Fields) -> Fields:
        return Fields((*self.pairs, *more.pairs))

    def __contains__(self, name: str) -> bool:
        return any(name == given for given, _ in self.pairs)

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for given, value in self.pairs if given == name)

    def one(self, name: str) -> str | None:
        """The value of a field, None without it. BadRequest when it comes twice."""
        found = self.all(name)
        if len(found) > 1:
            raise BadRequest(f"give {name!r} once, not {len(found)} times", parameter=name)
        return found[0] if found else None

    def iris(self, name: str) -> tuple[NamedNode, ...]:
        """The values of a field as absolute IRIs. BadRequest when one is none."""
        try:
            return tuple(NamedNode(value) for value in self.all(name))
        except ValueError as error:
            raise BadRequest(f"parameter {name!r} is no absolute IRI: {error}", parameter=name) from error

    def only(self, known: Collection[str], why: str = "") -> None:
        """Raise BadRequest for a field that is not among those known here."""
        for name, _ in self.pairs:
            if name not in known:
                raise BadRequest(f"unknown parameter {name!r}{why}", parameter=name)


def media_type(content_type: str | None) -> str:
    """The media type of a Content-Type header, in small letters. BadRequest for a charset other than UTF-8."""
    from werkzeug.http import parse_options_header

    kind, options = parse_options_header(content_type or "")
    charset = options.get("charset", "utf-8").strip().lower()
    if charset not in UTF8:
        raise BadRequest(f"the charset {charset!r} is not read here: send UTF-8")
    return kind.strip().lower()


def _parted(encoded: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    return (pair.partition(b"=") for pair in encoded.split(b"&") if pair)


def _plain(text: bytes) -> str:
    """What a name or a value says. ValueError when it is not UTF-8."""
    text = text.replace(b"+", b" ")
    if b"%" in text:
        if MALFORMED.search(text):
            text = unquote_to_bytes(text)
        else:
            # Quoted-printable is the same with another sign, and read many times faster.
            text = a2b_qp(text.replace(b"=", b"%3D").replace(b"%", b"="))
    return text.decode("utf-8")


def address(request: Request) -> str:
    """The IRI of a request as it was sent, without what is after the ?. BadRequest when its Host makes it none."""
    scope = request.scope
    path = scope.get("raw_path") or request.url.path.encode()
    return _address(scope["scheme"], request.headers.get("host"), scope.get("server"), path)


@lru_cache(64)
def _address(scheme: str, host: str | None, server: tuple[str, int | None] | None, path: bytes) -> str:
    headers = [] if host is None else [(b"host", host.encode("latin-1"))]
    url = URL(scope={"scheme": scheme, "headers": headers, "server": server, "path": "/", "query_string": b""})
    return _iri(f"{scheme}://{url.netloc}{path.decode('latin-1')}")


def root(request: Request) -> str:
    """The address of the service, as the client knows it, without a slash at its end. BadRequest as above."""
    return _iri(str(request.base_url)).rstrip("/")


def _iri(text: str) -> str:
    try:
        return NamedNode(text).value
    except ValueError as error:
        raise BadRequest(f"the address {text!r} is no IRI: {error}") from error


def operation(request: Request, body: bytes, name: str, direct: str) -> tuple[str, Fields]:
    """The text of a query or update that was posted, and the fields beside it (SPARQL 1.1 Protocol sections 2.1, 2.2).

    `name` is the form's field for it, `direct` the media type in which it is the body itself. Raises BadRequest,
    or UnsupportedMediaType.
    """
    kind = media_type(request.headers.get("content-type"))
    fields = Fields.of_query(request)
    if kind == FORM:
        return text_of(fields + Fields.decode(body), name)
    if kind == direct:
        return text_of(fields + Fields(((name, _utf8(body)),)), name)
    raise UnsupportedMediaType(f"this is posted as {FORM} or {direct}, not as {kind or 'nothing'}")


def text_of(fields: Fields, name: str) -> tuple[str, Fields]:
    """The one field `name`, and the others. BadRequest when it is missing or comes twice."""
    texts = fields.all(name)
    if len(texts) != 1:
        where = "; a query goes to /sparql, an update to /update" if "query" in fields or "update" in fields else ""
        raise BadRequest(f"give one {name}, not {len(texts)}{'' if texts else where}", parameter=name)
    return texts[0], Fields(tuple(pair for pair in fields.pairs if pair[0] != name))


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"the body is not UTF-8: {error}") from error
