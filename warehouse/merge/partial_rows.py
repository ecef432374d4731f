"""Partial rows: rows of which only some columns came; the other columns and child tables stay as they are stored.

A row of a table with details lands without a `_list_hash` if its detail could not be read.
"""

from __future__ import annotations

from dataclasses import dataclass

from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.drivers.sql import quote
from fieldhouse.warehouse.model import TableLoad

from .evolve import Plan, is_ours
from .key_types import stored_key


@dataclass(frozen=True)
class PartialRows:
    """The stored rows of partial keys, in a temporary table, before they are replaced."""

    ref: str
    columns: tuple[str, ...]


def set_aside(db: Database, load: TableLoad, root: Plan, winners: str) -> PartialRows | None:
    """Copy the stored rows whose winning landed version is partial; None if there are none.

    Args:
        winners: temporary table of the landed keys with `_synced_at`.
    """
    target = root.target
    if load.is_listed is None or target.stored is None or "_list_hash" not in (target.landed or {}):
        return None
    landed = " AND ".join(f"{root.fills[name]} = k.{quote(name)}" for name in load.key)
    partial = (
        f"SELECT 1 FROM {target.landing} AS l WHERE {landed}"
        " AND l._synced_at = k._synced_at AND l._list_hash IS NULL"
    )
    match = " AND ".join(f"t.{quote(name)} = k.{quote(name)}" for name in load.key)
    ref = db.temporary(
        "fieldhouse_partial",
        f"SELECT t.* FROM {target.ref} AS t JOIN {winners} AS k ON {match} WHERE EXISTS ({partial})",
    )
    if not db.fetch(f"SELECT count(*) FROM {ref}")[0][0]:
        return None
    columns = [
        name for name in root.types if name not in load.key and not is_ours(name) and not load.is_listed(name)
    ]
    return PartialRows(ref, tuple(columns))


def put_back(db: Database, load: TableLoad, root: Plan, partial: PartialRows | None) -> None:
    """Give the replaced rows the columns that did not come."""
    if partial is None or not partial.columns:
        return
    match = " AND ".join(f"t.{quote(name)} = p.{quote(name)}" for name in load.key)
    values = ", ".join(f"{quote(name)} = p.{quote(name)}" for name in partial.columns)
    db.execute(f"UPDATE {root.target.ref} AS t SET {values} FROM {partial.ref} AS p WHERE {match}")


def drop_stored(db: Database, load: TableLoad, root: Plan) -> int:
    """Take partial rows out of what landed whose row is stored and live: they cannot be compared; returns how many."""
    target = root.target
    if load.is_listed is None or target.stored is None or "_list_hash" not in (target.landed or {}):
        return 0
    match = " AND ".join(f"{root.fills[name]} = {stored_key(db, root, name)}" for name in load.key)
    return db.execute(
        f"DELETE FROM {target.landing} AS l WHERE l._list_hash IS NULL AND EXISTS"
        f" (SELECT 1 FROM {target.ref} AS t WHERE {match} AND t._deleted_at IS NULL)"
    )


def drop_unchanged(db: Database, load: TableLoad, root: Plan) -> int:
    """Take partial rows out of what landed whose columns that came equal those stored; returns how many."""
    target = root.target
    if load.is_listed is None or target.stored is None or "_list_hash" not in (target.landed or {}):
        return 0
    names = [
        name
        for name in root.fills
        if name in target.stored and not is_ours(name) and (name in load.key or load.is_listed(name))
    ]
    text = db.dialect.types["text"]
    same = " AND ".join(
        f"CAST({root.fills[name]} AS {text}) IS NOT DISTINCT FROM CAST(t.{quote(name)} AS {text})"
        for name in names
    )
    return db.execute(
        f"DELETE FROM {target.landing} AS l WHERE l._list_hash IS NULL AND EXISTS"
        f" (SELECT 1 FROM {target.ref} AS t WHERE t._deleted_at IS NULL AND {same})"
    )


def keeps_children(load: TableLoad, partial: PartialRows | None, child: str) -> bool:
    """True if the rows of a child table stay for partial rows."""
    if partial is None or load.is_listed is None:
        return False
    return not load.is_listed(child.removeprefix(f"{load.name}__"))
