"""A file of N-Quads as our dumps have it: where in it each report's lines stand, and those of each shared node.

What is kept in memory is a place for each; the lines are read again when they are wanted.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from communique.vocab import CMQ, CODES, DERIVED, ID, SCHEMA, SHARED, SLUG

# First byte, and the one after the last.
Place = tuple[int, int]

# Bytes of lines that are looked at in one go.
PIECE = 1024 * 1024
REPORT = f"{ID}report/"
NAMED = re.compile(f"<{REPORT}{SLUG.pattern}>".encode())
EVENT = f" {CMQ.aboutEvent} ".encode()
# What a report's own nodes, and the propositions that it expresses, bring with them.
BROUGHT = tuple(f" {predicate} ".encode() for predicate in (CMQ.expresses, SCHEMA.mentions))
FURTHER = tuple(f" {predicate} ".encode() for predicate in (CMQ.answers, CMQ.relativeTo, CMQ.partOfCount))


class Unlike(Exception):
    """The file is not as our dumps are: a graph that they do not have, or a node's lines in two places."""


@dataclass
class Places:
    """Reports by their IRI, and shared nodes, both as N-Quads write them; the lines of codes, and those of what is derived."""

    reports: dict[bytes, Place] = field(default_factory=dict)
    shared: dict[bytes, Place] = field(default_factory=dict)
    codes: list[Place] = field(default_factory=list)
    derived: list[Place] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """A report: its name, where its own lines are, and those of the shared nodes that it brings."""

    name: str
    own: Place
    shared: tuple[Place, ...]


class Quadfile:
    """An open file, and what is where. Raises Unlike."""

    def __init__(self, file: Path) -> None:
        self.file = file
        with file.open("rb") as opened:
            self.data = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
            self.places = _places(opened)

    def lines(self, places: Iterable[Place]) -> bytes:
        return b"".join(self.data[start:stop] for start, stop in places)

    def pieces(self, place: Place) -> Iterator[bytes]:
        """The lines of a place that may be large, some at a time."""
        at, stop = place
        while at < stop:
            end = stop if stop - at <= PIECE else self.data.find(b"\n", at + PIECE) + 1
            yield self.data[at:end]
            at = end

    def parts(self) -> Iterator[Part]:
        """Each report, those of one event beside each other."""
        for _, name in sorted((self.event(nodes), name) for name, nodes in self.brought.items()):
            yield Part(name, self.own(name), tuple(self.places.shared[node] for node in self.brought[name]))

    def own(self, name: str) -> Place:
        return self.places.reports[f"<{REPORT}{name}>".encode()]

    @cached_property
    def brought(self) -> dict[str, tuple[bytes, ...]]:
        """Report by name -> the shared nodes that it brings, and that are in the file."""
        return {
            iri[1:-1].decode().removeprefix(REPORT): tuple(self.nodes(place))
            for iri, place in self.places.reports.items()
        }

    def nodes(self, own: Place) -> dict[bytes, None]:
        waiting, found = list(_objects(self.lines([own]), BROUGHT)), dict[bytes, None]()
        while waiting:
            node = waiting.pop()
            if node in found or node not in self.places.shared:
                continue
            found[node] = None
            waiting += _objects(self.lines([self.places.shared[node]]), FURTHER)
        return found

    def event(self, nodes: Iterable[bytes]) -> bytes:
        """The first of the events that a report is about."""
        return min(_objects(self.lines(self.places.shared[node] for node in nodes), (EVENT,)), default=b"")

    def close(self) -> None:
        self.data.close()


def _objects(lines: bytes, predicates: Iterable[bytes]) -> Iterator[bytes]:
    """The nodes that follow these predicates; words that quote a predicate may bring one too many."""
    for predicate in predicates:
        _, *rest = lines.split(predicate)
        yield from (text[: text.find(b">") + 1] for text in rest)


def _places(opened: Iterable[bytes]) -> Places:
    found, start, last = Places(), 0, (b"", b"")
    shared, codes, derived = (str(graph).encode() for graph in (SHARED, CODES, DERIVED))
    report = f"<{REPORT}".encode()
    lists = {codes: found.codes, derived: found.derived}
    for line in opened:
        stop = start + len(line)
        graph = line[line.rfind(b" <") + 1 : -3]
        key = (graph, line[: line.find(b" ")] if graph == shared else b"")
        if graph in lists:
            _stretch(lists[graph], start, stop)
        elif graph == shared or graph.startswith(report):
            place, name = (found.shared, key[1]) if graph == shared else (found.reports, graph)
            if key == last:
                place[name] = (place[name][0], stop)
            elif place.setdefault(name, (start, stop)) != (start, stop):
                raise Unlike(f"{name.decode(errors='replace')} stands in two places")
            elif graph != shared and not NAMED.fullmatch(graph):
                raise Unlike(f"this names no report: {graph.decode(errors='replace')}")
        else:
            raise Unlike(f"a line is of no graph of ours: {line[:200].decode(errors='replace')}")
        start, last = stop, key
    return found


def _stretch(places: list[Place], start: int, stop: int) -> None:
    """The last place goes on, or another begins."""
    if places and places[-1][1] == start:
        places[-1] = (places[-1][0], stop)
    else:
        places.append((start, stop))
