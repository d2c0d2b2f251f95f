"""A list is begun: its first rows are asked of its first nodes, without a look at all that comes later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from pyoxigraph import Literal, QuerySolution

from communique import binding
from communique.binding import Query
from communique.param import Term, Terms
from communique.search import index
from communique.search.order import Order
from communique.search.sight import Unfit
from communique.store import Store, rows
from communique.store.embedded import Embedded

# Nodes that are looked at for each row that is wanted, as some have none; and more, as many may have one place.
AMPLE, MORE = 4, 200
# So many times more of those that have a name that is looked for, as many may be of another class.
NAMED = 20
# Nodes that are asked about in one query: of so many the engine looks each up, of more it reads all there is.
SOME = 50


def begin(
    store: Store, query: Query, terms: Mapping[str, Terms], window: tuple[int, int]
) -> list[QuerySolution] | None:
    """The rows of a window of a list, where they are found without a look at all that comes later; None where they are not.

    It is for the plans of our own engine; another server is asked the question as it stands.
    """
    many = sum(window)
    nodes = first(store, query, terms, AMPLE * many + MORE) if isinstance(store, Embedded) else None
    if nodes is None:
        return None
    found: list[QuerySolution] = []
    for text in nodes.questions(query, terms, min(SOME, many)):
        found += rows(store, windowed(text, (0, many - len(found))))
        if len(found) == many:
            return found[window[0] :]
    # Where there are fewer, the nodes that were not looked at may have more.
    return found[window[0] :] if nodes.every else None


@dataclass(frozen=True)
class First:
    """The first nodes of a list, those together that have one place in its order; whether they are all there are, and whether
    it is what is kept that tells them.
    """

    groups: list[list[Term]]
    every: bool
    kept: bool

    def questions(self, query: Query, terms: Mapping[str, Terms], size: int) -> Iterator[str]:
        """The list asked about so many of them at a time."""
        # What stands in lines of its own narrows the nodes, and nothing but these.
        rest = {name: term for name, term in terms.items() if not (self.kept and name in query.lines)}
        return (binding.bind(query, {**rest, binding.BOUND: some}) for some in _parts(self.groups, size))


def first(store: Store, query: Query, terms: Mapping[str, Terms], most: int) -> First | None:
    """So many of the nodes of a list: by what is kept of it, or by the query that tells them; None when neither can tell."""
    word = terms.get(query.words or "")
    if isinstance(word, Literal) and not query.kept and (named := index.named(store, query, terms, word)) is not None:
        return First([[node] for node in named[: NAMED * most]], every=len(named) <= NAMED * most, kept=False)
    # Whether a node has the words is told by the query.
    rest = {name: term for name, term in terms.items() if name != query.words}
    try:
        kept = found = index.first(store, query, terms, most) if query.first else None
        if found is None and binding.begins(query, rest):
            found = Order(query).first(store, rest, most)
    except Unfit:
        return None
    if found is None or len({node for _, node in found}) < len(found):
        return None
    groups: list[list[Term]] = [[node for _, node in same] for _, same in groupby(found, key=itemgetter(0))]
    every = len(found) < most
    # The last of them may have more that are left out.
    return First(groups if every else groups[:-1], every, kept is not None)


def _parts(groups: Iterable[list[Term]], size: int) -> Iterator[list[Term]]:
    """So many nodes at a time, or fewer: all of a group together, however many these are."""
    part: list[Term] = []
    for group in groups:
        if part and len(part) + len(group) > size:
            yield part
            part = []
        part += group
    if part:
        yield part


def windowed(text: str, window: tuple[int, int]) -> str:
    """The text of a query with a part of its rows: the first, and how many."""
    return f"{text}\nLIMIT {window[1]} OFFSET {window[0]}"
