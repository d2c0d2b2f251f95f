"""What a router is a function of: the store, the questions, the words, the names of this build and this data."""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import Quad

from communique import answer, catalog
from communique.answer import Answer, Page
from communique.catalog import Catalog, Given, Query
from communique.content import Content
from communique.http import build, etag
from communique.labels import Labels
from communique.media import Rdf
from communique.process.backend import Backend
from communique.settings import Settings
from communique.store import Dataset


@dataclass(frozen=True)
class Service:
    """Everything that a request may need; nothing of it is global."""

    store: Backend
    content: Content
    catalog: Catalog
    labels: Labels
    settings: Settings
    build: str

    @classmethod
    def over(cls, store: Backend, content: Content, settings: Settings) -> Service:
        return cls(store, content, catalog.load(content), Labels(store, content), settings, build(content))

    def ask(self, query: Query, given: Given, page: Page | None = None) -> Answer:
        return answer.ask(self.store, self.labels, query, given, page)

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
