"""Requests of a table: its lists, windows, reads per parent and changes, as pages of records."""

from __future__ import annotations

from collections.abc import Iterator

from fieldhouse.sources.engine.changes.coverage import Coverage
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.records import RecordPage, ScanSummary
from fieldhouse.sources.engine.extract.run import Run
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
        for priority, (base, part) in enumerate(self.lists.list_requests()):
            if self.windows:
                yield from self.windows.full_scan(base, part, priority, summary)
            elif self.parents:
                yield from self.parents.full_scan(base, part, priority, summary)
            else:
                pages = expected[priority] if priority < len(expected) else None
                yield from self.lists.pages(base, part, priority, summary, pages)
