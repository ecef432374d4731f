"""Reads one table: chooses how, proves the filter, drops what did not change, finds what is gone.

The order is the promise: a filter is proven before a cursor relies on it, rows are compared with what the warehouse
holds before they are written, and deletes come last, from a scan that is known to be whole.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import pyarrow as pa

from fieldhouse.sources.engine.changes.change_detector import ChangeDetector
from fieldhouse.sources.engine.changes.cursor_time import instant, stamp
from fieldhouse.sources.engine.changes.delete_detector import DeleteDetector
from fieldhouse.sources.engine.changes.detail_policy import DetailPolicy
from fieldhouse.sources.engine.changes.filter_check import FilterCheck
from fieldhouse.sources.engine.changes.page_drift import ATTEMPTS, PageDriftCheck
from fieldhouse.sources.engine.changes.row_index import RowIndex
from fieldhouse.sources.engine.errors import DeleteGuard, Denied, PagesMoved, SourceError
from fieldhouse.sources.engine.normalize.normalizer import Normalizer
from fieldhouse.sources.engine.spec.table import Table

from . import special_reads as aside
from .detail_reader import DetailReader
from .missing_lists import MissingLists
from .requests import ScanSummary, TableRequests
from .run import Outcome, Run

RESUMABLE = 100
"""So many details and more make a first read worth being taken up again."""


class TableReader:
    """Reads one table of one run. ``read`` never raises a ``SourceError``: it stands in the outcome."""

    def __init__(self, run: Run, table: Table) -> None:
        self.run, self.table = run, table
        self.state = dict(run.states.get(table.name, {}))
        self.outcome = Outcome(table.name, strategy=table.strategy, cursor_before=self.state.get("cursor"))
        self.requests = TableRequests(run, table, self.outcome)
        options = run.options
        self.normalizer = Normalizer(
            table.name,
            table.key,
            table.row,
            drop=options.drop,
            mask=options.mask,
            salt=options.salt,
            needed=run.vendor.relied_on(table),
        )
        again = table.detail is not None and table.detail.every == "sync"
        client = self.requests.client if again else self.requests.once
        self.details = DetailReader(run, table, client) if table.detail else None
        self.missing_lists = MissingLists(run, table, self.outcome, self.requests.client)
        self.filter_check = FilterCheck(
            run, table, self.outcome, self.requests, self.state, self.normalizer.rules
        )
        self.detail_policy = DetailPolicy(
            run, table, self.outcome, self.filter_check.lookback, self.state, self._changed_after
        )
        self.change_detector = ChangeDetector(
            run,
            table,
            self.outcome,
            self.normalizer,
            fallback=self.missing_lists,
            details=self.details,
            due=self.detail_policy,
            held=self.stored_rows,
            before_details=self._make_resumable,
            cursor=self.filter_check.cursor,
        )
        self.delete_detector = DeleteDetector(run, table, self.outcome, self.requests, self.change_detector)
        self.page_drift = PageDriftCheck(self.outcome, self.requests, self.change_detector)
        self._newer: set[int] | None = None
        self._cost: dict[str, Any] = {}
        self._started = time.monotonic()

    @property
    def cursor(self) -> datetime | None:
        """The newest time of change that was seen, by this run or before it."""
        return self.change_detector.cursor

    def read(self) -> Outcome:
        self._started = time.monotonic()
        self.outcome.progress = "reading"
        try:
            self._read()
            self.change_detector.refuse_bad_table(1)
            self._refuse_denied_details()
        except SourceError as error:
            self.outcome.error = error.at(f"{self.run.account}.{self.table.name}")
            self.outcome.status = error.status
            if not error.keeps_rows:
                self._not_read(error)
        return self._done()

    def stopped(self, error: Exception) -> Outcome:
        """The outcome where something else than a ``SourceError`` stopped the reading: a defect."""
        self.outcome.error, self.outcome.status = error, "failed"
        self._not_read(
            SourceError(f"{self.table.name} met a defect: {type(error).__name__}", do="Run it with --debug.")
        )
        return self._done()

    def _not_read(self, why: SourceError) -> None:
        self.outcome.state = self.outcome.cursor_after = None
        self.outcome.deleted = None
        self.outcome.rechecked = None
        self.run.failed[self.table.name] = why

    def _done(self) -> Outcome:
        self.outcome.seconds = time.monotonic() - self._started
        self.outcome.progress = "done"
        return self.outcome

    # --- how -----------------------------------------------------------------------------------------------

    def _read(self) -> None:
        if keys := self.run.options.only_keys.get(self.table.name):
            aside.read_some(self, keys)
        elif self.table.embedded_in:
            aside.take_finds(self)
            self._save(swept=True)
        elif self.run.options.backfill:
            aside.backfill(self)
        elif self.filter_check.is_reliable():
            self._read_changes()
        else:
            self._read_everything()

    def sweep_due(self) -> bool:
        """Whether this run looks for deletes: it was asked to, it is time to, or a first read was cut off."""
        options = self.run.options
        if self.state.get("filling"):
            return True
        swept = instant(self.state.get("swept_at"))
        if options.sweep or swept is None:
            return True
        age = self.outcome.started_at - swept
        return age >= options.sweep_every

    # --- the three ways ------------------------------------------------------------------------------------

    def _read_changes(self) -> None:
        """Only what the filter returns; keys of the whole table as well, where a sweep is due."""
        since, cursor = self.table.incremental, self.cursor
        assert since is not None
        assert cursor is not None
        if self.sweep_due() and self.details is None:
            self.outcome.note("swept for deletes")
            return self._read_everything()
        self.detail_policy.since = cursor
        steady = self._take_changes(self.filter_check.lookback.start(since, cursor))
        self._save(swept=False, moves=steady)
        if self.sweep_due():
            self.outcome.note("swept for deletes")
            self.detail_policy.trusts_list = True
            self._read_everything()
        return None

    def _take_changes(self, start: datetime) -> bool:
        """Take what changed since ``start``; whether it can be all. Where rows kept moving, the cursor stays."""
        cursor, before = self.cursor, self.outcome.counter.repeatable
        ask, _ = next(self.requests.change_requests(start))
        for attempt in range(ATTEMPTS):
            self.change_detector.begin_changes()
            self.change_detector.process(self.requests.changed_since(start), complete=False)
            self._cost["changes"] = self.outcome.counter.repeatable - before
            if not self.page_drift.changes_moved_up(ask, attempt):
                return True
        self.outcome.note("rows moved during three reads: the next sync asks for the same changes again")
        self.change_detector.cursor = cursor
        return False

    def _changed_after(self, cursor: datetime) -> set[int]:
        """Keys of rows changed after the cursor."""
        if self._newer is None:
            self._newer = set()
            for piece in self.requests.changed_since(cursor + timedelta(milliseconds=1)):
                self._newer.update(self.change_detector.keys_of(piece)[0])
        return self._newer

    def _make_resumable(self, details: int) -> None:
        """Before many details are fetched for the first time, note from where a later run could go on."""
        since, filling = self.table.incremental, self.cursor is None and self.outcome.checkpoint is None
        if not (
            filling and since and since.cursor_field and self.outcome.filter_proven and details >= RESUMABLE
        ):
            return
        newest = self.filter_check.newest()
        if newest is not None:
            self.outcome.checkpoint = {
                **self.state,
                **self.filter_check.lookback.kept(),
                "cursor": stamp(newest),
                "filling": stamp(self.outcome.started_at),
            }

    def _read_everything(self) -> None:
        intake, held = self.change_detector, self.stored_rows()
        ask, _ = next(self.requests.list_requests())
        for attempt in range(ATTEMPTS):
            intake.begin(held)
            before, rows = self.outcome.counter.repeatable, self.outcome.rows_read
            intake.process(self.requests.everything(), complete=True)
            whole, moved_up = self.requests.summary, self.page_drift.all_moved_up(ask)
            self._cost |= {
                "scan": self.outcome.counter.repeatable
                - before
                - sum(verdict.beyond for verdict in whole.verdicts),
                "rows": self.outcome.rows_read - rows,
                "pages": self._pages_of(whole),
                "unsettled": intake.unsettled,
                "totals": whole.has_totals,
            }
            if moved_up:
                continue
            if not whole.total_differs:
                break
            if attempt:
                self.outcome.note("the vendor's total differs from the rows that it lists; two scans agree")
                break
        else:
            self._save(swept=False)
            self._refuse_unsteady()
            return
        self._find_deleted(held)
        self._save(swept=True)

    def _refuse_unsteady(self) -> None:
        """Rows may be missing: only a filter that finds every change since a whole scan makes that harmless."""
        if not (self.outcome.filter_proven and self.state.get("swept_at")):
            raise PagesMoved(
                "rows moved between pages during three scans, so that some may not have been seen; "
                "those that were seen are loaded, none was marked deleted",
                do="Run the sync again, at a quieter time if it comes back.",
            )
        self.outcome.note("rows moved between pages during three scans: no deletes were inferred")

    def _pages_of(self, whole: ScanSummary) -> list[int]:
        """Pages with rows of each read, where each is one list of numbered pages."""
        if not self.requests.pager.numbered or self.table.window or self.table.per_parent:
            return []
        return [max(1, verdict.pages - 1) for verdict in whole.verdicts]

    # --- what is held --------------------------------------------------------------------------------------

    def stored_rows(self, keys: pa.Table | None = None) -> RowIndex:
        """What the warehouse holds of the table, or of ``keys``."""
        return RowIndex(
            self.table.key, self.run.known_rows.known(self.table, keys, self.extra_known_columns())
        )

    def extra_known_columns(self) -> list[str]:
        """What has to be known of the rows beside their keys and hashes."""
        extra = ["_list_hash", "_synced_at"] if self.details else []
        since = self.table.incremental
        if since and since.cursor_column:
            extra.append(since.cursor_column)
        if self.table.per_parent and self.table.per_parent.stamp:
            extra.append(self.table.per_parent.stamp)
        if self.table.window and self.table.window.field:
            extra += filter(None, [self.table.window.field, self.table.window.unsettled])
        extra += self.delete_detector.columns()
        return [column for column in dict.fromkeys(extra) if column not in self.table.key]

    # --- deletes -------------------------------------------------------------------------------------------

    def _find_deleted(self, held: RowIndex) -> None:
        """Mark what a whole scan did not see, once it is confirmed and not suspiciously much, and what is flagged."""
        try:
            deleted = self.delete_detector.of(held, unkeyed=bool(self.change_detector.unreadable))
        except DeleteGuard:
            self._save(swept=False)
            raise
        if self.change_detector.flagged:
            deleted = self._with_flagged(deleted)
        self.outcome.deleted = deleted if deleted.num_rows else None
        self.outcome.rows_deleted = deleted.num_rows

    def _with_flagged(self, deleted: pa.Table) -> pa.Table:
        """The keys that the vendor itself flags as deleted, together with those that are gone."""
        rows = [dict(zip(self.table.key, values, strict=True)) for values in self.change_detector.flagged]
        flagged = self.normalizer.keys(rows)
        return pa.concat_tables([deleted.cast(flagged.schema), flagged])

    def _refuse_denied_details(self) -> None:
        """Some details may not be read: what was read is loaded, and the cursor stays so that they are asked again."""
        denied = self.details.denied if self.details else []
        if denied:
            raise Denied(
                f"{len(denied):,} details may not be read, such as: {denied[0].what}; the other rows are loaded",
                do=denied[0].do,
            )

    # --- state ---------------------------------------------------------------------------------------------

    def _knows_all(self) -> bool:
        """Not where details stay unread since a filter is ignored: once it works again, they must be found by it."""
        return not (self.details and self.outcome.filter_proven is False and not self.run.options.full)

    def _save(self, *, swept: bool, moves: bool = True) -> None:
        """What the next run starts from; it is committed together with the rows or not at all.

        Args:
            moves: the cursor of a table whose rows carry none moves to the vendor's present time.
        """
        state = dict(self.state)
        if moves and self.table.incremental and not self.table.incremental.cursor_field:
            self.change_detector.cursor = instant(self.run.server_time.now)
        if self.cursor is not None and self.table.incremental and self._knows_all():
            state["cursor"] = stamp(self.cursor)
            self.outcome.cursor_after = state["cursor"]
            state["lag"] = ceil(time.monotonic() - self._started)
            state |= self.filter_check.lookback.kept()
        if swept:
            state["swept_at"] = stamp(self.outcome.started_at)
            state.pop("filling", None)
        if self.outcome.filter_proven is not None:
            state["proof"] = {"honoured": self.outcome.filter_proven, "at": stamp(self.outcome.started_at)}
        if self.requests.ordered:
            state.pop("unordered", None)
        else:
            state["unordered"] = True
        if self.table.window:
            state["from"] = self.requests.first_day().isoformat()
        state["synced_at"] = stamp(self.outcome.started_at)
        state["shape"] = self.normalizer.rules
        state["cost"] = {**state.get("cost", {}), **self._cost, "details": self.detail_policy.count}
        self.state = state
        self.outcome.state = state
        if self.change_detector.rechecked and self.change_detector.stored is not None:
            self.outcome.rechecked = self.change_detector.stored.keys(self.change_detector.rechecked)
