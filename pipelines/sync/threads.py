"""Threads of a sync: how many tables are read at once, and which tables wait for others."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.extract.table_reader import TableReader
from fieldhouse.warehouse.errors import WarehouseError

TABLES_AT_ONCE = 4


class ThreadBudget:
    """Threads that several pools share: a pool gets more of them as others end.

    Args:
        most: threads in all pools together.
        least: threads that a pool gets even if that is more.
    """

    def __init__(self, most: int, least: int = 2) -> None:
        self.most, self.least, self.taken = most, least, 0
        self._count = threading.Lock()

    def take(self, count: int) -> None:
        """Count threads that were started; a negative number of them has ended."""
        with self._count:
            self.taken += count

    def left(self, started: int) -> int:
        """Threads that a pool which has started so many may still start."""
        return max(self.most - self.taken, self.least - started, 0)


REQUEST_THREADS = ThreadBudget(40)
"""Of a process, over all its accounts: eight accounts with 16 requests in flight each would start 128, and as many
connections. Some of them wait for their turn anyway where accounts share a host's limits."""


class Threads(ThreadPoolExecutor):
    """Threads of a sync. ``abandoned`` ones are not waited for: one may hang for as long as the vendor does."""

    abandoned = False

    def __init__(self, count: int, name: str, budget: ThreadBudget | None = None) -> None:
        super().__init__(count, name)
        self._count, self._budget, self._started = count, budget, 0

    def _adjust_thread_count(self) -> None:
        """Start a thread for a task if none is idle and the budget has one; else the task waits in the queue.

        The executor calls it with a lock held that all executors of the process share.
        """
        if not self._budget:
            super()._adjust_thread_count()
            return
        self._max_workers = min(self._count, self._started + self._budget.left(self._started))
        # With tasks in the queue no thread is idle, but Python 3.11 counts one for each task that has ended.
        while self._work_queue.qsize() > 1 and self._idle_semaphore.acquire(timeout=0):
            pass
        super()._adjust_thread_count()
        self._budget.take(len(self._threads) - self._started)
        self._started = len(self._threads)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End, and give the threads back to the budget."""
        super().shutdown(wait, cancel_futures=cancel_futures)
        if self._budget:
            self._budget.take(-self._started)
            self._budget = None


@contextlib.contextmanager
def threads(count: int, name: str, budget: ThreadBudget | None = None) -> Iterator[Threads]:
    """Threads for the block. An interrupt does not wait for them: one may hang for as long as the vendor does."""
    pool = Threads(count, name, budget)
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
