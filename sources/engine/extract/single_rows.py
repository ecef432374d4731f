"""Reads single rows of which something outside (a webhook) says that they may have changed.

The hint is never believed: the vendor is asked for the rows. One that it does not give and that the warehouse holds is
deleted, once the day on which it lies has been read as well, and as long as not suspiciously many go at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from fieldhouse.sources.engine.changes.row_index import RowIndex
from fieldhouse.sources.engine.errors import Denied, NotFound, Refused, SourceError
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.spec.table import ByKey, Table

from .requests import Piece, TableRequests
from .run import Run

Key = tuple[str, ...]


def pieces_of(asking: TableRequests, keys: Sequence[Key]) -> Iterator[Piece]:
    """The named rows, or all rows of their parents, as the vendor has them now."""
    table = asking.table
    if table.per_parent:
        parents = sorted({key[0] for key in keys})
        for rank, (ask, read) in enumerate(asking.list_requests()):
            yield from asking.of_parents(ask, read, rank, table.per_parent, parents)
    elif table.by_key:
        yield from _single(asking, table.by_key, [key[0] for key in keys])


def _single(asking: TableRequests, some: ByKey, keys: Sequence[str]) -> Iterator[Piece]:
    table, run = asking.table, asking.run
    chunks = [
        list(keys[at : at + some.keys_per_request]) for at in range(0, len(keys), some.keys_per_request)
    ]
    for ask, read in asking.list_requests():
        base = ask if some.path is None else Request(some.path)
        asks = [base.having(some.params(chunk)) for chunk in chunks]
        asks = [asking.pager.page(one, 1) if some.path is None else one for one in asks]
        for at in range(0, len(asks), some.batch_size):
            for document in asking.client.get_many(asks[at : at + some.batch_size]):
                if isinstance(document, (Denied, NotFound, Refused)):
                    continue  # how the vendor answers for a row that is gone is not documented
                if isinstance(document, SourceError):
                    raise document
                found = some.records(document) if some.records else asking.records(document)
                yield Piece(found, run.now(), read.stamp, table.parts.index(read))


def held_of(run: Run, table: Table, keys: Sequence[Key], extra: Sequence[str]) -> RowIndex:
    """What the warehouse holds of the named rows, or of all rows of their parents."""
    if table.per_parent:
        known = run.known_rows.known(table, None, extra)
        parents = pa.array(sorted({key[0] for key in keys}), pa.string())
        column = known.column(table.per_parent.stamp or table.key[0])
        return RowIndex(table.key, known.filter(pc.is_in(pc.cast(column, pa.string()), parents)))
    columns = zip(*keys, strict=True)
    wanted = pa.table(
        {name: pa.array(values, pa.string()) for name, values in zip(table.key, columns, strict=True)}
    )
    return RowIndex(table.key, run.known_rows.known(table, wanted, extra))


def days_of(asking: TableRequests, ledger: RowIndex, places: Sequence[int]) -> Iterator[Piece]:
    """Everything that lies on the days of these rows, of a table that is read by dates."""
    window = asking.table.window
    if window is None or window.field is None:
        return
    days = {str(ledger.value(place, window.field))[:10] for place in places}
    for day in sorted(days):
        try:
            moment = datetime.fromisoformat(day)
        except ValueError:  # a row without a date: the next whole scan tells
            continue
        yield from asking.between(moment, moment)
