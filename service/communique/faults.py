"""What is wrong with a report: every fault that the shapes would find in its triples, told before there are any.

Rule names are the shapes' and checks' own, so that both ways in say the same.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from pyoxigraph import NamedNode

from communique import dates
from communique.encode import FAMILIES, SUBJECTS, Encoded, actor_iri, encode, family, fields_of
from communique.report import CodeOf, Content, KeyOf, Model, Quoted, RefTo, Report, Statement
from communique.vocab import code, node

Path = tuple[str | int, ...]

MAX_QUOTE_WORDS = 30
MAX_SHARE = 0.6
COMMUNIQUE = "communique"
# Fields that mean something only beside others: the class of proposition, the shape that says so, the field.
COMPANIONS = {
    "role": ("ResponsibilityProposition", "ResponsibilityType", "responsibleActor"),
    "condition": ("ActProposition", "ActType", "actType"),
    "silent_actor": ("Absence", "AbsenceType", "proposition: Absence"),
    "as_of": ("Absence", "AbsenceType", "proposition: Absence"),
    "qualifier": ("QuantityProposition", "QuantityType", "a value"),
    "relative_to": ("QuantityProposition", "QuantityType", "a value"),
    "part_of_count": ("QuantityProposition", "QuantityType", "a value"),
}


@dataclass(frozen=True)
class Problem:
    """One fault, at a path of keys and positions inside the report file."""

    path: Path
    rule: str
    message: str


@dataclass(frozen=True)
class Known:
    """The nodes and codes that a report may refer to: IRI -> local names of its classes ("Concept" for a code)."""

    types: dict[NamedNode, frozenset[str]]

    def __contains__(self, iri: object) -> bool:
        return iri in self.types


def malformed(error: ValidationError) -> list[Problem]:
    """The faults of a report that does not have the model's shape."""
    return [Problem(_clean(e["loc"]), "form", _sentence(e["msg"], e.get("input"))) for e in error.errors()]


def inspect(name: str, report: Report, known: Known) -> list[Problem]:
    """The faults of a well-formed report; empty when it may be encoded and loaded."""
    found = [*_keys(report), *_references(name, report, known)]
    for position, said in enumerate(report.statements):
        found += [Problem(("statements", position, *p.path), p.rule, p.message) for p in _statement(said, report)]
    found += _document(report)
    return found or [*_circles(report)] or _encoded(encode(name, report, known.types))


def named(name: str, report: Report) -> set[NamedNode]:
    """Every node and code that the report refers to, outside itself or in it."""
    found = {iri for _, how, text in _meanings(report, ()) if (iri := _iri(name, report, how, text))}
    return found | {node("actor", slug) for slug in report.actors}


def compare(report: Report, text: bytes) -> list[Problem]:
    """The faults that only the document's own text shows: its hash, and each quote at its place."""
    found = []
    if hashlib.sha256(text).hexdigest() != report.text_sha256:
        found.append(Problem(("textSha256",), "text-sha256", "the text is not the one these offsets were made for"))
    words = text.decode("utf-8")
    for position, said in enumerate(report.statements):
        for path, passage in _passages(said):
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
    yield from _ordered(report.earliest or report.issued, report.latest or report.issued, ("latest",))
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


def _references(name: str, report: Report, known: Known) -> Iterator[Problem]:
    """Every slug, key and code must name something."""
    keys = {said.key for said in report.statements}
    own = {node(kind, slug) for kind in ("actor", "place", "event") for slug in getattr(report, f"{kind}s")}
    own |= {actor_iri(name, report, slug) for slug in report.unnamed}
    for path, how, text in _meanings(report, ()):
        match how:
            case CodeOf(scheme) if _iri(name, report, how, text) not in known:
                yield Problem(path, "code", f"{text!r} is no code of the scheme {scheme!r}")
            case KeyOf() if text not in keys and not (text.startswith("https://") and NamedNode(text) in known):
                yield Problem(path, "key", f"no statement of this report has the key {text!r}")
            case RefTo(kinds) if (iri := _iri(name, report, how, text)) not in known and iri not in own:
                yield Problem(path, "dangling", f"no {' or '.join(kinds)} {text!r} is known; introduce it")
            case _:
                pass


