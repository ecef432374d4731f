"""What a warehouse should hold of a vendor's records: the contract's names and child tables, said a second time."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.warehouse.warehouse_snapshot import Snapshot

Record = Mapping[str, Any]
Identity = tuple[Any, ...]


@dataclass
class ExpectedTable:
    """The rows that one warehouse table should hold, by what identifies each."""

    table: str
    key: tuple[str, ...]
    nested: bool = False
    rows: dict[Identity, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def columns(self) -> set[str]:
        return {name for rows in self.rows.values() for row in rows for name in row}


def spread_table(
    expected: dict[str, ExpectedTable],
    snapshot: Snapshot,
    name: str,
    key: tuple[str, ...],
    records: list[Record],
) -> None:
    table = expected.setdefault(name, ExpectedTable(name, key))
    for record in records:
        row, lists = _spread(record, snapshot, name)
        identity = tuple(str(row.get(column)) for column in key)
        table.rows[identity].append(row)
        for field_name, items in lists.items():
            _spread_list(expected, snapshot, f"{name}__{field_name}", key, identity, (), items)


def _spread_list(
    expected: dict[str, ExpectedTable],
    snapshot: Snapshot,
    name: str,
    key: tuple[str, ...],
    root: Identity,
    parent: Identity,
    items: list[Any],
) -> None:
    """``parent`` is empty below a root, else how a child's child says whose it is: by id or else by index."""
    table = expected.setdefault(name, ExpectedTable(name, key, nested=bool(parent)))
    for index, item in enumerate(items):
        inner = item if isinstance(item, dict) else {"value": item}
        row, lists = _spread(inner, snapshot, name)
        table.rows[(*root, *parent, index)].append(row)
        own = row.get("id")
        mine = ("index", index) if own in (None, "") else ("id", str(own))
        for field_name, below in lists.items():
            _spread_list(expected, snapshot, f"{name}__{field_name}", key, root, mine, below)


def _spread(record: Record, snapshot: Snapshot, table: str) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """A record as columns, and its lists. What the warehouse keeps as JSON in one column stays whole.

    A field may have been a scalar before: then its column stands beside its inner ones, or its child table.
    """
    row: dict[str, Any] = {}
    lists: dict[str, list[Any]] = {}
    columns = snapshot.columns.get(table, {})
    for name, value in _leaves(record, columns, ""):
        if isinstance(value, list) and (name not in columns or f"{table}__{name}" in snapshot.columns):
            lists[name] = value
        else:
            row[name] = value
    return row, lists


def _leaves(record: Record, columns: Mapping[str, str], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        name = prefix + snake(key)
        if isinstance(value, dict) and (name not in columns or _has_inner(name, columns)):
            yield from _leaves(value, columns, f"{name}__")
        else:
            yield name, value


def _has_inner(name: str, columns: Mapping[str, str]) -> bool:
    return any(column.startswith(f"{name}__") and not column.startswith(f"{name}__v_") for column in columns)


@functools.cache
def snake(name: str) -> str:
    """``WorkOrderLines`` as ``work_order_lines``, ``tax-entity`` as ``tax_entity``, ``24_hours`` as ``_24_hours``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    plain = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    return f"_{plain}" if plain[:1].isdigit() else plain
