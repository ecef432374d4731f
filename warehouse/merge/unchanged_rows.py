"""Unchanged rows: what landed and equals what the table holds, by its values and not by a stored hash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from fieldhouse.warehouse.drivers.protocol import Database, arrow_type
from fieldhouse.warehouse.drivers.sql import quote
from fieldhouse.warehouse.model import TableLoad

from .compare import compare, keep_differing
from .evolve import Plan
from .key_types import stored_match
from .partial_rows import drop_unchanged
from .table_tree import plan_tree

if TYPE_CHECKING:
    import pyarrow as pa

_HASHES = ("_row_hash", "_list_hash")


def leave_unchanged(
    db: Database,
    schema: str,
    landing: str,
    load: TableLoad,
    may_commit: Callable[[], None] = lambda: None,
    *,
    recheck: bool,
    flag: str | None = None,
) -> TableLoad:
    """Take the landed rows out that equal those of the table; returns the load of the others.

    Equal rows get the hashes that they landed with, so that the next sync finds them unchanged. Nothing else in the
    warehouse changes. A lake's landed rows are in another database, which a transaction of the lake may not change.

    Args:
        may_commit: called in the transaction that writes the hashes; what it raises undoes it.
        recheck: equal rows count as rechecked.
        flag: see `compare`.
    """
    drop_unchanged(
        db, load, plan_tree(db, schema, landing, load, db.catalogue(schema), db.catalogue(landing))[0]
    )
    compare(db, schema, landing, load, drop_partial=False, flag=flag)
    root = plan_tree(db, schema, landing, load, db.catalogue(schema), db.catalogue(landing))[0]
    equal = _equal(db, load, root)
    with db.transaction():
        may_commit()
        _renew_hashes(db, load, root, equal)
    rechecked = _keys(db, load, root, equal) if recheck else None
    keep_differing(db, schema, landing, load)
    return replace(load, rechecked=rechecked) if rechecked is not None and rechecked.num_rows else load


def _equal(db: Database, load: TableLoad, root: Plan) -> str:
    """A temporary table of the landed keys that do not differ, with their hashes."""
    match = " AND ".join(f"{root.fills[name]} = k.{quote(name)}" for name in load.key)
    keys = [f"{root.fills[name]} AS {quote(name)}" for name in load.key]
    hashes = [f"max(l.{name}) AS {name}" for name in _HASHES if name in (root.target.landed or {})]
    groups = ", ".join(str(number + 1) for number in range(len(keys)))
    return db.temporary(
        "fieldhouse_equal",
        f"SELECT {', '.join([*keys, *hashes])} FROM {root.target.landing} AS l WHERE NOT EXISTS"
        f" (SELECT 1 FROM {db.dialect.temporary('fieldhouse_differing')} AS k WHERE {match}) GROUP BY {groups}",
    )


def _renew_hashes(db: Database, load: TableLoad, root: Plan, equal: str) -> None:
    stored, landed = root.target.stored or {}, root.target.landed or {}
    names = [name for name in _HASHES if name in stored and name in landed]
    if not names:
        return
    match = stored_match(db, root, load.key, load.key, stored)
    differs = " OR ".join(f"t.{name} IS DISTINCT FROM k.{name}" for name in names)
    values = ", ".join(f"{name} = k.{name}" for name in names)
    db.execute(f"UPDATE {root.target.ref} AS t SET {values} FROM {equal} AS k WHERE {match} AND ({differs})")


def _keys(db: Database, load: TableLoad, root: Plan, equal: str) -> pa.Table:
    import pyarrow as pa

    columns = ", ".join(quote(name) for name in load.key)
    types = pa.schema([(name, arrow_type(root.types[name])) for name in load.key])
    return db.arrow(f"SELECT {columns} FROM {equal}", types)
