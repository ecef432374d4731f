"""A warehouse that version 0.1 wrote syncs on: no row is rewritten, no cursor lost, the same requests are sent.

The warehouse holds a small vendor of the test's own (``shop.py``) after two syncs by version 0.1, as a DuckDB file and
as a Postgres dump; ``requests.json`` are the requests of that version's next sync. ``states.json`` are the states that
it kept of all tables of the five vendors.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from fieldhouse.pipelines.sync.account_sync import sync_account
from fieldhouse.sources.engine.changes.cursor_time import stamp
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.table_state import TableState
from fieldhouse.warehouse.connect import Warehouse, open_warehouse

from .shop import TABLES, account

HERE = Path(__file__).parent
REQUESTS: dict[str, list[str]] = json.loads((HERE / "requests.json").read_text("utf-8"))
STATES: dict[str, dict[str, dict[str, Any]]] = json.loads((HERE / "states.json").read_text("utf-8"))


@pytest.fixture
def warehouse(warehouse_url: str) -> Warehouse:
    """The warehouse of version 0.1, in a place of its own."""
    if warehouse_url.startswith("ducklake"):
        pytest.skip("version 0.1 had no lakes")
    if warehouse_url.startswith("duckdb"):
        path = Path(warehouse_url.removeprefix("duckdb:///"))
        path.write_bytes(gzip.decompress((HERE / "warehouse.duckdb.gz").read_bytes()))
    else:
        with psycopg2.connect(warehouse_url) as connection, connection.cursor() as cursor:
            cursor.execute((HERE / "postgres.sql").read_text("utf-8"))
        connection.close()
    return open_warehouse(warehouse_url, lock_wait=20)


def rows(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    with warehouse.session() as session:
        return {
            table.name: session.fetch(
                f"SELECT id, _synced_at, _row_hash, _deleted_at FROM shop.{table.name} ORDER BY 1"
            )
            for table in TABLES
        }


def states(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    with warehouse.session() as session:
        return {name: state for name, state in session.states("shop").items() if not name.startswith("_")}


@pytest.mark.parametrize(
    ("options", "requests"),
    [(Options(), "plain"), (Options(sweep=True), "sweep"), (Options(full=True), "full")],
    ids=["plain", "sweep", "full"],
)
def test_the_next_sync_is_the_one_that_version_0_1_would_make(
    warehouse: Warehouse, options: Options, requests: str
) -> None:
    before, old_states, log = rows(warehouse), states(warehouse), list[str]()
    assert all("version" not in state for state in old_states.values())
    report = sync_account(account(log), warehouse, options, tables=TABLES)
    assert report.exit_code == 0, [outcome.error for outcome in report.outcomes]
    assert {outcome.table: outcome.rows_written for outcome in report.outcomes} == dict.fromkeys(before, 0)
    after = rows(warehouse)
    if options.full:  # details that are read again and are equal count as synced now
        after["orders"] = [
            (*row[:1], *old[1:2], *row[2:])
            for row, old in zip(after["orders"], before["orders"], strict=True)
        ]
    assert after == before
    assert sorted(log) == REQUESTS[requests]
    new_states = states(warehouse)
    assert {name: state.get("cursor") for name, state in new_states.items()} == {
        name: state.get("cursor") for name, state in old_states.items()
    }
    assert all(TableState.from_json(state).to_json() == state for state in new_states.values())
    assert {state["version"] for state in new_states.values()} == {2}


@pytest.mark.parametrize(
    ("vendor", "table"), [(vendor, table) for vendor, tables in STATES.items() for table in tables]
)
def test_a_state_of_version_0_1_is_read_without_loss(vendor: str, table: str) -> None:
    stored = STATES[vendor][table]
    state = TableState.from_json(stored)
    assert as_version_1(state) == {name: value for name, value in stored.items() if value is not None}
    assert TableState.from_json(state.to_json()) == state


def as_version_1(state: TableState) -> dict[str, Any]:
    """The state in the keys of version 0.1, written down here a second time."""
    scan = state.cost.scan if state.cost else None
    cost = None
    if state.cost:
        cost = {"details": state.cost.details}
        if state.cost.changes is not None:
            cost["changes"] = state.cost.changes
        if scan:
            cost |= {
                "scan": scan.requests,
                "rows": scan.rows,
                "pages": list(scan.pages),
                "unsettled": scan.unsettled,
                "totals": scan.has_totals,
            }
    proof = state.filter_proof
    written = {
        "cursor": state.cursor,
        "asked_at": state.server_time,
        "asked_here": state.local_time,
        "lag": state.read_seconds or None,
        "swept_at": state.last_full_scan,
        "filling": state.initial_load_from,
        "proof": proof
        and {"honoured": proof.is_honoured, "at": proof.checked_at and stamp(proof.checked_at)},
        "unordered": state.order_rejected or None,
        "from": state.window_start and state.window_start.isoformat(),
        "windows": [[first.isoformat(), last.isoformat()] for first, last in state.backfilled] or None,
        "synced_at": state.last_sync,
        "shape": state.schema_hash,
        "cost": cost,
    }
    return {
        name: stamp(value) if hasattr(value, "tzinfo") else value
        for name, value in written.items()
        if value is not None
    }
