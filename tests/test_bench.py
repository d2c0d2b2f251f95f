"""The benchmark: the same questions for the same seed, nothing timed that is not equal, every line of its table."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest

from communique import catalog
from communique.bench import equal, figures, gauge, growth, make, ours, paper, profile, task
from communique.bench.ask import bare, look_up
from communique.bench.client import Client
from communique.bench.driver import drive, read
from communique.bench.ground import size
from communique.bench.mix import LISTS, NAMED, WHOLE, Mix
from communique.bench.oxigraph import Oxigraph
from communique.bench.request import NTRIPLES, RESULTS, get
from communique.bench.rival import Server, filled
from communique.bench.rows import rows
from communique.bench.world import World
from communique.content import Content
from communique.errors import Unavailable
from conftest import communique

WORLD = World(5, 12)
TOLD = """Running 1s test @ http://127.0.0.1:1/
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.51ms    1.12ms  20.11ms   90.01%
  5004 requests in 1.10s, 2.01MB read
  Non-2xx or 3xx responses: 4
Requests/sec:   4550.00
{"requests":5004,"microseconds":1100000,"bytes":2107638,"p50":1510,"p99":20110,"status":4,"connect":0,"read":0,"write":0,"timeout":2}
"""


@pytest.fixture(scope="module")
def mix(content: Content) -> Mix:
    return Mix(WORLD, catalog.load(content))


@pytest.fixture(scope="module")
def made(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench") / "world"
    list(make.whole(WORLD, content, folder, ("store", "nquads")))
    return folder


@pytest.fixture(scope="module")
def server(made: Path) -> Iterator[Server]:
    with stopping(ours.start(ours.copied(made / "store", made.parent / "ours"))) as running:
        yield running


@contextmanager
def stopping(running: Server) -> Iterator[Server]:
    try:
        yield running
    finally:
        running.stop()


def oxigraph(folder: Path, quads: Path) -> Server:
    return Oxigraph().start(filled(Oxigraph(), folder, quads))


def wrk() -> None:
    if not shutil.which("wrk"):
        pytest.skip("wrk is not on this machine: install Debian's wrk")


# -- what is asked


@pytest.mark.parametrize("name", ["mix", *WHOLE])
def test_the_mix_is_the_same_for_the_same_seed(mix: Mix, name: str) -> None:
    assert mix.of(name) == Mix(World(5, 12), mix.catalog).of(name)
    assert mix.of(name) != Mix(World(6, 12), mix.catalog).of(name)


def test_the_whole_mix_has_some_of_all(mix: Mix) -> None:
    kinds = {ask.kind for ask in mix.of("mix")}
    assert {"ledger", "search", "page of event"} <= kinds
    assert kinds & NAMED.keys()
    assert kinds & LISTS.keys()


def test_some_are_asked_about_far_more_often(mix: Mix) -> None:
    paths = [ask.path for ask in mix.of("ledger")]
    assert max(map(paths.count, paths)) > 3 * len(paths) / WORLD.attacks


def test_a_text_without_its_comments_is_the_same_query(mix: Mix) -> None:
    for query in mix.catalog.queries.values():
        assert "#+" not in bare(query.text)
        kept = [line for line in query.text.splitlines() if not line.startswith("#")]
        assert bare(query.text).splitlines() == kept
        ox.Store().query(bare(query.text))


def test_every_named_query_is_asked_in_both_worlds(mix: Mix) -> None:
    """Whatever its parameters are, there is a value for each, of the right type."""
    statements = [f"{number:064x}" for number in range(growth.KEYS)]
    peers = growth.Peers(WORLD, statements)
    for query in mix.catalog.queries.values():
        for case in growth.cases(query):
            for number in range(growth.KEYS):
                assert query.typed(case.given(peers, number)).keys() == {p.name for p in case.asked}, case.name


def test_peers_are_of_like_weight_in_any_world() -> None:
    for attacks in (4000, 40_000):
        peers = growth.Peers(World(1, attacks), [])
        names = peers.world.cast.groups
        rank = names.index(peers.named(names, 0)) + 1
        harmonic = sum(1 / n for n in range(1, len(names) + 1))
        assert attacks / (rank * harmonic) == pytest.approx(growth.WEIGHTS[0], rel=0.1)


def test_sizes_are_told_as_people_say_them() -> None:
    assert [size(n) for n in (100_000, 1_000_000, 10_000_000, 1234)] == ["100k", "1m", "10m", "1234"]


# -- equal answers


@pytest.mark.later
def test_the_same_data_gives_the_same_answers(mix: Mix, made: Path, server: Server) -> None:
    sample = equal.sample(mix.of("mix"), 1)
    with stopping(oxigraph(made.parent, made / "world.nq")) as other:
        assert equal.require(other, sample, equal.ours(server, sample)) >= len(sample)


def test_a_planted_difference_is_caught(made: Path, server: Server, tmp_path: Path) -> None:
    """One quote of the data is another: whoever asks for it is told so, with both."""
    lines = (made / "world.nq").read_bytes().splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if b"/ns#quote>" in line)
    subject = lines[place].split(b" ", 1)[0].decode()
    lines[place] = lines[place].replace(b'> "', b'> "Not so. ', 1)
    (tmp_path / "world.nq").write_bytes(b"".join(lines))
    text = f"SELECT ?quote WHERE {{ {subject} <https://w3id.org/communique/ns#quote> ?quote }}"
    asks = [look_up("planted", text)]
    with stopping(oxigraph(tmp_path, tmp_path / "world.nq")) as other, pytest.raises(equal.Different, match="Not so"):
        equal.require(other, asks, equal.ours(server, asks))


def test_rows_are_compared_by_value_whatever_their_order() -> None:
    def answer(*rows: dict[str, dict[str, str]]) -> equal.Rows:
        return equal.rows(json.dumps({"results": {"bindings": rows}}).encode(), RESULTS)

    xsd = "http://www.w3.org/2001/XMLSchema#"
    one = {"n": {"type": "literal", "value": "1.50", "datatype": f"{xsd}decimal"}}
    same = {"n": {"type": "typed-literal", "value": "1.5", "datatype": f"{xsd}decimal"}}
    other = {"n": {"type": "literal", "value": "1.50"}}
    assert answer(one, other) == answer(other, same)
    assert answer(one) != answer(other)
    assert answer(one, one) != answer(one)
    now, then = (
        {"t": {"type": "literal", "value": f"2021-03-15T00:00:00{z}", "datatype": f"{xsd}dateTime"}}
        for z in ("Z", "+00:00")
    )
    assert answer(now) == answer(then)
    yes, digit = (
        {"b": {"type": "literal", "value": "true", "datatype": f"{xsd}boolean"}},
        {"b": {"type": "literal", "value": "1", "datatype": f"{xsd}integer"}},
    )
    assert answer(yes) == answer(digit)
    assert equal.rows(b'<urn:a> <urn:b> "x"@EN .', NTRIPLES) == equal.rows(b'<urn:a> <urn:b> "x"@en .', NTRIPLES)
    assert equal.rows(b'<urn:a> <urn:b> "x"@en .', NTRIPLES) != equal.rows(b'<urn:a> <urn:b> "x" .', NTRIPLES)


# -- the driver and the gauges


def test_what_wrk_tells_is_read() -> None:
    """An error status is no answer."""
    load = read(TOLD)
    assert (load.answers, load.seconds, load.p50, load.p99) == (5000, 1.1, 1.51, 20.11)
    assert load.rate == pytest.approx(5000 / 1.1)
    assert load.failures == {"status": 4, "timeout": 2}
    with pytest.raises(Unavailable, match="wrk told nothing"):
        read("unable to connect")


def test_wrk_sends_our_requests_and_counts_their_answers(server: Server) -> None:
    wrk()
    good, bad = get("/healthz"), get("/api/attacks/nowhere")
    assert drive(server.port, [good], 2, 1).failures == {}
    mixed = drive(server.port, [good, bad], 1, 1)
    assert mixed.answers == pytest.approx(mixed.failures["status"], abs=1)


def test_cpu_and_memory_are_those_of_a_whole_tree() -> None:
    """A child that a process started is counted with it, living or ended."""
    child = "x = bytearray(60_000_000); [n * n for n in range(3_000_000)]; print('made', flush=True); input()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "made\n"
        assert len(gauge.tree(process.pid)) == 2
        assert gauge.memory(process.pid) > 60_000_000
        assert gauge.cpu(process.pid) > 0.02
        assert gauge.rest(process.pid, 20)
        process.communicate("\n")


def test_what_a_command_took_is_told(tmp_path: Path) -> None:
    held = "import time; x = bytearray(80_000_000); time.sleep(0.5)"
    took = task.do([sys.executable, "-c", held], tmp_path / "log", 60)
    assert took.seconds > 0.5
    assert 80_000_000 < took.memory < 200_000_000


def test_a_command_that_fails_or_takes_too_long_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no such thing"):
        task.do([sys.executable, "-c", "raise SystemExit('no such thing')"], tmp_path / "log", 60)
    with pytest.raises(task.TooLong):
        task.do([sys.executable, "-c", "input() if 0 else __import__('time').sleep(60)"], tmp_path / "log", 0.2)


def test_a_client_opens_again_what_the_server_has_closed(server: Server) -> None:
    with Client(server.port) as client:
        assert client.send(get("/healthz")).status == 200
        assert client.socket
        client.socket.shutdown(socket.SHUT_RDWR)
        assert client.send(get("/healthz")).status == 200


# -- figures


def test_ratios_are_those_within_a_round() -> None:
    mine = [{"round": 0, "rate": 10, "seconds": 1}, {"round": 1, "rate": 2, "seconds": 1}]
    theirs = [{"round": 0, "rate": 5, "seconds": 1}, {"round": 1, "rate": 1, "seconds": 1}]
    found = figures.ratios(mine, theirs, "rate")
    assert found == figures.Figure(2, 2, 2)
    nothing = [{"round": 0, "rate": 0, "seconds": 2}]
    assert figures.ratios(mine[:1], nothing, "rate") == figures.Figure(20, 20, 20)


def test_percentiles_are_by_nearest_rank() -> None:
    assert [figures.percentile(range(1, 101), share) for share in (0.5, 0.99, 1.0)] == [50, 99, 100]
    assert figures.percentile([7.0], 0.5) == 7.0
    assert figures.percentile([3.0, 1.0, 2.0], 0.5) == 2.0


def test_looks_are_counted_by_process_and_function() -> None:
    """What py-spy writes: a stack with its processes first, and how often it was seen."""
    lines = [
        'process 5:"python -m communique";run (app.py);ask (a b.py) 3',
        'process 5:"python -m communique";process 9:"python; -c";serve (reading.py);query (/x/embedded.py) 4',
        'process 5:"python -m communique";process 7:"python -c";serve (reading.py);query (/x/embedded.py) 2',
    ]
    assert profile._counted(lines) == {("listener", "ask (a b.py)"): 3, ("workers", "query (embedded.py)"): 6}


# -- all of it


@pytest.mark.longer
def test_a_small_benchmark_gives_every_line(tmp_path: Path) -> None:
    """Every part, in two worlds; and a part that is asked for again takes the place of its first figures."""
    wrk()
    out, written = tmp_path / "bench.json", tmp_path / "page.md"
    common = ["bench", "--folder", str(tmp_path / "worlds"), "--out", str(out), "--seconds", "1", "--rounds", "1"]
    done = communique(*common, "--triples", "1500", "3000", "--rivals", "oxigraph", "--page", str(written))
    assert done.returncode == 0, done.stderr
    runs = json.loads(out.read_text("utf-8"))
    assert {run["part"] for run in runs.values()} == {
        "starts",
        "reads",
        "writes",
        "dumps",
        "quads",
        "reports",
        "growth",
        "profile",
    }
    lines = rows(runs)
    assert not [line for line in lines if line.got == "not measured"]
    told = {line.what.split(",")[0] for line in lines}
    assert told >= {
        "repeated reads", "conditional reads (304)", "uncached SPARQL in killable workers", "uncached SPARQL", "uncached ledger",
        "memory", "named queries", "bulk load of reports through validation", "bulk load of our own N-Quads dump",
        "write of one report", "dump as Turtle", "start to first answer",
    }  # fmt: skip
    assert paper.table(lines) in written.read_text("utf-8")
    assert str(tmp_path) not in written.read_text("utf-8")
    again = communique(*common, "--triples", "1500", "--only", "writes")
    assert again.returncode == 0, again.stderr
    after = json.loads(out.read_text("utf-8"))
    assert after.keys() == runs.keys()
    assert after["writes 1500"]["when"] > runs["writes 1500"]["when"]
    assert after["reads 1500"] == runs["reads 1500"]
