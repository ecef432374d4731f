"""Forecast: how many requests the next read of a table takes, from what the last reads took and from a few probes.

What a complete scan took is stored in the table's state; a table without a past is measured. Changes are always
measured: they differ from run to run, and one page usually shows them. So are full lists of which each missing row
costs a request of its own, by their first page and their last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil, log2
from typing import Any

from fieldhouse.sources.engine.changes.cursor_time import moment_of
from fieldhouse.sources.engine.changes.detail_policy import after
from fieldhouse.sources.engine.changes.parent_keys import is_parent
from fieldhouse.sources.engine.changes.records import ScanSummary
from fieldhouse.sources.engine.changes.row_index import key_hashes
from fieldhouse.sources.engine.changes.table_state import ReadCost, ScanCost
from fieldhouse.sources.engine.errors import SourceError
from fieldhouse.sources.engine.extract.change_feed import AHEAD, FIRST_CHANGE
from fieldhouse.sources.engine.extract.detail_reader import RESUMABLE
from fieldhouse.sources.engine.extract.requests import ABSENCE_REQUESTS
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.extract.table_reader import TableReader
from fieldhouse.sources.engine.spec.table import Table

from .list_length import measured, scan_requests, second_look
from .scan_estimate import Forecast, ScanEstimate


def forecast_table(run: Run, table: Table, forecasts: Mapping[str, Forecast]) -> Forecast:
    """Forecast one table.

    Args:
        forecasts: those of the tables before it, its parents among them.
    """
    forecaster = _Forecaster(run, table, forecasts)
    forecast = forecaster.forecast
    try:
        forecaster.run_through()
    except SourceError as error:
        if forecaster.requests.offer.is_possible(error):
            forecast.note_absence(ABSENCE_REQUESTS)
            forecast.probes = forecaster.reader.outcome.requests
            return forecast
        forecast.error = error.at(f"{run.account}.{table.name}")
        forecast.parts = {error.word: max(1, forecaster.reader.outcome.requests)}
    if selection := forecaster.requests.lists.selection:
        forecast.how += f", where {selection}"
        forecast.add("filter checks", len(list(selection.other_params())))
    forecast.probes = forecaster.reader.outcome.requests
    return forecast


def expected_requests(reader: TableReader) -> int | None:
    """The requests of the reader's table if nothing has changed since its last read; None on a first read."""
    cost, table = reader.state.cost, reader.table
    if table.embedded_in or reader.requests.offer.is_remembered:
        return 0
    if reader.state.not_offered_at:
        return ABSENCE_REQUESTS
    if cost is None or cost.scan is None or reader.run.options.backfill:
        return None
    check = int(bool(table.incremental and table.incremental.prove))
    if not _trusts_filter(reader) or not reader.filter_check.cursor_decision().is_usable:
        return check + cost.scan.requests + _details_again(reader, cost, cost.scan)
    is_due = reader.deletes.is_due(reader.state, reader.outcome.started_at)
    changes = 0
    if not is_due or reader.details:
        changes = cost.changes if cost.changes is not None else _requests_without_changes(reader)
    return check + changes + (cost.scan.requests if is_due else 0)


def _details_again(reader: TableReader, cost: ReadCost, scan: ScanCost) -> int:
    """Details that a scan reads of rows that are stored, if none of them has changed at the vendor."""
    detail = reader.table.detail
    if not detail or detail.every == "sync":
        return 0
    if reader.run.options.full or reader.filter_check.rules_changed:
        return ceil(scan.rows / detail.batch_size)
    if not _hides_changes(reader):
        return 0
    return cost.details if cost.details < scan.rows else scan.unsettled


def _requests_without_changes(reader: TableReader) -> int:
    """Requests for changes if there are none: the rows of the cursor's time, and the empty page after them."""
    table, cost = reader.table, reader.state.cost
    has_totals = bool(cost and cost.scan and cost.scan.has_totals)
    pages = 2 if reader.requests.lists.pager.numbered and not has_totals else 1
    return pages * len(table.parts) * len(table.incremental.streams) if table.incremental else 0


