"""A worker: it answers queries and reads RDF that others wrote, over a read-only snapshot, until it is killed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import pyoxigraph as ox
from pydantic import ValidationError

from communique import faults, guard, jsontext, media
from communique.asking import Answering, Known
from communique.content import Content
from communique.errors import BadGateway, BadRequest, CommuniqueError, Faulty, OverCap, Superseded
from communique.load import lookup
from communique.process import frames
from communique.process.sandbox import Limits, confine, give_back, with_stack
from communique.profiles import render
from communique.report import Report
from communique.rules import Problem
from communique.store import Store
from communique.store.embedded import Embedded
from communique.vocab import node, prefixes

CHOICES = 1024  # formats that are remembered for what was asked for
LARGE = 0.05  # seconds after which a job may have taken much memory


def run(connection: Connection, limits: Limits, most: int, content: str) -> None:
    """The life of a worker: confined first, then a job at a time. `content` is the folder that named queries are from."""
    isolated = confine(limits)
    connection.send_bytes(frames.pack(frames.HEADER, {"isolated": isolated}))
    with_stack(limits, lambda: Reading(connection, most, Content(Path(content))).serve())


class Reading:
    """Jobs: `answer`, `query`, `profile` and `inspect`, which name the snapshot that they are for; `parse`, `syntax`,
    `transcode`.
    """

    def __init__(self, connection: Connection, most: int, content: Content) -> None:
        self.connection, self.most, self.content = connection, most, content
        self.snapshot: str | None = None
        self.store: Store | None = None
        self.answering: Answering | None = None

    def serve(self) -> None:
        asked = frames.Inlet(self.connection)
        while True:
            try:
                job, body = frames.parted(asked.next())
            except EOFError:
                return
            began = time.monotonic()
            out = frames.Outlet(self.connection, min(self.most, job.get("most", self.most)))
            try:
                self.job(job["op"])(job, body, out)
                out.end()
            except CommuniqueError as error:
                self.fail(error)
            except MemoryError:
                self.fail(OverCap("this needs more memory than one request may have"))
            if time.monotonic() - began > LARGE:
                give_back()

    def fail(self, error: CommuniqueError) -> None:
        self.connection.send_bytes(frames.pack(frames.FAILURE, frames.failure(error)))

    def job(self, name: str) -> Callable[[Mapping[str, Any], bytes, frames.Outlet], None]:
        jobs = {
            "answer": self.answer, "query": self.query, "parse": self.parse, "inspect": self.inspect, "syntax": self.syntax,
            "transcode": self.transcode, "profile": self.profile,
        }  # fmt: skip
        return jobs[name]

    def opened(self, job: Mapping[str, Any]) -> Store:
        """The store at the job's snapshot. Raises Superseded when that was taken away before it could be opened."""
        path = str(job["snapshot"])
        if self.store is None or path != self.snapshot:
            if not Path(path).is_dir():
                raise Superseded(f"there is no snapshot {path}")
            self.answering = self.store = None  # closed before the next is opened, so that memory holds one
            self.store, self.snapshot = Embedded.published(Path(path)), path
        return self.store

    @cached_property
    def known(self) -> Known:
        return Known.of(self.content)

    def answer(self, job: Mapping[str, Any], body: bytes, out: frames.Outlet) -> None:
        """An answer as it goes out; `asking` tells what may be asked."""
        store = self.opened(job)
        if self.answering is None:
            self.answering = Answering(store, self.known, fixed=True)
        made = self.answering.made(jsontext.read(body))
        out.header = made.told()
        out.write(made.body)

    def query(self, job: Mapping[str, Any], body: bytes, out: frames.Outlet) -> None:
        store = self.opened(job)
        results = store.query(body.decode("utf-8"), frames.dataset(job["dataset"]))
        form = negotiated(results, job["accept"], job["format"])
        out.header = {"media": form.type, "version": store.version}
        if isinstance(results, ox.QuerySolutions | ox.QueryBoolean):
            results.serialize(out.file, cast("media.Results", form).engine)
        else:
            ox.serialize(results, out.file, format=cast("media.Rdf", form).engine, prefixes=prefixes())

    def profile(self, job: Mapping[str, Any], body: bytes, out: frames.Outlet) -> None:  # noqa: ARG002  # one shape for all
        """The data in the terms of another standard."""
        store = self.opened(job)
        out.header = {"version": store.version}
        render.carry_out(store, job, out.file)

    def parse(self, job: Mapping[str, Any], body: bytes, out: frames.Outlet) -> None:
        form = next(form for form in media.ANY_RDF if form.type == job["media"])
        guard.check_rdf(body, form, int(job["nesting"]))
        try:
            quads = ox.parse(body, format=form.engine, base_iri=job["base"])
            ox.serialize(quads, out.file, format=ox.RdfFormat.N_QUADS)
        except SyntaxError as error:
            told = f"not {job['media']}: {error.msg}"
            raise BadRequest(told, line=error.lineno, column=error.offset) from error

    def inspect(self, job: Mapping[str, Any], body: bytes, out: frames.Outlet) -> None:
        name = str(job["name"])
        # An older snapshot will do where only faults are looked at again.
        store = self.store if job["older"] and self.store else self.opened(job)
        report, _ = inspected(name, body, store)
        out.header = {"statements": len(report.statements), "report": node("report", name).value}

    def syntax(self, job: Mapping[str, Any], body: bytes, out: frames.Outlet) -> None:  # noqa: ARG002  # one shape for all
        """Raise what is wrong with a query or an update that another server is to carry out."""
        store, text = Embedded.memory(), body.decode("utf-8")
        told = frames.dataset(job["dataset"])
        try:
            store.update(text, told) if job["update"] else store.query(text, told)
        except BadRequest as error:
            # An update may fail of there being nothing here to change, which is not its syntax.
            if not isinstance(error.__cause__, RuntimeError):
                raise
        except (RuntimeError, OSError):
            return

    def transcode(self, job: Mapping[str, Any], body: bytes, out: frames.Outlet) -> None:
        """Another server's answer, in JSON or N-Triples, in the format that is wanted."""
        wanted = str(job["media"])
        out.header = {"media": wanted}
        try:
            if job["rows"]:
                results = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
                results.serialize(out.file, next(form for form in media.RESULTS if form.type == wanted).engine)
            else:
                form = next(form for form in media.ANY_RDF if form.type == wanted)
                ox.serialize(
                    ox.parse(body, format=ox.RdfFormat.N_TRIPLES), out.file, format=form.engine, prefixes=prefixes()
                )
        except (SyntaxError, ValueError) as error:
            raise BadGateway(f"the store's answer cannot be read: {error}") from error


