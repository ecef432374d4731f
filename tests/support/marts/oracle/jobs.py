"""Work in the field: jobs, their steps, visits, first-time fix."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from tests.support.marts.raw_tables import Tables

from . import money
from .account_clock import AccountClock, is_span, live, minutes, readable
from .histories import WORK_ORDER_STATES, job_state

Values = dict[Any, tuple[Any, ...]]


class Visit:
    """A visit of a job; ``key`` and ``job`` as in the marts."""

    def __init__(
        self, key: str, job: str, state: str, starts: datetime | None, ends: datetime | None
    ) -> None:
        self.key, self.job, self.state, self.starts, self.ends = key, job, state, starts, ends
        self.place: int | None = None

    @property
    def minutes(self) -> int | None:
        return minutes(self.starts, self.ends) if is_span(self.starts, self.ends) else None


class Job:
    """A work order or job with its visits."""

    def __init__(self, key: str, state: str, place: str | None, created: datetime | None) -> None:
        self.key, self.state, self.place, self.created = key, state, place, created
        self.visits: list[Visit] = []
        self.scheduled: datetime | None = None
        self.started: datetime | None = None
        self.completed: datetime | None = None
        self.source: str | None = None

    @property
    def made(self) -> list[Visit]:
        """Visits that were not cancelled."""
        return [visit for visit in self.visits if visit.state != "cancelled"]


def jobs_of(account: str, tables: Tables) -> dict[str, Job]:
    results = (_orders if account.startswith("servicebridge") else _sidekick)(account, tables)
    for job in results.values():
        ordered = sorted(job.made, key=lambda one: (one.starts is None, one.starts or datetime.max, one.key))
        for place, visit in enumerate(ordered, 1):
            visit.place = place
    return results


def _orders(account: str, tables: Tables) -> dict[str, Job]:
    results: dict[str, Job] = {}
    places = {row["id"] for row in live(tables["locations"])}
    visits_of: dict[Any, list[Any]] = defaultdict(list)
    for visit in live(tables["work_orders__visits"]):
        visits_of[visit["_parent_id"]].append(visit)
    for row in live(tables["work_orders"]):
        place = row["location__id"] if row["location__id"] in places else None
        key = f"{account}:work_order:{row['id']}"
        job = results[key] = Job(
            key,
            WORK_ORDER_STATES.get(row["status"], "open"),
            place,
            readable(row.get("metadata__created_on")),
        )
        ends, begun, planned = [], [], []
        for visit in visits_of[row["id"]]:
            state = {"Canceled": "cancelled", "Completed": "done", "InProgress": "in progress"}.get(
                visit["status"], "scheduled"
            )
            starts, finish = readable(visit["start_time"]), readable(visit["finish_time"])
            if state == "done" and finish:
                ends.append(finish)
            if state in ("done", "in progress") and starts:
                begun.append(starts)
            if state != "cancelled" and starts:
                planned.append(starts)
            state = "cancelled" if row["status"] == "Canceled" else state
            job.visits.append(Visit(f"{account}:visit:{visit['id']}", key, state, starts, finish))
        job.scheduled, job.started = min(planned, default=None), min(begun, default=None)
        finished = row.get("date_finished")
        if job.state == "done" or finished:
            billed = [
                invoice["date"]
                for invoice in live(tables["invoices"])
                if invoice["work_order__id"] == row["id"] and invoice["status"] != "Void" and invoice["date"]
            ]
            choices = (
                ("visit", max(ends, default=None)),
                ("work order", finished),
                ("invoice", min(billed, default=None)),
                ("last change", row["metadata__updated_on"]),
            )
            source, moment = next(((name, at) for name, at in choices if at), ("unknown", None))
            job.source, job.completed = source, moment
    return results


def _sidekick(account: str, tables: Tables) -> dict[str, Job]:
    results: dict[str, Job] = {}
    customers = {row["id"] for row in live(tables["customers"])}
    for row in live(tables["jobs"]):
        key = f"{account}:job:{row['id']}"
        state = job_state(row)
        place = row["customer_id"] if row["customer_id"] in customers else None
        job = results[key] = Job(key, state, place, row.get("created_at"))
        job.scheduled, job.started, job.completed = (
            row["scheduled_on"],
            row["started_on"],
            row["completed_on"],
        )
        job.source = "job" if job.completed else None
        starts = row["started_on"] or row["scheduled_on"]
        if starts:
            ends = row["completed_on"] or after(starts, row["duration"])
            job.visits.append(
                Visit(f"{key}:visit", key, "scheduled" if state == "open" else state, starts, ends)
            )
    return results


def after(moment: datetime | None, hours: Any) -> datetime | None:
    """A number of hours later, if there can be so many: a week at most."""
    usable = moment is not None and hours is not None and 0 <= hours <= 168
    return moment + timedelta(hours=float(hours)) if usable and moment else None


def crew_of(account: str, tables: Tables) -> dict[str, set[Any]]:
    """job_key -> the technicians of its visits that were not cancelled; of a ServiceSidekick job all its employees."""
    results: dict[str, set[Any]] = defaultdict(set)
    if account.startswith("servicesidekick"):
        for member in live(tables["jobs__employees"]):
            results[f"{account}:job:{member['_parent_id']}"].add(member["id"])
        return results
    made = {
        visit["id"]: visit["_parent_id"]
        for visit in live(tables["work_orders__visits"])
        if visit["status"] != "Canceled"
    }
    for member in live(tables["work_orders__visits__team_members"]):
        if member["_parent_id"] in made:
            results[f"{account}:work_order:{made[member['_parent_id']]}"].add(member["id"])
    return results


def jobs(account: str, tables: Tables, clock: AccountClock) -> Values:
    """job_key -> state, technicians, visits, scheduled_at, started_at, completed_on, completed_at_source."""
    crews = crew_of(account, tables)
    return {
        key: (
            job.state,
            len(crews.get(key, ())),
            len(job.made),
            job.scheduled,
            job.started,
            clock.date_of(job.completed) if job.completed else None,
            job.source,
        )
        for key, job in jobs_of(account, tables).items()
    }


def steps(account: str, tables: Tables, clock: AccountClock) -> Values:
    """job_key -> waiting, start delay, working, cycle, invoicing and payment minutes."""
    billed: dict[str, list[money.Invoice]] = defaultdict(list)
    for invoice in money.invoices_of(account, tables, clock):
        if invoice.job and not invoice.is_void:
            billed[invoice.job].append(invoice)
    results: Values = {}
    for key, job in jobs_of(account, tables).items():
        own = billed.get(key, [])
        invoiced = min((one.at for one in own if one.at), default=None)
        settled = [one.paid_at for one in own]
        paid = max((at for at in settled if at), default=None) if settled and all(settled) else None
        pairs = (
            (job.created, job.started),
            (job.scheduled, job.started),
            (job.started, job.completed),
            (job.created, job.completed),
            (job.completed, invoiced),
            (invoiced, paid),
        )
        results[key] = tuple(minutes(since, until) for since, until in pairs)
    return results


def repeats_of(account: str, tables: Tables) -> dict[str, list[Visit]]:
    """visit_key -> the visits of other jobs that were done at the same place in the thirty days before its start."""
    at_place: dict[Any, list[tuple[Visit, Job]]] = defaultdict(list)
    for job in jobs_of(account, tables).values():
        for visit in job.visits:
            if job.place is not None and visit.starts:
                at_place[job.place].append((visit, job))
    results: dict[str, list[Visit]] = {}
    for listed in at_place.values():
        for later, job in listed:
            earlier = [
                visit
                for visit, other in listed
                if other.key != job.key
                and visit.state == "done"
                and later.starts
                and visit.starts
                and timedelta(0) < later.starts - visit.starts <= timedelta(days=30)
            ]
            if earlier and later.state != "cancelled":
                results[later.key] = earlier
    return results


def visits(account: str, tables: Tables, clock: AccountClock) -> Values:
    """visit_key -> state, place, is_first_visit, visit_on, minutes, is_repeat_30d, repeat_of_visit_key,
    is_repeated_30d."""
    repeats = repeats_of(account, tables)
    repeated = {visit.key for earlier in repeats.values() for visit in earlier}
    results: Values = {}
    for job in jobs_of(account, tables).values():
        for visit in job.visits:
            before = repeats.get(visit.key, [])
            newest = max((one.starts for one in before if one.starts), default=None)
            results[visit.key] = (
                visit.state,
                visit.place,
                visit.place == 1,
                clock.day(visit.starts) if visit.starts else None,
                visit.minutes,
                bool(before),
                min((one.key for one in before if one.starts == newest), default=None),
                visit.key in repeated,
            )
    return results


def first_time_fix(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(account, month) -> done jobs, visited jobs, fixed first time and their share, done visits, repeated visits and
    their share."""
    results: dict[Any, list[int]] = defaultdict(lambda: [0] * 5)
    for job in jobs_of(account, tables).values():
        if job.state == "done" and job.completed:
            cell = results[account, clock.date_of(job.completed).replace(day=1)]
            cell[0] += 1
            cell[1] += len(job.made) > 0
            cell[2] += len(job.made) == 1
    repeats = repeats_of(account, tables)
    repeated = {visit.key for earlier in repeats.values() for visit in earlier}
    for job in jobs_of(account, tables).values():
        for visit in job.visits:
            if visit.state == "done" and visit.starts:
                cell = results[account, clock.day(visit.starts).replace(day=1)]
                cell[3] += 1
                cell[4] += visit.key in repeated
    return {
        key: (done, seen, fixed, share(fixed, seen), went, again, share(again, went))
        for key, (done, seen, fixed, went, again) in results.items()
    }


def share(part: float, complete: float) -> float | None:
    return part / complete if complete else None
