"""``--full`` makes a table what a fresh warehouse would hold: it compares values, not remembered hashes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.bossdesk import BossDeskSandbox
from fieldhouse.sources.sandbox.notific import NotificSandbox
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.servicesidekick import ServiceSidekickSandbox
from fieldhouse.sources.sandbox.shiftboard.api import ShiftboardSandbox
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness
from tests.support.warehouse.warehouse_snapshot import Snapshot


def with_field(path: str) -> Any:
    """Each record of a list at ``path`` has one more field."""

    def answer(call: Call, honest: Answer) -> Answer | None:
        if not call.path.endswith(path):
            return None
        rows = [{**row, "vip": True} for row in json.loads(honest.body)]
        return Answer(honest.status, json.dumps(rows).encode(), honest.headers)

    return answer


def written(harness: SyncHarness, table: str, **options: Any) -> int:
    report = harness.sync(table, **options)
    assert report.exit_code == 0, [outcome.error for outcome in report.outcomes]
    return next(outcome.rows_written for outcome in report.outcomes if outcome.table == table)


@pytest.mark.parametrize("how", [{"full": True}, {"sweep": True}], ids=["full", "sweep"])
def test_a_field_that_was_discarded_arrives_after_the_return_to_evolve(
    warehouse_url: str, tmp_path: Path, how: dict[str, bool]
) -> None:
    box = BossDeskSandbox(size=0.2, edge_cases=True)
    rows = len(box.truth()["groups"])
    box.faults.append(with_field("/groups"))
    with open_harness(box, warehouse_url, tmp_path, schema_drift="discard") as harness:
        box.faults.clear()
        written(harness, "groups")
        box.faults.append(with_field("/groups"))
        written(harness, "groups", full=True)
        assert "vip" not in harness.snapshot().columns["groups"]
        assert written(harness, "groups", full=True) == 0
    with open_harness(box, warehouse_url, tmp_path) as harness:
        assert written(harness, "groups", **how) == rows
        assert {row["vip"] for row in harness.snapshot().live("groups")} == {True}
        assert written(harness, "groups", **how) == 0
        assert written(harness, "groups") == 0
    with open_harness(box, warehouse_url, tmp_path, schema_drift="discard") as harness:
        assert written(harness, "groups", **how) == 0
    with open_harness(box, warehouse_url, tmp_path) as harness:
        assert written(harness, "groups", **how) == 0


@pytest.mark.parametrize(
    ("vendor", "table", "field"),
    [
        ("servicesidekick", "tasks", "vip"),
        ("servicebridge", "payments", "Vip"),
        ("notific", "customers", "Vip"),
        ("shiftboard", "clients", "vip"),
    ],
)
def test_a_discarded_field_arrives_at_every_vendor(
    tmp_path: Path, vendor: str, table: str, field: str
) -> None:
    box = SANDBOXES[vendor](size=0.03)
    rows = len(box.truth()[table])
    with open_harness(box, duckdb_url(tmp_path), tmp_path, schema_drift="discard") as harness:
        written(harness, table)
        box.add_field(table, field, True)  # type: ignore[attr-defined]
        written(harness, table, full=True)
        assert "vip" not in harness.snapshot().columns[table]
    with open_harness(box, duckdb_url(tmp_path), tmp_path) as harness:
        assert written(harness, table, full=True) == rows > 0
        assert {row["vip"] for row in harness.snapshot().live(table)} == {True}


CASES = [
    (BossDeskSandbox, "tickets", "title", "id"),
    (BossDeskSandbox, "tickets__comments", "body", "_parent_id"),
    (ServiceSidekickSandbox, "customers", "name", "id"),
    (NotificSandbox, "messages", "id", "id"),
]


@pytest.mark.parametrize(("sandbox", "table", "column", "key"), CASES[:3])
def test_a_table_that_was_altered_in_the_warehouse_is_mended_by_full(
    warehouse_url: str, tmp_path: Path, sandbox: Any, table: str, column: str, key: str
) -> None:
    box, root = sandbox(size=0.1), table.partition("__")[0]
    with open_harness(box, warehouse_url, tmp_path) as harness:
        written(harness, root)
        schema = box.name
        with harness.warehouse.session() as session:
            ((one,),) = session.fetch(f"SELECT min({key}) FROM {schema}.{table}")
            changed = session.db.execute(
                f"UPDATE {schema}.{table} SET {column} = 'altered' WHERE {key} = '{one}'"
            )
        assert changed
        assert written(harness, root, full=True) == 1
        assert harness.differences(root) == []
        assert written(harness, root, full=True) == 0
        assert written(harness, root) == 0


@pytest.mark.parametrize(("sandbox", "root"), [(BossDeskSandbox, "tickets"), (NotificSandbox, "customers")])
def test_full_mends_every_column_of_a_table_that_was_altered_in_the_warehouse(
    warehouse_url: str, tmp_path: Path, sandbox: Any, root: str
) -> None:
    """Each column of the table loses its value in a row of its own, the key and our own columns apart."""
    box = sandbox(size=0.3)
    with open_harness(box, warehouse_url, tmp_path) as harness:
        written(harness, root)
        rows = {row["id"]: row for row in harness.snapshot().live(root)}
        altered: dict[Any, str] = {}
        for column in harness.snapshot().columns[root]:
            if column == "id" or column.startswith("_"):
                continue
            filled = (id for id, row in rows.items() if row[column] is not None and id not in altered)
            if (id := next(filled, None)) is not None:
                altered[id] = column
        assert len(altered) >= 3
        with harness.warehouse.session() as session:
            for id, column in altered.items():
                session.db.execute(f'UPDATE {box.name}.{root} SET "{column}" = NULL WHERE id = {id}')
        assert harness.differences(root)
        assert written(harness, root, full=True) == len(altered)
        assert harness.differences(root) == []
        assert written(harness, root) == 0


def test_full_mends_rows_that_the_vendor_itself_calls_deleted(warehouse_url: str, tmp_path: Path) -> None:
    """They stay marked deleted; the values and child rows that they were deleted with are compared all the same."""
    box = ShiftboardSandbox(size=0.1)
    box.add_field("workgroups", "vips", [1, 2])
    with open_harness(box, warehouse_url, tmp_path) as harness:
        written(harness, "workgroups")
        before = harness.snapshot()
        gone = [row["id"] for row in before.rows["workgroups"] if row["_deleted_at"] is not None]
        assert len(gone) >= 2
        with harness.warehouse.session() as session:
            assert session.db.execute(
                f"UPDATE shiftboard.workgroups SET name = 'altered' WHERE id = '{gone[0]}'"
            )
            assert session.db.execute(
                f"UPDATE shiftboard.workgroups__vips SET value = 3 WHERE _parent_id = '{gone[1]}'"
            )
        assert written(harness, "workgroups", full=True) == 2
        after = harness.snapshot()
        for table, columns in (("workgroups", ["id", "name"]), ("workgroups__vips", ["_parent_id", "value"])):
            assert values(after, table, columns) == values(before, table, columns)
        assert written(harness, "workgroups", full=True) == 0
        assert written(harness, "workgroups") == 0


def values(snapshot: Snapshot, table: str, columns: list[str]) -> list[tuple[Any, ...]]:
    rows = ([row[column] for column in columns] for row in snapshot.rows[table])
    marks = (row["_deleted_at"] is None for row in snapshot.rows[table])
    return sorted((*row, mark) for row, mark in zip(rows, marks, strict=True))


def test_full_leaves_unchanged_rows_as_they_are_and_rechecks_details(
    warehouse_url: str, tmp_path: Path
) -> None:
    with open_harness(BossDeskSandbox(size=0.1, edge_cases=True), warehouse_url, tmp_path) as harness:
        harness.sync("tickets", "groups")
        before = harness.snapshot()
        report = harness.sync("tickets", "groups", full=True)
        after = harness.snapshot()
        assert sum(outcome.rows_written for outcome in report.outcomes) == 0
        assert after.synced_at("groups", ["id"]) == before.synced_at("groups", ["id"])
        assert all(
            moment > before.synced_at("tickets", ["id"])[key]
            for key, moment in after.synced_at("tickets", ["id"]).items()
        )
