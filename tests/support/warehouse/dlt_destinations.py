"""Destinations of dlt pipelines, and what their tables hold, read with plain SQL and nothing of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dlt

from tests.support.warehouse.warehouse_snapshot import Snapshot, read_snapshot

_KINDS = {
    "DATETIME": "timestamp",
    "VARCHAR": "text",
    "JSON": "json",
    "TEXT": "text",
    "BIGINT": "number",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
}
_KINDS |= {
    "TIMESTAMP WITH TIME ZONE": "timestamp",
    "TIMESTAMP": "timestamp",
    "DATE": "date",
    "FLOAT": "number",
}
NEWEST = (
    "SELECT * EXCLUDE (version) FROM (SELECT *, row_number() OVER (PARTITION BY _dlt_id"
    " ORDER BY coalesce(_deleted_at, _synced_at) DESC) AS version"
    " FROM read_parquet('{files}', union_by_name = true)) WHERE version = 1"
)
"""The newest version of each row of a table of Parquet files, as the documentation gives it."""


@dataclass(frozen=True)
class Place:
    """A destination for one test: how a pipeline gets it, and its content."""

    name: str
    destination: Callable[[], Any]
    snapshot: Callable[[], Snapshot]


def duckdb_place(folder: Path, dataset: str) -> Place:
    """A DuckDB file."""
    file = folder / "destination.duckdb"
    return Place(
        "duckdb",
        lambda: dlt.destinations.duckdb(str(file)),
        lambda: read_snapshot(f"duckdb:///{file}", dataset),
    )


def postgres_place(url: str, dataset: str) -> Place:
    """A database of a Postgres server."""
    return Place("postgres", lambda: dlt.destinations.postgres(url), lambda: read_snapshot(url, dataset))


def sqlite_place(folder: Path, dataset: str) -> Place:
    """A SQLite file, through SQLAlchemy; dlt puts a dataset into a file of its own."""
    file = folder / "destination.db"
    return Place(
        "sqlite",
        lambda: dlt.destinations.sqlalchemy(f"sqlite:///{file}"),
        lambda: _sqlite(folder / f"destination__{dataset}.db"),
    )


def parquet_place(folder: Path, dataset: str) -> Place:
    """A folder of Parquet files."""
    bucket = folder / "bucket"
    return Place(
        "parquet",
        lambda: dlt.destinations.filesystem(str(bucket)),
        lambda: _parquet(bucket / dataset),
    )


def _parquet(folder: Path) -> Snapshot:
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    columns, rows = {}, {}
    for table in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("_")):
        if not list(table.glob("*.parquet")):
            continue
        result = connection.sql(NEWEST.format(files=table / "*.parquet")).to_arrow_table()
        rows[table.name] = result.to_pylist()
        kinds = connection.sql(
            f"DESCRIBE SELECT * FROM read_parquet('{table}/*.parquet', union_by_name = true)"
        )
        columns[table.name] = {name: _kind(kind) for name, kind, *_ in kinds.fetchall()}
    connection.close()
    return Snapshot(columns, rows, {})


def _sqlite(file: Path) -> Snapshot:
    connection = sqlite3.connect(file)
    connection.row_factory = sqlite3.Row
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns, rows = {}, {}
    for table in names:
        if table.startswith("_"):
            continue
        columns[table] = {
            row["name"]: _kind(row["type"]) for row in connection.execute(f'PRAGMA table_info("{table}")')
        }
        rows[table] = [
            {name: _value(row[name], kind) for name, kind in columns[table].items()}
            for row in connection.execute(f'SELECT * FROM "{table}"')
        ]
    connection.close()
    return Snapshot(columns, rows, {})


def _kind(sql_type: str) -> str:
    plain = sql_type.upper().partition("(")[0].strip()
    return "number" if plain in ("NUMERIC", "DECIMAL") else _KINDS[plain]


def _value(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "timestamp":
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if kind == "date":
        return date.fromisoformat(value)
    return bool(value) if kind == "boolean" else value
