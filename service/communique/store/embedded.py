"""The embedded store: Oxigraph in a folder, which one process writes; others read its newest snapshot."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from communique.errors import BadRequest, NotFound, Unavailable
from communique.store import (
    EMPTY,
    META,
    UNION,
    Change,
    Dataset,
    GraphName,
    Results,
    following,
    next_version,
    renewed,
    version_quad,
)
from communique.vocab import OWL

KEPT = 2  # a reader may be opening the last but one
POSITION = re.compile(r"at (\d+):(\d+)")


class Embedded:
    """An Oxigraph store: in memory, in a folder to be written, or a snapshot to be read."""

    def __init__(self, engine: ox.Store, folder: Path | None = None, beside: Path | None = None) -> None:
        self.engine = engine
        self.folder = folder
        # The folder of the store that it is a snapshot of.
        self.beside = beside
        # Hears of each commit, once it is made; None for one of which it is not known what it changed.
        self.heard: Callable[[Change | None], None] = lambda change: None
        self.lock = threading.Lock()
        self._version = self._stored_version()

    @classmethod
    def memory(cls) -> Embedded:
        return cls(ox.Store())

    @classmethod
    def open(cls, folder: Path, *, create: bool = False) -> Embedded:
        """The store in `folder`, to be written; NotFound without `create` when there is none."""
        data = folder / "data"
        if not data.is_dir():
            if not create:
                raise NotFound(f"there is no store in {folder}")
            if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise Unavailable(f"{folder} is neither empty nor a store")
            data.mkdir(parents=True)
        elif not (data / "CURRENT").is_file() and (any(data.iterdir()) or _snapshots(folder)):
            # The engine would begin an empty store there.
            raise Unavailable(f"the store in {folder} is damaged: {data} has no file CURRENT")
        try:
            store = cls(ox.Store(str(data)), folder)
        except (OSError, RuntimeError) as error:
            # The engine's word for a file that another process has locked.
            why = "another process has it, perhaps a server" if "lock file" in str(error) else first_line(error)
            raise Unavailable(f"the store in {folder} cannot be opened: {why}") from error
        if (published := _snapshots(folder)) and count_of(store.version) < int(published[-1].name):
            newer = f"it is at version {store.version}, older than its snapshot {published[-1].name}"
            raise Unavailable(
                f"the store in {folder} has lost writes: {newer}; restore a backup, or remove its snapshots"
            )
        return store

    @classmethod
    def snapshot(cls, folder: Path) -> Embedded:
        """The newest published snapshot of the store in `folder`, read-only, beside any writer."""
        published = newest(folder)
        try:
            store = cls.published(published)
        except (OSError, RuntimeError) as error:
            raise Unavailable(f"the store in {folder} cannot be read: {first_line(error)}") from error
        if count_of(store.version) != int(published.name):
            raise Unavailable(f"the store in {folder} is damaged: {published} is of version {store.version}")
        return store

    @classmethod
    def published(cls, path: Path) -> Embedded:
        """A snapshot that was published, read-only. OSError or RuntimeError when it cannot be opened."""
        return cls(ox.Store.read_only(str(path)), beside=path.parent.parent)

    @property
    def version(self) -> str:
        return self._version

    def query(self, text: str, dataset: Dataset = UNION) -> Results:
        # Who only reads quads needs no lexer, which takes as long to make as all else that is imported for the engine.
        from communique.tokens import any_graph, has_word

        try:
            if not dataset.default and not dataset.named:
                # The engine's union would override the dataset that the query itself names with FROM.
                own = has_word(text, "FROM")
                union = dataset.union and not own
                # Where the engine's dataset is asked as it is, our own graph is no part of it.
                named = None if union or own or not any_graph(text) else self._given()
                return self.engine.query(
                    text, base_iri=dataset.base or None, use_default_graph_as_union=union, named_graphs=named
                )
            # A protocol dataset is whole: what it does not name is not there.
            return self.engine.query(
                text,
                base_iri=dataset.base or None,
                default_graph=list(dataset.default),
                named_graphs=list(dataset.named),
            )
        except SyntaxError as error:
            raise BadRequest(f"not a SPARQL 1.1 query: {error.msg}", **_position(error.msg)) from error
        except RuntimeError as error:
            # Well written, and of a function that nobody here has: the engine tells before it begins.
            if "is not supported" not in str(error):
                raise
            raise BadRequest(f"this query cannot be answered: {error}") from error

    def quads(self, graph: GraphName | None, subject: NamedNode | None = None) -> Iterator[Quad]:
        return self.engine.quads_for_pattern(subject, None, None, graph)

    def about(self, graph: NamedNode, subjects: Iterable[NamedNode]) -> Iterator[Quad]:
        return (quad for subject in subjects for quad in self.quads(graph, subject))

    def _given(self) -> list[NamedNode | BlankNode]:
        """Every named graph but our own."""
        return [graph for graph in self.engine.named_graphs() if graph != META]

    def graphs(self) -> list[NamedNode]:
        found = (g for g in self.engine.named_graphs() if isinstance(g, NamedNode) and g != META)
        return sorted(found, key=lambda g: g.value)

    def pinned(self) -> Embedded:
        """Itself: whoever has it in its own process writes to it, or nobody does."""
        return self

    def ruled(self) -> Embedded:
        return self

    def commit(self, change: Change) -> str:
        with self.lock:
            change = change.settle()
            if not change:
                return self._version
            version = next_version(self._version, change)
            remove, add = set(change.remove), {*change.add, version_quad(version)}
            if self._version != EMPTY:
                remove.add(version_quad(self._version))
            # One update request is one transaction of the engine.
            self.engine.update(f"DELETE DATA {{ {_block(remove)} }} ; INSERT DATA {{ {_block(add)} }}")
            self._version = version
            self.heard(change)
            return version

    def update(self, text: str, dataset: Dataset = UNION) -> str:
        from communique.tokens import and_then, with_dataset

        whole = with_dataset(text, dataset.default, dataset.named)
        try:
            with self.lock:
                version = following(self._version, whole)
                # Whatever the update did there, our own graph holds what it held, and the new version.
                own = renewed(self.quads(META), version)
                kept = f"DROP SILENT GRAPH {META} ; INSERT DATA {{ {_block(own)} }}"
                self.engine.update(and_then(whole, kept), base_iri=dataset.base or None)
                self._version = version
                self.heard(None)
                return version
        except SyntaxError as error:
            raise BadRequest(f"not a SPARQL 1.1 update: {error.msg}", **_position(error.msg)) from error
        except RuntimeError as error:
            # The update is well written, and cannot be done: a graph that is not there, or is there already.
            raise BadRequest(f"the update failed, and changed nothing: {error}") from error

    def publish(self) -> Path | None:
        """Make the present state a snapshot that reading verbs open; hard links, so it costs no space.

        Where the snapshot is; None for a store in memory.
        """
        if self.folder is None:
            return None
        snapshots = self.folder / "snapshots"
        snapshots.mkdir(exist_ok=True)
        target = snapshots / f"{count_of(self._version):012d}"
        if target.exists():
            return target
        draft = snapshots / f".{target.name}"
        shutil.rmtree(draft, ignore_errors=True)
        self.engine.backup(str(draft))
        draft.rename(target)
        for old in _snapshots(self.folder)[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        return target

    def _stored_version(self) -> str:
        found = next(self.engine.quads_for_pattern(META, OWL.versionInfo, None, META), None)
        return found.object.value if found and isinstance(found.object, Literal) else EMPTY


def newest(folder: Path) -> Path:
    """The newest published snapshot of the store in `folder`; a writer keeps it until there are newer ones."""
    published = _snapshots(folder)
    if not published:
        raise NotFound(f"there is no store in {folder}")
    return published[-1]


def _snapshots(folder: Path) -> list[Path]:
    return sorted(p for p in (folder / "snapshots").glob("[0-9]*") if p.is_dir())


def _block(quads: Iterable[Quad]) -> str:
    return "\n".join(f"GRAPH {q.graph_name} {{ {q.triple} }}" for q in quads)


def _position(message: str) -> dict[str, object]:
    found = POSITION.search(message)
    return {"line": int(found[1]), "column": int(found[2])} if found else {}


def count_of(version: str) -> int:
    """How many commits a version counts; its snapshot is named for it."""
    return int(version.partition("-")[0])


def first_line(error: BaseException) -> str:
    """What the engine says of a file, in one line: it has an OSError, or a RuntimeError for a damaged one."""
    return (str(error).splitlines() or [type(error).__name__])[0]
