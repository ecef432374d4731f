"""Accounts with rows that cannot be: impossible times and amounts, unread zones, and unusual wording."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.support.marts.raw_tables import World

NOW = "2026-11-02T15:00:00Z"
TERMS = {
    "Net 30": ("2026-11-19", 0),
    "2% 10, Net 30 days": ("2026-11-19", 0),
    "NET 30 days": ("2026-11-19", 0),
    "net30": ("2026-11-19", 0),
    "2/10 n/30": ("2026-11-19", 0),
    "1/10, net/45": ("2026-12-04", 0),
    "Due in 30 days": ("2026-11-19", 0),
    "Payable within 7 days of receipt": ("2026-10-27", 6),
    "Due on receipt": ("2026-10-20", 13),
    "C.O.D.": ("2026-10-20", 13),
    "Net 10 EOM": ("2026-11-10", 0),
    "Net 15 - Due 15 days from the date of job completion.": ("2026-09-16", 47),
    "as agreed with the manager": (None, None),
    None: (None, None),
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _bossdesk() -> dict[str, list[dict[str, Any]]]:
    def ticket(
        number: int, team: str, opened: str | None, closed: str | None = None, **more: Any
    ) -> dict[str, Any]:
        return {
            "id": number,
            "team__name": team,
            "status": "closed" if closed else "open",
            "created_at": at(opened) if opened else None,
            "closed_at": at(closed) if closed else None,
            "due_at": None,
            "friendly_id": None if number == 9 else number,
            **more,
        }

    return {
        "tickets": [
            ticket(1, "A", "1900-01-01T00:00:00", "2026-10-01T00:00:00"),
            ticket(2, "B", "1900-01-01T00:00:00"),
            ticket(3, "C", "2026-10-30T08:00:00", "2026-11-03T21:30:00"),
            ticket(4, "C", "2027-06-01T08:00:00"),
            ticket(5, "C", "2026-10-01T08:00:00", due_at=at("2026-10-05T00:00:00")),
            ticket(6, "C", "2026-10-01T08:00:00", "2026-10-02T08:00:00", due_at=at("2026-10-05T00:00:00")),
            ticket(7, "C", "2026-10-05T08:00:00", "2026-10-01T08:00:00"),
            ticket(8, "C", None),
            ticket(9, "C", "2026-10-06T08:00:00", friendly_id__v_text="INC-9", due_at__v_text="2026-02-30"),
            ticket(10, "D", "2026-10-06T08:00:00", status="closed", updated_at=at("2026-11-04T08:00:00")),
        ],
        "tickets_history": [
            {"id": 5, "status": "open", "_valid_from": at("2026-10-01T08:00:00"), "_valid_to": None},
        ],
        "tickets__time_entries": [
            {"_parent_id": 5, "_list_index": 0, "date": date(2026, 10, 2), "duration": -15, "billable": True},
            {"_parent_id": 5, "_list_index": 1, "date": date(2026, 10, 2), "duration": 25, "billable": True},
        ],
    }


def _sydney() -> dict[str, list[dict[str, Any]]]:
    """An account that is a day ahead; a column that turned into text, with a day that no calendar has."""
    return {
        "account": [
            {"name": name, "time_zone": zone, "full_domain": f"{name}.test", "_synced_at": at(read)}
            for name, zone, read in (
                ("before", "Perth", "2026-10-01T00:00:00"),
                ("after", "Sydney", "2026-10-02T00:00:00"),
            )
        ],
        "tickets": [
            {
                "id": 1,
                "status": "closed",
                "created_at": "2026-10-30T08:00:00Z",
                "closed_at": at("2026-11-02T14:30:00"),
            },
            {"id": 2, "status": "open", "created_at": "2026-02-30T08:00:00Z", "closed_at": None},
            {"id": 3, "status": "open", "created_at": "0000-01-01", "closed_at": None},
        ],
    }


def _notific() -> dict[str, list[dict[str, Any]]]:
    return {
        "tickets": [
            {
                "id": 1,
                "start_time": at("2026-11-01T08:00:00"),
                "end_time": None,
                "closed_time": at("2026-11-03T09:00:00"),
            },
            {
                "id": 2,
                "start_time": at("2026-12-20T01:00:00"),
                "end_time": at("2026-12-20T03:00:00"),
                "closed_time": None,
            },
            {
                "id": 3,
                "start_time": at("2026-10-20T01:00:00"),
                "end_time": at("2026-10-20T03:00:00"),
                "closed_time": None,
            },
        ]
    }


def _shiftboard() -> dict[str, list[dict[str, Any]]]:
    def shift(name: str, start: str, end: str | None = None, **more: Any) -> dict[str, Any]:
        return {
            "id": name,
            "start_date": start,
            "end_date": end,
            "covered": False,
            "covering_member": None,
            "timezone": None,
            "count": 1,
            "dur_hrs": None,
            "absent_reason": None,
            "_start_date_utc": None,
            "_end_date_utc": None,
            **more,
        }

    worker = {"covered": True, "covering_member": "2001"}
    return {
        "timezones": [
            {"name": name, "iana_timezone": zone, "_is_organization_zone": place == 0}
            for place, (name, zone) in enumerate(
                (("Atlantis (GMT-01:00)", "America/Atlantis"), ("Pacific", "GMT-08:00"))
            )
        ],
        "accounts": [{"id": "2001", "first_name": "Ada", "last_name": "Alder"}],
        "shifts": [
            shift("s1", "2026-10-05T08:00:00", "2026-10-05T16:00:00", **worker),
            shift("s2", "2026-11-09T08:00:00", dur_hrs=8, timezone="Pacific"),
            shift("s3", "2026-10-05", timezone="Atlantis (GMT-01:00)"),
            shift("gone", "2026-02-30T08:00:00", "2026-02-30T16:00:00"),
            shift("zero", "0000-01-01T08:00:00"),
            shift("mistyped", "0202-10-05T08:00:00", "0202-10-05T16:00:00", **worker),
            shift("early", "1950-10-05T08:00:00", "1950-10-05T16:00:00", **worker),
            shift("long", "2026-10-05T08:00:00", dur_hrs=10**15),
            shift(
                "absent",
                "2026-10-06T08:00:00",
                "2026-10-06T16:00:00",
                absent_reason="3",
                _start_date_utc=at("2026-10-06T08:00:00"),
                _end_date_utc=at("2026-10-06T16:00:00"),
                **worker,
            ),
        ],
        "timeclocks": [
            {"id": "1", "account": "2001", "_clocked_in_utc": at(a), "_clocked_out_utc": at(b)}
            for a, b in (
                ("2026-10-12T12:00:00", "2026-10-12T20:00:00"),
                ("2026-10-12T14:00:00", "2026-10-12T22:00:00"),
                ("2026-10-20T14:00:00", "2026-10-20T13:00:00"),
            )
        ],
    }


def _servicebridge() -> dict[str, list[dict[str, Any]]]:
    def visit(
        number: int | None, order: int, status: str, start: str, end: str, read: str = "2026-11-01T00:00:00"
    ) -> dict[str, Any]:
        return {
            "id": number,
            "_parent_id": order,
            "_list_index": 0,
            "_synced_at": at(read),
            "status": status,
            "start_time": at(start),
            "finish_time": at(end),
        }

    def invoice(number: int, order: int | None, day: str, total: str, **more: Any) -> dict[str, Any]:
        return {
            "id": number,
            "work_order__id": order,
            "status": "Unpaid",
            "date": at(day),
            "due_date": None,
            "total": Decimal(total),
            "balance": None if "balance__v_text" in more else Decimal(0),
            **more,
        }

    return {
        "employees": [
            {"id": 1, "name": "Ada", "is_active": True, "metadata__created_on": at("2026-10-07T00:00:00")},
            {"id": 2, "name": "Ben", "is_active": True, "metadata__created_on": at("2026-10-07T00:00:00")},
        ],
        "work_orders": [
            {"id": 1, "status": "Completed", "metadata__updated_on": at("2026-10-09T09:00:00")},
            {"id": 2, "status": "Canceled", "metadata__updated_on": None},
            {"id": 3, "status": "Completed", "metadata__updated_on": None},
            {"id": 20, "status": "Invoiced", "metadata__updated_on": None},
        ],
        "work_orders__visits": [
            visit(11, 1, "Scheduled", "2026-10-08T09:00:00", "2026-10-08T10:00:00"),
            visit(12, 2, "Scheduled", "2026-10-07T10:00:00", "2026-10-07T18:00:00"),
            visit(13, 3, "Completed", "2026-10-10T09:00:00", "2026-10-10T12:00:00"),
            visit(14, 3, "Completed", "2026-10-12T10:00:00", "2026-10-12T09:00:00"),
            visit(15, 3, "Scheduled", "2026-10-13T00:00:00", "9999-12-31T00:00:00"),
            visit(16, 3, "Completed", "2026-10-27T00:00:00", "2026-10-27T02:00:00"),
            visit(16, 20, "Scheduled", "2026-10-26T00:00:00", "2026-10-26T02:00:00", "2026-10-01T00:00:00"),
            visit(None, 20, "Scheduled", "2026-10-25T00:00:00", "2026-10-25T02:00:00"),
        ],
        "work_orders__visits__team_members": [
            {"id": 1, "_parent_id": number, "_root_id": order, "_list_index": place, "name": "Ada"}
            for number, order in ((11, 1), (12, 2), (13, 3), (14, 3), (15, 3), (16, 3), (16, 20))
            for place in range(2)
        ],
        "invoices": [
            invoice(1, 20, "2024-01-15T00:00:00", "400"),
            invoice(2, 20, "2024-03-15T00:00:00", "600"),
            invoice(3, None, "2024-03-20T00:00:00", "250"),
            invoice(
                4,
                None,
                "2026-10-03T00:00:00",
                "1000",
                balance=Decimal(1000),
                due_date=at("2026-11-02T00:00:00"),
            ),
            invoice(5, None, "2026-10-03T00:00:00", "-500", balance=Decimal(-500)),
            invoice(6, None, "2026-10-03T00:00:00", "9", status="Void", balance=Decimal(9)),
            invoice(7, None, "2026-10-04T00:00:00", "1" + "0" * 25, balance__v_text="$1,250.00"),
            *(invoice(number, 20, "2024-02-04T00:00:00", "9" * 15) for number in range(30, 42)),
        ],
        "work_orders__work_order_lines": [
            {
                "_parent_id": 1,
                "_list_index": place,
                "product__id": 1,
                "quantity": quantity,
                "total": Decimal(90),
            }
            for place, quantity in enumerate((Decimal(2), Decimal(4006381333931), Decimal(5 * 10**14)))
        ],
        "products": [
            {"id": 1, "cost": Decimal(25000), "cost__v_text": None},
            {"id": 2, "cost": None, "cost__v_text": "$12"},
        ],
        "payments": [
            {"id": 1, "invoice__id": 1, "date": at("2024-01-20T00:00:00"), "amount": Decimal(400)},
            {"id": 2, "invoice__id": 2, "date": at("2024-03-20T00:00:00"), "amount": Decimal(600)},
            {"id": 3, "invoice__id": None, "date": at("2024-03-20T00:00:00"), "amount": Decimal(250)},
        ],
        "assets": [{"id": 1, "installed_on": at("2020-01-01T00:00:00"), "warranty_months": 10**12}],
    }


def _servicesidekick() -> dict[str, list[dict[str, Any]]]:
    jobs = [
        {
            "id": number,
            "job_number": 4000 + number,
            "invoice_date": at("2026-10-20T12:00:00"),
            "completed_on": at("2026-09-01T12:00:00"),
            "invoice_terms": terms,
            "total": Decimal(100),
            "balance_remaining": Decimal(100),
            "canceled_on": None,
            "duration": Decimal(1),
        }
        for number, terms in enumerate(TERMS, 1)
    ]
    jobs.append({**jobs[0], "id": 90, "canceled_on": at("2026-10-21T00:00:00"), "total": Decimal(777)})
    jobs.append(
        {**jobs[0], "id": 91, "balance_remaining": None, "total": Decimal(555), "duration": Decimal(10**14)}
    )
    return {
        "jobs": jobs,
        "employees": [{"id": 7, "name": "Tom", "active": True, "created_at": at("2026-10-01T00:00:00")}],
        "jobs__time_entries": [
            {
                "id": number,
                "_parent_id": 1,
                "_list_index": number or 0,
                "employee_id": 7,
                "started_on": at(a),
                "ended_on": b and at(b),
            }
            for number, a, b in (
                (None, "2026-10-06T10:00:00", "2026-10-06T09:00:00"),
                (2, "2026-10-06T12:00:00", "2026-10-06T14:00:00"),
                (3, "2026-10-06T16:00:00", None),
            )
        ],
    }


WORLD: World = {
    "bossdesk": _bossdesk(),
    "bossdesk_sydney": _sydney(),
    "notific": _notific(),
    "shiftboard": _shiftboard(),
    "servicebridge": _servicebridge(),
    "servicesidekick": _servicesidekick(),
}
