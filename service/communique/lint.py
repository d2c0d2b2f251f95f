"""The ontology as a text that others read: what the queries in `queries/lint` find, one row a fault, with file and line.

A lint query sees each file as a graph of its name (`lint:core`, `lint:schemes`, `lint:shapes`, `lint:alignments`,
`lint:data`), their union without GRAPH, and in `lint:uses` which file (`lint:uses`) and which competency question
(`lint:needs`) names which term.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import NamedNode, Triple

from communique.content import Content
from communique.errors import Fault
from communique.store import placed
from communique.vocab import CMQ, CODE, Namespace

LINT = Namespace("https://w3id.org/communique/lint#")
PREFIX = re.compile(r"^\s*(?:@prefix|PREFIX)\s+([\w-]*):\s*<([^>]*)>", re.MULTILINE | re.IGNORECASE)
NAME = re.compile(r"(?<![\w:.-])([a-zA-Z][\w-]*)?:([a-zA-Z][\w-]*)")
# What may hold such a name and names nothing: texts, IRIs, comments.
QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"|<[^<>\s]*>|(?<!\S)#[^\n]*')
QUESTION = re.compile(r"^## (?P<title>.+)$(?P<body>(?:\n(?!## ).*)*)", re.MULTILINE)
LISTED = re.compile(r"^(?P<key>Queries|Rules|Terms): (?P<names>.+)$", re.MULTILINE)
SNIPPET = re.compile(r"```sparql\n(.*?)```", re.DOTALL)


def lint(content: Content, data: Iterable[Triple] = ()) -> list[Fault]:
    """What the lint queries of a content folder find in its ontology; `data` is what the graph makes use of."""
    store = _store(content, data)
    found = {fault for path in content.lints() for fault in _faults(content, store, path)}
    return sorted(found)


def names(text: str) -> set[NamedNode]:
    """The terms and codes of ours that SPARQL or Turtle names by a prefix; comments and literals do not count."""
    given = dict(PREFIX.findall(text))
    found = {given[prefix] + local for prefix, local in NAME.findall(QUOTED.sub("", text)) if prefix in given}
    return {NamedNode(iri) for iri in found if iri.startswith((str(CMQ), str(CODE)))}


def questions(content: Content) -> dict[str, dict[str, list[str]]]:
    """The competency questions: title -> what it lists under Queries, Rules and Terms, and its Snippets of SPARQL."""
    if not content.competency.is_file():
        return {}
    found: dict[str, dict[str, list[str]]] = {}
    for question in QUESTION.finditer(content.competency.read_text("utf-8")):
        lists = {item["key"]: re.findall(r"[\w-]+", item["names"]) for item in LISTED.finditer(question["body"])}
        found[question["title"]] = {**lists, "Snippets": SNIPPET.findall(question["body"])}
    return found


def _store(content: Content, data: Iterable[Triple]) -> ox.Store:
    store = ox.Store()
    for name, path in _files(content).items():
        store.bulk_extend(placed((quad.triple for quad in ox.parse(path=path)), LINT[name]))
    store.bulk_extend(placed(data, LINT.data))
    store.bulk_extend(placed(_uses(content), LINT.uses))
    return store


def _files(content: Content) -> dict[str, Path]:
    files = (content.core, content.schemes, content.shapes, content.alignments)
    return {path.stem: path for path in files if path.is_file()}


def _uses(content: Content) -> Iterator[Triple]:
    for path in [*content.queries(), *content.checks(), *content.rules()]:
        file = LINT[str(path.relative_to(content.root))]
        yield from (Triple(file, LINT.uses, term) for term in names(path.read_text("utf-8")))
    for position, lists in enumerate(questions(content).values(), 1):
        question = LINT[f"question-{position}"]
        yield from (Triple(question, LINT.needs, CMQ[term]) for term in lists.get("Terms", []))


def _faults(content: Content, store: ox.Store, path: Path) -> Iterator[Fault]:
    found = store.query(path.read_text("utf-8"), use_default_graph_as_union=True)
    if not isinstance(found, ox.QuerySolutions) or {v.value for v in found.variables} != {"node", "file", "message"}:
        raise ValueError(f"{path} is not a lint query: it must select ?node, ?file and ?message")
    for row in found:
        file = _file(content, row["file"].value.removeprefix(str(LINT)))
        node = row["node"].value if isinstance(row["node"], NamedNode) else ""
        yield Fault(str(file), _line(file, node), f"lint/{path.stem}", f"{node}: {row['message'].value}".lstrip(": "))


def _file(content: Content, name: str) -> Path:
    return _files(content).get(name, content.root / name)


def _line(file: Path, iri: str) -> int:
    """The first line that begins with the node, or else that names it; 0 where none does."""
    if not file.is_file() or not iri:
        return 0
    text = file.read_text("utf-8")
    short = [f"{prefix}:{iri.removeprefix(base)}" for prefix, base in PREFIX.findall(text) if iri.startswith(base)]
    name = "|".join(re.escape(form) for form in [f"<{iri}>", *short])
    found = re.search(rf"^(?:{name})(?![\w-])", text, re.MULTILINE) or re.search(rf"(?:{name})(?![\w-])", text)
    return text.count("\n", 0, found.start()) + 1 if found else 0
