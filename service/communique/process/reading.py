"""A worker: it answers queries and reads RDF that others wrote, over a read-only snapshot, until it is killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import pyoxigraph as ox
from pydantic import ValidationError

from communique import faults, guard, media
from communique.errors import BadRequest, CommuniqueError, Faulty, Gone, OverCap
from communique.load import lookup
from communique.process import frames
from communique.process.sandbox import Limits, confine, with_stack
from communique.report import Report
from communique.rules import Problem
from communique.store import Store
from communique.store.embedded import Embedded
from communique.vocab import node, prefixes


def run(connection: Connection, limits: Limits, most: int) -> None:
    """The life of a worker: confined first, then a job at a time."""
    isolated = confine(limits)
    connection.send_bytes(frames.pack(frames.HEADER, {"isolated": isolated}))
    with_stack(limits, lambda: Reading(connection, most).serve())


class Reading:
    """Jobs: `query`, `parse`, `inspect`; each names the snapshot that it is for."""

    def __init__(self, connection: Connection, most: int) -> None:
        self.connection, self.most = connection, most
        self.snapshot: str | None = None
        self.store: Store | None = None

    def serve(self) -> None:
        while True:
            try:
                job = frames.unpack(self.connection.recv_bytes())
                body = self.connection.recv_bytes()
            except EOFError:
                return
            out = frames.Outlet(self.connection, self.most)
            try:
                self.job(job["op"])(job, body, out)
                out.end()
            except CommuniqueError as error:
                self.fail(error)
            except MemoryError:
                self.fail(OverCap("this needs more memory than one request may have"))

    def fail(self, error: CommuniqueError) -> None:
        self.connection.send_bytes(frames.pack(frames.FAILURE, frames.failure(error)))

    def job(self, name: str) -> Callable[[Mapping[str, Any], bytes, frames.Outlet], None]:
        return {"query": self.query, "parse": self.parse, "inspect": self.inspect}[name]

    def opened(self, job: Mapping[str, Any]) -> Store:
        """The store at the job's snapshot. Raises Gone when that was taken away before it could be opened."""
        path = str(job["snapshot"])
        if self.store is None or path != self.snapshot:
            if not Path(path).is_dir():
                raise Gone(f"there is no snapshot {path}")
            self.store = None  # closed before the next is opened, so that memory holds one
            self.store, self.snapshot = Embedded(ox.Store.read_only(path)), path
        return self.store

    def query(self, job: Mapping[str, Any], body: bytes, out: frames.Outlet) -> None:
        store = self.opened(job)
        results = store.query(body.decode("utf-8"), frames.dataset(job["dataset"]))
        form = negotiated(results, job["accept"], job["format"])
        out.header = {"media": form.type, "version": store.version}
        if isinstance(results, ox.QuerySolutions | ox.QueryBoolean):
            results.serialize(out.file, cast("media.Results", form).engine)
        else:
            ox.serialize(results, out.file, format=cast("media.Rdf", form).engine, prefixes=prefixes())

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
        """Whether a report breaks a rule; Faulty tells each, with its path in the report."""
        name = str(job["name"])
        try:
            report = Report.model_validate_json(body)
        except ValidationError as error:
            raise Faulty.told([_worded(p) for p in faults.malformed(error)]) from error
        problems = faults.inspect(name, report, lookup(self.opened(job), name, report))
        if problems:
            raise Faulty.told([_worded(p) for p in problems])
        out.header = {"statements": len(report.statements), "report": node("report", name).value}


def negotiated(results: object, accept: str | None, wanted: str | None) -> media.Results | media.Rdf:
    """The format for a result of this kind; CSV and TSV are for solutions only."""
    if isinstance(results, ox.QuerySolutions):
        return media.choose(accept, media.RESULTS, wanted)
    if isinstance(results, ox.QueryBoolean):
        return media.choose(accept, [r for r in media.RESULTS if r.name not in ("csv", "tsv")], wanted)
    return media.choose(accept, media.ANY_RDF, wanted)


def _worded(problem: Problem) -> str:
    path = "/".join(str(part) for part in problem.path)
    return f"/{path}: {problem.rule}: {problem.message}"
