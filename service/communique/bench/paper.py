"""The results for a reader: the table on the terminal, and the page in the repository."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from communique.bench.figures import chosen, number, values
from communique.bench.ground import Sample
from communique.bench.rows import MEGA, Row, rows
from communique.bench.run import GROWTH, Runs

HEAD = """\
# Benchmark

What `make bench` measured last, on the machine named below. How it is done, so that anyone can do it again:

- The data is a made world in the real vocabulary, through the real report model, the same for the same seed. Sizes count
  derived triples. Every store has the same triples.
- Questions are fixed mixes with Zipf-distributed keys. What we answer at an address, others are asked as the SPARQL that
  says the same; a sample of every kind of question is compared, row by row, before anything is timed.
- The load comes from wrk with one thread, over loopback, on the same cores. Servers take turns, round by round; ratios
  are those within a round, and a spread is the least and the most of the rounds.
- Latencies are wrk's, of one request. A ledger is one request to us; to others it is its queries, one after another over
  connections that stay open, and their latencies are of one such query.
- CPU is of a server's whole process tree. Memory is its proportional set size, so that a shared page counts once.
- Oxigraph writes Turtle of one graph, so for the dump it has loaded ours into one; both write the same triples.
- A write counts from the first byte sent until another client, which asks when the write is acknowledged, has read it.
"""


def table(found: Sequence[Row]) -> str:
    """Markdown that can be read as it is."""
    head = ["what", "triples", "against", "to reach", "measured", "reached"]
    lines = [[r.what, f"{r.triples:,}", r.against, r.need, r.got, _yes(r.reached)] for r in found]
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    rule = ["-" * width for width in widths]
    return "\n".join(_line(cells, widths) for cells in (head, rule, *lines))


def page(runs: Runs) -> str:
    """The page of all that was measured."""
    parts = [HEAD, "## What was to be reached\n", table(rows(runs)), "", *_conditions(runs)]
    for run in sorted(runs.values(), key=lambda run: (run["triples"], run["part"])):
        if detail := DETAILS.get(run["part"]):
            parts += [f"## {detail[0]}, {run['triples']:,} triples\n", *detail[1](run["samples"]), ""]
    return "\n".join(parts).rstrip() + "\n"


def _yes(reached: bool | None) -> str:
    return "" if reached is None else "yes" if reached else "no"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return f"| {' | '.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))} |"


def _conditions(runs: Runs) -> Iterator[str]:
    """The machine, versions and settings; each once, however many parts it was the same for."""
    yield "## Measured on\n"
    for machine in _distinct(run["machine"] for run in runs.values()):
        memory = machine["memory"] / 2**30
        yield f"- {machine['processor']}, {machine['cores']} cores, {memory:.0f} GiB; {machine['system']}; Python {machine['python']}"
    for name, told in _distinct(item for run in runs.values() for item in run["versions"].items()):
        yield f"- {name}: {told}"
    yield ""
    for name, told in _distinct(item for run in runs.values() for item in run["settings"].items()):
        yield f"- {name}: {told}"
    yield ""
    yield "| part | triples | when | seconds of a load | rounds |"
    yield "| --- | ---: | --- | ---: | ---: |"
    for run in sorted(runs.values(), key=lambda run: (run["triples"], run["part"])):
        yield f"| {run['part']} | {run['triples']:,} | {run['when']} | {run['seconds']} | {run['rounds']} |"
    yield ""


def _distinct(found: Any) -> list[Any]:
    seen: list[Any] = []
    for one in found:
        if one not in seen:
            seen.append(one)
    return seen


def _reads(samples: Sequence[Sample]) -> Iterator[str]:
    yield "| mix | who | connections | requests/s | p50 ms | p99 ms | CPU ms a request | failures |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    keys = dict.fromkeys((s["group"], s["who"], s["connections"]) for s in samples if "rate" in s)
    for group, who, connections in keys:
        found = chosen(samples, group=group, who=who, connections=connections)
        cells = [values(found, field) for field in ("rate", "p50", "p99", "cpu")]
        failed = sum(sum(sample["failures"].values()) for sample in found)
        told = " | ".join(cell.told(number) if cell else "" for cell in cells)
        yield f"| {group} | {who} | {connections} | {told} | {failed or ''} |"
    yield ""
    yield "| memory after all mixes | MB |"
    yield "| --- | ---: |"
    for sample in chosen(samples, group="memory"):
        yield f"| {sample['who']} | {sample['memory'] / MEGA:,.0f} |"


def _growth(samples: Sequence[Sample]) -> Iterator[str]:
    yield f"| named query | kind | ms at {samples[0]['from']:,} | ms here | times | bytes there | bytes here | failures |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for query in dict.fromkeys(sample["query"] for sample in samples):
        found = chosen(samples, query=query)
        cells = [values(found, name) for name in ("before", "after")]
        ratio = values([{"ratio": s["after"] / s["before"]} for s in found], "ratio")
        told = " | ".join(cell.told(number) if cell else "" for cell in [*cells, ratio])
        sizes = f"{found[0]['bytes_before']:,.0f} | {found[0]['bytes_after']:,.0f}"
        failed = sum(s.get("failures", 0) for s in found)
        yield f"| {query} | {found[0]['kind']} | {told} | {sizes} | {failed or ''} |"


def _loads(samples: Sequence[Sample]) -> Iterator[str]:
    yield "| who | triples/s | s | CPU s | most MB | MB on disk |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for who in dict.fromkeys(sample["who"] for sample in samples):
        found = chosen(samples, who=who)
        mega = [{name: s.get(name, 0) / MEGA for name in ("memory", "bytes")} for s in found]
        cells = [values(found, name) for name in ("rate", "seconds", "cpu")]
        cells += [values(mega, name) for name in ("memory", "bytes")]
        yield f"| {who} | {' | '.join(cell.told(number) if cell else 'stopped' for cell in cells)} |"


def _profile(samples: Sequence[Sample]) -> Iterator[str]:
    yield "| path | process | function | share of the looks |"
    yield "| --- | --- | --- | ---: |"
    for sample in samples:
        yield f"| {sample['path']} | {sample['process']} | `{sample['function']}` | {sample['share']:.1%} |"


DETAILS = {
    "reads": ("Reads under load", _reads),
    GROWTH: ("Named queries as the graph grows, uncached", _growth),
    "reports": ("Bulk load of reports", _loads),
    "quads": ("Bulk load of N-Quads", _loads),
    "dumps": ("Dump as Turtle", _loads),
    "profile": ("Where time goes on the hottest paths, uncached, 64 connections", _profile),
}
