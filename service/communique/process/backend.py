"""What the application asks of a store that it serves, whether that is workers over a folder or another server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Protocol

from pyoxigraph import NamedNode, Quad

from communique.asking import Made, Told
from communique.process.runner import Brief
from communique.process.worker import Ticket
from communique.store import Store


class Reply(Protocol):
    """An answer that has begun. `header` has its `media` and the `version` it is of; it may go on `until` then."""

    header: dict[str, Any]
    until: float

    def chunks(self) -> Iterator[bytes]:
        """The data. Raises what went wrong, even in the middle: an answer that just stops would look complete."""
        ...


class Soon(Protocol):
    """The same for the event loop, which goes on meanwhile."""

    header: dict[str, Any]
    until: float

    def chunks(self) -> AsyncIterator[bytes]: ...


class Backend(Store, Protocol):
    """A `store.Store` that strangers may ask, within limits."""

    def free(self) -> int:
        """How many of those answers could be begun at once, beside each other."""
        ...

    def answer(self, told: Told) -> Made:
        """The answer to what `asking` tells, whole: BadRequest, NotFound, Gone or OverCap when there is none."""
        ...

    async def answered(self, told: Told) -> Made:
        """The same for the event loop, which goes on meanwhile."""
        ...

    async def tried(self, text: str, how: Mapping[str, Any], took: float | None) -> Brief | None:
        """An ad-hoc query's answer, if it is small and soon there; None where trying is no good.

        `took` tells how many seconds before, None the first time.
        Raises Deadline or TooLong when it is not, and what the query failed of.
        """
        ...

    def streamed(
        self, text: str, how: Mapping[str, Any], ticket: Ticket, seconds: float
    ) -> AbstractAsyncContextManager[Soon]:
        """An ad-hoc query's answer as it comes; `how` tells its dataset, and the format that is asked for."""
        ...

    def profile(self, told: Mapping[str, Any], seconds: float) -> AbstractContextManager[Reply]:
        """The data in the terms of another standard, as `profiles.render.Asked` tells."""
        ...

    def parse(self, data: bytes, media: str, base: str) -> list[Quad]:
        """The quads of RDF from outside; BadRequest with the line when it cannot be read."""
        ...

    def put_report(self, name: str, body: bytes) -> dict[str, Any]:
        """A report from outside: inspected, written, derived; what became of it, and the version."""
        ...

    def delete_report(self, name: str) -> dict[str, Any]:
        """A report withdrawn; the version."""
        ...

    def exists(self, graph: NamedNode) -> bool:
        """Whether the data has such a graph."""
        ...

    def unnamed(self) -> str:
        """The pattern that the triples of the unnamed graph match, and no others, in a query without a dataset."""
        ...

    def ready(self) -> None:
        """Raise what keeps the store from answering."""
        ...

    def isolated(self) -> bool:
        """Whether no process that runs what others wrote has a network."""
        ...

    def close(self) -> None:
        """End what it has begun."""
        ...
