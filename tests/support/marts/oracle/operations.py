"""What goes over all kinds of work: work items, the calendar, accounts, and the health of syncs."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from tests.support.marts.raw_tables import Tables

from .account_clock import AccountClock
from .jobs import jobs_of
from .shifts import shifts_of
from .tickets import tickets_of

Values = dict[Any, tuple[Any, ...]]


def work_items(account: str, tables: Tables, clock: AccountClock) -> Values:
    """work_item_key -> kind, state, is_open, closed_at."""
    results: Values = {}
    if account.startswith(("bossdesk", "notific")):
        words = {"open": "open", "planned": "scheduled", "closed": "done"}
        for ticket in tickets_of(account, tables, clock):
            results[ticket.key] = "ticket", words[ticket.state], ticket.state != "closed", ticket.closed
    elif account.startswith("shiftboard"):
        for shift in shifts_of(account, tables, clock):
            if shift.over_at is None:
                state = "unknown"
            elif shift.is_over:
                state = "done"
            elif shift.starts and shift.starts <= clock.now:
                state = "in progress"
            else:
                state = "scheduled" if shift.is_covered else "open"
            is_open = shift.over_at is not None and not shift.is_over
            results[shift.key] = "shift", state, is_open, shift.over_at if shift.is_over else None
    else:
        for key, job in jobs_of(account, tables).items():
            closed = job.completed if job.state == "done" else None
            results[key] = "job", job.state, job.state not in ("done", "cancelled"), closed
    return results


def calendar(clock: AccountClock) -> Values:
    """day -> year, quarter, month, weekday, first days of its month and week, is_business_day, is_today, days and weeks
    from now; by the project's own settings: UTC, Monday to Friday, weeks from Monday."""
    results: Values = {}
    today, day = clock.now.date(), clock.first_day
    monday = today - timedelta(days=today.weekday())
    while day <= clock.last_day:
        week = day - timedelta(days=day.weekday())
        results[day] = (
            day.year,
            (day.month + 2) // 3,
            day.month,
            day.isoweekday(),
            day.replace(day=1),
            week,
            day.weekday() < 5,
            day == today,
            (day - today).days,
            (week - monday).days // 7,
        )
        day += timedelta(days=1)
    return results


def accounts(account: str, tables: Tables, clock: AccountClock) -> Values:
    """account -> time_zone, today, week_start, business_hours_per_week, history_since."""
    first, last = max(clock.first_day, clock.today - timedelta(days=365)), clock.today
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    seconds = [clock.business_seconds_of_day(day) for day in days]
    begun = [
        row["_valid_from"]
        for table in ("tickets_history", "work_orders_history", "jobs_history")
        for row in tables.get(table, [])
    ]
    return {
        account: (
            clock.zone.key,
            clock.today,
            clock.week_start,
            round(sum(seconds) / len(seconds) * 7 / 3600, 1),
            min(begun, default=None),
        )
    }


def sync_health(account: str, tables: Tables, clock: AccountClock) -> Values:
    """sync_key -> runs and failures in 7 days, rows of the last run, live and deleted rows, schema changes."""
    runs: dict[str, list[Any]] = defaultdict(list)
    for row in tables.get("_syncs", []):
        if row.get("table_name"):
            runs[row["table_name"]].append(row)
    newest = max((row["finished_at"] for own in runs.values() for row in own), default=clock.now)
    since = max(newest, clock.now) - timedelta(days=7)
    changes = Counter(
        row["table_name"] for row in tables.get("_schema_changes", []) if row["action"] != "created"
    )
    results: Values = {}
    for table, own in runs.items():
        last = max(own, key=lambda row: row["finished_at"])
        recent = [row for row in own if row["finished_at"] > since]
        marked = [row.get("_deleted_at") is not None for row in tables.get(table, [])]
        results[f"{account}:{table}"] = (
            len(recent),
            sum(row["outcome"] not in ("ok", "not offered") for row in recent),
            last["outcome"],
            last["rows_read"],
            last["rows_written"],
            last["rows_deleted"],
            len(marked) - sum(marked),
            sum(marked),
            changes[table],
        )
    return results