def _iri(name: str, report: Report, how: CodeOf | RefTo | KeyOf | None, text: str) -> NamedNode | None:
    """The node that a text names; None for a key of the report itself."""
    match how:
        case CodeOf(scheme):
            return code(scheme, text)
        case RefTo(kinds):
            kind, slug = (kinds[0], text) if len(kinds) == 1 else text.split(":", 1)
            return actor_iri(name, report, slug) if kind == "actor" else node(kind, slug)
        case KeyOf() if text.startswith("https://"):
            return NamedNode(text)
        case _:
            return None


def _meanings(model: Model, path: Path) -> Iterator[tuple[Path, CodeOf | RefTo | KeyOf | None, str]]:
    """Every text of the report that names something, with its path."""
    for field, (_, how) in fields_of(type(model)).items():
        yield from _texts(getattr(model, field), how, (*path, _key(type(model), field)))


def _texts(value: object, how: object, path: Path) -> Iterator[tuple[Path, CodeOf | RefTo | KeyOf | None, str]]:
    if isinstance(value, Model):
        yield from _meanings(value, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, None, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _texts(item, how, (*path, position))
    elif isinstance(value, str) and isinstance(how, CodeOf | RefTo | KeyOf):
        yield path, how, value


def _statement(said: Statement, report: Report) -> Iterator[Problem]:
    for rule in (_content, _value, _response, _claim, _relay, _inference, _hedge, _times):
        yield from rule(said)
    for path, passage in _passages(said):
        yield from _passage(passage, path)
    if said.supersedes:
        yield from _superseded(said, report)


def _content(said: Content) -> Iterator[Problem]:
    if sum(getattr(said, name) is not None for name in SUBJECTS) != 1:
        yield Problem((), "Subject", "give exactly one of aboutEvent, aboutEntity, aboutStatement")
    families = [kind for kind, fields in FAMILIES.items() if any(getattr(said, f) is not None for f in fields)]
    if said.proposition:
        families.append(said.proposition)
    if len(families) > 1:
        yield Problem((), "OneFamily", f"one proposition cannot be {' and '.join(families)}; make two statements")
    coded = bool(families or said.category)
    if said.content_text and coded and families != ["ActProposition"]:
        yield Problem(("contentText",), "ContentText", "leave contentText out: coded properties carry the content")
    if not said.content_text and not coded:
        yield Problem((), "ContentText", "nothing is said: give a value, an object, or contentText")
    yield from _companions(said, family(said))


def _companions(said: Content, kind: str | None) -> Iterator[Problem]:
    """Fields that mean something only beside others."""
    for name, (wanted, rule, beside) in COMPANIONS.items():
        if getattr(said, name) is not None and kind != wanted:
            yield Problem((to_camel(name),), rule, f"{to_camel(name)} stands only beside {beside}")
    if (said.perimeter is None) != (said.perimeter_side is None):
        yield Problem((), "Perimeter", "perimeter and perimeterSide go together")
    if (said.earliest or said.latest) and kind != "TimeProposition":
        yield Problem((), "TimeType", "earliest and latest bound a date: give edtf, or use statedEarliest")


def _value(said: Content) -> Iterator[Problem]:
    low, high = said.value_low, said.value_high
    if low is not None and high is not None and low > high:
        yield Problem(("valueLow",), "ValueOrder", "valueLow is above valueHigh")
    if said.qualifier and said.value is None:
        yield Problem(
            ("qualifier",), "QualifierNeedsValue", "a qualifier qualifies a value; for a range give only its bounds"
        )
    if said.value is not None and (low is not None or high is not None):
        yield Problem(("value",), "ValueBounds", "give a value with a qualifier, or bounds, not both")


def _response(said: Content) -> Iterator[Problem]:
    if family(said) == "ResponseProposition" and said.about_event is None:
        yield Problem((), "Response", "a response is about the responding event: give aboutEvent")


def _claim(said: Statement) -> Iterator[Problem]:
    if said.stance == "claims" and (
        said.responsible_actor is None or said.responsible_actor not in (said.by, said.on_behalf_of)
    ):
        message = (
            "who claims, or whom it speaks for, must be the responsibleActor; use blames or affirms for another's deed"
        )
        yield Problem(("stance",), "ClaimForItself", message)


def _relay(said: Statement) -> Iterator[Problem]:
    if (said.stance == "relays") != (said.relay_of is not None):
        yield Problem(("stance",), "Relay", "stance relays and relayOf go together")


def _inference(said: Statement) -> Iterator[Problem]:
    ours, inferred = said.by == COMMUNIQUE, said.voice == "inference"
    if ours != inferred:
        yield Problem(("voice",), "Inference", "voice inference is for the actor communique, and for no other")
    if inferred != (said.basis is not None):
        yield Problem(("basis",), "Inference", "an inference gives its basis, and only an inference does")


def _hedge(said: Statement) -> Iterator[Problem]:
    if (said.hedge is None) != (said.hedge_text is None):
        yield Problem(("hedge",), "Hedge", "a hedge has a code and the words that hedge (hedgeText)")


def _times(said: Statement) -> Iterator[Problem]:
    yield from _ordered(said.earliest or said.edtf, said.latest or said.edtf, ("earliest",))
    yield from _ordered(said.stated_earliest or said.stated_at, said.stated_latest or said.stated_at, ("statedAt",))


def _ordered(earliest: str | None, latest: str | None, path: Path) -> Iterator[Problem]:
    low = dates.first(earliest) if earliest else None
    high = dates.last(latest) if latest else None
    if low and high and low > high:
        yield Problem(path, "TimeBounds", f"{earliest} is after {latest}")


def _passages(said: Statement) -> Iterator[tuple[Path, Quoted]]:
    yield (), said
    yield from ((("also", position), passage) for position, passage in enumerate(said.also))


def _passage(passage: Quoted, path: Path) -> Iterator[Problem]:
    if len(passage.quote.split()) > MAX_QUOTE_WORDS:
        yield Problem((*path, "quote"), "QuoteWords", f"a quote has at most {MAX_QUOTE_WORDS} words; shorten it")
    if passage.start is None or passage.end is None:
        yield Problem((*path, "quote"), "Offsets", "the quote has no offsets; run `locate` with the text")
    elif passage.end - passage.start != len(passage.quote):
        yield Problem(
            (*path, "start"), "quote-length", "the offsets are not as far apart as the quote is long; run `locate`"
        )


def _superseded(said: Statement, report: Report) -> Iterator[Problem]:
    other = next((s for s in report.statements if s.key and s.key == said.supersedes), None)
    if other is not None and other.by != said.by:
        yield Problem(("supersedes",), "Supersedes", "only the same asserter can supersede a statement")


def _circles(report: Report) -> Iterator[Problem]:
    """Keys that lead back to themselves: their IRIs could not be made."""
    keys = {said.key: said for said in report.statements if said.key}
    for position, said in enumerate(report.statements):
        seen: set[int] = set()
        waiting = [said]
        while waiting:
            current = waiting.pop()
            named = (getattr(current, f) for f, (_, how) in fields_of(Statement).items() if isinstance(how, KeyOf))
            following = [keys[key] for key in named if key in keys]
            if any(other is said for other in following):
                yield Problem(("statements", position), "circle", "this statement leads back to itself")
                break
            waiting += [other for other in following if id(other) not in seen]
            seen |= {id(other) for other in following}


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


def _key(model: type[Model], field: str) -> str:
    return model.model_fields[field].alias or field


def _clean(loc: tuple[str | int, ...]) -> Path:
    """Pydantic names the branch of a union in the path; the file has no such key."""
    return tuple(part for part in loc if isinstance(part, int) or "[" not in part)


def _sentence(message: str, given: object) -> str:
    text = message.removeprefix("Value error, ")
    return f"{text} (given {given!r})" if isinstance(given, str | int | float) else text
