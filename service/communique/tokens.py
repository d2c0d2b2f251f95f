"""SPARQL text cut into tokens, so that nothing inside a string, an IRI or a comment is taken for a keyword."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pyoxigraph import NamedNode

from communique.errors import BadRequest

# SPARQL 1.1 grammar, section 19.8: comments, STRING_LITERAL_LONG1/2, STRING_LITERAL1/2, IRIREF, VAR, names.
TOKEN = re.compile(
    r"""
      (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
    | (?P<comment>\#[^\n\r]*)
    | (?P<string>'''(?:(?:'|'')?(?:[^'\\]|\\.))*'''|\"\"\"(?:(?:"|"")?(?:[^"\\]|\\.))*\"\"\"
        |'(?:[^'\\\n\r]|\\.)*'|"(?:[^"\\\n\r]|\\.)*")
    | (?P<variable>[?$]\w+)
    | (?P<name>[^\W\d][\w.\-]*:[\w.\-:%\\~!$&'()*+,;=/?\#@]*|:[\w.\-]*|_:[\w.\-]+)
    | (?P<word>@?[^\W\d][\w\-]*)
    | (?P<other>\S)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text.upper() in words


def has_word(text: str, *words: str) -> bool:
    """Whether SPARQL text uses one of these keywords (given in capitals)."""
    return any(token.is_word(*words) for token in tokens(text))


def tokens(text: str) -> Iterator[Token]:
    """The tokens of SPARQL text, comments left out."""
    for found in TOKEN.finditer(text):
        if found.lastgroup and found.lastgroup != "comment":
            yield Token(found.lastgroup, found.group(), found.start(), found.end())


def with_dataset(text: str, default: Sequence[NamedNode], named: Sequence[NamedNode]) -> str:
    """An update with the protocol's dataset written into each of its operations (SPARQL 1.1 Protocol section 2.2.3).

    Raises BadRequest when the update has USING or WITH of its own.
    """
    if not default and not named:
        return text
    said = list(tokens(text))
    if any(token.is_word("USING", "WITH") for token in said):
        raise BadRequest("using-graph-uri and using-named-graph-uri cannot stand beside USING or WITH")
    clauses = " ".join([*(f"USING {g}" for g in default), *(f"USING NAMED {g}" for g in named)])
    out, done = [], 0
    for before, token in pairwise(said):
        if token.is_word("WHERE") and before.text == "}":
            out += [text[done : token.start], clauses, " "]
            done = token.start
        elif token.is_word("WHERE") and before.is_word("DELETE"):
            # DELETE WHERE has no place for USING; written out, it has.
            pattern = text[token.end : _closing(said, token)]
            out += [text[done : token.start], pattern, " ", clauses, " "]
            done = token.start
    return "".join(out) + text[done:]


def _closing(said: list[Token], where: Token) -> int:
    """Where the group that follows a WHERE ends."""
    depth = 0
    for token in said[said.index(where) + 1 :]:
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            return token.end
    return said[-1].end
