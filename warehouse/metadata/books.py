"""The tables of the warehouse's own books: runs, schema changes, states, and what was put aside."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.drivers.sql import json_text, literal, names, quote
from fieldhouse.warehouse.model import SchemaChange

TABLES: Mapping[str, Mapping[str, str]] = {
    "_syncs": {
        "run_id": "text",
        "table_name": "text",
        "started_at": "timestamp",
        "finished_at": "timestamp",
        "seconds": "double",
        "rows_read": "bigint",
        "rows_written": "bigint",
        "rows_deleted": "bigint",
        "rows_quarantined": "bigint",
        "requests": "bigint",
        "cursor_before": "text",
        "cursor_after": "text",
        "outcome": "text",
        "strategy": "text",
        "error": "text",
        "details": "json",
    },
    "_schema_changes": {
        "changed_at": "timestamp",
        "table_name": "text",
        "column_name": "text",
        "from_type": "text",
        "to_type": "text",
        "action": "text",
        "original": "text",
        "run_id": "text",
    },
    "_state": {"table_name": "text", "value": "json", "updated_at": "timestamp"},
    "_quarantine": {
        "table_name": "text",
        "reason": "text",
        "record": "json",
        "seen_at": "timestamp",
        "run_id": "text",
        "fingerprint": "text",
    },
}
FENCE = "_fence"
"""The name under which `_state` keeps whose commits count; no table's state, and never shown."""
RECURRING = frozenset({"discarded", "converted", "in _rest"})
"""What is found again with every load."""
_ROWS_A_STATEMENT = 500


def are_complete(stored: Mapping[str, Mapping[str, str]]) -> bool:
    """True if a catalogue has every book with all its columns."""
    return all(columns.keys() <= stored.get(book, {}).keys() for book, columns in TABLES.items())


def prepare(db: Database, schema: str, stored: Mapping[str, Mapping[str, str]]) -> None:
    """Creates what the catalogue lacks of the books, in the caller's transaction."""
    kinds = db.dialect.types
    if not stored:
        db.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
    for book, columns in TABLES.items():
        ref = f"{quote(schema)}.{quote(book)}"
        if book not in stored:
            listed = ", ".join(f"{quote(name)} {kinds[kind]}" for name, kind in columns.items())
            db.execute(f"CREATE TABLE IF NOT EXISTS {ref} ({listed})")
            continue
        for name in columns.keys() - stored[book].keys():
            db.execute(f"ALTER TABLE {ref} ADD COLUMN {quote(name)} {kinds[columns[name]]}")


def append(db: Database, schema: str, book: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds rows to a book; a key that is no column of it is a defect and raises ValueError."""
    kinds = TABLES[book]
    for row in rows:
        if unknown := row.keys() - kinds.keys():
            raise ValueError(f"{book} has no column {', '.join(sorted(unknown))}")
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        values = ", ".join(
            "(" + ", ".join(_value(db, row.get(name), kind) for name, kind in kinds.items()) + ")"
            for row in rows[start : start + _ROWS_A_STATEMENT]
        )
        db.execute(f"INSERT INTO {quote(schema)}.{quote(book)} ({names(kinds)}) VALUES {values}")


def log_changes(
    db: Database, schema: str, changes: Sequence[SchemaChange], at: datetime, run_id: str
) -> list[SchemaChange]:
    """Writes schema changes down, one that recurs with every load only once; returns those written."""
    fresh = new_changes(db, schema, changes)
    rows = [
        {
            "changed_at": at,
            "table_name": change.table,
            "column_name": change.column,
            "from_type": change.from_type,
            "to_type": change.to_type,
            "action": change.action,
            "original": change.original,
            "run_id": run_id,
        }
        for change in fresh
    ]
    append(db, schema, "_schema_changes", rows)
    return fresh


def new_changes(db: Database, schema: str, changes: Sequence[SchemaChange]) -> list[SchemaChange]:
    """The changes without those that recur with every load and are written down already."""
    if not any(change.action in RECURRING for change in changes):
        return list(changes)
    known = set(
        db.fetch(
            f"SELECT table_name, column_name, to_type, action FROM {quote(schema)}._schema_changes"
            f" WHERE action IN ({', '.join(map(literal, sorted(RECURRING)))})"
        )
    )
    return [
        change
        for change in changes
        if (change.table, change.column, change.to_type, change.action) not in known
    ]


def quarantine(db: Database, schema: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds records to `_quarantine`, each once however often it is met."""
    ref = f"{quote(schema)}._quarantine"
    by_fingerprint = {}
    for row in rows:
        text = json_text([row["table_name"], row.get("reason"), row.get("record")])
        fingerprint = hashlib.sha256(text.encode()).hexdigest()[:16]
        by_fingerprint[fingerprint] = {**row, "fingerprint": fingerprint}
    listed = list(by_fingerprint)
    for start in range(0, len(listed), _ROWS_A_STATEMENT):
        part = listed[start : start + _ROWS_A_STATEMENT]
        known = db.fetch(
            f"SELECT fingerprint FROM {ref} WHERE fingerprint IN ({', '.join(map(literal, part))})"
        )
        append(
            db,
            schema,
            "_quarantine",
            [by_fingerprint[fingerprint] for fingerprint in part if (fingerprint,) not in known],
        )


def states(db: Database, schema: str, *, is_prepared: bool = False) -> dict[str, dict[str, Any]]:
    """Every table's stored state; empty before the first sync. `is_prepared` is True if the table is known to exist."""
    if not is_prepared and "_state" not in db.catalogue(schema):
        return {}
    kind = db.dialect.types["text"]
    rows = db.fetch(
        f"SELECT table_name, CAST(value AS {kind}) FROM {quote(schema)}._state WHERE table_name <> {literal(FENCE)}"
    )
    return {table: json.loads(value) for table, value in rows}


def put_states(
    db: Database, schema: str, values: Mapping[str, Mapping[str, Any] | None], at: datetime
) -> None:
    """Replaces the states of tables, None removes one: one statement for all, and one for those that go."""
    columns = TABLES["_state"]
    rows = [
        {"table_name": table, "value": dict(value), "updated_at": at}
        for table, value in values.items()
        if value is not None
    ]
    if rows:
        listed = ", ".join(
            "(" + ", ".join(_value(db, row[name], kind) for name, kind in columns.items()) + ")"
            for row in rows
        )
        db.execute(db.dialect.upsert(f"{quote(schema)}._state", listed, list(columns), "table_name"))
    if gone := [table for table, value in values.items() if value is None]:
        db.execute(
            f"DELETE FROM {quote(schema)}._state WHERE table_name IN ({', '.join(map(literal, gone))})"
        )


def _parsed(text: str) -> Any:
    """A text for a JSON column is JSON text; one that is not stays a string."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _value(db: Database, value: Any, kind: str) -> str:
    if value is None:
        return "NULL"
    if kind == "json" and isinstance(value, str):
        value = _parsed(value)
    if kind == "json":
        return f"CAST({literal(json_text(value))} AS {db.dialect.types['json']})"
    if kind == "text" and not isinstance(value, str):
        return literal(json_text(value))
    return literal(value)
