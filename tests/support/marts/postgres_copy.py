"""A DuckDB warehouse's raw tables on Postgres, so that one sync serves the tests of both."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def rounded(rows: Sequence[tuple[Any, ...]]) -> list[tuple[str, ...]]:
    """Rows for comparison over databases: numbers to 6 places, in an order of their own."""
    return sorted(
        tuple(
            f"{item:.6f}" if not isinstance(item, str) and hasattr(item, "__round__") else str(item)
            for item in row
        )
        for row in rows
    )


def copy_raw(path: Path, postgres_url: str) -> None:
    """Every raw table of the vendors' schemas, columns and rows, through files."""
    _copy(path, postgres_url, "schema_name NOT IN ('marts', 'staging')")


def copy_marts(path: Path, postgres_url: str) -> None:
    """Every mart as it was built in DuckDB, without building it again."""
    _copy(path, postgres_url, "schema_name = 'marts'")


def _copy(path: Path, postgres_url: str, chosen: str) -> None:
    import duckdb
    import psycopg2

    kinds = {"DOUBLE": "double precision", "VARCHAR": "text", "JSON": "jsonb"}
    server = psycopg2.connect(postgres_url)
    with duckdb.connect(str(path), read_only=True) as stored, server, server.cursor() as cursor:
        listed = stored.sql(
            "SELECT schema_name, table_name, list(column_name ORDER BY column_index),"
            " list(data_type ORDER BY column_index) FROM duckdb_columns()"
            f" WHERE NOT internal AND {chosen} GROUP BY ALL"
        ).fetchall()
        for schema in {schema for schema, *_ in listed}:
            cursor.execute(f'CREATE SCHEMA "{schema}"')
        for schema, table, columns, types in listed:
            typed = ", ".join(
                f'"{name}" {kinds.get(kind, kind)}' for name, kind in zip(columns, types, strict=True)
            )
            cursor.execute(f'CREATE TABLE "{schema}"."{table}" ({typed})')
            file = path.with_name(f"rows-{os.getpid()}.csv")
            stored.execute(
                f"""COPY "{schema}"."{table}" TO '{file}' (FORMAT csv, HEADER false, NULLSTR '\\N', FORCE_QUOTE *)"""
            )
            with file.open() as rows:
                cursor.copy_expert(f"""COPY "{schema}"."{table}" FROM STDIN (FORMAT csv, NULL '\\N')""", rows)
    server.close()
