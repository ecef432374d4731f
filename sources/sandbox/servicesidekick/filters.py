"""The filters of ServiceSidekick's lists, as the vendor's text names them; other parameters are ignored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import NoReturn

from fieldhouse.sources.sandbox.sandbox import Call, Record

from .seed import ZONE
from .store import RowStore

_CUSTOMER_TEXTS = (
    "name", "phone_number", "fax", "email_address", "service_address", "service_city",
    "service_zip_code", "service_state", "service_country", "billing_address", "billing_city",
    "billing_zip_code", "billing_state", "billing_country",
)  # fmt: skip
_STATES: dict[str, Callable[[Record], bool]] = {
    "in_progress": lambda job: job["started_on"] is not None and job["completed_on"] is None,
    "completed": lambda job: job["completed_on"] is not None,
    "uncompleted": lambda job: job["completed_on"] is None,
}


class InvalidFilter(Exception):
    """A request that the vendor refuses with 400; the text goes into its error document."""


def matching(call: Call, table: str, rows: list[Record], employees: RowStore, now: datetime) -> list[Record]:
    """The rows that every filter in the query lets through. Raises Wrong for a value that no filter knows."""
    for name, values in call.query.items():
        keep = _filter(table, name, values[0], employees, now) if values[0] else None
        if keep is not None:
            rows = [row for row in rows if keep(row)]
    return rows


def _filter(
    table: str, name: str, value: str, employees: RowStore, now: datetime
) -> Callable[[Record], bool] | None:
    if table == "customers":
        if name in _CUSTOMER_TEXTS:
            return lambda row: str(row[name] or "").casefold() == value.casefold()
        return _equal(name, _number(name, value)) if name == "customer_number" else None
    if table in ("jobs", "tasks") and name == "employee_number":
        return _employed(table, employees.numbered(_number(name, value)))
    if (table, name) in (("jobs", "scheduled"), ("tasks", "scheduled_at")):
        first, last = _days(name, value, now.astimezone(ZONE).date())
        field = "scheduled_on" if table == "jobs" else "scheduled_at"
        return lambda row: row[field] is not None and first <= date.fromisoformat(row[field][:10]) <= last
    if table == "jobs" and name in ("job_type_id", "job_status_id"):
        return _equal(name, _number(name, value))
    if (table, name) == ("jobs", "state"):
        return _STATES.get(value) or _unknown(name)
    if (table, name) == ("tasks", "completed"):
        return (
            _equal(name, {"true": True, "false": False}[value])
            if value in ("true", "false")
            else _unknown(name)
        )
    return None


def _equal(name: str, value: object) -> Callable[[Record], bool]:
    return lambda row: row[name] == value


def _employed(table: str, employee: Record | None) -> Callable[[Record], bool]:
    number = None if employee is None else employee["id"]
    if table == "jobs":
        return lambda row: number in row["employees"]
    return lambda row: number is not None and row["employee_id"] == number


def _number(name: str, value: str) -> int:
    return int(value) if value.isascii() and value.isdecimal() else _unknown(name)


def _unknown(name: str) -> NoReturn:
    raise InvalidFilter(f"Invalid {name}.")


def _days(name: str, value: str, today: date) -> tuple[date, date]:
    """First and last day of one of the vendor's smart values; weeks start on Monday."""
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    day, week = timedelta(days=1), timedelta(days=7)
    spans = {
        "today": (today, today),
        "tomorrow": (today + day, today + day),
        "yesterday": (today - day, today - day),
        "this_week": (monday, monday + week - day),
        "next_week": (monday + week, monday + 2 * week - day),
        "last_week": (monday - week, monday - day),
        "this_month": (first, after - day),
        "next_month": (after, (after + timedelta(days=31)).replace(day=1) - day),
        "last_month": (before, first - day),
    }
    return spans[value] if value in spans else _unknown(name)
