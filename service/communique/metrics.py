"""What the service counts, in Prometheus format. Each application has a registry of its own; nothing is global."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from starlette.types import Scope

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.running = 0  # requests that are being answered
        self.told: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self.requests = Counter(
            "communique_requests", "Requests answered", ("route", "method", "status"), registry=self.registry
        )
        self.latency = Histogram(
            "communique_request_seconds", "Time until the end of the answer", ("route",), buckets=BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self.refusals = Counter(
            "communique_refusals", "Requests refused, by the limit or the status", ("reason",), registry=self.registry
        )
        self.kills = Counter(
            "communique_workers_killed", "Processes that had to end, and why", ("reason",), registry=self.registry
        )
        self.recalls = Counter(
            "communique_recalled", "Requests answered with what was answered before", registry=self.registry
        )
        self.dataset = Info("communique_dataset", "The dataset that is served", registry=self.registry)
        self.gauge("requests_running", "Requests being answered", lambda: self.running)

    def killed(self, reason: str) -> None:
        """A worker or the writer had to end."""
        self.kills.labels(reason).inc()

    def refused(self, reason: str) -> None:
        self.refusals.labels(reason).inc()

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """A request ended; status 0 when nothing was answered, because the client left or the service failed."""
        route, method = _route(scope), scope["method"]
        counter, histogram = self._of(route, method if method in METHODS else "other", status)
        counter.inc()
        histogram.observe(seconds)

    def _of(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        """What counts such requests; finding it by its labels takes longer than counting."""
        found = self.told.get((route, method, status))
        if found is None:
            found = self.requests.labels(route, method, str(status)), self.latency.labels(route)
            self.told[route, method, status] = found
        return found

    def recalled(self, scope: Scope, status: int) -> None:
        """A request was answered from memory."""
        self.recalls.inc()
        self.answered(scope, status, 0.0)

    def gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A value that is asked for when the metrics are."""
        Gauge(f"communique_{name}", text, registry=self.registry).set_function(value)

    def text(self, version: str) -> bytes:
        """Everything counted so far, in the text format 0.0.4."""
        self.dataset.info({"version": version})
        return generate_latest(self.registry)


def _route(scope: Scope) -> str:
    """The template of the path; what no route answers is one value, however many paths are tried."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else "none"
