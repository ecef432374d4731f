"""Resources: what one table's read becomes for dlt, as Arrow tables with the hints of their tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import dlt
import pyarrow as pa
from dlt.common import logger
from dlt.extract import DltResource
from dlt.extract.hints import make_hints

from fieldhouse.sources.engine.errors import SourceError
from fieldhouse.sources.engine.normalize.frames import Column
from fieldhouse.sources.engine.spec.table import Table

from .destination import batches
from .hints import (
    ARROW_TYPES,
    ROW_ID,
    TableHints,
    as_text,
    child_hints,
    expect_json,
    root_hints,
    table_hints,
    with_stored_types,
)
from .vendor_run import TableRead, VendorRun
from .versions import (
    children_of,
    conform,
    distinct,
    marked,
    newest_roots,
    of_load,
    row_id,
    with_child_ids,
    with_deleted_at,
    with_row_ids,
)

ROWS_PER_ITEM = 10_000
STATE = "table"
"""The key of the engine's state in the state of a resource."""


@dataclass
class Emitter:
    """Turns the read of one table into items for dlt.

    Attributes:
        disposition: ``merge``, ``append`` or ``replace``, as it takes effect at the destination.
        shared: hints of the resource that its child tables take over.
        takes_json: False if JSON columns are text at the destination.
    """

    run: VendorRun
    table: Table
    resource: DltResource
    load_id: str
    disposition: str
    shared: dict[str, Any]
    now: datetime
    takes_json: bool = True
    _flagged: set[str] | None = None
    _written: set[str] = field(default_factory=set)

    def items(self, read: TableRead) -> Iterator[Any]:
        """The table's rows, then those of its child tables; parents before children."""
        name, stored = self.table.name, self.run.stored
        deleted = read.outcome.deleted
        if deleted is not None and self.table.flag:
            self._flagged = set(with_row_ids(deleted, self.table.key).column(ROW_ID).to_pylist())
        columns = dict(read.batch.columns.get(name, {}))
        tables = dict(read.batch.tables.get(name, {}))
        root: pa.Table | None = None
        newest: dict[str, datetime] = {}
        if rows := tables.pop(name, None):
            root, newest = newest_roots(with_row_ids(pa.concat_tables(rows), self.table.key))
            self._written = set(root.column(ROW_ID).to_pylist())
            hints = self._root_hints(columns[name])
            yield from self._rows(hints, self._live_or_flagged(root, self.table.key))
        elif not stored.has(name) and read.outcome.is_offered:
            yield self._nothing()
        yielded: dict[str, set[str]] = {}
        for child, rows in tables.items():
            if not rows:
                continue
            hints = child_hints(self.table, child, columns[child])
            children = children_of(with_child_ids(pa.concat_tables(rows), hints.tie), hints.tie, newest)
            children = distinct(children)
            yielded[child] = set(children.column(ROW_ID).to_pylist())
            yield from self._rows(hints, self._live_or_flagged(children, hints.tie))
        if root is not None and self.disposition != "replace":
            yield from self._vanished(root, yielded, read.outcome.retained_children)
        if not read.sampled and self.disposition != "replace":
            yield from self._marked(read)

    def _live_or_flagged(self, rows: pa.Table, key: tuple[str, ...]) -> pa.Table:
        """Rows without a deletion mark, except those that the vendor flags as deleted."""
        if self._flagged is None:
            return marked(rows, deleted_at=None)
        values = zip(*(rows.column(name).to_pylist() for name in key), strict=True)
        times = [self.now if row_id(value) in self._flagged else None for value in values]
        return with_deleted_at(rows, times)

    def _nothing(self) -> Any:
        """No rows, so that the table exists although the vendor has none."""
        hints = table_hints(self.run.account.vendor, self.table, self.run.options)[self.table.name]
        fields = [
            pa.field(name, ARROW_TYPES[column["data_type"]], column.get("nullable", True))
            for name, column in hints.columns.items()
        ]
        return pa.schema(fields).empty_table()

    def _root_hints(self, columns: dict[str, Column]) -> TableHints:
        return root_hints(self.run.account.vendor, self.table, columns)

    def _vanished(
        self, root: pa.Table, yielded: dict[str, set[str]], retained: frozenset[str]
    ) -> Iterator[Any]:
        """Child rows at the destination that the new versions of their root rows do not have, marked deleted."""
        keys = root.select(list(self.table.key))
        for child, rows, tie in self._stored_children(keys):
            if any(child == name or child.startswith(f"{name}__") for name in retained):
                continue
            now_there = yielded.get(child, set())
            is_gone = [
                row_id not in now_there and deleted is None
                for row_id, deleted in zip(
                    rows.column(ROW_ID).to_pylist(), rows.column("_deleted_at").to_pylist(), strict=True
                )
            ]
            gone = rows.filter(pa.array(is_gone, pa.bool_()))
            yield from self._stored(child, marked(gone, deleted_at=self.now), tie)

    def _marked(self, read: TableRead) -> Iterator[Any]:
        """Rows that the vendor deleted, and rows that were read again without a change, with their child rows."""
        outcome = read.outcome
        for keys, deleted_at, synced_at in (
            (outcome.rechecked, None, self.now),
            (outcome.deleted, self.now, None),
        ):
            if keys is None:
                continue
            ids = with_row_ids(keys, self.table.key).column(ROW_ID).to_pylist()
            keys = keys.filter(pa.array([value not in self._written for value in ids], pa.bool_()))
            if not keys.num_rows:
                continue
            for name, rows, tie in [*self._stored_roots(keys), *self._stored_children(keys)]:
                if deleted_at is not None:
                    rows = rows.filter(rows.column("_deleted_at").is_null())
                yield from self._stored(name, marked(rows, deleted_at=deleted_at, synced_at=synced_at), tie)

    def _stored_roots(self, keys: pa.Table) -> Iterator[tuple[str, pa.Table, tuple[str, ...]]]:
        stored, name = self.run.stored, self.table.name
        if stored.has(name):
            parts = stored.by_key(name, list(stored.tables[name]), keys)
            if parts:
                yield name, pa.concat_tables(parts), ()

    def _stored_children(self, keys: pa.Table) -> Iterator[tuple[str, pa.Table, tuple[str, ...]]]:
        stored = self.run.stored
        for child in stored.child_tables(self.table.name):
            columns = stored.tables[child]
            tie = _tie(self.table.key, columns)
            if tie:
                parts = stored.by_key(child, list(columns), keys, tie)
                if parts:
                    yield child, pa.concat_tables(parts), tie

    def _stored(self, name: str, rows: pa.Table, tie: tuple[str, ...]) -> Iterator[Any]:
        """Rows that were read back from the destination, as items."""
        types = {column: hints.get("data_type") for column, hints in self.run.stored.tables[name].items()}
        columns = {
            field.name: Column(field.name, field.type, declared=True, json=types.get(field.name) == "json")
            for field in rows.schema
        }
        hints = child_hints(self.table, name, columns) if tie else self._root_hints(columns)
        yield from self._rows(hints, rows)

    def _rows(self, hints: TableHints, rows: pa.Table) -> Iterator[Any]:
        stored = self.run.stored.tables.get(hints.name, {})
        types = {name: column["data_type"] for name, column in hints.columns.items()}
        rows = _with_keys(conform(of_load(rows, self.load_id), stored, types), hints)
        hints = with_stored_types(hints, stored)
        if hints.name == self.table.name:
            self._declare_json(hints)
        for part in batches(rows, ROWS_PER_ITEM):
            yield self._item(hints, part)

    def _item(self, hints: TableHints, rows: pa.Table) -> Any:
        if hints.name == self.table.name:
            return rows
        self._declare_json(hints)
        self._declare(hints)
        return dlt.mark.with_table_name(rows, self.run.stored.names.stored(hints.name))

    def _declare_json(self, hints: TableHints) -> None:
        """Tell dlt which columns are JSON, declared or not."""
        if self.takes_json and any(column["data_type"] == "json" for column in hints.columns.values()):
            expect_json(self.resource.name)
            if hints.name == self.table.name:
                self.resource.apply_hints(columns=hints.columns)

    def _declare(self, hints: TableHints) -> None:
        """Give a child table its own hints. ``apply_hints`` would give it the columns of the resource as well."""
        name_at = self.run.stored.names.stored
        template = make_hints(
            table_name=name_at(hints.name),
            primary_key=hints.key,
            columns=hints.columns if self.takes_json else as_text(hints.columns),
            references=[
                {**reference, "referenced_table": name_at(reference["referenced_table"])}
                for reference in hints.references
            ],
            **self.shared,
        )
        self.resource._set_hints(template, create_table_variant=True)


