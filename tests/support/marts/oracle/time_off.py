"""Requests for time off: whose, which days, and what became of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.marts.raw_tables import Tables

from .account_clock import AccountClock, live
from .shifts import local

Values = dict[Any, tuple[Any, ...]]
_STATES = {0: "requested", 2: "approved", 3: "denied"}


class Request:
    """One request, read from its row."""

    def __init__(self, account: str, row: Any, zones: dict[str, str], clock: AccountClock) -> None:
        zone = ZoneInfo(zones[row["timezone"]]) if row["timezone"] in zones else clock.zone
        begin, end = local(row["start_date"]), local(row["end_date"])
        self.key, self.worker = f"{account}:time_off_request:{row['id']}", row["member"]
        self.state = _STATES.get(row["status"])
        self.is_all_day = len(row["start_date"] or "") == 10
        self.first = begin.date() if begin else None
        last = end.date() if end else None
        is_backwards = last is not None and (self.first is None or last < self.first)
        self.last = None if is_backwards else last or self.first
        if (
            self.first
            and self.last
            and self.first < self.last
            and not self.is_all_day
            and end == _start(self.last)
        ):
            self.last -= timedelta(days=1)
        self.starts: datetime | None
        self.ends: datetime | None
        if self.is_all_day:
            self.starts = _midnight(self.first, zone)
            final = last or self.first
            self.ends = _midnight(final + timedelta(days=1), zone) if final else None
        else:
            self.starts = row["_start_date_utc"] or _at(begin, zone)
            self.ends = row["_end_date_utc"] or _at(end, zone)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(0))


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return _at(_start(day), zone) if day else None


def _at(wall: datetime | None, zone: ZoneInfo) -> datetime | None:
    return wall.replace(tzinfo=zone).astimezone(UTC) if wall else None


def requests_of(account: str, tables: Tables, clock: AccountClock) -> list[Request]:
    zones = {row["name"]: row["iana_timezone"] for row in tables.get("timezones", [])}
    return [Request(account, row, zones, clock) for row in live(tables.get("time_off_requests", []))]


def time_off(account: str, tables: Tables, clock: AccountClock) -> Values:
    """time_off_key -> state, is_all_day, first_day, last_day, starts_at, ends_at."""
    return {
        one.key: (one.state, one.is_all_day, one.first, one.last, one.starts, one.ends)
        for one in requests_of(account, tables, clock)
    }
