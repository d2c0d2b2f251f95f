"""A store that is away, or misbehaves: what is tried again, what the client is told, and that the service comes back."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from communique.errors import BadGateway, CommuniqueError, GatewayTimeout, OverCap, Unavailable, Usage
from communique.settings import Settings
from communique.store.remote import Remote
from communique.store.results import rows
from communique.store.wire import Wire
from conftest import TINY, Server
from remotes import Odd, Told, environ, running, wait
from stores import Running
from test_http import problem
from test_reports_http import put, report

pytestmark = pytest.mark.later

TOKEN_ENV = {"COMMUNIQUE_TOKEN": "test-token", "COMMUNIQUE_STORE_SECONDS": "1"}
JSON = "application/sparql-results+json"
ANSWER = Told(body=b'{"head":{"vars":["o"]},"results":{"bindings":[]}}', Content_Type=JSON)


@pytest.fixture(scope="module")
def odd() -> Iterator[Odd]:
    made = Odd()
    yield made
    made.close()


def at(odd: Odd, **more: Any) -> Wire:
    return Wire(Settings(store=odd.address, store_tries=3, **more))


def asked(wire: Wire) -> list[Any]:
    """The rows of a query."""
    try:
        with wire.asked([("query", "SELECT ?o WHERE { ?s ?p ?o }")], JSON) as answer:
            return list(rows(answer))
    finally:
        wire.close()


DEEP = b'{"head":{"vars":["o"]},"results":{"bindings":[{"o":' + b'{"type":"triple","value":{"subject":' * 100_000
FAILURES = {
    "garbage": (Told(body=b"<html>", Content_Type=JSON), BadGateway),
    "another format": (Told(body=b"<html>", Content_Type="text/html"), BadGateway),
    "no format": (Told(body=b"{}"), BadGateway),
    "nothing": (Told(body=b"", Content_Type=JSON), BadGateway),
    "half": (Told(body=ANSWER.body, Content_Type=JSON, Content_Length="4000"), BadGateway),
    "no end": (Told(body=ANSWER.body, Content_Type=JSON, Content_Length=""), BadGateway),
    "cut rows": (Told(body=ANSWER.body, Content_Type=JSON, X_SPARQL_MaxRows="10"), BadGateway),
    "packed": (Told(body=ANSWER.body, Content_Type=JSON, Content_Encoding="gzip"), BadGateway),
    "deep": (Told(body=DEEP, Content_Type=JSON), BadGateway),
    "huge": (Told(body=b" " * 3_000_000 + ANSWER.body, Content_Type=JSON), OverCap),
    "500": (Told(500, b"no"), BadGateway),
    "404": (Told(404, b"no"), BadGateway),
    "401": (Told(401, b"no"), BadGateway),
    "403": (Told(403, b"no"), BadGateway),
    "redirect": (Told(302, Location="http://127.0.0.1:9/query"), BadGateway),
}


@pytest.mark.parametrize("name", FAILURES)
def test_an_answer_of_no_use_is_502(name: str, odd: Odd) -> None:
    told, kind = FAILURES[name]
    odd.says(told)
    with pytest.raises(kind) as failed:
        asked(at(odd, result_bytes=1_000_000 if name == "huge" else 100_000_000))
    assert failed.value.status == kind.status
    assert len(odd.heard) == 1


@pytest.mark.parametrize(("status", "kind"), [(502, BadGateway), (503, Unavailable), (504, GatewayTimeout)])
def test_what_may_pass_is_tried_again_so_often_and_not_more(status: int, kind: type[CommuniqueError], odd: Odd) -> None:
    odd.says(Told(status), Told(status), ANSWER)
    wire = at(odd)
    assert asked(wire) == []
    assert (len(odd.heard), wire.repeated) == (3, 2)
    odd.says(Told(status))
    with pytest.raises(kind):
        asked(at(odd))
    assert len(odd.heard) == 3


def test_an_update_that_may_have_got_there_is_not_sent_again(odd: Odd) -> None:
    for again, times in ((False, 1), (True, 3)):
        odd.says(Told(503))
        wire = at(odd)
        with pytest.raises(Unavailable):
            wire.change([("update", "INSERT DATA { <a:a> <a:b> 1 }")], again=again)
        wire.close()
        assert len(odd.heard) == times


def test_a_drip_has_one_deadline_for_all_of_it(odd: Odd) -> None:
    told = Told(body=b" " * 1000 + ANSWER.body, Content_Type=JSON)
    told.drip = 0.05
    odd.says(told)
    started = time.monotonic()
    with pytest.raises(GatewayTimeout):
        asked(at(odd, query_seconds=1))
    assert 0.9 < time.monotonic() - started < 3


def test_a_store_that_is_not_there_is_away() -> None:
    wire = Wire(Settings(store="http://127.0.0.1:9/query", store_tries=2))
    with pytest.raises(Unavailable, match="away") as failed:
        asked(wire)
    assert failed.value.headers["Retry-After"]
    assert wire.repeated == 1


def test_who_we_are_is_told_as_it_is_asked_for(odd: Odd) -> None:
    odd.says(Told(401, WWW_Authenticate='Basic realm="x"'), ANSWER)
    wire = at(odd, store_user="u", store_password="secret")
    assert asked(wire) == []
    assert ["authorization" in headers for _, headers, _ in odd.heard] == [False, True]
    assert odd.heard[1][1]["authorization"].startswith("Basic ")
    digest = Told(401, WWW_Authenticate='Digest realm="x", nonce="abc", qop="auth", algorithm=MD5')
    odd.says(digest, digest, ANSWER)
    assert asked(at(odd, store_user="u", store_password="secret")) == []
    assert odd.heard[2][1]["authorization"].startswith("Digest ")
    assert "secret" not in str(odd.heard)
    odd.says(ANSWER)
    assert asked(at(odd, store_token="bearer-secret")) == []
    assert odd.heard[0][1]["authorization"] == "Bearer bearer-secret"


def test_credentials_are_not_told(odd: Odd) -> None:
    with pytest.raises(Usage) as refused:
        Settings(store="http://user:secret@127.0.0.1/query")
    assert "secret" not in refused.value.detail
    settings = Settings(store=odd.address, store_user="u", store_password="secret", store_token="bearer-secret")
    assert "secret" not in repr(settings)
    odd.says(Told(401, b"no"))
    with pytest.raises(BadGateway) as failed:
        asked(Wire(settings))
    assert "secret" not in failed.value.detail


# -- a service whose store goes away


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Running]:
    with running("oxigraph", tmp_path / "data") as store:
        yield store


def serve(store: Running, **more: str) -> Server:
    return Server("--content", str(TINY), **TOKEN_ENV, **environ(store), **more)


def test_a_service_without_its_store_waits_for_it(alone: Running) -> None:
    alone.process.stop()
    server = serve(alone)
    try:
        assert server.client.get("/healthz").status_code == 200
        told = problem(wait(server, 503), 503)
        assert "away" in str(told["detail"])
        for path in ("/api/attacks", "/sparql?query=ASK%7B%7D", "/", "/store?graph=urn:x"):
            answer = server.client.get(path)
            problem(answer, 503)
            assert int(answer.headers["retry-after"]) >= 1
        assert put(server.client, "gamma", report()).status_code == 503
        alone.process.start()
        wait(server, 200)
        assert len(server.client.get("/api/attacks").json()["rows"]) == 1
        assert put(server.client, "gamma", report()).status_code == 201
    finally:
        assert server.stop() == 0


def pause(store: Running) -> None:
    """Stop a store; a signal that was sent has not yet stopped all its threads, and one of them may still answer."""
    store.process.running.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, store.process.running.pid, os.WSTOPPED)


def test_a_store_that_is_killed_or_stopped_comes_back(alone: Running) -> None:
    server = serve(alone, COMMUNIQUE_QUERY_SECONDS="2", COMMUNIQUE_CACHE_BYTES="0")
    try:
        wait(server, 200)
        pause(alone)
        hung = server.client.get("/api/attacks")
        assert hung.status_code in (503, 504)
        assert int(hung.headers["retry-after"]) >= 1
        wait(server, 503)
        started = time.monotonic()
        problem(server.client.get("/api/actors"), 503)
        assert time.monotonic() - started < 1  # nobody waits for what is known to be away
        assert server.client.get("/healthz").status_code == 200
        alone.process.running.send_signal(signal.SIGCONT)
        wait(server, 200)
        assert server.client.get("/api/attacks").status_code == 200
        alone.process.running.kill()
        alone.process.running.wait()
        wait(server, 503)
        alone.process.start()
        wait(server, 200)
        assert server.client.get("/api/attacks").status_code == 200
    finally:
        assert server.stop() == 0


def test_an_endless_query_is_504_and_others_are_answered(alone: Running) -> None:
    server = serve(alone, COMMUNIQUE_QUERY_SECONDS="1")
    try:
        wait(server, 200)
        endless = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?c != ?f && ?f != ?i) }"
        started = time.monotonic()
        problem(server.client.get("/sparql", params={"query": endless}), 504)
        assert time.monotonic() - started < 5
        assert server.client.get("/api/attacks").status_code == 200
    finally:
        assert server.stop() == 0


def test_a_store_that_hides_graphs_is_told_of(odd: Odd) -> None:
    no = Told(body=b'{"head":{},"boolean":false}', Content_Type=JSON)
    version = Told(body=ANSWER.body.replace(b"[]}", b'[{"o":{"type":"literal","value":"3-abc"}}]}'), Content_Type=JSON)
    odd.says(version, ANSWER, no)
    store = Remote(at(odd))
    # The version, its graph, and then three ways to see that without naming it.
    with pytest.raises(Unavailable, match="does not see all graphs"):
        store.recover()
    assert len(odd.heard) == 5
    store.close()
