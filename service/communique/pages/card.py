"""The statement card: the one shape in which a page shows what somebody said, whatever the question was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from communique.pages.text import label, name

Node = dict[str, Any]
Row = Mapping[str, Any]

# Colour and shape of a stance, by its code; all else is an account.
KINDS = {
    "claims": "claimed", "confesses": "claimed", "blames": "blamed", "denies": "denied", "retracts": "denied",
    "declines": "none", "unsure": "none",
}  # fmt: skip
# Aspects that make an account more than that.
ASPECTS = {"response": "response"}
# Columns that name whom or what a statement is about or of, the most telling first.
TARGETS = (
    "accused", "claimant", "responsibleActor", "contractor", "present", "respondsTo", "addressee", "event", "about",
)  # fmt: skip
# Columns that tell an answer in words, the most telling first.
TOLD = ("edtf", "wording", "reason", "contentText")


@dataclass(frozen=True)
class Words:
    """A passage that a statement rests on: the words, and where they stand in the text."""

    quote: str
    start: int
    end: int
    translation: str | None = None


@dataclass(frozen=True)
class Card:
    """A statement as a page shows it; `id` is its statement's IRI."""

    id: str
    kind: str  # claimed, blamed, denied, response or none
    stance: str  # the stance in words
    speaker: Node
    on_behalf: Node | None
    target: Node | None
    role: Node | None  # what part whoever is held responsible is said to have had
    aspect: Node | None
    question: Node | None
    answer: str | None  # the value, date or words given, where the row has them
    given: Node | None  # the actor, place, event or act given, where it is the answer
    hedge: str | None
    hedge_text: str | None
    voice: Node | None
    passages: tuple[Words, ...]
    report: Node
    said_by: str | None
    basis: str | None = None  # what an inference of ours rests on
    official: bool = False

    @property
    def name(self) -> str:
        return name(self.id)

    @property
    def quote(self) -> str:
        return self.passages[0].quote

    @property
    def start(self) -> int:
        return self.passages[0].start

    @property
    def end(self) -> int:
        return self.passages[0].end


def card(row: Row) -> Card:
    """The card of a row that ends with the columns of evidence (queries/README.md, "Evidence")."""
    hedge, told = row.get("hedge"), answer(row)
    return Card(
        id=row["statement"]["id"], kind=kind(row), stance=stance(row), speaker=row["asserter"],
        on_behalf=row.get("onBehalfOf"), target=_target(row, bool(told)), role=row.get("role"), aspect=_aspect(row),
        question=row.get("question"), answer=told, given=_given(row, bool(told)), hedge=label(hedge) if hedge else None, hedge_text=row.get("hedgeText"),
        voice=row.get("voice"), passages=(_words(row),), report=row["report"], said_by=row.get("saidBy"),
        basis=row.get("basis"),
    )  # fmt: skip


def cards(rows: Iterable[Row], passages: Mapping[str, Sequence[Words]] | None = None) -> list[Card]:
    """A card for each statement, in the order of the rows; one that rests on several passages has several rows.

    `passages` are those known of a statement (its IRI), with their translations.
    """
    found: dict[str, Card] = {}
    for row in rows:
        made = card(row)
        before = found.get(made.id)
        found[made.id] = replace(before, passages=_with(before.passages, made.passages)) if before else made
    known = passages or {}
    return [replace(c, passages=tuple(known[c.id])) if known.get(c.id) else c for c in found.values()]


def kind(row: Row) -> str:
    """What colour and shape a row has."""
    said, aspect = name(row["stance"]["id"]), row.get("aspect")
    if said in KINDS:
        return KINDS[said]
    if "claimant" in row:
        return "claimed"
    if "accused" in row:
        return "blamed"
    if "response" in row:
        return "response"
    return ASPECTS.get(name(aspect["id"]), "none") if aspect else "none"


def stance(row: Row) -> str:
    """The stance in words; that somebody was silent is no stance of the silent."""
    return "tells of silence" if _silent(row) else label(row["stance"])


def _aspect(row: Row) -> Node | None:
    """What the stance is about; to blame is about responsibility, and says so."""
    found = row.get("aspect")
    return dict(found) if found and name(row["stance"]["id"]) != "blames" else None


def answer(row: Row) -> str | None:
    """What a row answers to its question, in the words of its codes: "at least 7 rockets", a date, or words."""
    if _silent(row):
        return _silence(row)
    told = _quantity(row) or next((row[column] for column in TOLD if row.get(column)), None)
    return str(told) if told is not None else None


def _silent(row: Row) -> bool:
    """Whether a row tells that somebody, or nobody at all, had spoken."""
    return "silentActor" in row or bool(row.get("absence"))


def _silence(row: Row) -> str:
    who = label(row.get("silentActor") or row.get("object")) or "nobody"
    done = "claimed it" if name(row["aspect"]["id"]) == "responsibility" else "spoken of it"
    return f"{who} had {done}" + (f", as of {row['asOf']}" if row.get("asOf") else "")


def _quantity(row: Row) -> str | None:
    value, low, high = (row.get(column) for column in ("value", "valueLow", "valueHigh"))
    if value is None and low is None and high is None:
        return None
    if value is not None:
        told = label(row.get("qualifier")).replace("exactly", "")
        return f"{told} {value}{_unit(row, value)}".strip()
    if low is not None and high is not None:
        return f"{low} to {high}{_unit(row, high)}"
    return f"at least {low}{_unit(row, low)}" if low is not None else f"up to {high}{_unit(row, high)}"


def _unit(row: Row, number: object) -> str:
    """What is counted; the labels of units are in the singular."""
    unit = label(row.get("unit"))
    return f" {unit}" + ("" if number == 1 else "s") if unit else ""


def _given(row: Row, told: bool) -> Node | None:
    """The node that answers: what is done in response, or, where no words do, the actor, place, event or act."""
    if _silent(row):
        return None
    found = row.get("response") or (None if told else row.get("object") or row.get("actType"))
    return dict(found) if found else None


def _target(row: Row, told: bool) -> Node | None:
    if told and row.get("object") and not _silent(row):
        return dict(row["object"])
    return next((row[column] for column in TARGETS if row.get(column)), None)


def _words(row: Row) -> Words:
    return Words(row["quote"], row["start"], row["end"], row.get("translation"))


def _with(before: tuple[Words, ...], more: tuple[Words, ...]) -> tuple[Words, ...]:
    return (*before, *(words for words in more if words not in before))
