"""The marts, built from a real sync of every sandbox, against the sandboxes' truth."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.build_marts import PROJECT, build
from fieldhouse.pipelines.config.extras import install_command
from fieldhouse.pipelines.config.settings import load
from fieldhouse.sources.engine.errors import FixSettings, TryLater
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.dashboard.query import Choice, names, render
from fieldhouse.warehouse.dashboard.reader import Reader
from fieldhouse.warehouse.dashboard.source import Place
from tests.support.marts import expected_marts as truth_of
from tests.support.marts.marts_warehouse import Built, needs_dbt
from tests.support.marts.oracle.comparison import compare
from tests.support.marts.oracle.measures import World
from tests.support.marts.postgres_copy import copy_raw, rounded
from tests.support.runs.long_runs import IS_LONG

MARTS = sorted(path.stem for path in (PROJECT / "models" / "marts").rglob("*.sql"))
QUESTIONS = sorted(path.stem for path in (PROJECT / "questions").glob("*.sql"))


@needs_dbt
class TestBuilt:
    def test_models_and_tests_are_green(self, built: Built) -> None:
        assert built.report.problems == ()
        assert built.report.warnings == ()
        assert built.report.exit_code == 0
        assert built.report.tests > 120

    def test_every_mart_has_rows(self, built: Built) -> None:
        assert set(built.report.rows) == set(MARTS)
        assert [mart for mart, rows in built.report.rows.items() if not rows] == []

    def test_every_column_has_its_words(self, built: Built) -> None:
        columns = built.ask(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'marts'"
        )
        assert sorted(columns) == sorted(described())

    def test_no_column_is_wider_than_readers_know(self, built: Built) -> None:
        wide = "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type LIKE '%HUGEINT%'"
        assert built.ask(wide) == []

    def test_the_file_is_let_go_and_its_copy_reads_under_another_name(self, built: Built) -> None:
        copy = str(shutil.copy(built.path, built.path.with_name("copy.duckdb")))
        code = f"import duckdb; print(duckdb.connect({copy!r}, read_only=True).sql('FROM marts.people').fetchall()[0])"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "person:" in done.stdout, done.stderr

    def test_nothing_stays_in_the_environment_or_the_project(self, built: Built) -> None:
        assert not any(name.startswith(("FIELDHOUSE_DUCKDB", "FIELDHOUSE_TARGET")) for name in os.environ)
        assert not (PROJECT / "target").exists()
        assert not (PROJECT / "logs").exists()

    def test_deleted_rows_are_out_and_counted(self, built: Built) -> None:
        health = built.ask("SELECT account, table_name, live_rows, deleted_rows FROM marts.sync_health")
        live = {(account, table): rows for account, table, rows, _ in health}
        assert sum(deleted for *_, deleted in health if deleted) > 0
        assert live["notific", "tickets"] == len(built.truth["notific"]["tickets"])
        assert live["bossdesk", "tickets"] == len(built.truth["bossdesk"]["tickets"])
        assert built.report.rows["tickets"] == live["notific", "tickets"] + live["bossdesk", "tickets"]

    def test_the_calendar_knows_today_and_next_week(self, built: Built) -> None:
        today = built.now.date()
        days = "SELECT min(day), max(day) FROM marts.calendar WHERE weeks_from_now = {}"
        monday = today - timedelta(days=today.weekday())
        assert built.ask(days.format(0)) == [(monday, monday + timedelta(days=6))]
        assert built.ask(days.format(1)) == [(monday + timedelta(days=7), monday + timedelta(days=13))]
        assert built.ask("SELECT day, days_from_now FROM marts.calendar WHERE is_today") == [(today, 0)]


@needs_dbt
class TestQuestions:
    def test_open_tickets_by_team_and_age(self, built: Built) -> None:
        answer = built.answer("open_tickets_by_team_and_age")
        assert set(answer) == truth_of.open_tickets(built.truth, built.now)
        assert len(answer) > 10

    def test_first_response_by_week(self, built: Built) -> None:
        answer = {
            week: (count, real, own) for week, count, real, own in built.answer("first_response_by_week")
        }
        expected = truth_of.first_responses(built.truth)
        assert answer.keys() == expected.keys()
        assert len(answer) > 20
        for week, numbers in expected.items():
            assert answer[week] == pytest.approx(numbers, abs=1e-6), week

    def test_uncovered_shifts_next_week(self, built: Built) -> None:
        answer = built.answer("uncovered_shifts_next_week")
        assert set(answer) == truth_of.uncovered_next_week(built.truth, built.now.date())
        assert answer

    def test_hours_last_week(self, built: Built) -> None:
        today = built.now.date()
        last = today - timedelta(days=today.weekday() + 7)
        answer = {
            (last, who.rpartition(":")[2]): hours for _, who, *hours, _ in built.answer("hours_last_week")
        }
        expected = {
            key: hours for key, hours in truth_of.hours_by_week(built.truth).items() if key[0] == last
        }
        assert {key: tuple(map(float, hours)) for key, hours in answer.items()} == expected
        assert answer

    def test_hours_of_every_week(self, built: Built) -> None:
        """Two years with all their clock changes, and not only last week."""
        rows = built.ask(
            "SELECT week_starts_on, split_part(worker_key, ':', 3), scheduled_hours, clocked_hours, timecard_hours"
            " FROM marts.worker_hours_weekly"
        )
        hours = {(week, who): tuple(round(item, 2) for item in three) for week, who, *three in rows}
        assert hours == truth_of.hours_by_week(built.truth)

    def test_receivables_by_age(self, built: Built) -> None:
        answer = {
            (band, currency): (count, balance)
            for band, currency, count, balance, _ in built.answer("receivables_by_age")
        }
        assert answer == truth_of.receivables(built.truth, built.now)
        assert answer

    def test_each_question_is_one_query_that_says_what_it_asks(self) -> None:
        assert len(QUESTIONS) == 25
        for question in QUESTIONS:
            text = (PROJECT / "questions" / f"{question}.sql").read_text()
            assert text.startswith("-- ")
            assert "?" in text.splitlines()[0]
            assert text.lower().count("select") <= 2


RAW = """
CREATE SCHEMA {account};
CREATE TABLE {account}._syncs (table_name text, run_id text, finished_at timestamptz, outcome text);
INSERT INTO {account}._syncs VALUES ('tickets', 'r1', TIMESTAMPTZ '2026-11-01 00:00:00+00', 'ok');
CREATE TABLE {account}.tickets (
    id bigint, status text, created_at {time}, _deleted_at timestamptz, _row_hash bigint
);
INSERT INTO {account}.tickets VALUES
    (1, 'open', '2026-10-01 00:00:00+00', NULL, 1),
    (2, 'open', {odd}, NULL, 2),
    (3, 'open', '2026-10-02 00:00:00+00', TIMESTAMPTZ '2026-10-03 00:00:00+00', 3);
