"""Does a load of a few rows cost the same, however many rows the table has?

    python -m tests.benchmarks.growth.delta [--rows 10000 1000000] [--changes 1000] [--trials 5]
        [--databases duckdb postgres]

A table of 31 columns with so many rows is made; then so many changed rows, evenly spread, are landed and applied, as
the end of a sync does. It prints the median seconds of that step, and the ratio to the smallest table's.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from statistics import median

import pyarrow as pa

from fieldhouse.warehouse.connect import Warehouse, open_warehouse
from fieldhouse.warehouse.model import Column, TableLoad
from tests.support.postgres.postgres_server import fresh_database, running_postgres

TEXTS, NUMBERS = 20, 10
T0 = datetime(2026, 1, 1, tzinfo=UTC)
SLICE = 100_000
COLUMNS = (
    Column("id", "bigint", declared=True),
    *(Column(f"text_{n}", "text", declared=True) for n in range(TEXTS)),
    *(Column(f"number_{n}", "double", declared=True) for n in range(NUMBERS)),
)


def rows(ids: Sequence[int], version: int) -> pa.Table:
    """Rows with these keys, as they land."""
    moment = T0 + timedelta(hours=version)
    made = {"id": pa.array(ids, pa.int64())}
    made |= {
        f"text_{n}": pa.array([f"text {(i * (n + 1)) % 9973} {version}" for i in ids]) for n in range(TEXTS)
    }
    made |= {f"number_{n}": pa.array([i * 0.5 + n + version for i in ids]) for n in range(NUMBERS)}
    made["_row_hash"] = pa.array([i * 31 + version for i in ids], pa.int64())
    made["_synced_at"] = pa.array([moment] * len(ids), pa.timestamp("us", tz="UTC"))
    return pa.table(made)


def load(warehouse: Warehouse, landed: pa.Table, version: int) -> tuple[float, int]:
    """Seconds of landing and applying, and the rows that were written."""
    landing = f"bench__landing_{version}"
    started = time.perf_counter()
    with warehouse.session() as session:
        session.land(landing, {"things": [landed]})
        applied = session.apply(
            "bench",
            landing,
            TableLoad(
                name="things",
                key=("id",),
                columns=COLUMNS,
                children=(),
                synced_at=T0 + timedelta(hours=version),
                load_id=str(version),
                landed=True,
                state={"cursor": str(version)},
            ),
        )
        session.drop_landing(landing)
    return time.perf_counter() - started, applied.rows_written


def measured(url: str, count: int, changes: int, trials: int) -> float:
    """Median seconds of the step into a table of ``count`` rows."""
    warehouse = open_warehouse(url)
    with warehouse.session() as session:
        session.prepare("bench")
    for first in range(0, count, SLICE):
        load(warehouse, rows(range(first, min(first + SLICE, count)), 0), 0)
    seconds = []
    for version in range(1, trials + 1):
        took, written = load(
            warehouse, rows(range(version, count, count // changes)[:changes], version), version
        )
        assert written == changes, f"{written} rows were written, not {changes}"
        seconds.append(took)
    return median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", nargs="+", type=int, default=[10_000, 1_000_000])
    parser.add_argument("--changes", type=int, default=1_000)
    parser.add_argument("--trials", type=int, default=5)
    parser.add_argument("--databases", nargs="+", default=["duckdb", "postgres"])
    given = parser.parse_args()
    print("| into | rows | rows changed | load step, s | × the smallest |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with ExitStack() as stack:
        server = stack.enter_context(running_postgres()) if "postgres" in given.databases else ""
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        for database in given.databases:
            smallest = 0.0
            for count in sorted(given.rows):
                url = f"duckdb:///{folder}/of_{count}.duckdb"
                if database == "postgres":
                    url = stack.enter_context(fresh_database(server, f"of_{count}"))
                seconds = measured(url, count, given.changes, given.trials)
                smallest = smallest or seconds
                ratio = f"{seconds:.3f} | {seconds / smallest:.2f}"
                print(f"| {database} | {count:,} | {given.changes:,} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
