"""Compares the marts of generated worlds with the oracle, on DuckDB and on a given Postgres.

    python -m tests.benchmarks.marts.worlds --worlds 300 --first 1000 [--postgres postgresql://user:password@host/database]

The worlds are built sixty at a time, each group in a warehouse of its own. Prints a line per group as it ends, then
a table: each measure with the number of values compared and the number that differ.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.support.marts.oracle.comparison import Comparison, compare_worlds
from tests.support.postgres.postgres_server import fresh_database, running_postgres

GROUP = 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=300)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--warehouse", choices=("duckdb", "postgres", "both"), default="both")
    given = parser.parse_args()
    failed = 0
    for kind in ("duckdb", "postgres") if given.warehouse == "both" else (given.warehouse,):
        started, result = time.monotonic(), Comparison()
        for first in range(given.first, given.first + given.worlds, GROUP):
            group = _of(kind, range(first, min(first + GROUP, given.first + given.worlds)))
            result.add(group)
            print(f"{kind}, from world {first}: {len(group.differences)} rows differ", flush=True)
        print_table(f"{kind}, {given.worlds} worlds", result)
        print(f"{time.monotonic() - started:.0f} s", flush=True)
        failed += len(result.differences)
    return 1 if failed else 0


def print_table(title: str, result: Comparison) -> None:
    """Print each measure with the number of values compared and the number that differ, then the first differences."""
    for (mart, column), count in result.compared.items():
        print(f"| {mart} | {column} | {count:,} | {result.differing[mart, column]} |")
    for mart, count in Counter(line.split()[0] for line in result.differences).items():
        examples = [line for line in result.differences if line.startswith(mart)][:5]
        print("\n  ".join([f"{mart}: {count} rows, for example", *examples]))
    measures, values = len(result.compared), result.compared.total()
    print(f"{title}: {measures} measures, {values:,} values, {result.differing.total()} differ")


def _of(kind: str, numbers: range) -> Comparison:
    with tempfile.TemporaryDirectory() as folder:
        if kind == "duckdb":
            return compare_worlds(f"duckdb:///{folder}/worlds.duckdb", Path(folder), numbers)
        with running_postgres() as server, fresh_database(server, f"worlds_{numbers[0]}") as url:
            return compare_worlds(url, Path(folder), numbers)


if __name__ == "__main__":
    sys.exit(main())
