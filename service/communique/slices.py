"""All that rules look at, a few subjects at a time, in memory, where they are answered ten times faster than on disk.

A slice holds the propositions about some subjects, whole, the statements that express them, and what else a rule
may follow from there: which statement supersedes which, and whose it is; which report copies which; which place is
within which; which code is broader than, or related to, which. So every rule about a `subject` says of the whole
slice what it says of these subjects in the whole store. A rule that looks further needs its links below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import NamedNode

from communique.catalog import Query
from communique.errors import CommuniqueError
from communique.store import Results, Store, rows
from communique.vocab import CMQ, SKOS

SUBJECTS = (CMQ.aboutEvent, CMQ.aboutEntity, CMQ.aboutStatement)
LINKS = (SKOS.broader, SKOS.related, CMQ.within, CMQ.copyOf, CMQ.supersedes)
SIZE = 100
# The engine works outside the interpreter's lock, so threads are enough.
THREADS = 2


@dataclass(frozen=True)
class Cut:
    """A part of a file of N-Quads, and which of the subjects in it other parts tell of too."""

    file: Path
    start: int
    stop: int
    shared: frozenset[NamedNode]


def evaluate(store: Store, rules: Sequence[Query]) -> Iterator[bytes]:
    """What rules about a `subject` say of the whole store: N-Triples, a piece for each slice; a triple may come twice."""
    return _evaluate(store, rules, {s for p in SUBJECTS for s in _nodes(store, p)}, [])


def evaluate_new(store: Store, rules: Sequence[Query], cuts: Sequence[Cut]) -> Iterator[bytes]:
    """The same of a store that had no report before it took in these cuts of a file, all of it.

    A subject of which one cut tells alone has all its slice there, and a file is read much faster than a store.
    """
    return _evaluate(store, rules, {subject for cut in cuts for subject in cut.shared}, cuts)


def _evaluate(store: Store, rules: Sequence[Query], given: set[NamedNode], cuts: Sequence[Cut]) -> Iterator[bytes]:
    links = b"".join(_links(store))
    subjects = sorted(given, key=str)
    slices = [partial(_slice, store, subjects[i : i + SIZE]) for i in range(0, len(subjects), SIZE)]
    texts = [rule.text for rule in rules]
    with ThreadPoolExecutor(THREADS) as threads:
        makers = (*(partial(_read, cut) for cut in cuts), *slices)
        yield from threads.map(lambda made: _answers(made(links), texts), makers)


def _links(store: Store) -> Iterator[bytes]:
    for link in LINKS:
        yield written(store, f"CONSTRUCT {{ ?x {link} ?y }} WHERE {{ ?x {link} ?y }}")
    newer = f"?newer {CMQ.supersedes} ?one . ?newer {CMQ.assertedBy} ?by"
    yield written(store, f"CONSTRUCT {{ ?newer {CMQ.assertedBy} ?by }} WHERE {{ {newer} }}")


def _nodes(store: Store, about: NamedNode) -> Iterator[NamedNode]:
    found = rows(store, f"SELECT DISTINCT ?x WHERE {{ ?p {about} ?x }}")
    return (row["x"] for row in found if isinstance(row["x"], NamedNode))


def _slice(store: Store, subjects: Iterable[NamedNode], links: bytes) -> ox.Store:
    found = ox.Store()
    found.bulk_load(links, ox.RdfFormat.N_TRIPLES)
    values = f"VALUES ?subject {{ {' '.join(map(str, subjects))} }}"
    for about in SUBJECTS:
        content = f"{values} ?proposition {about} ?subject"
        for text in (
            f"CONSTRUCT {{ ?proposition ?p ?o }} WHERE {{ {content} . ?proposition ?p ?o }}",
            f"CONSTRUCT {{ ?said ?p ?o }} WHERE {{ {content} . ?said {CMQ.expresses} ?proposition . ?said ?p ?o }}",
        ):
            found.bulk_load(written(store, text), ox.RdfFormat.N_TRIPLES)
    return found


def _read(cut: Cut, links: bytes) -> ox.Store:
    """What a cut tells of the subjects that are its own: a proposition about nothing is none that a rule finds."""
    with cut.file.open("rb") as opened:
        opened.seek(cut.start)
        lines = opened.read(cut.stop - cut.start).splitlines()
    found = ox.Store()
    # A rule sees no graphs: each line without its graph and its dot.
    found.bulk_load(b"".join(line.rsplit(b" ", 2)[0] + b" .\n" for line in lines) + links, ox.RdfFormat.N_TRIPLES)
    for subject in cut.shared:
        for about in SUBJECTS:
            for quad in list(found.quads_for_pattern(None, about, subject)):
                found.remove(quad)
    return found


def _answers(found: ox.Store, texts: Iterable[str]) -> bytes:
    return b"".join(_serialized(found.query(text)) for text in texts)


def written(store: Store, text: str) -> bytes:
    """The triples of a CONSTRUCT that the program itself wrote, as N-Triples."""
    return _serialized(store.query(text))


def _serialized(results: Results) -> bytes:
    if isinstance(results, ox.QuerySolutions | ox.QueryBoolean):
        raise CommuniqueError("a CONSTRUCT was expected")
    # The engine writes its own results without making an object of each triple.
    if isinstance(results, ox.QueryTriples):
        return results.serialize(format=ox.RdfFormat.N_TRIPLES) or b""
    return ox.serialize(results, format=ox.RdfFormat.N_TRIPLES) or b""
