"""Cursor times: cursors are compared as instants in UTC, never as text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

FAR_FUTURE = datetime(2999, 1, 1, tzinfo=UTC)
"""A cursor that no row can reach: a filter that is honoured answers it with nothing."""
_LONGEST_AHEAD = timedelta(days=366)
_TIMES = (str, datetime)


def instant(value: Any) -> datetime | None:
    """The instant that a vendor's text names: ISO 8601 with any offset, without one as UTC; None if it names none."""
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
    """The instant ``micros`` microseconds after 1970-01-01 (UTC)."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def believable(moment: datetime, now: datetime) -> bool:
    """False if ``moment`` is more than a year after ``now``, and so a typing error: a cursor never follows it."""
    return moment <= now + _LONGEST_AHEAD


def newest(values: Iterable[Any], now: datetime) -> datetime | None:
    """The latest believable instant among what vendors write as times; None without one."""
    texts = {value for value in values if isinstance(value, _TIMES)} - {""}
    try:
        latest = instant(max(map(datetime.fromisoformat, texts)))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        latest = None  # not all are times with the same kind of offset: parse one by one
    if latest and believable(latest, now):
        return latest
    moments = [moment for moment in map(instant, texts) if moment and believable(moment, now)]
    return max(moments, default=None)


def stamp(moment: datetime) -> str:
    """The text form in which cursors are stored: UTC, microseconds, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
