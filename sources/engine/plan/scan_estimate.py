"""Scan estimate: how many requests a scan of a table will take, from a few of its pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any

from fieldhouse.sources.engine.changes.coverage import DAY
from fieldhouse.sources.engine.changes.parent_keys import is_flagged, is_parent
from fieldhouse.sources.engine.changes.table_state import NOT_OFFERED
from fieldhouse.sources.engine.errors import Denied, NotFound, Refused, SourceError
from fieldhouse.sources.engine.extract.missing_lists import LIST_ABSENCE_REQUESTS
from fieldhouse.sources.engine.extract.requests import TableRequests
from fieldhouse.sources.engine.extract.scan import Page
from fieldhouse.sources.engine.extract.windows import split_window
from fieldhouse.sources.engine.http.pagination import PageInfo, Request
from fieldhouse.sources.engine.spec.reads import OptionalList, Part, PerParent, Record, Window
from fieldhouse.sources.engine.spec.table import Table

from .list_length import Length, fetched, measured, scan_requests, second_look


@dataclass
class Forecast:
    """What the next read of one table will request.

    Attributes:
        how: the way it is read, in words.
        parts: requests by what they are for: ``proof``, ``list``, ``second look``, ``changes``, ``details``,
            ``lists of records``, ``missing rows``, ``checkpoints``, ``asking again``; or by what came instead of an
            answer.
        rows: rows that will be read; None if it is not known.
        probes: requests that were sent to find this out.
        error: why the table cannot be read.
        sample: some of its records, reshaped.
        arrived: records among the changes that are not stored yet, reshaped, if other tables are read per record of
            this one.
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
        """All requests."""
        return sum(self.parts.values())

    def add(self, purpose: str, requests: int) -> None:
        """Add requests for a purpose."""
        if requests:
            self.parts[purpose] = self.parts.get(purpose, 0) + requests

    def note_absence(self, requests: int) -> None:
        """The account does not have the table, which takes so many requests to see."""
        self.how, self.parts = NOT_OFFERED, {}
        self.add("asking again", requests)


SPREAD_PROBES = 4
"""Up to this many halves of a long window are measured, as its rows are not spread evenly over its days."""


