"""Tickets: states, waiting times, targets, backlog and agents' time."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from tests.support.marts.raw_tables import Tables

from .account_clock import WEEK, AccountClock, live, minutes, readable

Values = dict[Any, tuple[Any, ...]]


class Ticket:
    """One ticket of either help desk, read from its row."""

    def __init__(self, account: str, row: Any, clock: AccountClock) -> None:
        is_desk = account.startswith("bossdesk")
        self.key = f"{account}:ticket:{row['id']}"
        self.team = (row.get("team__name") if is_desk else None) or "no team"
        self.opened = readable(row["created_at" if is_desk else "start_time"])
        self.due = readable(row["due_at" if is_desk else "expected_resolution_time"])
        closed = readable(row["closed_at" if is_desk else "closed_time"])
        reopened = None if is_desk else readable(row["reopened_time"])
        closed = None if closed and reopened and reopened > closed else closed
        self.closed = closed if closed and closed <= clock.now else None
        says_closed = is_desk and row["status"] == "closed" and closed is None
        if self.closed or says_closed:
            self.state = "closed"
        elif self.opened and self.opened > clock.now:
            self.state = "planned"
        else:
            self.state = "open"
        last = self.closed or (readable(row.get("updated_at")) if is_desk else None) or self.opened
        self.opened_on = clock.day(self.opened) if self.opened else None
        self.closed_on = clock.day(last) if self.state == "closed" and last else None


def tickets_of(account: str, tables: Tables, clock: AccountClock) -> list[Ticket]:
    return [Ticket(account, row, clock) for row in live(tables["tickets"])]


def tickets(account: str, tables: Tables, clock: AccountClock) -> Values:
    """ticket_key -> state, opened_on, closed_on, age_days, is_overdue."""
    found: Values = {}
    for one in tickets_of(account, tables, clock):
        is_open = one.state == "open"
        age = int((clock.now - one.opened) // timedelta(days=1)) if is_open and one.opened else None
        late = is_open and one.due is not None and one.due < clock.now
        found[one.key] = one.state, one.opened_on, one.closed_on, age, late
    return found


def metrics(account: str, tables: Tables, clock: AccountClock) -> Values:
    """ticket_key -> first response and resolution in calendar and business minutes, agents' minutes."""
    answers: dict[str, list[Any]] = {}
    for comment in live(tables.get("tickets__comments", [])):
        if comment["from_agent"] and comment["is_public"]:
            answers.setdefault(f"{account}:ticket:{comment['_parent_id']}", []).append(comment["created_at"])
    spent: Counter[str] = Counter()
    for entry in live(tables.get("tickets__time_entries", [])):
        if 0 <= entry["duration"] <= WEEK.total_seconds() // 60:
            spent[f"{account}:ticket:{entry['_parent_id']}"] += entry["duration"]
    found: Values = {}
    for one in tickets_of(account, tables, clock):
        first = min(answers.get(one.key, ()), default=None)
        pairs = ((one.opened, first), (one.opened, one.closed))
        values: list[Any] = []
        for since, until in pairs:
            real = minutes(since, until)
            business = None
            if real is not None and since and until and clock.day(since) >= clock.first_day:
                business = clock.business_minutes(since, until)
            values += [real, business]
        own = spent[one.key] if account.startswith("bossdesk") else None
        found[one.key] = (*values, own)
    return found


def sla(account: str, tables: Tables, clock: AccountClock) -> Values:
    """ticket_key -> sla_state, minutes late, business minutes late."""
    found: Values = {}
    for one in tickets_of(account, tables, clock):
        if one.due is None or (one.state == "closed" and one.closed is None):
            found[one.key] = "none", None, None
            continue
        end = one.closed or clock.now
        if end > one.due:
            late = minutes(one.due, end), clock.business_minutes(one.due, end)
            found[one.key] = "missed", *late
        else:
            found[one.key] = "met" if one.closed else "running", None, None
    return found


def backlog(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(account, team, day) -> opened, closed, open at the end, past due at the end."""
    chosen = [one for one in tickets_of(account, tables, clock) if one.opened_on and one.state != "planned"]
    found: Values = {}
    for team in {one.team for one in chosen}:
        own = [one for one in chosen if one.team == team]
        opened = {one.key: max(one.opened_on or clock.first_day, clock.first_day) for one in own}
        closed = {one.key: max(one.closed_on, opened[one.key]) for one in own if one.closed_on}
        day = min(opened.values())
        while day <= clock.today:
            still = [one for one in own if opened[one.key] <= day and closed.get(one.key, date.max) > day]
            late = [one for one in still if one.due and one.due < clock.now and clock.day(one.due) <= day]
            found[account, team, day] = (
                sum(other == day for other in opened.values()),
                sum(other == day for other in closed.values()),
                len(still),
                len(late),
            )
            day += timedelta(days=1)
    return found
