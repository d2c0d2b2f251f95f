"""The workbench: a query to begin with, examples to begin from, and the limits that it is under."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from communique import catalog, media
from communique.catalog import Catalog
from communique.content import Content
from communique.errors import NotFound
from communique.pages.questions import example, groups, opened
from communique.settings import Settings

FIRST = """\
# What is said, by whom, in which words
PREFIX cmq: <https://w3id.org/communique/ns#>
SELECT ?speaker ?stance ?quote ?report
WHERE {
  ?statement cmq:assertedBy ?speaker ; cmq:stance ?stance ; cmq:reportedIn ?report ; cmq:hasPassage ?passage .
  ?passage cmq:quote ?quote .
}
ORDER BY ?report ?speaker
LIMIT 50
"""
# Formats of an answer by what the query is.
ROWS = tuple(form for form in media.RESULTS if form.name not in ("json", "xml"))
TRIPLES = media.ANY_RDF
RULES = "What follows from statements, as triples"


@dataclass(frozen=True)
class Example:
    """A query of the content folder: its name, and what it is for."""

    name: str
    title: str
    href: str


@dataclass(frozen=True)
class Shelf:
    """Examples under one heading."""

    title: str
    examples: list[Example]


@dataclass(frozen=True)
class Limit:
    """A limit in words: how much of what."""

    most: str
    what: str


class Examples:
    """Every named query and every rule of a content folder, by name."""

    def __init__(self, content: Content, found: Catalog) -> None:
        self.catalog = found
        self.rules = {f"rules/{path.stem}": catalog.read(path) for path in content.rules()}

    def shelves(self) -> list[Shelf]:
        """The examples by what they are about."""
        found = [
            Shelf(group.title, [_example(q.name, q.title) for q in group.queries]) for group in groups(self.catalog)
        ]
        rules = [_example(name, rule.title) for name, rule in self.rules.items()]
        return [*found, Shelf(RULES, rules)] if rules else found

    def text(self, name: str) -> str:
        """An example as it is opened. NotFound when there is none of this name."""
        if name in self.rules:
            return opened(self.rules[name], {})
        if name not in self.catalog.queries:
            raise NotFound(f"there is no example {name!r}")
        return example(self.catalog[name])


def _example(name: str, title: str) -> Example:
    return Example(name, title, f"/workbench?example={quote(name)}")


def limits(settings: Settings) -> list[Limit]:
    """What a query may take here. A limit that is off is not told."""
    return [
        Limit(f"{settings.query_seconds:g} seconds", "to answer"),
        Limit(f"{settings.queue_seconds:g} seconds", "to wait for a free worker"),
        Limit(size(settings.query_bytes), "of query text"),
        Limit(f"{settings.query_patterns}", "triple patterns"),
        Limit(f"{settings.query_nesting}", "brackets within one another"),
        Limit(size(settings.result_bytes), "of answer"),
        Limit(f"{settings.query_memory} MB", "of memory"),
        *([Limit(f"{settings.rate_limit} a second", "requests of one client")] if settings.rate_limit else []),
    ]


def size(count: int) -> str:
    """A number of bytes as people say it."""
    for unit, name in ((1024**3, "GB"), (1024**2, "MB"), (1024, "kB")):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count} bytes"
