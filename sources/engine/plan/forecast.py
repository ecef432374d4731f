"""How many requests the next read of a table takes: from what the last reads took, and from a few probes.

What a complete scan took is kept in the table's state; a table without a past is measured. Changes are measured
always: they are what differs from run to run, and one page usually tells. So are lists that are read whole where each
missing row costs a request of its own, by their first page and their last.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil, log2
from typing import Any

from fieldhouse.sources.engine.changes.cursor_time import moment_of
from fieldhouse.sources.engine.changes.filter_check import AHEAD, FIRST_CHANGE
from fieldhouse.sources.engine.changes.row_index import key_hashes
from fieldhouse.sources.engine.errors import SourceError
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.extract.table_reader import RESUMABLE, TableReader
from fieldhouse.sources.engine.spec.table import Table

from .list_length import measured, scan_requests, second_look
from .scan_estimate import Forecast, ScanEstimate


def forecast(run: Run, table: Table, made: Mapping[str, Forecast]) -> Forecast:
    """Forecast one table. ``made`` are the forecasts of the tables before it, its parents among them."""
    forecaster = _Forecaster(run, table, made)
    told = forecaster.told
    try:
        forecaster.run_through()
    except SourceError as error:
        told.error = error.at(f"{run.account}.{table.name}")
        told.parts = {error.word: max(1, forecaster.reader.outcome.requests)}
    told.probes = forecaster.reader.outcome.requests
    return told


def remembered(reader: TableReader) -> int | None:
    """The requests of the reader's table if nothing has changed since its last read; None on a first read."""
    cost, table = reader.state.get("cost"), reader.table
    if table.embedded_in:
        return 0
    if not cost or reader.run.options.backfill or "scan" not in cost:
        return None
    proof = int(bool(table.incremental and table.incremental.prove))
    if not _trusted(reader) or not reader.filter_check.cursor_helps():
        return int(proof + cost["scan"] + _details_again(reader, cost))
    due = reader.sweep_due()
    changes = 0 if due and not reader.details else cost.get("changes", _no_changes(reader))
    return int(proof + changes + (cost["scan"] if due else 0))


def _details_again(reader: TableReader, cost: Mapping[str, int]) -> int:
    """Details that a scan reads though the list shows no change."""
    detail = reader.table.detail
    if not detail or detail.every == "sync":
        return 0
    if reader.run.options.full:
        return ceil(cost["rows"] / detail.batch_size)
    if not _unseen_changes(reader):
        return 0
    return cost["details"] if cost["details"] < cost["rows"] else cost.get("unsettled", 0)


def _no_changes(reader: TableReader) -> int:
    """Requests for changes when there are none: the rows of the cursor's time, and the empty page after them."""
    table, totals = reader.table, reader.state.get("cost", {}).get("totals")
    pages = 2 if reader.requests.pager.numbered and not totals else 1
    return pages * len(table.parts) * len(table.incremental.streams) if table.incremental else 0


def _trusted(reader: TableReader) -> bool:
    """The vendor honours the filter, as far as the last run knows."""
    since = reader.table.incremental
    return bool(since and (not since.prove or reader.state.get("proof", {}).get("honoured")))


def _unseen_changes(reader: TableReader) -> bool:
    """Changes show in details alone, and the filter does not tell which: details are read again by their age."""
    detail = reader.table.detail
    return bool(detail and detail.every == "change" and reader.table.incremental and not _trusted(reader))


