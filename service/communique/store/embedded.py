"""The embedded store: Oxigraph in a folder, which one process writes; others read its newest snapshot."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad

from communique.errors import BadRequest, NotFound, Unavailable
from communique.store import META, UNION, Change, Dataset, Results, following, next_version, version_quad
from communique.tokens import has_word, with_dataset
from communique.vocab import OWL

EMPTY = "0-empty"
KEPT = 2  # a reader may be opening the last but one
POSITION = re.compile(r"at (\d+):(\d+)")


class Embedded:
    """An Oxigraph store: in memory, in a folder to be written, or a snapshot to be read."""

    def __init__(self, engine: ox.Store, folder: Path | None = None) -> None:
        self.engine = engine
        self.folder = folder
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
            if folder.exists() and any(folder.iterdir()):
                raise Unavailable(f"{folder} is neither empty nor a store")
            data.mkdir(parents=True)
        try:
            return cls(ox.Store(str(data)), folder)
        except OSError as error:
            raise Unavailable(f"the store in {folder} cannot be opened: {_first_line(error)}") from error

    @classmethod
    def snapshot(cls, folder: Path) -> Embedded:
        """The newest published snapshot of the store in `folder`, read-only, beside any writer."""
        published = _snapshots(folder)
        if not published:
            raise NotFound(f"there is no store in {folder}")
        try:
            return cls(ox.Store.read_only(str(published[-1])))
        except OSError as error:
            raise Unavailable(f"the store in {folder} cannot be read: {_first_line(error)}") from error

    @property
    def version(self) -> str:
        return self._version

    def query(self, text: str, dataset: Dataset = UNION) -> Results:
        try:
            if not dataset.default and not dataset.named:
                # The engine's union would override the dataset that the query itself names with FROM.
                union = dataset.union and not has_word(text, "FROM")
                return self.engine.query(text, use_default_graph_as_union=union)
            # A protocol dataset is whole: what it does not name is not there.
            return self.engine.query(text, default_graph=list(dataset.default), named_graphs=list(dataset.named))
        except SyntaxError as error:
            raise BadRequest(f"not a SPARQL 1.1 query: {error.msg}", **_position(error.msg)) from error

    def quads(self, graph: NamedNode, subject: NamedNode | None = None) -> Iterator[Quad]:
        return self.engine.quads_for_pattern(subject, None, None, graph)

    def graphs(self) -> list[NamedNode]:
        found = (g for g in self.engine.named_graphs() if isinstance(g, NamedNode) and g != META)
        return sorted(found, key=lambda g: g.value)

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
            return version

    def update(self, text: str, dataset: Dataset = UNION) -> str:
        whole = with_dataset(text, dataset.default, dataset.named)
        try:
            # Read alone first, so that an open string or brace cannot swallow what is put behind it.
            ox.Store().update(whole)
            with self.lock:
                version = following(self._version, whole)
                old = f"DELETE WHERE {{ GRAPH {META} {{ {META} {OWL.versionInfo} ?version }} }}"
                self.engine.update(f"{whole}\n;\n{old} ;\nINSERT DATA {{ {_block([version_quad(version)])} }}")
                self._version = version
                return version
        except SyntaxError as error:
            raise BadRequest(f"not a SPARQL 1.1 update: {error.msg}", **_position(error.msg)) from error

    def publish(self) -> None:
        """Make the present state a snapshot that reading verbs open; hard links, so it costs no space."""
        if self.folder is None:
            return
        snapshots = self.folder / "snapshots"
        snapshots.mkdir(exist_ok=True)
        target = snapshots / f"{int(self._version.partition('-')[0]):012d}"
        if target.exists():
            return
        self.engine.flush()
        draft = snapshots / f".{target.name}"
        shutil.rmtree(draft, ignore_errors=True)
        self.engine.backup(str(draft))
        draft.rename(target)
        for old in _snapshots(self.folder)[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)

    def _stored_version(self) -> str:
        found = next(self.engine.quads_for_pattern(META, OWL.versionInfo, None, META), None)
        return found.object.value if found and isinstance(found.object, Literal) else EMPTY


def _snapshots(folder: Path) -> list[Path]:
    return sorted(p for p in (folder / "snapshots").glob("[0-9]*") if p.is_dir())


def _block(quads: Iterable[Quad]) -> str:
    return "\n".join(f"GRAPH {q.graph_name} {{ {q.triple} }}" for q in quads)


def _position(message: str) -> dict[str, object]:
    found = POSITION.search(message)
    return {"line": int(found[1]), "column": int(found[2])} if found else {}


def _first_line(error: OSError) -> str:
    return str(error).splitlines()[0]
