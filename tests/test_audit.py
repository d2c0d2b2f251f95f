"""Request ids, audit lines and access lines, and the headers that say who may read and write from where."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from communique.audit import Log
from conftest import Server, communique

TURTLE = {"content-type": "text/turtle"}
AUTH = {"authorization": "Bearer secret"}


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("logged")
    server = Server(
        "--store", str(folder / "store"), COMMUNIQUE_TOKEN="secret",  # of this test
        COMMUNIQUE_AUDIT_LOG=str(folder / "audit"), COMMUNIQUE_ACCESS_LOG=str(folder / "access"),
    )  # fmt: skip
    server.folder = folder  # type: ignore[attr-defined]
    yield server
    assert server.stop() == 0


def lines(server: Server, name: str, request: str) -> list[dict[str, Any]]:
    """The lines of a log about one request, which may come just after its answer."""
    file = server.folder / name  # type: ignore[attr-defined]
    for _ in range(20):
        found = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        if mine := [line for line in found if line["request"] == request]:
            return mine
        time.sleep(0.05)
    return []


def test_every_answer_has_a_request_id(logged: Server) -> None:
    for path in ("/healthz", "/nowhere", "/sparql", "/api/attacks", "/static/none.css"):
        made = logged.client.get(path).headers["x-request-id"]
        assert re.fullmatch(r"[0-9a-f]{16}", made)
    assert logged.client.get("/healthz", headers={"x-request-id": "a-B.7_x"}).headers["x-request-id"] == "a-B.7_x"
    for bad in ("a b", "x" * 65, 'a"}', ""):
        assert re.fullmatch(
            r"[0-9a-f]{16}", logged.client.get("/", headers={"x-request-id": bad}).headers["x-request-id"]
        )


def test_a_write_is_one_line(logged: Server) -> None:
    update = {"content-type": "application/sparql-update", "x-request-id": "write-1"}
    answer = logged.client.post(
        "/update?using-graph-uri=urn:g", content="CLEAR SILENT GRAPH <urn:x>", headers={**AUTH, **update}
    )
    assert answer.status_code == 204, answer.text
    (line,) = lines(logged, "audit", "write-1")
    assert (line["kind"], line["token"], line["method"], line["path"], line["status"]) == (
        "write", "setting", "POST", "/update", 204,
    )  # fmt: skip
    assert line["version"] == answer.headers["communique-version"]
    assert line["client"] == "127.0.0.1"
    assert line["time"].endswith("+00:00")
    assert "reason" not in line
    assert "CLEAR" not in json.dumps(line)


REFUSALS = [
    ("POST", "/update", TURTLE, 401, "a token is needed"),
    ("PUT", "/store?graph=urn:g", TURTLE, 401, "a token is needed"),
    ("PUT", "/api/reports/x", {"authorization": "Bearer no"}, 401, "not known"),
    ("GET", "/sparql?query=SELECT*%7BSERVICE%3Curn:a%3E%7B%7D%7D", {}, 403, "SERVICE is off"),
    ("POST", "/sparql", {"content-type": "application/sparql-query"}, 400, "more than 64 brackets"),
]


@pytest.mark.parametrize("number", range(len(REFUSALS)))
def test_a_refusal_is_one_line(number: int, logged: Server) -> None:
    method, path, headers, status, reason = REFUSALS[number]
    named = {**headers, "x-request-id": f"refusal-{number}"}
    answer = logged.client.request(method, path, headers=named, content="{" * 70 if method == "POST" else "")
    assert answer.status_code == status
    (line,) = lines(logged, "audit", f"refusal-{number}")
    assert (line["kind"], line["status"]) == ("refusal", status)
    assert reason in line["reason"]
    assert "token" not in line
    assert "?" not in line["path"]


def test_reads_are_not_audited_and_all_is_in_the_access_log(logged: Server) -> None:
    for name, path in (("read-1", "/api/attacks"), ("read-2", "/nowhere"), ("read-3", "/sparql?query=SELECT")):
        status = logged.client.get(path, headers={"x-request-id": name}).status_code
        (line,) = lines(logged, "access", name)
        assert (line["status"], line["path"]) == (status, path.partition("?")[0])
        assert line["milliseconds"] >= 0
        assert not lines(logged, "audit", name)


def test_a_log_that_was_moved_is_made_again(tmp_path: Path) -> None:
    file = tmp_path / "log"
    log = Log(str(file))
    log.write({"a": 1, "b": None})
    file.rename(tmp_path / "log.1")
    log.write({"a": 'line\nbreak "'})
    assert json.loads((tmp_path / "log.1").read_text("utf-8")) == {"a": 1}
    assert json.loads(file.read_text("utf-8")) == {"a": 'line\nbreak "'}
    assert len(file.read_text("utf-8").splitlines()) == 1
    full = Log("/dev/full")
    full.write({"a": 1})


def test_a_log_that_cannot_be_written_does_not_start(tmp_path: Path) -> None:
    done = communique(
        "serve", "--port", "0", "--store", str(tmp_path / "store"), COMMUNIQUE_AUDIT_LOG=str(tmp_path / "no" / "log")
    )
    assert done.returncode == 1
    assert len([line for line in done.stderr.splitlines() if line.startswith("communique: ")]) == 1


def test_pages_of_any_origin_may_read_and_none_may_write(logged: Server) -> None:
    origin = {"origin": "https://elsewhere.example"}
    for method, path in (("GET", "/api/attacks"), ("HEAD", "/"), ("GET", "/nowhere"), ("POST", "/sparql")):
        answer = logged.client.request(method, path, headers=origin)
        assert answer.headers["access-control-allow-origin"] == "*", path
        assert "ETag" in answer.headers["access-control-expose-headers"]
    for method, path in (
        ("POST", "/update"),
        ("PUT", "/store?default"),
        ("DELETE", "/api/reports/x"),
        ("POST", "/store"),
    ):
        for headers in (origin, {**origin, **AUTH}):
            answer = logged.client.request(method, path, headers=headers)
            assert "access-control-allow-origin" not in answer.headers, (method, path)
    asked = {**origin, "access-control-request-method": "PUT", "access-control-request-headers": "authorization"}
    for path, allowed in (("/store", "GET, HEAD, OPTIONS"), ("/sparql", "GET, HEAD, OPTIONS, POST")):
        answer = logged.client.options(path, headers=asked)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-methods"] == allowed
        assert "authorization" not in answer.headers["access-control-allow-headers"].lower()


def test_headers_are_on_every_answer(logged: Server) -> None:
    for method, path in (
        ("GET", "/"),
        ("GET", "/nowhere"),
        ("POST", "/update"),
        ("GET", "/metrics"),
        ("PATCH", "/sparql"),
    ):
        headers = logged.client.request(method, path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers
