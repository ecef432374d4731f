"""Makes drawn ServiceSidekick rows those of a well-run business: dates, states and amounts that fit each other."""

from __future__ import annotations

from datetime import datetime, timedelta

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shared import CUSTOMERS, WORKERS, shared

from .seed import stamp


def make_plausible(table: str, row: Record, now: datetime, *, is_seed: bool) -> None:
    """Correct a row in place, drawing nothing.

    ``is_seed``: the row's own times may be corrected too; the times of later edits are the clock's.
    """
    if table == "customers" and (party := shared(CUSTOMERS, row["customer_number"] - 1)):
        first, last = (None, None) if party.company else (party.first_name, party.last_name)
        row |= {"name": party.name, "company": party.company, "first_name": first, "last_name": last}
        row |= {"email_address": party.email, "phone_number": party.phone, "is_active": True}
    if table == "employees" and (party := shared(WORKERS, row["employee_number"] - 1)):
        row |= {"name": party.name, "email_address": party.email, "phone_number": party.phone}
    if table == "jobs":
        _job(row, now, is_seed=is_seed)


def _job(row: Record, now: datetime, *, is_seed: bool) -> None:
    start = datetime.fromisoformat(row["scheduled_on"]) if row["scheduled_on"] else None
    end = start + timedelta(hours=2) if start and start + timedelta(hours=2) < now else None
    row["started_on"] = stamp(start) if start and end else None
    row["completed_on"] = stamp(end) if end else None
    row["status"] = "complete" if end else "scheduled"
    invoiced = end + timedelta(hours=18) if end else None
    is_invoiced = invoiced is not None and invoiced < now
    row["invoice_date"] = stamp(invoiced) if invoiced and is_invoiced else None
    is_paid = is_invoiced and row["invoice_status"] == "paid"
    row["invoice_status"] = "paid" if is_paid else "unpaid"
    row["balance_remaining"] = 0.0 if is_paid else row["total"]
    if is_seed and start:
        created = min(start, now) - timedelta(days=1 + row["id"] % 9, hours=3)
        row["created_at"] = stamp(created)
        row["updated_at"] = stamp(invoiced if invoiced and is_invoiced else end or created)
    if start is None or end is None:
        row["time_entries"] = []
        return
    for entry in row["time_entries"]:
        hours = min(entry["number_of_hours"], 4.0)
        entry |= {"started_on": stamp(start), "number_of_hours": hours}
        entry["ended_on"] = stamp(start + timedelta(hours=hours))
