"""Table reader: reads one table: how, from where, and what the next run starts from.

The order is the promise: a filter is proven before a cursor relies on it, rows are compared with the stored ones before
they are written, and deletes come last, from a scan that is known to be complete.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from fieldhouse.sources.engine.changes.change_detector import ChangeDetector
from fieldhouse.sources.engine.changes.coverage import DEFAULT_REACH
from fieldhouse.sources.engine.changes.cursor_time import instant, moment_of, stamp
from fieldhouse.sources.engine.changes.delete_detector import DeleteDetector
from fieldhouse.sources.engine.changes.detail_policy import DetailPolicy
from fieldhouse.sources.engine.changes.filter_check import FilterCheck
from fieldhouse.sources.engine.changes.known_rows import StoredRows, extra_columns
from fieldhouse.sources.engine.changes.lookback import Lookback
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.page_drift import ATTEMPTS, drift_of_changes
from fieldhouse.sources.engine.changes.parent_keys import ParentKeys
from fieldhouse.sources.engine.changes.records import ScanSummary
from fieldhouse.sources.engine.changes.row_index import joined_keys
from fieldhouse.sources.engine.changes.table_state import ReadCost
from fieldhouse.sources.engine.errors import DeleteGuard, SourceError
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.spec.table import Table

from . import special_reads
from .delete_confirmation import HiddenRows
from .detail_reader import Checkpoint, DetailReader
from .full_scan import FullScan, has_drifted, settle_not_found
from .missing_lists import MissingLists
from .outside_rows import OutsideRows
from .record_pipeline import DetailParts, RecordPipeline
from .requests import TableRequests


class TableReader:
    """Reads one table of one run. ``read`` never raises a ``SourceError``: the outcome holds it."""

    def __init__(self, run: Run, table: Table) -> None:
        self.run, self.table = run, table
        self.state = run.state_of(table)
        before = stamp(self.state.cursor) if self.state.cursor else None
        self.outcome = Outcome(table.name, strategy=table.strategy, cursor_before=before)
        self.requests = TableRequests(run, table, self.outcome)
        self.normalizer = run.normalizer(table)
        extra = [*extra_columns(table), *self.requests.lists.selection.columns]
        self.stored = StoredRows(run.known_rows, table, extra)
        self.lookback = Lookback(self.state)
        self.filter_check = FilterCheck(
            table,
            run.options,
            self.state,
            self.requests.coverage,
            self.lookback,
            schema_hash=self.normalizer.rules,
            now=run.server_time.now,
        )
        self.parent_keys = ParentKeys(run.vendor, table, self.normalizer, run.records)
        self.hidden = HiddenRows.of(self.state, run.options, self.outcome.started_at)
        self.deletes = DeleteDetector(table, run.options, self.requests.coverage)
        self.detector = self._change_detector()
        self.details = self._detail_parts()
        missing_lists = MissingLists(run, table, self.outcome, self.requests.lists.client)
        outside = OutsideRows(self.requests.lists, self.detector, self.outcome)
        self.pipeline = RecordPipeline(self.outcome, self.detector, missing_lists, self.details, outside)
        self._cost = self.state.cost or ReadCost()
        self._had_pending = self.state.details_pending
        self._started = time.monotonic()

    def _change_detector(self) -> ChangeDetector:
        run, table = self.run, self.table
        return ChangeDetector(
            table,
            run.options,
            self.outcome,
            self.normalizer,
            server_time=run.server_time,
            stored=self.stored,
            parent_keys=self.parent_keys,
            sink=run.sink,
            cursor=self.state.cursor,
        )

    def _detail_parts(self) -> DetailParts | None:
        detail, since, lists = self.table.detail, self.table.incremental, self.requests.lists
        if detail is None:
            return None
        feed = self.requests.feed
        resumable = feed if since and since.cursor_field else None
        return DetailParts(
            DetailPolicy(detail, since, self.run.options, self.lookback, self.state, self.outcome.started_at),
            DetailReader(
                self.run,
                self.table,
                lists.client if detail.every == "sync" else lists.once,
                self.detector.keys_of,
            ),
            Checkpoint(resumable, self.lookback, self.state, self.outcome),
            feed,
        )

    def read(self) -> Outcome:
        """Read the table; an error that stops it is in the outcome."""
        self._started = time.monotonic()
        self.outcome.progress.phase = "reading"
        if self.requests.offer.is_known_absent():
            return self._done()
        try:
            self._read()
            self.pipeline.settle_not_found()
            self.detector.refuse_bad_table(1)
            self.pipeline.missing_lists.refuse_incomplete()
            if self.details:
                self.details.reader.refuse_incomplete()
        except SourceError as error:
            if self.requests.offer.shows_absence(error):
                return self._done()
            self.outcome.error = error.at(f"{self.run.account}.{self.table.name}")
            self.outcome.status = error.status
            if not error.keeps_rows:
                self._give_up(error)
        return self._done()

    def stopped(self, error: Exception) -> Outcome:
        """The outcome if something other than a ``SourceError`` stopped the read: a defect."""
        self.outcome.error, self.outcome.status = error, "failed"
        self._give_up(
            SourceError(f"{self.table.name} met a defect: {type(error).__name__}", do="Run it with --debug.")
        )
        return self._done()

    def _give_up(self, why: SourceError) -> None:
        self.outcome.state = self.outcome.cursor_after = None
        self.outcome.deleted = self.outcome.removed = None
        self.outcome.rechecked = None
        self.run.failed[self.table.name] = why

    def _done(self) -> Outcome:
        self.outcome.seconds = time.monotonic() - self._started
        self.outcome.progress.phase = "done"
        return self.outcome

    # --- which way -----------------------------------------------------------------------------------------

    def _read(self) -> None:
        if keys := self.run.options.only_keys.get(self.table.name):
            self.outcome.strategy = "some"
            special_reads.refresh(self.requests, self.pipeline, self.deletes, self.stored, self.outcome, keys)
        elif self.table.embedded_in:
            special_reads.take_embedded(self.run, self.table, self.pipeline, self.stored, self.outcome)
            self._save(is_full_scan=True)
        elif self.run.options.backfill:
            self._backfill()
        elif self.is_filter_usable():
            self._read_changes()
        else:
            self._read_everything()

    def is_filter_usable(self) -> bool:
        """True if this run may read by the table's filter; it is proven first."""
        since = self.table.incremental
        if since is None:
            return False
        honoured = self.is_filter_honoured()
        self.lookback.note(self.run.client.transport.date, moment_of(self.run.now()))
        if not honoured:
            self.outcome.filter_proven = False
            self.outcome.note("the vendor ignores the filter: all rows were read and compared")
            return False
        self.outcome.filter_proven = True if since.prove else None
        decision = self.filter_check.cursor_decision()
        if decision.reason:
            self.outcome.note(decision.reason)
        return decision.is_usable

    def is_filter_honoured(self) -> bool:
        """True if the vendor honours the filter, by a request or by its own text."""
        since, feed = self.table.incremental, self.requests.feed
        return bool(since and feed and (not since.prove or feed.is_filter_honoured()))

    def _backfill(self) -> None:
        """One range of dates again, merged; neither cursor nor sweep moves."""
        options, now, outcome = self.run.options, self.run.server_time.now, self.outcome
        first, last = options.since or now - DEFAULT_REACH, options.until or now
        outcome.strategy = "backfill"
        outcome.note("backfill: the cursor stays where it is")
        by_filter = bool(
            not self.table.window and self.filter_check.reaches(first) and self.is_filter_honoured()
        )
        special_reads.backfill(self.requests, self.pipeline, first, last, by_filter=by_filter)
        if self.table.window:  # later scans cover the days too: else its rows would be missing from them
            covered = self.requests.coverage.with_backfill(first, last)
            if covered != self.state.backfilled:
                outcome.state = replace(self.state, backfilled=covered)

    @property
    def _discards(self) -> bool:
        """True if the table takes no new columns."""
        return self.table.name in self.run.options.discards

    # --- changes -------------------------------------------------------------------------------------------

    def _read_changes(self) -> None:
        """Only what the filter returns; keys of the whole table as well, if a sweep is due."""
        since, cursor = self.table.incremental, self.state.cursor
        assert since is not None
        assert cursor is not None
        is_due = self.deletes.is_due(self.state, self.outcome.started_at)
        if is_due and self.details is None:
            self.outcome.note("swept for deletes")
            return self._read_everything()
        if self.details:
            self.details.policy.cursor = cursor
            self.details.policy.is_filter_proven = bool(self.outcome.filter_proven)
        start = self.lookback.start(since, cursor)
        is_complete = self._take_changes(start)
        self._decide_waiting(start)
        self._save(is_full_scan=False, moves=is_complete)
        if is_due:
            self.outcome.note("swept for deletes")
            if self.details:
                self.details.policy.trusts_list = True
            self._read_everything()
        return None

    def _take_changes(self, start: datetime) -> bool:
        """Take what changed since ``start``; false if rows kept moving, so that some may be missing."""
        feed, counter = self.requests.feed, self.outcome.counter
        assert feed is not None
        cursor, before = self.detector.cursor, counter.repeatable
        request, _ = next(feed.requests(start))
        for attempt in range(ATTEMPTS):
            self.detector.begin_changes()
            summary = ScanSummary()
            self.pipeline.process(feed.changed_since(start, summary), full_scan=False)
            self._cost = replace(self._cost, changes=counter.repeatable - before)
            settle_not_found(request, self.requests, self.pipeline)
            numbered = self.requests.lists.pager.numbered
            drift = drift_of_changes(summary, numbered=numbered, attempt=attempt)
            if not has_drifted(drift, request, self.requests.lists, self.detector):
                return True
        self.outcome.note("rows moved during three reads: the next sync asks for the same changes again")
        self.detector.cursor = cursor
        return False

    def _decide_waiting(self, start: datetime) -> None:
        """Read details of rows that the next read will not show; they should take no longer than what came before."""
        feed, counter = self.requests.feed, self.outcome.counter
        assert feed is not None
        self.lookback.planned = timedelta(seconds=2 * self._elapsed() + 1)
        before = counter.repeatable - (self._cost.changes or 0)
        self.pipeline.decide_waiting()
        self._cost = replace(self._cost, changes=counter.repeatable - before)
        settle_not_found(next(feed.requests(start))[0], self.requests, self.pipeline)

    def _elapsed(self) -> int:
        """Seconds since the read began, rounded up."""
        return ceil(time.monotonic() - self._started)

    # --- all rows ------------------------------------------------------------------------------------------

    def _read_everything(self) -> None:
        """Scan the whole table until a scan is complete, then look for deletes."""
        if self.details:
            self.details.policy.is_filter_proven = bool(self.outcome.filter_proven)
        self.outcome.is_compared = self.run.options.full or (self.state.has_discarded and not self._discards)
        self.stored.trusts_hashes = not self.outcome.is_compared
        scan = FullScan(
            self.requests, self.pipeline, self.deletes, self.outcome, self.stored.index(), self.hidden
        )
        is_complete = scan.read()
        self._cost = replace(self._cost, scan=scan.cost)
        if not is_complete:
            self._save(is_full_scan=False)
            scan.refuse_moving()
            return
        self._mark_deleted(scan)
        self._save(is_full_scan=True)

    def _mark_deleted(self, scan: FullScan) -> None:
        """Mark what a full scan did not see, once it is confirmed and not too much, and what the vendor flags."""
        try:
            deleted = scan.deleted()
        except DeleteGuard:
            self.run.delete_suspended.add(self.table.name)
            self._save(is_full_scan=False)
            raise
        self.parent_keys.forget(deleted.column(0).to_pylist())
        if self.detector.flagged:
            rows = [dict(zip(self.table.key, values, strict=True)) for values in self.detector.flagged]
            deleted = joined_keys(deleted, self.normalizer.keys(rows))
        self.outcome.deleted = deleted if deleted.num_rows else None
        self.outcome.rows_deleted = deleted.num_rows

    # --- state ---------------------------------------------------------------------------------------------

    def _moves_cursor(self) -> bool:
        """False while the filter is ignored and some details are unread, or some failed: the cursor stays behind them.

        It moves if details fail in a second sync as well: the list finds their rows then, at less cost.
        """
        if self.details is None:
            return True
        if self.details.reader.failed and self.state.cursor and not self._had_pending:
            return False
        return self.outcome.filter_proven is not False or self.run.options.full

    def _save(self, *, is_full_scan: bool, moves: bool = True) -> None:
        """Note what the next run starts from; it is committed together with the rows or not at all.

        Args:
            moves: the cursor of a table whose rows hold none moves to the vendor's present time.
        """
        since, outcome, state = self.table.incremental, self.outcome, self.state
        if moves and since and not since.cursor_field:
            self.detector.cursor = instant(self.run.server_time.now)
        if (cursor := self.detector.cursor) is not None and since and self._moves_cursor():
            outcome.cursor_after = stamp(cursor)
            state = state.with_cursor(
                cursor,
                server_time=self.lookback.server_time,
                local_time=self.lookback.local_time,
                read_seconds=max(self._elapsed(), int(self.lookback.planned.total_seconds())),
            )
        policy = self.details.policy if self.details else None
        self.state = outcome.state = state.after(
            started_at=outcome.started_at,
            schema_hash=self.normalizer.rules,
            cost=replace(self._cost, details=policy.count if policy else 0),
            is_full_scan=is_full_scan,
            filter_honoured=outcome.filter_proven,
            order_rejected=not self.requests.lists.ordered,
            refused_params=self.requests.lists.refused_params,
            has_discarded=self._discards or (self.state.has_discarded and not self.outcome.is_compared),
            twice_read=policy.twice_read_later(cursor) if policy and cursor else (),
            details_pending=bool(self.details and self.details.reader.failed),
            hidden_keys=self.hidden.stored,
            window_start=self.requests.coverage.first_day() if self.table.window else None,
        )
        self.pipeline.outside.hand_over()
        if self.detector.rechecked and self.detector.index is not None:
            outcome.rechecked = self.detector.index.keys(self.detector.rechecked)
