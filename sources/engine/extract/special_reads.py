"""Special reads: backfill of a date range, refresh of single rows, and rows embedded in other tables.

Single rows are read that may have changed according to an outside event (a webhook). The hint is never believed: the
vendor is asked for the rows. One that it does not give and that is stored is deleted, once the day on which it lies has
been read as well, unless too many would go at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fieldhouse.sources.engine.changes.delete_detector import DeleteDetector
from fieldhouse.sources.engine.changes.known_rows import StoredRows
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.records import RecordPage, ScanSummary
from fieldhouse.sources.engine.changes.row_index import RowIndex
from fieldhouse.sources.engine.errors import (
    DeleteGuard,
    Denied,
    NotFound,
    Refused,
    SourceError,
    VendorChanged,
)
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.spec.reads import ByKey
from fieldhouse.sources.engine.spec.table import Table

from .list_reader import ListReader, chunks
from .record_pipeline import RecordPipeline
from .requests import TableRequests

Key = tuple[str, ...]


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
    pipeline.outside.hand_over()
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


def pages_of(requests: TableRequests, keys: Sequence[Key], summary: ScanSummary) -> Iterator[RecordPage]:
    """The rows with these keys, or all rows of their parents, as the vendor has them now."""
    table = requests.table
    if requests.parents:
        parents = sorted({key[0] for key in keys})
        for priority, (request, part) in enumerate(requests.lists.list_requests()):
            yield from requests.parents.of_parents(request, part, priority, parents, summary)
    elif table.by_key:
        yield from _by_key(requests.lists, table.by_key, [key[0] for key in keys])


def _by_key(lists: ListReader, by_key: ByKey, keys: Sequence[str]) -> Iterator[RecordPage]:
    for priority, (list_request, part) in enumerate(lists.list_requests()):
        base = list_request if by_key.path is None else Request(by_key.path)
        reads = [base.having(by_key.params(chunk)) for chunk in chunks(keys, by_key.keys_per_request)]
        if by_key.path is None:
            reads = [lists.pager.page(read, 1) for read in reads]
        asked = chunks(keys, by_key.keys_per_request)
        for batch, wanted in zip(
            chunks(reads, by_key.batch_size), chunks(asked, by_key.batch_size), strict=True
        ):
            for document, some in zip(lists.client.get_many(batch), wanted, strict=True):
                if isinstance(document, (Denied, NotFound, Refused)):
                    continue  # how the vendor answers for a row that is gone is not documented
                if isinstance(document, SourceError):
                    raise document
                records = by_key.records(document) if by_key.records else lists.table.records_in(document)
                _refuse_others(lists.table, records, some)
                yield RecordPage(records, lists.run.now(), part.stamp, priority)


def _refuse_others(table: Table, records: Sequence[Any], keys: Sequence[str]) -> None:
    """Stop if a row came that was not asked for.

    Raises:
        VendorChanged: it is no answer.
    """
    named = {
        str(record[table.key[0]]) for record in records if isinstance(record, dict) and table.key[0] in record
    }
    if others := named - set(map(str, keys)):
        raise VendorChanged(f"{table.path} answered {len(others)} rows that were not asked for")


def stored_rows(table: Table, keys: Sequence[Key], stored: StoredRows) -> RowIndex:
    """The stored rows with these keys, or all rows of their parents."""
    if table.per_parent:
        column = table.per_parent.stamp or table.key[0]
        parents = pa.array(sorted({key[0] for key in keys}), pa.string())
        return stored.index(
            keep=lambda known: known.filter(pc.is_in(pc.cast(known.column(column), pa.string()), parents))
        )
    columns = zip(*keys, strict=True)
    return stored.index(
        pa.table(
            {name: pa.array(values, pa.string()) for name, values in zip(table.key, columns, strict=True)}
        )
    )


def days_of(
    requests: TableRequests, index: RowIndex, positions: Sequence[int], summary: ScanSummary
) -> Iterator[RecordPage]:
    """All rows of the days on which these rows lie, of a table that is read by dates."""
    window = requests.table.window
    if requests.windows is None or window is None or window.field is None:
        return
    days = {str(index.value(position, window.field))[:10] for position in positions}
    for day in sorted(days):
        try:
            moment = datetime.fromisoformat(day)
        except ValueError:  # a row without a date: the next full scan looks for it
            continue
        yield from requests.windows.between(moment, moment, summary)
