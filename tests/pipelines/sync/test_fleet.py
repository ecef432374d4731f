"""A fleet of accounts in one sync: bounded threads, places by host, and no account that waits for a slow one."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.config.selection import Job
from fieldhouse.pipelines.config.settings import load
from fieldhouse.pipelines.sync.account_sync import Progress
from fieldhouse.pipelines.sync.accounts import fair_order, run_accounts


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
