"""Compares the marts of generated worlds with the oracle, on DuckDB and on a given Postgres.

    python -m tests.benchmarks.marts.worlds --worlds 300 --first 1000 [--postgres postgresql://user:password@host/database]

The worlds are built thirty at a time, each group in a warehouse of its own. Prints a line per mart: how many of its
values were compared, and how many differ.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.support.marts.oracle.comparison import differences
from tests.support.postgres.postgres_server import fresh_database, running_postgres

GROUP = 30


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=300)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--warehouse", choices=("duckdb", "postgres", "both"), default="both")
    given = parser.parse_args()
    failed = 0
    for kind in ("duckdb", "postgres") if given.warehouse == "both" else (given.warehouse,):
        started, actual, compared = time.monotonic(), [], 0
        for first in range(given.first, given.first + given.worlds, GROUP):
            numbers = range(first, min(first + GROUP, given.first + given.worlds))
            group, count = _of(kind, numbers)
            actual += group
            compared += count
        print(f"{kind}: {given.worlds} worlds, {compared:,} values, {len(actual)} differences, ", end="")
        print(f"{time.monotonic() - started:.0f} s")
        for mart, count in Counter(line.split()[0] for line in actual).items():
            print(f"  {mart}: {count}, for example {next(line for line in actual if line.startswith(mart))}")
        failed += len(actual)
    return 1 if failed else 0


def _of(kind: str, numbers: range) -> tuple[list[str], int]:
    with tempfile.TemporaryDirectory() as folder:
        if kind == "duckdb":
            return differences(f"duckdb:///{folder}/worlds.duckdb", Path(folder), numbers)
        with running_postgres() as server, fresh_database(server, f"worlds_{numbers[0]}") as url:
            return differences(url, Path(folder), numbers)


if __name__ == "__main__":
    sys.exit(main())
