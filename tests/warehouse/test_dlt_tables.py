"""dlt's tables in an account's schema: dataset access on what ``fieldhouse sync`` wrote, old warehouses included."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt._workspace.cli._pipeline_command import pipeline_command

from tests.support.sync_harness import SyncHarness, open_harness
from tests.support.vendors.vendor_suite import sandbox_of


@pytest.fixture(params=["duckdb", "postgres"])
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SyncHarness]:
    url = (
        request.getfixturevalue("postgres_url")
        if request.param == "postgres"
        else f"duckdb:///{tmp_path}/warehouse.duckdb"
    )
    with open_harness(sandbox_of("notific"), url, tmp_path) as made:
        yield made


def _destination(harness: SyncHarness) -> Any:
    url = harness.url
    duckdb, postgres = dlt.destinations.duckdb, dlt.destinations.postgres
    return duckdb(url.removeprefix("duckdb:///")) if url.startswith("duckdb:") else postgres(url)


def _dataset(harness: SyncHarness) -> Any:
    return dlt.dataset(_destination(harness), "notific")


def _loads_without_a_row(harness: SyncHarness) -> list[Any]:
    tables = harness.snapshot().columns
    loads = " UNION ".join(f'SELECT _dlt_load_id AS load_id FROM notific."{table}"' for table in tables)
    return harness.fetch(
        f"SELECT load_id FROM ({loads}) AS n WHERE load_id NOT IN (SELECT load_id FROM notific._dlt_loads)"
    )


def test_dataset_of_dlt_reads_what_a_sync_wrote(harness: SyncHarness) -> None:
    harness.sync()
    dataset = _dataset(harness)
    assert {"tickets", "tickets__customer_ids", "_dlt_loads"} <= set(dataset.tables)
    rows = dataset.tickets.df()
    assert len(rows) == len(harness.sandbox.truth()["tickets"])
    columns = dataset.schema.tables["tickets"]["columns"]
    assert columns["id"] == {"name": "id", "data_type": "bigint", "nullable": False, "primary_key": True}
    assert columns["_synced_at"]["data_type"] == "timestamp"
    assert "tickets__customer_ids" in dataset.schema.to_mermaid()


def test_pipeline_command_of_dlt_describes_what_a_sync_wrote(
    harness: SyncHarness,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SCHEMA__NAMING", "snake_case")  # as in a project of its own
    harness.sync()
    folder = str(tmp_path / "pipelines")
    pipeline = dlt.attach(
        "notific", pipelines_dir=folder, destination=_destination(harness), dataset_name="notific"
    )
    counts = dict(pipeline.dataset().row_counts().fetchall())
    assert counts == {name: len(rows) for name, rows in harness.snapshot().rows.items()}
    pipeline_command("info", "notific", folder, 0)
    assert "tickets with 1 table(s)" in capsys.readouterr().out


def test_each_load_of_a_row_is_entered_once(harness: SyncHarness) -> None:
    for _ in range(2):
        harness.sync()
        harness.sandbox.edit(5)
    assert _loads_without_a_row(harness) == []
    (counts,) = harness.fetch("SELECT count(*), count(DISTINCT load_id) FROM notific._dlt_loads")
    assert counts[0] == counts[1] > 0


def test_sync_without_changes_writes_nothing_to_the_tables_of_dlt(harness: SyncHarness) -> None:
    harness.sync()
    count = (
        "SELECT (SELECT count(*) FROM notific._dlt_loads), (SELECT max(version) FROM notific._dlt_version)"
    )
    before = harness.fetch(count)
    harness.sync()
    assert harness.fetch(count) == before


def test_new_column_is_in_the_stored_schema(harness: SyncHarness) -> None:
    harness.sync()
    ticket: Any = harness.sandbox
    ticket.change("tickets", harness.sandbox.truth()["tickets"][0]["Id"])
    with harness.warehouse.session() as session:
        session.db.execute("ALTER TABLE notific.tickets ADD COLUMN severity text")
    harness.sync()
    assert "severity" in _dataset(harness).schema.tables["tickets"]["columns"]


def test_loads_of_an_older_warehouse_are_entered(harness: SyncHarness) -> None:
    harness.sync()
    rows = harness.snapshot().rows
    with harness.warehouse.session() as session:
        session.db.execute("DROP TABLE notific._dlt_loads")
        session.db.execute("DROP TABLE notific._dlt_version")
    harness.sync()
    assert _loads_without_a_row(harness) == []
    assert harness.snapshot().rows == rows
    assert len(_dataset(harness).tickets.df()) == len(rows["tickets"])
