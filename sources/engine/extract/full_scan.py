"""Full scan: every row of a table, read again if rows moved meanwhile, and the rows that are gone."""

from __future__ import annotations

import pyarrow as pa

from fieldhouse.sources.engine.changes.change_detector import ChangeDetector
from fieldhouse.sources.engine.changes.delete_detector import DeleteDetector
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.page_drift import ATTEMPTS, Drift, drift_of_full_scan
from fieldhouse.sources.engine.changes.records import RecordPage, ScanSummary
from fieldhouse.sources.engine.changes.row_index import RowIndex
from fieldhouse.sources.engine.changes.table_state import ScanCost
from fieldhouse.sources.engine.errors import PagesMoved
from fieldhouse.sources.engine.http.pagination import Request

from .delete_confirmation import DeleteConfirmation, HiddenRows
from .list_reader import ListReader
from .record_pipeline import RecordPipeline
from .requests import TableRequests

PAGES_AGAIN = 30
"""Up to this many pages are read again to look for rows whose detail was not found; of more, the whole list."""


class FullScan:
    """Scans one table.

    Args:
        index: the stored rows of the whole table.

    Attributes:
        cost: what the last scan took; None before ``read``.
    """

    def __init__(
        self,
        requests: TableRequests,
        pipeline: RecordPipeline,
        deletes: DeleteDetector,
        outcome: Outcome,
        index: RowIndex,
        hidden: HiddenRows,
    ) -> None:
        self._requests, self._pipeline, self._deletes = requests, pipeline, deletes
        self._outcome, self._index, self._hidden = outcome, index, hidden
        self._summary = ScanSummary()
        self.cost: ScanCost | None = None

    def read(self) -> bool:
        """Scan until a scan is complete; false if rows kept moving, so that some may not have been seen."""
        lists = self._requests.lists
        request, _ = next(lists.list_requests())
        for attempt in range(ATTEMPTS):
            self._scan()
            settle_not_found(request, self._requests, self._pipeline)
            drift = drift_of_full_scan(self._summary, numbered=lists.pager.numbered)
            if has_drifted(drift, request, lists, self._pipeline.detector):
                continue
            if not self._summary.total_differs:
                return True
            if attempt:
                self._outcome.note("the vendor's total differs from the rows that it lists; two scans agree")
                return True
        return False

    def refuse_moving(self) -> None:
        """Rows may be missing: only a filter that finds every change since a full scan makes that harmless.

        Raises:
            PagesMoved: there is no such filter.
        """
        if not (self._outcome.filter_proven and self._requests.lists.state.last_full_scan):
            raise PagesMoved(
                f"{self._trouble}, so that some may not have been seen; "
                "those that were seen are loaded, none was marked deleted",
                do="Run the sync again, at a quieter time if it comes back.",
            )
        self._outcome.note(f"{self._trouble}: no deletes were inferred")

    @property
    def _trouble(self) -> str:
        if self._summary.has_gap:
            return "a page between others was empty in three scans, though the total states more rows"
        return "rows moved between pages during three scans"

    def _scan(self) -> None:
        summary, counter = ScanSummary(), self._outcome.counter
        self._summary = summary
        before, rows = counter.repeatable, self._outcome.rows_read
        self._pipeline.begin_full_scan(self._index)
        self._pipeline.process_list(self._requests.full_scan(summary))
        self.cost = ScanCost(
            requests=counter.repeatable - before - summary.requests_beyond,
            rows=self._outcome.rows_read - rows,
            pages=self._pages(),
            unsettled=self._pipeline.unsettled,
            has_totals=summary.has_totals,
        )

    def _pages(self) -> tuple[int, ...]:
        """Pages with rows of each read, if each is one list of numbered pages."""
        table = self._requests.table
        if not self._requests.lists.pager.numbered or table.window or table.per_parent:
            return ()
        return tuple(max(1, verdict.pages - 1) for verdict in self._summary.verdicts)

    def deleted(self) -> pa.Table:
        """The keys of rows that the scan did not see and that are gone.

        Raises:
            DeleteGuard: more are missing than ``max_delete_share`` allows.
        """
        missing = self._inside(self._missing())
        unknown = [position for position in missing if self._index.key_at(position) not in self._hidden.known]
        if not self._pipeline.outside.selection:
            self._refuse_too_many(unknown)
        confirmation = DeleteConfirmation(
            self._requests,
            self._pipeline,
            self._outcome,
            self._index,
            self._hidden,
            paged=self._summary.paged,
        )
        self._hidden.note(())
        confirmed = confirmation.confirmed(missing)
        if self._pipeline.outside.selection:
            self._refuse_too_many(confirmed)
        return self._index.keys(confirmed)

    def _refuse_too_many(self, missing: list[int]) -> None:
        self._deletes.refuse_too_many(missing, self._index, self._summary, self._pipeline.detector.new)

    def _inside(self, missing: list[int]) -> list[int]:
        """The missing rows that are not known to be outside: by stored values, or as rows of a parent that is."""
        run, table, outside = self._requests.run, self._requests.table, self._pipeline.outside
        gone = set(outside.stored(missing, self._index))
        parent = table.per_parent
        if missing and parent and run.options.where.get(parent.parent):
            known = run.known_rows.known(run.vendor.table(parent.parent), None, ())
            stored = set(map(str, known.column(0).to_pylist())) - run.removed.get(parent.parent, set())
            column = parent.stamp or table.key[0]
            gone |= {place for place in missing if str(self._index.value(place, column)) not in stored}
        outside.note(self._index, sorted(gone))
        return [position for position in missing if position not in gone]

    def _missing(self) -> list[int]:
        table, detector = self._requests.table, self._pipeline.detector
        parent = table.per_parent
        if parent and self._deletes.is_looked_for and self._requests.run.is_parent_suspended(table):
            self._outcome.note(f"no deletes were inferred: rows of {parent.parent} may be hidden")
            return []
        missing = self._deletes.missing(self._index, self._summary)
        if self._deletes.hides_missing(missing, unkeyed=bool(detector.unkeyed)):
            self._outcome.note(
                "some records have no usable key: no deletes were inferred, they may be among them"
            )
            return []
        return missing


