"""SPARQL for the eye: the same text, with a mark around each kind of word."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup, escape

from communique.errors import BadRequest
from communique.lexer import Token, tokens
from communique.pages.text import shown

CLASSES = {"word": "word", "variable": "variable", "iri": "iri", "name": "name", "string": "string", "number": "number"}
MARK = Markup('<span class="q-{}">{}</span>')


def sparql(text: str) -> Markup:
    """The text as HTML. What is no SPARQL comes out unmarked."""
    try:
        return Markup("").join(_marked(text, list(tokens(text))))
    except BadRequest:
        return escape(shown(text))


def _marked(text: str, found: list[Token]) -> Iterator[Markup]:
    at = 0
    for token in found:
        yield _between(text[at : token.start])
        kind = CLASSES.get(token.kind)
        yield MARK.format(kind, _inert(token.text)) if kind else _inert(token.text)
        at = token.end
    yield _between(text[at:])


def _between(text: str) -> Markup:
    """What stands between tokens: space and comments."""
    parts = (MARK.format("comment", _inert(line)) if line.lstrip().startswith("#") else _inert(line) for line in text.splitlines(keepends=True))  # fmt: skip
    return Markup("").join(parts)


def _inert(text: str) -> Markup:
    return escape("\n".join(shown(line) for line in text.split("\n")))
