"""Very many reports at once: read, inspected and encoded by two processes, then put into the store's files in one go.

A report is taken that `load.Loader` would take as it is: new, without a fault, naming only what is there by its turn.
Whatever else there is, this leaves to the loader, which says what is wrong with it or finds that it came too early.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pyoxigraph import NamedNode

from communique.batches import Given
from communique.crew import crew
from communique.slices import Cut, links_of, subjects_of
from communique.store import Store, rows
from communique.ties import Ties
from communique.vocab import CODES, ID, OWL, node

# Imported by the workers when they work: the model of a report takes a while, and who waits for them has no use for it.
if TYPE_CHECKING:
    from communique import faults
    from communique.report import Report

# Batches that are opened, or made, before they are waited for.
AHEAD = 4

STATEMENT = f"{ID}statement/"

Types = dict[str, frozenset[str]]


class Batch(Protocol):
    """Some reports that a worker can open; it travels to one, so it is small and can be pickled."""

    def reports(self) -> Iterator[Given]: ...


class Out(Protocol):
    """Where N-Quads go: a file, or what hands on what is written."""

    def write(self, data: bytes, /) -> object: ...
    def tell(self) -> int: ...


@dataclass(frozen=True)
class Opened:
    """What has to be known of a report before it is inspected."""

    source: str
    name: str
    # The nodes it names and does not bring itself; the classes, and a digest of the description, of those it brings.
    needs: frozenset[str] = frozenset()
    brings: dict[str, tuple[frozenset[str], str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """What became of a report: its N-Quads, where somebody has none yet; whether it has no fault."""

    whole: bool = False
    quads: bytes = b""
    statements: tuple[str, ...] = ()
    subjects: frozenset[str] = frozenset()
    # What links it to other reports and places, as N-Triples.
    links: bytes = b""


@dataclass
class Taken:
    """What became of the reports: the sources of those that are in the file, and of those left to the loader."""

    sources: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    digest: str = ""
    # Where in the file each batch is, and what subjects its reports tell of.
    parts: list[tuple[int, int, frozenset[str]]] = field(default_factory=list)
    links: list[bytes] = field(default_factory=list)
    # The number of the part in which a report or a statement is.
    where: dict[str, int] = field(default_factory=dict)

    def cuts(self, file: Path, stored: bytes = b"") -> list[Cut]:
        """The file that was written, cut where the batches meet; `stored` are the links of the store that takes it in."""
        told = Counter(subject for _, _, subjects in self.parts for subject in subjects)
        ties = Ties([stored, *self.links], self.where)
        return [
            Cut(file, start, stop, frozenset(NamedNode(s) for s in subjects if told[s] > 1), ties.of(number))
            for number, (start, stop, subjects) in enumerate(self.parts)
        ]


def take(store: Store, batches: Iterable[Batch], out: Out) -> Taken:
    """Write to `out`, as N-Quads, the reports that can be loaded just so into the store; nothing is changed in it."""
    return Taking(store, out).run(batches)


def types_in(store: Store, iris: Iterable[str]) -> dict[str, frozenset[str]]:
    """Of these nodes and codes, those that the store has and that are in use: IRI -> local names of their classes."""
    values = " ".join(f"<{iri}>" for iri in sorted(iris))
    text = f"SELECT ?x ?type WHERE {{ VALUES ?x {{ {values} }} ?x a ?type MINUS {{ ?x {OWL.deprecated} true }} }}"
    found: dict[str, set[str]] = {}
    for row in rows(store, text):
        found.setdefault(row["x"].value, set()).add(row["type"].value.rpartition("#")[2])
    return {iri: frozenset(names) for iri, names in found.items()}


class Taking:
    """Takes reports into a file, batch by batch; what fits is for those who give them to tell."""

    def __init__(self, store: Store, out: Out) -> None:
        self.store, self.out, self.taken = store, out, Taken()
        self.digest = hashlib.sha256()
        self.looked: set[str] = set()
        self.stored: Types = {}
        # What the reports so far bring, whether or not they turn out to have faults.
        self.brought: dict[str, tuple[frozenset[str], str]] = {}
        # What the taken ones have brought, with digests of descriptions.
        self.there: dict[str, str] = {}

    def run(self, batches: Iterable[Batch]) -> Taken:
        """Each batch is opened and then encoded by the same worker, some ahead of what is taken; taken in order."""
        codes = types_in(self.store, {str(q.subject)[1:-1] for q in self.store.quads(CODES)})
        with crew(_begin, codes) as workers:
            opening: deque[tuple[Executor, int, Future[list[Opened]]]] = deque()
            making: deque[tuple[list[Opened], Future[list[Made]]]] = deque()
            for number, batch in enumerate(batches):
                worker = workers[number % len(workers)]
                opening.append((worker, number, worker.submit(_open, number, batch)))
                if len(opening) > AHEAD:
                    making.append(self.send(*opening.popleft()))
                if len(making) > AHEAD:
                    self.collect(*making.popleft())
            while opening:
                making.append(self.send(*opening.popleft()))
            while making:
                self.collect(*making.popleft())
        self.taken.digest = self.digest.hexdigest()
        return self.taken

    def send(
        self, worker: Executor, number: int, opened: Future[list[Opened]]
    ) -> tuple[list[Opened], Future[list[Made]]]:
        found = opened.result()
        return found, worker.submit(_make, number, self.known(found))

    def known(self, opened: list[Opened]) -> Types:
        """What these reports need and the store, or a report before them or among them, has."""
        needed = {iri for one in opened for iri in one.needs}
        named = needed | {iri for one in opened for iri in (*one.brings, _report(one.name))}
        if new := named - self.looked:
            self.stored |= types_in(self.store, new)
            self.looked |= new
        for one in opened:
            self.bring(one)
        # Whether a statement is there turns out when the report is taken.
        said = {iri: frozenset({"Statement"}) for iri in needed if iri.startswith(STATEMENT)}
        brought = {iri: self.brought[iri][0] for iri in needed & self.brought.keys()}
        return said | brought | {iri: self.stored[iri] for iri in needed & self.stored.keys()}

    def bring(self, one: Opened) -> None:
        """What is described in two ways is nobody's to need: which of the two will be taken is not known yet."""
        self.brought[_report(one.name)] = (frozenset({"Report"}), "")
        for iri, found in one.brings.items():
            if self.brought.setdefault(iri, found) != found:
                self.brought[iri] = (frozenset(), "")

    def collect(self, opened: list[Opened], made: Future[list[Made]]) -> None:
        start, subjects = self.out.tell(), set[str]()
        for one, result in zip(opened, made.result(), strict=True):
            if result.whole and self.fits(one):
                self.add(one, result)
                subjects |= result.subjects
            else:
                self.taken.left.append(one.source)
        self.taken.parts.append((start, self.out.tell(), frozenset(subjects)))

    def lines(self, one: Opened, made: Made) -> bytes:  # noqa: ARG002  # for who has them already
        return made.quads

    def fits(self, one: Opened) -> bool:
        """Whether all that it needs is there by now, it is not there itself, and nothing is described otherwise."""
        return (
            all(iri in self.stored or self.is_there(iri) for iri in one.needs)
            and not {_report(one.name), *one.brings} & self.stored.keys()
            and _report(one.name) not in self.there
            and all(self.there.get(iri, digest) == digest for iri, (_, digest) in one.brings.items())
        )

    def is_there(self, iri: str) -> bool:
        """Whether a taken report brought it, and in the one way in which it is described."""
        if iri.startswith(STATEMENT):
            return iri in self.taken.where
        return iri in self.there and self.brought[iri][1] == self.there[iri]

    def add(self, one: Opened, result: Made) -> None:
        quads = self.lines(one, result)
        self.out.write(quads)
        self.digest.update(quads)
        self.taken.sources.append(one.source)
        self.taken.links.append(result.links)
        self.there |= {iri: digest for iri, (_, digest) in one.brings.items()}
        self.there[_report(one.name)] = ""
        self.taken.where |= dict.fromkeys((*result.statements, _report(one.name)), len(self.taken.parts))


