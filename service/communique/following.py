"""What rules make follows each write; for very many reports at once, while the engine takes them in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, cast

import pyoxigraph as ox
from pyoxigraph import Literal, Quad

from communique import bulk, slices
from communique.binding import Query
from communique.derive import derive, evaluate, evaluate_cuts, sums
from communique.errors import CommuniqueError
from communique.intake import Intake
from communique.rdf import named
from communique.store import META, Change, Store, rows
from communique.store.embedded import Embedded
from communique.vocab import CMQ, DCTERMS, DERIVED, RDFS

# Between a write and the rules that follow it: a store that was stopped there derives when it is opened.
PENDING = Quad(META, RDFS.comment, Literal("the derived graph is not yet up to date"), META)
LOADING = "being loaded: "


class Following:
    """The derived graph of one store, by rules."""

    def __init__(self, store: Store, rules: Sequence[Query]) -> None:
        self.store, self.rules = store, rules
        self.recover()

    def recover(self) -> None:
        """Finish what was cut short between a write and its rules."""
        if PENDING in set(self.store.quads(META)):
            self.follow()

    def rederive(self) -> Change:
        """Bring the whole derived graph up to date; what had to change."""
        change = derive(self.store.ruled(), self.rules)
        self.store.commit(Change(change.remove | self.marks(), change.add))
        return change

    def marks(self) -> set[Quad]:
        """What the store says of a write that its rules have yet to follow."""
        return {q for q in self.store.quads(META) if q == PENDING or _is_loading(q)}

    def reports(self) -> int:
        """How many reports the store has."""
        found = rows(self.store, f"SELECT (COUNT(*) AS ?n) WHERE {{ ?r a {CMQ.Report} }}")
        return int(next(iter(found))["n"].value)

    @property
    def engine(self) -> Embedded:
        """The store, of whose files bulk loading makes more."""
        if not isinstance(self.store, Embedded):
            raise CommuniqueError("very many reports at once are for a store in a folder of ours")
        return self.store

    def intake(self) -> Intake:
        """What takes in very many reports."""
        return Intake(self.engine.engine, self.engine.folder)

    def put(self, intake: Intake, taken: bulk.Taken) -> None:
        """Take in these reports, and derive what they make; stopped on the way, that is finished when it is opened."""
        new = not self.reports() and not self._has_derived()
        # The mark tells one load from another, and the version is made of all that was committed.
        mark = Quad(META, RDFS.comment, Literal(f"{LOADING}{taken.digest}"), META)
        self.store.commit(Change(add={PENDING, mark}))
        intake.end()
        if new:
            self._fill(intake, taken)
        else:
            self._take_in(intake)
            self.follow()

    def _fill(self, intake: Intake, taken: bulk.Taken) -> None:
        """What a store without reports takes in, and what rules make of it, for the most part while it does."""
        stored = slices.links(self.store)
        links, cuts = b"".join([stored, *taken.links]), taken.cuts(intake.path, stored)
        with self._deriving() as out:
            out.writelines(evaluate_cuts(self.rules, links, cuts, intake.room))
            self._take_in(intake)
            out.writelines(sums(self.store, self.rules))

    def _take_in(self, intake: Intake) -> None:
        """Everything in the file; a statement that is there again is gone no more."""
        intake.wait()
        stones = {q for q in self.store.quads(META) if q.predicate == DCTERMS.isReplacedBy}
        risen = {q for q in stones if any(o.graph_name != META for o in self.store.quads(None, named(q.subject)))}
        self.store.commit(Change(remove=risen))

    def _has_derived(self) -> bool:
        return next(self.store.quads(DERIVED), None) is not None

    @contextmanager
    def _deriving(self) -> Iterator[IO[bytes]]:
        """Takes what rules make of a store in which nothing is derived: a file, since it may be very much."""
        with tempfile.NamedTemporaryFile(suffix=".nt", dir=self.engine.folder) as draft:
            yield cast("IO[bytes]", draft)
            draft.flush()
            self.engine.engine.bulk_load(path=draft.name, format=ox.RdfFormat.N_TRIPLES, to_graph=DERIVED)
        self.store.commit(Change(remove=self.marks()))

    def follow(self) -> None:
        """Derive what the store lacks."""
        if isinstance(self.store, Embedded) and not self._has_derived():
            with self._deriving() as out:
                out.writelines(evaluate(self.store, self.rules))
        else:
            self.rederive()


def _is_loading(quad: Quad) -> bool:
    return isinstance(quad.object, Literal) and quad.object.value.startswith(LOADING)
