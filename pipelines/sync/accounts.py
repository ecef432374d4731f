"""Several accounts at once: a thread each, while this thread shows how far they are and hears the interrupt."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from fieldhouse.pipelines.config.selection import Job
from fieldhouse.pipelines.sync.report import Report
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.warehouse.connect import Warehouse

from .account_sync import AccountSync, Progress

Done = TypeVar("Done")
TICK = 0.2
GRACE = 3.0
"""How long an interrupted sync may take to end by itself, in seconds."""


class Watch(Protocol):
    """Shows how far the accounts are."""

    def update(self, account: str, outcomes: Sequence[Outcome]) -> None:
        """What an account's tables have done so far; called from any thread."""

    def draw(self) -> None:
        """Called a few times a second from the main thread."""


class Stopped(Exception):
    """The run was interrupted from outside."""


def run_accounts(
    jobs: Sequence[Job], one: Callable[[Job, Progress], Done], watch: Watch, *, at_once: int = 8
) -> list[Future[Done]]:
    """Do ``one`` for every job, up to ``at_once`` of them concurrently; the futures in the order of the jobs.

    Accounts begin in turn by the host that they ask: those of one host share its limits, and would fill all places
    while other hosts wait. A slow account keeps one place, and no other account waits for it.

    Raises:
        KeyboardInterrupt: interrupted; the jobs were signalled and got ``GRACE`` seconds to end.
    """
    stop = threading.Event()

    def progress_of(job: Job) -> Progress:
        def progress(outcomes: Sequence[Outcome]) -> None:
            if stop.is_set():
                raise Stopped
            watch.update(job.account.name, outcomes)

        return progress

    executor = ThreadPoolExecutor(max(1, min(len(jobs), at_once)), "account")
    begun = {index: executor.submit(one, jobs[index], progress_of(jobs[index])) for index in fair_order(jobs)}
    futures = [begun[index] for index in range(len(jobs))]
    try:
        while wait(futures, TICK).not_done:
            watch.draw()
    except KeyboardInterrupt:
        stop.set()
        wait(futures, GRACE)
        raise
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
    watch.draw()
    return futures


def fair_order(jobs: Sequence[Job]) -> list[int]:
    """The positions of the jobs in the order in which they begin: one of each host, then a second of each, …"""
    turns: Counter[tuple[str, str | None]] = Counter()
    order: list[tuple[int, int]] = []
    for position, job in enumerate(jobs):
        host = job.account.vendor.name, urlsplit(job.account.settings.base_url or "").hostname
        order.append((turns[host], position))
        turns[host] += 1
    return [position for _, position in sorted(order)]


def sync_accounts(
    jobs: Sequence[Job], warehouse: Warehouse, options: Options, watch: Watch, *, at_once: int = 8
) -> list[Report]:
    """Sync every job; a defect in one stands in its report and leaves the others running."""

    def one(job: Job, progress: Progress) -> Report:
        sync = AccountSync(job.account, warehouse, options, job.tables, progress)
        try:
            return sync.execute()
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001 - a defect; what was committed before it counts as complete
            return sync.failed(error)

    return [
        _report(job, future)
        for job, future in zip(jobs, run_accounts(jobs, one, watch, at_once=at_once), strict=True)
    ]


def _report(job: Job, future: Future[Report]) -> Report:
    error = future.exception()
    if error is None:
        return future.result()
    if not isinstance(error, Exception):
        raise error
    tables = [Outcome(table.name, table.strategy, status="failed", error=error) for table in job.tables]
    return Report(job.account.name, "", tables, error)