def _report(name: str) -> str:
    return node("report", name).value


# -- in the worker

_codes: Types = {}
_open_batches: dict[int, list[Read]] = {}


@dataclass(frozen=True)
class Read:
    """A report that was opened, and all that it names."""

    given: Given
    opened: Opened
    meant: list[faults.Meant] = field(default_factory=list)


def _begin(codes: Types) -> None:
    _codes.update(codes)


def _open(number: int, batch: Batch) -> list[Opened]:
    """Open the batch, and keep its reports until they are made."""
    found = [_read(given) for given in batch.reports()]
    _open_batches[number] = found
    return [read.opened for read in found]


def _read(given: Given) -> Read:
    from communique import faults
    from communique.terms import types_of

    name, report = given.name, given.report
    if report is None:
        return Read(given, Opened(given.source, name))
    own, meant = types_of(name, report), faults.meanings(name, report)
    needs = frozenset(faults.named(name, report, meant) - own.keys() - _codes.keys())
    brings = {iri: (own[iri], digest) for iri, digest in _described(report)}
    return Read(given, Opened(given.source, name, needs, brings), meant)


def _described(report: Report) -> Iterator[tuple[str, str]]:
    """Each named node that the report brings, with a digest of what it says of it."""
    for kind, things in (("actor", report.actors), ("place", report.places), ("event", report.events)):
        for slug, thing in things.items():
            yield f"{ID.base}{kind}/{slug}", hashlib.sha256(thing.model_dump_json().encode()).hexdigest()


def _make(number: int, types: Types) -> list[Made]:
    from communique import faults

    known = faults.Known({**_codes, **types})
    return [_made(read, known) for read in _open_batches.pop(number)]


def _made(read: Read, known: faults.Known) -> Made:
    given = read.given
    if given.report is None:
        return Made()
    from communique import faults

    problems, encoded = faults.examine(given.name, given.report, known, read.meant)
    if problems or encoded is None:
        return Made()
    quads = encoded.quads()
    if given.lines and not _alike(quads, given.lines):
        return Made()
    links = links_of(encoded.own) + links_of(encoded.shared)
    return Made(True, b"" if given.lines else quads, tuple(encoded.statements), subjects_of(encoded.shared), links)


def _alike(quads: bytes, lines: bytes) -> bool:
    """Whether these are the same lines in any order; in what was encoded none comes twice."""
    return len(quads) == len(lines) and set(quads.split(b"\n")) == set(lines.split(b"\n"))
