"""A whole store, read in a process of its own: a damaged file may crash or hang the engine, and then ends only that."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import pyoxigraph as ox

from communique import derive
from communique.content import Content, open_content
from communique.errors import Unavailable
from communique.store import META, Change
from communique.store.embedded import Embedded, first_line
from communique.vocab import OWL

Graph = ox.NamedNode | ox.BlankNode | ox.DefaultGraph
UNNAMED = ox.DefaultGraph()
# The engine's indexes are sorted, so the same terms stand together, and nothing needs to be kept in memory.
SUBJECT, OBJECT = attrgetter("subject"), attrgetter("object")


@dataclass
class Found:
    """What a store holds: its version, its quads in each graph, and what is wrong with them."""

    version: str = ""
    graphs: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def triples(self) -> int:
        """How many triples a dump would hold."""
        return sum(count for name, count in self.graphs.items() if name != META.value)


def probe(files: Path, seconds: float, content: Content | None = None) -> Found:
    """Count what is in the engine's folder `files`, changing nothing; with `content`, read it by every index, and hold
    it against the rules.

    Raises Unavailable when the engine cannot read it all, or not within `seconds`.
    """
    command = [sys.executable, "-m", __name__, str(files), *([str(content.root)] if content else [])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)  # noqa: S603 - this program itself
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{files} could not be read within {seconds:g} seconds: it is damaged, or larger") from None
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or [f"the engine ended with {done.returncode}"])[-1]
        raise Unavailable(f"{files} cannot be read: {said}")
    return Found(**json.loads(done.stdout))


def look(store: Embedded, content: Content | None) -> Found:
    """The same in this process."""
    engine = store.engine
    found = Found(store.version)
    if (versions := len(list(engine.quads_for_pattern(META, OWL.versionInfo, None, META)))) != 1:
        found.faults.append(f"it has {versions} versions, and must have one")
    graphs: list[Graph] = [UNNAMED, *engine.named_graphs()]
    for graph in graphs:
        if count := sum(1 for _ in engine.quads_for_pattern(None, None, None, graph)):
            found.graphs[getattr(graph, "value", "")] = count
    if content:
        for graph in graphs:
            found.faults += _differing(_within(engine, graph), str(graph))
        found.faults += _differing(_across(engine, graphs[1:]), "all graphs")
        found.faults += [f"{triple} stands in more than one graph" for triple in _repeated(engine, graphs)]
        if change := derive.derive(store, derive.load_rules(content)):
            found.faults.append(_underived(change))
    return found


def _within(engine: ox.Store, graph: Graph) -> Counter[str]:
    """How many quads of a graph each of the engine's indexes by graph leads to, and its index by subject."""
    reached: Counter[str] = Counter()
    predicates = set()
    for subject, quads in groupby(engine.quads_for_pattern(None, None, None, graph), key=SUBJECT):
        for quad in quads:
            reached["graph"] += 1
            predicates.add(quad.predicate)
        reached["subject"] += sum(q.graph_name == graph for q in engine.quads_for_pattern(subject, None, None, None))
    for predicate in predicates:
        for term, quads in groupby(engine.quads_for_pattern(None, predicate, None, graph), key=OBJECT):
            reached["graph and predicate"] += len(list(quads))
            # For an integer that ends in the byte 255 the engine's index gives its 255 followers too.
            same = (q for q in engine.quads_for_pattern(None, None, term, graph) if q.object == term)
            reached["graph and object"] += sum(q.predicate == predicate for q in same)
    return reached


def _across(engine: ox.Store, graphs: list[Graph]) -> Counter[str]:
    """The same for the indexes that no graph leads."""
    reached: Counter[str] = Counter()
    predicates = set()
    for graph in graphs:
        for quad in engine.quads_for_pattern(None, None, None, graph):
            reached["graph"] += 1
            predicates.add(quad.predicate)
    for predicate in predicates:
        named = (q for q in engine.quads_for_pattern(None, predicate, None, None) if q.graph_name != UNNAMED)
        for term, quads in groupby(named, key=OBJECT):
            reached["predicate"] += len(list(quads))
            same = (q for q in engine.quads_for_pattern(None, None, term, None) if q.object == term)
            reached["object"] += sum(q.predicate == predicate and q.graph_name != UNNAMED for q in same)
    return reached


def _differing(reached: Counter[str], where: str) -> list[str]:
    wanted = reached["graph"]
    return [f"{where}: {wanted} triples, but {n} by {index}" for index, n in reached.items() if n != wanted]


def _repeated(engine: ox.Store, graphs: list[Graph]) -> Iterator[ox.Triple]:
    """Triples in more than one graph, once for each but the first."""
    for graph in graphs:
        for subject, quads in groupby(engine.quads_for_pattern(None, None, None, graph), key=SUBJECT):
            own = {quad.triple for quad in quads}
            others = engine.quads_for_pattern(subject, None, None, None)
            yield from (q.triple for q in others if q.triple in own and str(q.graph_name) > str(graph))


def _underived(change: Change) -> str:
    parts = f"{len(change.add)} triples missing, {len(change.remove)} too many"
    return f"its derived graph is not what the rules make ({parts}); run `communique derive`"


def main(files: str, root: str | None = None) -> int:
    """Print what is found as JSON; 1 and a line when the engine cannot read it."""
    try:
        store = Embedded(ox.Store.read_only(files))
        found = look(store, open_content(Path(root)) if root else None)
    except (OSError, RuntimeError) as error:
        print(first_line(error), file=sys.stderr)
        return 1
    print(json.dumps(asdict(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
