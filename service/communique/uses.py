"""Where a term is used: the shapes, named queries, rules, checks and competency questions that name it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import BlankNode, NamedNode

from communique import lint
from communique.content import Content
from communique.glossary import Glossary
from communique.vocab import CMQ, Namespace

SH = Namespace("http://www.w3.org/ns/shacl#")
SHAPES = "https://w3id.org/communique/shapes#"


@dataclass(frozen=True)
class Shape:
    """A rule of well-formed data: its name, what it tells whoever breaks it, the terms that it names."""

    name: str
    message: str
    terms: frozenset[str]


def shapes(glossary: Glossary) -> list[Shape]:
    """The shapes of a shapes file that have a name, in its order."""
    found: list[Shape] = []
    links: dict[object, list[object]] = defaultdict(list)
    for (subject, _), objects in glossary.out.items():
        links[subject] += objects
    for node in glossary.named(glossary.out_of_kind(SH.NodeShape)):
        message = next((text.value for text in glossary.words(node, SH.message)), "")
        found.append(Shape(node.value.removeprefix(SHAPES), message, frozenset(_reached(links, node))))
    return found


def _reached(links: Mapping[object, list[object]], node: NamedNode) -> set[str]:
    """Names of the terms that a shape names, through every blank node of it."""
    seen, waiting = set[object](), list[object]([node])
    while waiting:
        fresh = set(links[waiting.pop()]) - seen
        seen |= fresh
        waiting += [other for other in fresh if isinstance(other, BlankNode)]
    return {n.value.removeprefix(CMQ.base) for n in seen if isinstance(n, NamedNode) and n.value.startswith(CMQ.base)}


def mentions(files: Iterable[Path]) -> dict[str, list[str]]:
    """Term -> the names of the files that name it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in files:
        for term in lint.names(path.read_text("utf-8")):
            found[term.value.removeprefix(CMQ.base)].append(path.stem)
    return found


@dataclass(frozen=True)
class Question:
    """A competency question: its words, the named queries that answer it, the terms it needs."""

    text: str
    queries: list[str]
    terms: list[str]

    @property
    def anchor(self) -> str:
        return "question-" + "-".join(re.findall(r"[a-z]+", self.text.lower())[:8])


def questions(content: Content) -> list[Question]:
    """The competency questions of the content, in their order; none where it has no such file."""
    asked = lint.questions(content).items()
    return [Question(text, told.get("Queries", []), told.get("Terms", [])) for text, told in asked]
