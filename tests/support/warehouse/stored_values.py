"""What is kept of a field, wherever the rules put it, and what a value should leave behind."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.support.warehouse.warehouse_snapshot import Snapshot

VARIANT = re.compile(r"__v_(text|bigint|double|decimal|boolean|timestamp|date|json)_*$")
StoredValues = frozenset[tuple[str, str]]
"""Paths from a field (``""``, ``__a``, ``[0]``) and the texts of the values there."""


def spread(value: Any, path: str = "") -> StoredValues:
    """Every value inside ``value`` with its path. Null, ``{}`` and ``[]`` leave nothing."""
    if isinstance(value, dict):
        return frozenset().union(*(spread(entry, f"{path}__{key}") for key, entry in value.items()))
    if isinstance(value, list):
        return frozenset().union(*(spread(entry, f"{path}[{at}]") for at, entry in enumerate(value)))
    return frozenset() if value is None else frozenset({(path, as_text(value))})


def stored(kept: Snapshot, table: str, key: Any, name: str) -> StoredValues:
    """The same of what the warehouse keeps of the field ``name`` of the row ``key``, of its lists too."""
    (row,) = (entry for entry in kept.live(table) if entry["id"] == key)
    actual = _columns(row, name, "")
    for item in kept.live(f"{table}__{name}"):
        if item["_parent_id"] == key:
            actual |= _columns(item, "value", f"[{item['_list_index']}]")
    return actual


def _columns(row: Mapping[str, Any], name: str, path: str) -> StoredValues:
    actual = frozenset()
    for column, value in row.items():
        if value is not None and (column == name or column.startswith(f"{name}__")):
            actual |= {(path + VARIANT.sub("", column[len(name) :]), as_text(value))}
    return actual


def as_text(value: Any) -> str:
    """A value as one text, whatever type its column has: 5, 5.0 and "5" are one."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True)
    text = str(value)
    try:
        return str(Decimal(text).normalize()) if len(text) < 40 else text
    except InvalidOperation:
        return text
