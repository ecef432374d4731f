"""What leaves the shaping of a batch: Arrow tables, the meaning of their columns, and what was noticed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from fieldhouse.sources.engine.spec.naming import apart

from .parse_columns import DECIMAL, TIMESTAMP

UNFIT_VALUE = "a value does not fit its column"
ROUNDED_VALUE = "a value was rounded to 9 decimal places"
IMPOSSIBLE_TIME = "an impossible time was stored as null"
CLEANED_TEXT = "NUL became U+2400 or a lone surrogate U+FFFD"


@dataclass(frozen=True)
class Column:
    """A column of one table.

    Attributes:
        name: final name.
        type: Arrow type; ``pa.null()`` only for a ``_parent_id`` whose parents have no id in this batch.
        original: the vendor's path from the row (``agent.username``); empty for our own columns and for
            declared ones not seen yet.
        declared: whether a row model or this project names it.
        json: whether its text is JSON.
        wide: whether it holds integers that a float cannot hold.
        beside: the column whose unfit values stand here, whole, as text.
        stated: whether nobody declared it and the vendor states its type.
        id: whether it is declared as an integer that names a row, and becomes text if another id comes.
    """

    name: str
    type: pa.DataType
    original: str = ""
    declared: bool = False
    json: bool = False
    wide: bool = False
    beside: str = ""
    stated: bool = False
    id: bool = False


@dataclass(frozen=True)
class Issue:
    """Something noticed in a batch: where, why, how often, and the form of one example, up to 80 characters.

    Of an example only the form shows (letters are ``x``, digits ``9``); it is empty if the column is declared personal.
    """

    table: str
    column: str
    reason: str
    count: int
    example: str


@dataclass(frozen=True)
class Frames:
    """One batch: the root table first, then its child tables, each parent before its children."""

    tables: dict[str, pa.Table]
    columns: dict[str, dict[str, Column]]
    issues: list[Issue]


@dataclass
class Sheet:
    """One table of a batch while it is being filled; every column has ``height`` values."""

    table: str
    height: int
    columns: dict[str, Column] = field(default_factory=dict)
    arrays: dict[str, pa.Array] = field(default_factory=dict)

    def add(self, column: Column, array: pa.Array) -> None:
        """Add a column; one whose name another path already has gets a name apart from it."""
        if column.name in self.arrays:
            name = apart(column.name, column.original)
            column = replace(column, name=name, declared=False)
        self.columns[column.name], self.arrays[column.name] = column, array

    def sorted_table(
        self, declared: Sequence[Column], added: Mapping[str, pa.Array]
    ) -> tuple[pa.Table, dict[str, Column]]:
        """The table: declared columns (null where nothing came), the others as seen, ``added`` last."""
        columns = {known.name: self.columns.get(known.name, known) for known in declared}
        columns.update((name, column) for name, column in self.columns.items() if name not in columns)
        arrays = {
            name: self.arrays[name] if name in self.arrays else pa.nulls(self.height, column.type)
            for name, column in columns.items()
        }
        columns.update((name, Column(name, array.type, declared=True)) for name, array in added.items())
        return pa.table(arrays | dict(added)), columns


def logical(column: Column) -> str:
    """The type in the warehouse's words: text, bigint, double, decimal, boolean, timestamp, date, json."""
    if column.json:
        return "json"
    return _LOGICAL.get(column.type, "text")


_LOGICAL = {
    pa.int64(): "bigint",
    pa.float64(): "double",
    DECIMAL: "decimal",
    pa.bool_(): "boolean",
    TIMESTAMP: "timestamp",
    pa.date32(): "date",
}
