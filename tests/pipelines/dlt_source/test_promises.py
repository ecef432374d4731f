"""Promises of the table in docs/dlt-pipelines.md that need a situation of their own."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from fieldhouse.pipelines.dlt_source.source import account_source
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from tests.support.sync_harness import SyncHarness, open_harness

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "dlt-pipelines.md").read_text("utf-8")
TESTS = {
    "one run makes the tables equal": (
        "test_duckdb_equals_the_vendor_and_what_a_sync_makes_of_it",
        "test_destination_equals_the_vendor_after_edits_deletes_and_restores",
    ),
    "a repeat writes no row": (
        "test_duckdb_equals_the_vendor_and_what_a_sync_makes_of_it",
        "test_destination_equals_the_vendor_after_edits_deletes_and_restores",
    ),
    "the run after a kill": (
        "test_run_after_a_stop_between_steps_converges",
        "test_rows_of_a_load_that_did_not_end_get_their_child_rows",
    ),
    "a table, its child tables and its cursor": (
        "test_destination_equals_the_vendor_after_edits_deletes_and_restores",
    ),
    "filters are checked": ("test_incomplete_lists_delete_no_row",),
    "the vendor's limits": ("test_requests_count_against_the_limits_of_the_machine",),
    "empty text and null": ("test_text_of_zero_length_stays_apart_from_null",),
    "a changed type": (
        "test_changed_types_of_columns_and_references_keep_their_values",
        "test_type_that_changes_with_each_run_stops_no_load",
    ),
    "a table that the account does not have": (
        "test_a_table_that_the_account_lacks_is_remembered_and_creates_nothing",
    ),
    "a changed privacy rule": (),
    "two runs of an account": (),
    "an id that is documented": (
        "test_changed_types_of_columns_and_references_keep_their_values",
        "test_refusal_of_one_record_loads_the_others",
    ),
    "`_syncs`": (),
    "a long first read": (),
}
"""The beginning of a promise -> the tests that show its cells; none if every cell of a dlt pipeline says no."""


def test_promises_of_the_table_have_tests() -> None:
    table = PAGE.partition("## What holds where\n")[2].split("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    written = {
        node.name
        for file in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert rows
    for promise, _, *cells in rows:
        (tests,) = [tests for start, tests in TESTS.items() if promise.startswith(start)]
        assert set(tests) <= written
        assert tests or all(cell.startswith("no") for cell in cells), promise
    assert len(rows) == len(TESTS)


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SyncHarness]:
    monkeypatch.setenv("FIELDHOUSE_PACE_DIR", str(tmp_path))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("SCHEMA__NAMING", "snake_case")  # as in a project of its own
    with open_harness(NotificSandbox(size=0.2), "duckdb:///unused.duckdb", tmp_path) as opened:
        yield opened


def load(harness: SyncHarness, folder: Path, table: str) -> Any:
    """One run of a table that searches for deletes; a connection to the destination."""
    pipeline = dlt.pipeline(
        "desk",
        pipelines_dir=str(folder / "pipelines"),
        destination=dlt.destinations.duckdb(str(folder / "desk.duckdb")),
        dataset_name="notific",
    )
    source = account_source(harness.account, Options(sweep=True, widens_ids=False))
    pipeline.run(source.with_resources(table)).raise_on_failed_jobs()
    return duckdb.connect(str(folder / "desk.duckdb"), read_only=True)


def test_changed_types_of_columns_and_references_keep_their_values(
    harness: SyncHarness, tmp_path: Path
) -> None:
    values: list[Any] = [7, 987_654]

    def answer(call: Any, honest: Any) -> Any:
        rows = json.loads(honest.body)
        rows[0] |= {"OperatorId": values[0], "Severity": values[0]}
        rows[1] |= {"OperatorId": values[1], "Severity": values[1]}
        return replace(honest, body=json.dumps(rows).encode())

    with harness.sandbox.fault(answer):
        load(harness, tmp_path, "tickets").close()
        values[0] = "op_9"
        with load(harness, tmp_path, "tickets") as connection:
            for column in ("operator_id", "severity"):
                rows = connection.execute(
                    f"SELECT {column}, {column}__v_text FROM notific.tickets"
                    f" WHERE {column} = 987654 OR {column}__v_text IS NOT NULL ORDER BY ALL"
                ).fetchall()
                assert rows == [(987_654, None), (None, "op_9")]


def deep(value: Any) -> dict[str, Any]:
    """A field so deep that an object in it is JSON."""
    return {"Deep": {"a": {"b": {"c": {"d": value}}}}}


@pytest.mark.parametrize(
    ("versions", "table", "columns", "stored"),
    [
        ([{"X": True}, {"X": 1}], "tickets", "x, x__v_bigint", [(None, 1)]),
        ([{"X": 5}, {"X": True}], "tickets", "x, x__v_boolean", [(None, True)]),
        ([{"X": "a"}, {"X": True}], "tickets", "x", [("true",)]),
        ([deep({"e": 1}), deep("t")], "tickets", "deep__a__b__c__d", [('"t"',)]),
        ([deep({"e": 1}), deep(5)], "tickets", "deep__a__b__c__d", [("5",)]),
        ([deep({"e": 1}), deep("t"), deep({"e": 2})], "tickets", "deep__a__b__c__d", [('{"e":2}',)]),
        ([deep(5), deep({"e": 1}), deep("t")], "tickets", "deep__a__b__c__d__v_text", [("t",)]),
        (
            [{"CustomerIds": [1]}, {"CustomerIds": [[1], [2]]}, {"CustomerIds": ["t", 5]}],
            "tickets__customer_ids",
            "value, value__v_text",
            [(None, "t"), (None, "5")],
        ),
    ],
)
def test_type_that_changes_with_each_run_stops_no_load(
    harness: SyncHarness, tmp_path: Path, versions: list[Any], table: str, columns: str, stored: list[Any]
) -> None:
    """A hint changes dlt's schema and not the column: the next load would have values of the wrong type."""
    current: dict[str, Any] = {}

    def answer(call: Any, honest: Any) -> Any:
        rows = json.loads(honest.body)
        return replace(honest, body=json.dumps([{**row, **current} for row in rows]).encode())

    key, order = ("_parent_id", "_list_index") if "__" in table else ("id", "id")
    with harness.sandbox.fault(answer):
        for version in versions:
            current |= version
            load(harness, tmp_path, "tickets").close()
        with load(harness, tmp_path, "tickets") as connection:
            rows = connection.execute(
                f"SELECT {columns} FROM notific.{table} WHERE {key} = (SELECT min(id) FROM notific.tickets)"
                f" AND _deleted_at IS NULL ORDER BY {order}"
            ).fetchall()
    assert rows == stored


def test_incomplete_lists_delete_no_row(harness: SyncHarness, tmp_path: Path) -> None:
    def most_are_missing(call: Any, honest: Any) -> Any:
        return replace(honest, body=json.dumps(json.loads(honest.body)[:2]).encode())

    load(harness, tmp_path, "tickets").close()
    with harness.sandbox.fault(most_are_missing), load(harness, tmp_path, "tickets") as connection:
        (counts,) = connection.execute("SELECT count(*), count(_deleted_at) FROM notific.tickets").fetchall()
    assert counts == (len(harness.sandbox.truth()["tickets"]), 0)
