"""Every lint query: our own ontology has none of its faults; a line more in one file has, or just has not.

`lint/NAME*.ttl` is text that is added to the file that its first line names. The changed folder has the fault NAME, and
besides it those that a comment `# also: …` names, and no other; a file `NAME.passes*.ttl` has only the latter.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from communique.content import Content, open_content
from communique.lint import lint, names, questions
from communique.vocab import CMQ, code
from conftest import ROOT, communique

CONTENT = open_content(ROOT)
ADDITIONS = sorted((ROOT / "tests" / "lint").glob("*.ttl"))


def head(addition: Path, key: str) -> list[str]:
    found = re.search(rf"^# {key}: (.*)$", addition.read_text("utf-8"), re.MULTILINE)
    return found[1].split() if found else []


def added(root: Path, addition: Path) -> Content:
    """The ontology and the queries with one addition; the graph of ours is left out."""
    for name in ("ontology", "queries"):
        shutil.copytree(ROOT / name, root / name)
    (root / "graph").mkdir()
    (file,) = head(addition, "to")
    with (root / file).open("a", encoding="utf-8") as text:
        text.write("\n" + re.sub(r"^# (to|also):.*\n", "", addition.read_text("utf-8"), flags=re.MULTILINE))
    return open_content(root)


def test_our_ontology_has_no_fault() -> None:
    assert lint(CONTENT) == []


@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda path: path.stem)
def test_an_addition_is_found_or_passes(addition: Path, tmp_path: Path) -> None:
    name, _, variant = addition.stem.partition(".")
    expected = {*head(addition, "also"), *([] if variant.startswith("passes") else [name])}
    faults = lint(added(tmp_path, addition))
    assert {fault.rule.removeprefix("lint/") for fault in faults} == expected, faults


@pytest.mark.parametrize("query", CONTENT.lints(), ids=lambda path: path.stem)
def test_every_lint_query_has_a_title_and_examples_of_both(query: Path) -> None:
    assert query.read_text("utf-8").startswith("#+ title: ")
    stems = {path.stem for path in ADDITIONS}
    assert {query.stem, f"{query.stem}.passes"} <= stems


def test_every_example_is_of_a_lint_query() -> None:
    assert {path.stem.partition(".")[0] for path in ADDITIONS} == {path.stem for path in CONTENT.lints()}


def test_a_fault_names_file_and_line(tmp_path: Path) -> None:
    content = added(tmp_path, ROOT / "tests" / "lint" / "circular-definition.ttl")
    lines = content.schemes.read_text("utf-8").splitlines()
    for fault in lint(content):
        assert fault.file == str(content.schemes)
        assert lines[fault.line - 1].startswith("event-type:air-raid a skos:Concept")


def test_the_command_tells_them(tmp_path: Path) -> None:
    content = added(tmp_path, ROOT / "tests" / "lint" / "undeclared-term.query.ttl")
    done = communique("check", str(content.root))
    assert done.returncode == 1
    (line,) = done.stdout.splitlines()
    told = r"/queries/attacks\.rq:\d+: lint/undeclared-term: https://w3id\.org/communique/ns#hasPerpetrator: declare it"
    assert re.search(told, line)


def test_names_are_those_of_patterns() -> None:
    text = """# cmq:Comment
    PREFIX cmq: <https://w3id.org/communique/ns#>
    PREFIX stance: <https://w3id.org/communique/code/stance/>
    PREFIX schema: <https://schema.org/>
    SELECT ?x { ?x a cmq:Event ; ^cmq:aboutEvent/cmq:aspect "cmq:text" ; schema:url ?u . ?s cmq:stance stance:claims }"""
    assert names(text) == {CMQ.Event, CMQ.aboutEvent, CMQ.aspect, CMQ.stance, code("stance", "claims")}


def test_without_questions_no_term_lacks_one(tmp_path: Path) -> None:
    content = added(tmp_path, ROOT / "tests" / "lint" / "circle.passes.ttl")
    content.competency.unlink(missing_ok=True)
    assert questions(content) == {}
    assert lint(content) == []
