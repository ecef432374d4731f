"""The dashboard's pages over HTTP: each tab on a whole warehouse, with its figures, choices and links."""

from __future__ import annotations

import asyncio
import csv
import html
import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from fieldhouse.pipelines.config.extras import is_installed
from fieldhouse.warehouse.dashboard.filters import Parameters, period_before
from fieldhouse.warehouse.dashboard.query import render
from fieldhouse.warehouse.dashboard.source import Place
from tests.support.marts import expected_marts as truth_of
from tests.support.marts.marts_warehouse import Built, needs_dbt
from tests.support.warehouse.dashboard_pages import TABS, get, rows_of, shown

pytestmark = pytest.mark.skipif(
    not is_installed("dashboard"), reason="needs pip install 'fieldhouse[dashboard]'"
)
if is_installed("dashboard"):
    from fieldhouse.warehouse.dashboard.app import application


@needs_dbt
@pytest.mark.parametrize("tab", TABS)
def test_every_figure_shows_what_the_query_under_it_answers(complete: Path, tab: str) -> None:
    place = Place(f"duckdb:///{complete}", max_age_hours=1e6)
    page = shown(place, tab)
    assert page.status == 200
    assert len(page.sql) >= 3
    assert "refused this query" not in page.text
    assert len(page.landmarks) == len(set(page.landmarks)) > 2
    filled = [(sql, rows_of(complete, sql)) for sql in page.sql]
    filled = [(sql, columns, rows) for sql, (columns, rows) in filled if rows]
    tables = page.tables[1:] if tab == "Health" else page.tables
    assert len(tables) == len(filled)
    for table, (sql, columns, rows) in zip(tables, filled, strict=True):
        assert len(table) == len(rows) + 1, sql
        assert len(table[0]) == len([name for name in columns if name != "_url"])
        for line, row in zip(table[1:], rows, strict=True):
            for shown_text, value in zip(line, row, strict=False):
                if isinstance(value, str) and value:
                    assert shown_text == value
                elif isinstance(value, int) and not isinstance(value, bool):
                    assert shown_text == f"{value:,}"
                elif value is None:
                    assert shown_text == "–"


@needs_dbt
def test_csv_has_every_row_with_the_filters_of_the_page(complete: Path) -> None:
    place = Place(f"duckdb:///{complete}")
    body = get(place, "/csv/oldest_tickets", account="bossdesk", team=["Apps", "Email"]).body
    lines = list(csv.DictReader(io.StringIO(body)))
    assert lines
    assert {line["account"] for line in lines} == {"bossdesk"}
    assert {line["team"] for line in lines} <= {"Apps", "Email"}
    assert get(place, "/csv/catalogue").status == 404
    assert get(place, "/csv/../../secrets").status == 404


@needs_dbt
def test_a_text_that_a_spreadsheet_would_run_is_only_text(changed: Any) -> None:
    place = changed("UPDATE marts.tickets SET title = '=HYPERLINK(1)', age_days = 9999 WHERE is_open")
    body = get(place, "/csv/oldest_tickets").body
    assert "'=HYPERLINK(1)" in body
    assert "<script>" not in shown(changed("UPDATE marts.tickets SET title = '<script>x'"), "Tickets").body


@needs_dbt
def test_the_numbers_are_the_vendors_own(complete: Path, built: Built) -> None:
    place = Place(f"duckdb:///{complete}", max_age_hours=1e6)
    expected = truth_of.open_tickets(built.truth, built.now)
    tiles = shown(place, "Tickets", period="All time").tiles
    assert tiles["Open now"] == f"{sum(count for _, _, count, _ in expected)}"
    assert tiles["Overdue now"] == f"{sum(late for *_, late in expected)}"
    opened = sum(len(built.truth[vendor]["tickets"]) for vendor in ("bossdesk", "notific"))
    assert tiles["Opened"] == f"{opened}"
    one = shown(place, "Tickets", period="All time", account="notific").tiles
    assert one["Opened"] == f"{len(built.truth['notific']['tickets'])}"
    hours = shown(place, "Hours", period="All time").tiles
    worked = sum(hours for hours, _, _ in truth_of.hours_by_week(built.truth).values())
    assert hours["Scheduled"].split()[0].replace(",", "") in {f"{worked + off:.0f}" for off in (-1, 0, 1)}


