"""More than one worker on one Postgres: each from a process and a working directory of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sources.sandbox.bossdesk import BossDesk
from sources.sandbox.server import environment, serve
from tests.benchmarks.two_accounts import trial
from tests.held import held
from tests.oracle import differences, shown
from warehouse.connect import open_warehouse

pytestmark = pytest.mark.postgres


def test_two_accounts_that_load_at_once_lose_nothing(postgres_url: str) -> None:
    assert trial(postgres_url, rows=21_000, slices=1) == []


def test_another_worker_takes_over_from_one_that_was_killed(postgres_url: str, tmp_path: Path) -> None:
    """Killed while it loads; the other knows nothing of it but the warehouse."""
    box = BossDesk(seed=3, size=0.25)
    with serve(box) as urls:
        settings = {**environment([box], urls), "WAREHOUSE__URL": postgres_url}
        with worker(tmp_path / "one", settings) as first:
            until_it_lands(postgres_url, first)
            first.send_signal(signal.SIGKILL)
            assert first.wait() == -signal.SIGKILL
        with worker(tmp_path / "two", settings) as second:
            said = second.communicate()
            assert second.returncode == 0, said
    found = differences(held(postgres_url, "bossdesk"), "bossdesk", box.truth())
    assert not found, shown(found)
    assert landings(postgres_url) == []


@contextmanager
def worker(folder: Path, settings: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The command ``sync`` with a home and a working directory that were empty."""
    folder.mkdir()
    root = str(Path(__file__).parent.parent)
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": root, **settings}
    command = [sys.executable, "-m", "pipelines.cli", "sync", "bossdesk"]
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=folder, env=variables, **streams) as process:
        try:
            yield process
        finally:
            process.kill()


def landings(url: str) -> list[Any]:
    with open_warehouse(url).session() as session:
        return session.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%\\_\\_landing%'")


def until_it_lands(url: str, process: subprocess.Popen[str], seconds: float = 60) -> None:
    """Waits for the other process, which shows itself only in the database."""
    end = time.monotonic() + seconds
    with open_warehouse(url).session() as session:
        while not session.fetch("SELECT 1 FROM pg_namespace WHERE nspname LIKE '%\\_\\_landing%'"):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end, "it never landed anything"
            time.sleep(0.01)
