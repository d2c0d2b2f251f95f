"""The table: what was to be reached, against what, and what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from communique.bench.figures import Figure, chosen, number, percentile, ratios, times, values
from communique.bench.ground import Sample
from communique.bench.run import GROWTH, Runs

OXIGRAPH, RDFLIB, SERVER = "oxigraph", "rdflib-endpoint", "Oxigraph's server"
# What is asked of us, in which mix and way, and how many times the requests of Oxigraph's server it must answer.
RATES = (
    ("repeated reads, JSON", "named", "json", 2.0),
    ("repeated reads, SPARQL", "lookup", "sparql", 2.0),
    ("repeated reads, page", "page", "page", 2.0),
    ("conditional reads (304)", "named", "not modified", 4.0),
    ("uncached SPARQL in killable workers, named queries", "named", "uncached sparql", 0.6),
    ("uncached SPARQL in killable workers, small look-ups", "lookup", "uncached sparql", 0.6),
    ("uncached ledger", "ledger", "uncached ledger", 1.0),
)
WAYS = (*RATES, ("the whole mix", "mix", "mix", 1.0))
CROWD = 64
MEGA = 1_000_000


@dataclass(frozen=True)
class Row:
    """A line of the table; `reached` is None where nothing was to be reached."""

    what: str
    triples: int
    against: str
    need: str
    got: str
    reached: bool | None


def rows(runs: Runs) -> list[Row]:
    """Every line that the measured parts give, in the order of the targets."""
    parts: dict[tuple[str, int], list[Sample]] = {
        (run["part"], run["triples"]): run["samples"] for run in sorted(runs.values(), key=lambda run: run["triples"])
    }
    makers = {
        "reads": _reads, GROWTH: _growth, "reports": _reports, "quads": _quads, "writes": _writes, "dumps": _dumps,
        "starts": _starts,
    }  # fmt: skip
    return [
        row
        for part, maker in makers.items()
        for (name, triples), samples in parts.items()
        if name == part
        for row in maker(triples, samples)
    ]


def _reads(triples: int, samples: Sequence[Sample]) -> Iterator[Row]:
    for what, group, who, need in RATES:
        for connections in _connections(samples):
            found = _against(samples, group, who, OXIGRAPH, connections)
            yield _ratio((_at(what, connections), triples, SERVER), found, need)
    for group, what in (("named", "named queries"), ("lookup", "small look-ups")):
        yield _slowest(triples, samples, group, what)
    for connections in _connections(samples):
        found = _against(samples, "mix", "mix", OXIGRAPH, connections)
        yield _ratio((_at("the whole mix, repeated", connections), triples, SERVER), found, None)
    yield from _everything(triples, samples)
    yield from _memory(triples, samples)


def _slowest(triples: int, samples: Sequence[Sample], group: str, what: str) -> Row:
    mine = chosen(samples, group=group, who="uncached sparql", connections=CROWD)
    theirs = chosen(samples, group=group, who=OXIGRAPH, connections=CROWD)
    found = ratios(mine, theirs, "p99")
    got = found.told(times) if found else "not measured"
    reached = found.median <= 1 if found else None
    return Row(f"uncached SPARQL, {what}, p99 at {CROWD} connections", triples, SERVER, "at most 1 ×", got, reached)


def _everything(triples: int, samples: Sequence[Sample]) -> Iterator[Row]:
    """The least of all that is measured beside rdflib-endpoint, where that could take the data."""
    measured = (
        (_at(who, n), _against(samples, g, who, RDFLIB, n)) for _, g, who, _ in WAYS for n in _connections(samples)
    )
    found = [(figure.median, which, figure) for which, figure in measured if figure]
    if found:
        least, which, figure = min(found)
        yield Row(
            "everything; the least is shown", triples, RDFLIB, "10 ×", f"{figure.told(times)}: {which}", least >= 10
        )


def _memory(triples: int, samples: Sequence[Sample]) -> Iterator[Row]:
    held = {sample["who"]: float(sample["memory"]) / MEGA for sample in chosen(samples, group="memory")}
    if "ours" in held and "pyoxigraph" in held:
        most = 1.5 * held["pyoxigraph"] + 150
        got = f"{held['ours']:.0f} MB; it has {held['pyoxigraph']:.0f} MB"
        yield Row("memory", triples, "pyoxigraph alone", f"at most {most:.0f} MB", got, held["ours"] <= most)


def _growth(triples: int, samples: Sequence[Sample]) -> Iterator[Row]:
    """The query of each kind that grows most."""
    for kind in ("look-up", "page", "aggregate"):
        found, failed = [], 0
        for query in dict.fromkeys(s["query"] for s in samples if s["kind"] == kind):
            mine = chosen(samples, query=query)
            failed += any(s.get("failures") for s in mine)
            if figure := Figure.of(s["after"] / s["before"] for s in mine):
                found.append((figure.median, query, figure))
        if found:
            worst, query, figure = max(found)
            over = sum(1 for median, _, _ in found if median > 1.5)
            got = f"{figure.told(times)}: {query}; {over} of {len(found)} over{f', {failed} fail' if failed else ''}"
            against = f"ourselves at {samples[0]['from']:,}"
            yield Row(
                f"named queries, {kind}s; the worst is shown", triples, against, "at most 1.5 ×", got, worst <= 1.5 and not failed,
            )  # fmt: skip


def _reports(triples: int, samples: Sequence[Sample]) -> Iterator[Row]:
    yield _rate("bulk load of reports through validation", triples, samples, "Oxigraph's load", 0.5)


def _quads(triples: int, samples: Sequence[Sample]) -> Iterator[Row]:
    yield _rate("bulk load of our own N-Quads dump", triples, samples, "Oxigraph's load", 0.9)


def _dumps(triples: int, samples: Sequence[Sample]) -> Iterator[Row]:
    yield _rate("dump as Turtle", triples, samples, "Oxigraph's dump", 0.9)
    if held := values(chosen(samples, who="ours"), "memory"):
        yield Row("dump as Turtle, memory", triples, "", "the same at any size", f"{held.high / MEGA:.0f} MB", None)


def _writes(triples: int, samples: Sequence[Sample]) -> Iterator[Row]:
    for field, what in (
        ("read", "until another client reads it"),
        ("acknowledged", "until it is acknowledged as durable"),
    ):
        found = [float(sample[field]) for sample in chosen(samples, who="ours")]
        if found:
            median, late = percentile(found, 0.5), percentile(found, 0.99)
            got = f"p50 {number(median)} ms, p99 {number(late)} ms ({len(found)} writes)"
            yield Row(f"write of one report, {what}", triples, "", "p50 under 100 ms", got, median < 100)


def _starts(triples: int, samples: Sequence[Sample]) -> Iterator[Row]:
    for who, what, most in (("curated", "curated graph", 1.5), ("world", "the world", 3.0)):
        if found := values(chosen(samples, who=who), "seconds"):
            got = f"{found.told(number)} s"
            yield Row(f"start to first answer, {what}", triples, "", f"at most {most:g} s", got, found.median <= most)


def _rate(what: str, triples: int, samples: Sequence[Sample], against: str, need: float) -> Row:
    mine, theirs = chosen(samples, who="ours"), chosen(samples, who=OXIGRAPH)
    row = _ratio((what, triples, against), ratios(mine, theirs, "rate"), need)
    if any("stopped" in sample for sample in mine):
        return Row(what, triples, against, row.need, f"less than {row.got}: it was stopped", reached=False)
    return row


def _ratio(told: tuple[str, int, str], found: Figure | None, least: float | None) -> Row:
    """What is told of a line, and how many times something is something else's; `least` is to be reached."""
    need = f"{least:g} ×" if least else ""
    if found is None:
        return Row(*told, need, "not measured", None)
    return Row(*told, need, found.told(times), found.median >= least if least else None)


def _against(samples: Sequence[Sample], group: str, who: str, other: str, connections: int) -> Figure | None:
    """By as many connections; or by all that the other is asked by, where those are fewer."""
    mine = chosen(samples, group=group, who=who, connections=connections)
    asked = [sample for sample in chosen(samples, group=group, who=other) if sample["connections"] <= connections]
    most = max((sample["connections"] for sample in asked), default=0)
    return ratios(mine, chosen(asked, connections=most), "rate")


def _connections(samples: Sequence[Sample]) -> list[int]:
    return sorted({sample["connections"] for sample in samples if "connections" in sample})


def _at(what: str, connections: int) -> str:
    return f"{what}, {connections} connection{'s' if connections > 1 else ''}"
