"""Verify on vendors where people work: later changes are no differences, planted ones are found all the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldhouse.pipelines.inspect.verify import VerifyReport, verify_account
from fieldhouse.sources.engine.extract.run import Options
from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.sandbox import RealClock
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness

EDITS = 40


@pytest.fixture(params=SANDBOXES)
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SyncHarness]:
    """A vendor whose clock is ours, synced, and edited right after the sync."""
    sandbox = SANDBOXES[request.param](size=0.1, clock=RealClock())
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


def plant(at: SyncHarness, total: int = 50) -> dict[str, dict[str, int]]:
    """Alter and delete rows in the warehouse that nobody edited at the vendor; the counts by table and kind."""
    changed = {(row.table.partition("__")[0], str(row.key[0])) for row in at.differences() if row.key}
    dice, left = random.Random(7), total
    planted: dict[str, dict[str, int]] = {}
    schema = at.account.schema
    with at.warehouse.session() as session:
        catalogue = session.catalogue(schema)
        for table in at.account.tables():
            key, ref = table.key[0], f"{schema}.{table.name}"
            columns = catalogue.get(table.name, {})
            texts = [
                name for name, kind in columns.items() if kind == "text" and name[0] != "_" and name != key
            ]
            if (
                len(table.key) > 1
                or not texts
                or table.strategy in ("derived", "window")
                or table.deletes == "never"
            ):
                continue
            rows = session.fetch(f"SELECT {key} FROM {ref} WHERE _deleted_at IS NULL ORDER BY 1")
            keys = [row_key for (row_key,) in rows if (table.name, str(row_key)) not in changed]
            chosen = dice.sample(keys, min(len(keys) // 3, left))
            for number, row_key in enumerate(chosen):
                change = (
                    f"UPDATE {ref} SET {texts[0]} = 'altered by hand'" if number % 2 else f"DELETE FROM {ref}"
                )
                session.db.execute(f"{change} WHERE {key} = '{row_key}'")
            left -= len(chosen)
            counts = {"missing": (len(chosen) + 1) // 2, "stale": len(chosen) // 2}
            if chosen:
                planted[table.name] = {kind: count for kind, count in counts.items() if count}
    assert left < total
    return planted
