"""What is asked of the data, told as plain data; and the bytes that answer it, whole and in one go.

Over a folder a worker does this, beside the store; over another server's store the service does it itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pyoxigraph import NamedNode, Triple

from communique import answer, catalog, media, shares, thing
from communique.answer import Answer, Page, require_known, to_csv, to_json
from communique.binding import Query
from communique.catalog import Catalog
from communique.content import Content
from communique.errors import BadRequest
from communique.jsonld import Context
from communique.labels import Labels, Words, words
from communique.linked import Linked
from communique.media import Media
from communique.param import ATTACK, Given, typed
from communique.store import Store

# Forms of an answer that are none for a client: parts of a page.
PAGE = Media("page", "application/json")
FORMS = {form.name: form for form in (media.JSON, media.CSV, PAGE, *media.GRAPHS)}

Told = dict[str, Any]
Question = tuple[Query, Given, Page | None]


@dataclass(frozen=True)
class Made:
    """An answer as it goes out: its bytes, the version that it is of, and what not every form has a place for."""

    body: bytes
    version: str
    note: str | None = None
    next: str | None = None

    @property
    def size(self) -> int:
        return len(self.body)

    def told(self) -> Told:
        """All but the bytes, for another process."""
        return {"version": self.version, "note": self.note, "next": self.next}


# -- questions


def rows(question: Question, form: Media) -> Told:
    """A named query."""
    query, given, page = question
    told: Told = {"what": "rows", "query": query.name, "given": dict(given), "form": form.name}
    return told if page is None else {**told, "limit": page.limit, "after": page.after, "sort": page.sort}


def several(questions: Iterable[Question]) -> Told:
    """Many named queries, for whoever shows their answers together: a list of documents."""
    return {"what": "several", "asked": [rows(question, PAGE) for question in questions]}


def ledger(attack: str, given: Given, form: Media) -> Told:
    """Every part of the ledger of an attack."""
    return {"what": "ledger", "attack": attack, "given": dict(given), "form": form.name}


def share(whole: Told, parts: list[str]) -> Told:
    """Some parts of a ledger that was asked for as JSON."""
    return {**whole, "what": "share", "parts": parts}


def node(iri: NamedNode, form: Media) -> Told:
    """A node or a code: its RDF, or what its page shows."""
    return {"what": "node", "iri": iri.value, "form": form.name}


def row(iri: NamedNode, form: Media) -> Told:
    """A node as the one row of an answer."""
    return {"what": "row", "iri": iri.value, "form": form.name}


# -- answers


@dataclass(frozen=True)
class Known:
    """What a content folder has of what answers are made from."""

    catalog: Catalog
    words: Words
    context: Context

    @classmethod
    def of(cls, content: Content) -> Known:
        return cls(catalog.load(content), words(content), Context.read(content.context.read_bytes()))


class Answering:
    """The answers over a store; `fixed` when nobody writes to it, so that what was looked up need not be again."""

    def __init__(self, store: Store, known: Known, *, fixed: bool = False) -> None:
        self.store, self.catalog = store, known.catalog
        self.labels = Labels(store, known.words, fixed=fixed)
        self.linked = Linked(store, known.context)
        self.ways: dict[str, Callable[[Told], Made]] = {
            "rows": self.rows, "several": self.several, "ledger": self.ledger, "share": self.share, "node": self.node,
            "row": self.row,
        }  # fmt: skip

    def made(self, told: Told) -> Made:
        """The answer to a question. Raises what it fails of: BadRequest, NotFound, Gone, OverCap."""
        return self.ways[told["what"]](told)

    def rows(self, told: Told) -> Made:
        found = self._asked(told)
        return Made(self._written(found, FORMS[told["form"]]), found.version, found.note, found.next)

    def several(self, told: Told) -> Made:
        found = [self._asked(asked) for asked in told["asked"]]
        return Made(to_json([each.document() for each in found]), self.store.version)

    def ledger(self, told: Told) -> Made:
        """The parts of the ledger, each of those filters that it takes."""
        document = self._ledger(told, self.catalog.ledger())
        notes = [f"{part}: {note}" for part, held in document.items() if part != shares.HEAD and (note := held["note"])]
        document["version"] = self.store.version
        return Made(self._rendered(document, FORMS[told["form"]]), document["version"], "; ".join(notes) or None)

    def share(self, told: Told) -> Made:
        """Some parts of a ledger, for `shares` to put together with the others: a line for each."""
        parts = {part: query for part, query in self.catalog.ledger().items() if part in told["parts"]}
        lines = shares.written(self._ledger(told, parts))
        return Made(lines, self.store.version)

    def _ledger(self, told: Told, parts: Mapping[str, Query]) -> Told:
        given = told["given"]
        taken = {name for query in self.catalog.ledger().values() for name in (p.name for p in query.params)}
        for name in given:
            if name not in taken:
                raise BadRequest(f"unknown parameter {name!r}", parameter=name)
        iri = cast("NamedNode", typed(ATTACK, told["attack"]))
        require_known(self.store, [ATTACK], {"attack": iri})
        document: Told = {shares.HEAD: answer.shown(iri, self.labels.of([iri]))}
        for part, query in parts.items():
            filters = {name: text for name, text in given.items() if query.param(name)}
            document[part] = answer.ask(
                self.store, self.labels, query, {**filters, "attack": told["attack"]}
            ).document()
        return document

    def node(self, told: Told) -> Made:
        iri, form = NamedNode(told["iri"]), FORMS[told["form"]]
        found = thing.describe(self.store, iri)
        if isinstance(form, media.Rdf):
            return Made(self.linked.written(found, form), self.store.version)
        return Made(to_json(thing.page(iri, found, self._worded(found))), self.store.version)

    def row(self, told: Told) -> Made:
        iri = NamedNode(told["iri"])
        found = [triple for triple in thing.describe(self.store, iri) if triple.subject == iri]
        rows, version = [thing.row(iri, found, self._worded(found))], self.store.version
        document = {"rows": rows, "note": None, "next": None, "version": version}
        return Made(self._rendered(document, FORMS[told["form"]]), version)

    def _worded(self, found: list[Triple]) -> Words:
        return self.labels.of(thing.nodes(found))

    def _asked(self, told: Told) -> Answer:
        page = Page(told["limit"], told["after"], told["sort"]) if "limit" in told else None
        return answer.ask(self.store, self.labels, self.catalog[told["query"]], told["given"], page)

    def _written(self, found: Answer, form: Media) -> bytes:
        return to_csv(found) if form is media.CSV else self._rendered(found.document(), form)

    def _rendered(self, document: Told, form: Media) -> bytes:
        return self.linked.answer(document, form) if isinstance(form, media.Rdf) else to_json(document)
