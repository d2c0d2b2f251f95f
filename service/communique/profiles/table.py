"""A profile that is a table: RFC 4180, with no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import IO, Any

from communique.media import Media
from communique.profiles import Profile

# What begins a formula for some spreadsheet, full-width forms and control characters among it; a number is none.
FORMULA = re.compile(r"\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|[\x00-\x1f]")
NUMBER = re.compile(r"-?\d+(\.\d+)?")


def write(profile: Profile, batches: Iterable[list[Any]], form: Media, out: IO[bytes]) -> None:  # noqa: ARG001  # one shape for all
    """A line of names, and a line for each solution."""
    out.write(_lines([columns(profile.query.text)]))
    for batch in batches:
        out.write(_lines([inert(term.value if term else "") for term in solution] for solution in batch))


def columns(query: str) -> list[str]:
    """The names that a SELECT projects with AS, in their order."""
    projection = query.partition("SELECT")[2].partition("\n{")[0]
    return re.findall(r"AS \?(\w+)\)", projection)


def inert(text: str) -> str:
    """The cell, with an apostrophe before it where a spreadsheet would take it for a formula (OWASP, CSV Injection)."""
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def _lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
