"""What a remote store answers, as terms: rows one by one as they come, or an answer as a whole."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyoxigraph as ox
from pyoxigraph import QuerySolution, QuerySolutions, Triple

from communique.errors import BadGateway
from communique.store import Results
from communique.tokens import form

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from communique.store.wire import Answer

ROWS = "application/sparql-results+json"
TRIPLES = "application/n-triples"
BUFFER = 256 * 1024


class Body(io.RawIOBase):
    """An answer as the file that it is to a parser, which takes no more of it than it needs."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.parts = answer, answer.chunks()
        self.rest = b""
        self.failed: BaseException | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        try:
            self.rest = self.rest or next(self.parts, b"")
            self.answer.require_flat()
        except BaseException as error:
            # The parser would word it as its own.
            self.failed = error
            raise
        taken = self.rest[: len(view)]
        view[: len(taken)] = taken
        self.rest = self.rest[len(taken) :]
        return len(taken)


def expected(text: str) -> str:
    """The format to ask a store for."""
    return ROWS if form(text) in ("SELECT", "ASK") else TRIPLES


def parsed(answer: Answer, kind: str) -> Results:
    """The whole of an answer. Raises BadGateway when it is not of its kind."""
    if kind == TRIPLES:
        return graph_of(answer)
    require(answer, kind)
    try:
        return ox.parse_query_results(answer.whole(), format=ox.QueryResultsFormat.JSON)
    except (SyntaxError, ValueError) as error:
        raise BadGateway(f"the store's answer is no {kind}: {error}") from error


def graph_of(answer: Answer) -> Iterator[Triple]:
    """The triples of a whole answer."""
    require(answer, TRIPLES)
    try:
        return iter([quad.triple for quad in ox.parse(answer.whole(), format=ox.RdfFormat.N_TRIPLES)])
    except (SyntaxError, ValueError) as error:
        raise BadGateway(f"the store's answer is no {TRIPLES}: {error}") from error


def rows(answer: Answer) -> Iterator[QuerySolution]:
    """The solutions of a SELECT as they come."""
    require(answer, ROWS)
    body = Body(answer)
    try:
        found = ox.parse_query_results(io.BufferedReader(body, BUFFER), format=ox.QueryResultsFormat.JSON)
        if not isinstance(found, QuerySolutions):
            raise BadGateway("the store was asked for rows, and answers yes or no")
        yield from found
    except (SyntaxError, ValueError, OSError) as error:
        if body.failed:
            raise body.failed from None
        raise BadGateway(f"the store's answer is no {ROWS}: {error}") from error


def require(answer: Answer, kind: str) -> None:
    if answer.media != kind:
        raise BadGateway(f"the store answers in {answer.media or 'no format'}, and was asked for {kind}")
