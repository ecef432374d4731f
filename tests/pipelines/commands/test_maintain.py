"""``maintain`` prunes the run log, and nothing that ``status`` or the next sync needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fieldhouse.pipelines.sync.run_log import prune_run_log
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.cli_runner import CommandRunner, command_runner
from tests.support.sync_harness import open_harness


def test_old_runs_go_and_status_stays(warehouse_url: str, tmp_path: Path) -> None:
    with open_harness(NotificSandbox(size=0.05, edge_cases=True), warehouse_url, tmp_path) as at:
        for _ in range(3):
            assert at.sync("tickets", "services").exit_code == 0
        with at.warehouse.session() as session:
            session.db.execute("UPDATE notific._syncs SET finished_at = finished_at - INTERVAL '100' DAY")
            assert prune_run_log(session, "notific", datetime.now(UTC) - timedelta(days=90)) == 4
            rows = session.fetch("SELECT table_name, count(*) FROM notific._syncs GROUP BY 1 ORDER BY 1")
            assert rows == [("services", 1), ("tickets", 1)]


def test_recent_runs_stay(tmp_path: Path) -> None:
    with command_runner(tmp_path, NotificSandbox(size=0.05, edge_cases=True)) as at:
        at.run("sync")
        at.run("sync")
        before = at.run("status", "--json").json
        assert at.run("maintain", "--json").json == {"vendors": {"notific": {"runs_pruned": 0}}}
        assert at.run("maintain", "--keep", "0").code == 0
        file = next(tmp_path.glob("*.duckdb")).stat()
        assert file.st_blocks * 512 < file.st_size / 2  # blocks of small tables are zeros for the most part
        assert len(at.run("runs", "--json").json["runs"]) == 1
        tables = at.run("status", "--json").json["vendors"]["notific"]["tables"]
        for name, table in before["vendors"]["notific"]["tables"].items():
            assert {**table, "age_seconds": 0} == {**tables[name], "age_seconds": 0}


def test_the_last_good_run_outlives_failures(tmp_path: Path) -> None:
    sandbox = NotificSandbox(size=0.05, edge_cases=True)
    with command_runner(tmp_path, sandbox) as at:
        at.run("sync")
        last_sync = at.run("status", "--json").json["vendors"]["notific"]["tables"]["tickets"]["last_sync"]
        for _ in range(2):
            assert at.run("sync", SOURCES__NOTIFIC__API_KEY="wrong-key").code == 2
        assert at.run("maintain", "--keep", "0").code == 0
        table = at.run("status", "--json").json["vendors"]["notific"]["tables"]["tickets"]
        assert (table["last_sync"], table["exit_code"]) == (last_sync, 2)


@pytest.mark.parametrize("age", ["soon", "-1d"])
def test_a_period_that_is_none_is_refused(tmp_path: Path, age: str) -> None:
    assert CommandRunner(tmp_path).run("maintain", "--keep", age).code == 2
    assert open_warehouse(f"duckdb:///{tmp_path}/warehouse.duckdb").exists() is False
