"""Each rule on a small dataset of its own: what it makes, and what it must not make."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest

from communique import binding, catalog

RULES = Path(__file__).parent.parent / "queries" / "rules"
NS = "https://w3id.org/communique/ns#"
X = "https://example.org/"
PREFIXES = f"""
PREFIX cmq: <{NS}>
PREFIX x: <{X}>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX stance: <https://w3id.org/communique/code/stance/>
PREFIX aspect: <https://w3id.org/communique/code/aspect/>
PREFIX voice: <https://w3id.org/communique/code/voice/>
"""
SCHEME = """
stance:claims skos:broader stance:affirms . stance:blames skos:broader stance:affirms .
aspect:munitions-landed skos:related aspect:munitions-intercepted .
"""


@dataclass(frozen=True)
class Case:
    """A rule over Turtle: the triples it makes, as `s p o` of local names; `also` tells what the case is about."""

    rule: str
    about: str
    turtle: str
    expected: frozenset[str]


def said(name: str, stance: str, proposition: str, more: str = "") -> str:
    """A statement by x:NAME-by in x:NAME-report, unless `more` says otherwise."""
    by = "" if "assertedBy" in more else f"; cmq:assertedBy x:{name}-by "
    where = "" if "reportedIn" in more else f"; cmq:reportedIn x:{name}-report "
    voice = "" if "voice" in more else "; cmq:voice voice:narrator "
    kind = {"claims": "ClaimOfResponsibility", "blames": "Attribution", "denies": "Denial"}.get(stance)
    typed = f", cmq:{kind}" if kind else ""
    tail = f"; {more}" if more else ""
    return f"x:{name} a cmq:Statement{typed} ; cmq:stance stance:{stance} ; cmq:expresses x:{proposition} {by}{where}{voice}{tail} .\n"


def case(rule: str, about: str, turtle: str, *expected: str) -> Case:
    return Case(rule, about, turtle, frozenset(expected))


def both(predicate: str, one: str = "s", other: str = "t") -> tuple[str, str]:
    return f"{one} {predicate} {other}", f"{other} {predicate} {one}"


RESPONSIBLE = "x:p cmq:aboutEvent x:e ; cmq:responsibleActor x:a .\n"
RESPONSE = "x:r a cmq:ResponseProposition ; cmq:aboutEvent x:e ; cmq:respondsToEvent x:earlier .\n"


def count(name: str, more: str, question: str = "q", aspect: str = "munitions-landed") -> str:
    return (
        f"x:{name} a cmq:QuantityProposition ; cmq:aboutEvent x:e ; cmq:answers x:{question} ;"
        f" cmq:aspect aspect:{aspect} ; {more} .\n"
    )


def date(name: str, earliest: str, latest: str) -> str:
    """A date of the event x:e; no bound where the text is empty."""
    bounds = [("earliest", earliest), ("latest", latest)]
    written = "".join(f' ; cmq:{key} "{day}T00:00:00Z"^^xsd:dateTime' for key, day in bounds if day)
    return (
        f"x:{name} a cmq:TimeProposition ; cmq:aboutEvent x:e ; cmq:answers x:q ; cmq:aspect aspect:date{written} .\n"
    )


def place(name: str, where: str) -> str:
    return f"x:{name} cmq:aboutEvent x:e ; cmq:aspect aspect:place ; cmq:relObject x:{where} .\n"


SEVEN = count("p", "cmq:value 7 ; cmq:valueLow 7 ; cmq:valueHigh 7")
FIVE = count("o", "cmq:value 5 ; cmq:valueLow 5 ; cmq:valueHigh 5")
AT_LEAST_FIVE = count("o", "cmq:value 5 ; cmq:valueLow 5")
UP_TO_FIVE = count("o", "cmq:value 5 ; cmq:valueHigh 5")
TWO_AFFIRM = said("s", "affirms", "p") + said("t", "affirms", "o")
REPLACED = said("u", "affirms", "p", "cmq:supersedes x:s ; cmq:assertedBy x:s-by")
GAINSAID = said("u", "affirms", "p", "cmq:supersedes x:s ; cmq:assertedBy x:somebody")
WITHIN = "x:base cmq:within x:province . x:province cmq:within x:country .\n"
COPY = "x:s-report cmq:copyOf x:original . x:t-report cmq:copyOf x:original .\n"

CASES = [
    case("has-claimant", "a claim", RESPONSIBLE + said("s", "claims", "p"), "e hasClaimant a"),
    case("has-claimant", "blame is no claim", RESPONSIBLE + said("s", "blames", "p")),
    case("has-claimant", "a narrator who tells it claims nothing", RESPONSIBLE + said("s", "affirms", "p")),
    case("has-accused", "blame", RESPONSIBLE + said("s", "blames", "p"), "e hasAccused a"),
    case("has-accused", "a claim accuses nobody", RESPONSIBLE + said("s", "claims", "p")),
    case("has-accused", "nor does a narrator who tells it", RESPONSIBLE + said("s", "affirms", "p")),
    case(
        "has-denier", "one's own denial",
        RESPONSIBLE + said("s", "denies", "p", "a cmq:ResponsibilityDenial ; cmq:assertedBy x:a"), "e hasDenier a",
    ),
    case(
        "has-denier", "a denial on one's behalf",
        RESPONSIBLE + said("s", "denies", "p", "a cmq:ResponsibilityDenial ; cmq:onBehalfOf x:a"), "e hasDenier a",
    ),
    case(
        "has-denier", "another's denial makes nobody a denier",
        RESPONSIBLE + said("s", "denies", "p", "a cmq:ResponsibilityDenial"),
    ),
    case("responds-to", "affirmed", RESPONSE + said("s", "affirms", "r"), "e respondsTo earlier"),
    case("responds-to", "a denied response is none", RESPONSE + said("s", "denies", "r")),
    case("responds-to", "a relayed one is another's affirming", RESPONSE + said("s", "relays", "r")),
    case("response", "affirmed", RESPONSE + said("s", "affirms", "r"), "e type Response"),
    case(
        "response", "a stated reason is enough",
        'x:r a cmq:ResponseProposition ; cmq:aboutEvent x:e ; cmq:statedReason "recent attacks"@en .\n' + said("s", "affirms", "r"),
        "e type Response",
    ),
    case("response", "denied", RESPONSE + said("s", "denies", "r")),
    case(
        "has-respondent", "a response, and somebody held responsible for it",
        RESPONSE + RESPONSIBLE + said("s", "affirms", "r") + said("t", "affirms", "p"), "e hasRespondent a",
    ),
    case("has-respondent", "no response", RESPONSIBLE + said("t", "affirms", "p")),
    case(
        "has-respondent", "a denied response",
        RESPONSE + RESPONSIBLE + said("s", "denies", "r") + said("t", "affirms", "p"),
    ),
    case(
        "has-respondent", "a denied responsibility",
        RESPONSE + RESPONSIBLE + said("s", "affirms", "r") + said("t", "denies", "p"),
    ),
    case(
        "candidate-same-as", "affirmed",
        "x:p cmq:aboutEvent x:e ; cmq:aspect aspect:same-event ; cmq:relObject x:f .\n" + said("s", "affirms", "p"),
        "e candidateSameAs f",
    ),
    case(
        "candidate-same-as", "denied",
        "x:p cmq:aboutEvent x:e ; cmq:aspect aspect:same-event ; cmq:relObject x:f .\n" + said("s", "denies", "p"),
    ),
    case(
        "candidate-same-as", "a part is not the same",
        "x:p cmq:aboutEvent x:e ; cmq:aspect aspect:part-of ; cmq:relObject x:f .\n" + said("s", "affirms", "p"),
    ),
    case(
        "indexed-earliest", "the least of two, of affirmed ones alone",
        date("p", "2021-03-02", "2021-03-04") + date("o", "2021-03-01", "2021-03-03") + date("n", "2020-01-01", "2020-01-02")
        + TWO_AFFIRM + said("u", "denies", "n"),
        "e indexedEarliest 2021-03-01T00:00:00Z",
    ),
    case("indexed-earliest", "a day without a year has no bound", date("p", "", "") + said("s", "affirms", "p")),
    case(
        "indexed-latest", "the greatest of two",
        date("p", "2021-03-02", "2021-03-04") + date("o", "2021-03-01", "") + TWO_AFFIRM,
        "e indexedLatest 2021-03-04T00:00:00Z",
    ),
    case("indexed-latest", "no bound", date("p", "2021-03-01", "") + said("s", "affirms", "p")),
    case(
        "indexed-at", "the narrowest of places within one another",
        WITHIN + place("p", "base") + place("o", "country") + TWO_AFFIRM, "e indexedAt base",
    ),
    case(
        "indexed-at", "what two accounts dispute is left for what both are within",
        WITHIN + "x:village cmq:within x:province .\n" + place("p", "base") + place("o", "village") + place("n", "country")
        + TWO_AFFIRM + said("u", "affirms", "n"),
        "e indexedAt country",
    ),
    case("indexed-at", "disputed, and nothing else", WITHIN + place("p", "base") + place("o", "elsewhere") + TWO_AFFIRM),
    case("indexed-at", "denied", place("p", "base") + said("s", "affirms", "p") + said("t", "denies", "p")),
    case("indexed-at", "only denied", place("p", "base") + said("t", "denies", "p")),
    case("contradicts-values", "disjoint", SEVEN + FIVE + TWO_AFFIRM, *both("contradicts")),
    case("contradicts-values", "seven are at least five", SEVEN + AT_LEAST_FIVE + TWO_AFFIRM),
    case("contradicts-values", "seven are more than up to five", SEVEN + UP_TO_FIVE + TWO_AFFIRM, *both("contradicts")),
    case("contradicts-values", "another question", SEVEN + FIVE.replace("x:q ", "x:q2 ") + TWO_AFFIRM),
    case("contradicts-values", "one is denied", SEVEN + FIVE + said("s", "affirms", "p") + said("t", "denies", "o")),
    case(
        "contradicts-values", "one is a share of another count",
        SEVEN + count("o", "cmq:valueLow 0.5 ; cmq:valueHigh 0.5 ; cmq:relativeTo x:total") + TWO_AFFIRM,
    ),
    case(
        "contradicts-values", "both are shares of the same count",
        count("p", "cmq:valueLow 0.7 ; cmq:valueHigh 0.7 ; cmq:relativeTo x:total")
        + count("o", "cmq:valueLow 0.5 ; cmq:valueHigh 0.5 ; cmq:relativeTo x:total") + TWO_AFFIRM,
        *both("contradicts"),
    ),
    case("contradicts-values", "superseded by its asserter", SEVEN + FIVE + TWO_AFFIRM + REPLACED, *both("contradicts", "u")),
    case(
        "contradicts-values", "nobody supersedes another's words",
        SEVEN + FIVE + TWO_AFFIRM + GAINSAID, *both("contradicts"), *both("contradicts", "u"),
    ),
    case(
        "contradicts-dates", "disjoint",
        date("p", "2021-03-01", "2021-03-02") + date("o", "2021-03-05", "2021-03-06") + TWO_AFFIRM, *both("contradicts"),
    ),
    case("contradicts-dates", "overlapping", date("p", "2021-03-01", "2021-03-05") + date("o", "2021-03-05", "") + TWO_AFFIRM),
    case("contradicts-dates", "without bounds", date("p", "", "") + date("o", "2021-03-05", "2021-03-06") + TWO_AFFIRM),
    case(
        "contradicts-dates", "an inference of ours contradicts like any other",
        date("p", "2021-03-01", "2021-03-02") + date("o", "2021-03-05", "2021-03-06") + said("s", "affirms", "p")
        + said("t", "affirms", "o", "cmq:voice voice:inference"),
        *both("contradicts"),
    ),
    case(
        "contradicts-denials", "the very proposition",
        RESPONSIBLE + said("s", "claims", "p") + said("t", "denies", "p"), *both("contradicts"),
    ),
    case(
        "contradicts-denials", "another's responsibility",
        RESPONSIBLE + "x:o cmq:aboutEvent x:e ; cmq:responsibleActor x:b .\n" + said("s", "claims", "p") + said("t", "denies", "o"),
    ),
    case("contradicts-denials", "two denials agree", RESPONSIBLE + said("s", "denies", "p") + said("t", "denies", "p")),
    case("contradicts-denials", "who declines denies nothing", RESPONSIBLE + said("s", "claims", "p") + said("t", "declines", "p")),
    case(
        "contradicts-denials", "superseded by its asserter",
        RESPONSIBLE + said("s", "claims", "p") + said("t", "denies", "p")
        + said("u", "retracts", "p", "cmq:supersedes x:s ; cmq:assertedBy x:s-by"),
    ),
    case("differs-values", "seven, and at least five", SEVEN + AT_LEAST_FIVE + TWO_AFFIRM, *both("differsFrom")),
    case("differs-values", "seven, and about seven", SEVEN + count("o", "cmq:value 7") + TWO_AFFIRM, *both("differsFrom")),
    case("differs-values", "disjoint ones contradict", SEVEN + FIVE + TWO_AFFIRM),
    case("differs-values", "the same number twice", SEVEN + said("s", "affirms", "p") + said("t", "affirms", "p")),
    case(
        "differs-values", "the same number, once as part of another",
        SEVEN + SEVEN.replace("x:p ", "x:o ").replace("cmq:value 7", "cmq:partOfCount x:total ; cmq:value 7") + TWO_AFFIRM,
    ),
    case(
        "differs-values", "superseded by its asserter",
        SEVEN + AT_LEAST_FIVE + TWO_AFFIRM + REPLACED, *both("differsFrom", "u"),
    ),
    case(
        "differs-dates", "overlapping",
        date("p", "2021-03-01", "2021-03-05") + date("o", "2021-03-04", "2021-03-06") + TWO_AFFIRM, *both("differsFrom"),
    ),
    case("differs-dates", "without bounds", date("p", "", "") + date("o", "2021-03-04", "2021-03-06") + TWO_AFFIRM),
    case(
        "differs-dates", "disjoint ones contradict",
        date("p", "2021-03-01", "2021-03-02") + date("o", "2021-03-04", "2021-03-06") + TWO_AFFIRM,
    ),
    case(
        "differs-dates", "an inference of ours only makes precise",
        date("p", "2021-03-01", "2021-03-31") + date("o", "2021-03-04", "2021-03-06") + said("s", "affirms", "p")
        + said("t", "affirms", "o", "cmq:voice voice:inference"),
    ),
    case(
        "differs-aspects", "landed and intercepted",
        SEVEN + count("o", "cmq:value 5 ; cmq:valueLow 5 ; cmq:valueHigh 5", "q2", "munitions-intercepted") + TWO_AFFIRM,
        *both("differsFrom"),
    ),
    case(
        "differs-aspects", "as many",
        SEVEN + count("o", "cmq:value 7 ; cmq:valueLow 7 ; cmq:valueHigh 7", "q2", "munitions-intercepted") + TWO_AFFIRM,
    ),
    case("differs-aspects", "aspects that do not compare", SEVEN + count("o", "cmq:value 5", "q2", "wounded") + TWO_AFFIRM),
    case(
        "differs-aspects", "of another event",
        SEVEN + count("o", "cmq:value 5", "q2", "munitions-intercepted").replace("x:e ", "x:f ") + TWO_AFFIRM,
    ),
    case("corroborates", "two asserters, two reports", SEVEN + said("s", "affirms", "p") + said("t", "affirms", "p"), *both("corroborates")),
    case(
        "corroborates", "one asserter in two reports",
        SEVEN + said("s", "affirms", "p") + said("t", "affirms", "p", "cmq:assertedBy x:s-by"),
    ),
    case(
        "corroborates", "two asserters in one report",
        SEVEN + said("s", "affirms", "p") + said("t", "affirms", "p", "cmq:reportedIn x:s-report"),
    ),
    case("corroborates", "copies of one report", COPY + SEVEN + said("s", "affirms", "p") + said("t", "affirms", "p")),
    case("corroborates", "a denial", SEVEN + said("s", "affirms", "p") + said("t", "denies", "p")),
    case(
        "corroborates", "an inference of ours is no witness",
        SEVEN + said("s", "affirms", "p") + said("t", "affirms", "p", "cmq:voice voice:inference"),
    ),
    case("corroborates", "superseded by its asserter", SEVEN + said("s", "affirms", "p") + said("t", "affirms", "p") + REPLACED.replace("x:p ", "x:n ")),
]  # fmt: skip


def made(rule: str, turtle: str, *touched: str) -> set[str]:
    """The triples that a rule makes of Turtle, as `s p o` of local names; for these touched nodes only, if any."""
    store = ox.Store()
    store.load((PREFIXES + SCHEME + turtle).encode(), format=ox.RdfFormat.TURTLE)
    query = catalog.read(RULES / f"{rule}.rq")
    nodes = [ox.NamedNode(X + name) for name in touched]
    text = binding.bind(query, {query.params[0].name: nodes} if nodes else {})
    results = store.query(text)
    assert isinstance(results, ox.QueryTriples)
    return {f"{local(t.subject)} {local(t.predicate)} {local(t.object)}" for t in results}


def local(term: object) -> str:
    assert isinstance(term, ox.NamedNode | ox.Literal)
    return term.value if isinstance(term, ox.Literal) else term.value.replace("#", "/").rsplit("/", 1)[1]


@pytest.mark.parametrize("told", CASES, ids=lambda c: f"{c.rule}: {c.about}")
def test_rule(told: Case) -> None:
    assert made(told.rule, told.turtle) == told.expected


@pytest.mark.parametrize("told", CASES, ids=lambda c: f"{c.rule}: {c.about}")
def test_rule_for_what_was_touched(told: Case) -> None:
    assert made(told.rule, told.turtle, "e", "untouched") == told.expected
    assert made(told.rule, told.turtle, "untouched") == set()


def test_counts() -> None:
    turtle = said("s", "affirms", "p", "cmq:assertedBy x:a") + said("t", "affirms", "o", "cmq:assertedBy x:a")
    turtle += said("u", "denies", "p", "cmq:assertedBy x:a") + said("v", "denies", "p", "cmq:assertedBy x:b")
    both_actors = made("counts", turtle)
    assert {t.split(" ", 1)[1] for t in both_actors if " count " in t} == {"count 2", "count 1"}
    assert sum(" type Count" in t for t in both_actors) == 3
    name = hashlib.sha256(f"{X}a https://w3id.org/communique/code/stance/affirms".encode()).hexdigest()
    assert {
        f"{name} type Count",
        f"{name} countedActor a",
        f"{name} countedStance affirms",
        f"{name} count 2",
    } <= both_actors
    assert made("counts", turtle, "a") == {t for t in both_actors if t.split()[0] in named(both_actors, "a")}


def named(triples: set[str], actor: str) -> set[str]:
    """The counts of one actor."""
    return {t.split()[0] for t in triples if t.endswith(f" countedActor {actor}")}


def test_every_rule_is_told_both_ways() -> None:
    rules = {path.stem for path in RULES.glob("*.rq")} - {"counts"}
    assert rules == {c.rule for c in CASES if c.expected}
    assert rules == {c.rule for c in CASES if not c.expected}
