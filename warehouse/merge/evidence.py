"""Evidence about the differences of the last comparison: later changes at the vendor against wrong rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.drivers.sql import literal, names, quote
from fieldhouse.warehouse.model import TableLoad

from .apply import key_match, landed_keys, landed_rows, stage_keys
from .compare import Key
from .key_types import stored_match
from .table_tree import plan_tree

if TYPE_CHECKING:
    import pyarrow as pa

_DIFFERING = "fieldhouse_differing"
_KEYS_A_STATEMENT = 500


@dataclass(frozen=True)
class Evidence:
    """What is known of one missing or stale row.

    Attributes:
        is_stored: True if the table has the row, live or marked as deleted.
        has_same_hash: True if the vendor's record is the one that was stored last: the warehouse was altered.
        changed_at: the latest of the vendor's times of change in the landed row, UTC.
        deleted_at: when the row was marked as deleted here.
    """

    key: Key
    is_stored: bool
    has_same_hash: bool
    changed_at: datetime | None
    deleted_at: datetime | None


def differing_evidence(
    db: Database, schema: str, landing: str, load: TableLoad, times: Iterable[str]
) -> dict[Key, Evidence]:
    """The evidence for each key that the last `compare` of this connection found.

    Args:
        times: columns in which the vendor states when a row was created or changed.
    """
    made = plan_tree(db, schema, landing, load, db.catalogue(schema), db.catalogue(landing))
    root, source = next(landed_rows(load, made, landed_keys(db, made[0], load)))
    columns = [
        root.fills[name] for name in times if root.types.get(name) == "timestamp" and name in root.fills
    ]
    latest = f"greatest({', '.join(columns)})" if columns else "NULL"
    landed = " AND ".join(f"{root.fills[name]} = k.{quote(name)}" for name in load.key)
    stored, stored_columns = "", "FALSE, FALSE, NULL"
    if root.target.stored is not None:
        match = stored_match(db, root, load.key, load.key, root.target.stored)
        stored = f" LEFT JOIN {root.target.ref} AS t ON {match}"
        same_hash = f"coalesce(t._row_hash = {root.fills['_row_hash']}, FALSE)"
        stored_columns = f"t._synced_at IS NOT NULL, {same_hash}, t._deleted_at"
    differing = f"(SELECT DISTINCT {names(load.key)} FROM {db.dialect.temporary(_DIFFERING)}) AS k"
    rows = db.fetch(
        f"SELECT {', '.join(f'k.{quote(name)}' for name in load.key)}, {stored_columns}, {latest}"
        f" FROM {differing} LEFT JOIN {source} ON {landed}{stored}"
    )
    width = len(load.key)
    return {
        tuple(row[:width]): Evidence(
            tuple(row[:width]), bool(row[width]), bool(row[width + 1]), row[width + 3], row[width + 2]
        )
        for row in rows
    }


def forget_differences(db: Database, load: TableLoad, keys: Sequence[Key]) -> None:
    """Remove keys from what the last `compare` found, so that `keep_differing` does not apply them."""
    for start in range(0, len(keys), _KEYS_A_STATEMENT):
        part = ", ".join(
            f"({', '.join(map(literal, key))})" for key in keys[start : start + _KEYS_A_STATEMENT]
        )
        db.execute(f"DELETE FROM {db.dialect.temporary(_DIFFERING)} WHERE ({names(load.key)}) IN ({part})")


def altered_extra(db: Database, schema: str, load: TableLoad, keys: pa.Table) -> set[Key]:
    """Those of ``keys`` that no sync stored: rows without a hash of their own, and child rows without a row."""
    in_warehouse = db.catalogue(schema)
    root = plan_tree(db, schema, "", load, in_warehouse, {})[0]
    wanted = stage_keys(db, load, root, keys)
    listed = ", ".join(f"k.{quote(name)}" for name in load.key)
    genuine = (
        f"SELECT 1 FROM {root.target.ref} AS t WHERE {key_match(load.key, load.key)} AND t._deleted_at IS NULL"
        f" AND NOT EXISTS (SELECT 1 FROM {root.target.ref} AS o WHERE o._row_hash = t._row_hash"
        f" AND NOT ({_same_row(load.key)})) AND t._row_hash IS NOT NULL"
    )
    return set(db.fetch(f"SELECT {listed} FROM {wanted.ref} AS k WHERE NOT EXISTS ({genuine})"))


def _same_row(key: Sequence[str]) -> str:
    return " AND ".join(f"o.{quote(name)} = t.{quote(name)}" for name in key)


def greatest_key(db: Database, schema: str, load: TableLoad) -> int | None:
    """The greatest key that a table holds, deleted rows included; None if the key is not one integer column."""
    in_warehouse = db.catalogue(schema).get(load.name, {})
    if len(load.key) != 1 or in_warehouse.get(load.key[0]) != "bigint":
        return None
    ((greatest,),) = db.fetch(f"SELECT max({quote(load.key[0])}) FROM {quote(schema)}.{quote(load.name)}")
    return None if greatest is None else int(greatest)


def unique_share(db: Database, landing: str, load: TableLoad) -> float:
    """Distinct keys per landed row: below 1 where the list of each parent repeats rows of the others."""
    ref = f"{quote(landing)}.{quote(load.name)}"
    ((rows, unique),) = db.fetch(
        f"SELECT (SELECT count(*) FROM {ref}), count(*) FROM (SELECT DISTINCT {names(load.key)} FROM {ref}) AS k"
    )
    return unique / rows if rows else 1.0
