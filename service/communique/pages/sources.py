"""Where statements come from: address, language and publisher of the reports that a page names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from communique.answer import MAX_LIMIT, Page
from communique.pages.card import Node, Row
from communique.service import Service

QUERY = "report-sources"


@dataclass(frozen=True)
class Source:
    """A report as the document it is; a date is as precise as it is known (EDTF)."""

    report: Node
    publisher: Node | None
    url: str | None
    language: str | None
    issued: str | None
    sha256: str | None
    words: int | None
    copy_of: Node | None
    note: str | None  # its curator's


def sources(service: Service, reports: Iterable[str]) -> dict[str, Source]:
    """The source of each of these reports (IRIs), by its IRI."""
    wanted = sorted(set(reports))
    parts = [wanted[at : at + MAX_LIMIT] for at in range(0, len(wanted), MAX_LIMIT)]
    rows = [row for part in parts for row in _asked(service, part)]
    return {row["report"]["id"]: source(row) for row in rows}


def reports(rows: Iterable[Row]) -> set[str]:
    """The reports that rows of evidence name, those of the other of a pair among them."""
    return {found["id"] for row in rows for column in ("report", "otherReport") if (found := row.get(column))}


def _asked(service: Service, wanted: list[str]) -> list[dict[str, Any]]:
    return service.ask(service.catalog[QUERY], {"report": wanted}, Page(MAX_LIMIT)).rows


def source(row: Mapping[str, Any]) -> Source:
    """From a row of `report-sources`."""
    return Source(
        report=row["report"], publisher=row["publisher"], url=row["url"], language=row["language"], issued=row["issued"],
        sha256=row["sha256"], words=row["words"], copy_of=row["copyOf"], note=row["editorial"],
    )  # fmt: skip
