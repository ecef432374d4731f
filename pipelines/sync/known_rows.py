"""Known rows: keys, hashes and a few values that the engine asks the warehouse for while it reads a vendor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor
from fieldhouse.warehouse.connect import Warehouse
from fieldhouse.warehouse.errors import WarehouseError
from fieldhouse.warehouse.session import KnownRequest, Session

Catalogue = dict[str, dict[str, str]]
"""Table -> column -> type."""
SMALL = 5_000
"""Tables of up to this many rows are read at the start, all at once: opening a DuckDB file for each costs more."""


class WarehouseKnownRows:
    """Keys, hashes and a few values of the rows that the warehouse holds. Safe to use from many threads."""

    def __init__(self, warehouse: Warehouse, schema: str, catalogue: Catalogue | None = None) -> None:
        self._warehouse, self._schema = warehouse, schema
        self.catalogue: Catalogue = catalogue or {}
        self._small: dict[str, pa.Table] = {}

    def look_ahead(self, session: Session, vendor: Vendor, tables: Iterable[Table]) -> None:
        """Read the small tables while the warehouse is open anyway."""
        stored = [table for table in tables if table.name in self.catalogue]
        small = session.small(self._schema, [table.name for table in stored], SMALL)
        requests = [self._request(vendor, table) for table in stored if table.name in small]
        with suppress(WarehouseError):  # a table's own reader meets and reports what is wrong with it
            rows = session.known_in_all(self._schema, requests)
            self._small = {request.table: known for request, known in zip(requests, rows, strict=True)}

    def _request(self, vendor: Vendor, table: Table) -> KnownRequest:
        columns = self.catalogue[table.name]
        extra = {"_list_hash", "_synced_at", *vendor.relied_on(table)} - set(table.key)
        return KnownRequest(
            table.name, table.key, [name for name in sorted(extra) if name in columns], columns
        )

    def forget(self, table: str) -> None:
        """Drop what was read of a table at the start: it was written since."""
        self._small.pop(table, None)

    def known(self, table: Table, keys: pa.Table | None, extra: Sequence[str]) -> pa.Table:
        """Keys, ``_row_hash``, ``_deleted_at`` (null for live rows) and extra columns of all rows, or of ``keys``."""
        if table.name not in self.catalogue:
            return _nothing_known(table, extra)
        known = self._looked_up(table, keys, extra)
        if known is None:
            with self._warehouse.session() as session:
                known = self._read(session, table, keys, extra)
        for name in extra:
            if name not in known.column_names:
                known = known.append_column(name, pa.nulls(known.num_rows))
        return known

    def _read(self, session: Session, table: Table, keys: pa.Table | None, extra: Sequence[str]) -> pa.Table:
        columns = self.catalogue[table.name]
        names = [name for name in extra if name in columns]
        if keys is None:
            return session.known_of_all(self._schema, table.name, table.key, names, columns)
        return session.known(self._schema, table.name, table.key, keys=keys, extra=names, stored=columns)

    def _looked_up(self, table: Table, keys: pa.Table | None, extra: Sequence[str]) -> pa.Table | None:
        """The rows from what was read at the start; None if that lacks a column or has other key types."""
        small = self._small.get(table.name)
        names = [name for name in extra if name in self.catalogue[table.name]]
        if small is None or not set(names) <= set(small.column_names):
            return None
        rows = small.select(list(dict.fromkeys([*table.key, "_row_hash", "_deleted_at", *names])))
        if keys is None:
            return rows
        (key, *more) = table.key
        if more or keys.schema.field(key).type != rows.schema.field(key).type:
            return None
        return rows.filter(pc.is_in(rows.column(key), value_set=keys.column(key).combine_chunks()))

    def values(self, table: str, column: str, where: tuple[str, Any] | None) -> list[Any]:
        """A column of the live rows of a table, where another column holds a value."""
        columns = self.catalogue.get(table, {})
        if column not in columns or (where and where[0] not in columns):
            return []
        with self._warehouse.session() as session:
            rows = session.rows(self._schema, table, [column], dict([where]) if where else {})
        values: list[Any] = rows.column(column).to_pylist()
        return values


def _nothing_known(table: Table, extra: Sequence[str]) -> pa.Table:
    names = [*table.key, "_row_hash", "_deleted_at", *(name for name in extra if name not in table.key)]
    return pa.table({name: pa.array([], pa.null()) for name in names})
