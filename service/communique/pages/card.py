"""The statement card: the one shape in which a page shows what somebody said, whatever the question was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
ASPECTS = {"response": "response", "responsibility": "blamed"}
# Columns that name whom or what a statement is about or of, the most telling first.
TARGETS = (
    "accused", "claimant", "responsibleActor", "contractor", "present", "silentActor", "object", "respondsTo", "addressee",
    "event", "about",
)  # fmt: skip


@dataclass(frozen=True)
class Card:
    """A statement as a page shows it; `id` is its statement's IRI."""

    id: str
    kind: str  # claimed, blamed, denied, response or none
    stance: str  # the stance in words
    speaker: Node
    on_behalf: Node | None
    target: Node | None
    aspect: Node | None
    answer: str | None  # the value, date or words given, where the row has them
    hedge: str | None
    hedge_text: str | None
    voice: Node | None
    quote: str
    start: int
    end: int
    report: Node
    said_by: str | None

    @property
    def name(self) -> str:
        return name(self.id)


def card(row: Row) -> Card:
    """The card of a row that ends with the columns of evidence (queries/README.md, "Evidence")."""
    hedge = row.get("hedge")
    return Card(
        id=row["statement"]["id"], kind=kind(row), stance=label(row["stance"]), speaker=row["asserter"],
        on_behalf=row.get("onBehalfOf"), target=_target(row), aspect=row.get("aspect"), answer=answer(row),
        hedge=label(hedge) if hedge else None, hedge_text=row.get("hedgeText"), voice=row.get("voice"), quote=row["quote"],
        start=row["start"], end=row["end"], report=row["report"], said_by=row.get("saidBy"),
    )  # fmt: skip


def kind(row: Row) -> str:
    """What colour and shape a row has."""
    stance, aspect = name(row["stance"]["id"]), row.get("aspect")
    if stance in KINDS:
        return KINDS[stance]
    if "claimant" in row:
        return "claimed"
    if "accused" in row:
        return "blamed"
    if "response" in row:
        return "response"
    return ASPECTS.get(name(aspect["id"]), "none") if aspect else "none"


def answer(row: Row) -> str | None:
    """What a row answers to its question, in the words of its codes: "at least 7 rockets", a date, a node, or words."""
    told = _quantity(row) or row.get("edtf") or row.get("wording") or row.get("reason") or row.get("contentText")
    return str(told) if told is not None else None


def _quantity(row: Row) -> str | None:
    value, low, high = (row.get(column) for column in ("value", "valueLow", "valueHigh"))
    if value is None and low is None and high is None:
        return None
    unit = f" {label(row['unit'])}" if row.get("unit") else ""
    if value is not None:
        return f"{label(row.get('qualifier'))} {value}{unit}".strip()
    if low is not None and high is not None:
        return f"{low} to {high}{unit}"
    return f"at least {low}{unit}" if low is not None else f"up to {high}{unit}"


def _target(row: Row) -> Node | None:
    return next((row[column] for column in TARGETS if row.get(column)), None)
