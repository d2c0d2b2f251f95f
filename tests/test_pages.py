"""What pages are made of: inert text, addresses, the statement card."""

from __future__ import annotations

import pytest

from communique.pages import card, text
from communique.vocab import CODE, ID


def code(scheme: str, name: str) -> dict[str, str]:
    return {"id": f"{CODE}{scheme}/{name}", "label": name}


def row(**more: object) -> dict[str, object]:
    """A row as queries that rest on statements give it."""
    return {
        "statement": {"id": f"{ID}statement/5f3921091d2566dd96b4d496fef691cb"},
        "asserter": {"id": f"{ID}actor/somebody", "label": "Somebody"}, "onBehalfOf": None, "stance": code("stance", "affirms"),
        "hedge": None, "hedgeText": None, "voice": code("voice", "narrator"), "quote": "words", "start": 3, "end": 8,
        "report": {"id": f"{ID}report/alpha", "label": "Alpha"}, "saidBy": None, **more,
    }  # fmt: skip


def test_what_cannot_be_seen_is_shown_as_a_mark() -> None:
    assert text.shown("a\u202eb\u200bc\ufeff") == "a⟦U+202E⟧b⟦U+200B⟧c⟦U+FEFF⟧"


def test_joiners_of_letters_are_left_as_they_are() -> None:
    persian = "\u0645\u06cc\u200c\u062e\u0648"
    assert text.shown(persian) == persian


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "", None, "//x"])
def test_only_http_is_an_address(address: str | None) -> None:
    assert text.web(address) == ""


@pytest.mark.parametrize(
    ("iri", "found"),
    [
        (f"{ID}actor/alpha.militias", "/actors/alpha.militias"),
        (f"{ID}event/x", "/events/x"),
        (f"{ID}question/0a", "/id/question/0a"),
        (f"{CODE}stance/denies", "/code/stance/denies"),
        ("https://w3id.org/communique/ns#Attack", "/ns#Attack"),
        ("https://example.org/", "https://example.org/"),
        ("urn:x", ""),
    ],
)
def test_a_node_has_an_address_here(iri: str, found: str) -> None:
    assert text.page(iri) == found


def test_an_attack_has_a_page_among_attacks() -> None:
    assert text.page(f"{ID}event/x", "attack") == "/attacks/x"


def test_a_text_fragment_names_short_words_whole_and_long_ones_by_their_ends() -> None:
    assert text.fragment("https://x.example/a", "no fatalities, it says") == (
        "https://x.example/a#:~:text=no%20fatalities%2C%20it%20says"
    )
    long = text.fragment("https://x.example/a", "one two three-four five six seven eight nine ten")
    assert long == "https://x.example/a#:~:text=one%20two%20three%2Dfour%20five,seven%20eight%20nine%20ten"


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, "none"),
        ({"stance": code("stance", "claims")}, "claimed"),
        ({"accused": {"id": f"{ID}actor/x"}}, "blamed"),
        ({"stance": code("stance", "denies"), "accused": {"id": f"{ID}actor/x"}}, "denied"),
        ({"aspect": code("aspect", "response")}, "response"),
    ],
)
def test_the_kind_of_a_card_follows_stance_question_and_aspect(more: dict[str, object], kind: str) -> None:
    assert card.card(row(**more)).kind == kind


@pytest.mark.parametrize(
    ("more", "answer"),
    [
        ({}, None),
        (
            {"value": 7, "qualifier": code("qualifier", "at least"), "unit": code("unit", "rocket")},
            "at least 7 rockets",
        ),
        ({"value": 0, "qualifier": None}, "0"),
        ({"value": None, "valueLow": 2, "valueHigh": None}, "at least 2"),
        ({"value": None, "valueLow": None, "valueHigh": 5}, "up to 5"),
        ({"edtf": "XXXX-02-20"}, "XXXX-02-20"),
    ],
)
def test_the_answer_of_a_card_is_what_the_row_gives(more: dict[str, object], answer: str | None) -> None:
    assert card.card(row(**more)).answer == answer


def test_a_statement_on_two_passages_is_one_card() -> None:
    first, second = row(), row(quote="other words", start=20, end=31)
    found = card.cards([first, second, first])
    assert [[w.quote for w in c.passages] for c in found] == [["words", "other words"]]


def test_a_silence_is_told_as_one_and_blames_nobody() -> None:
    silence = card.card(row(aspect=code("aspect", "responsibility"), silentActor=None, asOf="2021-03"))
    assert (silence.kind, silence.stance) == ("none", "tells of silence")
    assert silence.answer == "nobody had claimed it, as of 2021-03"


def test_a_node_that_answers_is_given_and_not_aimed_at() -> None:
    place = {"id": f"{ID}place/x", "label": "X"}
    found = card.card(row(object=place))
    assert (found.answer, found.given, found.target) == (None, place, None)


def test_words_that_answer_leave_the_node_as_a_target() -> None:
    place = {"id": f"{ID}place/x", "label": "X"}
    found = card.card(row(object=place, contentText="near it"))
    assert (found.answer, found.given, found.target) == ("near it", None, place)


@pytest.mark.parametrize(
    ("earliest", "latest", "days"),
    [
        ("2021-03-14T10:00:00Z", "2021-03-16T11:59:59Z", "2021-03-15"),
        ("2021-03-14T10:00:00Z", "2021-04-01T11:59:59Z", "2021-03-15 to 2021-03-31"),
        ("2021-03-15T09:00:00Z", "2021-03-15T09:00:00Z", "2021-03-15"),
        ("2021-03-14T10:00:00Z", None, "2021-03-15 or later"),
        (None, "2021-04-01T11:59:59Z", "2021-03-31 or earlier"),
        (None, None, ""),
    ],
)
def test_the_days_of_a_span_are_those_that_were_written(earliest: str | None, latest: str | None, days: str) -> None:
    assert text.span(earliest, latest) == days
