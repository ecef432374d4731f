"""Money: invoices, payments, months, receivables, lines and estimates."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.support.marts.raw_tables import Tables

from .account_clock import AccountClock, live

Values = dict[Any, tuple[Any, ...]]


class Invoice:
    """One invoice of either vendor; a job's is void if the job is cancelled."""

    def __init__(
        self, key: str, job: str | None, row: Any, clock: AccountClock, terms: dict[Any, int] | None = None
    ) -> None:
        is_bridge = "work_order__id" in row
        self.key, self.job = key, job
        self.total = row["total"]
        self.balance = row["balance" if is_bridge else "balance_remaining"]
        self.is_void = row["status"] == "Void" if is_bridge else row["canceled_on"] is not None
        dated = row["date" if is_bridge else "invoice_date"]
        self.on = clock.date_of(dated) if dated else None
        self.due: date | None = None
        if is_bridge:
            days = (terms or {}).get(row.get("term__id"))
            if row["due_date"]:
                self.due = clock.date_of(row["due_date"])
            elif self.on and days is not None:
                self.due = self.on + timedelta(days=days)
        else:
            self.due = _due(row, clock)

    @property
    def month(self) -> date | None:
        return self.on.replace(day=1) if self.on else None

    def band(self, today: date) -> str | None:
        if self.is_void or not self.balance:
            return None
        if self.balance < 0:
            return "credit"
        if self.due is None:
            return "no due date"
        days = (today - self.due).days
        bands = ((0, "not due"), (30, "1 to 30 days"), (60, "31 to 60 days"), (90, "61 to 90 days"))
        return next((name for most, name in bands if days <= most), "over 90 days")


def _due(row: Any, clock: AccountClock) -> date | None:
    """The wordings of the worlds: net days, days after completion, days after the end of the month, at receipt."""
    terms = row["invoice_terms"] or ""
    since = clock.date_of(row["invoice_date"])
    found = re.search(r"(\d+) days? from the date of job completion", terms)
    if found:
        return (
            clock.date_of(row["completed_on"]) + timedelta(days=int(found[1]))
            if row["completed_on"]
            else None
        )
    if "receipt" in terms:
        return since
    found = re.search(r"(?i)net (\d+)(.*EOM)?", terms) or re.search(r"in (\d+) days()", terms)
    if not found:
        return None
    if found[2]:
        since = (since.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return since + timedelta(days=int(found[1]))


def invoices_of(account: str, tables: Tables, clock: AccountClock) -> list[Invoice]:
    if account.startswith("servicebridge"):
        orders = {row["id"] for row in live(tables["work_orders"])}
        terms = {row["id"]: row["days"] for row in live(tables.get("terms", []))}
        return [
            Invoice(
                f"{account}:invoice:{row['id']}",
                f"{account}:work_order:{row['work_order__id']}" if row["work_order__id"] in orders else None,
                row,
                clock,
                terms,
            )
            for row in live(tables["invoices"])
        ]
    return [
        Invoice(f"{account}:job:{row['id']}:invoice", f"{account}:job:{row['id']}", row, clock)
        for row in live(tables["jobs"])
        if row["invoice_date"]
    ]


def invoices(account: str, tables: Tables, clock: AccountClock) -> Values:
    """invoice_key -> job_key, is_void, invoiced_on, due_on, total, balance, days_overdue, age_band."""
    found: Values = {}
    for one in invoices_of(account, tables, clock):
        band = one.band(clock.today)
        late = max(0, (clock.today - one.due).days) if band and one.due else None
        found[one.key] = one.job, one.is_void, one.on, one.due, one.total, one.balance, late, band
    return found


def receivables(account: str, tables: Tables, clock: AccountClock) -> Values:
    """invoice_key -> balance, age_band."""
    return {
        one.key: (one.balance, one.band(clock.today))
        for one in invoices_of(account, tables, clock)
        if one.band(clock.today)
    }


def months(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(account, month) -> invoiced, credits, collected, unapplied."""
    found: dict[Any, list[Any]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0), Decimal(0)])
    everything = {one.key: one for one in invoices_of(account, tables, clock)}
    for one in everything.values():
        if not one.is_void and one.month:
            found[account, one.month][0] += one.total
            found[account, one.month][1] += min(one.total, Decimal(0))
    for row in live(tables.get("payments", [])):
        if row["date"]:
            cell = found[account, clock.date_of(row["date"]).replace(day=1)]
            cell[2] += row["amount"]
            paid = everything.get(f"{account}:invoice:{row['invoice__id']}")
            cell[3] += row["amount"] if paid is None or paid.is_void else 0
    if account.startswith("servicesidekick"):
        return {key: (*cell[:2], None, None) for key, cell in found.items()}
    return {key: tuple(cell) for key, cell in found.items()}


def jobs_revenue(account: str, tables: Tables, clock: AccountClock) -> Values:
    """job_key -> invoices, invoiced, paid, balance."""
    is_bridge = account.startswith("servicebridge")
    kind, table = ("work_order", "work_orders") if is_bridge else ("job", "jobs")
    own = [one for one in invoices_of(account, tables, clock) if not one.is_void]
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for row in live(tables.get("payments", [])):
        paid[f"{account}:invoice:{row['invoice__id']}"] += row["amount"]
    found: Values = {}
    for row in live(tables[table]):
        key = f"{account}:{kind}:{row['id']}"
        mine = [one for one in own if one.job == key]
        if is_bridge:
            settled: Any = sum((paid[one.key] for one in mine), Decimal(0))
        else:
            settled = mine[0].total - mine[0].balance if mine and mine[0].balance is not None else None
            settled = settled if mine else Decimal(0)
        balances = [one.balance for one in mine if one.balance is not None]
        balance = sum(balances, Decimal(0)) if balances or not mine else None
        found[key] = len(mine), sum((one.total for one in mine), Decimal(0)), settled, balance
    return found


def estimates(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(account, month) -> estimates, won, lost, open, expired, open value."""
    found: dict[Any, list[Any]] = defaultdict(lambda: [0, 0, 0, 0, 0, Decimal(0)])
    for row in live(tables["estimates"]):
        cell = found[account, clock.day(row["metadata__created_on"]).replace(day=1)]
        expires = clock.date_of(row["expiration_date"]) if row["expiration_date"] else None
        is_expired = expires is not None and expires < clock.today
        cell[0] += 1
        cell[1] += row["status"] == "Won"
        cell[2] += row["status"] == "Lost"
        cell[3] += row["status"] == "Sent" and not is_expired
        cell[4] += row["status"] == "Sent" and is_expired
        cell[5] += row["total"] if row["status"] == "Sent" and not is_expired else 0
    return {key: tuple(cell) for key, cell in found.items()}
