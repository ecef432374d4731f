"""Wording: values, columns and times as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NONE = "–"
LABELS: Mapping[str, str] = {
    "account": "Account",
    "age_band": "Age",
    "age_days": "Age (days)",
    "age_hours": "Age (hours)",
    "balance": "Owed",
    "clocked": "Clocked (h)",
    "days_overdue": "Days overdue",
    "due_at": "Due",
    "from_type": "From",
    "has_one_name": "Same name everywhere",
    "is_overdue": "Overdue",
    "is_published": "Published",
    "last_read_at": "Last complete read",
    "last_run_at": "Last run",
    "last_outcome": "Result",
    "median_days": "Median days",
    "median_hours": "Median hours",
    "median_business_hours": "Median business hours",
    "on_timecards": "On time cards (h)",
    "run_id": "Run",
    "scheduled": "Scheduled (h)",
    "seconds": "Duration (s)",
    "timecards_minus_scheduled": "Time cards minus plan (h)",
    "to_type": "To",
    "vendor_names": "Vendors",
    "_url": "Record",
}
MONEY = frozenset(
    ("amount", "balance", "collected", "credits", "invoiced", "overdue", "owed", "paid", "total", "unapplied")
)
"""Columns of money: two decimals, whatever the vendor sends."""


def label(column: str) -> str:
    """A column's title: ``opened_at`` is "Opened"."""
    plain = column.removesuffix("_at") if column.endswith("_at") else column
    return LABELS.get(column) or plain.replace("_", " ").strip().capitalize()


def cell(value: Any, column: str = "", zone: str = "") -> str:
    """A value as a table shows it; ``zone`` is the IANA zone of its account, UTC if empty or unknown."""
    if value is None or value == "":
        return NONE
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return moment(value, zone)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if column in MONEY and isinstance(value, (float, Decimal)):
        return f"{value:,.2f}"
    if isinstance(value, (float, Decimal)):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)


def is_number(value: Any) -> bool:
    """True if a column of such values is aligned to the right."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def day(value: date) -> str:
    """A day: ``2 Nov 2026``."""
    return f"{value.day} {value:%b %Y}"


def moment(value: datetime, zone: str = "") -> str:
    """A moment with its zone: ``2 Nov 2026, 14:30 UTC``, or the local time with its abbreviation."""
    at = value.astimezone(zone_of(zone))
    return f"{day(at)}, {at:%H:%M} {at.tzname()}"


def zone_of(name: str) -> Any:
    """The zone of an IANA name; UTC if there is no such zone."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def number(value: Any, form: str, zone: str = "") -> str:
    """A figure's number in its format; a dash if there is none."""
    if value is None:
        return NONE
    return moment(value, zone) if isinstance(value, datetime) else form.format(value)


def age(span: timedelta) -> str:
    """How long ago: ``3 minutes``, ``5 hours``, ``2 days``."""
    seconds = max(span.total_seconds(), 0)
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= (2 if unit == "day" else 1) * size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return "less than a minute"
