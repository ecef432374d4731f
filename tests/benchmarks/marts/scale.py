"""What do the marts of a large warehouse cost, and a build after a few changes?

    python -m tests.benchmarks.marts.scale [--tickets 1000000] [--visits 1000000] [--changes 100] [--builds 2] [--tests]
        [--warehouse duckdb|postgres] [--next-day] [--equal]

Writes the raw tables by SQL in a process of their own, builds everything, then changes rows and builds again, in one
process. Prints seconds, CPU seconds of this process (with Postgres, the server's are not in them), and peak memory; and
the last build's cost as a share of the first's. With --next-day a build after as many changes follows that is the first
of the next day. With --equal a full build follows, and all tables are compared.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fieldhouse.pipelines.build_marts import build
from fieldhouse.pipelines.config.settings import load
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.session import Session
from tests.support.postgres.postgres_server import fresh_database, running_postgres

from .large_warehouse import change_rows, write_large_warehouse

NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
_DAY = 24 * 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--visits", type=int, default=1_000_000)
    parser.add_argument("--changes", type=int, default=100)
    parser.add_argument("--builds", type=int, default=2)
    parser.add_argument("--tests", action="store_true")
    parser.add_argument("--next-day", action="store_true")
    parser.add_argument("--equal", action="store_true")
    parser.add_argument("--warehouse", choices=("duckdb", "postgres"), default="duckdb")
    parser.add_argument("--write", default="", help="the address of a warehouse to write, and nothing else")
    given = parser.parse_args()
    if given.write:
        with open_warehouse(given.write).session() as session:
            write_large_warehouse(session, given.tickets, given.visits)
        return 0
    with tempfile.TemporaryDirectory() as folder, _warehouse(given.warehouse, folder) as url:
        size = ["--tickets", str(given.tickets), "--visits", str(given.visits)]
        command = [sys.executable, "-m", "tests.benchmarks.marts.scale", "--write", url, *size]
        subprocess.run(command, check=True)
        minutes = [*range(given.builds), *([_DAY] if given.next_day else [])]
        costs: list[tuple[float, float]] = []
        for number, minute in enumerate(minutes):
            if number:
                with open_warehouse(url).session() as session:
                    change_rows(session, given.changes, given.tickets, given.visits, number)
            costs.append(_build(url, folder, minute, tests=given.tests))
            if number:
                seconds, cpu = (costs[-1][part] / costs[0][part] for part in (0, 1))
                print(f"share of a full build: {seconds:.2f} of the seconds, {cpu:.2f} of the CPU seconds")
        return _compare(url, folder, minutes[-1]) if given.equal else 0


@contextmanager
def _warehouse(kind: str, folder: str) -> Iterator[str]:
    if kind == "duckdb":
        yield f"duckdb:///{folder}/large.duckdb"
        return
    with running_postgres() as server, fresh_database(server, "large_warehouse") as url:
        yield url


def _build(
    url: str, folder: str, minute: int, *, tests: bool = False, full: bool = False
) -> tuple[float, float]:
    """Seconds and CPU seconds of a build that is so many minutes after the first."""
    settings = load({"HOME": folder}, Path(folder), warehouse_url=url)
    started, used = time.perf_counter(), time.process_time()
    now = NOW + timedelta(minutes=minute)
    report = build(settings, variables={"now": now.isoformat()}, tests=tests, full=full)
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"build at {minute} min: {report.models} models and {report.tests} tests, {len(report.problems)} problems,"
        f" {seconds:.1f} s, {cpu:.1f} CPU s, peak memory so far {peak:,.0f} MB, load {os.getloadavg()[0]:.0f}",
        flush=True,
    )
    return seconds, cpu


def _compare(url: str, folder: str, minute: int) -> int:
    """Keep what the last build left, build everything, and count the rows that differ."""
    with open_warehouse(url).session() as session:
        tables = [(schema, table) for schema in ("marts", "staging") for table in _tables(session, schema)]
        session.db.execute("CREATE SCHEMA before")
        for schema, table in tables:
            session.db.execute(f'CREATE TABLE before."{schema} {table}" AS SELECT * FROM {schema}."{table}"')
    _build(url, folder, minute, full=True)
    differing = 0
    with open_warehouse(url).session() as session:
        for schema, table in tables:
            one, other = f'SELECT * FROM before."{schema} {table}"', f'SELECT * FROM {schema}."{table}"'
            sql = f"SELECT count(*) FROM (({one} EXCEPT {other}) UNION ALL ({other} EXCEPT {one})) AS d"
            if count := session.fetch(sql)[0][0]:
                print(f"{schema}.{table}: {count} rows differ")
                differing += 1
    print(f"{len(tables)} tables compared with a full build, {differing} differ")
    return int(differing > 0)


def _tables(session: Session, schema: str) -> list[str]:
    return [name for name in session.catalogue(schema) if name != "_builds"]


if __name__ == "__main__":
    sys.exit(main())
