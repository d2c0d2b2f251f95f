"""The verbs that check and ask, each with the parser of its options; `cli` gathers them and those of other modules."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pyoxigraph as ox

from communique import answer, auth, binding, catalog, media
from communique.content import content_of, open_content
from communique.errors import Usage
from communique.labels import Labels, words
from communique.settings import PREFIX, Settings, settings_of
from communique.store import Store, opening
from communique.vocab import prefixes

# name, what it does, its help, the settings it takes -> its parser
Add = Callable[[str, Callable[[argparse.Namespace], int], str, tuple[str, ...]], argparse.ArgumentParser]


def register(add: Add) -> None:
    """Add these verbs to the command line."""
    found = add("check", _check, "find faults in content", ("content",))
    found.add_argument(
        "paths", nargs="*", help="report files, RDF files, or a content folder; the content if none is given"
    )
    found = add("query", _query, "ask a named query", ("store", "content"))
    found.add_argument("name")
    found.add_argument("parameters", nargs="*", metavar="key=value")
    found.add_argument(
        "--format", default="json", choices=["json", "csv", *(f"sparql-{r.name}" for r in media.RESULTS)]
    )
    found = add("sparql", _sparql, "ask in SPARQL", ("store",))
    found.add_argument("file", help="a file with the query; - for standard input")
    found.add_argument("--format", help="srj, srx, csv, tsv; ttl, nt, jsonld, rdf")
    found = add("token", _token, "make a token; it is shown once and kept as a hash", ())
    found.add_argument("name", help="the token's name, for the audit log")
    found.add_argument("--scope", default="write", help="what it may do: write, read, or read,write")
    found.add_argument("--file", help=f"the token file; {PREFIX}TOKEN_FILE if not given")


def _check(given: argparse.Namespace) -> int:
    from communique.gate import check_content, check_files

    content = content_of(settings_of(given))
    paths = [Path(p) for p in given.paths]
    if len(paths) == 1 and (paths[0] / "ontology").is_dir():
        content, paths = open_content(paths[0]), []
    outcome = check_files(content, paths) if paths else check_content(content)
    for fault in outcome.faults:
        print(fault)
    for line in outcome.notes:
        print(line, file=sys.stderr)
    return 1 if outcome.faults else 0


def _query(given: argparse.Namespace) -> int:
    settings = settings_of(given)
    content = content_of(settings)
    query = catalog.load(content)[given.name]
    pairs = _pairs(given.parameters)
    store = _read(settings)
    if given.format in ("json", "csv"):
        found = answer.ask(store, Labels(store, words(content)), query, pairs)
        body = answer.to_csv(found) if given.format == "csv" else answer.to_json(found.document()) + b"\n"
    else:
        body = _raw(store, binding.bind(query, query.typed(pairs)), given.format.removeprefix("sparql-"))
    sys.stdout.buffer.write(body)
    return 0


def _sparql(given: argparse.Namespace) -> int:
    text = sys.stdin.read() if given.file == "-" else Path(given.file).read_text("utf-8")
    sys.stdout.buffer.write(_raw(_read(settings_of(given)), text, given.format))
    return 0


def _token(given: argparse.Namespace) -> int:
    settings = settings_of(given)
    if not (given.file or settings.token_file):
        raise Usage(f"give --file, or set {PREFIX}TOKEN_FILE")
    print(auth.issue(Path(given.file or settings.token_file), given.name, frozenset(given.scope.split(","))))
    return 0


# -- what the verbs share


def _read(settings: Settings) -> Store:
    return opening.reading(settings)


def _raw(store: Store, text: str, name: str | None) -> bytes:
    """The answer to SPARQL text in a standard format; the first that fits when no name is given."""
    results = store.query(text)
    if isinstance(results, ox.QuerySolutions | ox.QueryBoolean):
        return results.serialize(format=media.choose(None, media.RESULTS, name).engine) or b""
    return ox.serialize(results, format=media.choose(None, media.GRAPHS, name).engine, prefixes=prefixes()) or b""


def _pairs(texts: Sequence[str]) -> dict[str, str | list[str]]:
    """The parameters of a query; what is given more than once has all its values."""
    found: dict[str, list[str]] = {}
    for name, value in map(_pair, texts):
        found.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Usage(f"{text!r} is not of the form name=value")
    return name, value
