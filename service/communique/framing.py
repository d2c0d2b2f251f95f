"""What stands around the triples of a graph in each format, so that the graphs of a store make one document."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pyoxigraph as ox
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat

from communique.media import JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Rdf
from communique.store import GraphName
from communique.vocab import prefixes

# A serialiser's writes are gathered to pieces of this size.
PIECE = 64 * 1024
# A node or a literal that is larger is given on before it has ended.
LARGEST = 1024 * 1024
# The end of a node in Turtle, of a line in N-Triples: no literal holds a line feed there, both write it as \n.
END = b" .\n"
# A node of Turtle whose types do not come first. The engine writes a property a line.
UNTYPED = re.compile(rb"^([^\t\n ]+) (?!a )([^\n]*(?:\n\t(?!a )[^\n]*)*?) ;\n\ta ([^\n]*?)( [;.])$", re.MULTILINE)
PROBE = Quad(NamedNode("urn:a"), NamedNode("urn:b"), NamedNode("urn:c"))

Rewrite = Callable[[bytes, str], bytes]


@dataclass(frozen=True)
class Frame:
    """A document of a format: its ends, and what stands before, between and behind graphs, where {} is the graph.

    `engine` writes a graph between `head` and `tail`; what is between these is kept, each piece by way of `rewrite`.
    """

    engine: RdfFormat
    prefixes: dict[str, str] | None
    head: bytes
    tail: bytes = b""
    first: bytes = b""
    last: bytes = b""
    between: bytes = b""
    opening: str = ""
    closing: bytes = b""
    rewrite: Rewrite | None = None


@cache
def frame_of(form: Rdf) -> Frame:
    """The frame of a format."""
    names = prefixes()
    if form in (TURTLE, TRIG):
        head = _written(RdfFormat.TURTLE, [PROBE], names).partition(b"<urn:a>")[0]
        marks = ("\n# {}\n", b"") if form is TURTLE else ("\n{} {{\n", b"}\n")
        return Frame(RdfFormat.TURTLE, names, head, first=head, opening=marks[0], closing=marks[1], rewrite=types_first)
    if form is RDFXML:
        empty = _written(RdfFormat.RDF_XML, [], names)
        tail = empty[empty.rindex(b"\n</") :]
        head = empty.removesuffix(tail)
        return Frame(RdfFormat.RDF_XML, names, head, tail, first=head, last=tail + b"\n")
    if form is JSONLD:
        return Frame(RdfFormat.JSON_LD, None, b"[", b"]", first=b"[", last=b"]\n", between=b",\n")
    assert form in (NTRIPLES, NQUADS)
    return Frame(RdfFormat.N_TRIPLES, None, b"", rewrite=placed if form is NQUADS else None)


def types_first(piece: bytes, graph: str) -> bytes:  # noqa: ARG001 - a Rewrite
    """Turtle with the types of each node before its other properties."""
    return UNTYPED.sub(rb"\1 a \3 ;\n\t\2\4", piece)


def placed(piece: bytes, graph: str) -> bytes:
    """The N-Quads of a graph's N-Triples."""
    return piece.replace(END, f" {graph} .\n".encode()) if graph else piece


class Body:
    """What the engine takes for a file: the triples of one graph, given on in pieces without its head and tail."""

    def __init__(self, frame: Frame, graph: GraphName, put: Callable[[bytes], None]) -> None:
        self.frame, self.put = frame, put
        self.graph = "" if isinstance(graph, DefaultGraph) else str(graph)
        self.held = bytearray()
        self.headed = self.opened = self.torn = False

    def write(self, data: bytes) -> int:
        self.held += data
        if len(self.held) >= PIECE:
            self._behead()
            self._give(self._whole())
        return len(data)

    def flush(self) -> None:
        """Nothing is late: what is held is given on at the end."""

    def end(self) -> None:
        """The rest of the graph, and what stands behind it. Nothing at all for a graph without triples."""
        self._behead()
        self._give(len(self.held) - len(self.frame.tail))
        if self.opened and self.graph:
            self.put(self.frame.closing)

    def _behead(self) -> None:
        if not self.headed:
            self.headed = True
            del self.held[: len(self.frame.head)]

    def _whole(self) -> int:
        """How much of what is held can go: up to the end of a node or a line where pieces are rewritten."""
        if self.frame.rewrite is None:
            return len(self.held) - len(self.frame.tail)
        ends = self.held.rfind(END)
        if ends < 0:
            # Short of what may be the beginning of an end.
            return len(self.held) - len(END) if len(self.held) > LARGEST else 0
        return ends + len(END)

    def _give(self, size: int) -> None:
        if size <= 0:
            return
        piece = self._rewritten(bytes(self.held[:size]))
        del self.held[:size]
        if not self.opened:
            self.opened = True
            opening = self.frame.opening.format(self.graph) if self.graph else ""
            piece = self.frame.between + opening.encode() + piece
        self.put(piece)

    def _rewritten(self, piece: bytes) -> bytes:
        """The piece rewritten, but for the rest of a node that was torn, and for one that is torn now."""
        if self.frame.rewrite is None:
            return piece
        if END not in piece:
            self.torn = True
            return piece
        begin = piece.index(END) + len(END) if self.torn and self.frame.engine is RdfFormat.TURTLE else 0
        self.torn = False
        return piece[:begin] + self.frame.rewrite(piece[begin:], self.graph)


def _written(form: RdfFormat, quads: list[Quad], names: dict[str, str]) -> bytes:
    return ox.serialize([quad.triple for quad in quads], format=form, prefixes=names) or b""
