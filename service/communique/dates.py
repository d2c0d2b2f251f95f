"""Worded dates: EDTF (Library of Congress, 2019) text to bounds in UTC."""

from __future__ import annotations

import re
import time
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

# A day that names no zone begins in the first zone that reaches it and ends in the last.
FIRST_ZONE = timedelta(hours=14)
LAST_ZONE = timedelta(hours=12)

# The library takes time by the cube of a set's length: seconds for some thousand characters.
MOST = 100

# What most dates are: a day, one day to another, a month, a day of no year. The library takes milliseconds for what
# the calendar tells at once.
DAYS = re.compile(r"(\d{4}-\d\d-\d\d)[?~%]?(?:/(\d{4}-\d\d-\d\d)[?~%]?)?", re.ASCII)
MONTH = re.compile(r"(\d{4}-\d\d)[?~%]?", re.ASCII)
YEARLESS = re.compile(r"XXXX-(\d\d-\d\d)", re.ASCII)

Bounds = tuple[datetime | None, datetime | None]


@lru_cache(maxsize=4096)
def bounds(text: str) -> Bounds:
    """The earliest and latest instant (UTC) that EDTF `text` may mean; None where it has no bound.

    "2021-03-15" -> 2021-03-14T10:00:00Z, 2021-03-16T11:59:59Z. A date without a year has no bounds.
    Raises ValueError for text that is not EDTF.
    """
    if len(text) > MOST:
        raise ValueError(f"{text[:20]!r} and more: a date has at most {MOST} characters")
    if days := _plain(text):
        return _first_instant(days[0]), _last_instant(days[1])
    return _read(text)


def _read(text: str) -> Bounds:
    """The same by the library, which few dates need and which takes a while to import."""
    import edtf
    from edtf.parser.edtf_exceptions import EDTFParseException

    try:
        low, high = _ends(edtf.parse_edtf(text))
        return _first_instant(_day(low, "lower_strict")), _last_instant(_day(high, "upper_strict"))
    except (EDTFParseException, AttributeError, OverflowError) as error:
        # The library fails of sets without an end and of half a month, the calendar of the first day of year 1.
        raise ValueError(f"{text!r} is not an EDTF date, such as 2021-03-15, 2021-03?, XXXX-02-20") from error


def first(text: str) -> datetime | None:
    return bounds(text)[0]


def last(text: str) -> datetime | None:
    return bounds(text)[1]


def stamp(instant: datetime) -> str:
    """The instant as the lexical form of an xsd:dateTime, in UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(text: str) -> tuple[date | None, date | None] | None:
    """The first and the last day of a text that the calendar can read; None for any other, which the library reads."""
    try:
        if found := DAYS.fullmatch(text):
            return _ordinary(date.fromisoformat(found[1]), date.fromisoformat(found[2] or found[1]))
        if found := MONTH.fullmatch(text):
            first = date.fromisoformat(f"{found[1]}-01")
            return _ordinary(first, first.replace(day=monthrange(first.year, first.month)[1]))
        if found := YEARLESS.fullmatch(text):
            date.fromisoformat(f"2000-{found[1]}")
            return None, None
    except ValueError:
        pass
    return None


def _ordinary(low: date, high: date) -> tuple[date, date] | None:
    # The first and the last year of the calendar have a meaning of their own in the library.
    return (low, high) if low <= high and low.year > 1 and high.year < 9999 else None


def _ends(parsed: object) -> tuple[object, object]:
    """The parts that bound a date: both ends of an interval, or the date itself; None where an end is open."""
    from edtf.parser.parser_classes import Interval, UnspecifiedIntervalSection

    if not isinstance(parsed, Interval):
        return parsed, parsed
    low, high = (None if isinstance(end, UnspecifiedIntervalSection) else end for end in (parsed.lower, parsed.upper))
    return low, high


def _day(parsed: object, end: str) -> date | None:
    if parsed is None:
        return None
    found: time.struct_time = getattr(parsed, end)()
    # An unspecified year spans 0 to 9999 in the library; a date without a year bounds nothing.
    return date(found.tm_year, found.tm_mon, found.tm_mday) if 0 < found.tm_year < 9999 else None


def _first_instant(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC) - FIRST_ZONE


def _last_instant(day: date | None) -> datetime | None:
    if day is None:
        return None
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC) + LAST_ZONE
