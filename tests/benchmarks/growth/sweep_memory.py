"""Memory of a sweep: the keys, hashes and marks of a table of many rows, and the index that a scan compares with.

    python -m tests.benchmarks.growth.sweep_memory [--rows 1000000,10000000] [--shuffled]

Each number of rows runs in a process of its own, which makes the table in DuckDB, looks at its own memory, reads what
a sweep reads, and sees every row but ten. Prints the most memory at once, and how much of it the sweep added. Rows
are stored by key, as vendors list them, or shuffled.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fieldhouse.pipelines.sync.known_rows import WarehouseKnownRows
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.changes.known_rows import StoredRows
from fieldhouse.sources.engine.startup import use_system_allocator
from fieldhouse.warehouse.connect import open_warehouse


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="1000000,10000000")
    parser.add_argument("--shuffled", action="store_true")
    parser.add_argument("--make", nargs=2)
    parser.add_argument("--sweep", nargs=2)
    given = parser.parse_args()
    if given.make:
        _make(given.make[0], int(given.make[1]), "hash(range)" if given.shuffled else "range")
    elif given.sweep:
        _sweep(given.sweep[0], int(given.sweep[1]))
    else:
        for rows in given.rows.split(","):
            with tempfile.TemporaryDirectory() as folder:
                url = f"duckdb:///{folder}/table.duckdb"
                for step in ("--make", "--sweep"):
                    command = [sys.executable, "-m", "tests.benchmarks.growth.sweep_memory", step, url, rows]
                    command += ["--shuffled"] * given.shuffled
                    use_system_allocator()  # as our own processes do
                    subprocess.run(command, check=True, cwd=Path(__file__).parents[3])
    return 0


def _make(url: str, rows: int, order: str) -> None:
    with open_warehouse(url).session() as session:
        session.prepare("notific")
        session.db.execute(
            "CREATE TABLE notific.tickets AS SELECT range AS id, CAST(hash(range) >> 1 AS BIGINT) AS _row_hash,"
            f" CAST(NULL AS TIMESTAMPTZ) AS _deleted_at, now() AS _synced_at FROM range({rows}) ORDER BY {order}"
        )


def _sweep(url: str, rows: int) -> None:
    warehouse, table = open_warehouse(url), VENDORS["notific"].table("tickets")
    with warehouse.session() as session:
        known_rows = WarehouseKnownRows(warehouse, "notific", dict(session.catalogue("notific")))
        before, started = _peak(), time.process_time()
        index = StoredRows(known_rows, table, []).index()
    read = _peak()
    for key in range(rows - 10):
        index.see(key)
    missing = index.keys(index.missing())
    assert missing.column("id").to_pylist() == list(range(rows - 10, rows))
    print(
        f"{rows:,} rows: {_peak():.0f} MB at most, {_peak() - before:.0f} MB for the sweep"
        f" ({read - before:.0f} MB to read and index), {time.process_time() - started:.1f} CPU s",
        flush=True,
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