def _trusts_filter(reader: TableReader) -> bool:
    """True if the vendor honours the filter, as far as the last run knows."""
    since, proof = reader.table.incremental, reader.state.filter_proof
    return bool(since and (not since.prove or (proof and proof.is_honoured)))


def _hides_changes(reader: TableReader) -> bool:
    """True if only details show changes, and no filter tells which: details are read again by their age."""
    detail = reader.table.detail
    return bool(
        detail and detail.every == "change" and reader.table.incremental and not _trusts_filter(reader)
    )


class _Forecaster:
    def __init__(self, run: Run, table: Table, forecasts: Mapping[str, Forecast]) -> None:
        self.run, self.table, self.forecasts = run, table, forecasts
        self.reader = TableReader(run, table)
        self.requests, self.state = self.reader.requests, self.reader.state
        self.forecast, self.is_honoured = Forecast(table.name), False

    def run_through(self) -> None:
        """Decide as the reader decides, and count instead of reading."""
        if self.requests.offer.is_remembered:
            self.forecast.note_absence(0)
            return
        if self.table.embedded_in:
            places = ", ".join(place.table for place in self.table.embedded_in)
            self.forecast.how = f"embedded in {places}"
            return
        if not self._by_filter():
            self._everything()
            return
        is_due = self.reader.deletes.is_due(self.state, self.reader.outcome.started_at)
        if not is_due or self.table.detail:
            self._changes()
        if is_due:
            self._everything()
            self.forecast.how = (
                "changes, and a sweep for deletes" if self.table.detail else "a sweep for deletes"
            )

    def _by_filter(self) -> bool:
        since = self.table.incremental
        if since is None:
            return False
        self.forecast.add("proof", int(since.prove))
        self.is_honoured = _trusts_filter(self.reader)
        decides = self.state.cursor is not None or self.table.detail is not None
        if since.prove and self.state.filter_proof is None and decides:
            self.is_honoured = self.reader.is_filter_honoured()
        self.reader.lookback.note(self.run.client.transport.date, moment_of(self.run.now()))
        return self.is_honoured and self.reader.filter_check.cursor_decision().is_usable

    # --- changes -------------------------------------------------------------------------------------------

    def _changes(self) -> None:
        since, cursor = self.table.incremental, self.state.cursor
        assert since is not None
        assert cursor is not None
        self.forecast.how = "changes"
        rows, sample = self._changed(self.reader.lookback.start(since, cursor))
        self.forecast.rows = rows
        if self.table.detail:
            self._details(self._changed_details(cursor, rows, sample))

    def _changed(self, start: datetime) -> tuple[int, list[Any]]:
        """Rows that the filter returns, and some of them."""
        assert self.requests.feed is not None
        lists, rows = self.requests.lists, 0
        sample: list[Any] = []
        for request, _ in self.requests.feed.requests(start):
            length = measured(lists, request, short_ends=True)
            look = 0 if length.total or not lists.pager.numbered else second_look(length.pages)
            self.forecast.add("changes", scan_requests(lists, request, length) + look)
            rows += length.rows
            sample += length.sample
        if is_parent(self.run.vendor, self.table.name):
            self.forecast.arrived = self.reader.pipeline.unstored(sample)
        return rows, sample

    def _changed_details(self, cursor: datetime, rows: int, sample: list[Any]) -> int:
        """Of how many of the rows that the filter returns a detail will be read: judged as the reader judges them.

        Of many rows whose list shows no time, those after the cursor are counted, and late ones before it.
        """
        since, reader = self.table.incremental, self.reader
        assert since is not None
        if not rows or reader.details is None:
            return 0
        if len(sample) >= rows or any(since.time_of(row) for row in sample if isinstance(row, dict)):
            before = reader.outcome.requests
            reader.details.policy.cursor = cursor
            reader.details.policy.is_filter_proven = since.prove
            wanted, checks = reader.pipeline.details_wanted(sample, self.run.server_time.now)
            self.forecast.add("changes", reader.outcome.requests - before + checks)
            return round(wanted * rows / len(sample))
        newer, _ = self._changed(after(cursor))
        at_cursor = len(
            self.run.known_rows.values(self.table.name, self.table.key[0], (since.cursor_column, cursor))
        )
        again = 0 if reader.lookback.is_settled(since, cursor, cursor) else at_cursor
        return newer + again + round(self._share_leaving(cursor) * max(0, rows - newer - at_cursor))

    def _share_leaving(self, cursor: datetime) -> float:
        """Of the rows in the overlap whose details wait, the share that leaves it with the next sync, if their times
        are evenly spread and rows keep changing."""
        since, lookback = self.table.incremental, self.reader.lookback
        assert since is not None
        if lookback.is_settled(since, cursor, cursor - timedelta(seconds=1)):
            return 0.0
        start = lookback.start(since, cursor)
        leaving = lookback.next_start(since, self.run.server_time.now) - start
        return min(1.0, leaving / (cursor - start))

    def _details(self, count: int) -> None:
        if self.table.detail:
            self.forecast.add("details", ceil(count / self.table.detail.batch_size))

    # --- everything ----------------------------------------------------------------------------------------

    def _everything(self) -> None:
        cost = self.state.cost or ReadCost()
        scan, forecast, detail = cost.scan, self.forecast, self.table.detail
        estimate = ScanEstimate(self.requests, forecast, self.forecasts)
        forecast.rows = None
        if scan is None or self._deletes_cost(scan):
            estimate.run_through(scan.pages if scan else ())
        else:
            forecast.add("list", scan.requests + estimate.for_arrived_parents())
            forecast.rows = scan.rows
        if scan is not None:
            forecast.add("details", self._details_again(cost, scan))
            if self._deletes_cost(scan):
                self._missing_rows()
        elif detail:
            stored = self._stored_inside() if detail.every == "change" else 0
            self._first_details((forecast.rows or 0) - stored)

    def _stored_inside(self) -> int:
        """Live rows that are stored and meet the row filters."""
        index = self.reader.stored.index()
        live = index.missing()
        return len(live) - len(self.reader.pipeline.outside.stored(live, index))

    def _details_again(self, cost: ReadCost, scan: ScanCost) -> int:
        return _details_again(self.reader, cost, replace(scan, rows=self.forecast.rows or 0))

    # --- deletes -------------------------------------------------------------------------------------------

    def _deletes_cost(self, scan: ScanCost) -> bool:
        """True if rows that are missing from a scan cost requests, and a page or two of the list show how many are."""
        table = self.table
        is_one_list = not (table.window or table.per_parent) and len(table.parts) == 1
        is_confirmed = table.confirm or max(scan.pages, default=1) > 1
        return bool(is_one_list and is_confirmed and self.reader.deletes.is_looked_for)

    def _missing_rows(self) -> None:
        """Stored rows that the list lacks: exactly if all of it was seen, else by its length.

        New rows hide missing ones of a longer list, except on the pages that were seen: the first and the last.
        """
        index, deletes, forecast = self.reader.stored.index(), self.reader.deletes, self.forecast
        _, keys, _ = self.reader.normalizer.split(forecast.sample)
        seen = set(key_hashes(keys))
        new = sum(position < 0 or index.is_deleted(position) for position in map(index.see, seen))
        hidden = self.reader.hidden
        settled = sum(hidden.is_settled(index.key_at(position)) for position in index.missing())
        rows = forecast.rows or 0
        if len(seen) >= rows:
            missing = len(deletes.missing(index, ScanSummary()))
        else:
            missing = max(0, index.live + new - rows)
        missing = max(0, missing - settled)
        scan = forecast.parts.get("list", 0)
        forecast.add("missing rows", deletes.requests_to_confirm(missing, index.live, scan))

    # --- first details -------------------------------------------------------------------------------------

    def _first_details(self, count: int) -> None:
        since = self.table.incremental
        self._details(max(0, count))
        is_first = self.state.cursor is None
        if is_first and since and since.cursor_field and self.is_honoured and count >= RESUMABLE:
            span = self.run.server_time.now + AHEAD - FIRST_CHANGE
            self.forecast.add("checkpoints", 1 + ceil(log2(span.total_seconds())))
