"""Special reads: backfill of a date range, refresh of single rows, and rows embedded in other tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fieldhouse.sources.engine.changes.delete_detector import DeleteDetector
from fieldhouse.sources.engine.changes.known_rows import StoredRows
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.records import RecordPage, ScanSummary
from fieldhouse.sources.engine.errors import DeleteGuard
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.spec.table import Table

from .record_pipeline import RecordPipeline
from .requests import TableRequests
from .single_rows import Key, days_of, pages_of, stored_rows


def backfill(
    requests: TableRequests,
    pipeline: RecordPipeline,
    first: datetime,
    last: datetime,
    *,
    by_filter: bool,
) -> None:
    """Read a range of dates again, by windows or the filter if the table has them, else all rows.

    Args:
        by_filter: the vendor honours the filter as far back as ``first``.
    """
    summary = ScanSummary()
    if requests.windows:
        pages = requests.windows.between(first, last, summary)
    elif requests.feed and by_filter:
        if pipeline.details:
            pipeline.details.policy.all_wanted = True
        pages = requests.feed.changed_since(first, summary)
    else:
        pages = requests.full_scan(summary)
    pipeline.process(pages, full_scan=False)


def refresh(
    requests: TableRequests,
    pipeline: RecordPipeline,
    deletes: DeleteDetector,
    stored: StoredRows,
    outcome: Outcome,
    keys: Sequence[Key],
) -> None:
    """Read the rows with these keys again, and note those that are gone.

    Raises:
        DeleteGuard: more rows are missing than may be deleted at once.
    """
    summary = ScanSummary()
    index = pipeline.detector.index = stored_rows(requests.table, keys, stored)
    pipeline.process(pages_of(requests, keys, summary), full_scan=True)
    if missing := index.missing():
        pipeline.process(days_of(requests, index, missing, summary), full_scan=True)
    missing = [] if requests.run.is_parent_suspended(requests.table) else deletes.missing(index, summary)
    live = stored.index().live if missing else 0
    if missing and deletes.is_too_many(len(missing), live):
        raise DeleteGuard(
            f"{len(missing):,} of {live:,} rows were reported as deleted: none was marked",
            do="The next sync looks at the whole table.",
        )
    outcome.deleted = index.keys(missing) if missing else None
    outcome.rows_deleted = len(missing)


def take_embedded(
    run: Run, table: Table, pipeline: RecordPipeline, stored: StoredRows, outcome: Outcome
) -> None:
    """Take in the rows that this run has seen inside the records of other tables."""
    rows = list(run.records.embedded.get(table.name, {}).values())
    for place in table.embedded_in:
        run.require(place.table)
    if not rows:
        places = " or ".join(f"{place.field} in {place.table}" for place in table.embedded_in)
        outcome.note(f"the vendor sent no {places}: what was seen before stays")
    pipeline.detector.index = stored.index()
    pipeline.process([RecordPage(rows, run.now())], full_scan=True)
