"""Technicians: what was planned and worked, by visit, by day and by week, and the time that there was for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.support.marts.raw_tables import Tables

from . import shifts, time_off
from .account_clock import AccountClock, is_span, live
from .identity import Identities
from .jobs import after, jobs_of, share

Values = dict[Any, tuple[Any, ...]]
Cell = tuple[str, date]


@dataclass(frozen=True)
class Span:
    """A stretch of time that a technician is planned for a visit or worked on it; the factors are 0 or 1."""

    visit: str
    job: str
    technician: str
    starts: datetime | None
    ends: datetime | None
    planned: int
    worked: int
    billable: int = 0
    place: int | None = None


def spans_of(account: str, tables: Tables) -> list[Span]:
    """Everything that is not cancelled."""
    return (_of_orders if account.startswith("servicebridge") else _of_sidekick)(account, tables)


def _of_orders(account: str, tables: Tables) -> list[Span]:
    members: dict[str, list[Any]] = defaultdict(list)
    for member in live(tables["work_orders__visits__team_members"]):
        members[f"{account}:visit:{member['_parent_id']}"].append(member)
    results = []
    for job in jobs_of(account, tables).values():
        for visit in job.made:
            for member in members[visit.key]:
                who = f"{account}:employee:{member['id']}"
                is_done = int(visit.state == "done")
                results.append(
                    Span(
                        visit.key,
                        job.key,
                        who,
                        visit.starts,
                        visit.ends,
                        1,
                        is_done,
                        0,
                        member["_list_index"],
                    )
                )
    return results


def _of_sidekick(account: str, tables: Tables) -> list[Span]:
    """A job without any start has no visit, so nobody is planned for it; work on it counts all the same."""
    everyone = {row["id"]: row for row in live(tables["jobs"])}
    results = []
    for member in live(tables["jobs__employees"]):
        row = everyone.get(member["_parent_id"])
        if row and not row["canceled_on"] and (row["scheduled_on"] or row["started_on"]):
            key, who = f"{account}:job:{row['id']}", f"{account}:employee:{member['id']}"
            end = after(row["scheduled_on"], row["duration"])
            results.append(
                Span(f"{key}:visit", key, who, row["scheduled_on"], end, 1, 0, 0, member["_list_index"])
            )
    for entry in live(tables["jobs__time_entries"]):
        if entry["_parent_id"] in everyone and entry["employee_id"] is not None:
            key, who = f"{account}:job:{entry['_parent_id']}", f"{account}:employee:{entry['employee_id']}"
            end = entry["ended_on"] or after(entry["started_on"], entry["number_of_hours"])
            billable = int(bool(entry.get("billable")))
            results.append(Span(f"{key}:visit", key, who, entry["started_on"], end, 0, 1, billable))
    return results


def by_visit(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(visit_key, technician_key) -> is_lead, planned, worked and billable minutes."""
    sums: dict[Any, list[float]] = defaultdict(lambda: [0.0] * 3)
    leads = set()
    for span in spans_of(account, tables):
        cell = sums[span.visit, span.technician]
        length = 0.0
        if is_span(span.starts, span.ends) and span.starts and span.ends:
            length = (span.ends - span.starts).total_seconds() / 60
        for place, factor in enumerate((span.planned, span.worked, span.billable)):
            cell[place] += factor * length
        if span.place == 0:
            leads.add((span.visit, span.technician))
    return {key: (key in leads, *map(_whole, values)) for key, values in sums.items()}


def _whole(value: float) -> int:
    return int(value + 1e-6)


class Availability:
    """Shifts and days off of persons, whatever accounts these are in."""

    def __init__(
        self, tables: Mapping[str, Tables], clocks: Mapping[str, AccountClock], people: Identities
    ) -> None:
        self.people = people
        self.shift_minutes: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
        self.days_off: dict[str, set[date]] = defaultdict(set)
        for account in tables:
            if account.startswith("shiftboard"):
                self._read(account, tables[account], clocks[account])

    def _read(self, account: str, tables: Tables, clock: AccountClock) -> None:
        for one in shifts.shifts_of(account, tables, clock):
            person = self.people.person_of(f"{account}:account:{one.worker}")
            if one.is_covered and not one.is_declined and person and one.day and one.minutes is not None:
                self.shift_minutes[person][one.day] += one.minutes - min(one.unpaid, one.minutes)
        for request in time_off.requests_of(account, tables, clock):
            person = self.people.person_of(f"{account}:account:{request.worker}")
            day, last = request.first, request.last
            while person and request.state == "approved" and day and last and day <= last:
                if clock.first_day <= day <= clock.last_day:
                    self.days_off[person].add(day)
                day += timedelta(days=1)

    def of(self, technician: str, day: date, clock: AccountClock) -> tuple[float, str, bool]:
        """Minutes, what they are taken from, and whether it is a day off. Shifts of a week stand for its hours."""
        person = self.people.person_of(technician)
        own = self.shift_minutes.get(person or "", {})
        is_off = day in self.days_off.get(person or "", ())
        if any(clock.week(other) == clock.week(day) for other in own):
            return own.get(day, 0), "shifts", is_off
        if is_off:
            return 0, "time off", True
        return clock.business_seconds_of_day(day) / 60, "business hours", False


