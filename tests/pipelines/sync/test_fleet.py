"""A fleet of accounts in one sync: bounded threads, places by host, and no account that waits for a slow one."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.config.selection import Job
from fieldhouse.pipelines.config.settings import load
from fieldhouse.pipelines.sync.account_sync import Progress
from fieldhouse.pipelines.sync.accounts import fair_order, run_accounts
from fieldhouse.pipelines.sync.threads import ThreadBudget, Threads, threads


class Silent:
    """A watch that shows nothing."""

    def update(self, account: str, outcomes: Any) -> None:
        """Ignore it."""

    def draw(self) -> None:
        """Draw nothing."""


def fleet(folder: Path, **hosts: int) -> list[Job]:
    """So many accounts on each host, host after host."""
    variables = {
        f"SOURCES__BOSSDESK__{host.upper()}_{number:03}__{name}": value
        for host, count in hosts.items()
        for number in range(count)
        for name, value in (("API_KEY", "fake"), ("BASE_URL", f"https://{host}.example/api/v1"))
    }
    settings = load({"HOME": str(folder), **variables}, folder)
    return [Job(account, account.tables(["tags"])) for account in settings.accounts]


def test_accounts_begin_in_turn_by_host(tmp_path: Path) -> None:
    jobs = fleet(tmp_path, a=4, b=2, c=1)
    begun = [jobs[position].account.name.partition(".")[2][0] for position in fair_order(jobs)]
    assert "".join(begun) == "abcabaa"


def test_a_slow_account_keeps_one_place_and_delays_no_other(tmp_path: Path) -> None:
    jobs = fleet(tmp_path, a=200)
    others_are_done, done = threading.Event(), set[str]()
    most: list[int] = []

    def one(job: Job, progress: Progress) -> str:
        name = job.account.name
        most.append(sum(thread.name.startswith("account") for thread in threading.enumerate()))
        if name.endswith("_000"):
            assert others_are_done.wait(60)
        done.add(name)
        if len(done) == 199:
            others_are_done.set()
        return name

    futures = run_accounts(jobs, one, Silent(), at_once=8)
    assert [future.result() for future in futures] == [job.account.name for job in jobs]
    assert max(most) <= 8


def busy(pool: Threads, tasks: int, free: threading.Event) -> int:
    """Threads that work at the same time on tasks that wait for an event."""
    working, at_work = threading.Semaphore(0), 0

    def task() -> None:
        working.release()
        assert free.wait(60)

    for _ in range(tasks):
        pool.submit(task)
    while working.acquire(timeout=0.3):
        at_work += 1
    return at_work


def test_accounts_share_a_number_of_request_threads() -> None:
    """Each account gets a few at any time, and more as others end."""
    budget, free, free_again = ThreadBudget(10, least=2), threading.Event(), threading.Event()
    with threads(4, "late", budget) as late:
        with threads(8, "large", budget) as large, threads(8, "next", budget) as following:
            assert busy(large, 20, free) == 8
            assert busy(following, 20, free) == 2
            assert busy(late, 20, free) == 2
            free.set()
        assert budget.taken == 2
        assert busy(late, 20, free_again) == 4
        free_again.set()
    assert budget.taken == 0


def test_idle_threads_of_an_account_are_used_before_new_ones() -> None:
    budget = ThreadBudget(10)
    with threads(8, "request", budget) as pool:
        for _ in range(20):
            pool.submit(str).result()
        assert budget.taken <= 2
