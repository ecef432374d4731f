"""Intervals in which a ticket or job stood the same, from the versions that a history kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.support.marts.raw_tables import Tables

from .account_clock import AccountClock, minutes

Values = dict[Any, tuple[Any, ...]]
WORK_ORDER_STATES = {
    "New": "open",
    "Scheduled": "scheduled",
    "InProgress": "in progress",
    "Completed": "done",
    "Invoiced": "done",
    "Canceled": "cancelled",
}
_JOB_STATES = (("canceled_on", "cancelled"), ("completed_on", "done"), ("started_on", "in progress"))


def job_state(row: Any) -> str:
    """The state of a ServiceSidekick job, from the last of its times that is given."""
    return next((word for name, word in (*_JOB_STATES, ("scheduled_on", "scheduled")) if row[name]), "open")


class Interval:
    """Versions that follow each other without a gap and say the same."""

    def __init__(self, key: str, place: int, output: tuple[Any, ...], since: datetime) -> None:
        self.key, self.place, self.said, self.since = key, place, output, since
        self.until: datetime | None = None


def _intervals(
    versions: dict[str, list[tuple[datetime, datetime | None, tuple[Any, ...]]]],
) -> Iterator[Interval]:
    for key, rows in versions.items():
        here: list[Interval] = []
        for since, until, output in sorted(rows, key=lambda row: row[0]):
            if not here or here[-1].said != output or here[-1].until != since:
                here.append(Interval(key, len(here) + 1, output, since))
            here[-1].until = until
        yield from here


def _ticket_intervals(account: str, tables: Tables) -> Iterator[Interval]:
    """Said are the status, the extended status, the team, the assignee and the due time."""
    is_desk = account.startswith("bossdesk")
    versions = defaultdict(list)
    for row in tables.get("tickets_history", []):
        if is_desk:
            status = row["status"] or ("closed" if row["closed_at"] else "open")
            output = status, row["extended_status__name"], row["team__name"], row["agent__id"], row["due_at"]
        else:
            closed, reopened = row["closed_time"], row["reopened_time"]
            is_closed = closed is not None and (reopened is None or closed >= reopened)
            due = row["expected_resolution_time"]
            output = "closed" if is_closed else "open", None, None, row["operator_id"], due
        if row["_valid_from"]:
            versions[f"{account}:ticket:{row['id']}"].append((row["_valid_from"], row["_valid_to"], output))
    return _intervals(versions)


def tickets(account: str, tables: Tables, clock: AccountClock) -> Values:
    """interval_key -> place, status, extended_status, team, valid_from, valid_to, calendar and business minutes,
    is_waiting, is_reopening, is_team_move."""
    results: Values = {}
    before: Interval | None = None
    for one in _ticket_intervals(account, tables):
        status, extended, team, *_ = one.said
        last = before.said if before and before.key == one.key else (None, None, None)
        until = one.until or max(clock.now, one.since)
        results[f"{one.key}:interval:{one.place}"] = (
            one.place,
            status,
            extended,
            team,
            one.since,
            one.until,
            minutes(one.since, until),
            clock.business_minutes(one.since, until),
            status == "waiting" or extended in clock.waiting,
            last[0] == "closed" and status != "closed",
            last[2] is not None and team is not None and last[2] != team,
        )
        before = one
    return results


def reopenings_of(account: str, tables: Tables, clock: AccountClock) -> dict[str, int]:
    """ticket_key -> how often it was opened again, of tickets with a history."""
    results: dict[str, int] = defaultdict(int)
    for key, values in tickets(account, tables, clock).items():
        results[key.partition(":interval:")[0]] += values[9]
    return dict(results)


def jobs(account: str, tables: Tables, clock: AccountClock) -> Values:
    """interval_key -> place, state, valid_from, valid_to, calendar minutes, is_reopening."""
    is_bridge = account.startswith("servicebridge")
    versions = defaultdict(list)
    for row in tables.get("work_orders_history" if is_bridge else "jobs_history", []):
        if is_bridge:
            key, output = (
                f"{account}:work_order:{row['id']}",
                (
                    WORK_ORDER_STATES.get(row["status"], "open"),
                    row["status"],
                ),
            )
        else:
            key, output = (
                f"{account}:job:{row['id']}",
                (job_state(row), row["job_status__name"] or row["status"]),
            )
        if row["_valid_from"]:
            versions[key].append((row["_valid_from"], row["_valid_to"], output))
    results: Values = {}
    before: Interval | None = None
    for one in _intervals(versions):
        was_done = before is not None and before.key == one.key and before.said[0] == "done"
        until = one.until or max(clock.now, one.since)
        results[f"{one.key}:interval:{one.place}"] = (
            one.place,
            one.said[0],
            one.since,
            one.until,
            minutes(one.since, until),
            was_done and one.said[0] not in ("done", "cancelled"),
        )
        before = one
    return results
