"""/metrics, in the text format of Prometheus."""

from __future__ import annotations

import os
import time
from pathlib import Path

from fastapi import APIRouter, Response

from communique.metrics import Metrics
from communique.service import Service

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SIZED = 30.0  # seconds for which a size that was measured stands


def router(service: Service, metrics: Metrics) -> APIRouter:
    """/metrics of the service."""
    routes = APIRouter(tags=["operation"])
    if not service.settings.remote:
        size = Size(Path(service.settings.store))
        metrics.gauge("store_bytes", "Size of the store on disk, without snapshots", size.bytes)
    repeated = getattr(service.store, "repeated", None)
    if repeated is not None:
        metrics.gauge("store_repeated", "How often the other server was asked once more", repeated)
    age = getattr(service.store, "age", None)
    if age is not None:
        metrics.gauge("snapshot_age_seconds", "Time since the snapshot that is read was made", age)
    indexed = getattr(service.store, "indexed", None)
    if indexed is not None:
        metrics.gauge("index_current", "Whether searches and lists are answered by the index", indexed)

    @routes.get("/metrics", summary="What the service counts, for Prometheus")
    def counted() -> Response:
        return Response(metrics.text(service.store.version), headers={"Content-Type": CONTENT_TYPE})

    return routes


class Size:
    """The size of the store's files, measured at most twice a minute."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.at = -SIZED
        self.found = 0.0

    def bytes(self) -> float:
        """What the files take now, in bytes; a file that goes away meanwhile counts as nothing."""
        if time.monotonic() - self.at >= SIZED:
            self.at, self.found = time.monotonic(), float(sum(_size(p) for p in _files(self.folder / "data")))
        return self.found


def _files(folder: Path) -> list[Path]:
    return [Path(base) / name for base, _, names in os.walk(folder) for name in names]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
