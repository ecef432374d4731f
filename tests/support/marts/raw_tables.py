"""Raw tables of vendors' accounts, written from Python rows: what a sync leaves, without a sync."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fieldhouse.warehouse.connect import open_warehouse

Row = Mapping[str, Any]
Tables = Mapping[str, list[Row]]
World = Mapping[str, Tables]
"""Account's schema -> table -> rows."""

_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "bigint"),
    (float, "double precision"),
    (Decimal, "numeric(38, 9)"),
    (datetime, "timestamptz"),
    (date, "date"),
)


def write_tables(url: str, world: World) -> None:
    """Make the accounts' schemas, with the books by which the marts find them, and their tables.

    A column has the type of its first value that is not None. Every table has ``_deleted_at`` and ``_row_hash``.
    """
    with open_warehouse(url).session() as session:
        for account, tables in world.items():
            session.db.execute(f"CREATE SCHEMA {account}")
            session.db.execute(
                f"CREATE TABLE {account}._syncs (run_id text, table_name text, outcome text, started_at timestamptz,"
                " finished_at timestamptz)"
            )
            for table, rows in tables.items():
                for statement in _statements(f"{account}.{table}", rows, is_history="_history" in table):
                    session.db.execute(statement)


def _statements(place: str, rows: list[Row], *, is_history: bool) -> Iterable[str]:
    columns: dict[str, str] = {}
    for row in rows:
        for name, value in row.items():
            if value is not None or name not in columns:
                columns[name] = columns.get(name) or _type_of(value)
    own = ["_row_hash bigint"] if is_history else ["_row_hash bigint", "_deleted_at timestamptz"]
    own = [text for text in own if text.split()[0] not in columns]
    typed = [f"{quoted(name)} {kind or 'text'}" for name, kind in columns.items()]
    yield f"CREATE TABLE {place} ({', '.join([*typed, *own])})"
    if rows:
        values = ", ".join(f"({', '.join(literal(row.get(name)) for name in columns)})" for row in rows)
        yield f"INSERT INTO {place} ({', '.join(map(quoted, columns))}) VALUES {values}"


def _type_of(value: Any) -> str:
    return "" if value is None else next((sql for kind, sql in _TYPES if isinstance(value, kind)), "text")


def quoted(name: str) -> str:
    return f'"{name}"'


def literal(value: Any) -> str:
    """A value as SQL text that both databases read."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    text = value.isoformat() if isinstance(value, (date, datetime)) else str(value)
    return "'" + text.replace("'", "''") + "'"