class _Forecaster:
    def __init__(self, run: Run, table: Table, made: Mapping[str, Forecast]) -> None:
        self.run, self.table, self.made = run, table, made
        self.reader = TableReader(run, table)
        self.asking, self.state = self.reader.requests, self.reader.state
        self.told, self.honoured = Forecast(table.name), False

    def run_through(self) -> None:
        """Decide as the reader decides, and count instead of reading."""
        if self.table.embedded_in:
            self.told.how = f"found in {', '.join(found.table for found in self.table.embedded_in)}"
            return
        if not self._by_filter():
            self._everything()
            return
        due = self.reader.sweep_due()
        if not due or self.table.detail:
            self._changes()
        if due:
            self._everything()
            self.told.how = "changes, and a sweep for deletes" if self.table.detail else "a sweep for deletes"

    def _by_filter(self) -> bool:
        since = self.table.incremental
        if since is None:
            return False
        self.told.needs("proof", int(since.prove))
        self.honoured = _trusted(self.reader)
        if since.prove and "proof" not in self.state:
            self.honoured = self.reader.filter_check.proven()
        self.reader.filter_check.lookback.note(self.run.client.transport.date, moment_of(self.run.now()))
        return self.honoured and self.reader.filter_check.cursor_helps()

    # --- changes -------------------------------------------------------------------------------------------

    def _changes(self) -> None:
        since, cursor = self.table.incremental, self.reader.cursor
        assert since is not None
        assert cursor is not None
        self.told.how = "changes"
        rows, sample = self._changed(self.reader.filter_check.lookback.start(since, cursor))
        self.told.rows = rows
        if self.table.detail:
            self._details(self._changed_details(cursor, rows, sample))

    def _changed(self, start: datetime) -> tuple[int, list[Any]]:
        rows = 0
        sample: list[Any] = []
        for ask, _ in self.asking.change_requests(start):
            length = measured(self.asking, ask, short_ends=True)
            look = 0 if length.total or not self.asking.pager.numbered else second_look(length.pages)
            self.told.needs("changes", scan_requests(self.asking, ask, length) + look)
            rows += length.rows
            sample += length.sample
        if self.run.is_parent(self.table.name):
            self.told.arrived = self.reader.change_detector.unheld(sample)
        return rows, sample

    def _changed_details(self, cursor: datetime, rows: int, sample: list[Any]) -> int:
        """Of how many of the rows that the filter returns a detail will be read: judged as the reader judges them.

        Of many rows whose list shows no time, those after the cursor are counted, and late ones before it.
        """
        since, reader = self.table.incremental, self.reader
        assert since is not None
        if not rows:
            return 0
        if len(sample) >= rows or any(since.time_of(row) for row in sample if isinstance(row, dict)):
            before = reader.outcome.requests
            reader.detail_policy.since, reader.outcome.filter_proven = cursor, True if since.prove else None
            wanted = reader.change_detector.wanting(sample)
            self.told.needs("changes", reader.outcome.requests - before)
            return round(wanted * rows / len(sample))
        newer, _ = self._changed(cursor + timedelta(milliseconds=1))
        if not reader.filter_check.lookback.settled(since, cursor, cursor):
            return rows
        at_cursor = len(
            self.run.known_rows.values(self.table.name, self.table.key[0], (since.cursor_column, cursor))
        )
        return max(newer, rows - at_cursor)

    def _details(self, count: int) -> None:
        if self.table.detail:
            self.told.needs("details", ceil(count / self.table.detail.batch_size))

    # --- everything ----------------------------------------------------------------------------------------

    def _everything(self) -> None:
        cost, told = self.state.get("cost", {}), self.told
        told.rows = None
        if "scan" not in cost or self._deletes_cost(cost):
            ScanEstimate(self.asking, told, self.made).run_through(cost.get("pages", ()))
        else:
            survey = ScanEstimate(self.asking, told, self.made)
            told.needs("list", cost["scan"] + survey.for_arrived_parents())
            told.rows = cost["rows"]
        detail = self.table.detail
        if "scan" in cost:
            told.needs("details", _details_again(self.reader, {**cost, "rows": told.rows or 0}))
            if self._deletes_cost(cost):
                self._missing_rows()
        elif detail:
            known = self.run.known_rows.known(self.table, None, ()) if detail.every == "change" else None
            held = sum(known.column("_deleted_at").is_null().to_pylist()) if known is not None else 0
            self._first_details((told.rows or 0) - held)

    # --- deletes -------------------------------------------------------------------------------------------

    def _deletes_cost(self, cost: Mapping[str, Any]) -> bool:
        """Rows that are missing from a scan cost requests, and a page or two of the list tell how many are."""
        table = self.table
        one_list = not (table.window or table.per_parent) and len(table.parts) == 1
        confirmed = table.confirm or max(cost.get("pages", ()), default=1) > 1
        return bool(one_list and confirmed and self.reader.delete_detector.looked_for)

    def _missing_rows(self) -> None:
        """Rows that the warehouse holds and the list lacks: exactly where all of it was seen, else by its length.

        New rows hide missing ones of a longer list, but for those on the pages that were seen: the first and the last.
        """
        held, deletes, told = self.reader.stored_rows(), self.reader.delete_detector, self.told
        _, keys, _ = self.reader.normalizer.split(told.sample)
        numbers = set(key_hashes(keys))
        new = sum(place < 0 or held.deleted(place) for place in map(held.see, numbers))
        rows = told.rows or 0
        gone = len(deletes.missing(held)) if len(numbers) >= rows else max(0, held.live + new - rows)
        told.needs("missing rows", deletes.foretold(gone, held.live, told.parts.get("list", 0)))

    # --- first details -------------------------------------------------------------------------------------

    def _first_details(self, count: int) -> None:
        since = self.table.incremental
        self._details(max(0, count))
        if (
            self.reader.cursor is None
            and since
            and since.cursor_field
            and self.honoured
            and count >= RESUMABLE
        ):
            span = self.run.server_time.now + AHEAD - FIRST_CHANGE
            self.told.needs("resuming", 1 + ceil(log2(span.total_seconds())))
