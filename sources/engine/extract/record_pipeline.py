"""Record pipeline: from pages to rows that changed: missing lists, change detection, details."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from fieldhouse.sources.engine.changes.change_detector import CHUNK, ChangeDetector
from fieldhouse.sources.engine.changes.detail_policy import (
    DetailPolicy,
    Waiting,
    after,
    moments_to_check,
    moved_past,
)
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.records import Incoming, Matched, RecordPage, ScanSummary
from fieldhouse.sources.engine.changes.row_index import RowIndex
from fieldhouse.sources.engine.errors import NotFound, TryLater
from fieldhouse.sources.engine.spec.reads import Record

from .change_feed import ChangeFeed
from .detail_reader import Checkpoint, DetailReader, Wanted
from .missing_lists import MissingLists
from .outside_rows import OutsideRows


@dataclass(frozen=True)
class DetailParts:
    """What the rows of a table with details go through besides.

    Attributes:
        feed: reads which rows changed after the cursor; None without an incremental filter.
    """

    policy: DetailPolicy
    reader: DetailReader
    checkpoint: Checkpoint
    feed: ChangeFeed | None


class _NotFoundRow(NamedTuple):
    row: Matched
    list_hash: int
    stored: RowIndex
    error: NotFound


class RecordPipeline:
    """Takes in the pages of one table.

    Attributes:
        unsettled: rows of the present scan whose detail may change unseen.
        outside: rows that do not meet the setting ``where``.
        not_found: rows whose detail was not found, until it is known whether the list still shows them.
    """

    def __init__(
        self,
        outcome: Outcome,
        detector: ChangeDetector,
        missing_lists: MissingLists,
        details: DetailParts | None,
        outside: OutsideRows,
    ) -> None:
        self.detector, self.missing_lists, self.details = detector, missing_lists, details
        self._outcome, self.outside = outcome, outside
        self.unsettled = 0
        self.not_found: list[_NotFoundRow] = []

    def begin_full_scan(self, index: RowIndex) -> None:
        """Begin a scan of the whole table, whose stored rows are ``index``."""
        self.detector.begin_full_scan(index)
        self.unsettled = 0

    def process_list(self, pages: Iterable[RecordPage]) -> None:
        """Process a scan of the list that ``where`` restricts: its records show whether the vendor does so."""
        self.outside.begin_full_scan()
        self.outside.checks_lists = True
        try:
            self.process(pages, full_scan=True)
        finally:
            self.outside.checks_lists = False

    def process(self, pages: Iterable[RecordPage], *, full_scan: bool) -> None:
        """Compare, convert and hand over what changed, ``CHUNK`` records at a time.

        Args:
            full_scan: the pages belong to a scan of the whole table.
        """
        pending: list[Incoming] = []
        try:
            if self.missing_lists.is_needed:
                pages = map(self.missing_lists.completed, pages)
            for page in pages:
                self._outcome.rows_read += len(page.records)
                pending.extend(self.detector.incoming(page))
                if len(pending) >= CHUNK:
                    self._take(pending, full_scan=full_scan)
                    pending = []
            if pending:
                self._take(pending, full_scan=full_scan)
        except TryLater:
            self._keep_what_came(pending, full_scan=full_scan)
            raise
        self.detector.flush()

    def _keep_what_came(self, pending: list[Incoming], *, full_scan: bool) -> None:
        """Hand over what was read before the vendor was out of reach or a quota was used up.

        Its rows are complete, and no cursor moves: a first read that needs more requests than an hour allows so
        comes to its end in several runs. Rows that the vendor may flag as deleted wait until all is known.
        """
        if self.detector.table.flag:
            return
        if self.details is None and pending:
            self._take(pending, full_scan=full_scan)
        self.detector.flush()

    def _take(self, incoming: list[Incoming], *, full_scan: bool) -> None:
        rows, index = self.detector.match(incoming, full_scan=full_scan)
        if self.outside.selection:
            rows = self.outside.without(rows, index)
        if self.missing_lists.not_found:
            rows = [row for row in rows if not self._stays(row, index)]
        if not rows:
            return
        if self.details is None:
            self.detector.keep_changed(rows, index)
        else:
            self._take_detailed(self.details, rows, index)

    def _stays(self, row: Matched, index: RowIndex) -> bool:
        """True if a row is stored and a list of its own is unknown: it stays as it is."""
        is_live = row.position >= 0 and not index.is_deleted(row.position)
        return is_live and self.missing_lists.is_unknown(row.record)

    def _take_detailed(self, parts: DetailParts, rows: Sequence[Matched], index: RowIndex) -> None:
        """Read the details that are needed, unite them with their list rows, keep those that changed."""
        detail = parts.reader.detail
        hashes = self.detector.hashes([row.record for row in rows])
        if detail.settled:
            self.unsettled += sum(not detail.settled(row.record) for row in rows)
        wanted = self._wanted(parts, rows, hashes, index)
        parts.checkpoint.note_before(len(wanted), cursor_known=self.detector.cursor is not None)
        self._keep_details(parts, wanted, index)

    def _keep_details(self, parts: DetailParts, wanted: Sequence[Wanted], index: RowIndex) -> None:
        """Read these details, and keep the rows that changed."""
        progress, every_change = self._outcome.progress, parts.reader.detail.every == "change"
        progress.details_pending = len(wanted)
        for detailed in parts.reader.fetch(wanted):
            progress.details_pending -= 1
            row, list_hash = detailed.wanted
            if detailed.not_found:
                self.not_found.append(_NotFoundRow(row, list_hash, index, detailed.not_found))
                continue
            if detailed.united is None:
                self.detector.keep_partial(row, list_hash, index, ask_again=every_change)
                continue
            self.detector.keep_detailed(
                row, detailed.united, detailed.read_at, list_hash, index, recheck=every_change
            )
        progress.details_pending = 0

    def _wanted(
        self, parts: DetailParts, rows: Sequence[Matched], hashes: Sequence[int], index: RowIndex
    ) -> list[Wanted]:
        policy, full_scan = parts.policy, self.detector.index is not None
        self._read_newer(parts, rows, hashes, index, full_scan=full_scan)
        return [
            Wanted(row, list_hash)
            for row, list_hash in zip(rows, hashes, strict=True)
            if policy.choose(row, list_hash, index, full_scan=full_scan)
        ]

    def _read_newer(
        self,
        parts: DetailParts,
        rows: Sequence[Matched],
        hashes: Sequence[int],
        index: RowIndex,
        *,
        full_scan: bool,
    ) -> None:
        """Read which rows changed after the cursor, if that decides whether a detail is read."""
        policy = parts.policy
        if parts.feed is None or policy.cursor is None:
            return
        if policy.needs_newer(rows, hashes, index, full_scan=full_scan):
            policy.newer = self._changed_after(parts.feed, policy.cursor)

    def _changed_after(self, feed: ChangeFeed, moment: datetime) -> frozenset[int]:
        """Key hashes of the rows that the filter shows after ``moment``."""
        pages = feed.changed_since(after(moment), ScanSummary())
        return frozenset(key for page in pages for key in self.detector.keys_of(page)[0])

    def decide_waiting(self) -> None:
        """Read the details of the waiting rows that leave the overlap, and of those with a late version.

        Of rows whose detail was read twice, the filter shows which have another version. Of rows that stay, it shows
        that with up to three requests for nearly all.
        """
        parts, cursor = self.details, self.detector.cursor
        if parts is None or parts.feed is None or cursor is None or not parts.policy.waiting:
            return
        divided = parts.policy.waiting_parts(cursor)
        changed = list(divided.leaving)
        for moment in divided.last_moments:
            shown = self._changed_after(parts.feed, moment)
            changed += moved_past(moment, divided.leaving_twice_read, shown)
        for moment in moments_to_check(divided.staying):
            shown = self._first_changed_after(parts.feed, moment)
            changed += moved_past(moment, divided.staying, shown)
        for known, entries in _by_index(parts.policy.chosen(changed)):
            self._keep_details(parts, [Wanted(entry.row, entry.list_hash) for entry in entries], known)
        self.detector.flush()

    def _first_changed_after(self, feed: ChangeFeed, moment: datetime) -> frozenset[int]:
        """Key hashes of the first page of the rows that the filter shows after ``moment``."""
        return frozenset(self.detector.keys_of(feed.first_page(after(moment)))[0])

    def settle_not_found(self, listed: Collection[int] | None = None) -> None:
        """Keep the rows whose detail was not found and that the list still shows; the others have vanished.

        Args:
            listed: key hashes that the list shows now; None if all of them are taken to be listed.
        """
        rows, self.not_found = self.not_found, []
        if self.details is None or not rows:
            return
        reader = self.details.reader
        for entry in rows:
            if listed is None or entry.row.key_hash in listed:
                reader.failed.append(entry.error)
                ask_again = reader.detail.every == "change"
                self.detector.keep_partial(entry.row, entry.list_hash, entry.stored, ask_again=ask_again)
        self.detector.flush()

    # --- forecasts -----------------------------------------------------------------------------------------

    def unstored(self, records: Sequence[Record]) -> list[Record]:
        """Those of these rows of the list, reshaped, that are not stored or stored as deleted."""
        rows, index = self.detector.lookup(records)
        unique = {row.key_hash: row for row in rows}.values()
        return [row.record for row in unique if row.position < 0 or index.is_deleted(row.position)]

    def details_wanted(self, records: Sequence[Record], now: datetime) -> tuple[int, int]:
        """The number of these rows of the list whose detail would be read, and of requests for rows that wait.

        Args:
            now: where the cursor goes if there is a newer row.
        """
        if self.details is None:
            return 0, 0
        policy = self.details.policy
        rows, index = self.detector.lookup(records)
        hashes = self.detector.hashes([row.record for row in rows])
        self._read_newer(self.details, rows, hashes, index, full_scan=False)
        chosen = sum(
            bool(policy.choose(row, list_hash, index, full_scan=False))
            for row, list_hash in zip(rows, hashes, strict=True)
        )
        if policy.cursor is None or not policy.waiting:
            return chosen, 0
        divided = policy.waiting_parts(now if policy.newer else policy.cursor)
        checks = len(divided.last_moments) + len(moments_to_check(divided.staying))
        return chosen + len(divided.leaving), checks


def _by_index(entries: Iterable[Waiting]) -> Iterable[tuple[RowIndex, list[Waiting]]]:
    """The rows, together with others whose stored rows are in the same index."""
    groups: dict[int, tuple[RowIndex, list[Waiting]]] = {}
    for entry in entries:
        groups.setdefault(id(entry.known), (entry.known, []))[1].append(entry)
    return groups.values()
