"""The rows that words are looked for in: all rows of an indexed query, or those of some nodes, and in which order they stand.

A row is a line of SPARQL 1.1 results in TSV, which the engine writes and reads: so what is kept is what it answered.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import IO, cast

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode

from communique import binding
from communique.binding import Query
from communique.errors import CommuniqueError
from communique.lexer import Token, tokens
from communique.param import Terms
from communique.search.sight import Parts, Sight, Touched, Unfit
from communique.store import Store, rows

# What most IRIs begin with, and what stands for it at the beginning of a cell, where no term begins so.
COMMON, SHORT = "<https://w3id.org/communique/", "@"
INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
# Nodes in one look-up.
BATCH = 500


@dataclass(frozen=True)
class Row:
    """A row: what it is ordered by, its node as `short` gives it, itself, and its text as the engine lowers it."""

    key: bytes
    node: str
    line: str
    lowered: str


class Rows:
    """The rows of a query that names an index."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.column, self.node = query.index or ("", "")
        self.word = query.params[0].name

    @cached_property
    def digest(self) -> str:
        """Tells this query from any other."""
        return hashlib.sha256(self.query.text.encode()).hexdigest()

    @cached_property
    def names(self) -> list[str]:
        return [column.name for column in self.query.columns]

    @cached_property
    def order(self) -> list[int]:
        """The columns in the order in which they order the rows; Unfit when some do not."""
        said = list(tokens(self.query.text))
        named = [t.text[1:] for t in said[_last(said, "ORDER") :] if t.kind == "variable"]
        if sorted(named) != sorted(self.names):
            raise Unfit(f"{self.query.name} is not ordered by all its columns")
        return [self.names.index(name) for name in named]

    @property
    def place(self) -> int:
        """The column of the node."""
        return self.names.index(self.node)

    # -- from a store

    def each(self, store: Store, take: Callable[[Row], None]) -> None:
        """Every row, in no order. Unfit when one cannot be kept."""
        self._written(store, {self.word: Literal("")}, take)

    def of(self, store: Store, nodes: Iterable[NamedNode]) -> list[Row]:
        """The rows of some nodes, in no order."""
        found: list[Row] = []
        ordered = sorted(nodes, key=str)
        for some in (ordered[i : i + BATCH] for i in range(0, len(ordered), BATCH)):
            self._written(store, {self.word: Literal(""), self.node: some}, found.append)
        return found

    def lowered(self, store: Store, word: Literal) -> str:
        """A word as the engine lowers it."""
        text = f"SELECT (LCASE(?word) AS ?lowered) WHERE {{ VALUES ?word {{ {word} }} }}"
        return str(next(iter(rows(store, text)))["lowered"].value)

    def touched(self, change: Parts) -> Touched:
        """The nodes whose rows a change may take away or alter; Unfit when one has no name."""
        return self.sight.touched(change)

    # -- as they are kept

    def solutions(self, lines: Iterable[str]) -> ox.QuerySolutions:
        """Kept rows as the engine gives them."""
        head = "\t".join(f"?{name}" for name in self.names)
        text = "".join(f"{line}\n" for line in (head, *map(long, lines)))
        return cast("ox.QuerySolutions", ox.parse_query_results(text.encode(), format=ox.QueryResultsFormat.TSV))

    def key(self, line: str) -> bytes:
        """What orders a kept row among the others, byte by byte."""
        return self._key(long(line).split("\t"))

    # -- the parts

    def _written(self, store: Store, terms: dict[str, Terms], take: Callable[[Row], None]) -> None:
        results = store.query(self._unordered(terms))
        if not isinstance(results, ox.QuerySolutions):
            raise CommuniqueError("a SELECT was expected")
        out = _Lines(lambda cells: take(self._row(cells)))
        results.serialize(cast("IO[bytes]", out), ox.QueryResultsFormat.TSV)

    def _unordered(self, terms: dict[str, Terms]) -> str:
        """The query without its order, with the text as the engine lowers it."""
        text = binding.bind(self.query, terms)
        said = list(tokens(text))
        start, end = (said[place].start for place in (_first(said, "SELECT"), _last(said, "ORDER")))
        shown = " ".join(f"?{name}" for name in self.names)
        lowered = f"(LCASE(STR(?{self.column})) AS ?lowered)"
        return f"{text[:start]} SELECT {shown} {lowered} WHERE {{ {{ {text[start:end]} }} }}"

    def _row(self, cells: list[str]) -> Row:
        *kept, lowered = cells
        node = kept[self.place]
        return Row(self._key(kept), short(node), "\t".join(map(short, kept)), _unescaped(lowered[1:-1]))

    def _key(self, cells: list[str]) -> bytes:
        columns = self.query.columns
        return b"".join(_ordered(cells[place], columns[place].type == "integer") for place in self.order)

    @cached_property
    def sight(self) -> Sight:
        return Sight(self.query.text)


class _Lines:
    """A file to write TSV to, whose lines behind the first are handed on as cells."""

    def __init__(self, take: Callable[[list[str]], None]) -> None:
        self.take, self.rest, self.begun = take, b"", False

    def write(self, data: bytes) -> int:
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            if self.begun:
                self.take(line.decode().split("\t"))
            self.begun = True
        return len(data)

    def flush(self) -> None:
        """Nothing is held back but half a line."""


def _first(said: list[Token], word: str) -> int:
    return next(i for i, token in enumerate(said) if token.is_word(word))


def _last(said: list[Token], word: str) -> int:
    return max(i for i, token in enumerate(said) if token.is_word(word))


def short(cell: str) -> str:
    """A term as it is kept."""
    return SHORT + cell.removeprefix(COMMON) if cell.startswith(COMMON) else cell


def long(line: str) -> str:
    """Kept terms, with tabs between them, as they were."""
    cells = line.split("\t")
    return "\t".join(COMMON + cell.removeprefix(SHORT) if cell.startswith(SHORT) else cell for cell in cells)


def _ordered(cell: str, number: bool) -> bytes:
    """A term as bytes in the order that the engine gives terms: nothing, IRIs, numbers or texts, of one text those with a language first."""
    if not cell:
        return b"\0"
    if cell.startswith("<") and not cell.startswith("<<"):
        return b"\1" + cell[1:-1].encode() + b"\0\0"
    if number and INTEGER.fullmatch(cell):
        return b"\2" + (int(cell) + 2**63).to_bytes(8)
    value, quoted, language = cell[1:].rpartition('"')
    if number or not cell.startswith('"') or not quoted or language.startswith("^"):
        raise Unfit(f"there is no place in the order for {cell[:80]}")
    text = _unescaped(value).encode().replace(b"\0", b"\0\xff")
    return b"\3" + text + b"\0\0" + (b"\0" + language.encode() if language else b"\1") + b"\0\0"


def _unescaped(text: str) -> str:
    return ESCAPE.sub(_escaped, text) if "\\" in text else text


def _escaped(found: re.Match[str]) -> str:
    number = found[1] or found[2]
    return chr(int(number, 16)) if number else ESCAPED.get(found[3], found[3])
