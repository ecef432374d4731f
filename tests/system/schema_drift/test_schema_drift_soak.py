"""A few weeks of the schema drift soak (`schema_drift_soak.py` runs a whole year)."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldhouse.sources.sandbox import SANDBOXES
from tests.support.sync_harness import duckdb_url
from tests.system.schema_drift.schema_drift_soak import live

WEEKS = 4


@pytest.mark.parametrize("vendor", SANDBOXES)
def test_weeks_of_drift_lose_nothing_and_stop_nothing(vendor: str, tmp_path: Path) -> None:
    year = live(vendor, duckdb_url(tmp_path), tmp_path, weeks=WEEKS, seed=3)
    assert len(year.messages) == WEEKS
    stored = year.made.snapshot()
    for table, _ in year.fields:
        assert stored.live(table)
    changed = {
        row["table_name"].partition("__")[0] for row in stored.books["_schema_changes"] if row["column_name"]
    }
    assert changed & {
        table for table, kind in ((key[0], kind) for key, kind in year.fields.items()) if kind != "null"
    }