def inspected(name: str, body: bytes, store: Store) -> tuple[Report, faults.Known]:
    """A report that breaks no rule, and what the store knows of what it names; Faulty tells each fault with its path."""
    try:
        report = Report.model_validate_json(body)
    except ValidationError as error:
        raise Faulty.told([worded(p) for p in faults.malformed(error)]) from error
    known = lookup(store, name, report)
    if problems := faults.inspect(name, report, known):
        raise Faulty.told([worded(p) for p in problems])
    return report, known


def negotiated(results: object, accept: str | None, wanted: str | None) -> media.Results | media.Rdf:
    """The format for a result of this kind."""
    if isinstance(results, ox.QuerySolutions):
        return chosen("SELECT", accept, wanted)
    return chosen("ASK" if isinstance(results, ox.QueryBoolean) else "CONSTRUCT", accept, wanted)


@lru_cache(CHOICES)
def chosen(form: str, accept: str | None, wanted: str | None) -> media.Results | media.Rdf:
    """The format for what a query of this form is answered with; CSV and TSV are for solutions only."""
    if form == "SELECT":
        return media.choose(accept, media.RESULTS, wanted)
    if form == "ASK":
        return media.choose(accept, [r for r in media.RESULTS if r.name not in ("csv", "tsv")], wanted)
    return media.choose(accept, media.ANY_RDF, wanted)


def worded(problem: Problem) -> str:
    """A fault with its path, as a JSON Pointer."""
    path = "/".join(str(part) for part in problem.path)
    return f"/{path}: {problem.rule}: {problem.message}"
