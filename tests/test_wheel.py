"""The wheel carries its content: built, installed elsewhere, asked with no checkout in sight."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from communique.assets import BUILT
from conftest import ROOT

pytestmark = pytest.mark.later


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=200)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, and of this one only the libraries it depends on."""
    home = tmp_path_factory.mktemp("elsewhere")
    venv.create(home, with_pip=True)
    libraries = next(Path(p) for p in sys.path if p.endswith("site-packages"))
    target = next(home.glob("lib/python*/site-packages"))
    for entry in libraries.iterdir():
        # Neither the editable install of the checkout, nor anything that would shadow the new environment's own pip.
        if "communique" not in entry.name and not entry.name.startswith(("pip", "_communique")):
            link = target / entry.name
            if not link.exists():
                link.symlink_to(entry)
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True, timeout=120)
    return home


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COMMUNIQUE"))}
    command = [str(home / "bin" / "communique"), *arguments]
    return subprocess.run(command, cwd=home, env=environ, capture_output=True, text=True, timeout=200, check=False)


def test_wheel_carries_its_content(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for part in ("ontology/core.ttl", "graph/reports/seven-rockets.yaml", "queries/attack-claims.rq"):
        assert f"communique/_data/{part}" in names
    content = (path.relative_to(ROOT) for path in (ROOT / "ontology").rglob("*") if path.is_file())
    assert {f"communique/_data/{path}" for path in content} <= names
    assert "communique/templates/home.html" in names
    assert not [name for name in names if name.startswith(("tests/", "service/"))]


def test_wheel_carries_what_pages_load(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"communique/static/{path.name}" for path in BUILT.iterdir()} <= names
    assert "communique/style/page.css" in names
    assert not [name for name in names if "node_modules" in name]


def test_sdist_carries_what_a_wheel_is_built_from(tmp_path: Path) -> None:
    """A wheel comes out of it where there is neither Node nor npm."""
    command = [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=200)
    (packed,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path, filter="data")
    (root,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert not (root / "service" / "web" / "node_modules").exists()
    (tmp_path / "bin").mkdir()
    subprocess.run(
        [sys.executable, "-c", "import hatchling.build as b; b.build_wheel('dist')"],
        cwd=root, env={**os.environ, "PATH": str(tmp_path / "bin")}, check=True, capture_output=True, timeout=200,
    )  # fmt: skip
    (built,) = (root / "dist").glob("*.whl")
    names = set(zipfile.ZipFile(built).namelist())
    assert {f"communique/static/{path.name}" for path in BUILT.iterdir()} <= names


def test_checks_with_no_checkout_in_sight(elsewhere: Path) -> None:
    done = run(elsewhere, "check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_answers_with_no_checkout_in_sight(elsewhere: Path) -> None:
    store = str(elsewhere / "store")
    assert run(elsewhere, "load", "--store", store).returncode == 0
    done = run(elsewhere, "query", "attack-claims", "attack=balad-20-february", "--store", store)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"][0]["claimant"]["label"] == "Saraya Awliya al-Dam"
    where = [str(elsewhere / "bin" / "python"), "-c", "import communique; print(communique.__file__)"]
    found = subprocess.run(where, cwd=elsewhere, capture_output=True, text=True, check=True, timeout=60).stdout
    assert str(ROOT) not in found


def test_no_article_in_the_repository(article: bytes) -> None:
    """Quotes of at most 30 words: no tracked file has 31 words of the article in a row."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    if tracked.returncode:
        pytest.skip("this is no git checkout")
    words = article.decode("utf-8").split()
    runs = [" ".join(words[i : i + 31]) for i in range(len(words) - 30)]
    for name in tracked.stdout.splitlines():
        text = (
            " ".join((ROOT / name).read_bytes().decode("utf-8", "replace").split()) if (ROOT / name).is_file() else ""
        )
        assert not [run for run in runs if run in text], name