"""


@needs_dbt
def test_vendors_tables_and_columns_may_be_missing_and_accounts_many(
    warehouse_url: str, tmp_path: Path
) -> None:
    """Two accounts of one vendor with one table of few columns; in one of them a column turned into text.

    The data tests run on DuckDB; on Postgres too in the long version.
    """
    if warehouse_url.startswith("ducklake:"):
        pytest.skip("a lake's marts are built by DuckDB, and in the worlds of the oracle too")
    with open_warehouse(warehouse_url).session() as session:
        for account, time, odd in (("bossdesk", "timestamptz", "NULL"), ("bossdesk_emea", "text", "'once'")):
            for statement in RAW.format(account=account, time=time, odd=odd).split(";\n"):
                session.db.execute(statement) if statement.strip() else None
        session.db.execute("CREATE SCHEMA bossdesk_emea__landing")
    settings = load({"HOME": str(tmp_path)}, tmp_path, warehouse_url=warehouse_url)
    zones = {"bossdesk_emea": "Europe/Berlin"}
    tests = IS_LONG or warehouse_url.startswith("duckdb:")
    report = build(settings, variables={"zones": zones, "now": "2026-11-01T00:00:00Z"}, tests=tests)
    assert report.problems == ()
    assert report.rows["tickets"] == 4
    assert report.rows["jobs"] == report.rows["shifts"] == report.rows["people"] == 0
    with open_warehouse(warehouse_url).session() as session:
        tickets = session.fetch(
            "SELECT ticket_key, vendor, time_zone, opened_on::text, age_days FROM marts.tickets ORDER BY ticket_key"
        )
        health = session.fetch(
            "SELECT sync_key, live_rows, deleted_rows FROM marts.sync_health ORDER BY sync_key"
        )
    assert tickets == [
        ("bossdesk:ticket:1", "bossdesk", "UTC", "2026-10-01", 31),
        ("bossdesk:ticket:2", "bossdesk", "UTC", None, None),
        ("bossdesk_emea:ticket:1", "bossdesk", "Europe/Berlin", "2026-10-01", 31),
        ("bossdesk_emea:ticket:2", "bossdesk", "Europe/Berlin", None, None),
    ]
    assert health == [("bossdesk:tickets", 2, 1), ("bossdesk_emea:tickets", 2, 1)]


@needs_dbt
@pytest.mark.postgres
def test_postgres_gives_what_duckdb_gives(
    built: Built, world: World, postgres_url: str, tmp_path: Path
) -> None:
    """The raw tables of the DuckDB warehouse are copied over, so that one sync serves both.

    The unit tests of the models' logic run on DuckDB; on Postgres too in the long version.
    """
    copy_raw(built.path, postgres_url)
    settings = load({"HOME": str(tmp_path)}, tmp_path, warehouse_url=postgres_url)
    report = build(settings, variables={"now": built.now.isoformat()}, thorough=IS_LONG)
    assert report.problems == report.warnings == ()
    assert report.rows == built.report.rows
    with open_warehouse(postgres_url).session() as session:
        for question in QUESTIONS:
            sql = (PROJECT / "questions" / f"{question}.sql").read_text()
            assert rounded(session.fetch(sql)) == rounded(built.answer(question)), question
        result = compare(session.fetch, world)
        assert result.differences == []
        assert result.compared.total() > 100_000
        indexes = session.fetch(
            "SELECT tablename, bool_or(indexdef LIKE 'CREATE UNIQUE%'), count(*) FROM pg_indexes"
            " WHERE schemaname = 'marts' GROUP BY tablename"
        )
        assert {table for table, has_key, _ in indexes if has_key} == set(MARTS)
        assert sum(count for *_, count in indexes) > 90
    same_pages(built, postgres_url)


def same_pages(built: Built, postgres_url: str) -> None:
    """Every query of the dashboard, with everything chosen that can be."""
    accounts = ("bossdesk", "notific", "servicebridge", "servicesidekick", "shiftboard")
    days = built.now.date() - timedelta(days=200), built.now.date() + timedelta(days=20)
    choices = (
        Choice(accounts),
        Choice(accounts, accounts, (), *days),
        Choice(accounts, teams=("Apps", "no team")),
    )
    for choice in choices:
        queries = [render(name, choice) for name in names()]
        here = Reader(Place(f"duckdb:///{built.path}")).read(queries).answers
        there = Reader(Place(postgres_url)).read(queries).answers
        for name, one, other in zip(names(), here, there, strict=True):
            assert (one.problem, other.problem) == ("", ""), name
            assert one.columns == other.columns, name
            if name not in ("freshness", "catalogue"):
                assert len(one.rows) == len(other.rows), name
                for row, same in zip(sorted(one.rows, key=str), sorted(other.rows, key=str), strict=True):
                    # its ages, in tenths of an hour, are of the time of the query
                    near = 0.11 if name == "account_tables" else 0.011
                    assert [_near(value, near) for value in row] == [_near(value, near) for value in same], (
                        name
                    )


def _near(value: Any, near: float) -> Any:
    """The databases round a median that lies between two hundredths to either side."""
    is_number = not isinstance(value, (str, bool)) and hasattr(value, "__round__")
    return pytest.approx(float(value), abs=near) if is_number else value


@needs_dbt
def test_a_second_build_does_not_wait(built: Built, tmp_path: Path) -> None:
    settings = load({"HOME": str(tmp_path)}, tmp_path, warehouse_url=f"duckdb:///{built.path}")
    with (
        open_warehouse(settings.warehouse_url).account_lock("marts", "somebody"),
        pytest.raises(TryLater, match="somebody"),
    ):
        build(settings)


def test_without_dbt_the_extra_is_named(tmp_path: Path) -> None:
    settings = load({"HOME": str(tmp_path)}, tmp_path, warehouse_url=f"duckdb:///{tmp_path}/empty.duckdb")
    with pytest.raises(FixSettings, match=re.escape(install_command("marts"))):
        build(settings, find=lambda name: None)
    assert not (tmp_path / "empty.duckdb").exists()


def test_every_model_begins_with_its_grain() -> None:
    models = list((PROJECT / "models").rglob("*.sql"))
    assert len(models) > 50
    assert [path.name for path in models if not path.read_text().startswith("-- One row per ")] == []


def described() -> Iterator[tuple[str, str]]:
    """Every column of every mart that has a description."""
    from yaml import safe_load  # type: ignore[import-untyped]

    for path in (PROJECT / "models" / "marts").rglob("*.yml"):
        for model in safe_load(path.read_text()).get("models", ()):
            assert model["description"]
            for column in model["columns"]:
                assert column["description"].endswith("."), column
                yield model["name"], column["name"]