def _tie(key: tuple[str, ...], columns: Any) -> tuple[str, ...]:
    for prefix in ("_root_", "_parent_"):
        names = (f"{prefix}id",) if len(key) == 1 else tuple(f"{prefix}{name}" for name in key)
        if set(names) <= set(columns):
            return names
    return ()


def _with_keys(rows: pa.Table, hints: TableHints) -> pa.Table:
    """Rows whose key columns and row ids are declared without null, as in the hints."""
    required = {*hints.key, ROW_ID}
    fields = [field.with_nullable(field.name not in required) for field in rows.schema]
    return rows.cast(pa.schema(fields))


def failed(read: TableRead, on_error: str) -> bool:
    """True if a table gives nothing; its error is logged.

    Raises:
        SourceError: the table failed, and errors are to be raised.
    """
    error = read.outcome.error
    for note in read.outcome.notes:
        logger.info(f"{read.outcome.table}: {note}")
    if read.outcome.rows_quarantined:
        logger.warning(f"{read.outcome.table}: {read.outcome.rows_quarantined} records without a usable key")
    if error is None or read.sampled:
        return False
    if isinstance(error, SourceError) and error.keeps_rows:
        logger.warning(str(error))
        return False
    if on_error == "raise":
        raise error
    logger.error(str(error))
    return True
