"""Other alphabets and wordings, two midnights of a day, fractions of minutes and cents: the same on each database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unicodedata import normalize

import pytest

from fieldhouse.pipelines.build_marts import build
from fieldhouse.pipelines.config.settings import load
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.marts.marts_warehouse import needs_dbt
from tests.support.marts.raw_tables import write_tables
from tests.support.marts.worlds.impossible import NOW, at
from tests.support.postgres.postgres_server import execute, fresh_database

_TEMPLATE = "TEMPLATE template0 ENCODING 'UTF8'"
LOCALES = {
    "c": f"{_TEMPLATE} LC_COLLATE 'C' LC_CTYPE 'C'",
    "turkish": f"{_TEMPLATE} LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR'",
}
ZONE = "Atlantic/Azores"
"""Its clocks went from 01:00 back to 00:00 on 25 October 2026, at 01:00 UTC."""
SECONDS = range(1, 60)
OVERLAPPING = ["09:00-17:00", "12:00-20:00", "22:00-02:00", "01:00-03:00"]
FORTY_HOURS = (31941, 31452, 30277, 50330)
"""Seconds that are more than forty hours when each is a binary fraction of a minute."""
TERMS = {
    "DUE ON RECEIPT, INTEREST AFTER 30 DAYS": date(2026, 10, 20),
    "IMMEDIATE": date(2026, 10, 20),
    "Net Thirty (30) days": date(2026, 11, 19),
    "within\u00a030\u00a0(thirty) days": date(2026, 11, 19),
    "2% if paid within 10 days, due in 30 days": date(2026, 11, 19),
    "Net 10 E.O.M.": date(2026, 11, 10),
    "Net EOM 10": date(2026, 11, 10),
    "Due end of month": date(2026, 10, 31),
    "10 days after completion": date(2026, 10, 11),
    "Net 10th": None,
    "10th of the next month": None,
}


def user(number: int, first: str, last: str, email: str) -> dict[str, Any]:
    return {"id": number, "first_name": first, "last_name": last, "email": email, "is_agent": True}


def ticket(number: int, opened: str, closed: str, seconds: int = 0) -> dict[str, Any]:
    later = timedelta(seconds=seconds)
    return {
        "id": number,
        "status": "closed",
        "created_at": at(opened) + later,
        "closed_at": at(closed) + later,
    }


def visit(number: int, start: str, end: str) -> dict[str, Any]:
    times = {"start_time": at(start), "finish_time": at(end)}
    return {"id": number, "_parent_id": 1, "_list_index": number, "status": "Completed", **times}


WORLD = {
    "bossdesk": {
        "users": [
            user(1, "JOSÉ", "MÜLLER", "JOSÉ@Example.com"),
            user(2, "Ann", "\tLee\u00a0", "\u00a0IDA@Example.com\n"),
        ],
        "tickets": [
            ticket(100, "2026-10-25T00:10:00", "2026-10-25T00:50:00"),
            ticket(101, "2026-10-25T00:10:00", "2026-10-25T01:50:00"),
            ticket(102, "2024-01-01T00:30:00", "2024-01-01T02:30:00"),
            *(ticket(number, "2024-12-28T10:00:00", "2024-12-30T10:00:00", number) for number in SECONDS),
        ],
    },
    "bossdesk_emea": {
        "tickets": [ticket(1, "2024-10-05T21:00:00", "2024-10-06T21:00:00")],
        "users": [user(1, *(normalize("NFD", text) for text in ("José", "Müller", "josé@example.com")))],
        "account": [
            {
                "name": "EMEA",
                "time_zone": "Europe/Vilnius",
                "full_domain": "emea.test",
                "_synced_at": at(NOW[:-1]),
            }
        ],
    },
    "shiftboard": {
        "accounts": [{"id": "2", "first_name": "Ann", "last_name": "Lee", "email": "ida@example.com"}],
        "timecards": [
            {
                "id": str(number),
                "account": "2",
                "start_date": date(2026, 10, 12 + number),
                "_duration_seconds": seconds,
                "approved": True,
            }
            for number, seconds in enumerate(FORTY_HOURS)
        ],
        "time_off_requests": [
            {
                "id": "1",
                "member": "2",
                "status": 2,
                "start_date": "2026-10-06T00:00:00",
                "end_date": "2026-10-07T00:00:00",
            }
        ],
    },
    "servicebridge": {
        "employees": [
            {"id": 5, "name": "Ada", "is_active": True, "metadata__created_on": at("2026-10-24T00:00:00")}
        ],
        "work_orders": [
            {"id": 1, "status": None, "metadata__updated_on": at("2026-10-27T00:00:00")},
            {"id": 2, "status": "InProgress", "date_finished": at("2026-10-27T00:00:00")},
        ],
        "work_orders__visits": [
            visit(11, "2026-10-25T00:10:00", "2026-10-25T00:50:00"),
            visit(12, "2026-10-24T23:30:00", "2026-10-25T02:00:00"),
        ],
        "work_orders__visits__team_members": [
            {"id": 5, "_parent_id": number, "_root_id": 1, "_list_index": 0} for number in (11, 12)
        ],
        "products": [{"id": 3, "cost": Decimal("24.69")}],
        "work_orders__work_order_lines": [
            {
                "_parent_id": 1,
                "_list_index": 0,
                "product__id": 3,
                "quantity": Decimal("0.5"),
                "total": Decimal(20),
            }
        ],
    },
    "servicesidekick": {
        "employees": [{"id": 8, "name": "Bob", "active": True, "created_at": at("2026-10-24T01:00:00")}],
        "jobs": [
            {"id": 1, "started_on": at("2026-10-06T10:00:00")},
            *(
                {
                    "id": number,
                    "invoice_terms": terms,
                    "invoice_date": at("2026-10-20T12:00:00"),
                    "completed_on": at("2026-10-01T12:00:00"),
                }
                for number, terms in enumerate(TERMS, 2)
            ),
        ],
        "jobs__time_entries": [
            {
                "id": seconds,
                "_parent_id": 1,
                "_list_index": seconds,
                "employee_id": 7,
                "started_on": at("2026-10-06T10:00:00"),
                "ended_on": at("2026-10-06T10:00:00") + timedelta(seconds=seconds),
            }
            for seconds in (5, 95, 20)
        ],
    },
}


class Marts:
    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with open_warehouse(self.url).session() as session:
            return session.fetch(sql)


@pytest.fixture(
    scope="module", params=["duckdb", *(pytest.param(name, marks=pytest.mark.postgres) for name in LOCALES)]
)
def marts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marts]:
    folder = tmp_path_factory.mktemp("any-database")
    if request.param == "duckdb":
        yield built(f"duckdb:///{folder}/warehouse.duckdb", folder)
        return
    server = str(request.getfixturevalue("postgres_server"))
    if not execute(server, "SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu'"):
        pytest.skip("this Postgres has no ICU")
    with fresh_database(server, f"marts_{request.param}", LOCALES[request.param]) as url:
        yield built(url, folder)


def built(url: str, folder: Any) -> Marts:
    write_tables(url, WORLD)
    settings = load({"HOME": str(folder)}, folder, warehouse_url=url)
    variables = {
        "now": NOW,
        "zones": {"bossdesk": ZONE, "servicebridge": ZONE, "servicesidekick": "America/Chicago"},
        "business_hours": {str(day): "00:00-24:00" for day in range(1, 8)},
        "account_business_hours": {"bossdesk_emea": {str(day): OVERLAPPING for day in range(1, 8)}},
    }
    assert build(settings, variables=variables).problems == ()
    return Marts(url)


@needs_dbt
class TestAnyDatabase:
    def test_addresses_are_compared_in_any_alphabet_and_without_blanks(self, marts: Marts) -> None:
        """The first record of a person is the same, whatever the order of the database's language."""
        people = "SELECT record_key, person_key FROM marts.person_records WHERE vendor NOT LIKE 'service%'"
        assert dict(marts.ask(people)) == {
            "bossdesk:user:1": "person:bossdesk:user:1",
            "bossdesk_emea:user:1": "person:bossdesk:user:1",
            "bossdesk:user:2": "person:bossdesk:user:2",
            "shiftboard:account:2": "person:bossdesk:user:2",
        }
        names = "SELECT full_name, email, has_one_name FROM marts.people WHERE person_key = 'person:bossdesk:user:{}'"
        assert marts.ask(names.format(1)) == [("JOSÉ MÜLLER", "josé@example.com", True)]

    def test_terms_are_read_in_any_wording(self, marts: Marts) -> None:
        due = "SELECT terms, due_on FROM marts.invoices WHERE vendor = 'servicesidekick'"
        assert dict(marts.ask(due)) == TERMS

    def test_a_help_desk_may_name_its_zone_by_the_iana(self, marts: Marts) -> None:
        zone = "SELECT time_zone, zone_source FROM marts.accounts WHERE account = 'bossdesk_emea'"
        assert marts.ask(zone) == [("Europe/Vilnius", "vendor")]

    def test_hours_that_overlap_count_once(self, marts: Marts) -> None:
        business = (
            "SELECT resolution_business_minutes FROM marts.ticket_metrics WHERE account = 'bossdesk_emea'"
        )
        assert marts.ask(business) == [(960,)]

    def test_time_off_until_midnight_ends_with_the_day(self, marts: Marts) -> None:
        assert marts.ask("SELECT first_day, last_day FROM marts.time_off") == [
            (date(2026, 10, 6), date(2026, 10, 6))
        ]

    def test_forty_hours_are_not_more(self, marts: Marts) -> None:
        hours = "SELECT timecard_hours, regular_hours, overtime_hours FROM marts.labour_weekly"
        assert marts.ask(hours) == [(40, 40, 0)]

    def test_cost_and_margin_add_up_to_the_line(self, marts: Marts) -> None:
        line = "SELECT total, cost, margin FROM marts.invoice_lines"
        assert marts.ask(line) == [(Decimal("20.00"), Decimal("12.35"), Decimal("7.65"))]

    def test_days_are_those_of_the_account_and_begin_with_the_first_of_two_midnights(
        self, marts: Marts
    ) -> None:
        business = "SELECT resolution_minutes, resolution_business_minutes FROM marts.ticket_metrics"
        assert marts.ask(f"{business} WHERE opened_at >= '2026-01-01' ORDER BY 1") == [(40, 40), (100, 100)]
        days = "SELECT day, worked_minutes, available_minutes FROM marts.technician_days"
        assert marts.ask(f"{days} WHERE day <= '2026-10-25' AND vendor = 'servicebridge' ORDER BY 1") == [
            (date(2026, 10, 24), 30, 1440),
            (date(2026, 10, 25), 160, 1500),
        ]
        first = (
            "SELECT min(day) FROM marts.technician_days WHERE technician_key = 'servicesidekick:employee:8'"
        )
        assert marts.ask(first) == [(date(2026, 10, 23),)]

    def test_the_calendar_begins_with_the_year_of_the_first_day_there(self, marts: Marts) -> None:
        first = "SELECT opened_on, resolution_business_minutes FROM marts.ticket_metrics ORDER BY opened_at LIMIT 1"
        assert marts.ask(first) == [(date(2023, 12, 31), 120)]
        assert marts.ask("SELECT min(day) FROM marts.calendar") == [(date(2023, 1, 1),)]

    def test_minutes_that_are_fractions_lose_nothing(self, marts: Marts) -> None:
        business = "SELECT DISTINCT resolution_business_minutes FROM marts.ticket_metrics"
        assert marts.ask(
            f"{business} WHERE account = 'bossdesk' AND opened_on >= '2024-01-01' AND opened_on < '2025-01-01'"
        ) == [(2880,)]
        worked = "SELECT worked_minutes FROM marts.{} WHERE vendor = 'servicesidekick' AND worked_minutes > 0"
        assert [marts.ask(worked.format(mart)) for mart in ("technician_days", "visit_technicians")] == [
            [(2,)],
            [(2,)],
        ]

    def test_an_end_names_its_source_and_none_has_none(self, marts: Marts) -> None:
        ends = "SELECT completed_at IS NULL, completed_at_source FROM marts.jobs"
        assert marts.ask(f"{ends} WHERE vendor = 'servicebridge' ORDER BY job_key") == [
            (True, None),
            (False, "work order"),
        ]
