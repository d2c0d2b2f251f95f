"""What OpenAPI says may be sent, sent by schemathesis, and much that it says may not: never a 5xx that we did not mean."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.core.result import Ok

from conftest import TINY, Server
from test_attacks import SEED, listened_to

TOKEN = "schema-token"
# Told on purpose: over a deadline, no worker free, over a cap.
MEANT = {503, 507}
EXAMPLES = int(os.environ.get("COMMUNIQUE_SOAK_EXAMPLES", "12"))


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(
        "--store", str(tmp_path_factory.mktemp("documented") / "store"), "--content", str(TINY),
        COMMUNIQUE_TOKEN=TOKEN, COMMUNIQUE_RATE_LIMIT="0", COMMUNIQUE_QUERY_SECONDS="2", COMMUNIQUE_AUDIT_LOG=os.devnull,
    )  # fmt: skip
    said = listened_to(running)
    yield running
    assert running.stop() == 0
    assert not [line for line in said if "Traceback" in line], "".join(said)[-8000:]


def sent(server: Server, examples: int, *, writes: bool) -> list[str]:
    """What came back that should not have, from so many requests to each operation."""
    base = str(server.client.base_url).rstrip("/")
    schema = schemathesis.openapi.from_url(f"{base}/openapi.json")
    headers = {"authorization": f"Bearer {TOKEN}"} if writes else {}
    faults: list[str] = []
    asked = 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        if (operation.method.upper() in ("GET", "HEAD")) == writes:
            continue

        @seed(SEED)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case[Any]) -> None:
            nonlocal asked
            asked += 1
            answer = case.call(base_url=base, headers=headers, timeout=20)
            if answer.status_code >= 500 and answer.status_code not in MEANT:
                faults.append(
                    f"{case.method} {case.formatted_path} {case.query} {case.body!r:.300}: {answer.status_code} {answer.text[:200]}"
                )

        ask()
    print(f"seed {SEED}: {asked} requests, {len(faults)} faults")
    assert asked > 20
    return faults


@pytest.mark.later
def test_reads(documented: Server) -> None:
    assert sent(documented, EXAMPLES, writes=False) == []
    assert documented.client.get("/readyz").status_code == 200


@pytest.mark.later
def test_authorised_writes(documented: Server) -> None:
    assert sent(documented, EXAMPLES * 3, writes=True) == []
    assert documented.client.get("/readyz").status_code == 200


def test_openapi_is_as_it_says(documented: Server) -> None:
    document = documented.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.")
    assert {"/sparql", "/update", "/store", "/api/reports/{name}"} <= set(document["paths"])


@pytest.mark.slow
@pytest.mark.soak
def test_longer(documented: Server) -> None:
    for writes in (False, True):
        assert sent(documented, max(50, EXAMPLES), writes=writes) == []
