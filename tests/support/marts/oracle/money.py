"""Money: invoices, payments, months, receivables and estimates."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.support.marts.raw_tables import Tables

from .account_clock import AccountClock, live, readable

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
        self.at: datetime | None = row["date" if is_bridge else "invoice_date"]
        self.on = clock.date_of(self.at) if self.at else None
        self.paid_at: datetime | None = None
        self.due: date | None = None
        self.is_due_told = is_bridge and row["due_date"] is not None
        if is_bridge:
            days = (terms or {}).get(row.get("term__id"))
            if row["due_date"]:
                self.due = clock.date_of(row["due_date"])
            elif self.on and days is not None:
                self.due = self.on + timedelta(days=days)
        else:
            self.due = _due(row, clock)

    @property
    def paid(self) -> Decimal | None:
        return self.total - self.balance if self.total is not None and self.balance is not None else None

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
    results = re.search(r"(\d+) days? from the date of job completion", terms)
    if results:
        return (
            clock.date_of(row["completed_on"]) + timedelta(days=int(results[1]))
            if row["completed_on"]
            else None
        )
    if "receipt" in terms:
        return since
    results = re.search(r"(?i)net (\d+)(.*EOM)?", terms) or re.search(r"in (\d+) days()", terms)
    if not results:
        return None
    if results[2]:
        since = (since.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return since + timedelta(days=int(results[1]))


def invoices_of(account: str, tables: Tables, clock: AccountClock) -> list[Invoice]:
    if account.startswith("servicebridge"):
        orders = {row["id"] for row in live(tables["work_orders"])}
        terms = {row["id"]: row["days"] for row in live(tables.get("terms", []))}
        results = [
            Invoice(
                f"{account}:invoice:{row['id']}",
                f"{account}:work_order:{row['work_order__id']}" if row["work_order__id"] in orders else None,
                row,
                clock,
                terms,
            )
            for row in live(tables["invoices"])
        ]
        last: dict[str, datetime] = {}
        for row in live(tables.get("payments", [])):
            key = f"{account}:invoice:{row['invoice__id']}"
            if row["date"]:
                last[key] = max(row["date"], last.get(key, row["date"]))
        for one in results:
            one.paid_at = last.get(one.key) if one.balance is not None and one.balance <= 0 else None
        return results
    return [
        Invoice(f"{account}:job:{row['id']}:invoice", f"{account}:job:{row['id']}", row, clock)
        for row in live(tables["jobs"])
        if row["invoice_date"]
    ]


def invoices(account: str, tables: Tables, clock: AccountClock) -> Values:
    """invoice_key -> job_key, is_void, is_credit, invoiced_on, due_on, due_source, total, balance, paid, paid_at,
    days_overdue, age_band."""
    results: Values = {}
    for one in invoices_of(account, tables, clock):
        band = one.band(clock.today)
        late = max(0, (clock.today - one.due).days) if band and one.due else None
        source = "vendor" if one.is_due_told else "terms" if one.due else "unknown"
        is_credit = one.total < 0 or (one.balance or 0) < 0
        own = (one.total, one.balance, one.paid, one.paid_at)
        results[one.key] = one.job, one.is_void, is_credit, one.on, one.due, source, *own, late, band
    return results


def payments(account: str, tables: Tables, clock: AccountClock) -> Values:
    """payment_key -> invoice_key, job_key, paid_on, amount, is_on_void_invoice, is_applied."""
    known = {one.key: one for one in invoices_of(account, tables, clock)}
    results: Values = {}
    for row in live(tables["payments"]):
        invoice = known.get(f"{account}:invoice:{row['invoice__id']}")
        results[f"{account}:payment:{row['id']}"] = (
            invoice.key if invoice else None,
            invoice.job if invoice else None,
            clock.date_of(row["date"]) if row["date"] else None,
            row["amount"],
            invoice is not None and invoice.is_void,
            invoice is not None and not invoice.is_void,
        )
    return results


def receivables(account: str, tables: Tables, clock: AccountClock) -> Values:
    """invoice_key -> balance, days_overdue, age_band."""
    return {
        key: (values[7], values[10], values[11])
        for key, values in invoices(account, tables, clock).items()
        if values[11]
    }


def months(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(account, month) -> invoices, invoiced, credits, paid_of_invoiced, balance_of_invoiced, payments, collected,
    unapplied. What no vendor tells is None, and not 0."""
    own = {one.key: one for one in invoices_of(account, tables, clock)}
    billed: dict[date, list[Invoice]] = defaultdict(list)
    for one in own.values():
        if not one.is_void and one.month:
            billed[one.month].append(one)
    paid: dict[date, list[Any]] = defaultdict(list)
    for row in live(tables.get("payments", [])):
        if row["date"]:
            paid[clock.date_of(row["date"]).replace(day=1)].append(row)
    results: Values = {}
    for month in {*billed, *paid}:
        here = billed[month]
        known = [one for one in here if one.balance is not None]
        values: tuple[Any, ...] = (
            len(here),
            sum((one.total for one in here), Decimal(0)),
            sum((one.total for one in here if one.total < 0), Decimal(0)),
            sum((one.paid or Decimal(0) for one in known), Decimal(0)) if known or not here else None,
            sum((one.balance for one in known), Decimal(0)) if known or not here else None,
        )
        collected: tuple[Any, ...] = (None, None, None)
        if account.startswith("servicebridge"):
            rows = paid[month]
            loose = [
                row
                for row in rows
                if (invoice := own.get(f"{account}:invoice:{row['invoice__id']}")) is None or invoice.is_void
            ]
            amounts = [sum((row["amount"] for row in part), Decimal(0)) for part in (rows, loose)]
            collected = (len(rows), *amounts)
        results[account, month] = *values, *collected
    return results


