"""What is wrong with a report: every fault that the shapes would find in its triples, told before there are any.

Rule names are the shapes' and checks' own, so that both ways in say the same.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import get_args

from pydantic import ValidationError

from communique.encode import Encoded, encode
from communique.report import CodeOf, KeyOf, Model, Quoted, RefTo, Report, Statement
from communique.rules import Path, Problem, broken, ordered, passages_of
from communique.terms import actor_iri, code_iri, fields_of, node_iri, referred
from communique.vocab import SLUG

MAX_SHARE = 0.6

Meaning = tuple[Path, CodeOf | RefTo | KeyOf, str]
# With the IRI that it names, if it is none of the report's own keys.
Meant = tuple[Path, CodeOf | RefTo | KeyOf, str, str | None]


@dataclass(frozen=True)
class Known:
    """The nodes and codes that a report may refer to: IRI -> local names of its classes ("Concept" for a code)."""

    types: Mapping[str, frozenset[str]]


def malformed(error: ValidationError) -> list[Problem]:
    """The faults of a report that does not have the model's shape."""
    return [Problem(_clean(e["loc"]), "form", _sentence(e["msg"], e.get("input"))) for e in error.errors()]


def inspect(name: str, report: Report, known: Known) -> list[Problem]:
    """The faults of a well-formed report; empty when it may be encoded and loaded."""
    return examine(name, report, known)[0]


def examine(
    name: str, report: Report, known: Known, meant: list[Meant] | None = None
) -> tuple[list[Problem], Encoded | None]:
    """The same, and the report's triples when it has no fault before they are made; `meant`, if it is told already."""
    found = [*_keys(report), *_dangling(name, report, known, meanings(name, report) if meant is None else meant)]
    for position, said in enumerate(report.statements):
        found += [Problem(("statements", position, *p.path), p.rule, p.message) for p in broken(said, report)]
    found += _document(report)
    if found := found or [*_circles(report)]:
        return found, None
    encoded = encode(name, report, known.types)
    return _encoded(encoded), encoded


def meanings(name: str, report: Report) -> list[Meant]:
    """All that texts of the report name."""
    return [(*meaning, _iri(name, report, *meaning[1:])) for meaning in _meanings(report, ())]


def named(name: str, report: Report, meant: list[Meant] | None = None) -> set[str]:
    """The IRI of every node and code that the report refers to, outside itself or in it."""
    found = {iri for *_, iri in (meanings(name, report) if meant is None else meant) if iri}
    return found | {node_iri("actor", slug) for slug in report.actors}


def compare(report: Report, text: bytes) -> list[Problem]:
    """The faults that only the document's own text shows: its hash, and each quote at its place."""
    found = []
    if hashlib.sha256(text).hexdigest() != report.text_sha256:
        found.append(Problem(("textSha256",), "text-sha256", "the text is not the one these offsets were made for"))
    words = text.decode("utf-8")
    for position, said in enumerate(report.statements):
        for path, passage in passages_of(said):
            if passage.start is None or words[passage.start : passage.end] != passage.quote:
                message = f"the quote does not stand at {passage.start}-{passage.end} of the text; run `locate`"
                found.append(Problem(("statements", position, *path, "quote"), "quote-at-offsets", message))
    return found


def quoted_words(passages: Iterable[Quoted]) -> int:
    """How many words of the document are quoted, a word quoted twice counted once."""
    total, reached = 0, 0
    for passage in sorted(passages, key=lambda p: (p.start or 0, p.end or 0)):
        start, end = passage.start or 0, passage.end or 0
        total += len(passage.quote[max(0, reached - start) :].split())
        reached = max(reached, end)
    return total


def _document(report: Report) -> Iterator[Problem]:
    if report.text_sha256 is None:
        yield Problem((), "TextSha256", "textSha256 is missing; run `locate` with the text")
    if report.word_count is None:
        yield Problem((), "WordCount", "wordCount is missing; run `locate` with the text")
    if not (report.url or report.copy_of or report.note):
        yield Problem((), "Findable", "say where the document can be found: url, copyOf, or a note")
    yield from ordered(report.earliest or report.issued, report.latest or report.issued, ("latest",))
    if report.word_count:
        quoted = quoted_words(p for said in report.statements for p in said.passages())
        if quoted > MAX_SHARE * report.word_count:
            message = f"{quoted} of {report.word_count} words are quoted, more than {MAX_SHARE:.0%}; shorten the quotes"
            yield Problem(("statements",), "quote-share", message)


def _keys(report: Report) -> Iterator[Problem]:
    seen = Counter(said.key for said in report.statements if said.key)
    for position, said in enumerate(report.statements):
        if said.key and seen[said.key] > 1:
            yield Problem(("statements", position, "key"), "key", f"the key {said.key!r} is used more than once")


