"""Another server's store as the service has it: asked through its endpoints, tended while it is away.

What strangers write is still parsed here, in workers that may be killed; only SPARQL 1.1 that our own engine can read
is passed on, and only RDF that it can read is passed back.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import IO, Any, TypeVar, cast

import pyoxigraph as ox
from pyoxigraph import NamedNode, Quad
from starlette.concurrency import run_in_threadpool

from communique import media
from communique.asking import Answering, Known, Made, Told
from communique.content import Content
from communique.errors import CommuniqueError, Conflict, Unavailable
from communique.filling import filled
from communique.load import Loader
from communique.process import frames, reading
from communique.process.flow import Flow, Kept, Passed, Threaded, Transcoded, threaded
from communique.process.pool import Pool
from communique.process.sandbox import Limits
from communique.process.worker import Killed, Ticket, Worker
from communique.profiles import render
from communique.settings import Settings
from communique.store import EMPTY, UNION, Change, Dataset, GraphName, Results, Store
from communique.store.line import Call
from communique.store.pinned import Pinned
from communique.store.remote import Remote
from communique.store.results import ROWS, TRIPLES, require
from communique.store.wire import Refused, Wire
from communique.tokens import form
from communique.vocab import node

# What stores write alike; all else is made here.
COMMON = frozenset(form.type for form in (*media.RESULTS, media.TURTLE, media.NTRIPLES, media.RDFXML))
# Workers beside those of queries that run: they read what is sent here, and one stands by.
SPARE = 3
LOOK = 1.0  # seconds between two looks at what the store has become
T = TypeVar("T")


class Away(Unavailable):
    """The store cannot be used now; this was seen a moment ago."""


class Distant:
    """A `backend.Backend` over another server."""

    def __init__(self, content: Content, settings: Settings, killed: Killed = lambda why: None) -> None:
        self.content, self.settings = content, settings
        self.store = Remote(Wire(settings))
        self.answering = Answering(self, Known.of(content))
        self.loader: Loader | None = None
        self.doubtful = False
        self.away: CommuniqueError | None = Unavailable("the store was not reached yet")
        self.ending = threading.Event()
        # It parses what strangers wrote and never asks anybody anything, whatever SERVICE may name.
        limits = Limits(settings.query_memory)
        self.workers = Pool(
            settings.query_workers + SPARE, lambda: Worker(reading.run, limits, settings.result_bytes, str(content.root)),
            settings.queue_seconds, killed,
        )  # fmt: skip
        self._look()
        self.tending = threading.Thread(target=self._tend, daemon=True)
        self.tending.start()

    # -- store.Store

    @property
    def version(self) -> str:
        return self.store.seen or EMPTY

    def query(self, text: str, dataset: Dataset = UNION) -> Results:
        """A query that the program itself put together."""
        self.ready()
        with Call(self.settings.query_seconds).going():
            return self.store.query(text, dataset)

    def update(self, text: str, dataset: Dataset = UNION) -> str:
        if len(text) <= self.settings.update_bytes:
            # What is longer was put together here, from quads.
            self._require_syntax(text, dataset, update=True)
        return self._written(lambda loader: loader.store.update(text, dataset))

    def commit(self, change: Change) -> str:
        return self._written(lambda loader: loader.store.commit(change))

    def quads(self, graph: GraphName | None, subject: NamedNode | None = None) -> Iterator[Quad]:
        self.ready()
        return self.store.quads(graph, subject)

    def about(self, graph: NamedNode, subjects: Iterable[NamedNode]) -> Iterator[Quad]:
        self.ready()
        return self.store.about(graph, subjects)

    def graphs(self) -> list[NamedNode]:
        self.ready()
        return self.store.graphs()

    def pinned(self) -> Pinned:
        self.ready()
        return self.store.pinned()

    def ruled(self) -> Store:
        return self.store.ruled()

    # -- what strangers ask

    def free(self) -> int:
        """None: what costs most is the other server's."""
        return 0

    def answer(self, told: Told) -> Made:
        return self.answering.made(told)

    async def answered(self, told: Told) -> Made:
        return await run_in_threadpool(self.answer, told)

    async def tried(self, text: str, how: Mapping[str, Any], took: float | None) -> None:
        """Nothing: another server may go on with what it was asked when the line is cut."""

    def streamed(
        self, text: str, how: Mapping[str, Any], ticket: Ticket, seconds: float
    ) -> AbstractAsyncContextManager[Threaded]:
        """The same for the event loop, which goes on meanwhile."""
        return threaded(self.stream(text, how, ticket, seconds), ticket.cancel)

    @contextmanager
    def stream(self, text: str, how: Mapping[str, Any], ticket: Ticket, seconds: float) -> Iterator[Flow]:
        """An ad-hoc query's answer: as the store gives it where that is what was asked for, else made of it here."""
        self.ready()
        dataset, kind = frames.dataset(how["dataset"]), form(text)
        self._require_syntax(text, dataset, ticket=ticket)
        wanted = reading.chosen(kind, how["accept"], how["format"]).type
        plain = ROWS if kind in ("SELECT", "ASK") else TRIPLES
        accept = f"{wanted}, {plain};q=0.5" if wanted in COMMON and wanted != plain else plain
        call = Call(seconds)
        ticket.hold(call)
        try:
            with self.store.wire.asked(self.store.fields(text, dataset), accept, call) as answer:
                if answer.media == wanted:
                    yield Passed(answer, wanted, self.version)
                    return
                require(answer, plain)
                data = answer.whole()
        except Refused as error:
            raise error.of_query() from error
        finally:
            ticket.hold(None)
        job = {"op": "transcode", "media": wanted, "rows": plain == ROWS}
        with self.workers.job(job, data, max(call.left, 0.0), ticket) as reply:
            yield Transcoded(reply, self.version)

    @contextmanager
    def profile(self, told: Mapping[str, Any], seconds: float) -> Iterator[Kept]:
        """The data in the terms of another standard, put together here."""
        self.ready()
        with tempfile.TemporaryFile() as file, Call(seconds).going():
            kept, store = Kept(file, self.settings.result_bytes), self.store.pinned()
            kept.header["version"] = self.version
            render.carry_out(store, told, cast("IO[bytes]", kept))
            yield kept

    def parse(self, data: bytes, media: str, base: str) -> list[Quad]:
        job = {"op": "parse", "media": media, "base": base, "nesting": self.settings.rdf_nesting}
        with self.workers.job(job, data, self.settings.query_seconds) as reply:
            return list(ox.parse(reply.whole(), format=ox.RdfFormat.N_QUADS))

    def put_report(self, name: str, body: bytes) -> dict[str, Any]:
        def written(loader: Loader) -> str:
            report, known = reading.inspected(name, body, loader.store)
            return loader.report(name, report, known, f"report/{name}")

        reading.inspected(name, body, self)
        return {"became": self._written(written), "version": self.version}

    def delete_report(self, name: str) -> dict[str, Any]:
        self._written(lambda loader: loader.withdraw(node("report", name)))
        return {"version": self.version}

    # -- how it is

    def exists(self, graph: NamedNode) -> bool:
        self.ready()
        return self.store.exists(graph)

    def unnamed(self) -> str:
        return self.store.sight.unnamed("?s")

    def ready(self) -> None:
        """Raise why the store cannot be used, as it was seen a moment ago: nobody waits for what is away."""
        if self.away is not None:
            raise self.away

    def isolated(self) -> bool:
        return self.workers.isolated()

    def repeated(self) -> float:
        """How often the store was asked once more."""
        return float(self.store.wire.repeated)

    def close(self) -> None:
        self.ending.set()
        self.workers.close()
        self.store.close()

    # -- the parts

    def _require_syntax(
        self, text: str, dataset: Dataset, ticket: Ticket | None = None, *, update: bool = False
    ) -> None:
        """Raise BadRequest with line and column: what our engine cannot read may be another's way out of the guards."""
        job = {"op": "syntax", "dataset": frames.told(dataset), "update": update}
        with self.workers.job(job, text.encode(), self.settings.query_seconds, ticket) as reply:
            reply.whole()

    def _written(self, work: Callable[[Loader], T]) -> T:
        """Carry out one write, alone; from the start when somebody else's came in between."""
        self.ready()
        for last in (False, False, True):
            try:
                with self._alone() as loader:
                    return work(loader)
            except Conflict:
                if last:
                    raise
        raise AssertionError

    @contextmanager
    def _alone(self) -> Iterator[Loader]:
        if not self.store.lock.acquire(timeout=self.settings.write_seconds):
            raise Unavailable("other writes take too long; try again")
        try:
            with Call(self.settings.write_seconds).going():
                self._caught_up()
                if self.loader is None:
                    raise Unavailable("the store is not open yet")
                self.doubtful = True
                yield self.loader
                self.doubtful = False
        finally:
            self.store.lock.release()

    def _caught_up(self) -> None:
        """What another left half done, or we ourselves, is finished before anything is written on it."""
        if self.store.partly(self.store.refresh()):
            self.store.recover()
        if self.doubtful and self.loader:
            self.loader.recover()

    def _tend(self) -> None:
        while not self.ending.wait(LOOK):
            self._look()

    def _look(self) -> None:
        """See whether the store is there, and what it has become; what it lacks is done as soon as it is."""
        try:
            if self.loader is None:
                self._open()
            # Whoever writes knows the version better, and its writes are looked after.
            elif self.store.lock.acquire(blocking=False):
                try:
                    self.store.alive()
                    if self.doubtful:
                        self._caught_up()
                        self.doubtful = False
                finally:
                    self.store.lock.release()
            self.away = None
        except CommuniqueError as error:
            self.away = error if isinstance(error, Unavailable) else Away(error.detail)

    def _open(self) -> None:
        self.store.alive()
        with self.store.lock:
            self.store.recover()
            self.loader = filled(self.store, self.content, lambda data, file: [], new=self.store.version == EMPTY)
