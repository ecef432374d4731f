"""Instants: cursors are compared as moments in UTC, never as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

FAR_FUTURE = datetime(2999, 1, 1, tzinfo=UTC)
"""A cursor that no row can reach: a filter that is honoured answers it with nothing."""
_BEYOND_BELIEF = timedelta(days=366)


def instant(value: Any) -> datetime | None:
    """The moment that a vendor's text means: ISO 8601 with any offset, a naive one as UTC; None if it is none."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def believable(moment: datetime, now: datetime) -> bool:
    """Not so far ahead of ``now`` that it must be a slip of a pen: a cursor never follows such a value."""
    return moment <= now + _BEYOND_BELIEF


def stamp(moment: datetime) -> str:
    """The text form in which cursors are kept: UTC, microseconds, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
