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

import psycopg2.errors
import pyarrow as pa
import pytest

from fieldhouse.pipelines.errors import exit_code
from fieldhouse.sources.engine.load.dlt_load import load
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.server import environment, serve
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.drivers.postgres import translated
from fieldhouse.warehouse.errors import WarehouseSettingsError, WarehouseUnreachable
from tests.benchmarks.two_accounts import trial
from tests.support.vendors.oracle import describe, differences
from tests.support.warehouse.warehouse_snapshot import read_snapshot

pytestmark = pytest.mark.postgres


def test_two_accounts_that_load_at_once_lose_nothing(postgres_url: str) -> None:
    assert trial(postgres_url, rows=21_000, slices=1) == []


def test_another_worker_takes_over_from_one_that_was_killed(postgres_url: str, tmp_path: Path) -> None:
    """Killed while it loads; the other knows nothing of it but the warehouse."""
    box = BossDeskSandbox(seed=3, size=0.25, edge_cases=True)
    with serve(box) as urls:
        settings = {**environment([box], urls), "WAREHOUSE__URL": postgres_url}
        with worker(tmp_path / "one", settings) as first:
            until_it_lands(postgres_url, first)
            first.send_signal(signal.SIGKILL)
            assert first.wait() == -signal.SIGKILL
        with worker(tmp_path / "two", settings) as second:
            output = second.communicate()
            assert second.returncode == 0, output
    actual = differences(read_snapshot(postgres_url, "bossdesk"), "bossdesk", box.truth())
    assert not actual, describe(actual)
    assert landings(postgres_url) == []


@contextmanager
def worker(folder: Path, settings: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The command ``sync`` with a home and a working directory that were empty."""
    folder.mkdir()
    root = str(Path(__file__).parent.parent.parent)
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": root, **settings}
    command = [sys.executable, "-m", "fieldhouse.pipelines.cli", "sync", "bossdesk"]
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


@pytest.mark.parametrize(
    ("how", "error", "code"),
    [
        ("?options=-cdefault_transaction_read_only%3Don", WarehouseUnreachable, 3),
        ("?options=-cstatement_timeout%3D1", WarehouseUnreachable, 3),
        ("?options=-crole%3Dpg_monitor", WarehouseSettingsError, 2),
    ],
    ids=["read-only", "statement timeout", "no right"],
)
def test_why_rows_could_not_land_is_told(
    postgres_url: str, tmp_path: Path, how: str, error: type[Exception], code: int
) -> None:
    """What breaks off inside of dlt ends as what it is, and not as a defect."""
    place = open_warehouse(f"{postgres_url}{how}")
    rows = {"t": [pa.table({"id": pa.array(range(50_000))})]}
    with pytest.raises(error) as raised, place.exclusive() as address:
        load(
            "bossdesk",
            rows,
            destination="postgres",
            few_rows_format="insert_values",
            session_settings="",
            credentials=str(address),
            landing="bossdesk__landing_1",
            working_dir=str(tmp_path),
        )
    assert exit_code(raised.value) == code
    assert "secret" not in str(raised.value)


def test_a_server_that_is_gone_while_rows_land_is_told(postgres_url: str, tmp_path: Path) -> None:
    rows = {"t": [pa.table({"id": pa.array([1])})]}
    gone = "postgresql://postgres:secret@127.0.0.1:9/postgres?connect_timeout=2"
    with pytest.raises(WarehouseUnreachable) as raised, open_warehouse(gone).exclusive() as address:
        load(
            "bossdesk",
            rows,
            destination="postgres",
            few_rows_format="insert_values",
            session_settings="",
            credentials=str(address),
            landing="bossdesk__landing_1",
            working_dir=str(tmp_path),
        )
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "kind",
    [
        "DiskFull",
        "LockNotAvailable",
        "DeadlockDetected",
        "AdminShutdown",
        "CrashShutdown",
        "InsufficientResources",
        "TooManyConnections",
    ],
)
def test_what_the_server_says_when_it_cannot_go_on_is_exit_3(kind: str) -> None:
    messages = translated(getattr(psycopg2.errors, kind)("no"))
    assert messages is not None
    assert exit_code(messages) == 3
