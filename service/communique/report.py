"""The Report model: the one shape that every way in produces (a YAML file, an HTTP PUT, a row of a dataset).

A field is named like the property it becomes, and its type says how: a code of a scheme, a reference
to a node, words in the report's language, a date. `encode.py` and `faults.py` are generic over that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from communique import dates, vocab

ACTOR_TYPES = {
    "Person": ("Actor",),
    "Organization": ("Actor",),
    "State": ("Organization", "Actor"),
    "ArmedGroup": ("Organization", "Actor"),
    "Militia": ("ArmedGroup", "Organization", "Actor"),
    "StateForce": ("Organization", "Actor"),
    "GovernmentBody": ("Organization", "Actor"),
    "Alliance": ("Organization", "Actor"),
    "Company": ("Organization", "Actor"),
    "Contractor": ("Company", "Organization", "Actor"),
    "MediaOutlet": ("Organization", "Actor"),
    "UnnamedActor": ("Actor",),
    "UnstatedActor": ("UnnamedActor", "Actor"),
}
PLACE_TYPES = {"Place": (), "Site": ("Place",), "MilitaryBase": ("Site", "Place"), "DiplomaticSite": ("Site", "Place")}
EVENT_TYPES = {"Event": (), "Attack": ("Event",)}


@dataclass(frozen=True)
class CodeOf:
    """The text is a code of this scheme."""

    scheme: str


@dataclass(frozen=True)
class RefTo:
    """The text names a node: a slug of this kind, or `kind:slug` where several kinds may stand."""

    kinds: tuple[str, ...]


@dataclass(frozen=True)
class KeyOf:
    """The text is the key of another statement of the report; what is meant is that `part` of it."""

    part: Literal["statement", "proposition"]


@dataclass(frozen=True)
class Words:
    """The text is in the report's language."""


def _as_text(given: object) -> object:
    """YAML reads 2019 as a number and 2021-03-15 as a date; EDTF is text."""
    return str(given) if isinstance(given, int | date) else given


def _dated(text: str) -> str:
    dates.bounds(text)
    return text


# What XML 1.0 cannot hold would break an RDF/XML dump; what turns the direction of text round could hide a name.
LEGAL = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*"
SHOWN = r"[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufffe\uffff]*"

Slug = Annotated[str, StringConstraints(pattern=rf"^{vocab.SLUG.pattern}$", max_length=80)]
Key = Annotated[str, StringConstraints(pattern=rf"^{vocab.SLUG.pattern}$", max_length=80)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[a-z0-9]{2,8})*$")]
Edtf = Annotated[
    str,
    BeforeValidator(_as_text),
    AfterValidator(_dated),
    WithJsonSchema({"type": ["string", "integer"], "description": "EDTF: 2021-03-15, 2021-03?, XXXX-02-20"}),
]
Said = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=f"^{LEGAL}$"), Words()]
Note = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=f"^{LEGAL}$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True, pattern=f"^{SHOWN}$")]

