"""Shifts: minutes, attendance, coverage and hours per week."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.marts.raw_tables import Tables

from .account_clock import AccountClock, day_within_years, is_span, live, minutes, readable

Values = dict[Any, tuple[Any, ...]]


def local(text: str | None) -> datetime | None:
    try:
        read = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return read if read and 1900 <= read.year < 2200 else None


class Shift:
    """One shift, read from its row."""

    def __init__(
        self, account: str, row: Any, zones: dict[str, str], clock: AccountClock, unpaid: int = 0
    ) -> None:
        self.key, self.row, self.unpaid = f"{account}:shift:{row['id']}", row, unpaid
        self.is_published = row.get("published") is not False
        self.arrived, self.left = row.get("_arrive_late_datetime_utc"), row.get("_leave_early_datetime_utc")
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
        self.ends = None if self.is_all_day else self.ends
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
    unpaid: dict[Any, int] = defaultdict(int)
    for row in live(tables.get("shifts__breaks", [])):
        if not row["paid"] and row["duration_minutes"] is not None and 0 <= row["duration_minutes"] <= 10080:
            unpaid[row["_parent_id"]] += row["duration_minutes"]
    return [Shift(account, row, zones, clock, unpaid[row["id"]]) for row in live(tables["shifts"])]


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
    """shift_key -> local_date, starts_at, ends_at, scheduled_minutes, unpaid_break_minutes, positions, is_covered."""
    return {
        one.key: (one.day, one.starts, one.ends, one.minutes, one.unpaid, one.count, one.is_covered)
        for one in shifts_of(account, tables, clock)
    }


class Clocked:
    """What clock entries and time cards that name a shift say of it."""

    def __init__(self, entries: list[Entry], cards: list[float]) -> None:
        self.minutes = sum(entry.counted for entry in entries) if entries else None
        begun = [entry.begin for entry in entries if entry.begin and (entry.is_usable or entry.is_open)]
        ended = [entry.end for entry in entries if entry.end and entry.is_usable]
        self.came, self.went = min(begun, default=None), max(ended, default=None)
        self.carded = int(sum(cards) / 60 + 1e-9) if cards else None


def clocked_of(tables: Tables, clock: AccountClock) -> dict[Any, Clocked]:
    entries: dict[Any, list[Entry]] = defaultdict(list)
    for entry in entries_of(tables, clock):
        entries[entry.row["shift"]].append(entry)
    cards: dict[Any, list[float]] = defaultdict(list)
    for card in live(tables["timecards"]):
        if card["_duration_seconds"] is not None and 0 <= card["_duration_seconds"] <= 604800:
            cards[card.get("shift")].append(card["_duration_seconds"])
    named = (set(entries) | set(cards)) - {None, "", "0"}
    return {shift: Clocked(entries.get(shift, []), cards.get(shift, [])) for shift in named}


def attendance(account: str, tables: Tables, clock: AccountClock) -> Values:
    """shift_key -> is_over, state, is_attended, clocked and timecard minutes, late_minutes, is_late, left_early
    minutes, worked_minus_scheduled_minutes."""
    clocked = clocked_of(tables, clock)
    results: Values = {}
    for one in shifts_of(account, tables, clock):
        if not one.is_covered:
            continue
        output = clocked.get(one.row["id"], Clocked([], []))
        state = "attended" if one.is_over else "planned"
        state = "declined" if one.is_declined else "absent" if one.is_absent else state
        came, went = one.arrived or output.came, one.left or output.went
        late = early = None
        if not one.is_all_day and came and one.starts:
            late = minutes(one.starts, came) or 0
        if not one.is_all_day and went and one.ends:
            early = minutes(went, one.ends) or 0
        worked = output.carded if output.minutes is None else output.minutes
        difference = worked - one.minutes if worked is not None and one.minutes is not None else None
        own = (one.is_over, state, one.is_attended, output.minutes, output.carded)
        results[one.key] = *own, late, (late or 0) > 0, early, difference
    return results


def coverage(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(workgroup_key, day) -> shifts; positions in all, covered, uncovered, uncovered and published, attended, absent,
    declined; coverage_share; scheduled, covered and clocked minutes."""
    clocked = clocked_of(tables, clock)
    results: dict[Any, list[int]] = defaultdict(lambda: [0] * 11)
    for one in shifts_of(account, tables, clock):
        if one.day:
            group = one.row["workgroup"]
            length = one.count * (one.minutes or 0)
            output = clocked.get(one.row["id"])
            values = (
                1,
                one.count,
                one.count * one.is_covered,
                one.count * (not one.is_covered),
                one.count * (one.is_published and not one.is_covered),
                one.count * one.is_attended,
                one.count * (one.is_covered and one.is_absent),
                one.count * (one.is_covered and one.is_declined),
                length,
                length * one.is_covered,
                (output.minutes or 0) if output and one.is_covered else 0,
            )
            key = f"{account}:workgroup:{group}" if group not in (None, "", "0") else "none", one.day
            results[key] = [before + more for before, more in zip(results[key], values, strict=True)]
    return {
        key: (*cell[:8], cell[2] / cell[1] if cell[1] else None, *cell[8:]) for key, cell in results.items()
    }


def hours(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(worker_key, week) -> scheduled, unpaid break, clocked, overlapping, time card and approved hours; open and
    unusable entries."""
    results: dict[Any, list[float]] = defaultdict(lambda: [0.0] * 8)

    def cell(worker: str | None, day: date | None) -> list[float]:
        return results[f"{account}:account:{worker}", clock.week(day)] if worker and day else [0.0] * 8

    for one in shifts_of(account, tables, clock):
        if one.is_covered and one.minutes is not None:
            cell(one.worker, one.day)[0] += one.minutes / 60
            cell(one.worker, one.day)[1] += one.unpaid / 60
    for entry in entries_of(tables, clock):
        here = cell(entry.row["account"], entry.day)
        here[2] += entry.counted / 60
        here[3] += ((entry.minutes or 0) - entry.counted) / 60
        here[6] += entry.is_open
        here[7] += not entry.is_open and not entry.is_usable
    for card in live(tables["timecards"]):
        here = cell(card["account"], day_within_years(card["start_date"]))
        usable = card["_duration_seconds"] is not None and 0 <= card["_duration_seconds"] <= 604800
        length = card["_duration_seconds"] / 3600 if usable else 0
        here[4] += length
        here[5] += length if card.get("approved") else 0
    return {key: tuple(round(value, 6) for value in values) for key, values in results.items()}
