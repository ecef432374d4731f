"""Builds change all marts together or not at all, and say what was skipped."""

from __future__ import annotations

import json
import os
import stat
import threading
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fieldhouse.pipelines.build_marts import BuildReport, EmptyColumn, Problem, Quality, build
from fieldhouse.pipelines.commands import build as command
from fieldhouse.pipelines.config.settings import Settings, load
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.marts.marts_warehouse import needs_dbt
from tests.support.marts.raw_tables import World, write_tables
from tests.support.postgres.pgbouncer import pgbouncer, program

NOW = {"now": "2026-11-02T15:00:00Z"}


def world(tickets: int) -> World:
    opened = datetime(2026, 10, 1, tzinfo=UTC)
    return {
        "bossdesk": {
            "tickets": [{"id": number, "status": "open", "created_at": opened} for number in range(tickets)],
            "users": [{"id": 1, "first_name": "Ada", "email": "ada@example.test"}],
        }
    }


def settings_of(url: str, folder: Path, **more: str) -> Settings:
    return load({"HOME": str(folder), **more}, folder, warehouse_url=url)


def ask(url: str, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(url).session() as session:
        return session.fetch(sql)


def execute(url: str, *statements: str) -> None:
    with open_warehouse(url).session() as session:
        for statement in statements:
            session.db.execute(statement)


BREAK_TICKETS = (
    "ALTER TABLE bossdesk.tickets RENAME TO tickets_kept",
    "CREATE VIEW bossdesk.tickets AS SELECT id, created_at, _row_hash, _deleted_at,"
    " CAST(CAST('no number ' || CAST(id AS text) AS integer) AS text) AS status FROM bossdesk.tickets_kept",
)
"""Make a table that nobody can read whole: the first model that reads it fails, and others derive from that."""


@needs_dbt
def test_a_build_publishes_and_a_failed_one_leaves_all_marts_and_the_copy_as_they_were(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, copy = f"duckdb:///{tmp_path}/warehouse.duckdb", tmp_path / "copy.duckdb"
    write_tables(url, world(3))
    settings = settings_of(url, tmp_path, WAREHOUSE__PUBLISH=str(copy))
    monkeypatch.setattr(command, "build", partial(build, tests=False))  # models fail here, and no data test
    assert command.run(settings) == 0
    assert "is empty in all" not in capsys.readouterr().out
    with duckdb.connect(str(copy), read_only=True) as stored:
        assert stored.sql("SELECT count(*) FROM marts.tickets").fetchall() == [(3,)]
    assert stat.S_IMODE(os.stat(copy).st_mode) == 0o600
    published = copy.read_bytes()
    execute(
        url,
        "INSERT INTO bossdesk.tickets (id, status) VALUES (9, 'open')",
        "UPDATE bossdesk.users SET id = 2",
        *BREAK_TICKETS,
    )
    assert command.run(settings, as_json=True) == 1
    document = json.loads(capsys.readouterr().out)
    assert [(problem["kind"], problem["name"]) for problem in document["problems"]] == [
        ("model", "stg_bossdesk__tickets")
    ]
    assert {"tickets", "ticket_metrics", "sla", "ticket_backlog_daily", "work_items"} <= set(
        document["skipped"]
    )
    assert document["rows"] == {}
    assert copy.read_bytes() == published
    assert ask(url, "SELECT count(*) FROM marts.tickets") == [(3,)]
    assert ask(url, "SELECT person_key FROM marts.people") == [("person:bossdesk:user:1",)]
    assert ("marts__next",) not in ask(url, "SELECT DISTINCT table_schema FROM information_schema.tables")


def test_the_report_names_what_failed_what_was_skipped_and_what_cannot_be_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    problem = Problem("model", "tickets", "no such column")
    command.print_build(BuildReport(models=3, problems=(problem,), skipped=("sla", "work_items")))
    output = capsys.readouterr().out
    assert "error: model tickets: no such column" in output
    assert "skipped because of that: sla, work_items" in output
    assert "as they were before this build, and nothing was published" in output
    quality = Quality("shiftboard.shifts", "no day", 2, "shiftboard:shift:7", "is in no day or week")
    command.print_build(BuildReport(models=3, rows={"tickets": 1}, quality=(quality,)))
    output = capsys.readouterr().out
    assert (
        "shiftboard.shifts: no day: 2 rows, for example shiftboard:shift:7; such a row is in no day or week"
        in output
    )
    assert "marts.data_quality" in output
    empty = EmptyColumn("jobs", "total", "servicebridge", 4)
    command.print_build(BuildReport(models=3, rows={"jobs": 4}, empty=(empty,)))
    output = capsys.readouterr().out
    assert "warning: marts.jobs.total is empty in all 4 rows of servicebridge" in output


@pytest.fixture(scope="module")
def first_build(module_postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> BuildReport:
    """The first build of the module's Postgres database, through a pooler if there is one."""
    write_tables(module_postgres_url, world(3))
    folder = tmp_path_factory.mktemp("first-build")
    pooler = pgbouncer(module_postgres_url, "session") if program() else nullcontext(module_postgres_url)
    with pooler as url:
        return build(settings_of(url, folder), variables=NOW, tests=False)


@needs_dbt
@pytest.mark.postgres
@pytest.mark.skipif(not program(), reason="pgbouncer is not installed: apt install pgbouncer")
def test_marts_are_built_through_a_pooler_in_session_mode(first_build: BuildReport) -> None:
    assert (first_build.exit_code, first_build.rows["tickets"]) == (0, 3)


@needs_dbt
@pytest.mark.postgres
def test_a_reader_sees_only_complete_sets_whether_a_build_succeeds_or_fails(
    module_postgres_url: str, first_build: BuildReport, tmp_path: Path
) -> None:
    """Each set of marts has as many metrics as tickets. A view and a grant of readers stay."""
    postgres_url = module_postgres_url
    settings = settings_of(postgres_url, tmp_path)
    assert first_build.exit_code == 0
    execute(postgres_url, "CREATE VIEW public.mine AS SELECT count(*) AS tickets FROM marts.tickets")
    seen, problems, stop = set(), [], threading.Event()
    together = (
        "SELECT (SELECT count(*) FROM marts.tickets), (SELECT count(*) FROM marts.ticket_metrics),"
        " (SELECT count(*) FROM marts.sla), (SELECT count(*) FROM marts.work_items), (SELECT tickets FROM public.mine)"
    )

    def read() -> None:
        with open_warehouse(postgres_url).session() as session:
            while not stop.wait(0.01):
                try:
                    seen.add(tuple(int(count) for count in session.fetch(together)[0]))
                except Exception as error:  # noqa: BLE001 - whatever a reader meets is a failure of this test
                    problems.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        execute(
            postgres_url,
            "INSERT INTO bossdesk.tickets (id, status) SELECT 100 + n, 'open' FROM generate_series(1, 4) AS n",
            "DELETE FROM bossdesk.tickets WHERE id = 0",
        )
        build(settings, variables=NOW, tests=False)
        execute(postgres_url, "DELETE FROM bossdesk.tickets WHERE id = 101", *BREAK_TICKETS)
        assert build(settings, variables=NOW, tests=False).exit_code == 1
        stop.wait(0.1)
    finally:
        stop.set()
        reader.join()
    assert problems == []
    assert seen == {(3,) * 5, (6,) * 5}
