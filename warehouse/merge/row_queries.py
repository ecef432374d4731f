"""What a sync reads back: keys with their hashes, and the rows it works from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fieldhouse.warehouse.drivers.protocol import Database, arrow_type, logical_of
from fieldhouse.warehouse.drivers.sql import json_text, literal, quote

from .cast import ALWAYS, cast
from .table_tree import BOOKKEEPING

if TYPE_CHECKING:
    import pyarrow as pa


def known(
    db: Database,
    schema: str,
    table: str,
    key: Sequence[str],
    keys: pa.Table | None,
    extra: Sequence[str],
    stored: Mapping[str, str] | None = None,
) -> pa.Table:
    """Key columns, `_row_hash`, `_deleted_at` and the extra columns: of all rows, or of the given keys.

    A column that the table lacks is null in every row; a table that does not exist has no rows.
    """
    columns = [*key, "_row_hash", "_deleted_at", *extra]
    stored = stored or db.catalogue(schema).get(table)
    if stored is None:
        key_types = {field.name: logical_of(field.type) for field in keys.schema} if keys is not None else {}
        return _schema({name: key_types.get(name) or kind_of({}, name) for name in columns}).empty_table()
    typed = _schema({name: kind_of(stored, name) for name in columns})
    if keys is not None and not keys.num_rows:
        return typed.empty_table()
    select = f"{select_list(db, stored, columns)} FROM {quote(schema)}.{quote(table)} AS t"
    if keys is not None:
        select += _among(db, stored, key, keys)
    return db.arrow(f"SELECT {select}", typed)


@dataclass(frozen=True)
class KnownRequest:
    """A table, its key, and the columns that are wanted beside `known`'s own; `stored` are the table's columns."""

    table: str
    key: Sequence[str]
    extra: Sequence[str]
    stored: Mapping[str, str]


def known_in_all(db: Database, schema: str, requests: Sequence[KnownRequest]) -> list[pa.Table]:
    """`known` for all rows of each table."""
    selects = []
    for request in requests:
        columns = [*request.key, "_row_hash", "_deleted_at", *request.extra]
        listed = select_list(db, request.stored, columns)
        select = f"SELECT {listed} FROM {quote(schema)}.{quote(request.table)} AS t"
        selects.append((select, _schema({name: kind_of(request.stored, name) for name in columns})))
    return db.arrow_all(selects)


def rows(
    db: Database, schema: str, table: str, columns: Sequence[str], where: Mapping[str, Any] | None
) -> pa.Table:
    """The live rows that meet every condition: equal to a value, null for None, one of a list."""
    stored = db.catalogue(schema).get(table)
    if stored is None:
        return _schema({name: kind_of({}, name) for name in columns}).empty_table()
    conditions = [_condition(name, stored.get(name, ""), value) for name, value in (where or {}).items()]
    if "_deleted_at" in stored:
        conditions.append("t._deleted_at IS NULL")
    select = f"SELECT {select_list(db, stored, columns)} FROM {quote(schema)}.{quote(table)} AS t"
    if conditions:
        select += " WHERE " + " AND ".join(conditions)
    return db.arrow(select, _schema({name: kind_of(stored, name) for name in columns}))


def small(db: Database, schema: str, tables: Sequence[str], most: int) -> set[str]:
    """Those of the tables that have at most `most` rows."""
    if not tables:
        return set()
    counts = " UNION ALL ".join(
        f"SELECT {literal(table)}, count(*) FROM (SELECT 1 FROM {quote(schema)}.{quote(table)} LIMIT {most + 1}) AS t"
        for table in tables
    )
    return {table for table, rows in db.fetch(counts) if rows <= most}


def count(db: Database, schema: str, table: str) -> tuple[int, int]:
    """Live rows and rows marked deleted."""
    if table not in db.catalogue(schema):
        return 0, 0
    every, marked = db.fetch(f"SELECT count(*), count(_deleted_at) FROM {quote(schema)}.{quote(table)}")[0]
    return every - marked, marked


def _among(db: Database, stored: Mapping[str, str], key: Sequence[str], keys: pa.Table) -> str:
    sent = db.stage("fieldhouse_sent", keys.select(list(key)))
    kinds = {field.name: logical_of(field.type) for field in keys.schema}
    listed = ", ".join(f"{_fitting(db, name, kinds[name], stored[name])} AS {quote(name)}" for name in key)
    match = " AND ".join(f"t.{quote(name)} = k.{quote(name)}" for name in key)
    return f" JOIN (SELECT DISTINCT {listed} FROM {sent}) AS k ON {match}"


def _fitting(db: Database, name: str, source: str, target: str) -> str:
    """A sent key in the type of the stored ones; null, and so no row's key, if it does not fit."""
    value, fits = cast(db.dialect, quote(name), source, target)
    return value if fits == ALWAYS else f"CASE WHEN {fits} THEN {value} END"


def select_list(db: Database, stored: Mapping[str, str], columns: Sequence[str]) -> str:
    """The columns as a SELECT gives them, in the types of `arrow_type`; one that the table lacks is null."""
    kinds = db.dialect.types
    parts = []
    for name in columns:
        kind = "text" if kind_of(stored, name) == "json" else kind_of(stored, name)
        value = f"t.{quote(name)}" if name in stored else "NULL"
        parts.append(f"CAST({value} AS {kinds[kind]}) AS {quote(name)}")
    return ", ".join(parts)


def _condition(name: str, kind: str, value: Any) -> str:
    column = f"t.{quote(name)}"
    if value is None:
        return f"{column} IS NULL"
    if isinstance(value, (list, tuple, set, frozenset)):
        return f"{column} IN ({', '.join(_literal(kind, item) for item in value)})" if value else "FALSE"
    return f"{column} = {_literal(kind, value)}"


def _literal(kind: str, value: Any) -> str:
    """Postgres compares text with text only: a number is looked for as it is written there."""
    return literal(json_text(value) if kind == "text" and not isinstance(value, str) else value)


def kind_of(stored: Mapping[str, str], name: str) -> str:
    """The logical type of a column, also of one that the table lacks."""
    return stored.get(name) or BOOKKEEPING.get(name, "text")


def _schema(kinds: Mapping[str, str]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([(name, arrow_type(kind)) for name, kind in kinds.items()])
