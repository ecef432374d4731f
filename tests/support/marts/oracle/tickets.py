"""Tickets: states, waiting times, targets, backlog and agents' time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from tests.support.marts.raw_tables import Tables

from .account_clock import WEEK, AccountClock, live, minutes, readable
from .histories import reopenings_of

Values = dict[Any, tuple[Any, ...]]
BANDS = ((1, "under 1 day"), (7, "1 to 6 days"), (30, "7 to 29 days"), (90, "30 to 89 days"))


class Ticket:
    """One ticket of either help desk, read from its row."""

    def __init__(self, account: str, row: Any, clock: AccountClock) -> None:
        is_desk = account.startswith("bossdesk")
        self.row = row
        self.key = f"{account}:ticket:{row['id']}"
        self.team = (row.get("team__name") if is_desk else None) or "no team"
        self.type = row.get("type__name") if is_desk else None
        self.opened = readable(row["created_at" if is_desk else "start_time"])
        self.due = readable(row["due_at" if is_desk else "expected_resolution_time"])
        self.ends = None if is_desk else readable(row.get("end_time"))
        closed = readable(row["closed_at" if is_desk else "closed_time"])
        reopened = None if is_desk else readable(row["reopened_time"])
        closed = None if closed and reopened and reopened > closed else closed
        self.was_reopened = reopened is not None
        self.closed = closed if closed and closed <= clock.now else None
        says_closed = is_desk and row["status"] == "closed" and closed is None
        if self.closed or says_closed:
            self.state = "closed"
        elif self.opened and self.opened > clock.now:
            self.state = "planned"
        else:
            self.state = "open"
        changed = readable(row.get("updated_at")) if is_desk else None
        last = self.closed or (min(changed, clock.now) if changed else None) or self.opened
        self.opened_on = clock.day(self.opened) if self.opened else None
        self.closed_on = clock.day(last) if self.state == "closed" and last else None
        self.is_overdue = self.state == "open" and self.due is not None and self.due < clock.now

    def age(self, now: datetime) -> int | None:
        """Whole days since it was opened, of an open ticket."""
        return (now - self.opened) // timedelta(days=1) if self.state == "open" and self.opened else None


def tickets_of(account: str, tables: Tables, clock: AccountClock) -> list[Ticket]:
    return [Ticket(account, row, clock) for row in live(tables.get("tickets", []))]


def band_of(days: int | None) -> str | None:
    if days is None:
        return None
    return next((name for most, name in BANDS if days < most), "90 days and more")


def tickets(account: str, tables: Tables, clock: AccountClock) -> Values:
    """ticket_key -> state, is_open, opened_on, opened_in_week, closed_on, due_on, age_days, age_band, is_overdue,
    is_past_end."""
    results: Values = {}
    for one in tickets_of(account, tables, clock):
        is_open = one.state == "open"
        age = one.age(clock.now)
        results[one.key] = (
            one.state,
            is_open,
            one.opened_on,
            clock.week(one.opened_on) if one.opened_on else None,
            one.closed_on,
            clock.day(one.due) if one.due else None,
            age,
            band_of(age),
            one.is_overdue,
            is_open and one.ends is not None and one.ends < clock.now,
        )
    return results


def first_answers(account: str, tables: Tables) -> dict[str, datetime]:
    """ticket_key -> first public comment of an agent."""
    answers: dict[str, datetime] = {}
    for comment in live(tables.get("tickets__comments", [])):
        if comment["from_agent"] and comment["is_public"] and comment["created_at"]:
            key = f"{account}:ticket:{comment['_parent_id']}"
            answers[key] = min(comment["created_at"], answers.get(key, comment["created_at"]))
    return answers


def waits(one: Ticket, until: datetime | None, clock: AccountClock) -> tuple[int | None, int | None]:
    """Whole calendar and business minutes from opening to a moment."""
    real = minutes(one.opened, until)
    if real is None or one.opened is None or until is None or clock.day(one.opened) < clock.first_day:
        return real, None
    return real, clock.business_minutes(one.opened, until)


def metrics(account: str, tables: Tables, clock: AccountClock) -> Values:
    """ticket_key -> first response and resolution in calendar and business minutes, is_resolved_in_time, sla_state,
    reopenings, comments, agent_replies, agent_minutes."""
    is_desk = account.startswith("bossdesk")
    answers = first_answers(account, tables)
    spent: Counter[str] = Counter()
    for _, entry, length in _entries(account, tables):
        spent[f"{account}:ticket:{entry['_parent_id']}"] += length or 0
    comments, replies = Counter[str](), Counter[str]()
    for comment in live(tables.get("tickets__comments", [])):
        key = f"{account}:ticket:{comment['_parent_id']}"
        comments[key] += 1
        replies[key] += bool(comment["from_agent"] and comment["is_public"])
    reopened, targets = reopenings_of(account, tables, clock), sla(account, tables, clock)
    results: Values = {}
    for one in tickets_of(account, tables, clock):
        state = targets[one.key][0]
        messages = None if is_desk else int(one.was_reopened)
        results[one.key] = (
            *waits(one, answers.get(one.key), clock),
            *waits(one, one.closed, clock),
            {"met": True, "missed": False}.get(state),
            state,
            reopened.get(one.key, messages),
            *((comments[one.key], replies[one.key], spent[one.key]) if is_desk else (None, None, None)),
        )
    return results


def sla(account: str, tables: Tables, clock: AccountClock) -> Values:
    """ticket_key -> sla_state, is_open_past_due, minutes_late, business_minutes_late."""
    results: Values = {}
    for one in tickets_of(account, tables, clock):
        if one.due is None or (one.state == "closed" and one.closed is None):
            results[one.key] = "none", False, None, None
            continue
        end = one.closed or clock.now
        if end > one.due:
            late = minutes(one.due, end), clock.business_minutes(one.due, end)
            results[one.key] = "missed", one.state == "open", *late
        else:
            results[one.key] = "met" if one.closed else "running", False, None, None
    return results


def backlog(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(account, team, day) -> opened, closed, open at the end, past due at the end."""
    chosen = [one for one in tickets_of(account, tables, clock) if one.opened_on and one.state != "planned"]
    results: Values = {}
    for team in {one.team for one in chosen}:
        own = [one for one in chosen if one.team == team]
        opened = {one.key: max(one.opened_on or clock.first_day, clock.first_day) for one in own}
        closed = {one.key: max(one.closed_on, opened[one.key]) for one in own if one.closed_on}
        day = min(opened.values())
        while day <= clock.today:
            still = [one for one in own if opened[one.key] <= day and closed.get(one.key, date.max) > day]
            late = [one for one in still if one.due and one.due < clock.now and clock.day(one.due) <= day]
            results[account, team, day] = (
                sum(other == day for other in opened.values()),
                sum(other == day for other in closed.values()),
                len(still),
                len(late),
            )
            day += timedelta(days=1)
    return results


def _entries(account: str, tables: Tables) -> Iterator[tuple[str, Any, int | None]]:
    """(key, row, minutes) of the time entries of tickets that the vendor has."""
    here = {row["id"] for row in live(tables["tickets"])}
    for row in live(tables.get("tickets__time_entries", [])):
        if row["_parent_id"] in here:
            length = row["duration"]
            usable = length is not None and 0 <= length <= WEEK.total_seconds() // 60
            key = f"{account}:ticket:{row['_parent_id']}:time_entry:{row['_list_index']}"
            yield key, row, length if usable else None


def agent_time(account: str, tables: Tables, clock: AccountClock) -> Values:
    """time_entry_key -> week_starts_on, minutes, is_billable."""
    return {
        key: (clock.week(row["date"]) if row["date"] else None, length, bool(row["billable"]))
        for key, row, length in _entries(account, tables)
    }
