"""Migrations: data that an older version of the ontology allowed, found and brought up to the present one.

A migration is two files in `ontology/migrations/OLD-NEW/`: NAME.detect.rq selects ?node and ?message, NAME.update.ru
is a SPARQL 1.1 update without GRAPH, so that it also runs on our Turtle in anybody's store. Both look at the triples
of one node at a time; so only the nodes that are found are read, whatever the size of the store.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import NamedNode, Quad

from communique import dump, following, load
from communique.compress import GZIP, PLAIN
from communique.computed import is_computed
from communique.content import Content, Migration, content_of
from communique.derive import derive, load_rules
from communique.errors import CommuniqueError, Fault, Faulty, Usage
from communique.media import Rdf
from communique.rdf import FORMATS, named, parse, routed
from communique.settings import settings_of
from communique.store import META, Change, Store, opening, placed, rows
from communique.store.embedded import Embedded
from communique.vocab import CODE, CODES, DERIVED

# What is never migrated, since it is made anew.
MADE = frozenset({META, DERIVED, CODES})

Add = Callable[[str, Callable[[argparse.Namespace], int], str, tuple[str, ...]], argparse.ArgumentParser]


def register(add: Add) -> None:
    """Add this verb to the command line."""
    made = add("migrate", _migrate, "bring a store or an RDF file up to this version's terms", ("store", "content"))
    made.add_argument("file", nargs="?", help="Turtle, N-Triples, N-Quads or TriG of an older version; else the store")
    made.add_argument("new", nargs="?", help="the file to write, in the format that its name ends in")


@dataclass
class Outcome:
    """What each migration found, node by node, and how the quads must change."""

    found: dict[str, dict[str, str]] = field(default_factory=dict)
    change: Change = field(default_factory=Change)

    def __str__(self) -> str:
        lines = [
            f"{name}: {node}: {message}"
            for name, nodes in self.found.items()
            for node, message in sorted(nodes.items())
        ]
        return "\n".join([*lines, f"{sum(map(len, self.found.values()))} nodes of an older version"])


def detect(store: Store, migration: Migration) -> dict[str, str]:
    """The nodes that need the migration, each with the reason."""
    text = migration.detect.read_text("utf-8")
    return {named(row["node"]).value: row["message"].value for row in rows(store, text)}


def plan(store: Store, content: Content) -> Outcome:
    """What the store needs, in the order of versions; nothing is written.

    Raises CommuniqueError when an update leaves what its detect query finds, so that nothing is half migrated.
    """
    outcome = Outcome()
    parts: dict[NamedNode, Embedded] = {}
    fetched: set[Quad] = set()
    for migration in content.migrations():
        found = detect(store, migration)
        new = {quad for node in found for quad in _own(store, NamedNode(node))} - fetched
        fetched |= new
        for quad in new:
            parts.setdefault(named(quad.graph_name), Embedded.memory()).engine.add(Quad(*quad.triple))
        for part in parts.values():
            found |= _updated(part, migration)
        if found:
            outcome.found[migration.name] = found
    after = {q for graph, part in parts.items() for q in placed((q.triple for q in part.engine), graph)}
    outcome.change = Change(fetched, after).settle()
    return outcome


def _own(store: Store, node: NamedNode) -> Iterator[Quad]:
    return (quad for quad in store.quads(None, node) if quad.graph_name not in MADE)


def _updated(part: Embedded, migration: Migration) -> dict[str, str]:
    """Migrate the nodes of one graph; which they were."""
    if found := detect(part, migration):
        part.engine.update(migration.update.read_text("utf-8"))
        if left := detect(part, migration):
            raise CommuniqueError(f"{migration.update} leaves {min(left)} as it was; nothing was changed")
    return found


def migrate_store(loader: load.Loader) -> Outcome:
    """Bring a store up to the loader's content: its nodes, the code lists, and everything that rules make."""
    outcome = plan(loader.store, loader.content)
    wanted = placed(parse(loader.content.schemes), CODES)
    lists = Change(set(loader.store.quads(CODES)), wanted).settle()
    outcome.change = Change(outcome.change.remove | lists.remove, outcome.change.add | lists.add)
    if outcome.change or outcome.found:
        # One transaction; a store that was stopped after it derives when it is opened.
        loader.store.commit(Change(outcome.change.remove, {*outcome.change.add, following.PENDING}))
        loader.rederive()
    return outcome


def migrate_file(content: Content, file: Path, new: Path) -> Outcome:
    """Write a file's data to a new one, brought up to date; Faulty, and nothing is written, when it cannot be read.

    Where the file has code lists or derived triples, the new one has those of this content.
    """
    form = _form(new)
    given = set(parse(file))
    if blank := next((t for t in given if not isinstance(t.subject, NamedNode)), None):
        raise Faulty([Fault(str(file), 1, "blank-node", f"data has no blank nodes: {blank.subject}")])
    store = Embedded.memory()
    data = {t for t in given if not is_computed(t) and not str(t.subject).startswith(f"<{CODE}")}
    store.engine.extend(q for q in routed(data) if q.graph_name != META)
    outcome = plan(store, content)
    store.commit(outcome.change)
    # Rules read the code lists.
    store.engine.extend(placed(parse(content.schemes), CODES))
    derived = derive(store, load_rules(content)).add if any(map(is_computed, given)) else set()
    if not any(str(t.subject).startswith(f"<{CODE}") for t in given):
        store.engine.remove_graph(CODES)
    store.engine.extend(derived)
    store.engine.remove_graph(META)
    dump.dump(store, form, new, GZIP if new.suffix == ".gz" else PLAIN)
    return outcome


def _form(file: Path) -> Rdf:
    suffix = Path(file.stem).suffix if file.suffix == ".gz" else file.suffix
    known = {form.engine: form for form in dump.FORMATS.values()}
    if suffix not in FORMATS:
        raise Usage(f"{file}: give the new file a name that ends in {', '.join(FORMATS)}")
    if file.exists():
        raise Usage(f"{file} is there already; it is not written over")
    return known[FORMATS[suffix]]


# -- the verb


def _migrate(given: argparse.Namespace) -> int:
    settings = settings_of(given)
    content = content_of(settings)
    if given.file:
        if not given.new:
            raise Usage("give the new file's name too; the old one stays as it is")
        print(f"{migrate_file(content, Path(given.file), Path(given.new))}; {given.new} written")
        return 0
    store = opening.writing(settings)
    outcome = migrate_store(load.Loader(store, content, lambda data, file: []))
    opening.publish(store)
    print(f"{outcome}; version {store.version}")
    return 0
