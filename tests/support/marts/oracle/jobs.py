"""Work in the field: jobs, visits, technicians' days and weeks, first-time fix."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from tests.support.marts.raw_tables import Tables

from .account_clock import AccountClock, is_span, live, minutes, readable

Values = dict[Any, tuple[Any, ...]]
_STATES = {
    "New": "open",
    "Scheduled": "scheduled",
    "InProgress": "in progress",
    "Completed": "done",
    "Invoiced": "done",
    "Canceled": "cancelled",
}


class Visit:
    """A visit of a job; ``key`` and ``job`` as in the marts."""

    def __init__(
        self, key: str, job: str, state: str, starts: datetime | None, ends: datetime | None
    ) -> None:
        self.key, self.job, self.state, self.starts, self.ends = key, job, state, starts, ends


class Job:
    """A work order or job with its visits."""

    def __init__(self, key: str, state: str, place: str | None) -> None:
        self.key, self.state, self.place = key, state, place
        self.visits: list[Visit] = []
        self.completed: datetime | None = None
        self.source: str | None = None


def jobs_of(account: str, tables: Tables) -> dict[str, Job]:
    return (_orders if account.startswith("servicebridge") else _sidekick)(account, tables)


def _orders(account: str, tables: Tables) -> dict[str, Job]:
    found: dict[str, Job] = {}
    places = {row["id"] for row in live(tables["locations"])}
    for row in live(tables["work_orders"]):
        place = row["location__id"] if row["location__id"] in places else None
        key = f"{account}:work_order:{row['id']}"
        found[key] = Job(key, _STATES.get(row["status"], "open"), place)
        ends: list[datetime] = []
        for visit in live(tables["work_orders__visits"]):
            if visit["_parent_id"] != row["id"]:
                continue
            state = {"Canceled": "cancelled", "Completed": "done", "InProgress": "in progress"}.get(
                visit["status"], "scheduled"
            )
            starts, finish = readable(visit["start_time"]), readable(visit["finish_time"])
            if state == "done" and finish:
                ends.append(finish)
            state = "cancelled" if row["status"] == "Canceled" else state
            found[key].visits.append(Visit(f"{account}:visit:{visit['id']}", key, state, starts, finish))
        if found[key].state == "done":
            billed = [
                invoice["date"]
                for invoice in live(tables["invoices"])
                if invoice["work_order__id"] == row["id"] and invoice["status"] != "Void" and invoice["date"]
            ]
            choices = (("visit", max(ends, default=None)), ("invoice", min(billed, default=None)))
            choices = (*choices, ("last change", row["metadata__updated_on"]))
            source, moment = next(((name, at) for name, at in choices if at), ("unknown", None))
            found[key].source, found[key].completed = source, moment
    return found


def _sidekick(account: str, tables: Tables) -> dict[str, Job]:
    found: dict[str, Job] = {}
    customers = {row["id"] for row in live(tables["customers"])}
    for row in live(tables["jobs"]):
        key = f"{account}:job:{row['id']}"
        order = (("canceled_on", "cancelled"), ("completed_on", "done"), ("started_on", "in progress"))
        state = next((word for name, word in (*order, ("scheduled_on", "scheduled")) if row[name]), "open")
        job = found[key] = Job(key, state, row["customer_id"] if row["customer_id"] in customers else None)
        job.completed = row["completed_on"]
        job.source = "job" if job.completed else None
        starts = row["started_on"] or row["scheduled_on"]
        if starts:
            ends = row["completed_on"] or _after(starts, row["duration"])
            job.visits.append(
                Visit(f"{key}:visit", key, "scheduled" if state == "open" else state, starts, ends)
            )
    return found


def jobs(account: str, tables: Tables, clock: AccountClock) -> Values:
    """job_key -> state, completed_on, completed_at_source."""
    return {
        key: (job.state, clock.date_of(job.completed) if job.completed else None, job.source)
        for key, job in jobs_of(account, tables).items()
    }


def visits(account: str, tables: Tables, clock: AccountClock) -> Values:
    """visit_key -> state, minutes, is_repeat_30d, is_repeated_30d."""
    everyone = jobs_of(account, tables)
    listed = [(visit, job) for job in everyone.values() for visit in job.visits]
    repeats, repeated = set(), set()
    for later, job in listed:
        for earlier, other in listed:
            if (
                job.place is not None
                and job.place == other.place
                and job.key != other.key
                and later.state != "cancelled"
                and earlier.state == "done"
                and later.starts
                and earlier.starts
                and timedelta(0) < later.starts - earlier.starts <= timedelta(days=30)
            ):
                repeats.add(later.key)
                repeated.add(earlier.key)
    return {
        visit.key: (
            visit.state,
            minutes(visit.starts, visit.ends) if is_span(visit.starts, visit.ends) else None,
            visit.key in repeats,
            visit.key in repeated,
        )
        for visit, _ in listed
    }


def spans_of(
    account: str, tables: Tables
) -> list[tuple[str, str, datetime | None, datetime | None, int, int]]:
    """(technician, job, start, end, is planned, is worked) of everything that is not cancelled."""
    found = []
    everyone = jobs_of(account, tables)
    if account.startswith("servicebridge"):
        for job in everyone.values():
            for visit in job.visits:
                for member in live(tables["work_orders__visits__team_members"]):
                    if f"{account}:visit:{member['_parent_id']}" == visit.key and visit.state != "cancelled":
                        who = f"{account}:employee:{member['id']}"
                        found.append((who, job.key, visit.starts, visit.ends, 1, int(visit.state == "done")))
        return found
    for row in live(tables["jobs"]):
        key = f"{account}:job:{row['id']}"
        for member in live(tables["jobs__employees"]):
            if member["_parent_id"] == row["id"] and not row["canceled_on"] and row["scheduled_on"]:
                end = _after(row["scheduled_on"], row["duration"])
                found.append((f"{account}:employee:{member['id']}", key, row["scheduled_on"], end, 1, 0))
        for entry in live(tables["jobs__time_entries"]):
            if entry["_parent_id"] == row["id"]:
                end = entry["ended_on"] or _after(entry["started_on"], entry["number_of_hours"])
                who = f"{account}:employee:{entry['employee_id']}"
                found.append((who, key, entry["started_on"], end, 0, 1))
    return found


def _after(moment: datetime, hours: Any) -> datetime | None:
    return moment + timedelta(hours=float(hours)) if hours is not None else None


def technician_days(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(technician_key, day) -> jobs, planned, worked, available minutes, open entries."""
    work: dict[Any, dict[str, Any]] = defaultdict(
        lambda: {"jobs": set(), "planned": 0.0, "worked": 0.0, "open": 0}
    )
    first: dict[str, date] = {}
    for who, job, starts, ends, planned, worked in spans_of(account, tables):
        if not is_span(starts, ends) or not starts or not ends:
            continue
        day = clock.day(starts)
        while day <= clock.day(ends):
            begin, end = max(starts, clock.at(day)), min(ends, clock.at(day + timedelta(days=1)))
            if begin < end and clock.first_day <= day <= clock.last_day:
                cell = work[who, day]
                cell["jobs"].add(job)
                cell["planned"] += planned * (end - begin).total_seconds() / 60
                cell["worked"] += worked * (end - begin).total_seconds() / 60
                first[who] = min(day, first.get(who, day))
            day += timedelta(days=1)
    jobs_here = {row["id"] for row in live(tables.get("jobs", []))}
    for entry in tables.get("jobs__time_entries", []):
        if entry["_parent_id"] in jobs_here and not entry["ended_on"] and entry["number_of_hours"] is None:
            work[f"{account}:employee:{entry['employee_id']}", clock.day(entry["started_on"])]["open"] += 1
    for row in live(tables["employees"]):
        who = f"{account}:employee:{row['id']}"
        is_bridge = account.startswith("servicebridge")
        since = row.get("hired_on") or row["metadata__created_on" if is_bridge else "created_at"]
        hired = since.date() if isinstance(since, datetime) else since
        day = min(hired, first.get(who, hired))
        day = max(day, clock.first_day)
        while row["is_active" if is_bridge else "active"] and day <= clock.today:
            if clock.business_seconds_of_day(day):
                work[who, day]
            day += timedelta(days=1)
    return {
        (who, day): (
            len(cell["jobs"]),
            int(cell["planned"] + 1e-9),
            int(cell["worked"] + 1e-9),
            int(clock.business_seconds_of_day(day) / 60 + 1e-9),
            cell["open"],
        )
        for (who, day), cell in work.items()
    }


def first_time_fix(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(account, month) -> done jobs, visited jobs, fixed first time, done visits, repeated visits."""
    found: dict[Any, list[int]] = defaultdict(lambda: [0] * 5)
    for job in jobs_of(account, tables).values():
        if job.state == "done" and job.completed:
            count = sum(_counts(visit) for visit in job.visits)
            cell = found[account, clock.date_of(job.completed).replace(day=1)]
            cell[0] += 1
            cell[1] += count > 0
            cell[2] += count == 1
    seen = visits(account, tables, clock)
    for job in jobs_of(account, tables).values():
        for visit in job.visits:
            if visit.state == "done" and visit.starts:
                cell = found[account, clock.day(visit.starts).replace(day=1)]
                cell[3] += 1
                cell[4] += seen[visit.key][3]
    return {key: tuple(values) for key, values in found.items()}


def _counts(visit: Visit) -> bool:
    return visit.state != "cancelled"
