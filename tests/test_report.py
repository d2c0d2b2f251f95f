"""The Report model and its rules: what is refused, at which line, and that nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from communique import dates, faults, load, reader
from communique.content import Content
from communique.errors import Faulty
from communique.report import Report, json_schema
from communique.store.embedded import Embedded
from conftest import ROOT, TINY, communique, filled

ALPHA = (TINY / "graph" / "reports" / "alpha.yaml").read_text("utf-8")

# What is changed in alpha.yaml, the rule that refuses it, and a word of the message.
BROKEN = {
    "no such stance": ("stance: claims", "stance: boasts", "code", "take one from ontology/schemes.ttl, /code/stance"),
    "no name": ("by: ministry", "by: The Ministry", "form", "small letters"),
    "no such actor": ("by: ministry", "by: nobody", "dangling", "nobody"),
    "two subjects": (
        "aboutEvent: north-camp\n    aspect: date", "aboutEvent: north-camp\n    aboutEntity: actor:army\n    aspect: date",
        "Subject", "exactly one",
    ),
    "two families": ("edtf: 2020-05-03", "edtf: 2020-05-03\n    value: 3", "OneFamily", "cannot be"),
    "nothing said": ("    edtf: 2020-05-03\n", "", "ContentText", "nothing is said"),
    "text beside code": ("edtf: 2020-05-03", "edtf: 2020-05-03\n    contentText: then", "ContentText", "leave"),
    "a claim for another": ("by: grey-brigade", "by: ministry", "ClaimForItself", "responsibleActor"),
    "relays nothing": ("stance: blames", "stance: relays", "Relay", "relayOf"),
    "inference of another": ("by: ministry\n    stance: blames\n    voice: indirect-speech", "by: ministry\n    stance: blames\n    voice: inference", "Inference", "communique"),
    "hedge without words": ("stance: blames", "stance: blames\n    hedge: alleged", "Hedge", "hedgeText"),
    "not a date": ("edtf: 2020-05-03", "edtf: May 3rd", "form", "EDTF"),
    "bounds crossed": ("edtf: 2020-05-03", "edtf: 2020-05-03\n    earliest: 2020-06-01", "TimeBounds", "after"),
    "values crossed": ("value: 2", "valueLow: 3\n    valueHigh: 2", "ValueOrder", "above"),
    "qualifier of nothing": ("value: 2", "valueLow: 2\n    qualifier: exactly", "QualifierNeedsValue", "qualifies"),
    "side of nowhere": ("unit: rocket", "unit: rocket\n    perimeterSide: inside", "Perimeter", "together"),
    "role of nobody": ("edtf: 2020-05-03", "edtf: 2020-05-03\n    role: perpetrator", "ResponsibilityType", "responsibleActor"),
    "offsets lost": ("    start: 24\n", "", "Offsets", "locate"),
    "offsets off": ("start: 24", "start: 23", "quote-length", "locate"),
    "a quote too long": ("quote: on 3 May 2020", f"quote: {'long ' * 31}", "QuoteWords", "30"),
    "unknown field": ("medium", "medium", "form", "Extra"),
    "found nowhere": ("url: https://example.org/alpha\n", "", "Findable", "url"),
    "a response of nobody": ("aboutEvent: north-camp\n    aspect: date\n    edtf: 2020-05-03", "aboutEntity: actor:army\n    aspect: response\n    statedReason: revenge", "Response", "aboutEvent"),
    "value and bounds": ("value: 2", "value: 2\n    valueLow: 1", "ValueBounds", "not both"),
    "a date of no time": ("value: 2", "value: 2\n    earliest: 2020-05-03", "TimeType", "bound"),
    "of no report": ("issued: 2020-05-04", "issued: 2020-05-04\ncopyOf: gamma", "dangling", "gamma"),
    "a key twice": ("  - by: ministry", "  - key: four\n    by: ministry", "key", "more than once"),
    "a key of nobody": ("value: 2", "value: 2\n    partOfCount: nobody", "key", "nobody"),
    "no hash": ("textSha256", "# textSha256", "TextSha256", "locate"),
    "not yaml": ("title: Rockets", "title: [Rockets", "yaml", ""),
}  # fmt: skip


def known(content: Content, file: Path) -> faults.Known:
    store = Embedded.memory()
    loader = load.Loader(store, content, lambda data, name: [])
    loader.vocabulary()
    return load.lookup(store, file.stem, reader.read(file))


@pytest.mark.parametrize("case", BROKEN)
def test_fault_names_file_line_and_rule(case: str, tmp_path: Path, tiny: Content) -> None:
    old, new, rule, word = BROKEN[case]
    assert old in ALPHA or case == "unknown field"
    text = ALPHA.replace(old, new, 1)
    if case == "unknown field":
        text = text.replace("    aspect: date", "    when: yesterday\n    aspect: date")
    file = tmp_path / "alpha.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(Faulty) as refused:
        reader.read(file, known(tiny, file))
    found = [f for f in refused.value.faults if f.rule == rule and word in f.message]
    assert found, refused.value.faults
    assert found[0].file == str(file)
    assert 1 <= found[0].line <= len(text.splitlines())


def test_fault_points_at_the_line(tmp_path: Path, tiny: Content) -> None:
    file = tmp_path / "alpha.yaml"
    file.write_text(ALPHA.replace("stance: claims", "stance: boasts"), "utf-8")
    with pytest.raises(Faulty) as refused:
        reader.read(file, known(tiny, file))
    (fault,) = refused.value.faults
    assert file.read_text("utf-8").splitlines()[fault.line - 1].strip() == "stance: boasts"


def test_same_statement_twice_is_a_fault(tmp_path: Path, tiny: Content) -> None:
    file = tmp_path / "alpha.yaml"
    last = "  - by: red-front" + ALPHA.split("  - by: red-front")[1]
    file.write_text(ALPHA + last, "utf-8")
    with pytest.raises(Faulty, match="2 fault"):
        reader.read(file, known(tiny, file))


def test_circle_of_keys_is_a_fault(tmp_path: Path, tiny: Content) -> None:
    file = tmp_path / "alpha.yaml"
    file.write_text(ALPHA.replace("value: 4", "value: 4\n    partOfCount: four"), "utf-8")
    with pytest.raises(Faulty) as refused:
        reader.read(file, known(tiny, file))
    assert [f.rule for f in refused.value.faults] == ["circle"]


def test_too_much_quoted_is_a_fault(tmp_path: Path, tiny: Content) -> None:
    file = tmp_path / "alpha.yaml"
    file.write_text(ALPHA.replace("wordCount: 70", "wordCount: 30"), "utf-8")
    with pytest.raises(Faulty) as refused:
        reader.read(file, known(tiny, file))
    assert [f.rule for f in refused.value.faults] == ["quote-share"]


def test_words_quoted_twice_count_once() -> None:
    passages = [Report.model_validate(_one("a b c", 0)), Report.model_validate(_one("b c d", 2))]
    assert faults.quoted_words(s for report in passages for s in report.statements) == 4


def _one(quote: str, start: int) -> dict[str, object]:
    said = {"by": "army", "stance": "affirms", "voice": "narrator", "aspect": "killed", "quote": quote}
    return {"title": "t", "publisher": "daily", "language": "en",
            "statements": [{**said, "start": start, "end": start + len(quote)}]}  # fmt: skip


def test_verify_tells_a_quote_that_moved(tmp_path: Path) -> None:
    (tmp_path / "alpha.txt").write_bytes((TINY / "texts" / "alpha.txt").read_bytes().replace(b"3 May", b"4 May"))
    done = communique(
        "verify", "--texts", str(tmp_path), "--content", str(TINY), str(TINY / "graph/reports/alpha.yaml")
    )
    assert done.returncode == 1
    assert "text-sha256" in done.stdout
    assert "quote-at-offsets" in done.stdout


def test_article_stands_where_the_graph_says(article: bytes, tmp_path: Path) -> None:
    (tmp_path / "seven-rockets.txt").write_bytes(article)
    done = communique("verify", "--texts", str(tmp_path))
    assert done.returncode == 0, done.stdout
    assert "every quote stands where it says" in done.stdout


def test_published_schema_is_the_models() -> None:
    assert (ROOT / "ontology" / "report.schema.json").read_text("utf-8") == json_schema(), "run `make schema`"


def test_new_then_locate_makes_a_report(tmp_path: Path) -> None:
    """What an analyst does first: the skeleton is already a report, once its names are real."""
    for part in ("ontology", "queries"):
        (tmp_path / part).symlink_to(TINY / part)
    (tmp_path / "graph" / "reports").mkdir(parents=True)
    for seed in (TINY / "graph").glob("*.ttl"):
        (tmp_path / "graph" / seed.name).write_bytes(seed.read_bytes())
    text = str(TINY / "texts" / "alpha.txt")
    assert communique("new", "mine", "--text", text, "--content", str(tmp_path)).returncode == 0
    file = tmp_path / "graph" / "reports" / "mine.yaml"
    words = file.read_text("utf-8").replace("SLUG-OF-THE-OUTLET", "daily").replace("SLUG-OF-THE-EVENT", "my-event")
    file.write_text(words, "utf-8")
    assert communique("locate", "mine", "--text", text, "--content", str(tmp_path)).returncode == 0
    done = communique("load", str(file), "--content", str(tmp_path), "--store", str(tmp_path / "store"))
    assert done.returncode == 0, done.stderr
    assert "1 loaded" in done.stdout
    assert communique("new", "mine", "--text", text, "--content", str(tmp_path)).returncode == 2


def test_locate_asks_which_of_two_places(tmp_path: Path) -> None:
    file = tmp_path / "alpha.yaml"
    file.write_text(ALPHA.replace("quote: The Red Front denied any part", "quote: Red Front"), "utf-8")
    before = file.read_text("utf-8").replace("start: 180", "start: 1")
    file.write_text(before, "utf-8")
    with pytest.raises(Faulty, match="1 fault"):
        reader.locate(file, (TINY / "texts" / "alpha.txt").read_bytes())
    assert file.read_text("utf-8") == before


def test_locate_changes_nothing_that_is_right(tmp_path: Path) -> None:
    file = tmp_path / "alpha.yaml"
    file.write_text(ALPHA, "utf-8")
    assert reader.locate(file, (TINY / "texts" / "alpha.txt").read_bytes()) == 7
    assert file.read_text("utf-8") == ALPHA


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2021-03-15", "2021-03-14T10:00:00Z", "2021-03-16T11:59:59Z"),
        ("2021-03?", "2021-02-28T10:00:00Z", "2021-04-01T11:59:59Z"),
        ("2019", "2018-12-31T10:00:00Z", "2020-01-01T11:59:59Z"),
        ("2021-03-01/2021-03-03", "2021-02-28T10:00:00Z", "2021-03-04T11:59:59Z"),
        ("../2021-03-03", None, "2021-03-04T11:59:59Z"),
        ("XXXX-02-20", None, None),
    ],
)
def test_bounds_of_a_worded_date(text: str, low: str | None, high: str | None) -> None:
    earliest, latest = dates.bounds(text)
    assert (earliest and dates.stamp(earliest)) == low
    assert (latest and dates.stamp(latest)) == high


def test_tiny_content_is_without_fault(tiny: Content) -> None:
    assert filled(tiny).version


@pytest.mark.parametrize("bad", ["a\\0b", "a\\x1fb", "a\\u202eb", "a\\nb"])
def test_labels_hold_nothing_that_hides(bad: str, tmp_path: Path) -> None:
    file = tmp_path / "alpha.yaml"
    file.write_text(ALPHA.replace("title: Rockets hit North Camp", f'title: "{bad}"'), "utf-8")
    with pytest.raises(Faulty, match="fault"):
        reader.read(file)


def test_locate_leaves_comments_between_statements(tmp_path: Path) -> None:
    file = tmp_path / "alpha.yaml"
    text = ALPHA.replace("    start: 24\n    end: 60\n", "\n  # the next one\n")
    assert text != ALPHA
    file.write_text(text, "utf-8")
    reader.locate(file, (TINY / "texts" / "alpha.txt").read_bytes())
    assert file.read_text("utf-8") == ALPHA.replace("    end: 60\n", "    end: 60\n\n  # the next one\n")
