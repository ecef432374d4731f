"""Parent keys: what dependent tables of the same run need of a table's rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from fieldhouse.sources.engine.normalize.normalizer import Normalizer
from fieldhouse.sources.engine.spec.reads import Record
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor

from .records import Matched
from .row_index import integer_of


@dataclass(slots=True)
class ParentRow:
    """One row of a parent table, as this run has read it.

    Attributes:
        is_gone: the vendor no longer has it, or calls it deleted.
        is_flagged: the vendor calls it deleted.
        columns: its values in the columns by which dependent tables choose their parents.
    """

    is_gone: bool
    is_flagged: bool = False
    columns: dict[str, Any] = field(default_factory=dict)


@dataclass
class RunRecords:
    """What the tables of one run have read that others depend on.

    Attributes:
        parents: per parent table, key -> row.
        embedded: per derived table, id -> record.
    """

    parents: dict[str, dict[Any, ParentRow]] = field(default_factory=dict)
    embedded: dict[str, dict[Any, Record]] = field(default_factory=dict)


def is_parent(vendor: Vendor, table: str) -> bool:
    """True if other tables are read per row of ``table``."""
    return any(other.per_parent and other.per_parent.parent == table for other in vendor.tables)


def is_flagged(table: Table, record: Record) -> bool:
    """True if the vendor itself calls the row deleted."""
    return bool(table.flag and record.get(table.flag))


def tables_embedded_in(vendor: Vendor, table: str) -> list[tuple[str, str]]:
    """The derived tables whose rows are inside the records of ``table``: (table, field)."""
    return [
        (other.name, place.field)
        for other in vendor.tables
        for place in other.embedded_in
        if place.table == table
    ]


def plain_keys(table: Table, keys: Iterable[Any]) -> Iterator[Any]:
    """The keys of rows that others are read by, one value for one key: integers whose column is text as integers."""
    if not table.has_integer_key:
        yield from keys
        return
    for key in keys:
        number = integer_of(key)
        yield key if number is None else number


class ParentKeys:
    """Keeps of one table's rows what the run's other tables are read by."""

    def __init__(self, vendor: Vendor, table: Table, normalizer: Normalizer, records: RunRecords) -> None:
        self._table, self._normalizer, self._records = table, normalizer, records
        self._is_parent = is_parent(vendor, table.name)
        self._chosen_by = {
            other.per_parent.where[0]
            for other in vendor.tables
            if other.per_parent and other.per_parent.parent == table.name and other.per_parent.where
        }
        self._embedded = tables_embedded_in(vendor, table.name)

    def remember(self, rows: Sequence[Matched]) -> None:
        """Keep what dependent tables of this run need of these rows."""
        if self._is_parent:
            parents = self._records.parents.setdefault(self._table.name, {})
            keys = self._normalizer.keys([row.record for row in rows]).column(0).to_pylist()
            for key, row in zip(plain_keys(self._table, keys), rows, strict=True):
                flagged = is_flagged(self._table, row.record)
                columns = {column: row.record.get(column) for column in self._chosen_by}
                parents[key] = ParentRow(flagged, flagged, columns)
        for name, field_name in self._embedded:
            embedded = self._records.embedded.setdefault(name, {})
            for row in rows:
                inner = row.record.get(field_name)
                for item in inner if isinstance(inner, list) else [inner]:
                    if isinstance(item, dict) and isinstance(item.get("id"), int | str):
                        embedded[str(item["id"])] = item

    def forget(self, keys: Iterable[Any]) -> None:
        """Note that rows are deleted: dependent tables need not be read for them."""
        if self._is_parent:
            parents = self._records.parents.setdefault(self._table.name, {})
            parents.update((key, ParentRow(is_gone=True)) for key in plain_keys(self._table, keys))