def has_drifted(drift: Drift, request: Request, lists: ListReader, detector: ChangeDetector) -> bool:
    """True if rows moved between the pages of the list ``request``; some pages are read again if need be."""
    if drift is Drift.LOOK_AGAIN and _shows_others(request, lists, detector):
        drift = Drift.SEEN
    if drift is Drift.SEEN:
        lists.outcome.note("rows moved up between pages while they were read: they were read again")
    return drift is Drift.SEEN


def _shows_others(request: Request, lists: ListReader, detector: ChangeDetector) -> bool:
    """Read some pages again, if the table is one list; true if they show that rows moved up."""
    if len(lists.table.parts) != 1:
        return False
    order = detector.page_order
    numbers = order.pages_to_check()
    for number, records in zip(numbers, lists.read_pages(request, numbers), strict=True):
        keys, all_good = detector.keys_of(RecordPage(records, 0))
        if not all_good or not keys or order.moved_up(number, keys):
            return True
    return False


def settle_not_found(request: Request, requests: TableRequests, pipeline: RecordPipeline) -> None:
    """Look once more for rows of the list ``request`` whose detail was not found: a row may vanish in between.

    Of a list of numbered pages, the pages that held them are read again, else the whole list.
    """
    if not pipeline.not_found:
        return
    lists, detector = requests.lists, pipeline.detector
    keys = {entry.row.key_hash for entry in pipeline.not_found}
    numbers: list[int] = []
    if lists.pager.numbered and len(lists.table.parts) == 1:
        numbers = detector.page_order.pages_around(keys)
    if 0 < len(numbers) <= PAGES_AGAIN:
        pages = [RecordPage(records, 0) for records in lists.read_pages(request, numbers)]
    else:
        pages = list(requests.full_scan(ScanSummary()))
    pipeline.settle_not_found({key for page in pages for key in detector.keys_of(page)[0]})
