"""What a router is a function of: the store, the questions, the words, the names of this build and this data."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pyoxigraph import Quad

from communique import asking, catalog, jsontext, shares
from communique.answer import Answer, Page
from communique.asking import Made, Question, Told
from communique.binding import Query
from communique.cache import Cache
from communique.catalog import Catalog
from communique.content import Content
from communique.http import build, etag
from communique.media import JSON, Rdf
from communique.param import Given
from communique.process.backend import Backend
from communique.settings import Settings
from communique.store import Dataset


@dataclass(frozen=True)
class Service:
    """Everything that a request may need; nothing of it is global."""

    store: Backend
    content: Content
    catalog: Catalog
    settings: Settings
    build: str
    cache: Cache[Made]

    @classmethod
    def over(cls, store: Backend, content: Content, settings: Settings) -> Service:
        return cls(store, content, catalog.load(content), settings, build(content), Cache(settings.cache_bytes // 2))

    def made(self, told: Told) -> Made:
        """The answer to what `asking` tells; made once for each version of the data, however many ask."""
        return self.cache.get(self._key(told), lambda: self.store.answer(told))

    async def made_soon(self, told: Told) -> Made:
        """The same for the event loop, which goes on meanwhile."""
        return await self.cache.get_soon(self._key(told), lambda: self._made(told))

    async def _made(self, told: Told) -> Made:
        """The same, where nobody has asked before: a ledger in two jobs, where two can be begun at once."""
        if self._shared(told):
            asked = [self.store.answered(asking.share(told, parts)) for parts in self._parts]
            found = await asyncio.gather(*asked)
            if len({made.version for made in found}) == 1:
                return Made(*shares.joined([made.body for made in found], found[0].version))
        return await self.store.answered(told)

    def _shared(self, told: Told) -> bool:
        return told["what"] == "ledger" and told["form"] == JSON.name and self.store.free() >= shares.SHARES

    @cached_property
    def _parts(self) -> list[list[str]]:
        return shares.parted(self.catalog.ledger())

    def _key(self, told: Told) -> tuple[str, bytes]:
        return self.store.version, jsontext.written(told)

    def page(self, told: Told) -> Any:
        """The same read again, for whoever shows it; every integer with all its digits."""
        return json.loads(self.made(told).body)

    def ask(self, query: Query, given: Given, page: Page | None = None) -> Answer:
        """The answer to a named query, for whoever shows it."""
        return self.ask_all([(query, given, page)])[0]

    def ask_all(self, questions: Sequence[Question]) -> list[Answer]:
        """The answers to many named queries, all of one version, for the price of one; what is asked twice is asked once.

        Raises what one of them fails of.
        """
        different = {_same(question): question for question in questions}
        documents = dict(zip(different, self.page(asking.several(different.values())), strict=True))
        return [Answer(question[0], **documents[_same(question)]) for question in questions]

    def parse(self, data: bytes, form: Rdf, base: str) -> list[Quad]:
        """The quads of RDF from outside; BadRequest with the line when it cannot be read."""
        return self.store.parse(data, form.type, base)

    def tag(self, *parts: str) -> str:
        """A validator for an answer of this build from this version of the data."""
        return etag(self.build, self.store.version, *parts)

    @property
    def dataset(self) -> Dataset:
        """What a query without a dataset of its own sees."""
        return Dataset(union=self.settings.default_graph == "union")


def _same(question: Question) -> bytes:
    """What questions have in common that have the same answer."""
    return jsontext.written(asking.rows(question, asking.PAGE))
