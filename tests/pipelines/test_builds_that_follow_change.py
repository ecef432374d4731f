"""Which models a build upon the last one makes, and what readers see meanwhile."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from fieldhouse.pipelines.build_marts import PROJECT, BuildReport, build
from fieldhouse.pipelines.config.settings import load
from fieldhouse.pipelines.marts_changes import CALENDAR_ZONE
from fieldhouse.warehouse.connect import open_warehouse
from tests.benchmarks.marts.large_warehouse import change_rows, write_large_warehouse
from tests.support.marts.marts_warehouse import needs_dbt
from tests.support.postgres.postgres_server import copied_database
from tests.support.runs.long_runs import leave_to_long_runs
from tests.support.runs.shared_fixture import make_once

NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
TICKETS, VISITS = 40, 80


def names(text: str) -> set[str]:
    return set(text.split())


STAGING = names("""
    stg_bossdesk__tickets stg_bossdesk__ticket_comments stg_bossdesk__ticket_time_entries stg_servicebridge__visits
    stg_servicebridge__work_orders stg_servicebridge__invoices stg_servicebridge__payments
""")
KEYED = names("""
    int_work_spans int_span_days int_technician_work
    tickets ticket_metrics sla agent_time ticket_tags ticket_tasks ticket_approvals
    jobs job_cycle_times revenue_by_job visits visit_technicians first_time_fix
    technician_days technician_utilisation_daily utilisation_weekly
    invoices invoice_lines payments receivables_ageing revenue_by_month work_items
""")
"""Models of which only rows of some keys are made after a change of tickets, visits, orders, invoices, payments."""
REBUILT = names("""
    assets attendance calendar data_quality int_technicians job_status_history stg_fieldhouse__row_counts
    stg_fieldhouse__syncs sync_health ticket_assets ticket_backlog_daily ticket_status_history
""")
"""Models of which every row is made: small, or aggregates of all rows, or of accounts with a history."""
KEYED_NEXT_DAY = names("""
    agent_time int_span_days invoice_lines invoices job_cycle_times jobs payments receivables_ageing revenue_by_job
    revenue_by_month sla technician_utilisation_daily ticket_approvals ticket_metrics ticket_tags ticket_tasks tickets
    work_items
""")
REBUILT_NEXT_DAY = (REBUILT - {"int_technicians", "ticket_assets"}) | names(
    "accounts estimates int_account_zones int_business_days technician_days utilisation_weekly"
)
"""Models that are made without a change of any raw row, because a day has begun."""
_SYNCED = "_synced_at = TIMESTAMPTZ '2026-11-02 09:01:00+00'"
_EDITS = {
    "bossdesk.tickets__comments": "is_public = false, {} WHERE _parent_id = 7",
    "bossdesk.tickets__time_entries": "duration = 77, {} WHERE _parent_id = 8",
    "servicebridge.work_orders": "total = 77, priority = 'High', {} WHERE id = 6",
    "servicebridge.invoices": "total = 1, balance = 1, {} WHERE id = 4",
    "servicebridge.payments": "amount = 1, {} WHERE id = 5",
}


@pytest.fixture(scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def first_build(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A desk and a field service, built once for all tests, of which each gets a copy."""

    def build_in(folder: Path, place: str) -> str:
        with open_warehouse(place).session() as session:
            write_large_warehouse(session, TICKETS, VISITS)
        built(place, folder, timedelta(0))
        return place

    if request.param == "postgres":
        place = str(request.getfixturevalue("module_postgres_url"))
        return build_in(tmp_path_factory.mktemp("first-build"), place)
    made = make_once(
        tmp_path_factory, "first-build", lambda folder: build_in(folder, f"duckdb:///{folder}/w.duckdb")
    )
    return str(made)


@pytest.fixture
def url(first_build: str, tmp_path: Path) -> Iterator[str]:
    if first_build.startswith("duckdb"):
        shutil.copy(first_build.removeprefix("duckdb:///"), tmp_path / "w.duckdb")
        yield f"duckdb:///{tmp_path}/w.duckdb"
    else:
        with copied_database(first_build) as copy:
            yield copy


