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

from fieldhouse.sources.engine.changes.change_detector import Intake
from fieldhouse.sources.engine.changes.cursor_time import instant, stamp
from fieldhouse.sources.engine.changes.delete_detector import Deletes
from fieldhouse.sources.engine.changes.detail_policy import Due
from fieldhouse.sources.engine.changes.filter_check import Trust
from fieldhouse.sources.engine.changes.page_drift import ATTEMPTS, Steady
from fieldhouse.sources.engine.changes.row_index import Ledger
from fieldhouse.sources.engine.errors import Denied, SourceError, Suspicious, Unsteady
from fieldhouse.sources.engine.normalize.normalizer import Shaper
from fieldhouse.sources.engine.spec.table import Table

from . import special_reads as aside
from .detail_reader import Details
from .missing_lists import Fallback
from .requests import Asking, Whole
from .run import Outcome, Run

RESUMABLE = 100
"""So many details and more make a first read worth being taken up again."""


class TableReader:
    """Reads one table of one run. ``read`` never raises a ``SourceError``: it stands in the outcome."""

    def __init__(self, run: Run, table: Table) -> None:
        self.run, self.table = run, table
        self.state = dict(run.states.get(table.name, {}))
        self.outcome = Outcome(table.name, strategy=table.strategy, cursor_before=self.state.get("cursor"))
        self.asking = Asking(run, table, self.outcome)
        options = run.options
        self.shaper = Shaper(
            table.name,
            table.key,
            table.row,
            drop=options.drop,
            mask=options.mask,
            salt=options.salt,
            needed=run.vendor.relied_on(table),
        )
        again = self.asking.counted if table.detail and table.detail.every == "sync" else self._counted_once
        self.details = Details(run, table, again) if table.detail else None
        self.fallback = Fallback(run, table, self.outcome, self.asking.counted)
        self.trust = Trust(
            run, table, self.outcome, self.asking, self.state, self.shaper.rules, self._counted_once
        )
        self.due = Due(run, table, self.outcome, self.trust.clocks, self.state, self._changed_after)
        self.intake = Intake(
            run,
            table,
            self.outcome,
            self.shaper,
            fallback=self.fallback,
            details=self.details,
            due=self.due,
            held=self.held,
            before_details=self._make_resumable,
            cursor=self.trust.cursor,
        )
        self.deletes = Deletes(run, table, self.outcome, self.asking, self.intake, self._counted_once)
        self.steady = Steady(self.outcome, self.asking, self.intake)
        self._newer: set[int] | None = None
        self._once = 0
        self._cost: dict[str, Any] = {}
        self._started = time.monotonic()

    @property
    def cursor(self) -> datetime | None:
        """The newest time of change that was seen, by this run or before it."""
        return self.intake.cursor

    def _counted_once(self) -> None:
        """Count a request that the next run need not repeat, though nothing changes."""
        self.asking.counted()
        with self.run.lock:
            self._once += 1

    @property
    def _repeated(self) -> int:
        return self.outcome.requests - self._once

    def read(self) -> Outcome:
        self._started = time.monotonic()
        self.outcome.progress = "reading"
        try:
            self._read()
            self.intake.refuse_bad_table(1)
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
        self.outcome.touched = None
        self.run.failed[self.table.name] = why

    def _done(self) -> Outcome:
        self.outcome.seconds = time.monotonic() - self._started
        self.outcome.progress = "done"
        return self.outcome

    # --- how -----------------------------------------------------------------------------------------------

    def _read(self) -> None:
        if keys := self.run.options.some.get(self.table.name):
            aside.read_some(self, keys)
        elif self.table.found:
            aside.take_finds(self)
            self._save(swept=True)
        elif self.run.options.backfill:
            aside.backfill(self)
        elif self.trust.earned():
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
        since, cursor = self.table.since, self.cursor
        assert since is not None
        assert cursor is not None
        if self.sweep_due() and self.details is None:
            self.outcome.note("swept for deletes")
            return self._read_everything()
        self.due.since = cursor
        steady = self._take_changes(self.trust.clocks.start(since, cursor))
        self._save(swept=False, moves=steady)
        if self.sweep_due():
            self.outcome.note("swept for deletes")
            self.due.trusts_list = True
            self._read_everything()
        return None

    def _take_changes(self, start: datetime) -> bool:
        """Take what changed since ``start``; whether it can be all. Where rows kept moving, the cursor stays."""
        cursor, before = self.cursor, self._repeated
        ask, _ = next(self.asking.change_asks(start))
        for attempt in range(ATTEMPTS):
            self.intake.begin_changes()
            self.intake.take(self.asking.changed_since(start), complete=False)
            self._cost["changes"] = self._repeated - before
            if not self.steady.changes_moved_up(ask, attempt):
                return True
        self.outcome.note("rows moved during three reads: the next sync asks for the same changes again")
        self.intake.cursor = cursor
        return False

    def _changed_after(self, cursor: datetime) -> set[int]:
        """Keys of rows changed after the cursor."""
        if self._newer is None:
            self._newer = set()
            for piece in self.asking.changed_since(cursor + timedelta(milliseconds=1)):
                self._newer.update(self.intake.keys_of(piece)[0])
        return self._newer

    def _make_resumable(self, details: int) -> None:
        """Before many details are fetched for the first time, note from where a later run could go on."""
        since, filling = self.table.since, self.cursor is None and self.outcome.checkpoint is None
        if not (filling and since and since.field and self.outcome.filter_proven and details >= RESUMABLE):
            return
        newest = self.trust.newest()
        if newest is not None:
            self.outcome.checkpoint = {
                **self.state,
                **self.trust.clocks.kept(),
                "cursor": stamp(newest),
                "filling": stamp(self.outcome.started_at),
            }

    def _read_everything(self) -> None:
        intake, held = self.intake, self.held()
        ask, _ = next(self.asking.list_asks())
        for attempt in range(ATTEMPTS):
            intake.begin(held)
            before, rows = self._repeated, self.outcome.rows_read
            intake.take(self.asking.everything(), complete=True)
            whole, moved_up = self.asking.whole, self.steady.all_moved_up(ask)
            self._cost |= {
                "scan": self._repeated - before - sum(verdict.beyond for verdict in whole.verdicts),
                "rows": self.outcome.rows_read - rows,
                "pages": self._pages_of(whole),
                "unsettled": intake.unsettled,
                "totals": whole.tell_totals,
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
            raise Unsteady(
                "rows moved between pages during three scans, so that some may not have been seen; "
                "those that were seen are loaded, none was marked deleted",
                do="Run the sync again, at a quieter time if it comes back.",
            )
        self.outcome.note("rows moved between pages during three scans: no deletes were inferred")

    def _pages_of(self, whole: Whole) -> list[int]:
        """Pages with rows of each read, where each is one list of numbered pages."""
        if not self.asking.pager.numbered or self.table.window or self.table.each:
            return []
        return [max(1, verdict.pages - 1) for verdict in whole.verdicts]

    # --- what is held --------------------------------------------------------------------------------------

    def held(self, keys: pa.Table | None = None) -> Ledger:
        """What the warehouse holds of the table, or of ``keys``."""
        return Ledger(self.table.key, self.run.memory.known(self.table, keys, self.known_beside()))

    def known_beside(self) -> list[str]:
        """What has to be known of the rows beside their keys and hashes."""
        extra = ["_list_hash", "_synced_at"] if self.details else []
        since = self.table.since
        if since and since.column:
            extra.append(since.column)
        if self.table.each and self.table.each.stamp:
            extra.append(self.table.each.stamp)
        if self.table.window and self.table.window.field:
            extra += filter(None, [self.table.window.field, self.table.window.unsettled])
        extra += self.deletes.columns()
        return [column for column in dict.fromkeys(extra) if column not in self.table.key]

    # --- deletes -------------------------------------------------------------------------------------------

    def _find_deleted(self, held: Ledger) -> None:
        """Mark what a whole scan did not see, once it is confirmed and not suspiciously much, and what is flagged."""
        try:
            deleted = self.deletes.of(held, unkeyed=bool(self.intake.bad))
        except Suspicious:
            self._save(swept=False)
            raise
        if self.intake.flagged:
            deleted = self._with_flagged(deleted)
        self.outcome.deleted = deleted if deleted.num_rows else None
        self.outcome.rows_deleted = deleted.num_rows

    def _with_flagged(self, deleted: pa.Table) -> pa.Table:
        """The keys that the vendor itself flags as deleted, together with those that are gone."""
        rows = [dict(zip(self.table.key, values, strict=True)) for values in self.intake.flagged]
        flagged = self.shaper.keys(rows)
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
        if moves and self.table.since and not self.table.since.field:
            self.intake.cursor = instant(self.run.moment.now)
        if self.cursor is not None and self.table.since and self._knows_all():
            state["cursor"] = stamp(self.cursor)
            self.outcome.cursor_after = state["cursor"]
            state["lag"] = ceil(time.monotonic() - self._started)
            state |= self.trust.clocks.kept()
        if swept:
            state["swept_at"] = stamp(self.outcome.started_at)
            state.pop("filling", None)
        if self.outcome.filter_proven is not None:
            state["proof"] = {"honoured": self.outcome.filter_proven, "at": stamp(self.outcome.started_at)}
        if self.asking.ordered:
            state.pop("unordered", None)
        else:
            state["unordered"] = True
        if self.table.window:
            state["from"] = self.asking.first_day().isoformat()
        state["synced_at"] = stamp(self.outcome.started_at)
        state["shape"] = self.shaper.rules
        state["cost"] = {**state.get("cost", {}), **self._cost, "details": self.due.count}
        self.state = state
        self.outcome.state = state
        if self.intake.touched and self.intake.whole is not None:
            self.outcome.touched = self.intake.whole.keys(self.intake.touched)
