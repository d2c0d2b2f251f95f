"""Days are read by the calendar, all else by the EDTF library: both read alike."""

from __future__ import annotations

import pytest

from communique import dates

DAYS = ("2021-03-15", "2021-03-15?", "2021-03-15~", "2021-03-15%", "2020-02-29", "1999-12-31/2000-01-01", "0002-01-01",
        "2021-03-15?/2021-03-16~", "2021-03-15/2021-03-15", "9998-12-31",
        "2021-03", "2021-02?", "2024-02~", "2021-12%", "XXXX-02-20", "XXXX-02-29", "XXXX-12-31")  # fmt: skip
OTHERS = ("2021-02-29", "2021-02-30", "0001-01-01", "0000-01-01", "9999-01-01", "2021-03-15/2021-03-14", "2021-13-01",
          "2021", "2021-13", "2021-21", "2021-00", "0001-05", "9999-05", "XXXX-02-30", "XXXX-13-01", "XXXX-02-20?", "XXXX-02", "2021-03-15/..", "2021-03-15\n", "\u0662021-03-15")  # fmt: skip


def read(text: str) -> dates.Bounds | None:
    dates.bounds.cache_clear()
    try:
        return dates.bounds(text)
    except ValueError:
        return None


@pytest.mark.parametrize("text", [*DAYS, *OTHERS])
def test_the_calendar_reads_plain_as_the_library_does(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(text)
    assert (dates._plain(text) is not None) == (text in DAYS)
    monkeypatch.setattr(dates, "_plain", lambda given: None)
    assert read(text) == found
    dates.bounds.cache_clear()
