"""The way of a record: judged, told apart from what the warehouse holds, and handed over where it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any

import pyarrow as pa

from fieldhouse.sources.engine.errors import TryLater, VendorChanged
from fieldhouse.sources.engine.extract.detail_reader import DetailReader
from fieldhouse.sources.engine.extract.missing_lists import MissingLists
from fieldhouse.sources.engine.extract.parent_keys import ParentKeys
from fieldhouse.sources.engine.extract.requests import Piece
from fieldhouse.sources.engine.extract.run import Outcome, Run
from fieldhouse.sources.engine.normalize.normalizer import Column, Normalizer
from fieldhouse.sources.engine.spec.table import Record, Table

from .cursor_time import newest
from .detail_policy import DetailPolicy
from .page_order import PageOrder
from .row_index import RowIndex, key_hashes

CHUNK = 1000
"""Records that are compared and converted together."""
Fresh = tuple[Record, int, int]
"""A record, when it was read, and its key as a number."""


class ChangeDetector:
    """Takes the records of one table in, whichever way they are read.

    Args:
        held: what the warehouse holds of the given keys.
        before_details: told how many details are about to be fetched.

    Attributes:
        whole: what the warehouse holds of the whole table, where all of it is read.
        cursor: the newest time of change so far.
        flagged: the keys of rows that the vendor itself calls deleted.
        touched: the places in ``whole`` of rows whose detail was read and had not changed.
        sighting: what the present scan has sighted.
        unsettled: rows of the present scan whose detail may change unseen.
    """

    def __init__(
        self,
        run: Run,
        table: Table,
        outcome: Outcome,
        shaper: Normalizer,
        *,
        fallback: MissingLists,
        details: DetailReader | None,
        due: DetailPolicy,
        held: Callable[[pa.Table], RowIndex],
        before_details: Callable[[int], None],
        cursor: datetime | None,
    ) -> None:
        self.run, self.table, self.outcome, self.normalizer = run, table, outcome, shaper
        self.missing_lists, self.details, self.detail_policy = fallback, details, due
        self._stored_in, self._before_details = held, before_details
        self.stored: RowIndex | None = None
        self.cursor = cursor
        self.flagged: list[tuple[Any, ...]] = []
        self.rechecked: list[int] = []
        self.page_order = PageOrder()
        self.unsettled = self.unreadable = self._judged = 0
        self._parent_keys = ParentKeys(run, table, shaper)
        self._union: set[int] = set()
        self._waiting: list[tuple[Record, int, int, int | None]] = []

    def begin(self, whole: RowIndex) -> None:
        """A scan of the whole table begins."""
        self.stored = whole
        whole.forget_seen()
        self.page_order = PageOrder()
        self._union.clear()
        self.flagged.clear()
        self.unsettled = self.unreadable = self._judged = 0

    def begin_changes(self) -> None:
        """A scan of what changed begins."""
        self.page_order = PageOrder()

    def process(self, pieces: Iterable[Piece], *, complete: bool) -> None:
        """Compare, convert and hand over what changed, ``CHUNK`` records at a time.

        Args:
            complete: the pieces belong to a scan of the whole table.
        """
        pending: list[tuple[Record, int, int]] = []
        try:
            for found in pieces:
                piece = self.missing_lists.completed(found)
                self.outcome.rows_read += len(piece.records)
                shaped = self.shaped(piece)
                self.page_order.page_ends(len(shaped))
                pending.extend(zip(shaped, repeat(piece.read_at), repeat(piece.priority), strict=False))
                if len(pending) >= CHUNK:
                    self._chunk(pending, complete)
                    pending.clear()
            if pending:
                self._chunk(pending, complete)
        except TryLater:
            self._keep_what_came(pending, complete)
            raise
        self._flush()

    def _keep_what_came(self, pending: list[tuple[Record, int, int]], complete: bool) -> None:
        """Hand over what was read before the vendor was out of reach or a budget was used up.

        Each row of it is whole, and no cursor moves; a first read that needs more requests than an hour allows so
        comes to its end in several runs. Rows that the vendor may flag as deleted wait until all is known.
        """
        if self.table.flag:
            return
        if self.details is None and pending:
            self._chunk(pending, complete)
        self._flush()

    def keys_of(self, piece: Piece) -> tuple[list[int], bool]:
        """The keys of a piece's records as numbers, and whether all of them have one."""
        _, keys, bad = self.normalizer.split(self.shaped(piece))
        return key_hashes(keys), not bad

    def shaped(self, piece: Piece) -> list[Record]:
        """The records of a piece with its stamp, as the vendor's own reshaping gives them."""
        return list(self._reshaped(piece)) if piece.stamp or self.table.reshape else piece.records

    def _reshaped(self, piece: Piece) -> Iterator[Record]:
        shape, moment = self.table.reshape, self.run.server_time
        for record in piece.records:
            if isinstance(record, dict) and piece.stamp:
                record = {**record, **piece.stamp}
            if shape is None or not isinstance(record, dict):
                yield record
            else:
                yield from shape(record, moment)

    def _chunk(self, pending: list[tuple[Record, int, int]], complete: bool) -> None:
        good, keys, bad = self.normalizer.split([record for record, _, _ in pending])
        self._judged += len(pending)
        if bad:
            self._put_aside(bad)
            rejected = {id(record) for _, record in bad}
            pending = [entry for entry in pending if id(entry[0]) not in rejected]
        if not good:
            return
        numbers = key_hashes(keys)
        self.page_order.add(numbers)
        ledger = self.stored if complete and self.stored is not None else self._stored_in(keys)
        fresh = self._first_of_union(pending, numbers, ledger)
        self._parent_keys.remember(fresh)
        if self.details is None:
            self._keep_changed(fresh, ledger)
        else:
            self._keep_detailed(fresh, ledger)

    def _put_aside(self, bad: Sequence[tuple[str, Any]]) -> None:
        self.unreadable += len(bad)
        self.outcome.rows_quarantined = max(self.outcome.rows_quarantined, self.unreadable)
        self.outcome.quarantined.extend((reason, self.normalizer.pruned(record)) for reason, record in bad)
        self.refuse_bad_table(CHUNK)

    def refuse_bad_table(self, enough: int) -> None:
        """Stop where too many of at least ``enough`` records have no place in the table."""
        limit = self.run.options.max_quarantine_share
        if self._judged >= enough and self.unreadable > limit * self._judged:
            raise VendorChanged(
                f"{self.unreadable:,} of {self._judged:,} records have no usable key, more than "
                f"max_quarantine_share {limit:.0%}; they stand in _quarantine with the reason",
                do="See whether the vendor changed the table's key; rows without one cannot be told apart.",
            )

    def _first_of_union(
        self, pending: Sequence[tuple[Record, int, int]], numbers: Sequence[int], ledger: RowIndex
    ) -> list[tuple[Record, int, int]]:
        """(record, read at, key number); a row that an earlier read of the union gave is left out."""
        several = len(self.table.parts) > 1
        if not several and not self.table.flag:
            for number in numbers:
                ledger.see(number)
            return [(entry[0], entry[1], number) for entry, number in zip(pending, numbers, strict=True)]
        fresh = []
        for (record, read_at, rank), number in zip(pending, numbers, strict=True):
            place = ledger.see(number)
            if several and number in self._union and rank:
                continue
            if several:
                self._union.add(number)
            fresh.append((record, read_at, number))
            if self._parent_keys.is_flagged(record) and self._goes(place, ledger):
                self.flagged.append(tuple(record.get(column) for column in self.table.key))
        return fresh

    def _goes(self, place: int, ledger: RowIndex) -> bool:
        """Whether a row that the vendor flags is to be marked or removed; where deletes are ignored, marks stay."""
        deletes = self.run.options.deletes
        return deletes == "soft" or (place >= 0 if deletes == "hard" else ledger.deleted(place))

    def _is_as_flagged(self, place: int, row_hash: int, ledger: RowIndex) -> bool:
        """Whether nothing of a row that the vendor flags need be written."""
        return self.run.options.deletes == "hard" or ledger.same_but_deleted(place, row_hash)

    def _keep_changed(self, fresh: Sequence[tuple[Record, int, int]], ledger: RowIndex) -> None:
        records = [record for record, _, _ in fresh]
        hashes = self.normalizer.hashes(records).to_pylist() if records else []
        self._advance(records)
        for (record, read_at, number), row_hash in zip(fresh, hashes, strict=True):
            place = ledger.find(number)
            if ledger.same(place, row_hash):
                continue
            if self._parent_keys.is_flagged(record) and self._is_as_flagged(place, row_hash, ledger):
                continue
            self._waiting.append((record, read_at, row_hash, None))
        if len(self._waiting) >= CHUNK:
            self._flush()

    def _keep_detailed(self, fresh: Sequence[tuple[Record, int, int]], ledger: RowIndex) -> None:
        """Fetch the details that are needed, unite them with their list rows, keep those that changed."""
        details = self.details
        assert details is not None
        list_hashes = self.normalizer.hashes([record for record, _, _ in fresh]).to_pylist()
        if settled := details.detail.settled:
            self.unsettled += sum(not settled(record) for record, _, _ in fresh)
        wanted = []
        for (record, read_at, number), list_hash in zip(fresh, list_hashes, strict=True):
            place = ledger.find(number)
            if self.detail_policy.reason(
                record, place, number, list_hash, ledger, whole=self.stored is not None
            ):
                wanted.append((record, read_at, place, list_hash))
        self._before_details(len(wanted))
        self.outcome.details_pending = len(wanted)
        for (_, _, place, list_hash), united, read_at in details.fetch(wanted):
            self.outcome.details_pending -= 1
            records = (
                list(self.table.reshape(united, self.run.server_time)) if self.table.reshape else [united]
            )
            self._advance(records)
            for record in records:
                row_hash = self.normalizer.hashes([record])[0].as_py()
                if ledger.same(place, row_hash) and ledger.same_list_row(place, list_hash):
                    if ledger is self.stored and details.detail.every == "change":
                        self.rechecked.append(place)
                    continue
                if self._parent_keys.is_flagged(record) and self._is_as_flagged(place, row_hash, ledger):
                    continue
                self._waiting.append((record, read_at, row_hash, list_hash))
            if len(self._waiting) >= CHUNK:
                self._flush()
        self.outcome.details_pending = 0

    def unheld(self, records: Sequence[Record]) -> list[Record]:
        """Those of these rows of the list, shaped, that the warehouse does not hold or holds as deleted."""
        ledger, looked_up = self._looked_up(records)
        places = {number: (ledger.find(number), record) for record, number in looked_up}
        return [record for place, record in places.values() if place < 0 or ledger.deleted(place)]

    def wanting(self, records: Sequence[Record]) -> int:
        """Of how many of these rows of the list a detail would be read."""
        ledger, looked_up = self._looked_up(records)
        hashes = self.normalizer.hashes([record for record, _ in looked_up]).to_pylist()
        return sum(
            bool(
                self.detail_policy.reason(record, ledger.find(number), number, list_hash, ledger, whole=False)
            )
            for (record, number), list_hash in zip(looked_up, hashes, strict=True)
        )

    def _looked_up(self, records: Sequence[Record]) -> tuple[RowIndex, list[tuple[Record, int]]]:
        """What the warehouse holds of rows of the list, and those that have a key, shaped, with it as a number."""
        good, keys, _ = self.normalizer.split(self.shaped(Piece(list(records), 0)))
        return self._stored_in(keys), list(zip(good, key_hashes(keys), strict=True))

    def _advance(self, records: Sequence[Record]) -> None:
        """Move the cursor up to these records' newest time; nothing is kept before the rows are committed."""
        since = self.table.incremental
        if since is None or not since.cursor_field:
            return
        moment = newest(map(since.time_of, records), self.run.server_time.now)
        if moment and (self.cursor is None or moment > self.cursor):
            self.cursor = moment

    def _flush(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        frames = self.normalizer.frames(
            [entry[0] for entry in waiting],
            [entry[1] for entry in waiting],
            pa.array([entry[2] for entry in waiting], pa.int64()),
        )
        if self.details is not None:
            name = self.table.name
            list_hashes = pa.array([entry[3] for entry in waiting], pa.int64())
            frames.tables[name] = frames.tables[name].append_column("_list_hash", list_hashes)
            frames.columns[name]["_list_hash"] = Column("_list_hash", pa.int64(), declared=True)
        for issue in frames.issues:
            self.outcome.note(
                f"{issue.table}.{issue.column}: {issue.reason} ({issue.count}×, such as {issue.example})"
            )
        self.outcome.rows_written += len(waiting)
        self.run.sink(self.table.name, frames)
