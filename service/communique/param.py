"""A parameter of a named query: its type, and the term that a text given for it stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from communique import dates
from communique.errors import BadRequest
from communique.vocab import CMQ, CODE, ID, SLUG, XSD, code, node

NODE_KINDS = ("event", "attack", "actor", "place", "report", "statement", "proposition", "question", "passage")
PARAM_TYPES = (*NODE_KINDS, "node", "text", "type", "date-from", "date-to")
# A parameter that is one of some words.
ONE_OF = "one-of:"
MAX_TEXT = 500
# Values that one parameter may have.
MOST = 1000

Term = NamedNode | Literal
Terms = Term | Sequence[Term]


@dataclass(frozen=True)
class Param:
    name: str
    type: str
    required: bool
    text: str
    many: bool = False  # may be given more than once: any of the values


Given = Mapping[str, str | Sequence[str]]

ATTACK = Param("attack", "attack", True, "The attack")


def is_known(param: Param) -> bool:
    """Whether its type is one that there is."""
    return param.type in PARAM_TYPES or param.type.startswith(("code:", ONE_OF))


def each(terms: Terms) -> Sequence[Term]:
    """The terms of a parameter, which mostly has one."""
    return [terms] if isinstance(terms, NamedNode | Literal) else terms


def several(param: Param, texts: Sequence[str]) -> list[Term]:
    """The terms of a parameter that is given more than once. Raises BadRequest naming it."""
    if not param.many:
        raise BadRequest(f"parameter {param.name!r} is given twice", parameter=param.name)
    if not 0 < len(texts) <= MOST:
        raise BadRequest(f"parameter {param.name!r}: give 1 to {MOST} values", parameter=param.name)
    return list(dict.fromkeys(typed(param, text) for text in texts))


def typed(param: Param, text: str) -> Term:
    """The term that a parameter's text stands for. Raises BadRequest naming the parameter."""
    try:
        return _term(param.type, text)
    except ValueError as error:
        raise BadRequest(f"parameter {param.name!r}: {error}", parameter=param.name) from error


def _term(kind: str, text: str) -> Term:
    if kind in ("date-from", "date-to"):
        instant = dates.first(text) if kind == "date-from" else dates.last(text)
        if instant is None:
            raise ValueError(f"{text!r} has no year; give a day such as 2021-03-15")
        return Literal(dates.stamp(instant), datatype=XSD.dateTime)
    if kind == "text":
        if not text.strip() or len(text) > MAX_TEXT:
            raise ValueError(f"give 1 to {MAX_TEXT} characters")
        return Literal(text)
    if kind.startswith(ONE_OF):
        if text not in one_of(kind):
            raise ValueError(f"{text!r} is not one of {', '.join(one_of(kind))}")
        return Literal(text)
    if kind == "type":
        if not re.fullmatch(r"[A-Za-z]{1,60}", text):
            raise ValueError(f"{text!r} is no class name, such as MilitaryBase")
        return CMQ[text]
    return _node_term(kind, text)


def one_of(kind: str) -> tuple[str, ...]:
    """The words of a type `one-of:THIS,THAT`; none of another type."""
    return tuple(kind.removeprefix(ONE_OF).split(",")) if kind.startswith(ONE_OF) else ()


def _node_term(kind: str, text: str) -> NamedNode:
    """A node by its name, or by its whole IRI."""
    if kind.startswith("code:"):
        scheme = kind.removeprefix("code:")
        return code(scheme, _slug(text.removeprefix(f"{CODE}{scheme}/")))
    if kind == "node":
        if not text.startswith(ID.base):
            raise ValueError(f"{text!r} is no IRI under {ID}")
        return NamedNode(text)
    kind = "event" if kind == "attack" else kind
    return node(kind, _slug(text.removeprefix(f"{ID}{kind}/")))


def _slug(text: str) -> str:
    # An unnamed actor's name has its report's before a dot.
    if not 0 < len(text) <= 200 or not all(SLUG.fullmatch(part) for part in text.split(".", 1)):
        raise ValueError(f"{text!r} is no name, such as balad-monday")
    return text
