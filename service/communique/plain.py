"""Whether SPARQL text is so plain, and so short, that no limit can be met: most of what is asked, told in a few microseconds.

Yes only where the guard, which reads token by token, says yes too; no means nothing. What is plain is ASCII without
escapes and comments, each word and operand followed by a space or a bracket, and every `<` opens an IRI.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from communique.settings import Settings

# What would go on with an operand or a word, or stand too close to it for it to be plain where it ends.
ENDS = r"""(?!\.*+[-\w:%\\]|[<"'?$@_]|[^\x00-\x7f])"""
ADDRESS = r"<[A-Za-z][A-Za-z0-9+.-]*+:[A-Za-z0-9/#?&=@:._~%+-]*+>"
STRING = r""""(?!")[^"\\\n\r]++"|""(?!")|'(?!')[^'\\\n\r]++'|''(?!')"""
# Runs of what cannot be wrong by itself, a word, or anything else.
PIECES = re.compile(
    rf"""(?: [\ \t\r\n]++ | [?$][A-Za-z_][A-Za-z0-9_]*+{ENDS} | {ADDRESS}{ENDS}
        | (?:[A-Za-z][A-Za-z0-9_]*+|_)?+:(?:[A-Za-z0-9_]++(?:-[A-Za-z0-9_]++)*+)?+{ENDS}
        | (?:{STRING})(?:@[A-Za-z]++(?:-[A-Za-z0-9]++)*+|\^\^(?=[<A-Za-z]))?+{ENDS} | [0-9]++(?:\.[0-9]++)?+{ENDS}
        | [{{}}()\[\].;,*/|^+=-] | && | !=?+ | >=?+(?!>) | <=?+(?=\ ) )++
      | (?P<word>[A-Za-z][A-Za-z_]*+[0-9]*+){ENDS} | (?P<other>.)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
PROLOGUE = re.compile(rf"(?:\s*+PREFIX\s++[A-Za-z0-9_]*+:\s*+{ADDRESS})*+", re.IGNORECASE | re.ASCII)
# Behind an operand, among expressions, `<` compares; before a space it does so everywhere.
COMPARED = re.compile(r"[^{(,;/|^.\s]\s*+<(?!=?+\ )")
BRACKET = re.compile(r"[][(){}]")
CLOSES = {")": "(", "}": "{", "]": "["}
IN_BRACKETS = re.compile(r"\([^{}]*+")
# Operand behind operand, as in a list, each item of which counts.
ITEM = re.compile(r"""[\w"'>:)\]]\s++(?=[?$<"':\w])""", re.ASCII)
LONG = 8192


def is_plain(text: str, words: Collection[str], settings: Settings) -> bool:
    """Whether every token of it is known, with these words only, and all that is counted is far below its limit."""
    upper = text.upper()
    if len(text) > LONG or "\\" in text or "SERVICE" in upper or not _bounded(text, upper, settings):
        return False
    if "(" in text and COMPARED.search(text, PROLOGUE.match(text).end()):  # type: ignore[union-attr]  # it may be empty
        return False
    return all(not other and (not word or word.upper() in words) for word, other in PIECES.findall(text))


def _bounded(text: str, upper: str, settings: Settings) -> bool:
    """Whether there is so little of everything that no way of reading it comes to a limit."""
    braces, brackets = text.count("{"), text.count("(") + text.count("[")
    paths = _count(text, "/|^*+!")
    items = sum(len(ITEM.findall(run)) for run in IN_BRACKETS.findall(text)) if brackets else 0
    words = text.count(" ") + text.count("\n") + braces + brackets
    joined = sum(map(upper.count, JOINS))
    return (
        (braces + brackets <= settings.query_nesting or _depth(text) <= settings.query_nesting)
        and _count(text, ".;,[{}") + items + joined <= settings.query_patterns
        and paths <= settings.query_paths
        and paths + words + _count(text, "[.;=<>&-?") <= settings.query_operators
    )


def _depth(text: str) -> int:
    """How many brackets are open at one time; one that closes nothing closes nothing. More where strings hold some."""
    if '"' in text or "'" in text:
        return len(text)
    opened: list[str] = []
    deepest = 0
    for bracket in BRACKET.findall(text):
        if bracket not in CLOSES:
            opened.append(bracket)
            deepest = max(deepest, len(opened))
        elif opened and opened[-1] == CLOSES[bracket]:
            opened.pop()
    return deepest


# Each is joined with what stands before it.
JOINS = frozenset({"BIND", "FILTER", "GRAPH", "LATERAL", "MINUS", "OPTIONAL", "SERVICE", "VALUES"})


def _count(text: str, characters: str) -> int:
    return sum(map(text.count, characters))
