"""List reader: the lists of one table, as scans and as pages of records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.records import RecordPage, ScanSummary
from fieldhouse.sources.engine.errors import SourceError
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.http.pagination import Pager, Request
from fieldhouse.sources.engine.spec.reads import OptionalList, Part
from fieldhouse.sources.engine.spec.table import Table

from .scan import Page, Scan


class ListReader:
    """Reads lists of one table.

    Attributes:
        client: counts the table's requests.
        once: counts requests that the next run need not repeat although nothing changes.
        ordered: lists are requested in the declared order; False once the vendor has refused that.
        selection: the rows that the setting ``where`` asks for.
        is_filtered: lists are restricted to these rows.
    """

    def __init__(self, run: Run, table: Table, outcome: Outcome) -> None:
        self.run, self.table, self.outcome = run, table, outcome
        self.pager: Pager = table.pager or run.vendor.pager
        self.state = run.state_of(table)
        self.ordered = run.options.full or not self.state.order_rejected
        self.selection = run.selection(table)
        self.is_filtered = True
        if not run.options.full:
            for refused in self.state.refused_params:
                path, _, name = refused.partition(" ")
                run.client.without_params(path, [name])
        self.client = run.client.counting(outcome.counter)
        self.once = run.client.counting(outcome.counter, repeatable=False)

    def request(self, part: Part) -> Request:
        """The list of one read, without an incremental filter and without an order."""
        request = self.table.request(part)
        return request.having(self.selection.params) if self.is_filtered else request

    @contextmanager
    def all_rows(self) -> Iterator[None]:
        """Read lists without the filters of ``where`` meanwhile."""
        self.is_filtered = False
        try:
            yield
        finally:
            self.is_filtered = True

    @property
    def refused_params(self) -> tuple[str, ...]:
        """The table's optional parameters that the vendor refuses, and lists of records that the account does not have,
        each as path, blank, name."""
        table = self.table
        paths = {table.path, *(part.path for part in table.parts)}
        paths |= {table.incremental.path} if table.incremental else set()
        declared = {*table.optional_params, *(name for part in table.parts for name in part.optional)}
        declared |= {name for name, source in table.missing_lists.items() if isinstance(source, OptionalList)}
        refused = ((path, self.client.refused_params(path) & declared) for path in paths if path)
        return tuple(sorted(f"{path} {name}" for path, names in refused for name in names))

    def leave_out(self, part: Part) -> None:
        """Request a part no more: the vendor refuses its parameters, or ignores them."""
        names = [name for name, params in part.optional.items() if params]
        self.client.without_params(part.path or self.table.path, names)

    def leave_out_variants(self) -> None:
        """Request no variant any more: the vendor ignores what is different in one."""
        for part in self.table.parts:
            if part.is_variant:
                self.leave_out(part)

    def list_requests(self) -> Iterator[tuple[Request, Part]]:
        """The list without an incremental filter, once for every read whose union is the table."""
        for part in self.parts:
            yield self.request(part).having(self.table.order if self.ordered else {}), part

    @property
    def parts(self) -> Iterator[Part]:
        """The reads whose union is the table, without those whose parameters the vendor refuses."""
        for part in self.table.parts:
            path = part.path or self.table.path
            if not set(part.optional) & self.client.refused_params(path):
                yield part

    def scan(self, request: Request, summary: ScanSummary, expected: int | None = None) -> Scan:
        """A scan of one list; its verdict becomes part of ``summary``."""
        scan = Scan(
            self.client,
            request,
            self.pager,
            self.table.records_in,
            pool=self.run.pool,
            most=self.run.max_concurrency,
            now=self.run.now,
            expected=expected,
        )
        summary.verdicts.append(scan.verdict)
        return scan

    def pages(
        self,
        request: Request,
        part: Part,
        priority: int,
        summary: ScanSummary,
        expected: int | None = None,
    ) -> Iterator[RecordPage]:
        """The pages of one list.

        Args:
            expected: pages with rows in the last scan.
        """
        scan, before = self.scan(request, summary, expected), self.outcome.rows_read
        for page in scan:
            summary.paged = summary.paged or page.number > 1
            if page.info.total is not None:
                self.outcome.progress.total_rows = before + page.info.total
            yield RecordPage(page.records, page.read_at, part.stamp, priority)

    def read_page(self, request: Request, number: int) -> list[Any]:
        """The records of page ``number`` of a list now."""
        return self.table.records_in(self.client.get(self.pager.page(request, number)))

    def read_pages(self, request: Request, numbers: Sequence[int]) -> Iterator[list[Any]]:
        """The records of some pages of a list now, read in parallel."""
        return self.run.pool.map(lambda number: self.read_page(request, number), numbers)

    def first_pages(self, requests: Sequence[Request]) -> list[Page | SourceError]:
        """First pages of several reads, in one batch request if the vendor has it; errors stand for failed reads."""
        pages: list[Page | SourceError] = []
        for document in self.client.get_many(requests):
            if isinstance(document, SourceError):
                pages.append(document)
                continue
            records = self.table.records_in(document)
            pages.append(Page(1, records, self.run.now(), self.run.client.api.page_info(document, records)))
        return pages


def chunks(values: Sequence[Any], size: int) -> list[list[Any]]:
    """``values`` in lists of up to ``size``."""
    return [list(values[index : index + size]) for index in range(0, len(values), max(1, size))]
