"""What class a proposition or a statement is of. Each follows by an axiom of core.ttl too, and the OWL gate compares."""

from __future__ import annotations

from collections.abc import Iterator

from communique.report import Content, Statement

# The field whose presence makes a proposition one of this class; no proposition has fields of two.
FAMILIES = {
    "ResponsibilityProposition": ("responsible_actor",),
    "QuantityProposition": ("value", "value_low", "value_high"),
    "TimeProposition": ("edtf",),
    "ResponseProposition": ("responds_to_event", "stated_reason"),
    "ActProposition": ("act_by", "act_type", "act_target"),
    "RelationProposition": ("rel_object",),
}
FAMILY_OF = tuple((name, kind) for kind, names in FAMILIES.items() for name in names)

STANCE_CLASSES = {
    "claims": ("ClaimOfResponsibility",),
    "blames": ("Attribution",),
    "denies": ("Denial",),
    "condemns": ("Reaction",),
    "condoles": ("Reaction",),
    "endorses": ("Reaction",),
    "assures": ("Commitment",),
    "announces": ("Commitment",),
    "threatens": ("Commitment",),
}
OFFICIAL = frozenset({"State", "StateForce", "GovernmentBody", "Alliance"})


def family(content: Content) -> str | None:
    """The class of proposition that the coded fields make; None for a plain proposition."""
    if content.proposition:
        return content.proposition
    values = content.__dict__
    return next((kind for name, kind in FAMILY_OF if values[name] is not None), None)


def classes(said: Statement) -> Iterator[str]:
    """The classes of a statement that follow from what it says; who says it may make it an official one too."""
    yield "Statement"
    yield from STANCE_CLASSES.get(said.stance, ())
    if said.stance == "denies" and family(said) == "ResponsibilityProposition":
        yield "ResponsibilityDenial"
