"""What has changed since a dump: the old one without what was removed and with what was added is the new one, exactly."""

from __future__ import annotations

import itertools
import shutil
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique import delta, dump, filling, load, media
from communique.cli import main
from communique.compress import GZIP, PACKINGS, PLAIN, ZSTD, Packing, unpacked
from communique.content import Content
from communique.store.embedded import Embedded
from communique.vocab import node
from conftest import TINY

PUT = "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1, 2, 'x\\ty'@en } <urn:d> <urn:b> 3 }"
CHANGES: dict[str, Callable[[load.Loader], object]] = {
    "nothing": lambda loader: None,
    "update": lambda loader: loader.store.update(PUT),
    "drop": lambda loader: loader.store.update("DROP GRAPH <https://w3id.org/communique/id/graph/derived>"),
    "everything": lambda loader: loader.store.update("DROP ALL"),
    "withdrawal": lambda loader: loader.withdraw(node("report", "alpha")),
    "rules": lambda loader: loader.rederive(),
}


@pytest.fixture
def loader(tiny: Content, tmp_path: Path) -> Iterator[load.Loader]:
    store = Embedded.open(tmp_path / "store", create=True)
    loader = load.Loader(store, tiny, lambda data, file: [])
    loader.vocabulary()
    assert not filling.load_all(loader, tiny.reports(), lambda name, became: None).refused
    yield loader
    assert store.folder


def read(file: Path) -> list[bytes]:
    with unpacked(file) as data:
        return data.read().splitlines(keepends=True)


def differ(old: Path, new: Path, folder: Path, packing: Packing = PLAIN) -> tuple[Path, Path]:
    files = folder / f"d.added.nq{packing.suffix}", folder / f"d.removed.nq{packing.suffix}"
    with delta.dumped(old) as before, delta.dumped(new) as after:
        delta.delta(before, after, files, packing)
    return files


def holds(old: Path, new: Path, added: Path, removed: Path) -> None:
    """By lines, and by what a store makes of them."""
    before, after, come, gone = (read(path) for path in (old, new, added, removed))
    assert set(gone) <= set(before)
    assert not set(come) & set(before)
    assert sorted(set(before) - set(gone) | set(come)) == sorted(after)
    store = ox.Store()
    store.extend(ox.parse(b"".join(before), format=ox.RdfFormat.N_QUADS))
    for quad in ox.parse(b"".join(gone), format=ox.RdfFormat.N_QUADS):
        store.remove(quad)
    store.extend(ox.parse(b"".join(come), format=ox.RdfFormat.N_QUADS))
    assert set(store) == set(ox.parse(b"".join(after), format=ox.RdfFormat.N_QUADS))


@pytest.mark.parametrize("name", CHANGES)
def test_old_and_delta_are_new(name: str, loader: load.Loader, tmp_path: Path) -> None:
    old, new = tmp_path / "old.nq", tmp_path / "new.nq.zst"
    dump.dump(loader.store, media.NQUADS, old)
    CHANGES[name](loader)
    dump.dump(loader.store, media.NQUADS, new, ZSTD)
    added, removed = differ(old, new, tmp_path)
    holds(old, new, added, removed)
    assert bool(read(added) or read(removed)) == (name not in ("nothing", "rules"))
    back = tmp_path / "back"
    back.mkdir()
    holds(new, old, *differ(new, old, back))


