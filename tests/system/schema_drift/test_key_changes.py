"""Ids that change their type: their columns become text, every row keeps its identity, and deletes are still found."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.inspect.verify import verify_account
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.servicesidekick import ServiceSidekickSandbox
from tests.support.sync_harness import SyncHarness, open_harness

OURS = ("_synced_at", "_row_hash", "_list_hash", "_dlt_load_id", "_deleted_at")
OTHER_IDS: dict[str, Callable[[int], Any]] = {
    "prefix": lambda id: f"tkt_{id}",
    "beyond 64 bits": lambda id: 2**64 + id,
    "leading zeros": lambda id: f"00{id}",
    "sign": lambda id: f"+{id}",
    "number in a text": str,
}


class NewIds:
    """A fault that gives the first ``count`` records of a Notific list other ids; their old addresses answer 404."""

    def __init__(self, table: str) -> None:
        self.table, self.count = table, 0
        self.id: Callable[[int], Any] = OTHER_IDS["prefix"]

    def __call__(self, call: Call, honest: Answer) -> Answer | None:
        name = call.path.partition("/api/")[2]
        if not name.startswith(self.table) or honest.status != 200 or not self.count:
            return None
        if name != self.table:
            return Answer(404, b"", {})
        rows = json.loads(honest.body)
        for row in rows[: self.count]:
            (field,) = (field for field in row if field.lower() == "id")
            row[field] = self.id(row[field])
        return Answer(200, json.dumps(rows).encode(), {"Content-Type": "application/json"})


@pytest.fixture
def at(warehouse_url: str, tmp_path: Path) -> Iterator[SyncHarness]:
    with open_harness(NotificSandbox(size=0.2, edge_cases=True), warehouse_url, tmp_path) as made:
        yield made


def ids_of(harness: SyncHarness, table: str) -> list[str]:
    """The live ids of a table, as text."""
    return sorted(str(row["id"]) for row in harness.snapshot().live(table))


def verified(harness: SyncHarness, table: str) -> dict[str, int]:
    report = verify_account(
        harness.account, harness.warehouse, Options(), tables=harness.account.tables([table])
    )
    (table,) = report.tables
    return dict(+(table.counts + table.later))


@pytest.mark.parametrize("other", OTHER_IDS)
def test_some_ids_of_another_type_widen_the_key_and_nothing_else(at: SyncHarness, other: str) -> None:
    at.sync("customers")
    before = at.snapshot()
    stored = {str(row["id"]): row["_synced_at"] for row in before.live("customers")}
    children = before.live("customers__services")
    first, second, third = (row["Id"] for row in at.sandbox.truth()["customers"][:3])
    faults = NewIds("Customers")
    faults.count, faults.id = 2, OTHER_IDS[other]
    at.sandbox.faults.append(faults)
    renamed = {str(first): str(faults.id(first)), str(second): str(faults.id(second))}
    is_renamed = other != "number in a text"
    assert verified(at, "customers") == ({"missing": 2, "extra": 2} if is_renamed else {})
    report = at.sync("customers", sweep=True)
    (customers,) = report.outcomes
    assert (report.exit_code, customers.rows_quarantined) == (0, 0)
    assert customers.rows_written == 2
    assert customers.rows_deleted == 2 * is_renamed
    assert ids_of(at, "customers") == sorted(renamed.get(id, id) for id in stored)
    after = at.snapshot()
    if is_renamed:
        assert (
            after.columns["customers"]["id"] == after.columns["customers__services"]["_parent_id"] == "text"
        )
    untouched = {
        str(row["id"]): row["_synced_at"]
        for row in after.live("customers")
        if str(row["id"]) not in renamed.values()
    }
    assert untouched == {id: moment for id, moment in stored.items() if id not in renamed}
    assert sorted(str(row["_parent_id"]) for row in after.live("customers__services")) == sorted(
        renamed.get(str(row["_parent_id"]), str(row["_parent_id"])) for row in children
    )
    assert verified(at, "customers") == {}
    again = at.sync("customers", sweep=True).outcomes[0]
    assert (again.rows_written, again.rows_deleted) == (0, 0)
    assert at.sync("customers", full=True).outcomes[0].rows_written == 0
    at.sandbox.delete("customers", third)
    assert at.sync("customers", sweep=True).outcomes[0].rows_deleted == 1
    assert str(third) not in ids_of(at, "customers")


def test_a_key_that_becomes_text_is_a_schema_change_in_its_child_tables_too(at: SyncHarness) -> None:
    at.sync("tickets")
    faults = NewIds("Tickets")
    faults.count = 2
    at.sandbox.faults.append(faults)
    at.sync("tickets", sweep=True)
    changes = [
        (row["table_name"], row["column_name"], row["from_type"], row["to_type"], row["action"])
        for row in at.snapshot().books["_schema_changes"]
        if row["action"] == "widened"
    ]
    assert sorted(changes) == [
        ("tickets", "id", "bigint", "text", "widened"),
        ("tickets__customer_ids", "_parent_id", "bigint", "text", "widened"),
    ]


def test_history_of_a_row_goes_on_when_its_key_becomes_text(warehouse_url: str, tmp_path: Path) -> None:
    with open_harness(
        NotificSandbox(size=0.2, edge_cases=True), warehouse_url, tmp_path, history="customers"
    ) as at:
        at.sync("customers")
        rows = len(at.snapshot().live("customers"))
        faults = NewIds("Customers")
        faults.count = 2
        at.sandbox.faults.append(faults)
        assert at.sync("customers", sweep=True).exit_code == 0
        versions = at.snapshot().rows["customers_history"]
        assert len(versions) == rows + 2
        assert sum(row["_valid_to"] is not None for row in versions) == 2


def test_a_frozen_table_stops_when_its_key_changes(warehouse_url: str, tmp_path: Path) -> None:
    with open_harness(
        NotificSandbox(size=0.2, edge_cases=True), warehouse_url, tmp_path, schema_drift="freeze"
    ) as at:
        at.sync("tickets")
        before = at.snapshot().live("tickets")
        faults = NewIds("Tickets")
        faults.count = 2
        at.sandbox.faults.append(faults)
        assert at.sync("tickets", sweep=True).exit_code == 4
        assert at.snapshot().live("tickets") == before


def test_all_ids_of_another_type_delete_nothing_by_themselves(at: SyncHarness) -> None:
    """So many missing rows are refused, as ever; the rows under their new ids are loaded."""
    at.sync("tickets")
    before = at.snapshot().live("tickets")
    faults = NewIds("Tickets")
    faults.count = len(before)
    at.sandbox.faults.append(faults)
    report = at.sync("tickets", sweep=True)
    assert report.exit_code == 4
    assert "none was marked deleted" in str(report.outcomes[0].error)
    assert "other ids" in str(report.outcomes[0].error)
    assert "rights" not in str(report.outcomes[0].error)
    assert len(at.snapshot().live("tickets")) == 2 * len(before)


@pytest.mark.parametrize("value", ["true", "1.5", "{}", "[]", "null", '""'])
def test_what_is_no_id_at_all_is_quarantined(at: SyncHarness, value: str) -> None:
    at.sync("tickets")
    before = at.snapshot().live("tickets")
    faults = NewIds("Tickets")
    faults.count, faults.id = 1, lambda id: json.loads(value)
    at.sandbox.faults.append(faults)
    report = at.sync("tickets", sweep=True)
    assert (report.exit_code, report.outcomes[0].rows_quarantined) == (0, 1)
    assert at.snapshot().live("tickets") == before
    assert "1 record without a usable key: see _quarantine" in report.outcomes[0].notes


def test_ids_within_records_and_references_become_text_too(warehouse_url: str, tmp_path: Path) -> None:
    """ServiceSidekick: the ids of child rows, and the references of other tables to what was renamed."""

    def rename(call: Call, honest: Answer) -> Answer | None:
        if "/jobs" not in call.path or honest.status != 200:
            return None
        body = re.sub(rb"<(customer-id|id) type=\"integer\">(\d+)<", rb'<\1 type="string">x_\2<', honest.body)
        return Answer(200, body, honest.headers)

    with open_harness(ServiceSidekickSandbox(size=0.2, edge_cases=True), warehouse_url, tmp_path) as at:
        at.sync("jobs")
        before = at.snapshot()
        at.sandbox.faults.append(rename)
        report = at.sync("jobs", sweep=True)
        assert report.outcomes[0].rows_quarantined == 0
        after = at.snapshot()
        for table, columns in before.columns.items():
            ids = {name for name in columns if name == "id" and before.rows[table]}
            ids |= {"customer_id", "_parent_id"} & set(columns) if before.rows[table] else set()
            assert {after.columns[table][name] for name in ids} <= {"text"}, table
            old = {str(row["id"]) for row in before.live(table) if "id" in row and row["id"] is not None}
            new = {row["id"] for row in after.live(table) if "id" in row}
            assert {f"x_{id}" for id in old} <= new, table
        assert not [name for columns in after.columns.values() for name in columns if "id__v_text" in name]
