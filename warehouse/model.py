"""The values that a sync hands to the warehouse and gets back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pyarrow as pa

LOGICAL_TYPES = ("text", "bigint", "double", "decimal", "boolean", "timestamp", "date", "json")


@dataclass(frozen=True)
class Column:
    """A column as it should be: its logical type and the vendor's own name for it.

    Types: timestamp has a time zone and is UTC, decimal is 38 digits with 9 behind the point. ``beside``
    names the column whose values that do not fit stand here. ``description`` becomes a new column's comment.
    ``stated`` is true if the vendor states the type in its answers. ``id`` is true if it names a row: an
    integer column becomes text if another id comes.
    """

    name: str
    type: str
    original: str = ""
    declared: bool = False
    beside: str = ""
    description: str = ""
    stated: bool = False
    id: bool = False

    def __post_init__(self) -> None:
        if self.type not in LOGICAL_TYPES:
            raise ValueError(f"column {self.name}: type {self.type!r} is none of {', '.join(LOGICAL_TYPES)}")


@dataclass(frozen=True)
class Child:
    """A child table; `parent_key` are its columns that hold the root row's key, in the key's order.

    ``description`` becomes a new table's comment.
    """

    name: str
    columns: tuple[Column, ...]
    parent_key: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True)
class TableLoad:
    """Everything that changes in one table and its children, to be applied in one transaction.

    `deleted`, `removed` and `rechecked` are tables of key columns; rows of `removed` leave the table, whatever
    `deletes` is, as they do not meet the account's row filters. `landed`: True if the landing schema has rows.
    With `full_replace` what was not landed is gone: marked or removed like `deleted` where the table has a
    key, replaced whole where it has none. A `state` of None leaves the stored state alone. `apart` describes
    columns that landed inside another one, or not at all. `history` keeps every version of each row. `kept`
    names child tables that the vendor left out this time: their rows stay as they are, with those of their own
    children, while their row lives. `is_listed` is true for the columns and child tables that rows without
    `_list_hash` have: what else is stored of these rows stays as it is; None if there are no such rows.
    `description` becomes a new table's comment.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    synced_at: datetime
    load_id: str
    children: tuple[Child, ...] = ()
    landed: bool = False
    deleted: pa.Table | None = None
    deletes: Literal["soft", "hard"] = "soft"
    removed: pa.Table | None = None
    rechecked: pa.Table | None = None
    state: dict[str, Any] | None = None
    drift: Literal["evolve", "freeze", "discard"] = "evolve"
    overflowed: tuple[SchemaChange, ...] = ()
    full_replace: bool = False
    history: bool = False
    retained_children: frozenset[str] = frozenset()
    is_listed: Callable[[str], bool] | None = None
    run_id: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        if not self.key and not self.full_replace:
            raise ValueError(f"table {self.name} has no key: it can only be replaced whole")

    def retains(self, child: str) -> bool:
        """Whether the child table, or one above it, was left out."""
        return any(child == name or child.startswith(f"{name}__") for name in self.retained_children)


@dataclass(frozen=True)
class SchemaChange:
    """One change of a table, or of what the vendor sends for it.

    `action` is created, added, widened, retyped (its type was guessed before), variant (perhaps with its reason),
    converted (`to_type` came and is stored as `from_type`) or discarded.
    """

    table: str
    column: str
    from_type: str
    to_type: str
    action: str
    original: str = ""

    def __str__(self) -> str:
        what = f"{self.table}.{self.column}" if self.column else self.table
        if self.action == "added":
            return f"new column {what} ({self.to_type})"
        if self.action == "variant":
            return f"new column {what} ({self.to_type}) for values that do not fit"
        if self.action == "discarded":
            return f"{what} ({self.to_type}) is discarded (schema_drift = discard)"
        kinds = f" {self.from_type or '(none)'} -> {self.to_type}" if self.to_type else ""
        return f"{what} {self.action}{kinds}"


@dataclass(frozen=True)
class Applied:
    """What one load did, counted in root rows. `rows_written` includes the restored rows that were landed."""

    rows_written: int = 0
    rows_deleted: int = 0
    rows_restored: int = 0
    new_columns: list[str] = field(default_factory=list)
    changes: list[SchemaChange] = field(default_factory=list)

    def reportable_changes(self, table: str) -> list[SchemaChange]:
        """The changes that a person hears of: nothing of a table's first load, nor of values that fit."""
        created = {change.table for change in self.changes if change.action == "created"}
        if table in created:
            return []
        return [
            change
            for change in self.changes
            if change.action == "created" or (change.table not in created and change.action != "converted")
        ]
