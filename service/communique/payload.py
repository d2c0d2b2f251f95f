"""RDF that was sent, on its way into the store: the parts of a multipart body, and the operation that inserts quads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import pyoxigraph as ox
from pyoxigraph import BlankNode, DefaultGraph, Quad, Triple

from communique.errors import BadRequest
from communique.media import ANY_RDF, NTRIPLES, Rdf
from communique.store import GraphName

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

MULTIPART = "multipart/form-data"
MOST_PARTS = 100


@dataclass(frozen=True)
class Payload:
    """One document: its format, what its relative IRIs are relative to, and its quads."""

    form: Rdf
    base: str
    quads: list[Quad]


def parts(body: bytes, content_type: str) -> list[tuple[bytes, str]]:
    """The parts of a multipart/form-data body (RFC 7578), each with its Content-Type, or that of its file's ending.

    BadRequest when the body is not whole.
    """
    from werkzeug.exceptions import RequestEntityTooLarge
    from werkzeug.http import parse_options_header

    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if not boundary:
        raise BadRequest(f"{MULTIPART} needs a boundary")
    try:
        found = list(_parts(body, boundary))
    except (ValueError, RequestEntityTooLarge) as error:
        raise BadRequest(f"this is not {MULTIPART}: {error}") from error
    if not found:
        raise BadRequest(f"this {MULTIPART} has no part")
    return found


def _parts(body: bytes, boundary: str) -> Iterator[tuple[bytes, str]]:
    from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder

    decoder = MultipartDecoder(boundary.encode("latin-1", "replace"), max_parts=MOST_PARTS)
    decoder.receive_data(body)
    decoder.receive_data(None)
    kind, data = "", b""
    while not isinstance(event := decoder.next_event(), Epilogue):
        if isinstance(event, Field | File):
            kind = _kind(event.headers, event.filename if isinstance(event, File) else None)
        elif isinstance(event, Data):
            data += event.data
            if not event.more_data:
                yield data, kind
                data = b""


def _kind(headers: Headers, filename: str | None) -> str:
    ending = (filename or "").rpartition(".")[2]
    return headers.get("Content-Type") or next((form.type for form in ANY_RDF if form.name == ending), "")


def insertion(loads: Sequence[Payload], graph: GraphName | None) -> str:
    """One INSERT DATA of all quads, into this graph (None: each into its own). Blank nodes of two documents stay two.

    BadRequest for a document with graphs of its own where one graph is meant.
    """
    blocks = []
    for number, load in enumerate(loads):
        renamed: dict[BlankNode, BlankNode] = {}
        for own, quads in groupby(load.quads, lambda quad: quad.graph_name):
            if graph is not None and not isinstance(own, DefaultGraph):
                raise BadRequest(f"this is sent to one graph, and has a graph of its own: {own}")
            target = own if graph is None else graph
            if isinstance(target, BlankNode):
                raise BadRequest("a graph named by a blank node could not be asked for again; give it an IRI")
            triples = (quad.triple for quad in quads)
            if number:
                triples = (_renamed(triple, renamed) for triple in triples)
            lines = (ox.serialize(triples, format=NTRIPLES.engine) or b"").decode()
            blocks.append(lines if isinstance(target, DefaultGraph) else f"GRAPH {target} {{\n{lines}}}\n")
    return "INSERT DATA {\n" + "".join(blocks) + "}"


def _renamed(triple: Triple, renamed: dict[BlankNode, BlankNode]) -> Triple:
    return Triple(*(_term(term, renamed) for term in triple))  # type: ignore[arg-type]  # a term of its kind


def _term(term: object, renamed: dict[BlankNode, BlankNode]) -> object:
    if isinstance(term, BlankNode):
        # 128 random bits: the label of no other document, the first of which keeps its own.
        return renamed.setdefault(term, BlankNode())
    return _renamed(term, renamed) if isinstance(term, Triple) else term
