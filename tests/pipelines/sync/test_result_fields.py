"""A table's result is declared once, and every output carries the declared fields."""

from __future__ import annotations

from fieldhouse.pipelines.sync.result_fields import (
    RESULT_FIELDS,
    attributes,
    fields_of,
    json_result,
    run_log_row,
)
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.warehouse.metadata.books import TABLES
from fieldhouse.warehouse.model import LOGICAL_TYPES


def test_names_are_unique_and_types_are_logical_types() -> None:
    names = [field.name for field in RESULT_FIELDS]
    assert len(set(names)) == len(names)
    assert {field.sql_type for field in RESULT_FIELDS} <= set(LOGICAL_TYPES)
    assert all(field.description and field.outputs for field in RESULT_FIELDS)


def test_columns_of_syncs_equal_the_declaration() -> None:
    declared = {field.column or field.name: field.sql_type for field in fields_of("syncs")}
    assert TABLES["_syncs"] == {"run_id": "text", **declared}
    assert run_log_row(Outcome("tickets"), "r1").keys() == TABLES["_syncs"].keys()


def test_keys_of_the_json_report_equal_the_declaration() -> None:
    assert list(json_result(Outcome("tickets"))) == [field.name for field in fields_of("json")]


def test_attributes_of_traces_and_dagster_are_a_subset_of_the_declaration() -> None:
    outcome = Outcome("tickets", cursor_after="2026-01-01", new_columns=["a"], notes=["b"])
    for output in ("trace", "dagster"):
        assert set(attributes(outcome, output)) == {field.name for field in fields_of(output)}  # type: ignore[arg-type]


def test_empty_values_are_no_attributes() -> None:
    assert "cursor" not in attributes(Outcome("tickets"), "dagster")
    assert attributes(Outcome("tickets"), "dagster")["rows_read"] == 0
