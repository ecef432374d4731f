"""Windows: reads of a list by ranges of dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from fieldhouse.sources.engine.changes.coverage import DAY, Coverage
from fieldhouse.sources.engine.changes.records import RecordPage, ScanSummary
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.spec.reads import Part, Window

from .list_reader import ListReader
from .scan import Page


class WindowReader:
    """Reads a table whose list has to be read by dates."""

    def __init__(self, lists: ListReader, window: Window, coverage: Coverage) -> None:
        self._lists, self._window, self.coverage = lists, window, coverage

    def windows(self) -> list[tuple[datetime, datetime]]:
        """The windows of a full scan."""
        return self.coverage.windows(self._window.ahead)

    def full_scan(
        self, base: Request, part: Part, priority: int, summary: ScanSummary
    ) -> Iterator[RecordPage]:
        """All windows, the reads that are not windows, and the days of rows that have settled since."""
        for first, last in self.windows():
            yield from self.days(base, part, priority, summary, first, last)
        unsettled: set[str] = set()
        for also in self._window.also:
            for page in self._lists.pages(base.having(also), part, priority, summary):
                unsettled |= self._keys(page.records)
                yield page
        yield from self._settled_since(base, part, priority, summary, unsettled)

    def between(self, first: datetime, last: datetime, summary: ScanSummary) -> Iterator[RecordPage]:
        """The rows of one range of dates, for a backfill."""
        for priority, part in enumerate(self._lists.table.parts):
            yield from self.days(self._lists.request(part), part, priority, summary, first, last)

    def days(
        self,
        base: Request,
        part: Part,
        priority: int,
        summary: ScanSummary,
        first: datetime,
        last: datetime,
    ) -> Iterator[RecordPage]:
        """One window, split until it fits one page: only then it is sure to be complete."""
        scan = self._lists.scan(base.having(self._window.params(first, last)), summary)
        pages = iter(scan)
        page = next(pages, None)
        if page is None:
            return
        if not page.info.next or last - first < DAY:
            yield RecordPage(page.records, page.read_at, part.stamp, priority)
            for later in pages:
                summary.paged = True
                yield RecordPage(later.records, later.read_at, part.stamp, priority)
            return
        summary.verdicts.remove(scan.verdict)
        for start, end in split_window(first, last, page):
            yield from self.days(base, part, priority, summary, start, end)

    def _settled_since(
        self, base: Request, part: Part, priority: int, summary: ScanSummary, unsettled: set[str]
    ) -> Iterator[RecordPage]:
        """Rows of before the first window that were unsettled when they were read, and no longer are."""
        table, known_rows, window = self._lists.table, self._lists.run.known_rows, self._window
        key = table.key[0]
        if not window.unsettled or not window.field:
            return
        stored = known_rows.values(table.name, key, (window.unsettled, None))
        settled = {str(value) for value in stored} - unsettled
        if not settled:
            return
        known = known_rows.known(table, pa.table({key: sorted(settled)}), [window.field])
        for day in sorted({str(value)[:10] for value in known.column(window.field).to_pylist()}):
            try:
                middle = datetime.fromisoformat(day).replace(tzinfo=UTC)
            except ValueError:  # a row without a date: it lies in no window
                continue
            if middle >= self.coverage.first_day():
                continue
            for page in self.days(base, part, priority, summary, middle - DAY, middle + DAY):
                records = [record for record in page.records if self._keys([record]) & settled]
                yield replace(page, records=records)

    def _keys(self, records: Sequence[Any]) -> set[str]:
        key = self._lists.table.key[0]
        return {str(record.get(key)) for record in records if isinstance(record, dict)}


def split_window(first: datetime, last: datetime, page: Page) -> list[tuple[datetime, datetime]]:
    """The windows into which one is split that does not fit ``page``, its first."""
    fits = max(1, int(len(page.records) * 0.8))
    return list(_split(first, last, max(2, -(-(page.info.total or 0) // fits))))


def _split(first: datetime, last: datetime, parts: int) -> Iterator[tuple[datetime, datetime]]:
    """``first`` to ``last`` (both inclusive, in days) in up to ``parts`` neighbouring windows."""
    days = (last - first).days + 1
    size = max(1, -(-days // parts))
    start = first
    while start <= last:
        end = min(last, start + DAY * (size - 1))
        yield start, end
        start = end + DAY
