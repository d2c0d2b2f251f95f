"""Published versions: none ever changes, none of their terms is gone, and a change to the ontology is a new version."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from communique.vocab import CMQ, CODE, OWL
from conftest import ROOT

ONTOLOGY = ROOT / "ontology"
# What is published with each version: core.ttl as VERSION.ttl, the others in the folder VERSION/.
BESIDE = ("schemes.ttl", "shapes.ttl", "alignments.ttl", "context.jsonld")


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def frozen(ontology: Path) -> list[str]:
    return sorted((path.stem for path in (ontology / "versions").glob("*.ttl")), key=number)


def current(ontology: Path) -> str:
    (version,) = re.findall(
        r'^  owl:versionInfo "(\d+\.\d+\.\d+)" ;$', (ontology / "core.ttl").read_text("utf-8"), re.MULTILINE
    )
    return str(version)


def faults(ontology: Path) -> Iterator[str]:
    """What is wrong with the versions of an ontology folder."""
    folder = ontology / "versions"
    sums = {name: digest for digest, name in (line.split("  ") for line in _sums(folder))}
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {"SHA256SUMS"}
    yield from (f"{name} has no checksum" for name in files - {*sums})
    yield from (f"{name} is gone" for name in {*sums} - files)
    for name in files & {*sums}:
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != sums[name]:
            yield f"{name} has changed; a published version never does"
    now = current(ontology)
    if now in frozen(ontology):
        pairs = [("core.ttl", f"{now}.ttl"), *((name, f"{now}/{name}") for name in BESIDE)]
        for ours, published in pairs:
            if (ontology / ours).read_bytes() != (folder / published).read_bytes():
                yield f"{ours} is not {published}; give the ontology a new version"
    elif number(now) < number(frozen(ontology)[-1]):
        yield f"{now} is older than what is published"


def _sums(folder: Path) -> list[str]:
    return (folder / "SHA256SUMS").read_text().splitlines()


def test_the_versions_are_whole_and_ours_is_one_of_them_or_newer() -> None:
    assert [*faults(ONTOLOGY)] == []


@pytest.mark.parametrize("version", frozen(ONTOLOGY))
def test_a_version_says_which_it_is_and_has_all_its_files(version: str) -> None:
    core = ox.Store()
    core.bulk_load(path=ONTOLOGY / "versions" / f"{version}.ttl")
    (iri,) = core.quads_for_pattern(None, OWL.versionIRI, None)
    assert iri.object == ox.NamedNode(f"https://w3id.org/communique/ns/{version}")
    assert {path.name for path in (ONTOLOGY / "versions" / version).iterdir()} == {*BESIDE}


def test_ours_names_the_version_before_it() -> None:
    before = [version for version in frozen(ONTOLOGY) if number(version) < number(current(ONTOLOGY))]
    core = ox.Store()
    core.bulk_load(path=ONTOLOGY / "core.ttl")
    (prior,) = core.quads_for_pattern(None, OWL.priorVersion, None)
    assert prior.object == ox.NamedNode(f"https://w3id.org/communique/ns/{before[-1]}")


def terms(*paths: Path) -> set[str]:
    found = (quad.subject for path in paths for quad in ox.parse(path=path))
    return {term.value for term in found if str(term).startswith((f"<{CMQ}", f"<{CODE}")) and term != CMQ[""]}


@pytest.mark.parametrize("version", frozen(ONTOLOGY))
def test_no_term_of_a_version_is_gone(version: str) -> None:
    # A term that is replaced stays, deprecated: data of that version still find what it meant.
    before = terms(ONTOLOGY / "versions" / f"{version}.ttl", ONTOLOGY / "versions" / version / "schemes.ttl")
    assert before - terms(ONTOLOGY / "core.ttl", ONTOLOGY / "schemes.ttl") == set()


# -- these tests can fail, and `make release` does what it says


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the ontology, at a version that is not yet published."""
    shutil.copytree(ONTOLOGY, tmp_path / "ontology")
    return renumbered(tmp_path / "ontology", "9.0.0")


def renumbered(ontology: Path, version: str) -> Path:
    core = ontology / "core.ttl"
    text = core.read_text("utf-8").replace(f'versionInfo "{current(ontology)}"', f'versionInfo "{version}"')
    core.write_text(text, "utf-8")
    return ontology


def release(ontology: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", "release", f"ROOT={ontology.parent}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_release_freezes_what_is_there(copy: Path) -> None:
    done = release(copy)
    assert done.returncode == 0, done.stderr
    assert frozen(copy)[-1] == "9.0.0"
    assert [*faults(copy)] == []
    again = release(copy)
    assert again.returncode != 0
    assert "9.0.0 is published already" in again.stdout + again.stderr
    assert [*faults(copy)] == []


@pytest.mark.parametrize("name", ["core.ttl", *BESIDE])
def test_a_change_without_a_new_version_is_told(copy: Path, name: str) -> None:
    assert release(copy).returncode == 0
    with (copy / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    (fault,) = faults(copy)
    assert "give the ontology a new version" in fault
    if name == "core.ttl":
        assert [*faults(renumbered(copy, "9.0.1"))] == []


@pytest.mark.parametrize("name", ["0.1.0.ttl", "0.1.0/schemes.ttl"])
def test_a_change_to_a_published_version_is_told(copy: Path, name: str) -> None:
    with (copy / "versions" / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert [*faults(copy)] == [f"{name} has changed; a published version never does"]


def test_a_version_without_a_checksum_or_out_of_order_is_told(copy: Path) -> None:
    (copy / "versions" / "0.1.1.ttl").write_text("")
    assert [*faults(copy)] == ["0.1.1.ttl has no checksum"]
    (copy / "versions" / "0.1.1.ttl").unlink()
    (copy / "versions" / "0.1.0.ttl").unlink()
    assert next(faults(copy)) == "0.1.0.ttl is gone"
    assert release(copy).returncode == 0
    assert [*faults(renumbered(copy, "0.0.9"))][-1] == "0.0.9 is older than what is published"
