"""How many requests the next read of a table takes: from what the last reads took, and from a few probes.

What a complete scan took is kept in the table's state; a table without a past is measured. Changes are measured
always: they are what differs from run to run, and one page usually tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil, log2
from typing import Any

from .asks import DAY, parts_of
from .errors import SourceError
from .length import Length, fetched, measured, scan_requests, second_look
from .paging import Ask
from .read import AHEAD, FIRST_CHANGE, RESUMABLE, TableReader
from .run import Run
from .table import Each, Read, Record, Table, Window
from .times import instant


@dataclass
class Forecast:
    """What the next read of one table will ask for.

    Attributes:
        how: the way it is read, in words.
        parts: requests by what they are for: ``proof``, ``list``, ``changes``, ``details``, ``lists of records``,
            ``resuming``.
        rows: rows that will be read; None where nothing tells.
        probes: requests that were sent to find this out.
        error: why the table cannot be read.
        sample: some of its records, shaped.
    """

    table: str
    how: str = "all rows"
    parts: dict[str, int] = field(default_factory=dict)
    rows: int | None = None
    probes: int = 0
    error: SourceError | None = None
    sample: list[Record] = field(default_factory=list, repr=False)

    @property
    def requests(self) -> int:
        return sum(self.parts.values())

    def needs(self, what: str, requests: int) -> None:
        if requests:
            self.parts[what] = self.parts.get(what, 0) + requests


def forecast(run: Run, table: Table, made: Mapping[str, Forecast]) -> Forecast:
    """Forecast one table. ``made`` are the forecasts of the tables before it, its parents among them."""
    forecaster = _Forecaster(run, table, made)
    told = forecaster.told
    try:
        forecaster.run_through()
    except SourceError as error:
        told.error = error.at(f"{run.account}.{table.name}")
        told.parts = {"refused": 1}
    told.probes = forecaster.reader.outcome.requests
    return told


def remembered(reader: TableReader) -> int | None:
    """The requests of the reader's table if nothing has changed since its last read; None on a first read."""
    cost, table = reader.state.get("cost"), reader.table
    if table.found:
        return 0
    if not cost or reader.run.options.backfill or "scan" not in cost:
        return None
    proof = int(bool(table.since and table.since.prove))
    if not _trusted(reader) or not reader.cursor_helps():
        return int(proof + cost["scan"] + (cost.get("details", 0) if _unseen_changes(reader) else 0))
    changes = 0 if reader.sweep_due() and not reader.details else cost.get("changes")
    if changes is None:
        return None
    return int(proof + changes + (cost["scan"] if reader.sweep_due() else 0))


def _trusted(reader: TableReader) -> bool:
    """The vendor honours the filter, as far as the last run knows."""
    since = reader.table.since
    return bool(since and (not since.prove or reader.state.get("proof", {}).get("honoured")))


def _unseen_changes(reader: TableReader) -> bool:
    """Changes show in details alone, and the filter does not tell which: details are read again by their age."""
    detail = reader.table.detail
    return bool(detail and detail.every == "change" and reader.table.since and not _trusted(reader))


