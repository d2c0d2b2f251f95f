"""OWL 2 RL and DL by the OWL API's own profile checker, the referee of `queries/lint/rl-*`: needs `make stores`."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from communique.content import Content, open_content
from communique.lint import lint
from conftest import ROOT
from test_lint import ADDITIONS, added

JARS = ROOT / ".stores" / "owlapi"
EXAMPLES = [path for path in ADDITIONS if path.stem.startswith("rl-")]
CONTENT = open_content(ROOT)

pytestmark = pytest.mark.later


def profile(name: str, ontology: Path, report: Path) -> str:
    """What the OWL API says of an ontology in a profile; its report begins with a verdict."""
    if not (JARS / "fetched").is_file() or shutil.which("java") is None:
        pytest.skip("no OWL API: `make stores` fetches it, and it needs Java")
    command = ["java", "-cp", f"{JARS}/*", "org.obolibrary.robot.CommandLineInterface", "validate-profile"]
    asked = ["--profile", name, "--input", str(ontology), "--output", str(report)]
    subprocess.run([*command, *asked], capture_output=True, text=True, timeout=300, check=False)
    return report.read_text("utf-8")


def in_profile(name: str, ontology: Path, folder: Path) -> bool:
    verdict = profile(name, ontology, folder / f"{name}.txt")
    return "[Ontology and imports closure in profile]" in verdict


def within_rl(content: Content) -> bool:
    return not [fault for fault in lint(content) if fault.rule.startswith("lint/rl-")]


@pytest.mark.parametrize("name", ["RL", "DL"])
@pytest.mark.parametrize("file", ["core", "schemes", "alignments"])
def test_our_files_are_in_the_profiles(name: str, file: str, tmp_path: Path) -> None:
    # One ontology each: a file without the declarations of core.ttl would be in no profile.
    whole = tmp_path / "whole.ttl"
    parts = dict.fromkeys([CONTENT.core, CONTENT.root / "ontology" / f"{file}.ttl"])
    text = "\n".join(path.read_text("utf-8") for path in parts)
    whole.write_text(
        re.sub(r"^<https://w3id.org/communique/alignments> a owl:Ontology", _header, text, flags=re.MULTILINE)
    )
    assert in_profile(name, whole, tmp_path), profile(name, whole, tmp_path / "again.txt")


def _header(_: re.Match[str]) -> str:
    """Two ontologies in one file are no ontology: the second's header becomes a node of its own."""
    return "<https://w3id.org/communique/alignments> a owl:NamedIndividual"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_referee_agrees_on_every_example(example: Path, tmp_path: Path) -> None:
    content = added(tmp_path / "content", example)
    assert within_rl(content) == in_profile("RL", content.core, tmp_path)
