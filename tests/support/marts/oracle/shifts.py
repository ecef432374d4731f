"""Shifts: minutes, attendance, coverage and hours per week."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.marts.raw_tables import Tables

from .account_clock import AccountClock, is_span, live, minutes, readable

Values = dict[Any, tuple[Any, ...]]


def local(text: str | None) -> datetime | None:
    try:
        read = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return read if read and 1900 <= read.year < 2200 else None


class Shift:
    """One shift, read from its row."""

    def __init__(self, account: str, row: Any, zones: dict[str, str], clock: AccountClock) -> None:
        self.key, self.row = f"{account}:shift:{row['id']}", row
        zone = ZoneInfo(zones[row["timezone"]]) if row["timezone"] in zones else clock.zone
        begin, end = local(row["start_date"]), local(row["end_date"])
        self.day = begin.date() if begin else None
        self.is_all_day = len(row["start_date"]) == 10
        self.is_covered, self.worker = row["covered"], row["covering_member"]
        self.count = row["count"]
        starts, ends = row["_start_date_utc"], row["_end_date_utc"]
        length = (row["dur_hrs"] or 0) * 60 + (row.get("dur_mins") or 0) or None
        self.minutes: int | None = None
        if not self.is_all_day:
            if starts and ends:
                self.minutes = minutes(starts, ends) if is_span(starts, ends) else None
            elif begin and end:
                utc = begin.replace(tzinfo=UTC), end.replace(tzinfo=UTC)
                self.minutes = minutes(*utc) if is_span(*utc) else None
            elif starts or begin:
                self.minutes = length
        self.starts = starts or (begin.replace(tzinfo=zone).astimezone(UTC) if begin else None)
        self.ends = ends or (end.replace(tzinfo=zone).astimezone(UTC) if end and not starts else None)
        if not self.ends and self.starts and length:
            self.ends = self.starts + timedelta(minutes=length)
        next_day = (
            datetime.combine(self.day + timedelta(days=1), time(0), zone).astimezone(UTC)
            if self.day
            else None
        )
        self.over_at = next_day if self.is_all_day else self.ends or self.starts or next_day
        self.is_over = self.over_at is not None and self.over_at < clock.now
        self.is_absent = row["absent_reason"] not in (None, "", "0")
        self.is_declined = row["acknowledge_decline_reason"] not in (None, "", "0")
        self.is_attended = self.is_covered and self.is_over and not self.is_absent and not self.is_declined


def shifts_of(account: str, tables: Tables, clock: AccountClock) -> list[Shift]:
    zones = {row["name"]: row["iana_timezone"] for row in tables.get("timezones", [])}
    return [Shift(account, row, zones, clock) for row in live(tables["shifts"])]


class Entry:
    """A clock entry with the minutes that no earlier entry of the worker covers."""

    def __init__(self, row: Any, clock: AccountClock) -> None:
        self.row = row
        self.begin, self.end = readable(row["_clocked_in_utc"]), readable(row["_clocked_out_utc"])
        self.is_open = self.begin is not None and row["_clocked_out_utc"] is None
        self.is_usable = is_span(self.begin, self.end)
        self.day = clock.day(self.begin) if self.begin else None
        self.minutes = minutes(self.begin, self.end) if self.is_usable else None
        self.counted = 0


def entries_of(tables: Tables, clock: AccountClock) -> list[Entry]:
    entries = [Entry(row, clock) for row in live(tables["timeclocks"])]
    covered: dict[str, datetime] = {}
    for entry in sorted(
        entries, key=lambda one: (one.begin or datetime.max.replace(tzinfo=UTC), one.row["id"])
    ):
        if entry.is_usable and entry.begin and entry.end:
            worker = entry.row["account"]
            start = max(entry.begin, covered.get(worker, entry.begin))
            entry.counted = max(0, int((entry.end - start).total_seconds() // 60)) if start < entry.end else 0
            covered[worker] = max(entry.end, covered.get(worker, entry.end))
    return entries


def shifts(account: str, tables: Tables, clock: AccountClock) -> Values:
    """shift_key -> local_date, starts_at, scheduled_minutes."""
    return {one.key: (one.day, one.starts, one.minutes) for one in shifts_of(account, tables, clock)}


def attendance(account: str, tables: Tables, clock: AccountClock) -> Values:
    """shift_key -> state, clocked minutes."""
    clocked: dict[str, int] = defaultdict(int)
    named = {entry.row["shift"] for entry in entries_of(tables, clock)} - {"0", None}
    for entry in entries_of(tables, clock):
        clocked[entry.row["shift"]] += entry.counted
    found: Values = {}
    for one in shifts_of(account, tables, clock):
        if one.is_covered:
            state = "attended" if one.is_over else "planned"
            state = "declined" if one.is_declined else "absent" if one.is_absent else state
            number = one.row["id"]
            found[one.key] = state, clocked[number] if number in named else None
    return found


def coverage(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(workgroup_key, day) -> positions, covered, attended, scheduled minutes."""
    found: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in shifts_of(account, tables, clock):
        if one.day:
            cell = found[f"{account}:workgroup:{one.row['workgroup']}", one.day]
            cell[0] += one.count
            cell[1] += one.count if one.is_covered else 0
            cell[2] += one.count if one.is_attended else 0
            cell[3] += one.count * (one.minutes or 0)
    return {key: tuple(cell) for key, cell in found.items()}


def hours(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(worker_key, week) -> scheduled, clocked, overlapping, time card hours; open and unusable entries."""
    found: dict[Any, list[float]] = defaultdict(lambda: [0.0] * 6)

    def cell(worker: str | None, day: date | None) -> list[float]:
        return found[f"{account}:account:{worker}", clock.week(day)] if worker and day else [0.0] * 6

    for one in shifts_of(account, tables, clock):
        if one.is_covered and one.minutes is not None:
            cell(one.worker, one.day)[0] += one.minutes / 60
    for entry in entries_of(tables, clock):
        here = cell(entry.row["account"], entry.day)
        here[1] += entry.counted / 60
        here[2] += ((entry.minutes or 0) - entry.counted) / 60
        here[4] += entry.is_open
        here[5] += not entry.is_open and not entry.is_usable
    for card in live(tables["timecards"]):
        here = cell(card["account"], card["start_date"])
        here[3] += card["_duration_seconds"] / 3600 if 0 <= card["_duration_seconds"] <= 604800 else 0
    return {key: tuple(round(value, 6) for value in values) for key, values in found.items()}
