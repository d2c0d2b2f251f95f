"""How long each named query takes on each engine: `make stores-table`, one run, requests interleaved, medians.

Every engine answers over HTTP from the same Turtle dump: ours by /sparql of `communique serve`, the others by their own
endpoints. A first request, in which an engine may compile or warm up, is told apart from the rest.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from _pytest.outcomes import Skipped

import stores
from communique import binding, catalog
from communique.content import open_content
from conftest import ROOT, Server, communique

OURS = "ours"
SECONDS = 120
# One for all: a client of its own for each request would take longer than many an answer.
CLIENT = httpx.Client(timeout=SECONDS)
Times = dict[tuple[str, str], list[float]]


def main() -> None:
    asked = arguments()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as started:
        filled = store(Path(folder), asked.triples)
        engines = {OURS: started.enter_context(ours(filled))}
        for name in asked.stores:
            engines |= started.enter_context(other(name, Path(folder), dumped(filled)))
        texts = {q.name: binding.bind(q, q.typed(q.example)) for q in catalog.load(open_content(ROOT)).queries.values()}
        print(table(measured(engines, texts, asked.rounds), list(engines), list(texts)))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "stores", nargs="*", default=list(stores.STARTS), help="which other stores; all when none is named"
    )
    parser.add_argument("--triples", type=int, default=0, help="how many made-up triples beside the curated graph")
    parser.add_argument("--rounds", type=int, default=5, help="how often each query is asked, after a first time")
    return parser.parse_args()


def run(*command: str | Path) -> None:
    done = communique(*map(str, command))
    if done.returncode:
        raise SystemExit(done.stderr)


def store(folder: Path, triples: int) -> Path:
    """A store of ours with the curated graph, and so many made-up triples beside it."""
    if triples:
        run("bench", "--make", folder / "world", "--triples", str(triples), "--form", "store")
    place = folder / "world" / "store"
    run("load", "--store", place)
    return place


def dumped(place: Path) -> Path:
    file = place.parent / "communique.ttl"
    if not file.exists():
        run("dump", "--store", place, "--format", "turtle", file)
    return file


@contextmanager
def ours(place: Path) -> Iterator[Callable[[str], int]]:
    server = Server("--store", str(place), COMMUNIQUE_QUERY_SECONDS=str(SECONDS))
    count = 0

    def ask(text: str) -> int:
        # Each text is new, or it would be answered from memory.
        nonlocal count
        count += 1
        return size(str(server.client.base_url.join("/sparql")), f"{text}\n# {count}")

    try:
        yield ask
    finally:
        server.stop()


@contextmanager
def other(name: str, folder: Path, dump: Path) -> Iterator[dict[str, Callable[[str], int]]]:
    """An engine by its name; none, and a word about it, where this machine lacks it."""
    (folder / name).mkdir()
    try:
        running = stores.start(name, folder / name)
    except Skipped as missing:
        print(missing)
        yield {}
        return
    try:
        running.load(dump)
        yield {name: lambda text: size(running.query, text)}
    finally:
        running.stop()


def size(address: str, text: str) -> int:
    """The number of rows of an answer that is read to its end."""
    accept = {"accept": "application/sparql-results+xml"}
    answer = CLIENT.post(address, data={"query": text}, headers=accept)
    answer.raise_for_status()
    return answer.text.count("<result>") + answer.text.count("<result ")


def measured(engines: dict[str, Callable[[str], int]], texts: dict[str, str], rounds: int) -> Times:
    """The milliseconds of each request, engine by engine in turn, so that all meet the same weather."""
    times: Times = {}
    for _ in range(rounds + 1):
        for query, text in texts.items():
            counts = {name: timed(times.setdefault((name, query), []), ask, text) for name, ask in engines.items()}
            if len(set(counts.values()) - {None}) > 1:
                print(f"{query}: not the same number of rows: {counts}")
    return times


def timed(times: list[float], ask: Callable[[str], int], text: str) -> int | None:
    """Ask once more, unless it has failed before; a failure counts as endless."""
    if float("inf") in times:
        return None
    start = time.perf_counter()
    try:
        rows = ask(text)
    except httpx.HTTPError as error:
        print(f"{type(error).__name__}: {str(error)[:200]}")
        times.append(float("inf"))
        return None
    times.append((time.perf_counter() - start) * 1000)
    return rows


def table(times: Times, engines: list[str], queries: list[str]) -> str:
    """Markdown: milliseconds, medians of all but the first request."""
    head = ["| query |" + "".join(f" {name} |" for name in engines), "| --- |" + " ---: |" * len(engines)]
    lines = [f"| {query} |" + "".join(f" {cell(times[name, query][1:])} |" for name in engines) for query in queries]
    return "\n".join([*head, *lines, *totals(times, engines, queries)])


def totals(times: Times, engines: list[str], queries: list[str]) -> list[str]:
    later = (cell([statistics.median(times[n, q][1:] or [float("inf")]) for q in queries]) for n in engines)
    first = (cell([times[n, q][0] for q in queries]) for n in engines)
    return [
        "| *median query* | " + " | ".join(later) + " |",
        "| *median query, first time* | " + " | ".join(first) + " |",
    ]


def cell(times: list[float]) -> str:
    median = statistics.median(times or [float("inf")])
    return "failed" if median == float("inf") else f"{median:.0f}" if median >= 10 else f"{median:.1f}"


if __name__ == "__main__":
    main()
