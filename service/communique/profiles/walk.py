"""Which nodes a profile tells of, a batch at a time, so that its query is always a small one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from pyoxigraph import NamedNode, Triple

from communique import binding, catalog
from communique.answer import CLASSES, require_known
from communique.content import Content
from communique.param import ATTACK
from communique.profiles import Profile
from communique.store import Store, rows
from communique.vocab import CMQ, ID, RDF

# Enough that a query's own cost is shared, few enough that its rows are few.
BATCH = 200


def told(store: Store, profile: Profile, nodes: Iterable[NamedNode]) -> Iterator[list[Any]]:
    """What the profile's query says of the nodes, batch by batch: triples in order, or solutions."""
    for batch in _batches(nodes):
        found = store.query(binding.bind(profile.query, {"node": batch}))
        items: list[Any] = list(found)  # type: ignore[arg-type]  # no profile is an ASK
        yield ordered(items) if items and isinstance(items[0], Triple) else items


def ordered(triples: Iterable[Triple]) -> list[Triple]:
    """Each triple once, a node's together, its classes first."""
    return sorted(
        set(triples), key=lambda t: (str(t.subject), t.predicate != RDF.type, str(t.predicate), str(t.object))
    )


def scope(store: Store, content: Content, profile: Profile, attack: NamedNode | None) -> Iterator[NamedNode]:
    """The nodes to tell of, by kind and IRI: all, or those of one attack. Raises NotFound for one that nobody knows."""
    if attack is None:
        return chain.from_iterable(_all(store, kind) for kind in profile.nodes)
    require_known(store, [ATTACK], {"attack": attack})
    found = _around(store, content, attack)
    return (node for kind in profile.nodes for node in found if node.value.startswith(f"{ID}{kind}/"))


def _all(store: Store, kind: str) -> list[NamedNode]:
    found = {row["node"] for row in rows(store, f"SELECT ?node WHERE {{ ?node a {CMQ[CLASSES[kind]]} }}")}
    return sorted((node for node in found if isinstance(node, NamedNode)), key=lambda node: node.value)


def _around(store: Store, content: Content, attack: NamedNode) -> list[NamedNode]:
    """An attack with its statements, those about them, and what all of these rest on and name."""
    queries = {path.stem: catalog.read(path) for path in content.scopes()}

    def asked(name: str, param: str, nodes: Iterable[NamedNode]) -> set[NamedNode]:
        texts = (binding.bind(queries[name], {param: batch}) for batch in _batches(nodes))
        found = {row["node"] for text in texts for row in rows(store, text)}
        return {node for node in found if isinstance(node, NamedNode)}

    statements = newer = asked("statements", "attack", [attack])
    while newer:
        newer = asked("replies", "statement", sorted(newer, key=str)) - statements
        statements |= newer
    return sorted({attack} | statements | asked("nodes", "statement", sorted(statements, key=str)), key=str)


def _batches(nodes: Iterable[NamedNode]) -> Iterator[list[NamedNode]]:
    waiting = iter(nodes)
    return iter(lambda: list(islice(waiting, BATCH)), [])
