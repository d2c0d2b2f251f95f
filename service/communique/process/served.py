"""The store as the service has it: reads in workers over snapshots, writes in the writer, and every read sees every
write that was acknowledged before it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from pyoxigraph import NamedNode, Quad
from starlette.concurrency import run_in_threadpool

from communique import jsontext
from communique.asking import Made, Told
from communique.content import Content
from communique.errors import Faulty, OverCap, Superseded, Unavailable
from communique.process import frames, indexing, reading, writing
from communique.process.hearing import Heard
from communique.process.indexer import Indexer
from communique.process.pool import Pool, Reply
from communique.process.quick import Quick
from communique.process.runner import Brief
from communique.process.sandbox import Limits
from communique.process.worker import Deadline, Killed, Ticket, Worker
from communique.process.writer import Writer
from communique.settings import Settings
from communique.store import META, UNION, Change, Dataset, GraphName, Results, Store
from communique.store.embedded import Embedded

ROWS = "application/sparql-results+json"
TRIPLES = "application/n-triples"


# One that stands by, so that one which is killed is replaced before it is missed.
SPARE = 1
# What a query that nobody knows may take before it is known as a heavy one: seconds, and bytes of its answer.
QUICK = 0.25
# And one that is known as a small one.
SMALL = 1.0
BRIEF = 1024 * 1024
# How often a snapshot is asked for again.
AGAIN = 2


class Served:
    """A `backend.Backend` over processes. `killed` hears why a process had to end."""

    def __init__(self, folder: Path, content: Content, settings: Settings, killed: Killed = lambda why: None) -> None:
        self.settings, self.folder, self.content = settings, folder, content
        self.fresh = threading.Lock()
        self.snapshot: tuple[str, str] = ("", "")  # the version it is of, and where it is
        self.made = 0.0
        self.reader: tuple[str, Embedded] | None = None
        self.writer = Writer(
            lambda: Worker(
                writing.run, Limits(settings.write_memory), str(folder), str(content.root), settings.durability
            ),
            settings.write_seconds,
            killed,
        )
        self.indexer = Indexer(
            lambda path: Worker(indexing.run, Limits(settings.query_memory), path, str(content.root)),
            self._snapshot,
            self._adopted,
        )
        self.worded = False  # whether the index has the present snapshot
        # Bulkheads: what strangers ask cannot keep pages and named queries waiting.
        self.named = Pool(settings.named_workers, self._reading(), settings.query_seconds, killed)
        strangers = self._reading(network=bool(settings.service_allow))
        seconds, most = (min(each, settings.query_seconds) for each in (QUICK, SMALL))
        self.quick = Quick(strangers, seconds, most, settings.queue_seconds, killed)
        self.adhoc = Pool(settings.query_workers + SPARE, strangers, settings.queue_seconds, killed, first=SPARE)

    # -- store.Store

    @property
    def version(self) -> str:
        return self.writer.version

    def query(self, text: str, dataset: Dataset = UNION) -> Results:
        """A query that the program itself put together, in the workers kept for those."""
        job = {"op": "query", "dataset": frames.told(dataset), "accept": f"{ROWS}, {TRIPLES}", "format": None}
        with self.asked(self.named, job, text.encode()) as reply:
            media, data = reply.header["media"], reply.whole()
        if media == ROWS:
            return ox.parse_query_results(data, format=ox.QueryResultsFormat.JSON)
        return (quad.triple for quad in ox.parse(data, format=ox.RdfFormat.N_TRIPLES))

    def update(self, text: str, dataset: Dataset = UNION) -> str:
        return str(self.writer.call("update", text.encode(), dataset=frames.told(dataset))["version"])

    def commit(self, change: Change) -> str:
        removed, added = (
            ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"" for quads in (change.remove, change.add)
        )
        return str(self.writer.call("commit", removed + added, removed=len(removed))["version"])

    def quads(self, graph: GraphName | None, subject: NamedNode | None = None) -> Iterator[Quad]:
        return self.pinned().quads(graph, subject)

    def about(self, graph: NamedNode, subjects: Iterable[NamedNode]) -> Iterator[Quad]:
        return self.pinned().about(graph, subjects)

    def graphs(self) -> list[NamedNode]:
        return self.pinned().graphs()

    # -- what strangers ask

    def free(self) -> int:
        """How many jobs of our own could begin at once."""
        return self.named.idle.count

    def answer(self, told: Told) -> Made:
        with self.asked(self.named, {"op": "answer"}, jsontext.written(told)) as reply:
            return Made(reply.whole(), **reply.header)

    async def answered(self, told: Told) -> Made:
        job, body = {"op": "answer"}, jsontext.written(told)
        async with self._heard(self.named, job, body, self.settings.query_seconds) as reply:
            return Made(await reply.whole(), **reply.header)

    async def tried(self, text: str, how: Mapping[str, Any], took: float | None) -> Brief:
        """An ad-hoc query's answer, if it is small and soon there; Deadline or TooLong when it is not."""
        job, body = {"op": "query", "most": BRIEF, **how}, text.encode()
        try:
            return await self._quickly(job, body, took)
        except Superseded:
            return await self._quickly(job, body, took)

    async def _quickly(self, job: Mapping[str, Any], body: bytes, took: float | None) -> Brief:
        path = await self._snapshot_soon()
        return await self.quick.tried({**job, "snapshot": path}, body, took)

    @asynccontextmanager
    async def streamed(self, text: str, how: Mapping[str, Any], ticket: Ticket, seconds: float) -> AsyncIterator[Heard]:
        """An ad-hoc query's answer as it comes; `how` tells its dataset, and the format that is asked for."""
        job = {"op": "query", **how}
        async with self._heard(self.adhoc, job, text.encode(), seconds, ticket) as reply:
            yield reply

    @contextmanager
    def profile(self, told: Mapping[str, Any], seconds: float) -> Iterator[Reply]:
        """The data in the terms of another standard, as `profiles.render.Asked` tells."""
        with self.asked(self.adhoc, {"op": "profile", **told}, b"", seconds=seconds) as reply:
            yield reply

    def parse(self, data: bytes, media: str, base: str) -> list[Quad]:
        """The quads of RDF from outside."""
        job = {"op": "parse", "media": media, "base": base, "nesting": self.settings.rdf_nesting}
        with self.adhoc.job(job, data, self.settings.query_seconds) as reply:
            return list(ox.parse(reply.whole(), format=ox.RdfFormat.N_QUADS))

    def put_report(self, name: str, body: bytes) -> dict[str, Any]:
        """A report from outside: inspected in a worker, then written; what became of it, and the version."""
        try:
            # Mostly it names what has been there for long, and no snapshot need be made or opened for it.
            self._inspect(name, body, {"older": True, "snapshot": self.snapshot[1] or self._snapshot()})
        except (Faulty, Superseded):
            with self.asked(self.adhoc, {"op": "inspect", "name": name, "older": False}, body) as reply:
                reply.whole()
        return self.writer.call("report", body, name=name)

    def _inspect(self, name: str, body: bytes, job: Mapping[str, Any]) -> None:
        with self.adhoc.job({"op": "inspect", "name": name, **job}, body, self.settings.query_seconds) as reply:
            reply.whole()

    def delete_report(self, name: str) -> dict[str, Any]:
        return self.writer.call("withdraw", name=name)

    def exists(self, graph: NamedNode) -> bool:
        return graph != META and bool(self.query(f"ASK {{ GRAPH {graph} {{ }} }}"))

    def ruled(self) -> Store:
        return self

    def unnamed(self) -> str:
        return "?s ?p ?o"

    def ready(self) -> None:
        self.query("ASK { ?s ?p ?o }")

    # -- the parts

    def _reading(self, *, network: bool = False) -> Callable[[], Worker]:
        """What makes a worker that reads."""
        limits = Limits(self.settings.query_memory, network=network)
        return lambda: Worker(reading.run, limits, self.settings.result_bytes, str(self.content.root))

    @contextmanager
    def asked(
        self, pool: Pool, job: Mapping[str, Any], body: bytes, ticket: Ticket | None = None, seconds: float = 0
    ) -> Iterator[Reply]:
        """A job over a snapshot that has every write acknowledged by now."""
        for last in (False, True):
            path = self._snapshot()
            try:
                with pool.job({**job, "snapshot": path}, body, seconds or self.settings.query_seconds, ticket) as reply:
                    yield reply
                    return
            except Superseded:
                # Two newer snapshots were made before the worker had opened this one.
                if last:
                    raise

    @asynccontextmanager
    async def _heard(
        self, pool: Pool, job: Mapping[str, Any], body: bytes, seconds: float, ticket: Ticket | None = None
    ) -> AsyncIterator[Heard]:
        """The same on the event loop, which goes on meanwhile."""
        for last in (False, True):
            path = await self._snapshot_soon()
            try:
                async with pool.heard({**job, "snapshot": path}, body, seconds, ticket) as reply:
                    yield reply
                    return
            except Superseded:
                if last:
                    raise

    def isolated(self) -> bool:
        """Whether no process that runs what others wrote has a network."""
        return self.writer.isolated and self.named.isolated() and self.quick.isolated() and self.adhoc.isolated()

    def age(self) -> float:
        """Seconds since the present snapshot was made."""
        return time.time() - self.made if self.made else 0.0

    def indexed(self) -> float:
        """1 when searches and lists are answered by the index, 0 when they are by the query."""
        return float(self.worded)

    def close(self) -> None:
        for part in (self.indexer, self.quick, self.adhoc, self.named, self.writer):
            part.close()

    def _snapshot(self) -> str:
        """Where the newest snapshot is; made now when a write has been acknowledged since the last."""
        with self.fresh:
            if self.snapshot[0] != self.writer.version:
                done = self._published()
                self.snapshot, self.made = (str(done["version"]), str(done["path"])), time.time()
                self.worded = bool(done["indexed"])
                if not self.worded:
                    self.indexer.want()
            return self.snapshot[1]

    def _published(self) -> dict[str, Any]:
        """A new snapshot; asked for again where there was no room, since the writer keeps some, or while it starts anew."""
        for _ in range(AGAIN):
            try:
                return self.writer.call("publish")
            except Deadline:
                raise
            except (OverCap, Unavailable):
                continue
        return self.writer.call("publish")

    async def _snapshot_soon(self) -> str:
        """The same on the event loop; mostly there is one already."""
        version, path = self.snapshot
        return path if version == self.writer.version else await run_in_threadpool(self._snapshot)

    def _adopted(self, path: str) -> bool:
        """Offer an index to the writer; whether it could use it."""
        self.worded = bool(self.writer.call("adopt", path=path)["used"])
        return self.worded

    def pinned(self) -> Embedded:
        """The newest snapshot, opened here, for our own dumps: no text of others is read with it."""
        path = self._snapshot()
        if self.reader is None or self.reader[0] != path:
            self.reader = (path, Embedded.published(Path(path)))
        return self.reader[1]