class _Forecaster:
    def __init__(self, run: Run, table: Table, made: Mapping[str, Forecast]) -> None:
        self.run, self.table, self.made = run, table, made
        self.reader = TableReader(run, table)
        self.asking, self.state = self.reader.asking, self.reader.state
        self.told = Forecast(table.name)

    def run_through(self) -> None:
        """Decide as the reader decides, and count instead of reading."""
        if self.table.found:
            self.told.how = f"found in {', '.join(found.table for found in self.table.found)}"
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
        since = self.table.since
        if since is None:
            return False
        self.told.needs("proof", int(since.prove))
        self.honoured = _trusted(self.reader)
        if since.prove and "proof" not in self.state:
            self.honoured = self.reader.proven()
        return self.honoured and self.reader.cursor_helps()

    # --- changes -------------------------------------------------------------------------------------------

    def _changes(self) -> None:
        since, cursor = self.table.since, self.reader.cursor
        assert since is not None
        assert cursor is not None
        self.told.how = "changes"
        rows, sample = self._changed(self.reader.start(since, cursor))
        self.told.rows = rows
        if self.table.detail:
            self._details(self._changed_details(cursor, rows, sample))

    def _changed(self, start: datetime) -> tuple[int, list[Any]]:
        rows = 0
        sample: list[Any] = []
        for ask, _ in self.asking.change_asks(start):
            length = measured(self.asking, ask, short_ends=True)
            self.told.needs("changes", scan_requests(self.asking, ask, length))
            rows += length.rows
            sample += length.sample
        return rows, sample

    def _changed_details(self, cursor: datetime, rows: int, sample: list[Any]) -> int:
        """Which of the rows that the filter returns need a detail: those after the cursor, late ones before it."""
        since = self.table.since
        assert since is not None
        if not rows:
            return 0
        times = [instant(since.time_of(record)) for record in sample if isinstance(record, dict)]
        if any(times):
            newer = sum(moment is not None and moment > cursor for moment in times)
            return round(newer * rows / len(sample))
        newer, _ = self._changed(cursor + timedelta(milliseconds=1))
        at_cursor = len(self.run.memory.values(self.table.name, self.table.key[0], (since.column, cursor)))
        return max(newer, rows - at_cursor)

    def _details(self, count: int) -> None:
        if self.table.detail:
            self.told.needs("details", ceil(count / self.table.detail.together))

    # --- everything ----------------------------------------------------------------------------------------

    def _everything(self) -> None:
        cost = self.state.get("cost", {})
        if "scan" in cost:
            self.told.needs("list", cost["scan"])
            self.told.rows = cost["rows"]
        else:
            self._measure()
        rows = self.told.rows or 0
        detail = self.table.detail
        if not detail:
            return
        if detail.every == "sync":
            self._details(0 if "scan" in cost else rows)
        elif self.run.options.full:
            self._details(rows)
        elif self.reader.cursor is None or self.state.get("filling"):
            known = self.run.memory.known(self.table, None, ())
            self._first_details(rows - sum(known.column("_deleted_at").is_null().to_pylist()))
        elif _unseen_changes(self.reader):
            self._details(self._unsettled(rows, cost.get("details", rows)))

    def _first_details(self, count: int) -> None:
        since = self.table.since
        self._details(max(0, count))
        if self.reader.cursor is None and since and since.field and self.honoured and count >= RESUMABLE:
            span = self.run.moment.now + AHEAD - FIRST_CHANGE
            self.told.needs("resuming", 1 + ceil(log2(span.total_seconds())))

    def _unsettled(self, rows: int, last: int) -> int:
        """Details that are read again though nothing tells of a change: as last time, or by a sample's share."""
        settled = self.table.detail.settled if self.table.detail else None
        if last < rows or settled is None:
            return min(last, rows)
        sample = [r for ask, _ in self.asking.list_asks() for r in measured(self.asking, ask).sample]
        return round(rows * sum(not settled(record) for record in sample) / max(1, len(sample)))

    def _measure(self) -> None:
        """Count a scan of the whole table that nobody has scanned yet."""
        for ask, read in self.asking.list_asks():
            if self.table.window:
                self._windows(ask, read, self.table.window)
            elif self.table.each:
                self._per_parent(ask, read, self.table.each)
            else:
                length = measured(self.asking, ask)
                self._list(ask, read, length)
                if self.asking.pager.numbered and len(self.table.reads) == 1 and length.pages > 1:
                    self.told.needs("list", second_look(length.pages))

    def _list(self, ask: Ask, read: Read, length: Length) -> None:
        self.told.needs("list", scan_requests(self.asking, ask, length))
        self._saw(read, length.rows, length.sample)

    def _saw(self, read: Read, rows: int, records: list[Any]) -> None:
        """Note rows and a sample of them, and the lists that the vendor leaves out of its records."""
        self.told.rows = (self.told.rows or 0) + rows
        shape, moment = self.table.shape, self.run.moment
        for record in records:
            if isinstance(record, dict):
                stamped = {**record, **read.stamp}
                self.told.sample += shape(stamped, moment) if shape else [stamped]
        paths = [field for field, path in self.table.fallback.items() if path]
        absent = [field for field in paths if records and not any(field in record for record in records)]
        self.told.needs("lists of records", rows * len(absent))

    # --- windows and parents -------------------------------------------------------------------------------

    def _windows(self, ask: Ask, read: Read, window: Window) -> None:
        self.told.how = "windows of days"
        for first, last in self.asking.spans(window):
            requests, rows, records = self._window(ask, window, first, last)
            self.told.needs("list", requests)
            self._saw(read, rows, records)
        for also in window.also:
            self._list(ask.having(also), read, measured(self.asking, ask.having(also)))

    def _window(
        self, base: Ask, window: Window, first: datetime, last: datetime
    ) -> tuple[int, int, list[Any]]:
        """Requests, rows and a sample of one window; of many parts, a few evenly spread stand for the others."""
        ask = base.having(window.params(first, last))
        page = fetched(self.asking, ask, 1)
        if not page.seen.next:
            return 1, len(page.records), page.records
        if last - first < DAY:
            length = Length(max(page.seen.total or 0, len(page.records)), len(page.records))
            return scan_requests(self.asking, ask, length), length.rows, page.records
        parts = parts_of(first, last, page)
        step = max(1, len(parts) // (2 + int(log2(len(parts)))))
        some = [self._window(base, window, *part) for part in parts[::step]]
        scale = len(parts) / len(some)
        rows = page.seen.total or round(sum(count for _, count, _ in some) * scale)
        return 1 + round(sum(count for count, _, _ in some) * scale), rows, page.records

    def _per_parent(self, ask: Ask, read: Read, each: Each) -> None:
        self.told.how = f"for each of {each.parent}"
        parents, keys = self._parents(each)
        reads = ceil(parents / each.chunk)
        requests = ceil(reads / each.together)
        if keys:
            one = ask.having(each.params([str(key) for key in keys[: each.chunk]]))
            page = fetched(self.asking, one, 1)
            length = Length(max(page.seen.total or 0, len(page.records)), len(page.records))
            requests += reads * (length.pages - 1 if page.seen.next else 0)
            self._saw(read, round(length.rows * parents / len(keys[: each.chunk])), page.records)
        self.told.needs("list", requests)

    def _parents(self, each: Each) -> tuple[int, list[Any]]:
        """How many parents there will be, and the keys of some: from their own forecast, or the warehouse."""
        parent, told = self.run.vendor.table(each.parent), self.made.get(each.parent)
        known = self.run.memory.values(each.parent, parent.key[0], each.where)
        if known or told is None or told.rows is None or not told.sample:
            return len(known), known
        fit = [record for record in told.sample if _is_parent(record, parent, each)]
        keys = list(dict.fromkeys(record.get(parent.key[0]) for record in fit))
        return round(len(keys) * told.rows / len(told.sample)), keys


def _is_parent(record: Mapping[str, Any], parent: Table, each: Each) -> bool:
    gone = bool(parent.flag and record.get(parent.flag))
    return not gone and (each.where is None or record.get(each.where[0]) == each.where[1])
