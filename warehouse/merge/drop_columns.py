"""Taking columns out of tables that already hold values in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.drivers.sql import quote
from fieldhouse.warehouse.metadata.books import log_changes
from fieldhouse.warehouse.model import SchemaChange


def remove(
    db: Database, schema: str, columns: Mapping[str, Sequence[str]], at: datetime, run_id: str
) -> list[SchemaChange]:
    """Removes columns; where a view or an index needs one, only its values. Put-aside records go as well."""
    stored = db.catalogue(schema)
    changes = []
    with db.transaction():
        for table, wanted in columns.items():
            ref = f"{quote(schema)}.{quote(table)}"
            needed = [name for name in wanted if db.user_of(schema, table, name)]
            for name in wanted:
                if name not in needed:
                    db.execute(f"ALTER TABLE {ref} DROP COLUMN {quote(name)}")
                changes.append(SchemaChange(table, name, stored[table][name], "", "removed"))
            if needed:
                anything = " OR ".join(f"{quote(name)} IS NOT NULL" for name in needed)
                nothing = ", ".join(f"{quote(name)} = NULL" for name in needed)
                db.execute(f"UPDATE {ref} SET {nothing} WHERE {anything}")
        if columns:
            db.execute(f"DELETE FROM {quote(schema)}._quarantine")
            log_changes(db, schema, changes, at, run_id)
    return changes
