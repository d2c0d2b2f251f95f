"""The rules that a single statement can break; named like the shapes and checks that find the same in RDF."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic.alias_generators import to_camel

from communique import dates
from communique.encode import SUBJECTS
from communique.kinds import FAMILY_OF, family
from communique.report import Content, Quoted, Report, Statement

Path = tuple[str | int, ...]

MAX_QUOTE_WORDS = 30

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


def broken(said: Statement, report: Report) -> Iterator[Problem]:
    for rule in (_content, _value, _response, _claim, _relay, _inference, _hedge, _times):
        yield from rule(said)
    for path, passage in passages_of(said):
        yield from _passage(passage, path)
    if said.supersedes:
        yield from _superseded(said, report)


def _content(said: Content) -> Iterator[Problem]:
    if sum(getattr(said, name) is not None for name in SUBJECTS) != 1:
        yield Problem((), "Subject", "give exactly one of aboutEvent, aboutEntity, aboutStatement")
    values = said.__dict__
    families = list(dict.fromkeys(kind for name, kind in FAMILY_OF if values[name] is not None))
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
    values = said.__dict__
    for name, (wanted, rule, beside) in COMPANIONS.items():
        if values[name] is not None and kind != wanted:
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
    yield from ordered(said.earliest or said.edtf, said.latest or said.edtf, ("earliest",))
    yield from ordered(said.stated_earliest or said.stated_at, said.stated_latest or said.stated_at, ("statedAt",))


def ordered(earliest: str | None, latest: str | None, path: Path) -> Iterator[Problem]:
    low = dates.first(earliest) if earliest else None
    high = dates.last(latest) if latest else None
    if low and high and low > high:
        yield Problem(path, "TimeBounds", f"{earliest} is after {latest}")


def passages_of(said: Statement) -> Iterator[tuple[Path, Quoted]]:
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
