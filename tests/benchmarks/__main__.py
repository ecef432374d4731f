"""What a sync costs, side by side: fieldhouse, dlt with default and tuned settings, and the floor, over one vendor.

    python -m tests.benchmarks                          # everything, medians of 3: hours on two cores
    python -m tests.benchmarks --rows 100000 --trials 1 --engines fieldhouse floor
    python -m tests.benchmarks --read results.jsonl --plot docs/cost.svg

Each engine runs in a process of its own; the vendor and Postgres are other processes, whose CPU is not counted. Seconds
depend on the machine and on who else works on it; the ratio to the floor of the same run is what can be compared.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.engines import NAMES
from tests.benchmarks.measured import EngineFailed, run
from tests.benchmarks.plot import draw
from tests.benchmarks.results import Result, table
from tests.benchmarks.vendor import Vendor, open_vendor
from tests.support.postgres.postgres_server import fresh_database, running_postgres

STEPS = ("start", "first", "edit", "none")
CHANGES = 100
DATABASES = ("duckdb", "postgres", "ducklake")
_LAKE = "ducklake: only fieldhouse, and only in .venv-lake"


def main() -> None:
    given = _arguments()
    matches: list[Result] = []
    if given.read:
        lines = given.read.read_text().splitlines()
        matches = [Result(**json.loads(line)) for line in lines]
    else:
        with open_vendor() as vendor, ExitStack() as stack:
            server = stack.enter_context(running_postgres()) if "postgres" in given.databases else ""
            for result in _measured(given, vendor, server):
                matches.append(result)
                print(result.line(), flush=True)
                if given.keep:
                    with given.keep.open("a") as kept:
                        kept.write(json.dumps(asdict(result)) + "\n")
    print()
    print(table(matches))
    if given.plot:
        given.plot.write_text(draw(matches))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engines", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument(
        "--databases", nargs="+", choices=DATABASES, default=["duckdb", "postgres"], help=_LAKE
    )
    parser.add_argument("--rows", nargs="+", type=int, default=[100_000, 300_000])
    parser.add_argument("--latency", nargs="+", type=float, default=[0.0, 0.05], help="seconds per answer")
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS))
    parser.add_argument("--trials", type=int, default=3, help="the table shows medians")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="add each measurement to it, as JSON lines")
    parser.add_argument(
        "--read", type=Path, metavar="FILE", help="show what --keep kept, and measure nothing"
    )
    parser.add_argument("--plot", type=Path, metavar="SVG", help="draw CPU seconds against rows")
    return parser.parse_args()


def _measured(given: argparse.Namespace, vendor: Vendor, server: str) -> Iterator[Result]:
    """Engines take turns within a trial, so that a busy hour meets all of them."""
    for trial in range(given.trials):
        for database in given.databases:
            for rows in given.rows:
                for latency in given.latency:
                    for engine in given.engines:
                        try:
                            yield from _one(
                                given.steps, vendor, server, (engine, database, rows, latency), trial
                            )
                        except EngineFailed as failed:
                            print(f"{engine} into {database}, {rows:,} rows: {failed}", flush=True)


def _one(
    steps: list[str], vendor: Vendor, server: str, case: tuple[str, str, int, float], trial: int
) -> Iterator[Result]:
    """One engine from an empty warehouse through the steps."""
    engine, database, rows, latency = case
    module = f"{__package__}.engines.{engine}"
    with tempfile.TemporaryDirectory() as home, _warehouse(database, server, home, trial) as url:
        vendor.hold(rows)
        vendor.wait(latency)
        for step in steps:
            if step == "edit":
                vendor.edit(CHANGES, 1)
            given = ("--start",) if step == "start" else (vendor.url, url, home)
            vendor.counted()
            cost = run(module, *given, home=home)
            yield Result(
                engine, database, rows, latency, step, cost.cpu, cost.wall, cost.rss, vendor.counted()
            )


@contextmanager
def _warehouse(database: str, server: str, home: str, trial: int) -> Iterator[str]:
    if database == "duckdb":
        yield f"duckdb:///{home}/warehouse.duckdb"
        return
    if database == "ducklake":
        yield f"ducklake:sqlite:///{home}/lake.sqlite?data={home}/data"
        return
    with fresh_database(server, f"benchmark_{trial}") as url:
        yield url


if __name__ == "__main__":
    main()
