"""Hints of a source's tables: column types, descriptions, keys and references, from the vendor's declarations."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from fieldhouse.pipelines.sync.table_load import (
    VERSION_COLUMNS,
    declared_columns,
    declared_descriptions,
    parent_key,
)
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.normalize.frames import Column, logical
from fieldhouse.sources.engine.normalize.parse_columns import DECIMAL, TIMESTAMP
from fieldhouse.sources.engine.spec.row import declared
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor

DATA_TYPES: Mapping[str, tuple[str, pa.DataType]] = {
    "text": ("text", pa.string()),
    "bigint": ("bigint", pa.int64()),
    "double": ("double", pa.float64()),
    "decimal": ("decimal", DECIMAL),
    "boolean": ("bool", pa.bool_()),
    "timestamp": ("timestamp", TIMESTAMP),
    "date": ("date", pa.date32()),
    "json": ("json", pa.string()),
}
"""Logical type -> dlt's data type and the Arrow type. JSON is text on its way: dlt's Arrow path has no JSON."""
ARROW_TYPES = dict(DATA_TYPES.values())
ROW_ID = "_dlt_id"
_ADDED = {
    **VERSION_COLUMNS,
    ROW_ID: ("text", "the row's key as a hash; the same in every load"),
}


@dataclass(frozen=True)
class TableHints:
    """The declared columns of one table or child table, for dlt.

    Attributes:
        key: the columns that identify a row at the destination.
        tie: in a child table, the columns that have the root row's key.
    """

    name: str
    key: tuple[str, ...]
    columns: dict[str, dict[str, Any]]
    references: list[dict[str, Any]]
    tie: tuple[str, ...] = ()


def table_hints(vendor: Vendor, table: Table, options: Options) -> dict[str, TableHints]:
    """The hints of a table and of its declared child tables, by name; the table first."""
    columns = declared_columns(table, options)
    hints = {table.name: root_hints(vendor, table, columns[table.name])}
    for name, child_columns in columns.items():
        if name != table.name:
            hints[name] = child_hints(table, name, child_columns)
    return hints


def root_hints(vendor: Vendor, table: Table, columns: Mapping[str, Column]) -> TableHints:
    """The hints of a table of the inventory."""
    own = {name: column for name, column in columns.items() if name not in _ADDED}
    added = [name for name in _ADDED if name != "_list_hash" or table.detail is not None]
    hints = _columns(own, declared_descriptions(table.name, table.row).columns.get(table.name, {}), added)
    for name in table.key:
        hints[name]["nullable"] = False
    return TableHints(table.name, table.key, hints, _references(vendor, table, own))


def child_hints(table: Table, name: str, columns: Mapping[str, Column]) -> TableHints:
    """The hints of a child table, declared or not."""
    own = {column: value for column, value in columns.items() if column not in _ADDED}
    added = [column for column in _ADDED if column not in ("_row_hash", "_list_hash")]
    hints = _columns(own, declared_descriptions(table.name, table.row).columns.get(name, {}), added)
    tie = parent_key(table, columns)
    reference = {
        "referenced_table": table.name,
        "columns": list(tie),
        "referenced_columns": list(table.key),
    }
    return TableHints(name, (ROW_ID,), hints, [reference], tie)


def with_stored_types(hints: TableHints, stored: Mapping[str, Mapping[str, Any]]) -> TableHints:
    """The hints with the types that the columns have at the destination, which a hint cannot change there."""
    columns = {
        name: {**column, "data_type": stored[name]["data_type"]} if name in stored else column
        for name, column in hints.columns.items()
    }
    return replace(hints, columns=columns)


def as_text(columns: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The hints of columns with text instead of JSON."""
    return {
        name: {**column, "data_type": "text"} if column["data_type"] == "json" else dict(column)
        for name, column in columns.items()
    }


def _columns(
    columns: Mapping[str, Column], descriptions: Mapping[str, str], added: Iterable[str]
) -> dict[str, dict[str, Any]]:
    hints: dict[str, dict[str, Any]] = {}
    for name, column in columns.items():
        if column.type == pa.null():
            continue
        hints[name] = {"name": name, "data_type": DATA_TYPES[logical(column)][0]}
        if text := descriptions.get(name):
            hints[name]["description"] = text
    for name in added:
        data_type, text = _ADDED[name]
        hints[name] = {"name": name, "data_type": data_type, "description": text}
    hints[ROW_ID]["nullable"] = False
    return hints


def _references(vendor: Vendor, table: Table, columns: Mapping[str, Column]) -> list[dict[str, Any]]:
    """The declared relations of the table to keys of the vendor's tables.

    dlt knows one reference from a table to another, and warns of more: the last declared one is given.
    """
    keys = {other.name: other.key for other in vendor.tables}
    references: dict[str, dict[str, Any]] = {}
    for declaration in declared(table.row):
        other, _, column = (declaration.references or "").partition(".")
        if declaration.name in columns and keys.get(other) == (column,):
            references[other] = {
                "referenced_table": other,
                "columns": [declaration.name],
                "referenced_columns": [column],
            }
    return list(references.values())


class JsonInArrow(logging.Filter):
    """Drops dlt's warning that a column is JSON in the hints and text in Arrow: that is how JSON reaches dlt."""

    def __init__(self) -> None:
        super().__init__()
        self.resources: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """False for the warning about a resource with JSON columns."""
        text = record.getMessage()
        return not any(
            text.startswith(f"In resource: {name}, when merging arrow schema with dlt schema")
            for name in self.resources
        )


_json_in_arrow = JsonInArrow()


def expect_json(resource: str) -> None:
    """Let dlt not warn of JSON columns of a resource."""
    _json_in_arrow.resources.add(resource)
    logger = logging.getLogger("dlt")
    if _json_in_arrow not in logger.filters:
        logger.addFilter(_json_in_arrow)
