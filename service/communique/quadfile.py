"""A file of N-Quads as our dumps have it: where in it each report's lines stand, and those of each shared node.

What is kept in memory is a place for each; the lines are read again when they are wanted.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pyoxigraph import NamedNode

from communique.vocab import CMQ, CODES, DERIVED, ID, SCHEMA, SHARED, SLUG

# First byte, and the one after the last.
Place = tuple[int, int]

# Bytes of lines that are looked at in one go.
PIECE = 1024 * 1024
REPORT = f"{ID}report/"
NAMED = re.compile(f"<{REPORT}{SLUG.pattern}>".encode())
# Lines that follow each other and have the same subject and graph.
RUN = re.compile(rb"(<[^>\n]*>) .* (<[^>\n]*>) \.\n(?:\1 .* \2 \.\n)*")


def _after(*predicates: NamedNode) -> re.Pattern[bytes]:
    """Finds the nodes that follow these predicates; words that quote a predicate may bring one too many."""
    return re.compile(f" (?:{'|'.join(re.escape(str(p)) for p in predicates)}) (<[^>]*>)".encode())


EVENT = _after(CMQ.aboutEvent)
# What a report's own nodes, and the propositions that it expresses, bring with them.
BROUGHT = _after(CMQ.expresses, SCHEMA.mentions)
FURTHER = _after(CMQ.answers, CMQ.relativeTo, CMQ.partOfCount)


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


@dataclass(frozen=True)
class Brought:
    """The shared nodes that a report brings, of those in the file; the first of the events that they are about."""

    nodes: tuple[bytes, ...]
    event: bytes


class Quadfile:
    """An open file, and what is where. Raises Unlike."""

    def __init__(self, file: Path) -> None:
        self.file = file
        with file.open("rb") as opened:
            self.data = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
            self.places = _places(self.data)

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
        for _, name in sorted((brought.event, name) for name, brought in self.brought.items()):
            yield Part(name, self.own(name), tuple(self.places.shared[node] for node in self.brought[name].nodes))

    def own(self, name: str) -> Place:
        return self.places.reports[f"<{REPORT}{name}>".encode()]

    @cached_property
    def brought(self) -> dict[str, Brought]:
        """Of each report by its name."""
        return {
            iri[1:-1].decode().removeprefix(REPORT): self.bring(place) for iri, place in self.places.reports.items()
        }

    def bring(self, own: Place) -> Brought:
        found: dict[bytes, None] = {}
        events: list[bytes] = []
        lines, following = self.lines([own]), BROUGHT
        while new := [node for node in dict.fromkeys(following.findall(lines)) if self.is_new(node, found)]:
            found |= dict.fromkeys(new)
            lines, following = self.lines(self.places.shared[node] for node in new), FURTHER
            events += EVENT.findall(lines)
        return Brought(tuple(found), min(events, default=b""))

    def is_new(self, node: bytes, found: Container[bytes]) -> bool:
        return node in self.places.shared and node not in found

    def close(self) -> None:
        self.data.close()


def _places(data: mmap.mmap) -> Places:
    found, start = Places(), 0
    shared, codes, derived = (str(graph).encode() for graph in (SHARED, CODES, DERIVED))
    lists = {codes: found.codes, derived: found.derived}
    for run in RUN.finditer(data):
        subject, graph = run.groups()
        if run.start() != start:
            break
        if graph in lists:
            _stretch(lists[graph], start, run.end())
        elif graph == shared:
            _place(found.shared, subject, start, run.end())
        elif NAMED.fullmatch(graph):
            _place(found.reports, graph, start, run.end())
        else:
            raise Unlike(f"this graph is none of ours: {graph.decode(errors='replace')}")
        start = run.end()
    if start != len(data):
        raise Unlike(f"a line is of no graph of ours: {data[start : start + 200].decode(errors='replace')}")
    return found


def _place(places: dict[bytes, Place], name: bytes, start: int, stop: int) -> None:
    """Where a name's place is, or goes on."""
    first, last = places.get(name, (start, start))
    if last != start:
        raise Unlike(f"{name.decode(errors='replace')} stands in two places")
    places[name] = (first, stop)


def _stretch(places: list[Place], start: int, stop: int) -> None:
    """The last place goes on, or another begins."""
    if places and places[-1][1] == start:
        places[-1] = (places[-1][0], stop)
    else:
        places.append((start, stop))