@needs_dbt
def test_a_choice_is_in_every_query_of_the_tab(complete: Path) -> None:
    place = Place(f"duckdb:///{complete}")
    page = shown(place, "Tickets", account=["bossdesk"], team=["Apps"])
    for query in page.sql:
        assert "account in ('bossdesk')" in query
        assert "in ('Apps')" in query
        assert ":" not in re.sub(r"--.*", "", query)
    shifts = shown(place, "Shifts", period="Next 7 days")
    assert "day >= date '2026-11-02'" in shifts.sql[1]
    assert "day <= date '2026-11-08'" in shifts.sql[1]
    days = {"period": "Other days", "from": "2026-10-01", "to": "2026-10-31"}
    assert "day <= date '2026-10-31'" in shown(place, "Shifts", **days).sql[1]


@needs_dbt
def test_amounts_of_two_currencies_are_never_added_up(changed: Any) -> None:
    """An account whose currency nobody states stands by itself, as it may be any."""
    marts = ("receivables_ageing", "revenue_by_month")
    place = changed(
        *(f"UPDATE marts.{mart} SET currency = 'USD' WHERE vendor = 'servicebridge'" for mart in marts)
    )
    page = shown(place, "Jobs", period="All time")
    unknown = "currency of servicesidekick"
    file = place.file
    assert file
    for column, amount in (("Owed now", "balance > 0"), ("Of it due", "balance > 0 AND days_overdue > 0")):
        for currency, vendor in (("USD", "servicebridge"), (unknown, "servicesidekick")):
            query = (
                f"SELECT sum(balance) FROM marts.receivables_ageing WHERE vendor = '{vendor}' AND {amount}"
            )
            _, ((expected,),) = rows_of(file, query)
            assert page.tiles[f"{column} ({currency})"] == f"{expected or 0:,.2f}"
    assert re.findall(r'<div class="unit">((?:USD|currency)[^<]*)</div>', page.body) == ["USD", unknown]
    place = changed(*(f"UPDATE marts.{mart} SET currency = 'USD'" for mart in marts))
    _, ((both,),) = rows_of(file, "SELECT sum(balance) FROM marts.receivables_ageing WHERE balance > 0")
    assert shown(place, "Jobs").tiles["Owed now (USD)"] == f"{both:,.2f}"


@needs_dbt
def test_a_bar_leads_to_its_records_and_a_record_to_the_vendor(complete: Path) -> None:
    place = Place(f"duckdb:///{complete}")
    page = shown(place, "Tickets", account="bossdesk", team="Email")
    links = re.findall(r'<a href="(\?[^"]*team=[^"]*)">', page.body)
    assert links
    for link in map(html.unescape, links):
        assert link.startswith("?account=bossdesk&team=")
        assert link.count("team=") == 1
    _, tickets = rows_of(
        complete, "SELECT number, _url FROM marts.tickets WHERE vendor = 'bossdesk' AND is_open"
    )
    page = shown(place, "Tickets", account="bossdesk")
    urls = {str(number): url for number, url in tickets}
    results = re.findall(r'<td[^>]*><a href="([^"]+)" rel="noreferrer">([^<]+)</a>', page.body)
    assert len(results) > 3
    assert [url for url, number in results if urls[number] != url] == []


@needs_dbt
def test_parameters_that_are_not_understood_count_as_not_given(complete: Path) -> None:
    place = Place(f"duckdb:///{complete}")
    page = shown(place, "Tickets", account="x'; DROP SCHEMA marts; --", period="For ever", **{"from": "soon"})
    assert page.status == 200
    assert page.tiles == shown(place, "Tickets").tiles


@needs_dbt
def test_a_figure_is_compared_with_the_period_before_and_with_its_target(complete: Path) -> None:
    place = Place(f"duckdb:///{complete}", targets={"resolved_in_time_percent": 90})
    page = shown(place, "Tickets", period="Last 13 weeks")
    before = period_before(Parameters(period="Last 13 weeks").choice((), date(2026, 11, 2)))
    assert before is not None
    query = render("ticket_totals", replace(before, every_account=("bossdesk",)))
    _, (row,) = rows_of(complete, f"select opened_tickets from ({query})")
    assert f"({row[0]})" in page.text or f"from {row[0]} in the period before" in page.text
    assert "Target 90 %" in page.text
    assert "in the period before" not in shown(place, "Tickets", period="All time").text


def test_only_this_machine_is_answered_and_no_script_of_the_text_runs(tmp_path: Path) -> None:
    async def ask(host: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=application(Place(f"duckdb:///{tmp_path}/none.duckdb")))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.get("/health")

    assert asyncio.run(ask("evil.example.com")).status_code == 400
    policy = asyncio.run(ask("127.0.0.1:8501")).headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy
