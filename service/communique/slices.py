"""All that rules look at, a few subjects at a time, in memory, where they are answered ten times faster than on disk.

A slice holds the propositions about some subjects, whole, the statements that express them, and what else a rule
may follow from there: which statement supersedes which, and whose it is; which report copies which; which place is
within which; which code is broader than, or related to, which. So every rule about a `subject` says of the whole
slice what it says of these subjects in the whole store. A rule that looks further needs its links below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
from pyoxigraph import NamedNode

from communique.errors import CommuniqueError
from communique.nodes import Nodes
from communique.store import Results, Store, rows
from communique.store.embedded import Embedded
from communique.vocab import CMQ, ID, SKOS

# Processes that encode reports have no use for it, and it takes a while.
if TYPE_CHECKING:
    from communique.binding import Query

# Taken by who works beside others.
Room = AbstractContextManager[object]

SUBJECTS = (CMQ.aboutEvent, CMQ.aboutEntity, CMQ.aboutStatement)
LINKS = (SKOS.broader, SKOS.related, CMQ.within, CMQ.copyOf, CMQ.supersedes)
SIZE = 100


LINKED = tuple(f"{link} " for link in LINKS)
SUPERSEDES, ASSERTED = f"{CMQ.supersedes} ", f"{CMQ.assertedBy} "
ABOUT = tuple(f"{about} <" for about in SUBJECTS)
# Lines of statements, and of what they express.
TELLING = tuple(f"<{ID}{kind}/".encode() for kind in ("statement", "proposition", "question"))
# The engine works outside the interpreter's lock, so threads are enough.
THREADS = 2


@dataclass(frozen=True)
class Cut:
    """A part of a file of N-Quads, and which of the subjects in it other parts tell of too; the links that it needs."""

    file: Path
    start: int
    stop: int
    shared: frozenset[NamedNode]
    links: bytes


def evaluate(store: Store, rules: Sequence[Query]) -> Iterator[bytes]:
    """What rules about a `subject` say of the whole store: N-Triples, a piece for each slice; a triple may come twice."""
    return evaluate_of(store, rules, {s for p in SUBJECTS for s in _nodes(store, p)})


def evaluate_of(store: Store, rules: Sequence[Query], given: Iterable[NamedNode]) -> Iterator[bytes]:
    """The same of some subjects."""
    subjects = sorted(given, key=str)
    slices = (subjects[i : i + SIZE] for i in range(0, len(subjects), SIZE))
    return _evaluate(rules, links(store), (partial(_slice, store, some) for some in slices))


def evaluate_cuts(rules: Sequence[Query], links: bytes, cuts: Sequence[Cut], room: Room) -> Iterator[bytes]:
    """The same of all that cuts of a file tell, when nothing else tells of their subjects; each cut when there is room.

    A file is read much faster than a store, and most subjects have all their slice in one cut. What is told of the others is
    gathered. `links` are those of all cuts, and of the store that is to take them in: each cut has those that it needs.
    """
    texts = [rule.text for rule in rules]
    gathered = ox.Store()
    gathered.bulk_load(links, ox.RdfFormat.N_TRIPLES)
    with ThreadPoolExecutor(THREADS) as threads:
        for answers, rest in threads.map(lambda cut: _apart(cut, texts, room), cuts):
            gathered.bulk_load(rest, ox.RdfFormat.N_TRIPLES)
            yield answers
    yield from evaluate_of(Embedded(gathered), rules, {subject for cut in cuts for subject in cut.shared})


def _evaluate(rules: Sequence[Query], links: bytes, makers: Iterable[Callable[[bytes], ox.Store]]) -> Iterator[bytes]:
    texts = [rule.text for rule in rules]
    with ThreadPoolExecutor(THREADS) as threads:
        yield from threads.map(lambda made: _answers(made(links), texts), makers)


def links(store: Store) -> bytes:
    """The links of a store, as N-Triples."""
    found = [written(store, f"CONSTRUCT {{ ?x {link} ?y }} WHERE {{ ?x {link} ?y }}") for link in LINKS]
    newer = f"?newer {CMQ.supersedes} ?one . ?newer {CMQ.assertedBy} ?by"
    return b"".join([*found, written(store, f"CONSTRUCT {{ ?newer {CMQ.assertedBy} ?by }} WHERE {{ {newer} }}")])


def links_of(nodes: Nodes) -> bytes:
    """The links of nodes, as N-Triples."""
    return "".join(_links(nodes)).encode()


def _links(nodes: Nodes) -> Iterator[str]:
    for iri, pairs in nodes.items():
        for pair in pairs:
            if pair.startswith(LINKED):
                yield f"<{iri}> {pair} .\n"
                if pair.startswith(SUPERSEDES):
                    yield from (f"<{iri}> {by} .\n" for by in pairs if by.startswith(ASSERTED))


def subjects_of(nodes: Nodes) -> frozenset[str]:
    """The subjects that propositions are about."""
    return frozenset(nodes.objects(ABOUT))


def _nodes(store: Store, about: NamedNode) -> Iterator[NamedNode]:
    found = rows(store, f"SELECT DISTINCT ?x WHERE {{ ?p {about} ?x }}")
    return (row["x"] for row in found if isinstance(row["x"], NamedNode))


def _slice(store: Store, subjects: Iterable[NamedNode], links: bytes) -> ox.Store:
    found = ox.Store()
    found.bulk_load(links, ox.RdfFormat.N_TRIPLES)
    for text in _about(subjects):
        found.bulk_load(written(store, text), ox.RdfFormat.N_TRIPLES)
    return found


def _about(subjects: Iterable[NamedNode]) -> Iterator[str]:
    """What asks for the propositions about these subjects, and for the statements that express them."""
    values = f"VALUES ?subject {{ {' '.join(map(str, subjects))} }}"
    for about in SUBJECTS:
        content = f"{values} ?proposition {about} ?subject"
        yield f"CONSTRUCT {{ ?proposition ?p ?o }} WHERE {{ {content} . ?proposition ?p ?o }}"
        yield f"CONSTRUCT {{ ?said ?p ?o }} WHERE {{ {content} . ?said {CMQ.expresses} ?proposition . ?said ?p ?o }}"


def _apart(cut: Cut, texts: Iterable[str], room: Room) -> tuple[bytes, bytes]:
    """What rules say of the subjects that are the cut's own, and what it tells of the others."""
    with room:
        return _told_apart(_read(cut), cut.shared, cut.links, texts)


def _told_apart(
    found: ox.Store, shared: Iterable[NamedNode], links: bytes, texts: Iterable[str]
) -> tuple[bytes, bytes]:
    rest = b"".join(_serialized(found.query(text)) for text in _about(shared))
    # A proposition about nothing is none that a rule finds.
    for subject in shared:
        for about in SUBJECTS:
            for quad in list(found.quads_for_pattern(None, about, subject)):
                found.remove(quad)
    found.bulk_load(links, ox.RdfFormat.N_TRIPLES)
    return _answers(found, texts), rest


def _read(cut: Cut) -> ox.Store:
    """The statements of a cut and what they express, without graphs, which a rule does not see."""
    with cut.file.open("rb") as opened:
        opened.seek(cut.start)
        lines = opened.read(cut.stop - cut.start).split(b"\n")
    found = ox.Store()
    told = b"".join(line[: line.rindex(b" <")] + b" .\n" for line in lines if line.startswith(TELLING))
    found.bulk_load(told, ox.RdfFormat.N_TRIPLES)
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
