"""Rows that no book can hold, contradicting times, unread zones and unusual wording: a build says so and goes on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from fieldhouse.pipelines.build_marts import BuildReport, build
from fieldhouse.pipelines.config.settings import load
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.marts.marts_warehouse import needs_dbt
from tests.support.marts.raw_tables import World, write_tables

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
        "account": [{"name": "Down under", "time_zone": "Sydney"}],
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
        "accounts": [{"id": "2001", "first_name": "Ada", "last_name": "Alder"}],
        "shifts": [
            shift("s1", "2026-10-05T08:00:00", "2026-10-05T16:00:00", **worker),
            shift("s2", "2026-11-09T08:00:00", dur_hrs=8),
            shift("s3", "2026-10-05"),
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
    def visit(number: int, order: int, status: str, start: str, end: str) -> dict[str, Any]:
        return {
            "id": number,
            "_parent_id": order,
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
            "balance": Decimal(0),
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
        ],
        "work_orders__visits__team_members": [
            {"id": 1, "_parent_id": number, "_list_index": 0, "name": "Ada"} for number in range(11, 17)
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
            invoice(7, None, "2026-10-04T00:00:00", "1" + "0" * 25),
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
            {"id": 1, "_parent_id": 1, "employee_id": 7, "started_on": at(a), "ended_on": b and at(b)}
            for a, b in (
                ("2026-10-06T10:00:00", "2026-10-06T09:00:00"),
                ("2026-10-06T12:00:00", "2026-10-06T14:00:00"),
                ("2026-10-06T16:00:00", None),
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


class Marts:
    """The marts of the world, and how their build went."""

    def __init__(self, url: str, report: BuildReport) -> None:
        self.url, self.report = url, report

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with open_warehouse(self.url).session() as session:
            return session.fetch(sql)


@pytest.fixture(scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def marts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Marts:
    folder = tmp_path_factory.mktemp("impossible")
    url = f"duckdb:///{folder}/warehouse.duckdb"
    if request.param == "postgres":
        url = request.getfixturevalue("module_postgres_url")
    write_tables(url, WORLD)
    settings = load({"HOME": str(folder)}, folder, warehouse_url=url)
    variables = {
        "now": NOW,
        "zones": {"servicebridge": "America/Chicago"},
        "addresses": {"servicesidekick": "https://acme.example.test/"},
        "currencies": {"servicebridge": "USD", "servicesidekick": "EUR"},
    }
    return Marts(url, build(settings, variables=variables))


@needs_dbt
class TestImpossibleRows:
    def test_the_build_ends_well(self, marts: Marts) -> None:
        assert marts.report.problems == ()
        assert marts.report.skipped == ()
        assert marts.report.exit_code == 0

    def test_each_row_is_named_with_what_is_wrong(self, marts: Marts) -> None:
        named = {(quality.table, quality.problem): quality.rows for quality in marts.report.quality}
        assert named == {
            ("bossdesk.tickets", "opened before 2000"): 2,
            ("bossdesk.tickets", "closed in the future"): 1,
            ("bossdesk.tickets", "closed before it was opened"): 1,
            ("bossdesk.tickets", "no opening time"): 1,
            ("bossdesk.tickets__time_entries", "impossible length"): 1,
            ("bossdesk_sydney.tickets", "no opening time"): 2,
            ("bossdesk_sydney.tickets", "unreadable value"): 2,
            ("notific.tickets", "closed in the future"): 1,
            ("shiftboard.shifts", "no day"): 3,
            ("shiftboard.shifts", "unreadable value"): 4,
            ("shiftboard.shifts", "dated before 2000"): 1,
            ("shiftboard.shifts", "no time zone"): 6,
            ("shiftboard.timeclocks", "clocked out before clocked in"): 1,
            ("shiftboard.timeclocks", "overlaps an earlier entry"): 1,
            ("servicebridge.work_orders__visits", "ends before it starts"): 1,
            ("servicebridge.work_orders__visits", "unreadable value"): 1,
            ("servicebridge.invoices", "unreadable value"): 1,
            ("servicesidekick.jobs__time_entries", "ends before it starts"): 1,
            ("servicesidekick.jobs", "due before it was invoiced"): 1,
        }

    def test_the_calendar_is_not_made_long(self, marts: Marts) -> None:
        assert marts.ask("SELECT min(day), max(day) FROM marts.calendar") == [
            (date(2024, 1, 1), date(2027, 12, 31))
        ]

    def test_open_tickets_are_the_same_in_tickets_and_backlog(self, marts: Marts) -> None:
        backlog = marts.ask(
            "SELECT backlog.account, sum(open_at_end) FROM marts.ticket_backlog_daily AS backlog"
            " JOIN marts.accounts ON accounts.account = backlog.account AND accounts.today = backlog.day"
            " GROUP BY backlog.account ORDER BY 1"
        )
        tickets = marts.ask(
            "SELECT account, count(CASE WHEN is_open AND opened_on IS NOT NULL THEN 1 END) FROM marts.tickets"
            " GROUP BY account ORDER BY 1"
        )
        assert [(account, int(count)) for account, count in backlog] == tickets
        assert dict(tickets) == {"bossdesk": 3, "bossdesk_sydney": 0, "notific": 2}
        states = marts.ask(
            "SELECT ticket_key, state, age_days, is_past_end FROM marts.tickets WHERE vendor = 'notific' ORDER BY 1"
        )
        assert states == [
            ("notific:ticket:1", "open", 1, False),
            ("notific:ticket:2", "planned", None, False),
            ("notific:ticket:3", "open", 13, True),
        ]
        assert marts.ask(
            "SELECT min(open_at_end) >= 0, max(today) FROM marts.ticket_backlog_daily, marts.accounts"
        ) == [(True, date(2026, 11, 3))]

    def test_an_open_breach_counts(self, marts: Marts) -> None:
        sla = marts.ask(
            "SELECT sla_state, count(*) FROM marts.sla WHERE due_at IS NOT NULL GROUP BY 1 ORDER BY 1"
        )
        assert sla == [("met", 1), ("missed", 1)]

    def test_shifts_have_minutes_without_instants(self, marts: Marts) -> None:
        shifts = marts.ask(
            "SELECT shift_key, local_date, scheduled_minutes, state, is_open FROM marts.shifts"
            " JOIN marts.work_items ON work_item_key = shift_key ORDER BY 1"
        )
        key = "shiftboard:shift:"
        assert shifts == [
            (f"{key}absent", date(2026, 10, 6), 480, "done", False),
            (f"{key}early", date(1950, 10, 5), 480, "done", False),
            (f"{key}gone", None, None, "unknown", False),
            (f"{key}long", date(2026, 10, 5), None, "done", False),
            (f"{key}mistyped", None, None, "unknown", False),
            (f"{key}s1", date(2026, 10, 5), 480, "done", False),
            (f"{key}s2", date(2026, 11, 9), 480, "open", True),
            (f"{key}s3", date(2026, 10, 5), None, "done", False),
            (f"{key}zero", None, None, "unknown", False),
        ]
        assert marts.ask("SELECT starts_at FROM marts.shifts WHERE shift_key = 'shiftboard:shift:s3'") == [
            (at("2026-10-05T00:00:00"),)
        ]

    def test_hours_count_overlaps_once_and_absence_apart(self, marts: Marts) -> None:
        weeks = marts.ask(
            "SELECT week_starts_on, scheduled_hours, clocked_hours, overlapping_clocked_hours, unusable_clock_entries"
            " FROM marts.worker_hours_weekly WHERE week_starts_on > DATE '2000-01-01' ORDER BY 1"
        )
        assert weeks == [
            (date(2026, 10, 5), 16.0, 0.0, 0.0, 0),
            (date(2026, 10, 12), 0.0, 10.0, 6.0, 0),
            (date(2026, 10, 19), 0.0, 0.0, 0.0, 1),
        ]
        days = "SELECT day, covered_positions, attended_positions, absent_positions FROM marts.coverage_daily"
        assert marts.ask(f"{days} WHERE day = '2026-10-06'") == [(date(2026, 10, 6), 1, 0, 1)]

    def test_money_counts_in_its_own_month(self, marts: Marts) -> None:
        months = marts.ask(
            "SELECT month, invoiced, collected, unapplied FROM marts.revenue_by_month"
            " WHERE vendor = 'servicebridge' AND month < DATE '2025-01-01' ORDER BY 1"
        )
        assert months == [
            (date(2024, 1, 1), Decimal(400), Decimal(400), Decimal(0)),
            (date(2024, 3, 1), Decimal(850), Decimal(850), Decimal(250)),
        ]

    def test_each_amount_names_the_currency_of_its_account(self, marts: Marts) -> None:
        known = [("servicebridge", "USD"), ("servicesidekick", "EUR")]
        for mart in ("invoices", "receivables_ageing", "revenue_by_month"):
            assert marts.ask(f"SELECT DISTINCT account, currency FROM marts.{mart} ORDER BY 1") == known, mart
        assert marts.ask("SELECT DISTINCT currency FROM marts.payments") == [("USD",)]

    def test_receivables_are_due_when_their_day_is_over(self, marts: Marts) -> None:
        rows = marts.ask(
            "SELECT invoice_key, balance, days_overdue, age_band FROM marts.receivables_ageing"
            " WHERE vendor = 'servicebridge' ORDER BY 1"
        )
        assert rows == [
            ("servicebridge:invoice:4", Decimal(1000), 0, "not due"),
            ("servicebridge:invoice:5", Decimal(-500), None, "credit"),
        ]

    def test_terms_are_read_in_any_usual_wording(self, marts: Marts) -> None:
        actual = marts.ask(
            "SELECT terms, due_on, days_overdue FROM marts.invoices"
            " WHERE vendor = 'servicesidekick' AND NOT is_void AND balance IS NOT NULL"
        )
        expected = [(terms, day and date.fromisoformat(day), late) for terms, (day, late) in TERMS.items()]
        assert sorted(actual, key=str) == sorted(expected, key=str)

    def test_a_cancelled_job_and_an_unknown_balance_follow_one_rule(self, marts: Marts) -> None:
        jobs = marts.ask(
            "SELECT revenue.job_key, revenue.invoiced, revenue.paid, revenue.balance, ageing.balance"
            " FROM marts.revenue_by_job AS revenue"
            " LEFT JOIN marts.receivables_ageing AS ageing ON ageing.job_key = revenue.job_key"
            " WHERE revenue.job_key IN ('servicesidekick:job:90', 'servicesidekick:job:91') ORDER BY 1"
        )
        assert jobs == [
            ("servicesidekick:job:90", Decimal(0), Decimal(0), Decimal(0), None),
            ("servicesidekick:job:91", Decimal(555), None, None, None),
        ]

    def test_every_finished_job_has_a_day_or_says_why_not(self, marts: Marts) -> None:
        jobs = marts.ask(
            "SELECT job_key, completed_on, completed_at_source FROM marts.jobs"
            " WHERE vendor = 'servicebridge' AND state = 'done' ORDER BY 1"
        )
        assert jobs == [
            ("servicebridge:work_order:1", date(2026, 10, 9), "last change"),
            ("servicebridge:work_order:20", date(2024, 1, 15), "invoice"),
            ("servicebridge:work_order:3", date(2026, 10, 26), "visit"),
        ]

    def test_every_active_technician_has_every_business_day(self, marts: Marts) -> None:
        """The visit that ends in the year 9999 has no length, and one that is over before it starts takes none away."""
        days = marts.ask(
            "SELECT day, sum(available_minutes), sum(planned_minutes), sum(worked_minutes),"
            " sum(worked_off_days_minutes) FROM marts.technician_days"
            " WHERE vendor = 'servicebridge' AND day <= DATE '2026-10-27' GROUP BY 1"
            " HAVING sum(planned_minutes) > 0 OR day = DATE '2026-10-07' ORDER BY 1"
        )
        assert [(day, *map(int, rest)) for day, *rest in days] == [
            (date(2026, 10, 7), 960, 0, 0, 0),
            (date(2026, 10, 8), 960, 60, 0, 0),
            (date(2026, 10, 10), 0, 180, 180, 180),
            (date(2026, 10, 26), 960, 120, 120, 0),
        ]
        sidekick = marts.ask(
            "SELECT worked_minutes, open_entries, utilisation FROM marts.technician_days"
            " WHERE vendor = 'servicesidekick' AND day = DATE '2026-10-06'"
        )
        assert sidekick == [(120, 1, 0.25)]

    def test_records_lead_to_the_vendors_pages_where_the_address_is_known(self, marts: Marts) -> None:
        job = "https://acme.example.test/jobs/4002"
        for mart in ("jobs", "invoices", "receivables_ageing"):
            key = "job_key = 'servicesidekick:job:2'"
            assert marts.ask(f"SELECT _url FROM marts.{mart} WHERE {key}") == [(job,)], mart
        assert marts.ask("SELECT count(_url) FROM marts.jobs WHERE vendor = 'servicebridge'") == [(0,)]
        assert marts.ask("SELECT count(_url) FROM marts.tickets") == [(0,)]

    def test_a_table_with_a_history_has_its_row_in_the_health(self, marts: Marts) -> None:
        assert marts.ask("SELECT place, status, is_waiting FROM marts.ticket_status_history") == [
            (1, "open", False)
        ]
        counted = "SELECT table_name, live_rows FROM staging.stg_fieldhouse__row_counts"
        assert marts.ask(f"{counted} WHERE account = 'bossdesk' ORDER BY 1") == [
            ("tickets", 8),
            ("tickets__time_entries", 2),
        ]
