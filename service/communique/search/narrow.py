"""The values by which the nodes of a list are narrowed: of all nodes, or of some, and which nodes a change gives other values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property

from pyoxigraph import NamedNode, QuerySolution

from communique.binding import BOUND, Query
from communique.search.rows import short
from communique.search.sight import Touched
from communique.store import Store, rows

# Nodes in one look-up: of so few the engine looks each up.
BATCH = 12
# What a pattern says where a node has no value.
NONE = ""
Value = tuple[str, str]


class Narrow:
    """What a list says of its parameters (`#+ narrow:`), and how its nodes are reached from what changed (`#+ reach:`)."""

    def __init__(self, query: Query) -> None:
        self.patterns, self.reaches = query.narrow, query.reach
        lines = (query.first or "").splitlines()
        self.prefixes = "\n".join(line for line in lines if line.lstrip().startswith("PREFIX"))

    @cached_property
    def text(self) -> str:
        """All that is looked at."""
        return "\n".join((*(pattern for _, pattern in self.patterns), *self.reaches))

    def each(self, store: Store, take: Callable[[str, Value], None]) -> None:
        """Every node, as `short` gives it, that may be one of the list, with each of its values: the parameter's name, and the term."""
        for name, pattern in self.patterns:
            for row in rows(store, f"{self.prefixes}\nSELECT ?{BOUND} ?{name} WHERE {{ {pattern} }}"):
                take(_node(row, BOUND), (name, _node(row, name)))

    def of(self, store: Store, nodes: Iterable[NamedNode]) -> dict[str, set[Value]]:
        """The values of some nodes."""
        found: dict[str, set[Value]] = {}
        for some in batches(nodes) if self.patterns else ():
            branches = " UNION ".join(_branch(name, pattern, some) for name, pattern in self.patterns)
            for row in rows(store, f"{self.prefixes}\nSELECT ?{BOUND} ?name ?value WHERE {{ {branches} }}"):
                found.setdefault(_node(row, BOUND), set()).add((row["name"].value, _node(row, "value")))
        return found

    def reached(self, store: Store, touched: Touched) -> set[NamedNode]:
        """The nodes whose values hang on what was touched."""
        found: set[NamedNode] = set()
        for pattern in self.reaches:
            ends = {"subject": touched.subjects, "object": touched.objects}
            for name, nodes in ((name, nodes) for name, nodes in ends.items() if f"?{name}" in pattern):
                for some in batches(nodes):
                    text = f"SELECT DISTINCT ?{BOUND} WHERE {{ VALUES ?{name} {{ {_terms(some)} }} {pattern} }}"
                    found.update(row[BOUND] for row in rows(store, f"{self.prefixes}\n{text}"))
        return found


def batches(nodes: Iterable[NamedNode]) -> Iterator[list[NamedNode]]:
    """Nodes in order, so many at a time as are looked up in one query."""
    ordered = sorted(nodes, key=str)
    return (ordered[i : i + BATCH] for i in range(0, len(ordered), BATCH))


def _branch(name: str, pattern: str, nodes: Collection[NamedNode]) -> str:
    given = f"VALUES ?{BOUND} {{ {_terms(nodes)} }}"
    return f'{{ SELECT ?{BOUND} ("{name}" AS ?name) (?{name} AS ?value) WHERE {{ {given} {pattern} }} }}'


def _terms(nodes: Iterable[NamedNode]) -> str:
    return " ".join(map(str, nodes))


def _node(row: QuerySolution, name: str) -> str:
    term = row[name]
    return NONE if term is None else short(str(term))
