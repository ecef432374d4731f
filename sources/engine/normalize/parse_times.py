"""Times as vendors write them, read without guessing.

A text is a time, an impossible time (it has the form, but no such instant exists:
``2016-10-23T12:45:74.234Z``, ``0000-00-00``, a year beyond 9999) or no time at all.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

UNFIT: Final = object()
"""The value is of another form than its kind."""
IMPOSSIBLE: Final = object()
"""The value has the form of a time, and no such time exists."""

EARLIEST: Final = -62_135_596_800_000_000
"""Microseconds of 0001-01-01T00:00:00Z, the first instant that every database and client holds."""
LATEST: Final = 253_402_300_799_999_999
"""Microseconds of 9999-12-31T23:59:59.999999Z."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_TIME = re.compile(
    r"(?P<year>\d{4,6})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:[Tt ](?P<hour>\d{1,2})(?::(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d+))?)?)?"
    r" ?(?P<zone>[Zz]|UTC|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)

_DOTNET = re.compile(r"/Date\((-?\d{1,17})(?:[+-]\d{4})?\)/", re.ASCII)


def timestamp_micros(text: str) -> Any:
    """Microseconds since 1970 in UTC, IMPOSSIBLE or UNFIT. Finer digits are cut (.NET sends seven)."""
    match = _TIME.fullmatch(text)
    if match is None:
        return _dotnet(text)
    try:
        when = _wall_clock(match).replace(tzinfo=_zone(match["zone"]))
    except ValueError:
        return IMPOSSIBLE
    micros = (when - _EPOCH) // timedelta(microseconds=1)
    return micros if EARLIEST <= micros <= LATEST else IMPOSSIBLE


def _dotnet(text: str) -> Any:
    """``/Date(1672578000007)/``: milliseconds in UTC; an offset behind them says only where it was written."""
    match = _DOTNET.fullmatch(text)
    if match is None:
        return UNFIT
    micros = int(match[1]) * 1000
    return micros if EARLIEST <= micros <= LATEST else IMPOSSIBLE


def day(text: str) -> Any:
    """A date, IMPOSSIBLE or UNFIT. Only midnight and no offset other than UTC fit."""
    match = _TIME.fullmatch(text)
    if match is None:
        return UNFIT
    try:
        when = _wall_clock(match)
        shifted = _zone(match["zone"]) is not UTC
    except ValueError:
        return IMPOSSIBLE
    if shifted or when != datetime(when.year, when.month, when.day) or (match["fraction"] or "").strip("0"):
        return UNFIT
    return date(when.year, when.month, when.day)


def _wall_clock(match: re.Match[str]) -> datetime:
    fraction = (match["fraction"] or "")[:6].ljust(6, "0")
    year, month, day_, hour, minute, second = (int(match[part] or 0) for part in _PARTS)
    return datetime(year, month, day_, hour, minute, second, int(fraction))


def _zone(text: str | None) -> timezone:
    if text is None or not text.startswith(("+", "-")):
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    if minutes > 59:
        raise ValueError(text)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset) if offset else UTC
