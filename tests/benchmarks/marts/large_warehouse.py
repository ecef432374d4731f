"""A large warehouse of two vendors, written by SQL: raw tables as syncs leave them, and later changes of some rows."""

from __future__ import annotations

from collections.abc import Mapping

from fieldhouse.warehouse.session import Session

_EPOCH = "TIMESTAMPTZ '2022-01-03 08:00:00+00'"
_SYNCED = "TIMESTAMPTZ '2026-11-01 00:00:00+00'"
_MINUTES = 2_500_000
"""Length of the warehouse's past, some 4.8 years; record i of n begins at i/n of it."""


def write_large_warehouse(session: Session, tickets: int, visits: int) -> None:
    """Write a help desk with ``tickets`` and a field service with ``visits``, each with all that belongs to them.

    One comment and half a time entry per ticket, two visits per work order, one technician per visit, and an invoice
    and a payment per second work order.
    """
    for account in ("bossdesk", "servicebridge"):
        session.db.execute(f"CREATE SCHEMA {account}")
        session.db.execute(
            f"CREATE TABLE {account}._syncs (run_id text, table_name text, outcome text, started_at timestamptz,"
            " finished_at timestamptz)"
        )
    for place, (rows, columns) in _tables(tickets, visits).items():
        own = {"_synced_at": _SYNCED, "_deleted_at": "CAST(NULL AS timestamptz)"}
        if "__" not in place:
            own["_row_hash"] = "CAST(i AS bigint)"
        listed = ", ".join(f"{value} AS {name}" for name, value in {**columns, **own}.items())
        session.db.execute(
            f"CREATE TABLE {place} AS SELECT {listed} FROM generate_series(1, {rows}) AS numbers (i)"
        )
        account, _, table = place.partition(".")
        session.db.execute(
            f"INSERT INTO {account}._syncs VALUES ('r1', '{table}', 'ok', {_SYNCED}, {_SYNCED})"
        )


def change_rows(session: Session, changes: int, tickets: int, visits: int, version: int) -> None:
    """Change ``changes`` rows as the sync of that number does: half of them tickets, half visits, all over the past."""
    moment = f"(TIMESTAMPTZ '2026-11-02 09:00:00+00' + {version} * INTERVAL '1 minute')"
    half = changes // 2

    def chosen(rows: int) -> str:
        return f"IN (SELECT {rows} - {version} - n * {rows // half} FROM generate_series(0, {half - 1}) AS numbers (n))"

    session.db.execute(
        f"UPDATE bossdesk.tickets SET status = 'closed', closed_at = {moment}, title = 'changed', _row_hash = -id,"
        f" _synced_at = {moment} WHERE id {chosen(tickets)}"
    )
    session.db.execute(
        f"UPDATE servicebridge.work_orders__visits SET status = 'Completed', _synced_at = {moment},"
        f" finish_time = start_time + INTERVAL '75 minutes' WHERE id {chosen(visits)}"
    )
    for account, table in (("bossdesk", "tickets"), ("servicebridge", "work_orders")):
        session.db.execute(
            f"INSERT INTO {account}._syncs VALUES ('r{version + 1}', '{table}', 'ok', {moment}, {moment})"
        )


def _at(position: str, minutes: str = "0") -> str:
    return f"({_EPOCH} + (CAST({position} * {_MINUTES} AS bigint) + {minutes}) * INTERVAL '1 minute')"


