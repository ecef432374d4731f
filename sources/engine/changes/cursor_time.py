"""Instants: cursors are compared as moments in UTC, never as text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

FAR_FUTURE = datetime(2999, 1, 1, tzinfo=UTC)
"""A cursor that no row can reach: a filter that is honoured answers it with nothing."""
_BEYOND_BELIEF = timedelta(days=366)


def instant(value: Any) -> datetime | None:
    """The moment that a vendor's text means: ISO 8601 with any offset, a naive one as UTC; None if it is none."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def moment_of(micros: int) -> datetime:
    """The moment that so many microseconds after 1970 (UTC) are."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def believable(moment: datetime, now: datetime) -> bool:
    """Not so far ahead of ``now`` that it must be a slip of a pen: a cursor never follows such a value."""
    return moment <= now + _BEYOND_BELIEF


def newest(values: Iterable[Any], now: datetime) -> datetime | None:
    """The latest believable moment among what vendors write as times; None where there is none."""
    texts = {value for value in values if isinstance(value, str | datetime)} - {""}
    try:
        latest = instant(max(map(datetime.fromisoformat, texts)))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        latest = None  # some are none, or of different kinds: each on its own tells
    if latest and believable(latest, now):
        return latest
    moments = [moment for moment in map(instant, texts) if moment and believable(moment, now)]
    return max(moments, default=None)


def stamp(moment: datetime) -> str:
    """The text form in which cursors are kept: UTC, microseconds, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def day(moment: datetime) -> datetime:
    """The midnight with which its day begins."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def merged(windows: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Windows of days, first and last inclusive, in order; those that overlap or touch are one."""
    found: list[tuple[datetime, datetime]] = []
    for first, last in sorted(windows):
        if found and first <= found[-1][1] + timedelta(days=1):
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found
