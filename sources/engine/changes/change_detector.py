"""Change detection: pass on the records that are new or differ from their stored row hash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any

import pyarrow as pa

from fieldhouse.sources.engine.errors import VendorChanged
from fieldhouse.sources.engine.normalize.normalizer import Column, Frames, Normalizer
from fieldhouse.sources.engine.spec.incremental import ServerTime
from fieldhouse.sources.engine.spec.naming import joined, snake_case
from fieldhouse.sources.engine.spec.reads import Record
from fieldhouse.sources.engine.spec.table import Table

from .cursor_time import newest
from .known_rows import StoredRows
from .options import Options
from .outcome import Outcome, is_listed
from .page_drift import PageOrder
from .parent_keys import ParentKeys, is_flagged
from .records import Changed, Incoming, Matched, RecordPage, entries
from .row_index import NOT_STORED, RowIndex, key_hashes

CHUNK = 1000
"""Records that are compared and converted together."""


class ChangeDetector:
    """Compares the records of one table with its stored rows, whichever way they are read.

    Args:
        sink: receives the converted rows that changed.
        cursor: the newest time of change that is loaded.

    Attributes:
        index: the stored rows of the whole table, if all of it is read.
        cursor: the newest time of change so far.
        flagged: the keys of rows that the vendor itself calls deleted.
        rechecked: positions in ``index`` of rows whose detail was read and had not changed.
        page_order: the keys of the present scan, in their order.
        unkeyed: records of the present scan without a usable key.
        new: records of the present scan whose row is not stored.
    """

    def __init__(
        self,
        table: Table,
        options: Options,
        outcome: Outcome,
        normalizer: Normalizer,
        *,
        server_time: ServerTime,
        stored: StoredRows,
        parent_keys: ParentKeys,
        sink: Callable[[str, Frames], None],
        cursor: datetime | None,
    ) -> None:
        self.table, self.options, self.outcome, self.normalizer = table, options, outcome, normalizer
        self._server_time, self._stored, self._parent_keys, self._sink = (
            server_time,
            stored,
            parent_keys,
            sink,
        )
        self.index: RowIndex | None = None
        self.cursor = cursor
        self.flagged: list[tuple[Any, ...]] = []
        self.rechecked: list[int] = []
        self.page_order = PageOrder()
        self.unkeyed = self.new = self._judged = 0
        self._union: set[int] = set()
        self._waiting: list[Changed] = []

    def begin_full_scan(self, index: RowIndex) -> None:
        """Begin a scan of the whole table, whose stored rows are ``index``."""
        self.index = index
        index.forget_seen()
        self.page_order = PageOrder()
        self._union.clear()
        self.flagged.clear()
        self.unkeyed = self.new = self._judged = 0

    def begin_changes(self) -> None:
        """Begin a read of what changed."""
        self.page_order = PageOrder()

    # --- records -> matched records ------------------------------------------------------------------------

    def incoming(self, page: RecordPage) -> list[Incoming]:
        """The records of a page, reshaped; the page counts for ``page_order``."""
        records = self.reshaped(page)
        self.page_order.end_page(len(records))
        return entries(Incoming, zip(records, repeat(page.read_at), repeat(page.priority), strict=False))

    def reshaped(self, page: RecordPage) -> list[Record]:
        """The records of a page with its stamp, as the vendor's own reshaping gives them."""
        reshape, stamp, server_time = self.table.reshape, page.stamp, self._server_time
        stamped = page.records
        if stamp:
            stamped = [{**record, **stamp} if isinstance(record, dict) else record for record in stamped]
        if reshape is None:
            return stamped
        records: list[Record] = []
        for record in stamped:
            records.extend(reshape(record, server_time) if isinstance(record, dict) else (record,))
        return records

    def leave_out(self, row: Matched) -> None:
        """Take note of a record that is not stored: the cursor moves past it, and no table is read for it."""
        self.advance([row.record])
        self._parent_keys.forget(self.normalizer.keys([row.record]).column(0).to_pylist())

    def forget(self, keys: pa.Table) -> None:
        """Read no table for the rows with these keys: they are removed."""
        self._parent_keys.forget(keys.column(0).to_pylist())

    def keys_of(self, page: RecordPage) -> tuple[list[int], bool]:
        """The key hashes of a page's records, and whether all of them have a key."""
        _, keys, bad = self.normalizer.split(self.reshaped(page))
        return key_hashes(keys), not bad

    def match(self, incoming: list[Incoming], *, full_scan: bool) -> tuple[list[Matched], RowIndex]:
        """Find the stored rows of records; records without a usable key are quarantined.

        Args:
            full_scan: the records belong to a scan of the whole table.
        """
        good, keys, bad = self.normalizer.split([entry.record for entry in incoming])
        self._judged += len(incoming)
        if bad:
            self._quarantine(bad)
            rejected = {id(record) for _, record in bad}
            incoming = [entry for entry in incoming if id(entry.record) not in rejected]
        index = self.index if full_scan and self.index is not None else self._stored.index(keys)
        if not good:
            return [], index
        hashes = key_hashes(keys)
        self.page_order.add(hashes)
        matched = self._first_of_union(incoming, hashes, index)
        self.new += [row.position for row in matched].count(NOT_STORED)
        self._parent_keys.remember(matched)
        return matched, index

    def _quarantine(self, bad: Sequence[tuple[str, Any]]) -> None:
        self.unkeyed += len(bad)
        self.outcome.rows_quarantined = max(self.outcome.rows_quarantined, self.unkeyed)
        self.outcome.quarantined.extend((reason, self.normalizer.pruned(record)) for reason, record in bad)
        self.refuse_bad_table(CHUNK)

    def refuse_bad_table(self, enough: int) -> None:
        """Stop if too many of at least ``enough`` records have no usable key.

        Raises:
            VendorChanged: more than ``max_quarantine_share`` of the records have none.
        """
        limit = self.options.max_quarantine_share
        if self._judged >= enough and self.unkeyed > limit * self._judged:
            raise VendorChanged(
                f"{self.unkeyed:,} of {self._judged:,} records have no usable key, more than "
                f"max_quarantine_share {limit:.0%}; they stand in _quarantine with the reason",
                do="See whether the vendor changed the table's key; rows without one cannot be distinguished.",
            )

    def _first_of_union(
        self, incoming: Sequence[Incoming], hashes: Sequence[int], index: RowIndex
    ) -> list[Matched]:
        """Mark the rows as seen; a row that an earlier read of the union gave is left out."""
        is_union = len(self.table.parts) > 1
        if not is_union and not self.table.flag:
            fields = zip(incoming, hashes, index.see_all(hashes), strict=True)
            return entries(
                Matched, ((record, at, key, position) for (record, at, _), key, position in fields)
            )
        matched = []
        for entry, key in zip(incoming, hashes, strict=True):
            position = index.see(key)
            if is_union and key in self._union and entry.priority:
                continue
            if is_union:
                self._union.add(key)
            matched.append(Matched(entry.record, entry.read_at, key, position))
            if is_flagged(self.table, entry.record) and self._marks_deleted(position, index):
                self.flagged.append(tuple(entry.record.get(column) for column in self.table.key))
        return matched

    def _marks_deleted(self, position: int, index: RowIndex) -> bool:
        """True if a row that the vendor flags is marked or removed; with ``ignore``, existing marks stay."""
        deletes = self.options.deletes
        return deletes == "soft" or (position >= 0 if deletes == "hard" else index.is_deleted(position))

    # --- matched records -> rows to hand over --------------------------------------------------------------

    def keep_changed(self, rows: Sequence[Matched], index: RowIndex) -> None:
        """Keep the rows that are new or differ from their stored hash, and advance the cursor."""
        records = [row.record for row in rows]
        self.advance(records)
        may_flag = bool(self.table.flag)
        changed = (
            (row.record, row.read_at, row_hash, None)
            for row, row_hash in zip(rows, self.hashes(records), strict=True)
            if (row.position == NOT_STORED and not may_flag)
            or not self._is_stored(row.record, row.position, row_hash, index)
        )
        self._waiting += entries(Changed, changed)
        if len(self._waiting) >= CHUNK:
            self.flush()

    def keep_detailed(
        self, row: Matched, united: Record, read_at: int, list_hash: int, index: RowIndex, *, recheck: bool
    ) -> None:
        """Keep a row whose detail was read, if the detail or its list row differs from what is stored.

        Args:
            united: list row and detail in one record.
            list_hash: hash of the list row.
            recheck: note the row as rechecked if nothing differs.
        """
        reshape = self.table.reshape
        records = list(reshape(united, self._server_time)) if reshape else [united]
        self.advance(records)
        for record in records:
            (row_hash,) = self.hashes([record])
            if index.is_same(row.position, row_hash) and index.is_same_list_row(row.position, list_hash):
                if recheck and index is self.index:
                    self.rechecked.append(row.position)
            elif not self._is_stored_flag(record, row.position, row_hash, index):
                self._waiting.append(Changed(record, read_at, row_hash, list_hash))
        if len(self._waiting) >= CHUNK:
            self.flush()

    def keep_partial(self, row: Matched, list_hash: int, index: RowIndex, *, ask_again: bool) -> None:
        """Keep a row whose detail could not be read: its list row is used, columns of the detail stay as stored.

        A partial row has no list hash, so that the next read asks for its detail again.

        Args:
            ask_again: details are read for changed list rows only: an unchanged list row is written too.
        """
        (row_hash,) = self.hashes([row.record])
        is_known = index.is_same_list_row(row.position, list_hash) or (
            self.table.flag is not None and index.is_flagged_list_row(row.position, list_hash)
        )
        if is_known and not ask_again:
            return
        is_partial = not index.has_list_hash(row.position)
        if is_partial and self._is_stored(row.record, row.position, row_hash, index):
            return
        self.advance([row.record])
        leaves = _leaves(row.record)
        listed = self.outcome.listed_columns
        self.outcome.listed_columns = leaves if listed is None else _listed_by_both(listed, leaves)
        self._waiting.append(Changed(row.record, row.read_at, row_hash))
        if len(self._waiting) >= CHUNK:
            self.flush()

    def hashes(self, records: Sequence[Record]) -> list[int]:
        """One row hash per record."""
        return self.normalizer.hashes(records).to_pylist() if records else []

    def _is_stored(self, record: Record, position: int, row_hash: int, index: RowIndex) -> bool:
        return index.is_same(position, row_hash) or self._is_stored_flag(record, position, row_hash, index)

    def _is_stored_flag(self, record: Record, position: int, row_hash: int, index: RowIndex) -> bool:
        """True if nothing of a row that the vendor flags as deleted need be written."""
        if not is_flagged(self.table, record):
            return False
        return self.options.deletes == "hard" or index.is_same_but_deleted(position, row_hash)

    def lookup(self, records: Sequence[Record]) -> tuple[list[Matched], RowIndex]:
        """Find the stored rows of rows of the list, without taking them in."""
        good, keys, _ = self.normalizer.split(self.reshaped(RecordPage(list(records), 0)))
        index = self._stored.index(keys)
        return [
            Matched(record, 0, key, index.find(key))
            for record, key in zip(good, key_hashes(keys), strict=True)
        ], index

    def advance(self, records: Sequence[Record]) -> None:
        """Move the cursor up to the newest time of these records; it is stored only with the rows."""
        since = self.table.incremental
        if since is None or not since.cursor_field:
            return
        moment = newest(since.times_of(records), self._server_time.now)
        if moment and (self.cursor is None or moment > self.cursor):
            self.cursor = moment

    def flush(self) -> None:
        """Convert and hand over the rows that wait."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        frames = self.normalizer.frames(
            [row.record for row in waiting],
            [row.read_at for row in waiting],
            pa.array([row.row_hash for row in waiting], pa.int64()),
        )
        if self.table.detail:
            name = self.table.name
            list_hashes = pa.array([row.list_hash for row in waiting], pa.int64())
            frames.tables[name] = frames.tables[name].append_column("_list_hash", list_hashes)
            frames.columns[name]["_list_hash"] = Column("_list_hash", pa.int64(), declared=True)
        for issue in frames.issues:
            self.outcome.note(
                f"{issue.table}.{issue.column}: {issue.reason} ({issue.count}×, such as {issue.example})"
            )
        self.outcome.rows_written += len(waiting)
        self._sink(self.table.name, frames)


def _leaves(record: Record, above: str = "") -> frozenset[str]:
    """The columns and child tables that a record contains, by their names in the table; empty objects by their own."""
    names: set[str] = set()
    for field, value in record.items():
        name = joined(above, snake_case(field))
        names |= _leaves(value, name) if isinstance(value, dict) and value else {name}
    return frozenset(names)


def _listed_by_both(left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    """The names that both contain, by themselves or by an object above them that is empty."""
    return frozenset(name for name in left | right if is_listed(left, name) and is_listed(right, name))
