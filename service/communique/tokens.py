"""SPARQL text cut into tokens, so that nothing inside a string, an IRI or a comment is taken for a keyword."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

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
