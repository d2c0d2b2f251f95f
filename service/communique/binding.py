"""A named query: what its file says of it, and its text with what is given bound in it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from communique.errors import BadRequest
from communique.lexer import tokens
from communique.param import NODE_KINDS, Given, Param, Terms, each, several, typed

# A line of a query that is part of it only where the parameter is given; a comment to everyone else.
WHERE_GIVEN = re.compile(r"^(?P<space>[ \t]*)#\?[ \t]*(?P<name>\w+):[ \t]*", re.MULTILINE)
# A node that rows of a list are of; when it begins and ends, by what `to` and `from` leave of a list, and `as_of`; where the statements
# that tell of it are others, what `as_of` leaves: each by when it had been said, if that is known, `=`, and its IRI, with blanks between.
BOUND, BEGINS, ENDS, TELLERS = "bound", "begins", "ends", "tellers"
SPAN = frozenset({"from", "to", "as_of"})
# In what makes rows of counts: the values and how many nodes have each.
TALLIED = "{ ?tallied }"
CALLED = re.compile(r"VALUES (\?\w+) \{ \?bound \}")
# How the rows of a list are ordered: the last line that begins so.
ORDER = re.compile(r"^ORDER BY (?!.*^ORDER BY )", re.MULTILINE | re.DOTALL)
HEAD = "#+"
VALUE_TYPES = ("text", "integer", "decimal", "dateTime", "edtf", "boolean")
COLUMN_TYPES = (*NODE_KINDS, "entity", "node", "code", "class", *VALUE_TYPES)


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    text: str

    @property
    def is_node(self) -> bool:
        """Whether its values are IRIs, shown with a label."""
        return self.type not in VALUE_TYPES


@dataclass(frozen=True)
class Query:
    """A named query; `text` is the file's SPARQL as it stands, which any SPARQL 1.1 engine answers."""

    name: str
    title: str
    text: str
    route: str | None = None
    params: tuple[Param, ...] = ()
    columns: tuple[Column, ...] = ()
    empty: str | None = None
    example: Mapping[str, str] = field(default_factory=dict)
    paged: bool = False
    # The column of the text that its rows are found by, and the one of the node that all its patterns are about.
    index: tuple[str, str] | None = None
    # Of a rule, the property whose numbers are sums: over parts of the data, its numbers add up to those of the whole.
    sum: str | None = None
    # Of a list, the question that tells the nodes that its rows are of, in their order: the first rows are those of the first.
    first: str | None = None
    # Whether those nodes are kept in order beside the store.
    kept: bool = False
    # How a parameter narrows those nodes: patterns that give ?bound its values, by the parameter's name.
    narrow: tuple[tuple[str, str], ...] = ()
    # Patterns that lead to a ?bound from what its values hang on: from the ?subject, or the ?object, of what changed.
    reach: tuple[str, ...] = ()
    # The parameter of a list whose words stand in a name of its nodes, and the query whose rows are found by words, where it is there.
    words: str | None = None
    # Of what classes the nodes are that are meant: those rows stand in the order of these, and those of others are not looked at.
    kinds: tuple[str, ...] = ()
    sought: Query | None = None
    # Of what counts a list by values: its name, and under which names the values stand by which its nodes are narrowed.
    tally: tuple[str, ...] = ()
    # The question that makes rows of values and their counts, which take the place of TALLIED.
    tallied: str | None = None
    # That list, where it is in the same folder.
    counted: Query | None = None

    def param(self, name: str) -> Param | None:
        return next((p for p in self.params if p.name == name), None)

    def typed(self, given: Given) -> dict[str, Terms]:
        """The given parameters as terms; BadRequest naming the one that is unknown, missing or malformed."""
        terms: dict[str, Terms] = {}
        for name, text in given.items():
            param = self.param(name)
            if param is None:
                raise BadRequest(f"unknown parameter {name!r}; {self.name} takes {self._accepted()}", parameter=name)
            terms[name] = typed(param, text) if isinstance(text, str) else several(param, text)
        for param in self.params:
            if param.required and param.name not in terms:
                raise BadRequest(
                    f"parameter {param.name!r} is missing: {param.text}{self._such_as(param)}", parameter=param.name
                )
        return terms

    @cached_property
    def asked(self) -> str:
        """The text without its head, which is for readers."""
        return "".join(line for line in self.text.splitlines(keepends=True) if not line.startswith(HEAD))

    @cached_property
    def groups(self) -> tuple[tuple[int, frozenset[str]], ...]:
        """Where the group of each WHERE begins in what is asked, and the variables that it names."""
        return tuple(groups(self.asked))

    @cached_property
    def lines(self) -> frozenset[str]:
        """The parameters that lines of the text are for, but the one for words: whether a node has them, the query tells."""
        return frozenset(found["name"] for found in WHERE_GIVEN.finditer(self.asked)) - {self.words or ""}

    def _accepted(self) -> str:
        return ", ".join(p.name for p in self.params) or "none"

    def _such_as(self, param: Param) -> str:
        return f", such as {self.example[param.name]}" if param.name in self.example else ""