class ScanEstimate:
    """Counts in ``forecast`` what a scan of the whole table will request.

    Args:
        forecasts: those of the tables before it, its parents among them.
    """

    def __init__(
        self, requests: TableRequests, forecast: Forecast, forecasts: Mapping[str, Forecast]
    ) -> None:
        self.requests, self.forecast, self.forecasts = requests, forecast, forecasts
        self.table, self.lists = requests.table, requests.lists

    def run_through(self, near: Sequence[int] = ()) -> None:
        """Count a scan of the whole table.

        Args:
            near: pages of its reads in the last scan, if it was scanned before.
        """
        first: list[Any] = []
        for priority, (request, part) in enumerate(self.lists.list_requests()):
            if self.table.window:
                self._windows(request, part, self.table.window)
            elif self.table.per_parent:
                self._per_parent(request, part, self.table.per_parent)
            else:
                pages = near[priority] if priority < len(near) else None
                try:
                    length = measured(self.lists, request, near=pages)
                except Refused:
                    if not part.is_variant:
                        raise
                    self.lists.leave_out(part)
                    self.forecast.add("list", 1)
                    continue
                if not priority:
                    first = length.sample
                elif part.is_variant and length.sample == first:
                    self.lists.leave_out_variants()
                self._list(request, part, length, pages)
                if self.lists.pager.numbered and len(self.table.parts) == 1 and length.pages > 1:
                    self.forecast.add("second look", second_look(length.pages))

    def _list(self, request: Request, part: Part, length: Length, expected: int | None = None) -> None:
        self.forecast.add("list", scan_requests(self.lists, request, length, expected))
        self._note(part, length.rows, length.sample)

    def _note(self, part: Part, rows: int, records: list[Any]) -> None:
        """Note rows and a sample of them, and the lists that are missing in the records."""
        self.forecast.rows = (self.forecast.rows or 0) + rows
        reshape, server_time = self.table.reshape, self.requests.run.server_time
        for record in records:
            if isinstance(record, dict):
                stamped = {**record, **part.stamp}
                self.forecast.sample += reshape(stamped, server_time) if reshape else [stamped]
        absent = [
            source
            for field, source in self.table.missing_lists.items()
            if records and not any(field in record for record in records)
            if field not in self.lists.client.refused_params(self.table.path)
        ]
        paths = [source for source in absent if isinstance(source, str)]
        self.forecast.add("lists of records", rows * len(paths))
        for source in absent:
            if isinstance(source, OptionalList):
                self._optional_list(source, records[0], rows)

    def _optional_list(self, source: OptionalList, record: Record, rows: int) -> None:
        """Count a request per row if the account has these lists, else those that show that it has not."""
        try:
            self.lists.client.get(Request(source.path.format_map(record)))
            self.forecast.add("lists of records", rows + 1)
        except (NotFound, Denied):
            self.forecast.add("asking again", LIST_ABSENCE_REQUESTS)

    # --- windows and parents -------------------------------------------------------------------------------

    def _windows(self, request: Request, part: Part, window: Window) -> None:
        self.forecast.how = "windows of days"
        assert self.requests.windows is not None
        for first, last in self.requests.windows.windows():
            requests, rows, records = self._window(request, window, first, last)
            self.forecast.add("list", requests)
            self._note(part, rows, records)
        for also in window.also:
            self._list(request.having(also), part, measured(self.lists, request.having(also)))

    def _window(
        self, base: Request, window: Window, first: datetime, last: datetime
    ) -> tuple[int, int, list[Any]]:
        """Requests, rows and a sample of one window: by its total from one small page, else by a full page."""
        pager, request = self.lists.pager, base.having(window.params(first, last))
        size = pager.size
        if size and not is_parent(self.requests.run.vendor, self.table.name):
            page = fetched(self.lists, request, 1, pager.with_size(1))
        else:
            page = fetched(self.lists, request, 1)
        total = page.info.total
        if not page.info.next:
            return 1, len(page.records), page.records
        if total is None or not size:
            return self._window_by_parts(base, window, first, last, page)
        spread = _Spread([(first, last, total)])
        for _ in range(SPREAD_PROBES):
            half = spread.half_to_measure(size)
            if half is None:
                break
            part = fetched(self.lists, base.having(window.params(*half)), 1, pager.with_size(1))
            spread.measure(half, part.info.total if part.info.next else len(part.records))
        return spread.requests(first, last, size), total, page.records

    def _window_by_parts(
        self, base: Request, window: Window, first: datetime, last: datetime, page: Page
    ) -> tuple[int, int, list[Any]]:
        """Of a window without a total, split into parts: a few evenly spread parts stand for the others."""
        if last - first < DAY:
            length = Length(len(page.records), max(1, len(page.records)))
            request = base.having(window.params(first, last))
            return scan_requests(self.lists, request, length), length.rows, page.records
        parts = split_window(first, last, page)
        step = max(1, -(-len(parts) // 2))
        sample = [self._window(base, window, *part) for part in parts[::step]]
        scale = len(parts) / len(sample)
        rows = round(sum(count for _, count, _ in sample) * scale)
        return 1 + round(sum(count for count, _, _ in sample) * scale), rows, page.records

    def _per_parent(self, request: Request, part: Part, per_parent: PerParent) -> None:
        self.forecast.how = f"for each of {per_parent.parent}"
        parents, keys = self._parents(per_parent)
        reads, requests = ceil(parents / per_parent.parents_per_request), _batches(parents, per_parent)
        if keys:
            read = request.having(
                per_parent.params([str(key) for key in keys[: per_parent.parents_per_request]])
            )
            page = fetched(self.lists, read, 1)
            length = Length(max(page.info.total or 0, len(page.records)), len(page.records))
            requests += reads * (length.pages - 1 if page.info.next else 0)
            self._note(
                part, round(length.rows * parents / len(keys[: per_parent.parents_per_request])), page.records
            )
        if per_parent.flagged_too:
            requests += ceil(self._flagged(per_parent) / per_parent.parents_per_request)
        self.forecast.add("list", requests)

    def for_arrived_parents(self) -> int:
        """Requests that a scan takes beside those of the last one, for parents that have arrived since."""
        per_parent = self.table.per_parent
        above = self.forecasts.get(per_parent.parent) if per_parent else None
        if per_parent is None or above is None or not above.arrived:
            return 0
        parent = self.requests.run.vendor.table(per_parent.parent)
        arrived = sum(_is_parent(record, parent, per_parent) for record in above.arrived)
        stored = len(self.requests.run.known_rows.values(per_parent.parent, parent.key[0], per_parent.where))
        return _batches(stored + arrived, per_parent) - _batches(stored, per_parent)

    def _flagged(self, per_parent: PerParent) -> int:
        """Parents that the vendor calls deleted: by the warehouse, or their own forecast."""
        parent, above = (
            self.requests.run.vendor.table(per_parent.parent),
            self.forecasts.get(per_parent.parent),
        )
        known = self.requests.parents.flagged_parents() if self.requests.parents else []
        if known or not parent.flag or above is None or above.rows is None or not above.sample:
            return len(known)
        flagged = {record.get(parent.key[0]) for record in above.sample if record.get(parent.flag)}
        return round(len(flagged) * above.rows / len(above.sample))

    def _parents(self, per_parent: PerParent) -> tuple[int, list[Any]]:
        """How many parents there will be, and the keys of some: by the warehouse, or their own forecast."""
        parent, above = (
            self.requests.run.vendor.table(per_parent.parent),
            self.forecasts.get(per_parent.parent),
        )
        known = self.requests.run.known_rows.values(per_parent.parent, parent.key[0], per_parent.where)
        if known or above is None or above.rows is None or not above.sample:
            return len(known), known
        matching = [record for record in above.sample if _is_parent(record, parent, per_parent)]
        keys = list(dict.fromkeys(record.get(parent.key[0]) for record in matching))
        return round(len(keys) * above.rows / len(above.sample)), keys


def _batches(parents: int, per_parent: PerParent) -> int:
    """Requests for the first pages of the rows of ``parents`` parents."""
    return ceil(ceil(parents / per_parent.parents_per_request) / per_parent.batch_size)


def _is_parent(record: Record, parent: Table, per_parent: PerParent) -> bool:
    if is_flagged(parent, record):
        return False
    return per_parent.where is None or record.get(per_parent.where[0]) == per_parent.where[1]


class _Spread:
    """How the rows of a window are spread over its days, as ranges of days with their rows."""

    def __init__(self, ranges: list[tuple[datetime, datetime, int]]) -> None:
        self._ranges = ranges

    def half_to_measure(self, size: int) -> tuple[datetime, datetime] | None:
        """The first half of the range with the most rows; None if all rows fit into pages of ``size``."""
        first, last, rows = max(self._ranges, key=lambda entry: entry[2])
        if rows <= size or last - first < DAY:
            return None
        return first, first + DAY * ((last - first).days // 2)

    def measure(self, half: tuple[datetime, datetime], rows: int | None) -> None:
        """Note the rows of the first half of a range."""
        for place, (first, last, total) in enumerate(self._ranges):
            if first == half[0]:
                rows = min(total, rows or 0)
                self._ranges[place : place + 1] = [(*half, rows), (half[1] + DAY, last, total - rows)]
                return

    def rows(self, start: datetime, end: datetime) -> int:
        """Rows from ``start`` to ``end``, both inclusive: even within a range."""
        rows = 0.0
        for first, last, total in self._ranges:
            days = (min(last, end) - max(first, start)).days + 1
            rows += total * max(0, days) / ((last - first).days + 1)
        return round(rows)

    def requests(self, first: datetime, last: datetime, size: int) -> int:
        """Requests that a scan of a window sends: it is split until its parts fit one page of ``size``."""
        total = self.rows(first, last)
        if total <= size:
            return 1
        if last - first < DAY:
            return ceil(total / size)
        page = Page(1, [None] * size, 0, PageInfo(size, total))
        return 1 + sum(self.requests(*part, size) for part in split_window(first, last, page))