def jobs_revenue(account: str, tables: Tables, clock: AccountClock) -> Values:
    """job_key -> invoices, first_invoiced_at, invoiced, paid, balance."""
    is_bridge = account.startswith("servicebridge")
    kind, table = ("work_order", "work_orders") if is_bridge else ("job", "jobs")
    own = [one for one in invoices_of(account, tables, clock) if not one.is_void]
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for row in live(tables.get("payments", [])):
        paid[f"{account}:invoice:{row['invoice__id']}"] += row["amount"]
    results: Values = {}
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
        first = min((one.at for one in mine if one.at), default=None)
        results[key] = len(mine), first, sum((one.total for one in mine), Decimal(0)), settled, balance
    return results


class Estimate:
    """One estimate, read from its row."""

    def __init__(self, account: str, row: Any, clock: AccountClock) -> None:
        self.key, self.row, self.total = f"{account}:estimate:{row['id']}", row, row["total"]
        created = row["metadata__created_on"]
        self.created_on = clock.day(created) if created else None
        expires = readable(row["expiration_date"])
        self.expires_on = clock.date_of(expires) if expires else None
        is_expired = self.expires_on is not None and self.expires_on < clock.today
        self.state = {"Won": "won", "Lost": "lost", "Draft": "draft"}.get(
            row["status"], "expired" if is_expired else "open"
        )


def estimates_of(account: str, tables: Tables, clock: AccountClock) -> list[Estimate]:
    return [Estimate(account, row, clock) for row in live(tables["estimates"])]


def estimates(account: str, tables: Tables, clock: AccountClock) -> Values:
    """estimate_key -> state, created_on, expires_on, total."""
    return {
        one.key: (one.state, one.created_on, one.expires_on, one.total)
        for one in estimates_of(account, tables, clock)
    }


def conversion(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(account, month) -> estimates; won, lost, open, expired and draft ones; won, lost and open value; win_rate and
    win_rate_by_value."""
    made: dict[date, list[Estimate]] = defaultdict(list)
    for one in estimates_of(account, tables, clock):
        if one.created_on:
            made[one.created_on.replace(day=1)].append(one)
    results: Values = {}
    for month, own in made.items():
        count = {state: sum(one.state == state for one in own) for state in _STATES}
        value = {
            state: sum((one.total for one in own if one.state == state), Decimal(0)) for state in _STATES
        }
        decided, decided_value = count["won"] + count["lost"], value["won"] + value["lost"]
        results[account, month] = (
            len(own),
            *(count[state] for state in _STATES),
            value["won"],
            value["lost"],
            value["open"],
            count["won"] / decided if decided else None,
            float(value["won"]) / float(decided_value) if decided_value else None,
        )
    return results


_STATES = ("won", "lost", "open", "expired", "draft")
