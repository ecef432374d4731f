"""Taking columns out of tables that already hold values in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.drivers.sql import literal, quote
from fieldhouse.warehouse.metadata.books import log_changes
from fieldhouse.warehouse.model import SchemaChange


def remove(
    db: Database, schema: str, columns: Mapping[str, Sequence[str]], at: datetime, run_id: str
) -> list[SchemaChange]:
    """Removes columns; where a view or an index needs one, only its values. Put-aside records go as well."""
    held = db.catalogue(schema)
    changes = []
    with db.transaction():
        for table, wanted in columns.items():
            ref = f"{quote(schema)}.{quote(table)}"
            viewed = db.dialect == "duckdb" and _is_viewed(db, table)
            kept = [name for name in wanted if viewed or db.blocker(schema, table, name)]
            for name in wanted:
                if name not in kept:
                    db.execute(f"ALTER TABLE {ref} DROP COLUMN {quote(name)}")
                changes.append(SchemaChange(table, name, held[table][name], "", "removed"))
            if kept:
                anything = " OR ".join(f"{quote(name)} IS NOT NULL" for name in kept)
                nothing = ", ".join(f"{quote(name)} = NULL" for name in kept)
                db.execute(f"UPDATE {ref} SET {nothing} WHERE {anything}")
        if columns:
            db.execute(f"DELETE FROM {quote(schema)}._quarantine")
            log_changes(db, schema, changes, at, run_id)
    return changes


def _is_viewed(db: Database, table: str) -> bool:
    """Whether a view of a DuckDB file may read the table: nothing but its text tells."""
    mentions = f"contains(sql, {literal(table)})"
    return bool(db.fetch(f"SELECT 1 FROM duckdb_views() WHERE NOT internal AND {mentions} LIMIT 1"))
