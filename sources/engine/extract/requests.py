"""Requests of a table: its lists, windows, reads per parent and changes, as pages of records; and whether the account
has the table at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from fieldhouse.sources.engine.changes.coverage import Coverage
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.records import RecordPage, ScanSummary, ScanVerdict
from fieldhouse.sources.engine.changes.table_state import NOT_OFFERED
from fieldhouse.sources.engine.errors import Denied, NotFound, Refused, SourceError
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.spec.reads import Part
from fieldhouse.sources.engine.spec.table import Table

from .change_feed import ChangeFeed
from .list_reader import ListReader
from .parents import ParentReader
from .windows import WindowReader

ASK_AGAIN = timedelta(days=7)
"""A table that the account does not have is requested again after this time."""


ABSENCE_REQUESTS = 3
"""Requests that show that the account does not have a table: its list, the list of another table, its list again."""


ROWS_STAY = "rows of earlier reads stay as they are"


class Offer:
    """Whether the account has a table that only some accounts have."""

    def __init__(self, lists: ListReader) -> None:
        self._run, self._table, self._lists = lists.run, lists.table, lists
        self._outcome, self._state = lists.outcome, lists.state

    @property
    def is_remembered(self) -> bool:
        """True if an earlier run showed that the account does not have the table, and it is not time to ask again.

        A table that was read before is asked for with every search for deletes: its rows grow old meanwhile.
        """
        options, absent_at = self._run.options, self._state.not_offered_at
        if absent_at is None or options.full or options.sweep:
            return False
        wait = options.sweep_every if self._state.last_full_scan else ASK_AGAIN
        return timedelta() <= self._outcome.started_at - absent_at < wait

    def is_known_absent(self) -> bool:
        """True if the table is not requested in this run; the outcome says so."""
        if self.is_remembered:
            self._mark_absent()
        return self.is_remembered

    def shows_absence(self, error: SourceError) -> bool:
        """True if ``error`` of the table's list shows that the account does not have the table; the outcome says so.

        The vendor has to answer in the same way once more after it has answered the list of a table that every
        account has: so the address and the credentials are right, and nothing between here and there has failed.
        What was loaded of the table before stays.
        """
        if not self.is_possible(error) or not self._is_repeated(error):
            return False
        self._mark_absent()
        self._outcome.note(f"{error.what}; --full asks again at once")
        self._outcome.state = replace(self._state, not_offered_at=self._outcome.started_at)
        return True

    def _mark_absent(self) -> None:
        self._outcome.status = NOT_OFFERED
        if self._state.last_full_scan:
            self._outcome.note(ROWS_STAY)

    def is_possible(self, error: SourceError) -> bool:
        """True if a vendor answers so to an account that does not have the table.

        A right that is missing says so only before the first read: of a table that was read, it was withdrawn, and
        somebody has to act.
        """
        is_first_read = self._state.last_full_scan is None
        expected: tuple[type[SourceError], ...] = (NotFound, Denied) if is_first_read else (NotFound,)
        return self._table.is_optional and type(error) in expected and not self._outcome.rows_read

    def _is_repeated(self, error: SourceError) -> bool:
        control = ListReader(self._run, self._run.vendor.table(self._run.vendor.control), self._outcome)
        try:
            self._first_page(control)
            self._first_page(self._lists)
        except SourceError as again:
            return type(again) is type(error) and again.what == error.what
        return False

    def _first_page(self, lists: ListReader) -> None:
        request, _ = next(lists.list_requests())
        lists.table.records_in(lists.once.get(lists.pager.with_size(1).page(request, 1)))


class TableRequests:
    """The ways to read one table.

    Attributes:
        lists: its plain lists.
        coverage: the days that its windows cover.
        feed, windows, parents: None if the table is not read this way.
    """

    def __init__(self, run: Run, table: Table, outcome: Outcome) -> None:
        self.run, self.table = run, table
        self.lists = ListReader(run, table, outcome)
        self.coverage = Coverage(self.lists.state, run.options.start_date, run.server_time.now)
        self.feed = ChangeFeed(self.lists, table.incremental) if table.incremental else None
        self.windows = WindowReader(self.lists, table.window, self.coverage) if table.window else None
        self.parents = ParentReader(self.lists, table.per_parent) if table.per_parent else None
        self.offer = Offer(self.lists)

    def full_scan(self, summary: ScanSummary) -> Iterator[RecordPage]:
        """Every row of the table, unfiltered."""
        cost = self.lists.state.cost
        expected = cost.scan.pages if cost and cost.scan else ()
        first: list[Any] = []
        has_variants = any(part.is_variant for part in self.table.parts)
        for priority, (base, part) in enumerate(self.lists.list_requests()):
            if part.is_variant:
                yield from self._variant(base, part, priority, summary, first)
            elif self.windows:
                yield from self.windows.full_scan(base, part, priority, summary)
            elif self.parents:
                yield from self.parents.full_scan(base, part, priority, summary)
            else:
                pages = expected[priority] if priority < len(expected) else None
                for page in self.lists.pages(base, part, priority, summary, pages):
                    first += page.records if has_variants else []
                    yield page

    def _variant(
        self, base: Request, part: Part, priority: int, summary: ScanSummary, first: list[Any]
    ) -> Iterator[RecordPage]:
        """The rows of a variant of the first read; none if the vendor refuses or ignores what is different in it."""
        verdicts, counter = list(summary.verdicts), self.lists.outcome.counter
        before = counter.repeatable
        try:
            pages = list(self.lists.pages(base, part, priority, summary))
        except Refused:
            self.lists.leave_out(part)
            pages = []
        else:
            if not first or [record for page in pages for record in page.records] != first:
                yield from pages
                return
            self.lists.leave_out_variants()
        not_again = ScanVerdict(ended=True, beyond=counter.repeatable - before)
        summary.verdicts[:] = [*verdicts, not_again]
