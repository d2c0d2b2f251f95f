"""The form of a question: an input for each parameter that it declares."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from communique.answer import CLASSES, Page
from communique.binding import Query
from communique.errors import CommuniqueError
from communique.pages.text import name
from communique.pages.vocabulary import Choice, Vocabulary
from communique.param import MAX_TEXT, NODE_KINDS, ONE_OF, Param, one_of
from communique.service import Service

# The question that finds nodes of a class by their names; those that list a class, which need not look at all of it.
NAMES = "names"
LISTS = {"Actor": "actors", "Attack": "attacks", "Event": "events", "Place": "places", "Report": "reports"}
# Names offered under a field. Who looks for another types it, or takes it from a list.
OFFERED = 200
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# The roots of the classes that a parameter of the type `type` may name.
ROOTS = ("Actor", "Place", "Event", "Report")
# Nodes whose names are words, so that they can be typed.
NAMED = ("event", "attack", "actor", "place", "report")
LONGEST = 1000
WORDS = {"q": "words"}

Given = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Field:
    """An input: how it is written down, what is in it, what may be chosen, what was wrong with it."""

    param: Param
    control: str  # date, select, node or text
    values: tuple[str, ...]
    choices: tuple[Choice, ...]
    fault: str | None
    source: str | None  # the class that more names may be asked of
    longest: int = LONGEST

    @property
    def label(self) -> str:
        """The parameter's name as a word."""
        return WORDS.get(self.param.name) or self.param.name.replace("_", " ")

    @property
    def id(self) -> str:
        return f"in-{self.param.name}"


@dataclass(frozen=True)
class Form:
    """The form of a query, filled in with what was given; `fault` is what was wrong with that."""

    service: Service
    words: Vocabulary
    query: Query
    given: Given
    fault: CommuniqueError | None = None

    @property
    def fields(self) -> list[Field]:
        return [self._field(param, tuple(self.given.get(param.name, ()))) for param in self.query.params]

    def _field(self, param: Param, values: tuple[str, ...]) -> Field:
        wrong = self.fault.detail if self.fault and self.fault.extra.get("parameter") == param.name else None
        named = tuple(_named(param, value) for value in values)
        source = CLASSES[param.type] if param.type in NAMED else None
        longest = MAX_TEXT if param.type == "text" else LONGEST
        return Field(param, _control(param, values), named, self._choices(param), wrong, source, longest)

    def _choices(self, param: Param) -> tuple[Choice, ...]:
        if param.type.startswith("code:"):
            return tuple(self.words.codes(param.type.removeprefix("code:")))
        if words := one_of(param.type):
            return tuple(Choice(word, word.replace("-", " ")) for word in words)
        if param.type == "type":
            return tuple(choice for root in _roots(self.query) for choice in self.words.classes(root))
        return tuple(suggested(self.service, CLASSES[param.type])) if param.type in NAMED else ()


def _control(param: Param, values: Sequence[str]) -> str:
    if param.type.startswith(("code:", ONE_OF)) or param.type == "type":
        return "select"
    if param.type in ("date-from", "date-to"):
        # A month or a year is a date too, and no browser's calendar can show it.
        return "date" if all(DAY.fullmatch(value) for value in values) else "text"
    return "node" if param.type in (*NODE_KINDS, "node") else "text"


def _named(param: Param, value: str) -> str:
    """A node or code by its name, as it is chosen; what is of any kind by its whole IRI."""
    return name(value) if value.startswith("https://") and param.type != "node" else value


def _roots(query: Query) -> Sequence[str]:
    """The classes of what a question lists; of everything that it may, where its first column does not say."""
    kind = query.columns[0].type if query.columns else ""
    return (CLASSES[kind],) if kind in CLASSES else ROOTS


def suggested(service: Service, root: str, words: str = "") -> list[Choice]:
    """Nodes of a class by their labels, those with some words in a name; none where they cannot be told now."""
    asked = NAMES if words else LISTS.get(root, NAMES)
    query = service.catalog.queries.get(asked) or service.catalog.queries.get(NAMES)
    if query is None:
        return []
    given = {**({"type": root} if query.name == NAMES else {}), **({"q": words} if words else {})}
    try:
        found = service.ask(query, given, Page(OFFERED)).rows
    except CommuniqueError:
        return []
    nodes = {row[query.columns[0].name]["id"]: row[query.columns[0].name] for row in found}
    choices = [Choice(name(iri), str(node.get("label", ""))) for iri, node in nodes.items()]
    return sorted(choices, key=lambda choice: choice.label.casefold())
