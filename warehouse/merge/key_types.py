"""Stored keys in the types that they will have: a key may be about to become text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.drivers.sql import quote

from .cast import cast
from .evolve import Plan


def stored_key(db: Database, root: Plan, name: str) -> str:
    """A key column of the stored row, aliased `t`, in the type that the plan gives it."""
    return _typed(db, name, (root.target.stored or {}).get(name, ""), root.types[name])


def stored_match(
    db: Database, root: Plan, key: Sequence[str], link: Sequence[str], stored: Mapping[str, str] | None
) -> str:
    """The stored rows `t`, of the table or of a child table, that belong to the keys of `k`.

    Args:
        link: the columns of `t` that hold the root's key.
        stored: the stored columns of that table and their types.
    """
    return " AND ".join(
        f"{_typed(db, column, (stored or {}).get(column, ''), root.types[name])} = k.{quote(name)}"
        for column, name in zip(link, key, strict=True)
    )


def _typed(db: Database, column: str, stored: str, kind: str) -> str:
    value = f"t.{quote(column)}"
    if stored in ("", kind):
        return value
    return cast(db.dialect, value, stored, kind).value
