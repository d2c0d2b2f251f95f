"""The questions as pages: grouped by what they are about, each with its form, its answer and its code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from communique import media
from communique.answer import LIMIT, MAX_LIMIT, Answer, Page
from communique.binding import Query, bind
from communique.catalog import Catalog
from communique.errors import BadRequest, CommuniqueError, Gone, NotFound
from communique.pages import site
from communique.pages.inputs import Field, Form, Given
from communique.pages.sources import Source, reports, sources
from communique.pages.vocabulary import Vocabulary
from communique.param import Terms
from communique.service import Service

# What a question is about, by the first word of its route; what is about none of these goes across the graph.
SUBJECTS = {"attacks": "Attacks", "events": "Attacks", "actors": "Actors", "places": "Places", "reports": "Reports", "statements": "Reports"}  # fmt: skip
ACROSS = "Across the graph"
FORMS = (media.JSON, media.CSV, *media.GRAPHS)


@dataclass(frozen=True)
class Group:
    title: str
    queries: list[Query]

    @property
    def anchor(self) -> str:
        return self.title.lower().replace(" ", "-")


@dataclass(frozen=True)
class Asked:
    """A question as it was asked: its parameters, and which part of a list."""

    query: Query
    given: Given
    page: Page
    exemplary: bool  # whether nothing was given, so that the example stands for it

    @property
    def pairs(self) -> list[tuple[str, str]]:
        given = [(name, value) for name, values in self.given.items() for value in values]
        return [*given, ("sort", self.page.sort)] if self.page.sort else given

    def by(self, column: str) -> str:
        """What is asked, ordered by a column; the other way round where it is already."""
        sort = f"-{column}" if self.page.sort == column else column
        sized = [] if self.page.limit == LIMIT else [("limit", str(self.page.limit))]
        return urlencode([*(pair for pair in self.pairs if pair[0] != "sort"), *sized, ("sort", sort)])

    @property
    def flat(self) -> dict[str, str | Sequence[str]]:
        """The parameters as a query takes them."""
        return {name: values[0] if len(values) == 1 else list(values) for name, values in self.given.items()}

    @property
    def bound(self) -> str:
        """The text with the parameters bound, as an editor opens it; unbound where one is wrong."""
        try:
            return opened(self.query, self.query.typed(self.flat))
        except BadRequest:
            return opened(self.query, {})


@dataclass(frozen=True)
class Shown:
    """What a question's page shows of it, beside the text."""

    asked: Asked
    fields: list[Field]
    answer: Answer | None
    fault: CommuniqueError | None
    sources: Mapping[str, Source]
    empty: list[str]  # columns in which no row has anything

    @property
    def more(self) -> str:
        """The address of the next part of the list; empty at its end."""
        if self.answer is None or self.answer.next is None or not self.asked.query.paged:
            return ""
        return self._address(("next", self.answer.next))

    @property
    def first(self) -> str:
        """The address of the list's beginning, from a later part of it."""
        return self._address() if self.asked.page.after else ""

    def _address(self, *beside: tuple[str, str]) -> str:
        pairs = [*self.asked.pairs, ("limit", str(self.asked.page.limit)), *beside]
        return f"/queries/{quote(self.asked.query.name)}?{urlencode(pairs)}"


def groups(catalog: Catalog) -> list[Group]:
    """Every question, by what it is about."""
    found: dict[str, list[Query]] = {title: [] for title in dict.fromkeys([*SUBJECTS.values(), ACROSS])}
    for query in catalog.queries.values():
        found[about(query)].append(query)
    return [Group(title, sorted(queries, key=_wide_first)) for title, queries in found.items() if queries]


def about(query: Query) -> str:
    """What a question is about, in the words of its group."""
    return SUBJECTS.get(query.route.split("/")[2], ACROSS) if query.route else ACROSS


def _wide_first(query: Query) -> tuple[bool, str]:
    return any(param.required for param in query.params), query.title


def shown(service: Service, words: Vocabulary, asked: Asked) -> Shown:
    """A question's page: its answer, or what is wrong with what was given."""
    try:
        answer, fault = ask(service, asked), None
    except (BadRequest, NotFound, Gone) as error:
        answer, fault = None, error
    rows = answer.rows if answer else []
    quoted = any(column.name == "quote" for column in asked.query.columns)
    found = sources(service, reports(rows)) if quoted else {}
    form = Form(service, words, asked.query, asked.given, fault)
    return Shown(asked, form.fields, answer, fault, found, _empty(asked.query, rows))


def ask(service: Service, asked: Asked) -> Answer:
    """The answer. What does not page is shown to its first thousand rows, too."""
    page = asked.page if asked.query.paged else Page(MAX_LIMIT)
    return service.ask(asked.query, asked.flat, page)


def _empty(query: Query, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [c.name for c in query.columns if all(row[c.name] is None for row in rows)] if rows else []


def opened(query: Query, terms: Mapping[str, Terms]) -> str:
    """A question as whoever edits it begins: its title, its text, its parameters bound by VALUES."""
    return f"# {query.title}\n{bind(query, terms).strip()}\n"


def example(query: Query) -> str:
    """A question with the parameters of its example bound."""
    return opened(query, query.typed(query.example) if query.example else {})


def forms(asked: Asked) -> tuple[site.Form, ...]:
    """The answer in each form, and the question itself."""
    stem, pairs = f"/queries/{quote(asked.query.name)}", [*asked.pairs]
    if asked.page.limit != Page().limit:
        pairs.append(("limit", str(asked.page.limit)))
    behind = f"?{urlencode(pairs)}" if pairs else ""
    made = [site.Form(form.name, f"{stem}.{form.name}{behind}", form.type) for form in FORMS]
    return *made, site.Form("rq", f"{stem}.rq", media.QUERY.type)
