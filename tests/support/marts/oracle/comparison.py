"""Builds the marts of generated worlds and compares every measure with the oracle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.build_marts import build
from fieldhouse.pipelines.config.settings import load
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.marts.raw_tables import World, write_tables

from . import jobs, money, shifts, tickets
from .account_clock import AccountClock
from .worlds import NOW
from .worlds import World as GeneratedWorld

Measure = Callable[[str, Any, AccountClock], Mapping[Any, tuple[Any, ...]]]
MEASURES: Mapping[str, tuple[tuple[str, ...], str, Measure]] = {
    "tickets": (
        ("bossdesk", "notific"),
        "SELECT ticket_key, state, opened_on, closed_on, age_days, is_overdue FROM marts.tickets",
        tickets.tickets,
    ),
    "ticket_metrics": (
        ("bossdesk", "notific"),
        "SELECT ticket_key, first_response_minutes, first_response_business_minutes, resolution_minutes,"
        " resolution_business_minutes, agent_minutes FROM marts.ticket_metrics",
        tickets.metrics,
    ),
    "sla": (
        ("bossdesk", "notific"),
        "SELECT ticket_key, sla_state, minutes_late, business_minutes_late FROM marts.sla",
        tickets.sla,
    ),
    "ticket_backlog_daily": (
        ("bossdesk", "notific"),
        "SELECT account, team, day, opened, closed, open_at_end, past_due_at_end FROM marts.ticket_backlog_daily",
        tickets.backlog,
    ),
    "shifts": (
        ("shiftboard",),
        "SELECT shift_key, local_date, starts_at, scheduled_minutes FROM marts.shifts",
        shifts.shifts,
    ),
    "attendance": (
        ("shiftboard",),
        "SELECT shift_key, state, clocked_minutes FROM marts.attendance",
        shifts.attendance,
    ),
    "coverage_daily": (
        ("shiftboard",),
        "SELECT workgroup_key, day, positions, covered_positions, attended_positions, scheduled_minutes"
        " FROM marts.coverage_daily",
        shifts.coverage,
    ),
    "worker_hours_weekly": (
        ("shiftboard",),
        "SELECT worker_key, week_starts_on, scheduled_hours, clocked_hours, overlapping_clocked_hours, timecard_hours,"
        " open_clock_entries, unusable_clock_entries FROM marts.worker_hours_weekly",
        shifts.hours,
    ),
    "jobs": (
        ("servicebridge", "servicesidekick"),
        "SELECT job_key, state, completed_on, completed_at_source FROM marts.jobs",
        jobs.jobs,
    ),
    "visits": (
        ("servicebridge", "servicesidekick"),
        "SELECT visit_key, state, minutes, is_repeat_30d, is_repeated_30d FROM marts.visits",
        jobs.visits,
    ),
    "technician_days": (
        ("servicebridge", "servicesidekick"),
        "SELECT technician_key, day, jobs, planned_minutes, worked_minutes, available_minutes, open_entries"
        " FROM marts.technician_days",
        jobs.technician_days,
    ),
    "first_time_fix": (
        ("servicebridge", "servicesidekick"),
        "SELECT account, month, done_jobs, visited_jobs, fixed_first_time, done_visits, repeated_visits"
        " FROM marts.first_time_fix",
        jobs.first_time_fix,
    ),
    "invoices": (
        ("servicebridge", "servicesidekick"),
        "SELECT invoice_key, job_key, is_void, invoiced_on, due_on, total, balance, days_overdue, age_band"
        " FROM marts.invoices",
        money.invoices,
    ),
    "receivables_ageing": (
        ("servicebridge", "servicesidekick"),
        "SELECT invoice_key, balance, age_band FROM marts.receivables_ageing",
        money.receivables,
    ),
    "revenue_by_month": (
        ("servicebridge", "servicesidekick"),
        "SELECT account, month, invoiced, credits, collected, unapplied FROM marts.revenue_by_month",
        money.months,
    ),
    "revenue_by_job": (
        ("servicebridge", "servicesidekick"),
        "SELECT job_key, invoices, invoiced, paid, balance FROM marts.revenue_by_job",
        money.jobs_revenue,
    ),
    "estimate_conversion": (
        ("servicebridge",),
        "SELECT account, month, estimates, won, lost, open, expired, open_value FROM marts.estimate_conversion",
        money.estimates,
    ),
}
"""Mart -> the vendors that it reads, its key and measures, and the oracle of them."""


def differences(url: str, folder: Path, numbers: Iterable[int]) -> tuple[list[str], int]:
    """What differs between marts and oracle in these worlds, and how many values were compared.

    All worlds are accounts of one warehouse, so that one build serves them.
    """
    worlds = [GeneratedWorld(number) for number in numbers]
    clocks = {account: clock for world in worlds for account, clock in world.clocks.items()}
    tables = {account: rows for world in worlds for account, rows in world.tables.items()}
    write_tables(url, tables)
    settings = load({"HOME": str(folder)}, folder, warehouse_url=url)
    report = build(settings, variables={"now": NOW.isoformat(), **_variables(clocks)})
    found = [f"build: {problem.kind} {problem.name}: {problem.message}" for problem in report.problems]
    if found:
        return found, 0
    with open_warehouse(url).session() as session:
        return compare(session.fetch, clocks, tables)


def compare(
    fetch: Callable[[str], list[tuple[Any, ...]]], clocks: Mapping[str, AccountClock], tables: World
) -> tuple[list[str], int]:
    """Every measure of the built marts with the oracle's; what differs, and how many values were compared."""
    found: list[str] = []
    compared = 0
    for mart, (vendors, sql, measure) in MEASURES.items():
        expected: dict[Any, tuple[Any, ...]] = {}
        for account, clock in clocks.items():
            if account.partition("_")[0] in vendors:
                expected.update(measure(account, tables[account], clock))
        width = len(next(iter(expected.values()))) if expected else 0
        actual = {_key(row, width): row[len(row) - width :] for row in fetch(sql)}
        compared += len(expected) * width
        found += _compared(mart, actual, expected)
    return found, compared


def _key(row: tuple[Any, ...], width: int) -> Any:
    key = row[: len(row) - width]
    return key[0] if len(key) == 1 else key


def _compared(mart: str, actual: Mapping[Any, Any], expected: Mapping[Any, Any]) -> Iterable[str]:
    for key in sorted(set(actual) | set(expected), key=str):
        mine, theirs = actual.get(key), expected.get(key)
        if mine is None or theirs is None or not all(map(_same, mine, theirs)):
            yield f"{mart} {key}: {mine} and not {theirs}"


def _same(mine: Any, theirs: Any) -> bool:
    if isinstance(mine, (float, Decimal)) and theirs is not None:
        return abs(float(mine) - float(theirs)) < 1e-5
    return bool(mine == theirs)


def _variables(clocks: Mapping[str, AccountClock]) -> dict[str, Any]:
    return {
        "zones": {account: clock.zone.key for account, clock in clocks.items()},
        "week_starts": {account: clock.week_start for account, clock in clocks.items()},
        "account_holidays": {
            account: [day.isoformat() for day in clock.holidays] for account, clock in clocks.items()
        },
        "account_business_hours": {
            account: {
                str(day): [f"{_clock(opens)}-{_clock(closes)}" for opens, closes in ranges]
                for day, ranges in clock.hours.items()
            }
            for account, clock in clocks.items()
        },
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
