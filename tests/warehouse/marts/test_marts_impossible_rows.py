"""Rows that no book can hold, contradicting times, unread zones and unusual wording: a build says so and goes on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.build_marts import BuildReport, build
from fieldhouse.pipelines.config.settings import load
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.marts.marts_warehouse import needs_dbt
from tests.support.marts.raw_tables import write_tables
from tests.support.marts.worlds.impossible import NOW, TERMS, WORLD, at
from tests.support.runs.shared_fixture import make_once


class Marts:
    """The marts of the world, and how their build went."""

    def __init__(self, url: str, report: BuildReport) -> None:
        self.url, self.report = url, report

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with open_warehouse(self.url).session() as session:
            return session.fetch(sql)


@pytest.fixture(scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def marts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Marts:
    if request.param == "postgres":
        url = str(request.getfixturevalue("module_postgres_url"))
        return built(url, tmp_path_factory.mktemp("impossible"))
    made: Marts = make_once(
        tmp_path_factory, "impossible", lambda folder: built(f"duckdb:///{folder}/warehouse.duckdb", folder)
    )
    return made


def built(url: str, folder: Path) -> Marts:
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
            ("bossdesk.tickets", "last changed in the future"): 1,
            ("bossdesk.tickets", "closed before it was opened"): 1,
            ("bossdesk.tickets", "no opening time"): 1,
            ("bossdesk.tickets__time_entries", "impossible length"): 1,
            ("bossdesk.tickets", "unreadable value"): 1,
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
            ("servicebridge.products", "unreadable value"): 1,
            ("servicebridge.work_orders__work_order_lines", "impossible cost"): 1,
            ("servicebridge.work_orders__work_order_lines", "unreadable value"): 1,
            ("servicesidekick.jobs__time_entries", "ends before it starts"): 1,
            ("servicesidekick.jobs", "due before it was invoiced"): 1,
        }

    def test_what_a_sync_keeps_beside_a_column_is_read_or_named(self, marts: Marts) -> None:
        numbers = "SELECT number, due_at FROM marts.tickets WHERE ticket_key = 'bossdesk:ticket:{}'"
        assert marts.ask(numbers.format(9)) == [("INC-9", None)]
        assert marts.ask(numbers.format(4)) == [("4", None)]
        named = marts.ask(
            "SELECT record_key, columns FROM marts.data_quality WHERE problem = 'unreadable value'"
            " AND table_name IN ('invoices', 'products', 'tickets') AND account NOT LIKE '%sydney' ORDER BY 1"
        )
        assert named == [
            ("bossdesk:ticket:9", "due_at"),
            ("servicebridge:invoice:7", "total, balance"),
            ("servicebridge:product:2", "cost"),
        ]

    def test_an_amount_that_no_book_holds_is_unknown(self, marts: Marts) -> None:
        """A bar code in the place of a quantity, and a dozen invoices over all that there is."""
        lines = marts.ask("SELECT quantity, cost, margin FROM marts.invoice_lines ORDER BY line_key")
        assert lines == [
            (Decimal(2), Decimal(50000), Decimal(-49910)),
            (Decimal(4006381333931), None, None),
            (None, None, None),
        ]
        jobs = "SELECT invoices, invoiced FROM marts.revenue_by_job WHERE job_key = 'servicebridge:work_order:20'"
        assert marts.ask(jobs) == [(14, None)]

    def test_a_record_that_stands_twice_counts_once(self, marts: Marts) -> None:
        """A help desk with a new address, a visit that moved to another order, and one without an id."""
        accounts = "SELECT name, time_zone FROM marts.accounts WHERE account = 'bossdesk_sydney'"
        assert marts.ask(accounts) == [("after", "Australia/Sydney")]
        visits = "SELECT visit_key, job_key FROM marts.visits WHERE visit_on >= DATE '2026-10-20' ORDER BY 1"
        assert marts.ask(visits) == [
            ("servicebridge:visit:16", "servicebridge:work_order:3"),
            ("servicebridge:work_order:20:visit:0", "servicebridge:work_order:20"),
        ]

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
        assert dict(tickets) == {"bossdesk": 4, "bossdesk_sydney": 0, "notific": 2}
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

    def test_a_zone_that_the_database_does_not_know_is_none(self, marts: Marts) -> None:
        accounts = "SELECT time_zone, zone_source FROM marts.accounts WHERE account = 'shiftboard'"
        assert marts.ask(accounts) == [("UTC", "default")]
        shifts = "SELECT starts_at, is_zone_known FROM marts.shifts WHERE shift_key = 'shiftboard:shift:s2'"
        assert marts.ask(shifts) == [(at("2026-11-09T08:00:00"), False)]

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
            (date(2024, 2, 1), None, Decimal(0), Decimal(0)),
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
            ("tickets", 10),
            ("tickets__time_entries", 2),
        ]
