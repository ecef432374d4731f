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
