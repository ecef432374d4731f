"""The spool: Arrow frames wait here, between the threads that read and the one that loads.

It holds a bounded number of bytes: readers wait while it is full, so that memory stays flat however long a table is,
and reading goes on while a slice is loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from fieldhouse.sources.engine.normalize.normalizer import Column, Frames
from fieldhouse.sources.engine.normalize.overflow_column import overflowed
from fieldhouse.sources.engine.normalize.unify_schemas import conform, unify_schemas

SLICE_BYTES = 10 * 1024 * 1024
"""A slice is loaded when this much waits, some 27,000 plain rows; readers stop at twice as much."""


@dataclass
class Pending:
    """What one table of the inventory and its child tables have waiting."""

    frames: list[Frames] = field(default_factory=list)
    bytes: int = 0


@dataclass(frozen=True)
class LoadBatch:
    """What is loaded together: per table of the inventory, per warehouse table, batches of one schema.

    ``filled`` are the tables of the inventory that have rows, ``apart`` the columns whose values stand in ``_rest``.
    """

    tables: dict[str, dict[str, list[pa.Table]]]
    columns: dict[str, dict[str, dict[str, Column]]]
    filled: frozenset[str] = frozenset()
    overflowed: dict[str, dict[str, list[Column]]] = field(default_factory=dict)

    def narrow(
        self, stored: Mapping[str, Mapping[str, str]], page: int | None, discard: Collection[str] = ()
    ) -> None:
        """Keep every table within what a database holds; ``apart`` then has what got no column of its own.

        Args:
            stored: the warehouse's tables and columns.
            page: bytes of a row that must stay together; None where the database needs no such limit.
            discard: tables of the inventory that take no new columns.
        """
        for name, tables in self.tables.items():
            for table, batches in tables.items():
                columns, there = self.columns[name][table], stored.get(table, ())
                made = overflowed(batches, columns, there, page=page, discard=name in discard)
                tables[table], self.columns[name][table] = made.batches, made.columns
                if made.apart:
                    self.overflowed.setdefault(name, {})[table] = made.apart

    def __bool__(self) -> bool:
        return any(self.tables.values())

    def release(self) -> None:
        """Let go of the rows, which have landed; the tables are still those of the batch."""
        for tables in self.tables.values():
            for batches in tables.values():
                batches.clear()

    @property
    def rows(self) -> int:
        """Rows of all tables, child tables included."""
        batches = (batch for tables in self.tables.values() for frames in tables.values() for batch in frames)
        return sum(batch.num_rows for batch in batches)


class Spool:
    """Takes frames from many threads; gives slices to one."""

    def __init__(self, slice_bytes: int = SLICE_BYTES) -> None:
        self.slice_bytes = slice_bytes
        self._pending: dict[str, Pending] = {}
        self._changed = threading.Condition()
        self._closed = self._woken = False
        self._is_awaited = True

    @property
    def bytes(self) -> int:
        return sum(pending.bytes for pending in self._pending.values())

    @property
    def _most(self) -> int:
        """Bytes at which readers wait: a slice, or half of one while another is loaded, which takes memory too."""
        return self.slice_bytes if self._is_awaited else self.slice_bytes // 2

    def add(self, table: str, frames: Frames) -> None:
        """Hand over one table's frames; waits while the spool is full."""
        size = sum(batch.nbytes for batch in frames.tables.values())
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self.bytes < self._most)
            pending = self._pending.setdefault(table, Pending())
            pending.frames.append(frames)
            pending.bytes += size
            self._changed.notify_all()

    def wake(self) -> None:
        """End the current wait, or the next one if none is under way."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def close(self) -> None:
        """Let waiting readers go on: nothing is loaded any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until a slice is full, ``wake`` is called, or ``seconds`` have passed; True if a slice is full."""
        with self._changed:
            self._is_awaited = True
            self._changed.notify_all()
            if self.bytes < self.slice_bytes and not self._woken:
                self._changed.wait(seconds)
            self._woken = False
            return self.bytes >= self.slice_bytes

    def take(self) -> LoadBatch:
        """Everything that waits, each warehouse table with one schema."""
        with self._changed:
            pending, self._pending = self._pending, {}
            self._is_awaited = False
            self._changed.notify_all()
        tables: dict[str, dict[str, list[pa.Table]]] = {}
        columns: dict[str, dict[str, dict[str, Column]]] = {}
        for name, waiting in pending.items():
            tables[name], columns[name] = _one_schema(waiting.frames)
        return LoadBatch(tables, columns, frozenset(name for name in tables if tables[name].get(name)))


def _one_schema(frames: list[Frames]) -> tuple[dict[str, list[pa.Table]], dict[str, dict[str, Column]]]:
    names = list(dict.fromkeys(name for frame in frames for name in frame.columns))
    columns = {
        name: unify_schemas([frame.columns[name] for frame in frames if name in frame.columns])
        for name in names
    }
    batches = {
        name: [
            conform(frame.tables[name], columns[name])
            for frame in frames
            if name in frame.tables and frame.tables[name].num_rows
        ]
        for name in names
    }
    return batches, columns
