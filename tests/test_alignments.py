"""The alignments beside what their targets say: nothing of ours becomes impossible, and our data stay consistent.

`alignments/NAME.ttl` holds the axioms of other vocabularies that bear on ours, as they publish them; the Turtle after
`# clash: ` contradicts one of them, so that a target that says nothing shows.
"""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import Triple

from communique import reason
from communique.content import open_content
from communique.store.embedded import Embedded
from communique.vocab import OWL

CONTENT = open_content()
FOLDER = Path(__file__).parent / "alignments"
TARGETS = sorted(FOLDER.glob("*.ttl"))
SAMPLE = Path(__file__).parent / "shapes" / "sample.ttl"


def triples(*paths: Path) -> list[Triple]:
    return [quad.triple for path in paths for quad in ox.parse(path=path)]


def clash(target: Path) -> list[Triple]:
    text = target.read_text()
    (turtle,) = re.findall(r"^# clash: (.*)$", text, re.MULTILINE)
    prefixes = "\n".join(re.findall(r"^@prefix .*$", text, re.MULTILINE))
    return [quad.triple for quad in ox.parse(f"{prefixes}\n{turtle}", format=ox.RdfFormat.TURTLE)]


def impossible(inferred: list[Triple]) -> set[str]:
    return {str(triple.subject) for triple in inferred if triple.object == OWL.Nothing} - {str(OWL.Nothing)}


def test_with_all_targets_the_sample_is_consistent_and_no_class_is_empty() -> None:
    inferred = reason._infer(triples(CONTENT.core, CONTENT.alignments, *TARGETS, SAMPLE), timeout=300)
    assert impossible(inferred) == set()


@pytest.mark.slow
def test_with_all_targets_the_curated_graph_is_consistent(store: Embedded) -> None:
    data = [quad.triple for quad in store.engine]
    inferred = reason._infer([*triples(CONTENT.core, CONTENT.alignments, *TARGETS), *data], timeout=600)
    assert impossible(inferred) == set()


@pytest.mark.parametrize("target", TARGETS, ids=lambda path: path.stem)
@pytest.mark.later
def test_what_a_target_forbids_is_inconsistent(target: Path) -> None:
    with pytest.raises(reason.Inconsistent):
        reason._infer([*triples(CONTENT.core, CONTENT.alignments, target), *clash(target)], timeout=300)
    # Without the target's own axioms it would pass.
    reason._infer([*triples(CONTENT.core, CONTENT.alignments), *clash(target)], timeout=300)
