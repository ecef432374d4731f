"""Change feed: incremental reads, and the requests that show whether the vendor honours the filter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from fieldhouse.sources.engine.changes.cursor_time import FAR_FUTURE
from fieldhouse.sources.engine.changes.records import RecordPage, ScanSummary
from fieldhouse.sources.engine.errors import Refused, VendorChanged
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.spec.incremental import Incremental
from fieldhouse.sources.engine.spec.reads import ByKey, Part

from .list_reader import ListReader, chunks

FIRST_CHANGE, AHEAD = datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=366)
"""The newest change is looked for between these; the second counts from now."""


class ChangeFeed:
    """Reads what an incremental filter returns, without the filters of ``where``: rows that leave them show here."""

    def __init__(self, lists: ListReader, incremental: Incremental) -> None:
        self._lists, self._incremental = lists, incremental

    def requests(self, cursor: datetime) -> Iterator[tuple[Request, Part]]:
        """The requests for changes since ``cursor``: every stream of the feed, for every read of the table."""
        for part in self._lists.parts:
            for stream in self._incremental.streams:
                yield self._since(cursor, part).having(stream), part

    def changed_since(self, cursor: datetime, summary: ScanSummary) -> Iterator[RecordPage]:
        """The rows that the filter returns for ``cursor``."""
        for request, part in self.requests(cursor):
            for page in self._lists.pages(request, part, 0, summary):
                yield from self._in_full(page, part, summary)

    def is_filter_honoured(self) -> bool:
        """Request changes after a time that no row can reach: any row in the answer means the filter is ignored.

        A refusal means that too, once the request is refused without an order, and also of a change feed of its own:
        whether a right is missing, the list shows.

        Raises:
            VendorChanged: the answer, a login page for example, is not understood; it shows nothing.
        """
        try:
            return self.has_no_changes_since(FAR_FUTURE)
        except self._incremental.refusals as error:
            if not isinstance(error, Refused):
                self._lists.outcome.note(f"the filter could not be proven: {error}")
                return False
            if not (self._lists.ordered and self._incremental.order):
                return False
        self._lists.ordered = False
        return self.is_filter_honoured()

    def has_no_changes_since(self, cursor: datetime) -> bool:
        """True if the first page of the filter shows no row that changed at or after ``cursor``."""
        request, records = self._first_records(cursor, self._lists.once)
        if records and not any(isinstance(record, dict) for record in records):
            raise VendorChanged(
                f"{request.path} answered a list of {type(records[0]).__name__}, not of records"
            )
        return not records

    def first_page(self, cursor: datetime) -> RecordPage:
        """The first page of the filter's first read for ``cursor``."""
        return RecordPage(self._first_records(cursor, self._lists.client)[1], self._lists.run.now())

    def _first_records(self, cursor: datetime, client: Client) -> tuple[Request, list[Any]]:
        lists = self._lists
        request = lists.pager.page(self._since(cursor, lists.table.parts[0]), 1)
        return request, lists.table.records_in(client.get(request))

    def newest(self) -> datetime | None:
        """The newest change that the vendor has, by halving: from there a long first read can be resumed.

        Whatever changes after this moment has a later time, so a run that is stopped knows what it need not repeat.
        """
        low, high = FIRST_CHANGE, self._lists.run.server_time.now + AHEAD
        if self.has_no_changes_since(low):
            return None
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) / 2
            low, high = (low, middle) if self.has_no_changes_since(middle) else (middle, high)
        return low

    def _since(self, cursor: datetime, part: Part) -> Request:
        since, table = self._incremental, self._lists.table
        request = table.request(part, since.path)
        return request.having(since.params(cursor)).having(since.order if self._lists.ordered else {})

    def _in_full(self, page: RecordPage, part: Part, summary: ScanSummary) -> Iterator[RecordPage]:
        """The rows of a feed as the list shows them: the feed may give fewer columns, and so would empty them."""
        table = self._lists.table
        records = [record for record in page.records if isinstance(record, dict)]
        by_key = next(
            (
                source
                for field, source in table.missing_lists.items()
                if isinstance(source, ByKey) and not all(field in record for record in records)
            ),
            None,
        )
        if by_key is None:
            yield page
            return
        keys = [str(record[table.key[0]]) for record in records if table.key[0] in record]
        for chunk in chunks(keys, by_key.keys_per_request):
            request = table.request(part).having(by_key.params(chunk))
            yield from self._lists.pages(request, part, page.priority, summary)