def built(url: str, folder: Path, later: timedelta) -> BuildReport:
    settings = load({"HOME": str(folder)}, folder, warehouse_url=url)
    report = build(settings, variables={"now": (NOW + later).isoformat()}, tests=False, full=False)
    assert report.problems == ()
    return report


def models(report: BuildReport, way: str) -> set[str]:
    return {model for model, made in report.ways.items() if made == way}


@needs_dbt
def test_only_rows_of_changed_keys_are_made_of_large_models(url: str, tmp_path: Path) -> None:
    if not url.startswith("duckdb:"):
        leave_to_long_runs()
    with open_warehouse(url).session() as session:
        change_rows(session, 4, TICKETS, VISITS, 1)
        for table, edit in _EDITS.items():
            session.db.execute(f"UPDATE {table} SET {edit.format(_SYNCED)}")
    report = built(url, tmp_path, timedelta(minutes=1))
    assert models(report, "keyed") == STAGING | KEYED
    assert models(report, "rebuilt") == REBUILT
    assert len(models(report, "same")) > 60


@needs_dbt
def test_a_new_day_rebuilds_only_what_has_a_row_for_it(url: str, tmp_path: Path) -> None:
    if not url.startswith("duckdb:"):
        leave_to_long_runs()
    report = built(url, tmp_path, timedelta(days=1))
    assert models(report, "keyed") == KEYED_NEXT_DAY
    assert models(report, "rebuilt") == REBUILT_NEXT_DAY


@needs_dbt
def test_readers_see_complete_sets_only_while_rows_of_keys_change(url: str, tmp_path: Path) -> None:
    """In a process of its own, as a dashboard reads."""
    stop = tmp_path / "stop"
    command = [sys.executable, "-m", "tests.support.marts.marts_reader", url, str(stop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
        try:
            assert reader.stdout
            seen = [reader.stdout.readline()]
            with open_warehouse(url).session() as session:
                change_rows(session, 4, TICKETS, VISITS, 1)
                session.db.execute(
                    "INSERT INTO bossdesk.tickets (id, status, created_at, _synced_at, _row_hash)"
                    " SELECT 100 + n, 'open', TIMESTAMPTZ '2026-10-05 08:00:00+00',"
                    " TIMESTAMPTZ '2026-11-02 09:00:00+00', n FROM generate_series(1, 3) AS numbers (n)"
                )
            assert built(url, tmp_path, timedelta(minutes=1)).ways["tickets"] == "keyed"
            seen.append(
                reader.stdout.readline()
            )  # the next build may be faster than a reader that waits for its turn
            with open_warehouse(url).session() as session:
                session.db.execute("DELETE FROM bossdesk.tickets WHERE id IN (101, 5, 6, 7, 8)")
            assert built(url, tmp_path, timedelta(minutes=2)).ways["tickets"] == "keyed"
        finally:
            stop.touch()
        rest, errors = reader.communicate(timeout=60)
    assert (reader.returncode, errors) == (0, "")
    assert [set(line.split()) for line in [*seen, *rest.splitlines()]] == [{"40"}, {"43"}, {"38"}]


def test_columns_that_a_model_does_not_read_are_not_in_its_sql() -> None:
    """Columns of a parent whose changes alone make no row again: those of `without` and `ignoring`."""
    listed = 0
    for path in sorted((PROJECT / "models").rglob("*.sql")):
        code = path.read_text()
        query = re.sub(r"\{\{ config\(.*?\) \}\}\n", "", code, flags=re.DOTALL)
        unread = re.findall(r"'without': (\[[^]]+\])", code) + re.findall(
            r"config\(ignoring=(\{.*?\})\)", code
        )
        for column in re.findall(r"'(\w+)'(?!:)", " ".join(unread)):
            listed += 1
            assert not re.search(rf"\b{column}\b", query), (path.stem, column)
    assert listed > 30


def test_the_zone_of_the_calendar_has_the_default_of_the_project() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    assert project["vars"]["zone"] == CALENDAR_ZONE