ActorRef = Annotated[Slug, RefTo(("actor",))]
EventRef = Annotated[Slug, RefTo(("event",))]
PlaceRef = Annotated[Slug, RefTo(("place",))]
ReportRef = Annotated[Slug, RefTo(("report",))]
EntityRef = Annotated[str, StringConstraints(pattern=r"^(actor|place):[a-z0-9-]+$"), RefTo(("actor", "place"))]
NodeRef = Annotated[
    str, StringConstraints(pattern=r"^(actor|place|event):[a-z0-9-]+$"), RefTo(("actor", "place", "event"))
]
StatementKey = Annotated[Key, KeyOf("statement")]
STATEMENT_IRI = StringConstraints(pattern=rf"^{vocab.ID}statement/[0-9a-f]{{32}}$")
PropositionKey = Annotated[Key, KeyOf("proposition")]

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class Model(BaseModel):
    """Fields in the ontology's own camel case; a field nobody knows is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Quoted(Model):
    """Exact words of the report; offsets count Unicode code points of its stored text, end exclusive."""

    quote: str = Field(min_length=1, max_length=2000, pattern=f"^{LEGAL}$")
    start: int | None = Field(default=None, ge=0)
    end: int | None = Field(default=None, ge=1)
    translation: Note | None = None


class Content(Model):
    """What a statement says: a subject, an aspect, and one family of coded properties, or else text."""

    proposition: Literal["Absence", "Question"] | None = None
    about_event: EventRef | None = None
    about_entity: EntityRef | None = None
    about_statement: StatementKey | None = None
    aspect: Annotated[Code, CodeOf("aspect")]
    responsible_actor: ActorRef | None = None
    role: Annotated[Code, CodeOf("role")] | None = None
    value: Decimal | None = None
    value_low: Decimal | None = None
    value_high: Decimal | None = None
    qualifier: Annotated[Code, CodeOf("qualifier")] | None = None
    category: list[Annotated[Code, CodeOf("category")]] = []
    perimeter: PlaceRef | None = None
    perimeter_side: Annotated[Code, CodeOf("side")] | None = None
    unit: Annotated[Code, CodeOf("unit")] | None = None
    relative_to: PropositionKey | None = None
    part_of_count: PropositionKey | None = None
    edtf: Edtf | None = None
    earliest: Edtf | None = None
    latest: Edtf | None = None
    responds_to_event: EventRef | None = None
    stated_reason: Said | None = None
    act_by: ActorRef | None = None
    act_type: Annotated[Code, CodeOf("act")] | None = None
    act_target: NodeRef | None = None
    condition: Said | None = None
    rel_object: NodeRef | None = None
    silent_actor: ActorRef | None = None
    as_of: Edtf | None = None
    content_text: Said | None = None


class Statement(Content, Quoted):
    """One actor, one stance, one proposition, resting on exact words."""

    key: Key | None = None
    by: ActorRef
    on_behalf_of: ActorRef | None = None
    addressee: list[ActorRef] = []
    stance: Annotated[Code, CodeOf("stance")]
    hedge: Annotated[Code, CodeOf("hedge")] | None = None
    hedge_text: Said | None = None
    voice: Annotated[Code, CodeOf("voice")]
    medium: Annotated[Code, CodeOf("medium")] | None = None
    stated_at: Edtf | None = None
    stated_earliest: Edtf | None = None
    stated_latest: Edtf | None = None
    relay_of: StatementKey | None = None
    supersedes: StatementKey | Annotated[str, STATEMENT_IRI] | None = None
    basis: Note | None = None
    also: list[Quoted] = []

    def passages(self) -> list[Quoted]:
        """Every passage that the statement rests on, the first one first."""
        return [self, *self.also]


class Unnamed(Model):
    """An actor known only by the report's wording."""

    wording: list[Label] = Field(min_length=1)
    unstated: bool = False


class Introduced(Model):
    """A node that a report introduces: labels by language."""

    label: dict[Language, Label] = Field(min_length=1)
    alt_label: dict[Language, list[Label]] = {}


class Actor(Introduced):
    type: Literal[tuple(ACTOR_TYPES)[:-2]]  # type: ignore[valid-type]  # the table above is the one list
    organ_of: ActorRef | None = None


class Place(Introduced):
    type: Literal[tuple(PLACE_TYPES)]  # type: ignore[valid-type]
    within: PlaceRef | None = None
    place_precision: Annotated[Code, CodeOf("precision")] | None = None


class Event(Introduced):
    type: list[Literal[tuple(EVENT_TYPES)]] = Field(min_length=1)  # type: ignore[valid-type]
    event_type: Annotated[Code, CodeOf("eventType")] | None = None


class Report(Model):
    """A document and every statement taken from it."""

    title: Label
    publisher: ActorRef
    url: HttpUrl | None = None
    language: Language
    issued: Edtf | None = None
    earliest: Edtf | None = None
    latest: Edtf | None = None
    note: Note | None = None
    copy_of: ReportRef | None = None
    text_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$", alias="textSha256")
    word_count: int | None = Field(default=None, ge=1)
    unnamed: dict[Slug, Unnamed] = {}
    actors: dict[Slug, Actor] = {}
    places: dict[Slug, Place] = {}
    events: dict[Slug, Event] = {}
    statements: list[Statement] = Field(min_length=1)


class Line(BaseModel):
    """A report and its name, as a line of a file of very many has them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Slug
    report: Report


def json_schema() -> str:
    """The JSON Schema (2020-12) of a report file, by which editors complete and check it."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://w3id.org/communique/ns/report.schema.json",
        "title": "A report file of Communiqué",
    }
    return json.dumps({**Report.model_json_schema(), **head}, indent=1, ensure_ascii=False) + "\n"


def meaning(model: type[Model], field: str) -> CodeOf | RefTo | KeyOf | Words | None:
    """How the text of a model's field is to be read, from its annotation; None when as it stands."""
    for found in _metadata(model.model_fields[field].annotation, model.model_fields[field].metadata):
        if isinstance(found, CodeOf | RefTo | KeyOf | Words):
            return found
    return None


def _metadata(annotation: Any, own: list[Any]) -> list[Any]:
    inner = [m for arg in getattr(annotation, "__args__", ()) for m in _metadata(arg, [])]
    return [*own, *getattr(annotation, "__metadata__", ()), *inner]