def bind(query: Query, terms: Mapping[str, Terms]) -> str:
    """The query's text with leading VALUES of typed terms; nothing is ever pasted into it as text.

    Each goes into every group of a WHERE that names its variable, since a sub-SELECT sees nothing of what is around it.
    The lines `#? NAME: …` are part of the text where the parameter is given.
    """
    made = (
        replace(query, text=_called(narrowed(query.asked, terms), terms)) if WHERE_GIVEN.search(query.asked) else query
    )
    parts, end = [], 0
    for place, names in made.groups if terms else ():
        parts.append(made.asked[end:place])
        parts += [f" VALUES ?{name} {{ {' '.join(map(str, each(terms[name])))} }}" for name in terms if name in names]
        end = place
    return "".join(parts) + made.asked[end:]


def narrowed(text: str, given: Container[str]) -> str:
    return WHERE_GIVEN.sub(lambda found: found["space"] if found["name"] in given else found[0], text)


def _called(text: str, terms: Mapping[str, Terms]) -> str:
    """The text with nodes under the name that the list has for them: the engine looks up what VALUES name."""
    if BOUND not in terms:
        return text
    given = " ".join(map(str, each(terms[BOUND])))
    return CALLED.sub(lambda found: f"VALUES {found[1]} {{ {given} }}", text)


def begins(query: Query, given: Container[str]) -> bool:
    """Whether what tells the nodes that the rows of a list are of heeds all that was given."""
    return bool(query.first) and not any(
        p.name in given and f"?{p.name}" not in (query.first or "") for p in query.params
    )


def order(text: str) -> list[tuple[str, bool]]:
    """What orders the rows of a query whose ORDER BY names variables only: each, and whether its last value comes first."""
    said = list(tokens(text))
    places = [number for number, token in enumerate(said) if token.is_word("ORDER")]
    behind = said[places[-1] :] if places else []
    return [
        (token.text[1:], behind[number - 2].is_word("DESC"))
        for number, token in enumerate(behind)
        if token.kind == "variable"
    ]


def ordered(text: str, column: str) -> str:
    """The text of a list with its rows in the order of a column first; a minus before its name: the last value first.

    Nodes are ordered by their IRIs (SPARQL 1.1 section 15.1).
    """
    key = f"DESC(?{column[1:]})" if column.startswith("-") else f"?{column}"
    return ORDER.sub(f"ORDER BY {key} ", text)


def groups(text: str) -> Iterator[tuple[int, frozenset[str]]]:
    """Where the group of each WHERE begins, and the variables that are named in it, however deep."""
    begun: list[tuple[int, set[str]]] = []
    inside: list[set[str]] = []
    awaited = False
    for token in tokens(text):
        if token.text == "{":
            inside.append(set())
            if awaited:
                begun.append((token.end, inside[-1]))
            awaited = False
        elif token.text == "}":
            inside.pop()
        elif token.kind == "variable":
            for group in inside:
                group.add(token.text[1:])
        awaited = awaited or token.is_word("WHERE")
    return ((place, frozenset(names)) for place, names in begun)
