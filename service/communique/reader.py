"""A report file on disk: YAML in, Report out, every fault at its line; offsets filled in without touching the rest."""

from __future__ import annotations

import hashlib
import io
import json
import re
from pathlib import Path as File
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from communique.errors import Fault, Faulty
from communique.faults import Known, compare, inspect, malformed
from communique.report import Report
from communique.rules import Path, Problem
from communique.vocab import SLUG

MAX_BYTES = 1024 * 1024


def read(file: File, known: Known | None = None) -> Report:
    """The report in a YAML file.

    Raises Faulty, with a line for each fault, when it is not YAML, not of the model's shape, or (given
    what is `known`) breaks a rule.
    """
    if not SLUG.fullmatch(file.stem):
        told = "a report's name has small letters, digits and hyphens; rename the file"
        raise Faulty([Fault(str(file), 1, "name", told)])
    tree = _tree(file)
    try:
        report = Report.model_validate(tree)
    except ValidationError as error:
        raise Faulty(_located(malformed(error), file, tree)) from error
    if known and (problems := inspect(file.stem, report, known)):
        raise Faulty(_located(problems, file, tree))
    return report


def verify(file: File, report: Report, text: bytes) -> list[Fault]:
    """The faults that the document's own text shows: its hash, and each quote at its place."""
    return _located(compare(report, text), file, _tree(file))


def locate(file: File, text: bytes) -> int:
    """Fill in offsets, hash and word count from the document's text; how many quotes were placed.

    Raises Faulty, and leaves the file as it was, when a quote is not in the text, or is there more
    than once and its `start` does not tell which.
    """
    tree, words = _tree(file), text.decode("utf-8")
    problems: list[Problem] = []
    placed = 0
    for position, said in enumerate(tree.get("statements") or []):
        for path, passage in [((), said), *((("also", i), p) for i, p in enumerate(said.get("also") or []))]:
            start, problem = _find(words, passage)
            if problem:
                problems.append(Problem(("statements", position, *path, "quote"), "quote-in-text", problem))
                continue
            _put(passage, "start", start, "quote")
            _put(passage, "end", start + len(passage["quote"]), "start")
            placed += 1
    if problems:
        raise Faulty(_located(problems, file, tree))
    _put(tree, "textSha256", hashlib.sha256(text).hexdigest(), "language")
    _put(tree, "wordCount", len(words.split()), "textSha256")
    _write(file, tree)
    return placed


def skeleton(title: str, text: bytes) -> str:
    """A report file to begin with, for a document with this title and text."""
    words = text.decode("utf-8")
    first = re.search(r"\S+(?:[^\S\n]+\S+){0,5}", words)
    quote = first.group() if first else ""
    return f"""\
# yaml-language-server: $schema=../../ontology/report.schema.json
title: {json.dumps(title, ensure_ascii=False)}
publisher: SLUG-OF-THE-OUTLET   # an actor of graph/actors.ttl, or of `actors:` below
url: https://example.org/
language: en
# issued: 2021-03-15            # EDTF: 2021-03, 2021-03-15?, XXXX-02-20
textSha256: {hashlib.sha256(text).hexdigest()}
wordCount: {len(words.split())}

unnamed:                        # who is known only by the report's wording
  military-sources: {{wording: [military sources]}}

events:
  SLUG-OF-THE-EVENT: {{type: [Attack], eventType: rocket-attack, label: {{en: A name for the event}}}}

statements:
  - by: military-sources
    stance: affirms             # who says it is not who did it: one actor, one stance, one statement
    voice: indirect-speech
    aboutEvent: SLUG-OF-THE-EVENT
    aspect: killed
    value: 0
    quote: {json.dumps(quote, ensure_ascii=False)}
"""


def _find(words: str, passage: dict[str, Any]) -> tuple[int, str | None]:
    quote = str(passage.get("quote") or "")
    places = [m.start() for m in re.finditer(f"(?={re.escape(quote)})", words)] if quote else []
    if not places:
        return 0, f"these words are not in the text: {quote!r}"
    if len(places) == 1 or passage.get("start") in places:
        return passage["start"] if passage.get("start") in places else places[0], None
    return 0, f"these words stand in the text at {', '.join(map(str, places))}: say which with `start`"


def _put(mapping: CommentedMap, key: str, value: object, after: str) -> None:
    if key in mapping:
        mapping[key] = value
        return
    last = next(reversed(mapping)) == after
    mapping.insert(list(mapping).index(after) + 1 if after in mapping else len(mapping), key, value)
    if last and after in mapping.ca.items:
        # What stands behind the last line of a statement stays behind it.
        mapping.ca.items[key] = mapping.ca.items.pop(after)


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _tree(file: File) -> CommentedMap:
    if file.stat().st_size > MAX_BYTES:
        raise Faulty([Fault(str(file), 1, "form", f"a report file has at most {MAX_BYTES} bytes")])
    try:
        tree = _yaml().load(file.read_text("utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Faulty([Fault(str(file), line, "yaml", str(error.problem))]) from error
    except (YAMLError, ValueError) as error:  # ValueError: not UTF-8, or a date that no calendar has
        raise Faulty([Fault(str(file), 1, "yaml", str(error).splitlines()[0])]) from error
    except RecursionError as error:
        raise Faulty([Fault(str(file), 1, "yaml", "it is nested too deeply")]) from error
    if not isinstance(tree, CommentedMap):
        raise Faulty([Fault(str(file), 1, "form", "a report file is a mapping: title, publisher, statements …")])
    return tree


def _write(file: File, tree: CommentedMap) -> None:
    """Whole or not at all: written beside, then renamed."""
    out = io.StringIO()
    _yaml().dump(tree, out)
    draft = file.with_name(f".{file.name}.new")
    draft.write_text(out.getvalue(), "utf-8")
    draft.replace(file)


def _located(problems: list[Problem], file: File, tree: CommentedMap) -> list[Fault]:
    found = (Fault(str(file), _line(tree, p.path), p.rule, _told(p)) for p in problems)
    return sorted(found)


def _told(problem: Problem) -> str:
    named = [str(part) for part in problem.path if isinstance(part, str)]
    return f"{named[-1]}: {problem.message}" if named else problem.message


def _line(tree: Any, path: Path) -> int:
    """The line of the deepest part of the path that the file has."""
    line = 1
    for part in path:
        if isinstance(tree, CommentedMap) and part in tree:
            line = tree.lc.key(part)[0] + 1
        elif isinstance(tree, CommentedSeq) and isinstance(part, int) and part < len(tree):
            line = tree.lc.item(part)[0] + 1
        else:
            break
        tree = tree[part]
    return line
