"""Verify on vendors where people work: later changes are no differences, planted ones are found all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldhouse.pipelines.inspect.verify import VerifyReport, verify_account
from fieldhouse.sources.engine.extract.run import Options
from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.sandbox import RealClock
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness
from tests.support.warehouse.planted_differences import plant

EDITS = 40


@pytest.fixture(params=SANDBOXES)
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SyncHarness]:
    """A vendor whose clock is ours, synced, and edited right after the sync."""
    sandbox = SANDBOXES[request.param](size=0.1, clock=RealClock(), edge_cases=True)
    with open_harness(sandbox, duckdb_url(tmp_path), tmp_path) as harness:
        assert harness.sync().exit_code == 0
        sandbox.edit(EDITS)
        yield harness


def test_a_lost_row_is_found_in_a_table_whose_lists_repeat_the_rows(tmp_path: Path) -> None:
    """Seven parents list the same three types: 21 rows are read, and two that are left are not more than that."""
    sandbox = SANDBOXES["shiftboard"](size=0.05, clock=RealClock())
    with open_harness(sandbox, duckdb_url(tmp_path), tmp_path) as at:
        assert at.sync().exit_code == 0
        with at.warehouse.session() as session:
            ((key, count),) = session.fetch("SELECT min(id), count(*) FROM shiftboard.attestation_types")
            session.db.execute(f"DELETE FROM shiftboard.attestation_types WHERE id = '{key}'")
        report = verify(at)
    assert count > 1
    assert {table.table: dict(+table.counts) for table in report.tables if table.differences} == {
        "attestation_types": {"missing": 1}
    }


def verify(at: SyncHarness) -> VerifyReport:
    return verify_account(at.account, at.warehouse, Options(), tables=at.account.tables(), tick=0.01)


def test_only_planted_differences_are_found_while_people_work(at: SyncHarness) -> None:
    report = verify(at)
    assert {table.table: dict(+table.counts) for table in report.tables if table.differences} == {}
    assert (report.exit_code, report.later > 0) == (0, True)
    planted = plant(at)
    report = verify(at)
    assert report.exit_code == 4
    assert {table.table: dict(+table.counts) for table in report.tables if table.differences} == planted
