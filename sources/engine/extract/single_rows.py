"""Reads single rows of which something outside (a webhook) says that they may have changed.

The hint is never believed: the vendor is asked for the rows. One that it does not give and that the warehouse holds is
deleted, once the day on which it lies has been read as well, and as long as not suspiciously many go at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from fieldhouse.sources.engine.changes.row_index import Ledger
from fieldhouse.sources.engine.errors import Denied, NotFound, Refused, SourceError
from fieldhouse.sources.engine.http.pagination import Ask
from fieldhouse.sources.engine.spec.table import Some, Table

from .requests import Asking, Piece
from .run import Run

Key = tuple[str, ...]


def pieces_of(asking: Asking, keys: Sequence[Key]) -> Iterator[Piece]:
    """The named rows, or all rows of their parents, as the vendor has them now."""
    table = asking.table
    if table.each:
        parents = sorted({key[0] for key in keys})
        for rank, (ask, read) in enumerate(asking.list_asks()):
            yield from asking.of_parents(ask, read, rank, table.each, parents)
    elif table.some:
        yield from _single(asking, table.some, [key[0] for key in keys])


def _single(asking: Asking, some: Some, keys: Sequence[str]) -> Iterator[Piece]:
    table, run = asking.table, asking.run
    chunks = [list(keys[at : at + some.chunk]) for at in range(0, len(keys), some.chunk)]
    for ask, read in asking.list_asks():
        base = ask if some.path is None else Ask(some.path)
        asks = [base.having(some.params(chunk)) for chunk in chunks]
        asks = [asking.pager.page(one, 1) if some.path is None else one for one in asks]
        for at in range(0, len(asks), some.together):
            for document in run.client.ask_many(asks[at : at + some.together], asking.counted):
                if isinstance(document, (Denied, NotFound, Refused)):
                    continue  # how the vendor answers for a row that is gone is not documented
                if isinstance(document, SourceError):
                    raise document
                found = some.records(document) if some.records else asking.records(document)
                yield Piece(found, run.now(), read.stamp, table.reads.index(read))


def held_of(run: Run, table: Table, keys: Sequence[Key], extra: Sequence[str]) -> Ledger:
    """What the warehouse holds of the named rows, or of all rows of their parents."""
    if table.each:
        known = run.memory.known(table, None, extra)
        parents = pa.array(sorted({key[0] for key in keys}), pa.string())
        column = known.column(table.each.stamp or table.key[0])
        return Ledger(table.key, known.filter(pc.is_in(pc.cast(column, pa.string()), parents)))
    columns = zip(*keys, strict=True)
    wanted = pa.table(
        {name: pa.array(values, pa.string()) for name, values in zip(table.key, columns, strict=True)}
    )
    return Ledger(table.key, run.memory.known(table, wanted, extra))


def days_of(asking: Asking, ledger: Ledger, places: Sequence[int]) -> Iterator[Piece]:
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
