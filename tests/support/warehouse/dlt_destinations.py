"""Destinations of dlt pipelines, and what their tables hold, read with plain SQL and nothing of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow as pa
from dlt.destinations.impl.ducklake.configuration import DuckLakeCredentials

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
    """A destination for one test: how a pipeline gets it, its content, and the format that resources need."""

    name: str
    destination: Callable[[], Any]
    snapshot: Callable[[], Snapshot]
    table_format: str = ""


def _duckdb_place(folder: Path, dataset: str, _: str) -> Place:
    """A DuckDB file."""
    file = folder / "destination.duckdb"
    return Place(
        "duckdb",
        lambda: dlt.destinations.duckdb(str(file)),
        lambda: read_snapshot(f"duckdb:///{file}", dataset),
    )


def _postgres_place(_: Path, dataset: str, url: str) -> Place:
    """A database of a Postgres server."""
    return Place("postgres", lambda: dlt.destinations.postgres(url), lambda: read_snapshot(url, dataset))


def _sqlite_place(folder: Path, dataset: str, _: str) -> Place:
    """A SQLite file, through SQLAlchemy; dlt puts a dataset into a file of its own."""
    file = folder / "destination.db"
    return Place(
        "sqlite",
        lambda: dlt.destinations.sqlalchemy(f"sqlite:///{file}"),
        lambda: _sqlite(folder / f"destination__{dataset}.db"),
    )


def _parquet_place(folder: Path, dataset: str, _: str) -> Place:
    """A folder of Parquet files."""
    bucket = folder / "bucket"
    return Place(
        "parquet",
        lambda: dlt.destinations.filesystem(str(bucket)),
        lambda: _parquet(bucket / dataset),
    )


def _delta_place(folder: Path, dataset: str, _: str) -> Place:
    """A folder of Delta tables."""
    bucket = folder / "delta"

    def snapshot() -> Snapshot:
        from deltalake import DeltaTable

        tables = {
            path.name: DeltaTable(str(path)).to_pyarrow_table()
            for path in sorted((bucket / dataset).iterdir())
            if (path / "_delta_log").is_dir()
        }
        return _of_arrow(tables)

    return Place("delta", lambda: dlt.destinations.filesystem(str(bucket)), snapshot, "delta")


def _iceberg_place(folder: Path, dataset: str, _: str) -> Place:
    """A folder of Iceberg tables, without a catalogue."""
    bucket = folder / "iceberg"

    def snapshot() -> Snapshot:
        from pyiceberg.table import StaticTable

        tables = {}
        for path in sorted((bucket / dataset).iterdir()):
            if versions := sorted((path / "metadata").glob("*.json")):
                tables[path.name] = StaticTable.from_metadata(str(versions[-1])).scan().to_arrow()
        return _of_arrow(tables)

    return Place("iceberg", lambda: dlt.destinations.filesystem(str(bucket)), snapshot, "iceberg")


def _of_arrow(tables: Mapping[str, pa.Table]) -> Snapshot:
    kinds = (
        (pa.types.is_timestamp, "timestamp"),
        (pa.types.is_date, "date"),
        (pa.types.is_boolean, "boolean"),
        (lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind), "text"),
    )
    columns = {
        name: {
            field.name: next((kind for matches, kind in kinds if matches(field.type)), "number")
            for field in table.schema
        }
        for name, table in tables.items()
        if not name.startswith("_")
    }
    return Snapshot(columns, {name: tables[name].to_pylist() for name in columns}, {})


def _ducklake_place(folder: Path, dataset: str, _: str) -> Place:
    """A lake with its catalogue in SQLite. The extensions come from their packages instead of DuckDB's own folder."""
    file, data = folder / "destination.sqlite", folder / "destination-data"
    load = [f"LOAD '{extension_file(name)}'" for name in ("ducklake", "sqlite_scanner")]

    def destination() -> Any:
        credentials = DuckLakeCredentials("destination", catalog=f"sqlite:///{file}", storage=str(data))
        credentials.statements = load
        return dlt.destinations.ducklake(credentials=credentials)

    return Place("ducklake", destination, lambda: _ducklake(load, file, data, dataset))


def extension_file(name: str) -> Path:
    """The file of a DuckDB extension in its package ``duckdb-extension-…``."""
    spec = find_spec(f"duckdb_extension_{name}")
    assert spec is not None
    return next(
        file
        for place in spec.submodule_search_locations or ()
        for file in Path(place).rglob("*.duckdb_extension")
    )


def _ducklake(load: list[str], file: Path, data: Path, dataset: str) -> Snapshot:
    with duckdb.connect(config={"threads": 1}) as connection:
        for statement in [*load, "SET TimeZone = 'UTC'"]:
            connection.execute(statement)
        connection.execute(
            f"ATTACH 'ducklake:{file}' AS lake (DATA_PATH '{data}', META_TYPE 'sqlite', READ_ONLY)"
        )
        columns: dict[str, dict[str, str]] = {}
        for table, column, kind in connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns()"
            f" WHERE database_name = 'lake' AND schema_name = '{dataset}' ORDER BY table_name, column_index"
        ).fetchall():
            if not table.startswith("_"):
                columns.setdefault(table, {})[column] = _kind(kind)
        rows = {
            table: connection.sql(f'SELECT * FROM lake."{dataset}"."{table}"').to_arrow_table().to_pylist()
            for table in columns
        }
    return Snapshot(columns, rows, {})


def _parquet(folder: Path) -> Snapshot:

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


PLACES: Mapping[str, Callable[[Path, str, str], Place]] = {
    "duckdb": _duckdb_place,
    "postgres": _postgres_place,
    "sqlite": _sqlite_place,
    "parquet": _parquet_place,
    "ducklake": _ducklake_place,
    "delta": _delta_place,
    "iceberg": _iceberg_place,
}
"""Name -> a destination, from a folder for its files, the dataset, and the URL of an empty Postgres database."""
NEEDED: Mapping[str, tuple[str, ...]] = {
    "ducklake": ("duckdb_extension_ducklake",),
    "delta": ("deltalake",),
    "iceberg": ("pyiceberg",),
}
"""Name -> modules that it needs, if the tests' environment may lack them."""
FEW_TABLES: Mapping[str, tuple[str, ...]] = {
    "bossdesk": ("tickets", "groups"),
    "notific": ("tickets", "customers", "services", "operators"),
    "servicebridge": ("work_orders", "products"),
    "servicesidekick": ("customers", "jobs", "job_types"),
    "shiftboard": ("workgroups", "memberships", "shifts"),
}
"""Tables that together are read in every way that a vendor has: dlt takes 0.1 s of CPU for each table of a run."""
