"""What a query to a remote store sees that names no graph, which stores differ in: found out by asking."""

from __future__ import annotations

from collections.abc import Sequence

from pyoxigraph import NamedNode

from communique.errors import BadGateway, Unavailable
from communique.store import META
from communique.store.results import ROWS, parsed, rows
from communique.store.wire import Wire
from communique.vocab import ID, OWL

Fields = Sequence[tuple[str, str]]

# The version is in a graph of its own: whoever sees it without naming that sees all graphs.
EVERYTHING = f"ASK {{ {META} {OWL.versionInfo} ?v }}"
# The default graph as it is; as Jena can be asked for it; as Oxigraph can.
WAYS: tuple[Fields, ...] = ((), (("default-graph-uri", "urn:x-arq:UnionGraph"),), (("union-default-graph", "true"),))
NOWHERE = NamedNode(f"{ID}graph/nowhere")
# More rows than the caps that stores come with.
SIDE = 102
NUMBERS = " ".join(map(str, range(SIDE)))
MANY = f"SELECT ?a ?b WHERE {{ VALUES ?a {{ {NUMBERS} }} VALUES ?b {{ {NUMBERS} }} }}"
BLIND = (
    "a query that names no graph does not see all graphs of the store, and cannot be made to; its default graph must be "
    "the union of all graphs"
)


class Sight:
    """What queries see of a store."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.way: Fields | None = None

    def look(self) -> None:
        """Find out. Raises Unavailable when the store cannot be used as it is, BadGateway when it cuts answers short."""
        self.way = next((way for way in WAYS if self._ask([("query", EVERYTHING), *way])), None)
        if self.way is None:
            raise Unavailable(BLIND)
        if not self.way and self.wire.settings.default_graph == "unnamed":
            raise Unavailable("the store shows all graphs as one, so its unnamed graph cannot be what queries see")
        with self.wire.asked([("query", MANY)], ROWS) as answer:
            if sum(1 for _ in rows(answer)) != SIDE * SIDE:
                raise BadGateway("the store cuts long answers short")

    def union(self) -> Fields:
        """What a query is sent with that is to see all graphs."""
        if self.way is None:
            self.look()
        return self.way or ()

    def unnamed(self, subject: str) -> str:
        """The pattern of the unnamed graph's triples: the default graph, or what of it is in no other."""
        alone = "" if self.way else f"FILTER NOT EXISTS {{ GRAPH ?g {{ {subject} ?p ?o }} }}"
        return f"{subject} ?p ?o {alone}"

    def exists(self, graph: NamedNode) -> bool:
        """Whether there is such a graph; some stores say so of any graph, and keep no empty ones."""
        told = not self._ask([("query", f"ASK {{ GRAPH {NOWHERE} {{ }} }}")])
        return self._ask([("query", f"ASK {{ GRAPH {graph} {{ {'' if told else '?s ?p ?o'} }} }}")])

    def _ask(self, fields: Fields) -> bool:
        with self.wire.asked(fields, ROWS) as answer:
            return bool(parsed(answer, ROWS))