def _tables(tickets: int, visits: int) -> Mapping[str, tuple[int, Mapping[str, str]]]:
    """Table -> rows, and its columns as expressions of the row's number ``i``."""
    people, staff, places = max(tickets // 100, 20), max(visits // 10_000, 5), max(visits // 10, 20)
    orders = visits // 2
    name = "'Person ' || i"
    opened = _at(f"i * 1.0 / {tickets}")
    ordered = _at(f"i * 1.0 / {orders}")
    starts = _at(f"i * 1.0 / {visits}", "i % 480 + 1440")
    is_closed = f"(i % 20 <> 0 AND i < {tickets} * 0.99)"
    return {
        "bossdesk.account": (
            1,
            {
                "name": "'Desk'",
                "time_zone": "'Eastern Time (US & Canada)'",
                "host": "'desk.example.test'",
                "currency__label": "'USD'",
            },
        ),
        "bossdesk.users": (
            people,
            {
                "id": "i",
                "first_name": "'Person'",
                "last_name": "CAST(i AS text)",
                "email": "'p' || i || '@desk.example.test'",
                "phone": "'+1404' || CAST(2000000 + i AS text)",
                "active": "true",
                "agent": "i <= 200",
            },
        ),
        "bossdesk.tickets": (
            tickets,
            {
                "id": "i",
                "friendly_id": "'T' || i",
                "title": "'Ticket about thing ' || i",
                "status": f"CASE WHEN {is_closed} THEN 'closed' ELSE 'open' END",
                "source": "'email'",
                "type__name": "CASE i % 3 WHEN 0 THEN 'Incident' ELSE 'Request' END",
                "priority__name": "CASE i % 4 WHEN 0 THEN 'High' WHEN 1 THEN 'Low' ELSE 'Medium' END",
                "category__name": "'Category ' || i % 17",
                "team__name": "'Team ' || i % 12",
                "agent__id": "1 + i % 200",
                "agent__first_name": "'Person'",
                "agent__last_name": "CAST(1 + i % 200 AS text)",
                "requester__id": f"1 + i % {people}",
                "requester__first_name": "'Person'",
                "requester__last_name": f"CAST(1 + i % {people} AS text)",
                "created_at": opened,
                "updated_at": _at(f"i * 1.0 / {tickets}", "i % 5000"),
                "due_at": _at(f"i * 1.0 / {tickets}", "4320"),
                "closed_at": f"CASE WHEN {is_closed} THEN {_at(f'i * 1.0 / {tickets}', 'i % 5000')} END",
            },
        ),
        "bossdesk.tickets__comments": (
            tickets,
            {
                "_parent_id": "i",
                "_list_index": "0",
                "created_at": _at(f"i * 1.0 / {tickets}", "i % 600"),
                "is_public": "true",
                "from_agent": "i % 5 <> 0",
                "created_by__id": "1 + i % 200",
            },
        ),
        "bossdesk.tickets__time_entries": (
            tickets // 2,
            {
                "_parent_id": "i * 2",
                "_list_index": "0",
                "date": f"CAST({opened} AS date)",
                "duration": "5 + i % 90",
                "billable": "i % 3 = 0",
                "agent__id": "1 + i % 200",
            },
        ),
        "servicebridge.customers": (
            places,
            {
                "id": "i",
                "name": "'Company ' || i",
                "is_active": "true",
                "email": "'c' || i || '@customer.example.test'",
                "phone": "'+1505' || CAST(2000000 + i AS text)",
            },
        ),
        "servicebridge.locations": (places, {"id": "i", "customer__id": "i", "name": "'Site ' || i"}),
        "servicebridge.employees": (
            staff,
            {
                "id": "i",
                "name": name,
                "is_active": "i % 10 <> 0",
                "email": "'e' || i || '@field.example.test'",
                "metadata__created_on": _EPOCH,
            },
        ),
        "servicebridge.work_orders": (
            orders,
            {
                "id": "i",
                "number": "CAST(i AS text)",
                "description": "'Order ' || i",
                "status": f"CASE WHEN i > {orders} * 0.98 THEN 'Scheduled' WHEN i % 30 = 0 THEN 'Canceled'"
                " ELSE 'Completed' END",
                "priority": "'Normal'",
                "job_category__name": "'Repair'",
                "customer__id": f"1 + i % {places}",
                "location__id": f"1 + i % {places}",
                "subtotal": "CAST(i % 900 AS numeric(18, 2))",
                "tax_total": "CAST(0 AS numeric(18, 2))",
                "total": "CAST(i % 900 AS numeric(18, 2))",
                "metadata__created_on": ordered,
                "metadata__updated_on": ordered,
            },
        ),
        "servicebridge.work_orders__visits": (
            visits,
            {
                "id": "i",
                "_parent_id": "CAST((i + i % 2) / 2 AS bigint)",
                "_list_index": "(i + 1) % 2",
                "number": "CAST(i AS text)",
                "status": f"CASE WHEN i > {visits} * 0.98 THEN 'Scheduled' ELSE 'Completed' END",
                "start_time": starts,
                "finish_time": _at(f"i * 1.0 / {visits}", "i % 480 + 1530"),
                "team__name": "'Team ' || i % 9",
            },
        ),
        "servicebridge.work_orders__visits__team_members": (
            visits,
            {"id": f"1 + i % {staff}", "_parent_id": "i", "_list_index": "0", "name": "'Person'"},
        ),
        "servicebridge.invoices": (
            orders // 2,
            {
                "id": "i",
                "number": "CAST(i AS text)",
                "work_order__id": "i * 2",
                "customer__id": f"1 + i * 2 % {places}",
                "status": "CASE WHEN i % 10 = 0 THEN 'Unpaid' ELSE 'Paid' END",
                "date": _at(f"i * 1.0 / {orders // 2}", "2880"),
                "due_date": _at(f"i * 1.0 / {orders // 2}", "46080"),
                "total": "CAST(i % 900 AS numeric(18, 2))",
                "balance": "CAST(CASE WHEN i % 10 = 0 THEN i % 900 ELSE 0 END AS numeric(18, 2))",
            },
        ),
        "servicebridge.payments": (
            orders // 2,
            {
                "id": "i",
                "invoice__id": "i",
                "date": _at(f"i * 1.0 / {orders // 2}", "20000"),
                "amount": "CAST(i % 900 AS numeric(18, 2))",
            },
        ),
    }
