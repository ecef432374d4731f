"""Tags, tasks and approvals of tickets, leads, and what hours on time cards cost."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.support.marts.raw_tables import Tables

from .account_clock import AccountClock, live, minutes, readable
from .shifts import hours

Values = dict[Any, tuple[Any, ...]]
_LARGEST = Decimal(10) ** 15
_WEEK_HOURS = 40


def _children(account: str, tables: Tables, table: str, word: str) -> Iterator[tuple[str, str, Any]]:
    """(key, ticket_key, row) of rows of tickets that the vendor has."""
    here = {row["id"] for row in live(tables.get("tickets", []))}
    for row in live(tables.get(table, [])):
        if row["_parent_id"] in here:
            ticket = f"{account}:ticket:{row['_parent_id']}"
            yield f"{ticket}:{word}:{row['_list_index']}", ticket, row


def tags(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(ticket_key, tag) -> account."""
    rows = _children(account, tables, "tickets__tags", "tag")
    return {
        (ticket, row["name"].strip()): (account,) for _, ticket, row in rows if (row["name"] or "").strip()
    }


def tasks(account: str, tables: Tables, clock: AccountClock) -> Values:
    """task_key -> ticket_key, team, due_at, closed_at, is_open, is_late."""
    results: Values = {}
    for key, ticket, row in _children(account, tables, "tickets__tasks", "task"):
        due, closed = readable(row["due_at"]), readable(row["closed_at"])
        closed = closed if closed and closed <= clock.now else None
        is_late = (closed or clock.now) > due if due else None
        results[key] = (ticket, row["team__name"] or None, due, closed, closed is None, is_late)
    return results


def approvals(account: str, tables: Tables, clock: AccountClock) -> Values:
    """approval_key -> ticket_key, status, responded_at, response_minutes."""
    results: Values = {}
    for key, ticket, row in _children(account, tables, "tickets__approval_requests", "approval"):
        asked, answered = readable(row["created_at"]), readable(row["responded_at"])
        results[key] = (ticket, row["status"], answered, minutes(asked, answered))
    return results


def leads(account: str, tables: Tables, clock: AccountClock) -> Values:
    """lead_key -> customer_key, category, state, created_on, expected_amount."""
    customers = {row["id"] for row in live(tables.get("customers", []))}
    results: Values = {}
    for row in live(tables.get("leads", [])):
        customer, created = row["customer__id"], readable(row["metadata__created_on"])
        amount = row["expected_amount"]
        results[f"{account}:lead:{row['id']}"] = (
            f"{account}:customer:{customer}" if customer in customers else None,
            row["marketing_category__name"] or None,
            {"Converted": "converted", "Lost": "lost"}.get(row["status"], "open"),
            clock.day(created) if created else None,
            amount if amount is not None and abs(amount) < _LARGEST else None,
        )
    return results


def labour(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(worker_key, week) -> scheduled, time card and approved hours; whether exempt; regular and overtime hours; rate,
    rate_source and labour_cost."""
    codes = {row["id"]: row["pay_rate"] for row in live(tables.get("paycodes", []))}
    workers = {f"{account}:account:{row['id']}": row for row in live(tables.get("accounts", []))}
    results: Values = {}
    for (key, week), values in hours(account, tables, clock).items():
        worker, worked = workers.get(key, {}), values[4]
        own, of_code = worker.get("pay_rate"), codes.get(worker.get("paycode"))
        rate = own if own is not None else of_code
        source = "account" if own is not None else "pay code" if of_code is not None else "unknown"
        is_exempt = bool(worker.get("overtime_exempt"))
        over = 0.0 if is_exempt else max(worked - _WEEK_HOURS, 0.0)
        cost = worked * float(rate) if rate is not None else None
        hours_of = (values[0], worked, values[5])
        results[key, week] = (*hours_of, is_exempt, worked - over, over, rate, source, cost)
    return results
