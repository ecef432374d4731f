"""Requests of a table: its lists, windows, reads per parent and changes, as pages of records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fieldhouse.sources.engine.changes.coverage import Coverage
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.records import RecordPage, ScanSummary, ScanVerdict
from fieldhouse.sources.engine.errors import Refused
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.spec.reads import Part
from fieldhouse.sources.engine.spec.table import Table

from .change_feed import ChangeFeed
from .list_reader import ListReader
from .parents import ParentReader
from .windows import WindowReader


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
