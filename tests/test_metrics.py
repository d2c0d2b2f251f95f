"""/metrics: what Prometheus reads, from the real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from communique.metrics import Metrics
from conftest import Server


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(
        "--store", str(tmp_path_factory.mktemp("counted") / "store"), COMMUNIQUE_TOKEN="secret"
    )  # fmt: skip
    yield server
    assert server.stop() == 0


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Name and label values of each sample."""
    return {
        (s.name, tuple(v for _, v in sorted(s.labels.items()))): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


def test_metrics(counted: Server) -> None:
    client = counted.client
    for n in range(3):
        assert client.get(f"/api/attacks/none-{n}").status_code == 404
        assert client.get(f"/nowhere/{n}").status_code == 404
    client.head("/api/attacks")
    client.request("BREW", "/api/attacks")
    client.get("/sparql", params={"query": "SELECT * { SERVICE <urn:a> {} }"})
    client.get("/sparql", params={"query": "{" * 100})
    client.get("/static/none.css")
    version = client.post(
        "/update", content="INSERT DATA { <urn:a> <urn:b> <urn:c> }",
        headers={"content-type": "application/sparql-update", "authorization": "Bearer secret"},
    ).headers["communique-version"]  # fmt: skip
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = samples(answer.text)
    requests = "communique_requests_total"  # labels in the order method, route, status
    assert found[requests, ("GET", "/api/attacks/{attack}", "404")] == 3
    assert found[requests, ("GET", "none", "404")] == 3
    assert found[requests, ("HEAD", "/api/attacks", "200")] == 1
    assert found[requests, ("POST", "/update", "204")] == 1
    assert not [labels for name, labels in found if name == requests and ("BREW" in labels or "/nowhere/0" in labels)]
    assert found["communique_refusals_total", ("403",)] == 1
    assert found["communique_refusals_total", ("nesting",)] == 1
    assert found["communique_requests_running", ()] == 1
    assert found["communique_store_bytes", ()] > 10_000
    assert found["communique_dataset_info", (version,)] == 1
    assert 0 <= found["communique_snapshot_age_seconds", ()] < 3600
    assert found["communique_request_seconds_count", ("/update",)] == 1
    assert found["communique_request_seconds_bucket", ("+Inf", "/update")] == 1


def test_registries_are_apart() -> None:
    one, two = Metrics(), Metrics()
    one.killed("deadline")
    one.killed("deadline")
    one.gauge("answer", "Everything", lambda: 42.0)
    found = samples(one.text("1-a").decode())
    assert found["communique_workers_killed_total", ("deadline",)] == 2
    assert found["communique_answer", ()] == 42
    assert not [name for name, labels in samples(two.text("1-a").decode()) if "killed_total" in name]


def test_killed_workers_are_counted(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = Server("--store", str(tmp_path_factory.mktemp("killed") / "store"), COMMUNIQUE_QUERY_SECONDS="1")
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?a != ?d && ?g != ?i) }"
    try:
        assert server.client.get("/sparql", params={"query": endless}).status_code in (503, 504)
        found = samples(server.client.get("/metrics").text)
        # Once after its short try, once among the heavy.
        assert sum(v for (name, _), v in found.items() if name == "communique_workers_killed_total") == 2
    finally:
        assert server.stop() == 0