def test_a_report_that_is_replaced(loader: load.Loader, tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(TINY, content)
    report = content / "graph" / "reports" / "alpha.yaml"
    old, new = tmp_path / "old.nq", tmp_path / "new.nq"
    dump.dump(loader.store, media.NQUADS, old)
    text = report.read_text("utf-8")
    changed = text.replace("title: ", "title: Newer ", 1)
    assert changed != text
    report.write_text(changed, "utf-8")
    assert loader.report_file(report) == "replaced"
    dump.dump(loader.store, media.NQUADS, new)
    added, removed = differ(old, new, tmp_path)
    holds(old, new, added, removed)
    assert (len(read(added)), len(read(removed))) == (1, 1)


@given(
    st.lists(st.integers(0, 60), unique=True), st.lists(st.integers(0, 60), unique=True),
    st.integers(1, 7), st.integers(1, 7), st.booleans(),
)  # fmt: skip
def test_any_two_dumps(old: list[int], new: list[int], some: int, many: int, ordered: bool) -> None:
    """In any order and in pieces of any size; and the lines that are told keep the order they had."""
    if ordered:
        old, new = sorted(old), sorted(new)
    before, after = ([b"%d\n" % n for n in numbers] for numbers in (old, new))
    gone, come = delta.differing(_cut(before, some), _cut(after, many))
    assert list(gone) == [line for line in before if line not in after]
    assert list(come) == [line for line in after if line not in before]


def _cut(lines: list[bytes], size: int) -> Iterator[list[bytes]]:
    return iter([lines[at : at + size] for at in range(0, len(lines), size)])


def test_what_is_held_is_about_the_difference() -> None:
    """A block that only one has puts the two out of step, and nothing piles up behind it."""

    def numbered(*spans: range) -> Iterator[list[bytes]]:
        numbers = itertools.chain(*spans)
        while some := [b"<urn:node> <urn:says> <urn:%0100d> .\n" % n for n in itertools.islice(numbers, 500)]:
            yield some

    tracemalloc.start()
    try:
        gone, come = delta.differing(
            numbered(range(150_000)), numbered(range(5000), range(200_000, 203_000), range(5000, 149_000))
        )
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (len(gone), len(come)) == (1000, 3000)
    # All lines of one of them would be over 25 MB.
    assert held < 5_000_000, held


@pytest.mark.parametrize("packing", PACKINGS, ids=lambda packing: packing.name)
def test_the_command_line(
    packing: Packing, loader: load.Loader, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a dump of any packing; what it writes has checksums, and the store itself is dumped nowhere."""
    folder, flag = str(tmp_path / "store"), {PLAIN: (), GZIP: ("--gzip",), ZSTD: ("--zstd",)}[packing]
    store = loader.store
    assert isinstance(store, Embedded)
    store.publish()
    out = tmp_path / "out"
    out.mkdir()
    old, new = out / f"old.nq{packing.suffix}", out / "new.nq"
    assert main(["dump", "--store", folder, "--format", "nquads", *flag, str(old)]) == 0
    store.update(PUT)
    loader.withdraw(node("report", "alpha"))
    store.publish()
    assert main(["dump", "--store", folder, "--since", str(old), *flag, str(out / "d")]) == 0
    assert capsys.readouterr().out.endswith(f"to version {store.version}\n")
    assert main(["dump", "--store", folder, "--format", "nquads", str(new)]) == 0
    files = [out / f"d.{word}.nq{packing.suffix}" for word in ("added", "removed")]
    holds(old, new, files[0], files[1])
    names = {old.name, new.name, *(file.name for file in files)}
    assert {p.name for p in out.iterdir()} == names | {f"{name}.sha256" for name in names}


def test_what_is_no_dump_is_refused(loader: load.Loader, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "store")
    store = loader.store
    assert isinstance(store, Embedded)
    store.publish()
    turtle, cut, rotten = tmp_path / "a.ttl", tmp_path / "cut.nq", tmp_path / "rotten.nq.zst"
    dump.dump(store, media.TURTLE, turtle)
    dump.dump(store, media.NQUADS, cut)
    dump.dump(store, media.NQUADS, rotten, ZSTD)
    cut.write_bytes(cut.read_bytes()[:-7])
    rotten.write_bytes(rotten.read_bytes()[:-700])
    for wrong, code, words in (
        (str(turtle), 2, "is not a whole dump in N-Quads"), (str(cut), 2, "is not a whole dump in N-Quads"),
        (str(rotten), 2, "is damaged"), ("1-abc", 1, "no version is kept"), (str(tmp_path), 1, "no version is kept"),
    ):  # fmt: skip
        assert main(["dump", "--store", folder, "--since", wrong, str(tmp_path / "d")]) == code
        said = capsys.readouterr()
        assert said.out == ""
        assert words in said.err
        assert len(said.err.splitlines()) == 1
    assert not list(tmp_path.glob("d.*"))
    assert not list(tmp_path.glob(".d.*"))
    assert main(["dump", "--store", folder, "--since", str(cut), "--format", "turtle", str(tmp_path / "d")]) == 2
