"""Updates as operations, cut by tokens: the protocol's dataset written in, LOAD SILENT taken out, more put behind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from pyoxigraph import NamedNode

from communique.errors import BadRequest, Forbidden
from communique.lexer import Token, tokens

VARIABLE = re.compile(r"[?$]\w+")
FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
NO_LOAD = "LOAD is off: this service sends no requests to other servers"


def has_word(text: str, *words: str) -> bool:
    """Whether SPARQL text uses one of these keywords (given in capitals).

    The engine takes one that is stuck to another or to a name, as in `ASKFROMex:graph`; what is no declared prefix is that.
    """
    wanted = _written(text, words)
    # No keyword begins behind the mark of a variable.
    wanted = wanted and _written(VARIABLE.sub(" ", text), wanted)
    return bool(wanted) and _uses(list(tokens(text)), wanted)


def _written(text: str, words: tuple[str, ...]) -> tuple[str, ...]:
    whole = text.upper()
    return tuple(word for word in words if word in whole)


def any_graph(text: str) -> bool:
    """Whether SPARQL text asks in graphs that it does not name: GRAPH with a variable."""
    if "GRAPH" not in text.upper():
        return False
    return any(word.is_word("GRAPH") and name.kind == "variable" for word, name in pairwise(tokens(text)))


def form(text: str) -> str:
    """The form of a query, in capitals: SELECT, ASK, CONSTRUCT or DESCRIBE; nothing when it has none."""
    words = (token.text.upper() for token in tokens(text) if token.kind == "word")
    return next((word for word in words if word in FORMS), "")


def _uses(said: list[Token], words: tuple[str, ...]) -> bool:
    declared = {name.text for keyword, name in pairwise(said) if keyword.is_word("PREFIX")}
    for token in said:
        prefix = token.text.partition(":")[0]
        undeclared = token.kind == "name" and f"{prefix}:" not in declared
        if (token.kind == "word" or undeclared) and _written(prefix, words):
            return True
    return False


def with_dataset(text: str, default: Sequence[NamedNode], named: Sequence[NamedNode]) -> str:
    """An update with the protocol's dataset written into each of its operations (SPARQL 1.1 Protocol section 2.2.3).

    Raises BadRequest when the update has USING or WITH of its own.
    """
    if not default and not named:
        return text
    if has_word(text, "USING", "WITH"):
        raise BadRequest("using-graph-uri and using-named-graph-uri cannot stand beside USING or WITH")
    said = list(tokens(text))
    clauses = " ".join([*(f"USING {g}" for g in default), *(f"USING NAMED {g}" for g in named)])
    out, done, depth = [], 0, 0
    for at, (before, token) in enumerate(pairwise(said)):
        depth += (before.text == "{") - (before.text == "}")
        if depth or not token.is_word("WHERE"):
            continue
        # DELETE WHERE has no place for USING; written out, it has.
        pattern = text[token.end : _closing(said[at + 2 :])] if before.is_word("DELETE") else ""
        out += [text[done : token.start], pattern, " ", clauses, " "]
        done = token.start
    return "".join(out) + text[done:]


def _closing(said: list[Token]) -> int:
    """Where the group ends that these tokens begin with."""
    depth = 0
    for token in said:
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            return token.end
    raise BadRequest("not a SPARQL 1.1 update: a bracket is open at its end")


def without_loads(text: str) -> str:
    """The update with nothing in the place of each LOAD SILENT, which may fail without a word.

    Raises Forbidden for any other LOAD.
    """
    if "LOAD" not in text.upper():
        return text
    said = list(tokens(text))
    out, done, depth = [], 0, 0
    for at, token in enumerate(said):
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0 and _is_load(said[at - 1] if at else None, token):
            end = _silent_end(said[at:])
            out += [text[done : token.start], "INSERT DATA {}", "\n" * text.count("\n", token.start, end)]
            done = end
    return "".join(out) + text[done:]


def _is_load(before: Token | None, token: Token) -> bool:
    """LOAD, alone or stuck to what follows; no operation begins with a name, and no other name follows but a word."""
    glued = token.kind == "name" and (before is None or before.kind != "word")
    return token.text.upper().startswith("LOAD") and (token.kind == "word" or glued)


def _silent_end(said: list[Token]) -> int:
    """Where the LOAD SILENT ends that these tokens begin with: LOAD SILENT iri ( INTO GRAPH iri )?"""
    if not (said[0].is_word("LOAD") and len(said) > 1 and said[1].is_word("SILENT")):
        raise Forbidden(NO_LOAD)
    ends = [n for n, token in enumerate(said) if token.text == ";"]
    operation = said[2 : ends[0]] if ends else said[2:]
    shape = [t.text.upper() if t.kind == "word" else t.kind in ("iri", "name") for t in operation]
    if shape not in ([True], [True, "INTO", "GRAPH", True]):
        raise BadRequest("not a SPARQL 1.1 update: LOAD SILENT takes an IRI, and perhaps INTO GRAPH and another")
    return operation[-1].end


def and_then(text: str, more: str) -> str:
    """The update, followed by more operations; a bracket or string left open in it cannot swallow those.

    `more` begins with a keyword and holds no quotation marks, so inside anything open it is an error. The grammar
    wants one `;` between operations, and none where there is no operation before.
    """
    last = text.rstrip().rpartition("\n")[2]
    if last.endswith("}") and "#" not in last:
        # An operation ends here; what was made from a graph is long, and need not be read for it.
        return f"{text}\n;\n{more}"
    rest = list(tokens(text))
    while rest and (rest[0].is_word("BASE", "VERSION") or rest[0].text.upper().startswith("PREFIX")):
        # BASE iri, PREFIX name iri, VERSION string; PREFIX may be stuck to the name.
        rest = rest[3:] if rest[0].is_word("PREFIX") else rest[2:]
    separator = ";" if rest and rest[-1].text != ";" else ""
    return f"{text}\n{separator}\n{more}"
