"""Known rows: what the engine asks of the warehouse while it reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import pyarrow as pa

from fieldhouse.sources.engine.spec.table import Table

from .row_index import RowIndex


class KnownRows(Protocol):
    """The rows of an account that a warehouse holds."""

    def known(self, table: Table, keys: pa.Table | None, extra: Sequence[str]) -> pa.Table:
        """Arrow table of key, ``_row_hash``, ``_deleted_at`` and ``extra`` columns of all rows, or of ``keys``."""

    def values(self, table: str, column: str, where: tuple[str, Any] | None) -> list[Any]:
        """A column of the live rows of a table; with ``where``, of those whose column holds that value."""


class StoredRows:
    """The stored rows of one table, as row indexes with the columns that its reads need.

    Args:
        extra: columns beside key and hashes.

    Attributes:
        trusts_hashes: False if every row counts as changed: the warehouse compares what it holds.
    """

    def __init__(self, known_rows: KnownRows, table: Table, extra: Sequence[str]) -> None:
        self._known_rows, self._table = known_rows, table
        self.trusts_hashes = True
        self.extra = [column for column in dict.fromkeys(extra) if column not in table.key]

    def index(
        self, keys: pa.Table | None = None, keep: Callable[[pa.Table], pa.Table] | None = None
    ) -> RowIndex:
        """The index of all rows, or of ``keys``, or of those rows that ``keep`` leaves."""
        known = self._known_rows.known(self._table, keys, self.extra)
        if not self.trusts_hashes:
            known = _without_hashes(known)
        return RowIndex(self._table.key, keep(known) if keep else known)


def _without_hashes(known: pa.Table) -> pa.Table:
    for name in ("_row_hash", "_list_hash"):
        if name in known.column_names:
            nothing = pa.nulls(known.num_rows, pa.int64())
            known = known.set_column(known.column_names.index(name), name, nothing)
    return known


def extra_columns(table: Table) -> list[str]:
    """The columns of stored rows that decisions on a table need, beside keys and hashes."""
    extra = ["_list_hash", "_synced_at"] if table.detail else []
    since, parent, window = table.incremental, table.per_parent, table.window
    if since and since.cursor_column:
        extra.append(since.cursor_column)
    if parent and parent.stamp:
        extra.append(parent.stamp)
    if window and window.field:
        extra += [column for column in (window.field, window.unsettled) if column]
    return [*extra, *table.confirm_columns]
