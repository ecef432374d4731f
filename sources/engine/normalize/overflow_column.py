"""Tables wider than a database holds: what has no column of its own stands in one JSON column, ``_rest``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from json import loads
from typing import Any

import pyarrow as pa

from fieldhouse.sources.engine.spec.text import json_text

from .frames import Column
from .unify_schemas import schema

REST = "_rest"
MOST_COLUMNS = 1000
"""Columns of one table. Postgres refuses the 1,601st, and counts dropped ones."""
_NEVER_TOO_WIDE = 300
"""So many columns fit a page whatever they hold."""
_POINTER = 24
"""Bytes of the longest text that Postgres keeps in the row when it moves longer ones out."""
_FIXED = 15
"""Bytes of a number or a time, with the most that it takes to align it."""


@dataclass
class Narrowed:
    """Batches of one schema again; ``apart`` are the columns that have none of their own any more."""

    batches: list[pa.Table]
    columns: dict[str, Column]
    apart: list[Column] = field(default_factory=list)


def overflowed(
    batches: Sequence[pa.Table],
    columns: Mapping[str, Column],
    warehouse_columns: Collection[str],
    *,
    most: int = MOST_COLUMNS,
    page: int | None = None,
    discard: bool = False,
) -> Narrowed:
    """At most ``most`` columns, those of the warehouse's table included, and rows of at most ``page`` bytes.

    Declared columns and those of the warehouse come first, then the others in the order in which they appeared. Of a
    row that is too long, the last values go to ``_rest``, in that row alone.

    Args:
        warehouse_columns: the columns that the table has in the warehouse.
        page: bytes of a row that must stay together; None where the database needs no such limit.
        discard: leave out what gets no column.
    """
    apart = _beyond(columns, warehouse_columns, most)
    kept = {name: column for name, column in columns.items() if name not in apart}
    long = page is not None and len(kept) > _NEVER_TOO_WIDE
    if not apart and not long:
        return Narrowed(list(batches), dict(columns))
    stored = () if discard else apart
    rests = [_rests(batch, stored, kept, page if long else None) for batch in batches]
    if not apart and not any(rests):
        return Narrowed(list(batches), dict(columns))
    if any(rests):
        kept[REST] = Column(REST, pa.string(), declared=True, json=True)
    made = [_without(batch, columns, kept, rest) for batch, rest in zip(batches, rests, strict=True)]
    return Narrowed(made, kept, [columns[name] for name in apart])


def _beyond(columns: Mapping[str, Column], warehouse_columns: Collection[str], most: int) -> list[str]:
    """The names that get no column, in order."""
    taken = {*warehouse_columns, *(name for name, column in columns.items() if column.declared)}
    free = most - len(taken)
    return [name for name in columns if name not in taken][max(0, free) :]


def _rests(
    batch: pa.Table, apart: Sequence[str], kept: Mapping[str, Column], page: int | None
) -> dict[int, dict[str, Any]]:
    """What stands in ``_rest``, by the row's position."""
    rests: dict[int, dict[str, Any]] = {}
    for name in apart:
        for at, value in enumerate(batch.column(name).to_pylist()):
            if value is not None:
                rests.setdefault(at, {})[name] = value
    for at, name in _spilled(batch, kept, page) if page else ():
        rests.setdefault(at, {})[name] = batch.column(name)[at].as_py()
    return rests


def _spilled(batch: pa.Table, kept: Mapping[str, Column], page: int) -> Iterator[tuple[int, str]]:
    """Row and column of each value that must leave its column: undeclared ones first, from the last on."""
    widths = {name: _widths(batch.column(name)) for name in kept}
    totals = [len(kept) // 8 + sum(row) for row in zip(*widths.values(), strict=True)]
    movable = [name for name in kept if not kept[name].declared]
    for at, total in enumerate(totals):
        for name in reversed(movable):
            if total <= page:
                break
            if widths[name][at]:
                total -= widths[name][at]
                yield at, name


def _widths(values: pa.ChunkedArray) -> list[int]:
    """The bytes of each value that stay in the row; 0 for null."""
    if not pa.types.is_string(values.type):
        width = _POINTER if pa.types.is_decimal(values.type) else _FIXED
        return [width if valid else 0 for valid in values.is_valid().to_pylist()]
    return [0 if text is None else min(len(text.encode()) + 1, _POINTER) for text in values.to_pylist()]


def _without(
    batch: pa.Table,
    columns: Mapping[str, Column],
    kept: Mapping[str, Column],
    rests: Mapping[int, dict[str, Any]],
) -> pa.Table:
    """The batch with the kept columns only: null where a value stands in ``_rest``."""
    gone = {name for rest in rests.values() for name in rest}
    json = {name for name in gone if columns[name].json}
    arrays = []
    for name, column in kept.items():
        if name == REST:
            texts = [_text(rests[at], json) if at in rests else None for at in range(batch.num_rows)]
            arrays.append(pa.array(texts, pa.string()))
        elif name in gone:
            values = batch.column(name).to_pylist()
            blank = [None if name in rests.get(at, ()) else value for at, value in enumerate(values)]
            arrays.append(pa.array(blank, column.type))
        else:
            arrays.append(batch.column(name))
    return pa.Table.from_arrays(arrays, schema=schema(kept.values()))


def _text(rest: Mapping[str, Any], json: Collection[str]) -> str:
    return json_text({name: loads(value) if name in json else _plain(value) for name, value in rest.items()})


def _plain(value: Any) -> Any:
    """A decimal as its digits, a time as ISO 8601, the rest as it is."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime | date):
        return value.isoformat().replace("+00:00", "Z")
    return value
