"""Reports over HTTP: checked like files, written whole or not at all, seen by every later read."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from conftest import TINY, Server
from test_http import problem

TOKEN = "test-token"  # of a server that lives as long as this test
WRITE = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def tiny_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store = str(tmp_path_factory.mktemp("reports") / "store")
    running = Server("--store", store, "--content", str(TINY), COMMUNIQUE_TOKEN=TOKEN)
    yield running
    assert running.stop() == 0


@pytest.fixture
def http(tiny_server: Server) -> httpx.Client:
    return tiny_server.client


def report(name: str = "alpha") -> dict[str, Any]:
    """A report of the tiny content as JSON."""
    text = (TINY / "graph" / "reports" / f"{name}.yaml").read_text("utf-8")
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    plain: dict[str, Any] = _plain(found)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool) else str(value)


def put(http: httpx.Client, name: str, body: Any) -> httpx.Response:
    return http.put(f"/api/reports/{name}", json=body, headers=WRITE)


def test_put_then_everybody_sees_it(http: httpx.Client) -> None:
    made = put(http, "gamma", {**report(), "title": "Gamma"})
    assert made.status_code == 201, made.text
    assert made.json()["became"] == "loaded"
    with httpx.Client(base_url=http.base_url) as other:
        assert "Gamma" in {row["report"]["label"] for row in other.get("/api/reports").json()["rows"]}
        assert other.get("/api/reports").json()["version"] == made.headers["communique-version"]
    again = put(http, "gamma", {**report(), "title": "Gamma"})
    assert (again.status_code, again.json()["became"]) == (200, "unchanged")
    assert http.delete("/api/reports/gamma", headers=WRITE).status_code == 204
    problem(http.get("/api/reports/gamma"), 404)
    problem(http.delete("/api/reports/gamma", headers=WRITE), 404)


def test_changed_report_is_derived_anew(http: httpx.Client) -> None:
    before = http.get("/api/attacks/north-camp/contradictions").json()["rows"]
    body = report("beta")
    body["statements"][1]["value"] = 2
    assert put(http, "beta", body).json()["became"] == "replaced"
    assert len(http.get("/api/attacks/north-camp/contradictions").json()["rows"]) < len(before)
    assert put(http, "beta", report("beta")).json()["became"] == "replaced"
    assert http.get("/api/attacks/north-camp/contradictions").json()["rows"] == before


def test_faults_are_told_with_their_place_and_nothing_is_written(http: httpx.Client) -> None:
    version = http.get("/api/attacks").json()["version"]
    body = report()
    body["statements"][4]["by"] = "ministry"
    told = problem(put(http, "alpha", body), 422)
    assert told["faults"] == [f for f in told["faults"] if f.startswith("/statements/4/stance: ClaimForItself:")]  # type: ignore[attr-defined]
    del body["title"]
    assert "/title: form" in str(problem(put(http, "alpha", body), 422)["faults"])
    assert http.get("/api/attacks").json()["version"] == version


def test_a_report_may_name_what_nobody_has_read_yet(http: httpx.Client) -> None:
    """No snapshot has what the first one brings; and what is gone again is missed, though the last snapshot has it."""
    first, second = report(), report()
    first["actors"] = {"new-party": {"type": "Organization", "label": {"en": "New Party"}}}
    second["publisher"] = "new-party"
    problem(put(http, "second", second), 422)
    assert put(http, "first", first).status_code == 201
    assert put(http, "second", second).status_code == 201
    assert http.delete("/api/reports/second", headers=WRITE).status_code == 204
    assert http.get("/api/actors/new-party").status_code == 200
    assert put(http, "third", report()).status_code == 201
    assert http.delete("/api/reports/third", headers=WRITE).status_code == 204
    assert http.delete("/api/reports/first", headers=WRITE).status_code == 204
    told = problem(put(http, "second", second), 422)
    assert [line.split(": ")[1] for line in told["faults"]] == ["dangling"]  # type: ignore[attr-defined]
    problem(http.get("/api/reports/second"), 404)


def test_who_may_not_write(http: httpx.Client, server: Server) -> None:
    problem(http.put("/api/reports/alpha", json=report()), 401)
    problem(http.put("/api/reports/alpha", json=report(), headers={"authorization": "Bearer wrong"}), 401)
    problem(http.delete("/api/reports/alpha"), 401)
    problem(server.client.put("/api/reports/alpha", json=report(), headers=WRITE), 403)


def test_what_is_no_report(http: httpx.Client) -> None:
    problem(http.put("/api/reports/alpha", content=b"title: x", headers={**WRITE, "content-type": "text/yaml"}), 415)
    problem(http.put("/api/reports/alpha", content=b"{", headers={**WRITE, "content-type": "application/json"}), 422)
    problem(put(http, "Alpha%20", report()), 400)
    problem(put(http, "a.b", report()), 400)


def test_many_write_at_once(http: httpx.Client, tmp_path: Path) -> None:
    """Each is acknowledged with a version of its own, and all are there."""
    assert tmp_path.is_dir()
    names = [f"many-{number}" for number in range(12)]
    with ThreadPoolExecutor(6) as threads:
        done = list(threads.map(lambda name: put(http, name, {**report(), "title": name}), names))
    assert [answer.status_code for answer in done] == [201] * len(names)
    assert len({answer.headers["communique-version"] for answer in done}) == len(names)
    titles = {row["report"]["label"] for row in http.get("/api/reports").json()["rows"]}
    assert set(names) <= titles
    for name in names:
        assert http.delete(f"/api/reports/{name}", headers=WRITE).status_code == 204
