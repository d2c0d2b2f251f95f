"""A count by values is read from what is kept of a list: how many of its nodes have each."""

from __future__ import annotations

import heapq
from collections.abc import Mapping

import pyoxigraph as ox

from communique import binding
from communique.begun import windowed
from communique.binding import TALLIED, Query
from communique.param import Terms
from communique.search import index
from communique.search.rows import long
from communique.store import Store, rows


def tallied(
    store: Store, query: Query, terms: Mapping[str, Terms], window: tuple[int, int] | None
) -> ox.QuerySolutions | None:
    """The rows of a window of a count, or all; None where what it counts is not kept."""
    text = asked(store, query, terms, window)
    return None if text is None else rows(store, text)


def asked(store: Store, query: Query, terms: Mapping[str, Terms], window: tuple[int, int] | None) -> str | None:
    """What makes these rows of the counts that are kept."""
    if query.counted is None or query.tallied is None:
        return None
    counts = index.counts(store, query.counted, terms, query.tally[1:])
    if counts is None:
        return None
    values = _first(query.tallied, counts[0], sum(window) if window else None)
    lines = " ".join(f"({_term(value)} {' '.join(str(each.get(value, 0)) for each in counts)})" for value in values)
    text = query.tallied.replace(TALLIED, f"{{ {lines} }}")
    return windowed(text, window) if window else text


def _first(text: str, counts: Mapping[str, int], most: int | None) -> list[str]:
    """The values of the first rows, of which each has one or more: the most frequent, where these come first."""
    if most is None or not binding.order(text)[0][1]:
        return list(counts)
    return heapq.nsmallest(most, counts, key=lambda value: (-counts[value], long(value)))


def _term(value: str) -> str:
    return long(value) or "UNDEF"
