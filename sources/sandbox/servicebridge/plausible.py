"""Makes drawn ServiceBridge rows those of a well-run business: dates, states and amounts that fit each other.

Depends on nothing but the row, the rows that it names and the clock, and draws nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shared import CUSTOMERS, WORKERS, Party, shared

from .generators import FIRST_ID, stamp
from .store import STEP, RowStore

SETTLED_AFTER = timedelta(days=100)
"""Every invoice of this age is paid or void."""


def make_plausible(
    table: str, row: Record, tables: Mapping[str, RowStore], now: datetime, id_range: int
) -> None:
    """Correct a row with its metadata in place. ``id_range``: the distance between first ids of two tables."""
    correct = _CORRECTIONS.get(table)
    if correct:
        correct(_Row(row, tables, now, id_range))


class _Row:
    def __init__(self, row: Record, tables: Mapping[str, RowStore], now: datetime, id_range: int) -> None:
        self.row, self.now = row, now
        self._tables, self._id_range = tables, id_range
        self.place = (row["Id"] // STEP) % 1000
        self.created = _moment(row["Metadata"]["CreatedOn"])

    def counterpart(self, table: str, own: str) -> Record | None:
        """The row of ``table`` with the same place in it, so that no two rows share one."""
        names = list(self._tables)
        distance = (names.index(table) - names.index(own)) * self._id_range
        return self._tables[table].by_id.get(self.row["Id"] + distance)

    def party(self, parties: tuple[Party, ...]) -> Party | None:
        return shared(parties, (self.row["Id"] - FIRST_ID) % self._id_range // STEP - 1)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _work_order(work: _Row) -> None:
    row = work.row
    day = _midnight(work.created + timedelta(days=1 + work.place % 9))
    row["Date"] = stamp(day)
    canceled, last = row["Status"] == "Canceled", day
    for number, visit in enumerate(row["Visits"]):
        last = day + timedelta(days=number, hours=13 + work.place % 8)
        done = last < work.now
        visit["StartTime"] = stamp(last)
        visit["Status"] = "Canceled" if canceled else "Completed" if done else "Scheduled"
        finished = done and not canceled
        visit["FinishTime"] = (
            stamp(last + timedelta(minutes=60 + 15 * (work.place % 7))) if finished else None
        )
    if not canceled:
        over = last + timedelta(days=1) < work.now
        row["Status"] = ("Invoiced" if work.place % 3 else "Completed") if over else "Scheduled"


def _invoice(invoice: _Row) -> None:
    row = invoice.row
    order = invoice.counterpart("work_orders", "invoices")
    if order and order["Status"] in ("Completed", "Invoiced"):
        ends = [visit["FinishTime"] or visit["StartTime"] for visit in order["Visits"]]
        date = _moment(max(ends, default=order["Date"])) + timedelta(hours=20)
        row["WorkOrder"] = {"Id": order["Id"], "Name": order["Number"]}
        row["Customer"] = order["Customer"]
    else:
        date, row["WorkOrder"] = invoice.created, None
    date = min(date, invoice.now)
    row["Date"] = stamp(date)
    row["DueDate"] = row["DueDate"] and stamp(date + timedelta(days=15 * (1 + invoice.place % 3)))
    if row["Status"] != "Void" and date < invoice.now - SETTLED_AFTER:
        row["Status"] = "Paid"
    shares = {"Unpaid": 1.0, "PartiallyPaid": 0.5}
    row["Balance"] = round(row["Total"] * shares.get(row["Status"], 0.0), 2)


def _payment(payment: _Row) -> None:
    row = payment.row
    invoice = payment.counterpart("invoices", "payments")
    paid = round(invoice["Total"] - invoice["Balance"], 2) if invoice else 0.0
    if invoice is None or not paid or invoice["Status"] == "Void":
        row["Invoice"], row["Date"] = None, stamp(payment.created)
        return
    date = _moment(invoice["Date"]) + timedelta(days=2 + payment.place % 25)
    row["Invoice"] = {"Id": invoice["Id"], "Name": invoice["Number"]}
    row["Customer"], row["Amount"] = invoice["Customer"], paid
    row["Date"] = stamp(min(date, payment.now))


def _estimate(estimate: _Row) -> None:
    row = estimate.row
    expires = estimate.created + timedelta(days=30)
    row["ExpirationDate"] = row["ExpirationDate"] and stamp(expires)
    if expires < estimate.now and row["Status"] in ("Draft", "Sent"):
        row["Status"] = "Won" if estimate.place % 2 else "Lost"


def _task(task: _Row) -> None:
    due = task.created + timedelta(days=7)
    task.row["DueDate"] = task.row["DueDate"] and stamp(due)
    task.row["IsCompleted"] = task.row["IsCompleted"] or due < task.now - timedelta(days=30)


def _customer(customer: _Row) -> None:
    if party := customer.party(CUSTOMERS):
        customer.row |= {"Name": party.name, "Email": party.email, "Phone": party.phone, "IsActive": True}


def _employee(employee: _Row) -> None:
    if party := employee.party(WORKERS):
        employee.row |= {"Name": party.name, "Email": party.email, "Phone": party.phone, "IsActive": True}


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


_CORRECTIONS: dict[str, Callable[[_Row], None]] = {
    "work_orders": _work_order,
    "invoices": _invoice,
    "payments": _payment,
    "estimates": _estimate,
    "tasks": _task,
    "customers": _customer,
    "employees": _employee,
}
