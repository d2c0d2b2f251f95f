r"""SPARQL text cut into tokens as the engine reads it, in one pass that takes linear time.

The engine reads without a lexer: no space need stand around a keyword, and `<` opens an IRI or means less-than by its
place in the grammar. So `FILTER(?a<?b)SERVICE?x#>` hides SERVICE from whoever takes `<?b)SERVICE?x#>` for an IRI. This
lexer keeps the brackets that are open, and knows of each whether expressions stand in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from communique.errors import BadRequest

# SPARQL 1.1 grammar, productions 164 to 168: PN_CHARS_BASE, PN_CHARS_U and digits, PN_CHARS.
BASE = (
    "A-Za-zÀ-ÖØ-öø-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff"
    "\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
WORD = BASE + "_0-9"
CHAR = WORD + "\\-·\u0300-\u036f\u203f-\u2040"
ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"
FIRST, LOCAL = rf"(?:[{WORD}:]|{ESCAPED})", rf"(?:[{CHAR}:]|{ESCAPED})"
# What the engine refuses in a string it may read otherwise, as a short string and what follows; so exactly this.
ESCAPE = (
    r"\\(?:[tbnrf\"'\\]|u(?![dD][89a-fA-F])[0-9A-Fa-f]{4}"
    r"|U(?:0000(?![dD][89a-fA-F])|000[1-9A-Fa-f]|0010)[0-9A-Fa-f]{4})"
)
# Possessive throughout: what fails has been looked at once, and no quantifier gives back.
TOKEN = re.compile(
    rf"""
      (?P<space>(?:\s+|\#[^\n\r]*+)++)
    | (?P<iri><[^<>"{{}}|^`\x00-\x20]*+>)
    | (?P<variable>[?$][{WORD}][{WORD}·\u0300-\u036f\u203f-\u2040]*+)
    | (?P<name>_:[{WORD}](?:\.*+[{CHAR}])*+)
    | (?P<run>[{BASE}_](?:\.*+[{CHAR}])*+|(?=:))(?P<local>:(?:{FIRST}(?:\.*+{LOCAL})*+)?+)?+
    | (?P<string>'''(?:'{{0,2}}(?:[^'\\]|{ESCAPE}))*+'''|\"\"\"(?:"{{0,2}}(?:[^"\\]|{ESCAPE}))*+\"\"\"
        |'(?!'')(?:[^'\\\n\r]|{ESCAPE})*+'|"(?!"")(?:[^"\\\n\r]|{ESCAPE})*+")
    | (?P<lang>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?:--[A-Za-z]++)?+)
    | (?P<number>[0-9]++\.[0-9]*+[eE][+-]?[0-9]++|(?:[0-9]++(?:\.[0-9]++)?+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+)
    | (?P<other><<\(|<<|>>|\|\||&&|\^\^|!=|<=|>=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
# After an operand, among expressions, `<` compares.
COMPARISON = re.compile(r"(?P<other><=?)")
PART = re.compile(rf"(?P<word>[{BASE}_][{WORD}]*+)|(?P<number>[0-9]++)|(?P<other>.)", re.DOTALL)
CLOSES = {"(": ")", "{": "}", "[": "]", "<<(": ")>>", "<<": ">>"}
OPERANDS = frozenset({"iri", "variable", "name", "string", "lang", "number"})
# Keywords of which one may be stuck to the name of a function, so that `FILTERex:f(` is a call.
GLUED = re.compile(r"FILTER|HAVING|BY", re.IGNORECASE)


class Token(NamedTuple):
    """A token, where it is, how many brackets are open with it, the innermost, and whether expressions stand in it."""

    kind: str
    text: str
    start: int
    end: int
    depth: int = 0
    within: str = ""
    expression: bool = False

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text.upper() in words


class _Level:
    """An open bracket: whether expressions stand in it, and whether a bracket opened in it now would hold some."""

    __slots__ = ("expression", "mode", "opener")

    def __init__(self, opener: str, expression: bool) -> None:
        self.opener = opener
        self.expression = expression
        self.mode = False


def tokens(text: str) -> Iterator[Token]:
    """The tokens of SPARQL text, comments left out. BadRequest for a string that does not end, or not as one."""
    return _Lexer(text).tokens()


def position(text: str, at: int) -> dict[str, object]:
    """Line and column, both from 1, as errors tell them."""
    return {"line": text.count("\n", 0, at) + 1, "column": at - text.rfind("\n", 0, at)}


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.levels = [_Level("", False)]
        self.operand = False  # whether the last token ends an operand
        self.constraint = False  # whether FILTER or BIND waits for its bracket
        self.glued = False  # whether the last token is a name with such a keyword in it

    def tokens(self) -> Iterator[Token]:
        at, text = 0, self.text
        while at < len(text):
            compared = text[at] == "<" and self.operand and self.levels[-1].expression
            found = (COMPARISON if compared else TOKEN).match(text, at)
            if found is None:  # pragma: no cover - the last alternative takes any character
                break
            kind, end = found.lastgroup or "", found.end()
            if kind == "run":
                yield from self._words(found.group(), at)
            elif kind == "local":
                yield self._placed("name", found.group(), at)
            elif kind != "space":
                token = self._placed(kind, found.group(), at)
                end = token.end
                yield token
            at = end

    def _words(self, run: str, at: int) -> Iterator[Token]:
        """A run without a colon is words, with dots, hyphens and digits between."""
        for part in PART.finditer(run):
            yield self._placed(part.lastgroup or "", part.group(), at + part.start())

    def _placed(self, kind: str, text: str, at: int) -> Token:
        if kind == "other":
            return self._other(text, at)
        level = self.levels[-1]
        self.glued = kind == "name" and GLUED.search(text.partition(":")[0]) is not None
        if kind == "word":
            self._word(text.upper(), level)
        else:
            self.operand = kind in OPERANDS
        return Token(kind, text, at, at + len(text), len(self.levels) - 1, level.opener, level.expression)

    def _word(self, word: str, level: _Level) -> None:
        self.operand = word in ("TRUE", "FALSE")
        if word in ("SELECT", "GROUP", "HAVING", "ORDER"):
            level.mode = True
        elif word in ("WHERE", "FROM", "VALUES"):
            level.mode = False
        elif word in ("FILTER", "BIND"):
            self.constraint = True

    def _other(self, text: str, at: int) -> Token:
        level = self.levels[-1]
        if text == ")" and level.opener == "<<(" and self.text.startswith(")>>", at):
            text = ")>>"
        end = at + len(text)
        if text in "\"'":
            raise BadRequest(
                "not SPARQL: a string is not closed, or has an escape that there is not", **position(self.text, at)
            )
        if text in CLOSES:
            self.levels.append(_Level(text, self._holds_expressions(text, level)))
            level.mode = level.mode and text != "{"
            if text in "({":
                self.constraint = False
            self.operand = self.glued = False
            return Token("other", text, at, end, len(self.levels) - 1, level.opener, level.expression)
        depth = len(self.levels) - 1
        if CLOSES.get(level.opener) == text:
            self.levels.pop()
        self.operand = text in (")", "]", ")>>", ">>")
        self.glued = False
        level = self.levels[-1]
        return Token("other", text, at, end, depth, level.opener, level.expression)

    def _holds_expressions(self, opener: str, level: _Level) -> bool:
        return opener == "(" and (level.expression or level.mode or self.constraint or self.glued)
