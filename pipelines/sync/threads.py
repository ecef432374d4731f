"""Threads of a sync: how many tables are read at once, and which tables wait for others."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.extract.table_reader import TableReader
from fieldhouse.warehouse.errors import WarehouseError

TABLES_AT_ONCE = 4


class Threads(ThreadPoolExecutor):
    """Threads of a sync. ``abandoned`` ones are not waited for: one may hang for as long as the vendor does."""

    abandoned = False


@contextlib.contextmanager
def threads(count: int, name: str) -> Iterator[Threads]:
    """Threads for the block. An interrupt does not wait for them: one may hang for as long as the vendor does."""
    pool = Threads(count, name)
    try:
        yield pool
    except Exception:
        pool.shutdown(cancel_futures=True)
        raise
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown(wait=not pool.abandoned, cancel_futures=pool.abandoned)


def read_after(before: Sequence[Future[Outcome]], reader: TableReader) -> Outcome:
    """Read a table when the tables that it depends on are done; its error becomes part of its outcome.

    Raises:
        WarehouseError: the warehouse could not be asked for known rows, which stops the whole account.
    """
    for future in before:
        future.result()
    try:
        return reader.read()
    except WarehouseError:
        raise
    except Exception as error:  # noqa: BLE001 - an error of one table must not stop the others
        return reader.stopped(error)
