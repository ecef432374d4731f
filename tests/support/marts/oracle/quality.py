"""Records that cannot be right: values that no book holds, and times that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.support.marts.raw_tables import Tables

from . import money, shifts
from .account_clock import WEEK, AccountClock, day_within_years, live, readable
from .shifts import local

Values = dict[Any, tuple[Any, ...]]
Problem = tuple[str, str, str, str | None]
"""Table, key of the record, what is wrong with it, and the columns that cannot be read."""

MILLENNIUM = datetime(2000, 1, 1, tzinfo=UTC)
_LARGEST = 10**15
_MOST = {"shifts__breaks": ("duration_minutes", 10080), "terms": ("days", 3650)}
_LINE_NUMBERS = "quantity price total"
_READ = {
    "bossdesk": {
        "tickets": ("ticket", "created_at updated_at due_at closed_at"),
        "tickets__comments": ("ticket comment", "created_at"),
        "tickets__time_entries": ("ticket time_entry", "date duration"),
        "tickets__tasks": ("ticket task", "created_at due_at closed_at"),
        "tickets__approval_requests": ("ticket approval", "created_at responded_at"),
    },
    "notific": {
        "tickets": ("ticket", "start_time end_time expected_resolution_time closed_time reopened_time")
    },
    "servicebridge": {
        "work_orders": (
            "work_order",
            "subtotal tax_total total date_finished metadata__created_on metadata__updated_on",
        ),
        "work_orders__visits": ("visit", "start_time finish_time"),
        "work_orders__work_order_lines": ("work_order line", _LINE_NUMBERS),
        "estimates": (
            "estimate",
            "expiration_date subtotal tax_total total metadata__created_on metadata__updated_on",
        ),
        "invoices": ("invoice", "date due_date total balance"),
        "payments": ("payment", "date amount"),
        "leads": ("lead", "expected_amount metadata__created_on metadata__updated_on"),
        "customers": ("customer", "balance"),
        "products": ("product", "cost"),
        "services": ("service", "cost"),
        "terms": ("term", "days"),
        "assets": ("asset", "installed_on warranty_months metadata__created_on metadata__updated_on"),
    },
    "servicesidekick": {
        "jobs": (
            "job",
            "scheduled_on started_on completed_on canceled_on duration invoice_date subtotal tax total"
            " balance_remaining created_at updated_at",
        ),
        "customers": ("customer", "balance"),
        "jobs__time_entries": ("time_entry", "started_on ended_on number_of_hours"),
        "jobs__job_charges": ("job line", "quantity price_per_unit total"),
    },
    "shiftboard": {
        "shifts": (
            "shift",
            "_start_date_utc _end_date_utc dur_hrs dur_mins count _arrive_late_datetime_utc"
            " _leave_early_datetime_utc created updated start_date end_date",
        ),
        "shifts__breaks": ("shift break", "duration_minutes"),
        "accounts": ("account", "pay_rate"),
        "timeclocks": ("timeclock", "_clocked_in_utc _clocked_out_utc clocked_in_local"),
        "timecards": ("timecard", "start_date"),
        "time_off_requests": ("time_off_request", "status _start_date_utc _end_date_utc start_date end_date"),
    },
}
"""Vendor -> table -> words of its keys, and the times and numbers that the marts read of it."""


def data_quality(account: str, tables: Tables, clock: AccountClock) -> Values:
    """quality_key -> table_name, record_key, problem, columns."""
    vendor = account.partition("_")[0]
    problems = [*_unreadable(vendor, account, tables), *_PROBLEMS[vendor](account, tables, clock)]
    return {f"{key}:{problem}": (table, key, problem, columns) for table, key, problem, columns in problems}


def _unreadable(vendor: str, account: str, tables: Tables) -> Iterator[Problem]:
    """Values that are no date or number, or from outside the years 1900 to 2199 or of more than 15 digits, or of
    a length that nothing has, and those that do not fit their column, which a sync keeps beside it."""
    for table, (words, columns) in _READ[vendor].items():
        for row in live(tables.get(table, [])):
            names = [
                name
                for name in columns.split()
                if not _is_readable(name, row.get(name))
                or (row.get(name) is None and row.get(f"{name}__v_text"))
            ]
            name, most = _MOST.get(table, ("", 0))
            if name and not names and not _is_length(row[name], most):
                names.append(name)
            if table == "timecards" and not _is_length(row["_duration_seconds"], WEEK.total_seconds()):
                names.append("duration")
            if names:
                yield table, _key(account, words, row), "unreadable value", ", ".join(names)


def _is_readable(name: str, value: Any) -> bool:
    if isinstance(value, datetime):
        return readable(value) is not None
    if isinstance(value, date):
        return day_within_years(value) is not None
    if isinstance(value, (int, float, Decimal)):
        return -_LARGEST < value < _LARGEST
    return not value or (local(value[:10]) is not None if "date" in name or "local" in name else True)


def _is_length(value: Any, most: float) -> bool:
    return value is None or 0 <= value <= most


def _key(account: str, words: str, row: Any) -> str:
    parent, _, child = words.partition(" ")
    if child:
        return f"{account}:{parent}:{row['_parent_id']}:{child}:{row['_list_index']}"
    return f"{account}:{parent}:{row['id']}"


def _desk(account: str, tables: Tables, clock: AccountClock) -> Iterator[Problem]:
    is_bossdesk = account.startswith("bossdesk")
    for row in live(tables.get("tickets", [])):
        key = f"{account}:ticket:{row['id']}"
        opened = readable(row["created_at" if is_bossdesk else "start_time"])
        closed = readable(row["closed_at" if is_bossdesk else "closed_time"])
        reopened = None if is_bossdesk else readable(row["reopened_time"])
        closed = None if closed and reopened and reopened > closed else closed
        if opened is None:
            yield "tickets", key, "no opening time", None
        elif opened < MILLENNIUM:
            yield "tickets", key, "opened before 2000", None
        if opened and closed and closed < opened:
            yield "tickets", key, "closed before it was opened", None
        if closed and closed > clock.now:
            yield "tickets", key, "closed in the future", None
        changed = readable(row.get("updated_at")) if is_bossdesk and row["status"] == "closed" else None
        if changed and changed > clock.now and closed is None:
            yield "tickets", key, "last changed in the future", None
    for row in live(tables.get("tickets__time_entries", [])):
        if not _is_length(row["duration"], WEEK.total_seconds() / 60):
            yield "tickets__time_entries", _key(account, "ticket time_entry", row), "impossible length", None


def _spans(table: str, rows: list[tuple[str, datetime | None, datetime | None]]) -> Iterator[Problem]:
    for key, begin, end in rows:
        begin, end = readable(begin), readable(end)
        if begin and end and end < begin:
            yield table, key, "ends before it starts", None
        elif begin and end and end - begin > WEEK:
            yield table, key, "longer than a week", None


def _invoices(table: str, account: str, tables: Tables, clock: AccountClock) -> Iterator[Problem]:
    for one in money.invoices_of(account, tables, clock):
        if not one.is_void and one.due and one.on and one.due < one.on:
            yield table, one.key, "due before it was invoiced", None


def _bridge(account: str, tables: Tables, clock: AccountClock) -> Iterator[Problem]:
    visits = live(tables.get("work_orders__visits", []))
    spans = [(f"{account}:visit:{row['id']}", row["start_time"], row["finish_time"]) for row in visits]
    yield from _spans("work_orders__visits", spans)
    for table, word in (("invoices", "invoice"), ("payments", "payment")):
        for row in live(tables.get(table, [])):
            dated = readable(row["date"])
            if dated is None or dated < MILLENNIUM:
                yield (
                    table,
                    f"{account}:{word}:{row['id']}",
                    "dated before 2000" if dated else "no date",
                    None,
                )
    yield from _invoices("invoices", account, tables, clock)


def _sidekick(account: str, tables: Tables, clock: AccountClock) -> Iterator[Problem]:
    for row in live(tables.get("jobs", [])):
        started, completed = readable(row["started_on"]), readable(row["completed_on"])
        if started and completed and completed < started:
            yield "jobs", f"{account}:job:{row['id']}", "completed before it started", None
    entries = live(tables.get("jobs__time_entries", []))
    yield from _spans(
        "jobs__time_entries",
        [(f"{account}:time_entry:{row['id']}", row["started_on"], row["ended_on"]) for row in entries],
    )
    yield from _invoices("jobs", account, tables, clock)


def _board(account: str, tables: Tables, clock: AccountClock) -> Iterator[Problem]:
    labels = {row["name"] for row in tables.get("timezones", [])}
    spans = []
    for one in shifts.shifts_of(account, tables, clock):
        if one.day is None:
            yield "shifts", one.key, "no day", None
            continue
        if one.day.year < 2000:
            yield "shifts", one.key, "dated before 2000", None
        if one.row["timezone"] not in labels:
            yield "shifts", one.key, "no time zone", None
        instants = one.row["_start_date_utc"], one.row["_end_date_utc"]
        begin, end = (
            instants
            if instants[1]
            else (
                wall and wall.replace(tzinfo=UTC)
                for wall in (local(one.row["start_date"]), local(one.row["end_date"]))
            )
        )
        spans.append((one.key, begin, end))
    yield from _spans("shifts", spans)
    for entry in shifts.entries_of(tables, clock):
        key = f"{account}:timeclock:{entry.row['id']}"
        if entry.begin is None:
            yield "timeclocks", key, "no clock-in", None
        elif entry.end and entry.end < entry.begin:
            yield "timeclocks", key, "clocked out before clocked in", None
        elif entry.end and entry.end - entry.begin > timedelta(days=7):
            yield "timeclocks", key, "longer than a week", None
        elif entry.is_usable and entry.counted < (entry.minutes or 0):
            yield "timeclocks", key, "overlaps an earlier entry", None
    for card in live(tables.get("timecards", [])):
        if day_within_years(card["start_date"]) is None:
            yield "timecards", f"{account}:timecard:{card['id']}", "no day", None
    for row in live(tables.get("time_off_requests", [])):
        first, last = local(row["start_date"]), local(row["end_date"])
        if first and last and last.date() < first.date():
            yield (
                "time_off_requests",
                f"{account}:time_off_request:{row['id']}",
                "ends before it starts",
                None,
            )


_PROBLEMS = {
    "bossdesk": _desk,
    "notific": _desk,
    "servicebridge": _bridge,
    "servicesidekick": _sidekick,
    "shiftboard": _board,
}
