"""Compares builds upon the last one with full builds, of generated worlds with later syncs between the builds.

    python -m tests.benchmarks.marts.later_builds [--worlds 20] [--first 100] [--group 4] [--builds 3]
        [--warehouse duckdb|postgres]

The worlds of a group are accounts of one warehouse. Each build but the last follows a sync that changed a tenth of all
rows; the builds are on one day and on the next in turn. Prints a line per group, and each table that differs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.marts.followed_builds import Followed, LaterBuild, follow_builds
from tests.support.postgres.postgres_server import fresh_database, running_postgres

_SHARE = 0.1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--first", type=int, default=100)
    parser.add_argument("--group", type=int, default=4)
    parser.add_argument("--builds", type=int, default=3)
    parser.add_argument("--warehouse", choices=("duckdb", "postgres"), default="duckdb")
    given = parser.parse_args()
    chain, failed = tuple(_chain(given.builds)), 0
    for first in range(given.first, given.first + given.worlds, given.group):
        numbers = range(first, min(first + given.group, given.first + given.worlds))
        followed = _of(given.warehouse, numbers, chain)
        failed += len(followed.differences)
        keyed = [sum(way == "keyed" for way in ways.values()) for ways in followed.ways]
        print(
            f"{given.warehouse}, worlds {numbers[0]} to {numbers[-1]}: rows changed {followed.changed}, keyed models"
            f" {keyed}, seconds {[round(one) for one in followed.seconds]}, {followed.tables} tables compared with a"
            f" full build, {len(followed.differences)} differ",
            flush=True,
        )
        print("\n".join(f"  {line}" for line in followed.differences), end="\n" * bool(followed.differences))
    return 1 if failed else 0


def _chain(builds: int) -> Iterator[LaterBuild]:
    hours = 0
    for number in range(1, builds + 1):
        hours += 2 if number % 2 else 22
        yield LaterBuild(hours, _SHARE if number < builds or builds == 1 else 0.0)


def _of(kind: str, numbers: range, chain: tuple[LaterBuild, ...]) -> Followed:
    with tempfile.TemporaryDirectory() as folder:
        if kind == "duckdb":
            return follow_builds(f"duckdb:///{folder}/worlds.duckdb", Path(folder), numbers, chain)
        with running_postgres() as server, fresh_database(server, f"later_{numbers[0]}") as url:
            return follow_builds(url, Path(folder), numbers, chain)


if __name__ == "__main__":
    sys.exit(main())