class _Work:
    def __init__(self) -> None:
        self.jobs: set[str] = set()
        self.planned = self.worked = self.billable = 0.0
        self.open = 0


def _work(account: str, tables: Tables, clock: AccountClock) -> dict[Cell, _Work]:
    """Work over midnight counts on both days."""
    work: dict[Cell, _Work] = defaultdict(_Work)
    for span in spans_of(account, tables):
        if not is_span(span.starts, span.ends) or not span.starts or not span.ends:
            continue
        day = clock.day(span.starts)
        while day <= clock.day(span.ends):
            begin = max(span.starts, clock.at(day))
            end = min(span.ends, clock.at(day + timedelta(days=1)))
            if begin < end and clock.first_day <= day <= clock.last_day:
                cell, length = work[span.technician, day], (end - begin).total_seconds() / 60
                cell.jobs.add(span.job)
                cell.planned += span.planned * length
                cell.worked += span.worked * length
                cell.billable += span.billable * length
            day += timedelta(days=1)
    return work


def by_day(account: str, tables: Tables, clock: AccountClock, available: Availability) -> Values:
    """(technician_key, day) -> is_business_day, is_day_off, jobs, planned, worked, billable and available minutes,
    available_source, worked in available and off days' minutes, open entries, utilisation."""
    work = _work(account, tables, clock)
    first: dict[str, date] = {}
    for who, day in work:
        first[who] = min(day, first.get(who, day))
    here = {row["id"] for row in live(tables.get("jobs", []))}
    for entry in tables.get("jobs__time_entries", []):
        is_open = not entry["ended_on"] and after(entry["started_on"], entry["number_of_hours"]) is None
        if (
            entry["_parent_id"] in here
            and is_open
            and entry["started_on"]
            and entry["employee_id"] is not None
        ):
            day = clock.day(entry["started_on"])
            if clock.first_day <= day <= clock.last_day:
                work[f"{account}:employee:{entry['employee_id']}", day].open += 1
    for row in live(tables["employees"]):
        who = f"{account}:employee:{row['id']}"
        is_bridge = account.startswith("servicebridge")
        hired, made = row.get("hired_on"), row.get("metadata__created_on" if is_bridge else "created_at")
        if isinstance(hired, datetime):
            hired = clock.date_of(hired)
        elif made and not hired:
            hired = clock.day(made)
        days = [day for day in (hired, first.get(who)) if day]
        day = max(min(days), clock.first_day) if days else clock.first_day
        while row["is_active" if is_bridge else "active"] is not False and day <= clock.today:
            if clock.business_seconds_of_day(day):
                work[who, day]
            day += timedelta(days=1)
    return {key: _measures(*key, cell, clock, available) for key, cell in work.items()}


def _measures(
    who: str, day: date, cell: _Work, clock: AccountClock, available: Availability
) -> tuple[Any, ...]:
    there, source, is_off = available.of(who, day, clock)
    return (
        clock.business_seconds_of_day(day) > 0,
        is_off,
        len(cell.jobs),
        _whole(cell.planned),
        _whole(cell.worked),
        _whole(cell.billable),
        _whole(there),
        source,
        _whole(cell.worked) if there > 0 else 0,
        0 if there > 0 else _whole(cell.worked),
        cell.open,
        share(cell.worked, there),
    )


def by_week(account: str, tables: Tables, clock: AccountClock, available: Availability) -> Values:
    """(account, week) -> technicians, available, planned, worked, in available time, off days, billable minutes, open
    entries, utilisation; up to today."""
    sums: dict[Any, list[int]] = defaultdict(lambda: [0] * 7)
    who: dict[Any, set[str]] = defaultdict(set)
    for (technician, day), values in by_day(account, tables, clock, available).items():
        if day <= clock.today:
            key = account, clock.week(day)
            _, _, _, planned, worked, billable, there, _, inside, off, open_entries, _ = values
            own = (there, planned, worked, inside, off, billable, open_entries)
            sums[key] = [one + other for one, other in zip(sums[key], own, strict=True)]
            who[key].add(technician)
    return {key: (len(who[key]), *cell, share(cell[3], cell[0])) for key, cell in sums.items()}
