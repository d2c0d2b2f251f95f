"""A report file and RDF are refused for the same reasons: the model's rules and the shapes agree."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from pydantic import ValidationError

from communique import dump, encode, load, reader
from communique.check import check
from communique.content import Content
from communique.report import Report
from communique.store.embedded import Embedded
from conftest import TINY
from test_report import ALPHA, BROKEN, known

# What never becomes triples: no YAML, no report, a key that names nothing or two things.
UNENCODABLE = {"form", "yaml", "key"}
# A proposition has the type of one family only, so a second family's fields stand under a wrong type.
SHOWN_AS = {"two families": "TimeType"}
CASES = [case for case, (_, _, rule, _) in BROKEN.items() if rule not in UNENCODABLE]


def triples(name: str, report: Report, content: Content, file: Path) -> bytes:
    """The report's triples, as if nobody had inspected it, beside the named nodes that it refers to."""
    store = Embedded.memory()
    loader = load.Loader(store, content, lambda data, source: [])
    loader.vocabulary()
    encoded = encode.encode(name, report, known(content, file).types)
    kept = [q.triple for q in dump.quads(store)]
    return (
        ox.serialize({*kept, *encoded.own.triples(), *encoded.shared.triples()}, format=ox.RdfFormat.N_TRIPLES) or b""
    )


def faults_of(text: str, content: Content, tmp_path: Path) -> set[str]:
    file = tmp_path / "alpha.yaml"
    file.write_text(text, "utf-8")
    return {f.rule for f in check(content, triples("alpha", reader.read(file), content, file))}


def test_what_is_accepted_has_no_fault(tiny: Content, tmp_path: Path) -> None:
    assert faults_of(ALPHA, tiny, tmp_path) == set()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.later
def test_shapes_refuse_what_the_model_refuses(case: str, tiny: Content, tmp_path: Path) -> None:
    old, new, rule, _ = BROKEN[case]
    found = faults_of(ALPHA.replace(old, new, 1), tiny, tmp_path)
    assert SHOWN_AS.get(case, rule) in found, found


def test_too_much_quoted(tiny: Content, tmp_path: Path) -> None:
    assert faults_of(ALPHA.replace("wordCount: 70", "wordCount: 30"), tiny, tmp_path) == {"quote-share"}


@pytest.mark.later
def test_curated_reports_have_no_fault(content: Content) -> None:
    for file in content.reports():
        assert check(content, triples(file.stem, reader.read(file), content, file), str(file)) == []


def test_every_case_is_tried() -> None:
    assert len(CASES) > 20
    assert TINY.is_dir()
    with pytest.raises(ValidationError):
        Report.model_validate({})
