"""What a warehouse holds, read with plain SQL and nothing of ours."""

from __future__ import annotations

import atexit
import functools
import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fieldhouse.warehouse.connect import open_warehouse

_KINDS = {
    "varchar": "text",
    "text": "text",
    "character varying": "text",
    "json": "json",
    "jsonb": "json",
    "bigint": "number",
    "integer": "number",
    "double": "number",
    "double precision": "number",
    "numeric": "number",
    "decimal": "number",
    "boolean": "boolean",
    "timestamp with time zone": "timestamp",
    "date": "date",
}
_SYSTEM = ("information_schema", "pg_catalog", "pg_toast", "main", "public")
_COLUMNS = (
    "SELECT table_name, column_name, data_type FROM information_schema.columns"
    " WHERE table_schema = '{schema}' ORDER BY table_name, ordinal_position"
)


@dataclass(frozen=True)
class Snapshot:
    """One schema: ``columns`` gives every table's columns and their kinds, ``rows`` its rows, deleted ones too.

    Kinds are text, number, boolean, timestamp, date and json. Our books (``_syncs`` …) are in ``books``.
    ``schemas`` are those that the warehouse has beside the system's own.
    """

    columns: Mapping[str, Mapping[str, str]]
    rows: Mapping[str, list[dict[str, Any]]]
    books: Mapping[str, list[dict[str, Any]]]
    schemas: frozenset[str] = frozenset()

    def live(self, table: str) -> list[dict[str, Any]]:
        """The rows that the vendor still has, as far as the warehouse knows."""
        return [row for row in self.rows.get(table, []) if row["_deleted_at"] is None]

    def synced_at(self, table: str, key: Sequence[str]) -> dict[tuple[str, ...], datetime]:
        """When the version of each live row of ``table`` was read, by its key."""
        return {tuple(str(row[name]) for name in key): row["_synced_at"] for row in self.live(table)}


def read_snapshot(url: str, schema: str) -> Snapshot:
    """Everything in ``schema`` of the warehouse at ``url`` (of any backend)."""
    readers = {"duckdb": _duckdb, "ducklake": _ducklake}
    read = readers.get(url.partition(":")[0], _postgres)
    kinds, rows, schemas = read(url, schema)
    return Snapshot(
        {name: columns for name, columns in kinds.items() if not name.startswith("_")},
        {name: results for name, results in rows.items() if not name.startswith("_")},
        {name: results for name, results in rows.items() if name.startswith("_")},
        frozenset(name for name in schemas if name not in _SYSTEM and not name.startswith("pg_")),
    )


_Read = tuple[dict[str, dict[str, str]], dict[str, list[dict[str, Any]]], list[str]]


def _duckdb(url: str, schema: str) -> _Read:
    """Attached to one instance that lives on: making one for each look costs more than the look."""
    cursor, name = _instance().cursor(), f"look_{next(_looks)}"
    cursor.execute("SET TimeZone = 'UTC'")
    _attach(cursor, url, name)
    try:
        listed = cursor.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns()"
            f" WHERE database_name = '{name}' AND schema_name = '{schema}' ORDER BY table_name, column_index"
        ).fetchall()
        kinds = _kinds(listed)
        rows = {
            table: cursor.sql(f'SELECT * FROM {name}."{schema}"."{table}"').to_arrow_table().to_pylist()
            for table in kinds
        }
        schemas = cursor.execute(
            f"SELECT schema_name FROM duckdb_schemas() WHERE database_name = '{name}'"
        ).fetchall()
    finally:
        cursor.execute(f"DETACH {name}")
        cursor.close()
    return kinds, rows, [item for (item,) in schemas]


def _attach(cursor: Any, url: str, name: str) -> None:
    """Attach the file; a sync of another account that runs may have it open for a moment, while it commits."""
    import duckdb

    end = time.monotonic() + _LONGEST_COMMIT
    while True:
        try:
            cursor.execute(f"ATTACH '{url.removeprefix('duckdb:///')}' AS {name} (TYPE duckdb, READ_ONLY)")
            return
        except duckdb.IOException as error:
            if "Conflicting lock" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.1)


_LONGEST_COMMIT = 10.0
_looks = itertools.count(1)


@functools.cache
def _instance() -> Any:
    import duckdb

    atexit.register(_instance.cache_clear)
    return duckdb.connect(config={"threads": 1})


def _ducklake(url: str, schema: str) -> _Read:
    with open_warehouse(url).read_only("tests") as lake:
        lake.fetch("BEGIN")  # one transaction reads the catalogue once, and sees one version of all tables
        _, listed = lake.fetch(
            "SELECT table_name, column_name, data_type FROM duckdb_columns()"
            f" WHERE database_name = 'lake' AND schema_name = '{schema}' ORDER BY table_name, column_index"
        )
        kinds = _kinds(list(listed))
        rows = {}
        for table in kinds:
            names, values = lake.fetch(f'SELECT * FROM "{schema}"."{table}"')
            rows[table] = [dict(zip(names, row, strict=True)) for row in values]
        _, schemas = lake.fetch("SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'lake'")
        lake.fetch("COMMIT")
    return kinds, rows, [str(name) for (name,) in schemas]


def _postgres(url: str, schema: str) -> _Read:
    import psycopg2.extras

    connection = psycopg2.connect(url, cursor_factory=psycopg2.extras.RealDictCursor)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(_COLUMNS.format(schema=schema))
            listed: list[Any] = cursor.fetchall()
            kinds = _kinds([tuple(row.values()) for row in listed])
            rows = {}
            for table in kinds:
                cursor.execute(f'SELECT * FROM "{schema}"."{table}"')
                rows[table] = [dict(row) for row in cursor.fetchall()]
            cursor.execute("SELECT schema_name FROM information_schema.schemata")
            schemas = [row["schema_name"] for row in cursor.fetchall()]
    finally:
        connection.close()
    return kinds, rows, schemas


def _kinds(listed: list[tuple[Any, ...]]) -> dict[str, dict[str, str]]:
    results: dict[str, dict[str, str]] = {}
    for table, column, kind in listed:
        results.setdefault(table, {})[column] = _KINDS[kind.lower().partition("(")[0].strip()]
    return results
