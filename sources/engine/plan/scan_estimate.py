"""A survey of a table: how many requests a scan of it will take, from a few of its pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil, log2
from typing import Any

from fieldhouse.sources.engine.errors import SourceError
from fieldhouse.sources.engine.extract.requests import DAY, TableRequests, split_window
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.spec.table import Part, PerParent, Record, Table, Window

from .list_length import Length, fetched, measured, scan_requests, second_look


@dataclass
class Forecast:
    """What the next read of one table will ask for.

    Attributes:
        how: the way it is read, in words.
        parts: requests by what they are for: ``proof``, ``list``, ``second look``, ``changes``, ``details``,
            ``lists of records``, ``missing rows``, ``resuming``; or by what came instead of an answer.
        rows: rows that will be read; None where nothing tells.
        probes: requests that were sent to find this out.
        error: why the table cannot be read.
        sample: some of its records, shaped.
        arrived: records among the changes that the warehouse does not hold, shaped, where other tables are read per
            record of this one.
    """

    table: str
    how: str = "all rows"
    parts: dict[str, int] = field(default_factory=dict)
    rows: int | None = None
    probes: int = 0
    error: SourceError | None = None
    sample: list[Record] = field(default_factory=list, repr=False)
    arrived: list[Record] = field(default_factory=list, repr=False)

    @property
    def requests(self) -> int:
        return sum(self.parts.values())

    def needs(self, what: str, requests: int) -> None:
        if requests:
            self.parts[what] = self.parts.get(what, 0) + requests


class ScanEstimate:
    """Counts in ``told`` what a scan of the whole table will ask for. ``made``: the forecasts of its parents."""

    def __init__(self, asking: TableRequests, told: Forecast, made: Mapping[str, Forecast]) -> None:
        self.requests, self.told, self.made = asking, told, made
        self.table = asking.table

    def run_through(self, near: Sequence[int] = ()) -> None:
        """Count a scan of the whole table. ``near``: pages of each of its reads, where it was scanned before."""
        for rank, (ask, read) in enumerate(self.requests.list_requests()):
            if self.table.window:
                self._windows(ask, read, self.table.window)
            elif self.table.per_parent:
                self._per_parent(ask, read, self.table.per_parent)
            else:
                pages = near[rank] if rank < len(near) else None
                length = measured(self.requests, ask, near=pages)
                self._list(ask, read, length, pages)
                if self.requests.pager.numbered and len(self.table.parts) == 1 and length.pages > 1:
                    self.told.needs("second look", second_look(length.pages))

    def _list(self, ask: Request, read: Part, length: Length, expected: int | None = None) -> None:
        self.told.needs("list", scan_requests(self.requests, ask, length, expected))
        self._saw(read, length.rows, length.sample)

    def _saw(self, read: Part, rows: int, records: list[Any]) -> None:
        """Note rows and a sample of them, and the lists that the vendor leaves out of its records."""
        self.told.rows = (self.told.rows or 0) + rows
        shape, moment = self.table.reshape, self.requests.run.server_time
        for record in records:
            if isinstance(record, dict):
                stamped = {**record, **read.stamp}
                self.told.sample += shape(stamped, moment) if shape else [stamped]
        paths = [field for field, how in self.table.missing_lists.items() if isinstance(how, str)]
        absent = [field for field in paths if records and not any(field in record for record in records)]
        self.told.needs("lists of records", rows * len(absent))

    # --- windows and parents -------------------------------------------------------------------------------

    def _windows(self, ask: Request, read: Part, window: Window) -> None:
        self.told.how = "windows of days"
        for first, last in self.requests.spans(window):
            requests, rows, records = self._window(ask, window, first, last)
            self.told.needs("list", requests)
            self._saw(read, rows, records)
        for also in window.also:
            self._list(ask.having(also), read, measured(self.requests, ask.having(also)))

    def _window(
        self, base: Request, window: Window, first: datetime, last: datetime
    ) -> tuple[int, int, list[Any]]:
        """Requests, rows and a sample of one window; of many parts, a few evenly spread stand for the others."""
        ask = base.having(window.params(first, last))
        page = fetched(self.requests, ask, 1)
        if not page.info.next:
            return 1, len(page.records), page.records
        if last - first < DAY:
            length = Length(max(page.info.total or 0, len(page.records)), len(page.records))
            return scan_requests(self.requests, ask, length), length.rows, page.records
        parts = split_window(first, last, page)
        step = max(1, len(parts) // (2 + int(log2(len(parts)))))
        some = [self._window(base, window, *part) for part in parts[::step]]
        scale = len(parts) / len(some)
        rows = page.info.total or round(sum(count for _, count, _ in some) * scale)
        return 1 + round(sum(count for count, _, _ in some) * scale), rows, page.records

    def _per_parent(self, ask: Request, read: Part, each: PerParent) -> None:
        self.told.how = f"for each of {each.parent}"
        parents, keys = self._parents(each)
        reads, requests = ceil(parents / each.parents_per_request), _batches(parents, each)
        if keys:
            one = ask.having(each.params([str(key) for key in keys[: each.parents_per_request]]))
            page = fetched(self.requests, one, 1)
            length = Length(max(page.info.total or 0, len(page.records)), len(page.records))
            requests += reads * (length.pages - 1 if page.info.next else 0)
            self._saw(
                read, round(length.rows * parents / len(keys[: each.parents_per_request])), page.records
            )
        if each.flagged_too:
            requests += ceil(self._flagged(each) / each.parents_per_request)
        self.told.needs("list", requests)

    def for_arrived_parents(self) -> int:
        """Requests that a scan takes beside those of the last one, for parents that have arrived since."""
        each = self.table.per_parent
        told = self.made.get(each.parent) if each else None
        if each is None or told is None or not told.arrived:
            return 0
        parent = self.requests.run.vendor.table(each.parent)
        arrived = sum(_is_parent(record, parent, each) for record in told.arrived)
        held = len(self.requests.run.known_rows.values(each.parent, parent.key[0], each.where))
        return _batches(held + arrived, each) - _batches(held, each)

    def _flagged(self, each: PerParent) -> int:
        """How many parents the vendor calls deleted: by their own forecast, or the warehouse."""
        parent, told = self.requests.run.vendor.table(each.parent), self.made.get(each.parent)
        known = self.requests.flagged_parents(each)
        if known or not parent.flag or told is None or told.rows is None or not told.sample:
            return len(known)
        flagged = {record.get(parent.key[0]) for record in told.sample if record.get(parent.flag)}
        return round(len(flagged) * told.rows / len(told.sample))

    def _parents(self, each: PerParent) -> tuple[int, list[Any]]:
        """How many parents there will be, and the keys of some: from their own forecast, or the warehouse."""
        parent, told = self.requests.run.vendor.table(each.parent), self.made.get(each.parent)
        known = self.requests.run.known_rows.values(each.parent, parent.key[0], each.where)
        if known or told is None or told.rows is None or not told.sample:
            return len(known), known
        fit = [record for record in told.sample if _is_parent(record, parent, each)]
        keys = list(dict.fromkeys(record.get(parent.key[0]) for record in fit))
        return round(len(keys) * told.rows / len(told.sample)), keys


def _batches(parents: int, each: PerParent) -> int:
    """Requests for the first pages of so many parents' rows."""
    return ceil(ceil(parents / each.parents_per_request) / each.batch_size)


def _is_parent(record: Mapping[str, Any], parent: Table, each: PerParent) -> bool:
    gone = bool(parent.flag and record.get(parent.flag))
    return not gone and (each.where is None or record.get(each.where[0]) == each.where[1])