def references(name: str, report: Report, known: Known) -> Iterator[Problem]:
    """Every slug, key and code must name something: all that depends on what is known."""
    return _dangling(name, report, known, meanings(name, report))


def _dangling(name: str, report: Report, known: Known, meant: Iterable[Meant]) -> Iterator[Problem]:
    keys = {said.key for said in report.statements}
    own = {node_iri(kind, slug) for kind in ("actor", "place", "event") for slug in getattr(report, f"{kind}s")}
    own |= {actor_iri(name, report, slug) for slug in report.unnamed}
    for path, how, text, iri in meant:
        if iri in known.types:
            continue
        match how:
            case CodeOf(scheme):
                message = (
                    f"{text!r} is no code of the scheme {scheme!r}; take one from ontology/schemes.ttl, /code/{scheme}"
                )
                yield Problem(path, "code", message)
            case KeyOf() if text not in keys:
                yield Problem(path, "key", f"no statement of this report has the key {text!r}")
            case RefTo(kinds) if iri not in own:
                yield Problem(path, "dangling", f"no {' or '.join(kinds)} {text!r} is known; introduce it")
            case _:
                pass


def _iri(name: str, report: Report, how: CodeOf | RefTo | KeyOf | None, text: str) -> str | None:
    """What a text names; None for a key of the report itself."""
    match how:
        case CodeOf(scheme):
            return code_iri(scheme, text)
        case RefTo(kinds):
            return referred(name, report, kinds, text)
        case KeyOf() if text.startswith("https://"):
            return text
        case _:
            return None


def _meanings(model: Model, path: Path) -> Iterator[Meaning]:
    """Every text of the report that names something, with its path."""
    values = model.__dict__
    for field, how, key in _read(type(model)):
        value = values[field]
        if value is None:
            continue
        if value.__class__ is str:
            if how:
                yield (*path, key), how, value
        elif value:
            yield from _texts(value, how, (*path, key))


def _texts(value: object, how: CodeOf | RefTo | KeyOf | None, path: Path) -> Iterator[Meaning]:
    if isinstance(value, Model):
        yield from _meanings(value, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, None, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _texts(item, how, (*path, position))
    elif isinstance(value, str) and how:
        yield path, how, value


@cache
def _read(model: type[Model]) -> list[tuple[str, CodeOf | RefTo | KeyOf | None, str]]:
    """The fields of a model that name something, or have others in them; how, and each one's key in a file."""
    meant = ((field, how, model.model_fields[field]) for field, (_, how) in fields_of(model).items())
    found = [
        (field, how if isinstance(how, CodeOf | RefTo | KeyOf) else None, info.alias or field)
        for field, how, info in meant
    ]
    return [(field, how, key) for field, how, key in found if how or _nests(model.model_fields[field].annotation)]


def _nests(annotation: object) -> bool:
    """Whether a value of this type may have models in it."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return True
    return any(_nests(inner) for inner in get_args(annotation))


def _circles(report: Report) -> Iterator[Problem]:
    """Keys that lead back to themselves: their IRIs could not be made."""
    keys = {said.key: said for said in report.statements if said.key}
    for position, said in enumerate(report.statements if keys else ()):
        seen: set[int] = set()
        waiting = [said]
        while waiting:
            current = waiting.pop()
            following = [keys[key] for key in (getattr(current, field) for field in _keyed()) if key in keys]
            if any(other is said for other in following):
                yield Problem(("statements", position), "circle", "this statement leads back to itself")
                break
            waiting += [other for other in following if id(other) not in seen]
            seen |= {id(other) for other in following}


@cache
def _keyed() -> list[str]:
    """The fields that have keys of other statements."""
    return [field for field, (_, how) in fields_of(Statement).items() if isinstance(how, KeyOf)]


def _encoded(encoded: Encoded) -> list[Problem]:
    """Statements that come out as one: same words, asserter, stance and proposition."""
    seen = Counter(encoded.statements)
    return [
        Problem(
            ("statements", position), "duplicate", "another statement has the same words, asserter, stance and content"
        )
        for position, iri in enumerate(encoded.statements)
        if seen[iri] > 1
    ]


def _clean(loc: tuple[str | int, ...]) -> Path:
    """Pydantic names the branch of a union in the path; the file has no such key."""
    return tuple(part for part in loc if isinstance(part, int) or "[" not in part)


def _sentence(message: str, given: object) -> str:
    text = message.removeprefix("Value error, ")
    if SLUG.pattern in text:
        text = "a name has small letters, digits and single hyphens, such as balad-monday"
    shown = repr(given)[:80] if isinstance(given, str | int | float) else ""
    return f"{text} (given {shown})" if shown and shown.strip("'") not in text else text
