"""Writes the docs' pictures of the dashboard: a healthy, a failing, an empty and a large warehouse, wide and narrow.

    python -m tests.benchmarks.marts.pictures fieldhouse-demo.duckdb docs/dashboard

The first argument is a DuckDB warehouse with its marts, which is only copied. Needs Chromium and playwright.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.dashboard.app import application
from fieldhouse.warehouse.dashboard.source import Place
from tests.support.chromium import browser

SIZES = {"": (1280, 900), "-phone": (390, 844)}
MOST_BYTES = 150_000
TABS = {
    "healthy": ("health", "tickets", "jobs"),
    "failing": ("health",),
    "empty": ("health",),
    "large": ("health",),
}
LARGE = 24
FAILED = """
INSERT INTO bossdesk._syncs (run_id, table_name, started_at, finished_at, outcome, error, details)
SELECT 'r' || run, table_name, TIMESTAMPTZ '{now}' + run * INTERVAL 1 HOUR,
    TIMESTAMPTZ '{now}' + run * INTERVAL 1 HOUR + INTERVAL 2 SECOND, 'failed',
    'bossdesk.' || table_name || ': the vendor refused the key (HTTP 401).',
    '{{"error": {{"next_step": "Check api_key in the settings."}}}}'
FROM (SELECT DISTINCT table_name FROM bossdesk._syncs), range(1, 7) AS runs (run)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    source, folder = given.warehouse.resolve(), given.folder.resolve()
    with tempfile.TemporaryDirectory() as scratch, browser() as opened:
        for situation, tabs in TABS.items():
            file = Path(scratch) / situation / "fieldhouse.duckdb"
            file.parent.mkdir()
            now = make_warehouse(situation, source, file)
            os.chdir(file.parent)  # the page shows an address without this machine's folders
            with served(now) as url:
                for tab in tabs:
                    for suffix, size in SIZES.items():
                        name = f"{situation}{suffix}.png" if tab == "health" else f"{tab}{suffix}.png"
                        _picture(opened, f"{url}/{tab}", folder / name, size)
    return 0


def make_warehouse(situation: str, source: Path, file: Path) -> datetime:
    """Makes the file; the time at which its newest sync ended."""
    if situation == "empty":
        with open_warehouse(f"duckdb:///{file}").session():
            pass
        return datetime.now(UTC)
    shutil.copy(source, file)
    with duckdb.connect(str(file)) as db:
        db.execute("SET TimeZone = 'UTC'")
        accounts = ("bossdesk", "notific", "servicebridge", "servicesidekick", "shiftboard")
        newest = " UNION ALL ".join(
            f"SELECT max(finished_at) AS ended_at FROM {account}._syncs" for account in accounts
        )
        row = db.execute(f"SELECT max(ended_at) FROM ({newest})").fetchone()
        assert row
        now: datetime = row[0]
        for mart in ("receivables_ageing", "revenue_by_month"):
            db.execute(f"UPDATE marts.{mart} SET currency = coalesce(currency, 'USD')")
        db.execute(f"UPDATE marts.calendar SET is_today = (day = DATE '{now:%Y-%m-%d}')")
        if situation == "failing":
            db.execute(FAILED.format(now=now.isoformat()))
            now += timedelta(hours=6, minutes=10)
        if situation == "large":
            _enlarge(db)
    return now


def _enlarge(db: Any) -> None:
    for number in range(1, LARGE):
        for vendor in ("bossdesk", "servicebridge"):
            account = f"{vendor}_site{number:02}"
            db.execute(f"CREATE SCHEMA {account}")
            for table in ("_syncs", "_schema_changes"):
                db.execute(f"CREATE TABLE {account}.{table} AS FROM {vendor}.{table}")


@contextmanager
def served(now: datetime) -> Iterator[str]:
    import uvicorn

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = Place("duckdb:///fieldhouse.duckdb", company="Acme Field Service", max_age_hours=1e6)
    config = uvicorn.Config(application(place, now=lambda: now), port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.1)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def _picture(opened: Any, url: str, path: Path, size: Sequence[int]) -> None:
    page = opened.new_page(viewport={"width": size[0], "height": size[1]})
    page.set_default_timeout(120_000)
    page.goto(url)
    page.screenshot(path=str(path))
    page.close()
    assert path.stat().st_size < MOST_BYTES, f"{path} has {path.stat().st_size} bytes"
    print(path, path.stat().st_size)


if __name__ == "__main__":
    sys.exit(main())
