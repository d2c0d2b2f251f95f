"""A file of N-Quads as our dumps have it: where in it each report's lines stand, and those of each shared node.

What is kept in memory is a place for each; the lines are read again when they are wanted.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from communique.vocab import CMQ, CODES, DERIVED, ID, SCHEMA, SHARED

# First byte, and the one after the last.
Place = tuple[int, int]

# Bytes of lines that are looked at in one go.
PIECE = 1024 * 1024
REPORT = f"<{ID}report/".encode()
EVENT = re.compile(rf"(?m)^<[^>]*> <{CMQ.aboutEvent.value}> (<[^>]*>)".encode())
# What a report's own nodes, and the propositions that it expresses, bring with them.
BROUGHT = re.compile(rf"(?m)^<[^>]*> (?:{CMQ.expresses}|{SCHEMA.mentions}) (<[^>]*>)".encode())
FURTHER = re.compile(rf"(?m)^<[^>]*> (?:{CMQ.answers}|{CMQ.relativeTo}|{CMQ.partOfCount}) (<[^>]*>)".encode())


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
    """A report: its name, its own lines, and the places of the shared nodes that it is about."""

    name: str
    own: Place
    shared: tuple[bytes, ...]
    places: tuple[Place, ...]


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
        order = sorted((self.event(self.part(report)), report) for report in self.places.reports)
        return (self.part(report) for _, report in order)

    def part(self, report: bytes) -> Part:
        own = self.places.reports[report]
        nodes = self.nodes(own)
        name = report.removeprefix(REPORT).removesuffix(b">").decode()
        return Part(name, own, nodes, tuple(self.places.shared[node] for node in nodes))

    def nodes(self, own: Place) -> tuple[bytes, ...]:
        """The shared nodes that a report brings, and that are in the file."""
        waiting, found = BROUGHT.findall(self.lines([own])), dict[bytes, None]()
        while waiting:
            node = waiting.pop()
            if node in found or node not in self.places.shared:
                continue
            found[node] = None
            waiting += FURTHER.findall(self.lines([self.places.shared[node]]))
        return tuple(found)

    def event(self, part: Part) -> bytes:
        """The first of the events that a report is about."""
        return min(EVENT.findall(self.lines(part.places)), default=b"")

    def close(self) -> None:
        self.data.close()


def _places(opened: Iterable[bytes]) -> Places:
    found, start, last = Places(), 0, (b"", b"")
    shared, codes, derived = (f"{graph}".encode() for graph in (SHARED, CODES, DERIVED))
    lists = {codes: found.codes, derived: found.derived}
    for line in opened:
        stop = start + len(line)
        graph = line[line.rfind(b" <") + 1 : -3]
        key = (graph, line[: line.find(b" ")] if graph == shared else b"")
        if graph in lists:
            _stretch(lists[graph], start, stop)
        elif graph == shared or graph.startswith(REPORT):
            place, name = (found.shared, key[1]) if graph == shared else (found.reports, graph)
            if key == last:
                place[name] = (place[name][0], stop)
            elif place.setdefault(name, (start, stop)) != (start, stop):
                raise Unlike(f"{name.decode(errors='replace')} stands in two places")
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
