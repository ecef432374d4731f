"""A time that cannot be is null, its text is kept beside it, and the run reports it: for every vendor."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldhouse.sources.sandbox import SANDBOXES
from tests.support.sync_harness import duckdb_url, open_harness

TEXT = "2016-10-23T12:45:74.234Z"


@pytest.mark.parametrize(
    ("vendor", "table", "field", "column"),
    [
        ("bossdesk", "groups", "created_at", "created_at"),
        ("bossdesk", "tags", "updated_at", "updated_at"),
        ("servicebridge", "invoices", "DueDate", "due_date"),
        ("servicesidekick", "tasks", "completed_at", "completed_at"),
        ("notific", "tickets", "EndTime", "end_time"),
        ("shiftboard", "manager_notes", "creation_date", "creation_date"),
    ],
)
def test_impossible_time_is_null_and_its_text_is_kept(
    vendor: str, table: str, field: str, column: str, tmp_path: Path
) -> None:
    box = SANDBOXES[vendor](size=0.03)
    box.add_field(table, field, TEXT)  # type: ignore[attr-defined]
    with open_harness(box, duckdb_url(tmp_path), tmp_path) as at:
        report = at.sync(table)
        (outcome,) = [outcome for outcome in report.outcomes if outcome.table == table]
        assert report.exit_code == 0
        assert any("impossible time" in note for note in outcome.notes), outcome.notes
        assert "12:45:74" not in " ".join(outcome.notes)
        kept = f"SELECT DISTINCT {column}, {column}__v_text FROM {at.account.schema}.{table}"
        assert at.fetch(kept) == [(None, TEXT)]
        (again,) = [outcome for outcome in at.sync(table).outcomes if outcome.table == table]
        assert again.rows_written == 0
