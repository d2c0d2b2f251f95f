"""A store that others write to, read as it was at one version."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pyoxigraph import NamedNode, Quad

from communique.errors import Conflict
from communique.store import UNION, Change, Dataset, GraphName, Results, Store


class Pinned:
    """Another server's store for whoever reads much of it: what was read is of one version, or Conflict is raised. `look` tells the version it has now."""

    def __init__(self, store: Store, look: Callable[[], str]) -> None:
        self.store, self.look, self.version = store, look, look()

    def query(self, text: str, dataset: Dataset = UNION) -> Results:
        return self.store.query(text, dataset)

    def quads(self, graph: GraphName | None, subject: NamedNode | None = None) -> Iterator[Quad]:
        yield from self.store.quads(graph, subject)
        self._require_same()

    def about(self, graph: NamedNode, subjects: Iterable[NamedNode]) -> Iterator[Quad]:
        yield from self.store.about(graph, subjects)
        self._require_same()

    def graphs(self) -> list[NamedNode]:
        found = self.store.graphs()
        self._require_same()
        return found

    def pinned(self) -> Pinned:
        return self

    def ruled(self) -> Store:
        return self.store.ruled()

    def commit(self, change: Change) -> str:
        return self.store.commit(change)

    def update(self, text: str, dataset: Dataset = UNION) -> str:
        return self.store.update(text, dataset)

    def _require_same(self) -> None:
        if self.look() != self.version:
            raise Conflict("the data has changed while it was read; try again")
