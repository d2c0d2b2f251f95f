"""What rules make of a write is made with it, and is what they make of the whole store, whatever is written over what."""

from __future__ import annotations

import random

import pytest
from pyoxigraph import NamedNode, QuerySolutions

from communique import computed, derive, encode, faults, following, load
from communique.bench import make
from communique.bench.world import Told, World
from communique.content import Content
from communique.report import Report, Statement
from communique.rules import Problem
from communique.store import META, Change
from communique.store.embedded import Embedded
from communique.vocab import CMQ, DERIVED, node

WORLD = World(11, 24)


class Writing:
    """A store with some of a world's reports, of which each write is compared with the rules over everything."""

    def __init__(self, made: Content) -> None:
        self.store = Embedded.memory()
        self.loader = load.Loader(self.store, made, lambda data, file: [])
        self.loader.vocabulary()
        self.found: list[Problem] = []
        self.commits: list[Change | None] = []
        self.store.heard = self.commits.append

    def put(self, name: str, report: Report) -> str:
        known = load.lookup(self.store, name, report)
        if found := faults.inspect(name, report, known):
            self.found = found
            return "refused"
        return self.loader.report(name, report, known, name)

    def require_same(self) -> None:
        assert not derive.derive(self.store, self.loader.rules)


@pytest.fixture(scope="module")
def made(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Content:
    return make.folder(WORLD, content, tmp_path_factory.mktemp("world") / "content")


@pytest.fixture(scope="module")
def told() -> list[Told]:
    return list(WORLD.told())


def test_the_world_has_what_rules_are_about(made: Content, told: list[Told]) -> None:
    writing = Writing(made)
    for one in told:
        writing.put(one.name, one.report)
    predicates = {quad.predicate for quad in writing.store.quads(DERIVED)}
    assert {p for p in computed.COMPUTED if p not in predicates} <= {CMQ.candidateSameAs}
    assert any(one.report.copy_of for one in told)
    writing.require_same()


@pytest.mark.parametrize("seed", range(4))
def test_any_writes_in_any_order(made: Content, told: list[Told], seed: int) -> None:
    """New reports, changed ones, copies that are none any more, statements that supersede others, withdrawn ones."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    writing = Writing(made)
    there: dict[str, Report] = {}
    for _ in range(70):
        one = dice.choice(told)
        if one.name in there and dice.random() < 0.4:
            writing.loader.withdraw(node("report", one.name))
            del there[one.name]
        else:
            report = changed(one.report, there, dice)
            if writing.put(one.name, report) in ("loaded", "replaced"):
                there[one.name] = report
        writing.require_same()
    assert len(there) > 5


def changed(report: Report, there: dict[str, Report], dice: random.Random) -> Report:
    """The report as it is, or otherwise in one way."""
    how = dice.choice(
        [
            "as it is",
            "fewer",
            "stance",
            "place",
            "place",
            "place",
            "supersedes",
            "supersedes",
            "copy",
            "copy",
            "no copy",
        ]
    )
    said = list(report.statements)
    place = dice.randrange(len(said))
    if how == "copy" and there:
        return report.model_copy(update={"copy_of": dice.choice(sorted(there))})
    if how == "no copy":
        return report.model_copy(update={"copy_of": None})
    if how == "fewer" and len(said) > 1:
        said.pop(place)
    elif how == "stance":
        said[place] = said[place].model_copy(update={"stance": dice.choice(["affirms", "denies", "relays"])})
    elif how == "place":
        said = [about_a_place(one, dice) if one.value is not None else one for one in said]
    elif how == "supersedes" and (earlier := earlier_statements(there, said[place].by)):
        said[place] = said[place].model_copy(update={"supersedes": dice.choice(earlier)})
    return report.model_copy(update={"statements": said})


def about_a_place(said: Statement, dice: random.Random) -> Statement:
    """The same count, of one place that all tell of; of something that is compared with nothing else, or not."""
    place = f"place:{next(iter(WORLD.cast.places))}"
    aspect = dice.choice([said.aspect, "strength"])
    return said.model_copy(update={"about_event": None, "about_entity": place, "aspect": aspect})


def earlier_statements(there: dict[str, Report], by: str) -> list[str]:
    """The statements of an actor in the reports that are there."""
    found = []
    for name, report in there.items():
        encoded = encode.encode(name, report, {}).statements
        found += [iri for said, iri in zip(report.statements, encoded, strict=True) if said.by == by]
    return sorted(found)


def test_a_write_and_what_follows_are_one_commit(made: Content, told: list[Told]) -> None:
    """So nobody reads the one without the other, and a crash leaves both or neither."""
    writing = Writing(made)
    for number, one in enumerate(told[:4], 1):
        assert writing.put(one.name, one.report) == "loaded"
        assert len(writing.commits) == number
    writing.loader.withdraw(node("report", told[0].name))
    assert len(writing.commits) == 5
    assert following.PENDING not in set(writing.store.quads(META))


def test_a_changed_title_derives_nothing(made: Content, told: list[Told]) -> None:
    writing = Writing(made)
    writing.put(told[0].name, told[0].report)
    writing.put(told[0].name, told[0].report.model_copy(update={"title": "Another"}))
    last = writing.commits[-1]
    assert last
    assert not [q for q in (*last.remove, *last.add) if q.graph_name == DERIVED]


# -- one at a time

CAMP = {"about_entity": "place:north-camp"}
ATTACK = {"about_event": "north-camp"}


def report(by: str, value: int, *, copy_of: str | None = None, supersedes: str | None = None, **about: str) -> Report:
    """A report of one count."""
    said = {
        "by": by, "stance": "affirms", "voice": "indirect-speech", "aspect": "killed", "value": value, "unit": "person",
        "quote": "so many", "start": 0, "end": 7, "supersedes": supersedes, **about,
    }  # fmt: skip
    return Report.model_validate({
        "title": "A report", "publisher": "daily", "language": "en", "text_sha256": "0" * 64, "word_count": 40,
        "copy_of": copy_of, "note": "told by hand", "statements": [said],
    })  # fmt: skip


@pytest.fixture
def tiny_writing(tiny: Content) -> Writing:
    return Writing(tiny)


def related(writing: Writing, name: str, predicate: NamedNode) -> set[str]:
    """The reports of the statements that stand in a relation to that of a report."""
    found = writing.store.query(
        f"SELECT ?r WHERE {{ ?a {CMQ.reportedIn} {node('report', name)} ; {predicate} ?b . ?b {CMQ.reportedIn} ?r }}"
    )
    assert isinstance(found, QuerySolutions)
    return {row["r"].value.rpartition("/")[2] for row in found}


def put(writing: Writing, name: str, given: Report) -> None:
    assert writing.put(name, given) in ("loaded", "replaced"), writing.found
    writing.require_same()


def withdraw(writing: Writing, name: str) -> None:
    writing.loader.withdraw(node("report", name))
    writing.require_same()


def iri(name: str, given: Report) -> str:
    return encode.encode(name, given, {}).statements[0]


@pytest.mark.parametrize("about", [CAMP, ATTACK])
def test_one_that_is_superseded_speaks_no_longer_until_the_other_goes(
    tiny_writing: Writing, about: dict[str, str]
) -> None:
    first = report("army", 2, **about)
    put(tiny_writing, "first", first)
    put(tiny_writing, "rival", report("ministry", 7, **about))
    assert related(tiny_writing, "rival", CMQ.contradicts) == {"first"}
    # Whoever corrects itself may do it about something else.
    other = ATTACK if about is CAMP else CAMP
    put(tiny_writing, "correction", report("army", 3, supersedes=iri("first", first), **other))
    assert related(tiny_writing, "rival", CMQ.contradicts) == set()
    withdraw(tiny_writing, "correction")
    assert related(tiny_writing, "rival", CMQ.contradicts) == {"first"}


@pytest.mark.parametrize("about", [CAMP, ATTACK])
def test_a_copy_corroborates_nothing_of_which_it_is_one(tiny_writing: Writing, about: dict[str, str]) -> None:
    """Though the statements stay as they are; and reports that are copies of one are copies of one another."""
    for name, by in (("first", "army"), ("second", "ministry"), ("third", "red-front")):
        put(tiny_writing, name, report(by, 2, **about))
    assert related(tiny_writing, "first", CMQ.corroborates) == {"second", "third"}
    put(tiny_writing, "second", report("ministry", 2, copy_of="first", **about))
    assert related(tiny_writing, "first", CMQ.corroborates) == {"third"}
    put(tiny_writing, "third", report("red-front", 2, copy_of="first", **about))
    assert related(tiny_writing, "second", CMQ.corroborates) == set()
    put(tiny_writing, "second", report("ministry", 2, **about))
    assert related(tiny_writing, "second", CMQ.corroborates) == {"first", "third"}


@pytest.mark.parametrize("about", [CAMP, ATTACK])
@pytest.mark.parametrize(("aspect", "predicate"), [("killed", CMQ.contradicts), ("casualties", CMQ.differsFrom)])
def test_counts_are_compared_with_those_that_are_there(
    tiny_writing: Writing, about: dict[str, str], aspect: str, predicate: NamedNode
) -> None:
    put(tiny_writing, "first", report("army", 2, aspect="killed", **about))
    put(tiny_writing, "second", report("ministry", 7, aspect=aspect, **about))
    assert related(tiny_writing, "second", predicate) == {"first"}
    withdraw(tiny_writing, "first")
    assert related(tiny_writing, "second", predicate) == set()


def test_a_place_that_moves_is_told_to_the_events_there(tiny_writing: Writing) -> None:
    """A report that introduced it now puts it elsewhere."""
    camp, around = (
        {"label": {"en": name}, "type": "Site", "within": within} for name, within in (("Camp", "area"), ("Area", None))
    )
    given = report("army", 2, **ATTACK).model_dump(exclude_defaults=True)
    said = [
        {
            **given["statements"][0],
            "aspect": "place",
            "value": None,
            "unit": None,
            "rel_object": f"place:{name}",
            "by": by,
        }
        for name, by in (("camp", "army"), ("area", "ministry"))
    ]
    for places, found in (
        ({"camp": camp, "area": around}, "camp"),
        ({"camp": {**camp, "within": None}, "area": around}, None),
        ({"camp": camp, "area": around}, "camp"),
    ):
        put(tiny_writing, "places", Report.model_validate({**given, "places": places}))
        assert tiny_writing.put("told", Report.model_validate({**given, "statements": said})) != "refused"
        tiny_writing.require_same()
        at = {
            q.object
            for q in tiny_writing.store.quads(DERIVED, node("event", "north-camp"))
            if q.predicate == CMQ.indexedAt
        }
        assert at == ({node("place", found)} if found else set())
