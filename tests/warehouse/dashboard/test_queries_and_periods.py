"""The dashboard's queries and periods."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest

from fieldhouse.pipelines.build_marts import PROJECT
from fieldhouse.pipelines.config.extras import is_installed
from fieldhouse.warehouse.dashboard.filters import Parameters, period_before
from fieldhouse.warehouse.dashboard.query import Choice, grain, names, render, text
from tests.support.warehouse.dashboard_pages import TABS

pytestmark = pytest.mark.skipif(
    not is_installed("dashboard"), reason="needs pip install 'fieldhouse[dashboard]'"
)
if is_installed("dashboard"):
    from fieldhouse.warehouse.dashboard.page import queries
    from fieldhouse.warehouse.dashboard.tabs import TABS as tabs


OF_THE_HEAD = {"catalogue", "marts_day", "marts_seen", "newest_sync", "time_zones", "teams", "workgroups"}


class TestQueries:
    def test_each_begins_with_its_grain_and_is_on_the_page(self) -> None:
        used = {query for tab in tabs for query in queries(tab)}
        assert used | OF_THE_HEAD == set(names())
        assert [name for name in names() if not re.match(r"One row\b", grain(name))] == []
        assert [tab.name for tab in tabs] == list(TABS)

    def test_a_line_without_its_choice_is_left_out(self) -> None:
        bare = render("backlog_by_day", Choice(("bossdesk",)))
        assert "account" not in bare.partition("from")[2].partition("group")[0]
        day = render("backlog_by_day", Choice(("bossdesk",), first_day=date(2026, 1, 31)))
        assert "and day >= date '2026-01-31'" in day
        assert "day <=" not in day

    def test_a_quote_in_a_team_stays_in_its_literal(self) -> None:
        query = render("backlog_by_day", Choice(("a",), teams=("O'Brien'); DROP TABLE x; --",)))
        assert "('O''Brien''); DROP TABLE x; --')" in query

    def test_days_are_rounded_once(self) -> None:
        """1778 minutes are 1.2347 days. DuckDB's `numeric` without a scale has three places: 1.235, and so 1.24."""
        with duckdb.connect() as db:
            db.execute("CREATE SCHEMA marts")
            db.execute(
                "CREATE TABLE marts.job_cycle_times AS SELECT 'done' AS state, 'a' AS account, DATE '2026-10-05' AS"
                " completed_on, 1778 AS waiting_minutes, 1778 AS working_minutes, 1778 AS invoicing_minutes,"
                " 1778 AS payment_minutes"
            )
            [row] = db.execute(render("cycle_by_month", Choice())).fetchall()
        assert row[2:] == (Decimal("1.23"),) * 4

    def test_every_rounded_value_has_a_scale(self) -> None:
        models = PROJECT.rglob("*.sql")
        texts = {name: text(name) for name in names()} | {
            path.name: path.read_text("utf-8") for path in models
        }
        assert [name for name, sql in texts.items() if re.search(r"\bas (numeric|decimal)\)", sql)] == []

    def test_nothing_is_render(self) -> None:
        for name in names():
            assert not re.search(
                r"\b(insert|update|delete|create|drop|copy|attach)\b", re.sub(r"--.*", "", text(name))
            )


class TestPeriods:
    @pytest.mark.parametrize("week", [date(2026, 11, 2), date(2026, 11, 1)])
    def test_they_count_whole_weeks_and_months(self, week: date) -> None:
        """Weeks begin as those of the marts do, so that each row of a week is that of a full one."""
        today, day = date(2026, 11, 4), timedelta(days=1)
        assert Parameters(period="Last full week").days(today, week) == (week - 7 * day, week - day)
        assert Parameters(period="Last 4 weeks").days(today, week) == (week - 28 * day, today)
        assert Parameters(period="Last 12 months").days(today, week) == (date(2025, 12, 1), today)
        assert Parameters(period="Next 7 days").days(today, week) == (today, today + 6 * day)
        assert Parameters(period="Last full week").days(today) == (date(2026, 10, 26), date(2026, 11, 1))

    def test_the_period_before_has_the_same_length_and_ends_where_this_one_begins(self) -> None:
        before = period_before(Choice(first_day=date(2026, 10, 26), last_day=date(2026, 11, 1)))
        assert before == Choice(first_day=date(2026, 10, 19), last_day=date(2026, 10, 25))
        assert period_before(Choice(last_day=date(2026, 11, 1))) is None
