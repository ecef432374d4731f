"""Do dlt pipelines keep destinations equal to the vendors, through edits, deletes, restores and kills?

    python -m tests.benchmarks.destinations [--vendors bossdesk …] [--destinations duckdb postgres ducklake]
        [--edits 200] [--kills 20] [--seed 1] [--tables few|usual|all]

For each vendor and destination: a first load, mixed edits, deletes, restores, and a repeat, each of them with a sweep
and compared with the sandbox; then runs that are killed with SIGKILL at random moments, each followed by edits and
one complete run that is compared. Every run has a process of its own and reads the sandbox over HTTP. Prints a line
for each pair; the exit code is 1 if a destination differs from its sandbox, or a repeat wrote rows. DuckLake needs the
environment of ``./run lake-tests``.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.server import environment, serve
from tests.benchmarks.destinations.pipeline_load import Load
from tests.faults.small_worlds import SMALL_WORLDS, Editor, with_tables
from tests.support.postgres.postgres_server import fresh_database, running_postgres
from tests.support.vendors.oracle import differences, inventory
from tests.support.warehouse.dlt_destinations import FEW_TABLES, PLACES

SETTINGS = {"sweep_every": "0", "max_delete_share": "0.9"}
DLT = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "DATA_WRITER__DISABLE_COMPRESSION": "true",
    "SCHEMA__NAMING": "snake_case",
}


@dataclass
class Trial:
    """A vendor's sandbox, a destination, and runs of a pipeline between them.

    Attributes:
        steps: what was done, with the differences after it.
        wrong: the first differences of each step that has some.
    """

    load: Load
    sandbox: Any
    editor: Editor
    random: random.Random
    steps: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _longest: float = 0.0

    def step(self, name: str) -> int:
        """A complete run; the number of rows that it wrote."""
        started = time.monotonic()
        rows = self.load.run()
        self._longest = time.monotonic() - started
        differences = self._differences()
        self.steps.append(f"{name} {len(differences)}")
        print(f"  {name}: {sum(rows.values())} rows, {len(differences)} differences", flush=True)
        self.wrong += [f"{name}: {difference}" for difference in differences[:3]]
        return sum(rows.values())

    def _differences(self) -> list[Any]:
        snapshot = self.load.destination().snapshot()
        return differences(snapshot, self.load.vendor, self.sandbox.truth(), self.load.tables)

    def edit(self, count: int) -> None:
        """Mixed edits, after which the overlap before the cursor passes."""
        self.editor.edit(count)
        self.editor.swept()
        self.sandbox.clock.advance(hours=3)

    def delete(self) -> None:
        """Delete up to three rows of every table that can lose some."""
        for table in self.editor.small_world.deleted:
            for _ in range(3):
                self.editor.swept()
                self.editor.delete(table)
        self.sandbox.clock.advance(hours=3)

    def restore(self) -> None:
        """Restore every row that is gone."""
        for table, ids in self.editor.gone.items():
            while ids:
                self.editor.restore(table)
        self.sandbox.clock.advance(hours=3)

    def kill(self, kills: int) -> None:
        """Runs that are killed at random moments, each followed by edits and a complete run."""
        done = count = 0
        for _ in range(kills * 4):
            if done == kills:
                break
            self.edit(6)
            if not self.load.run_and_kill(self.random.uniform(0.05, self._longest)):
                continue
            done += 1
            self.edit(2)
            self.step("kill")
            count += int(self.steps.pop().split()[-1])
        self.steps.append(f"{done} kills {count}")
        if done < kills:
            self.wrong.append(f"only {done} of {kills} runs were killed")


@contextmanager
def opened(given: argparse.Namespace, vendor: str, place: str, server: str) -> Iterator[Trial]:
    """A trial with a fresh sandbox and a fresh destination."""
    world = SMALL_WORLDS[vendor]
    chosen = {"few": FEW_TABLES[vendor], "usual": world.tables, "all": tuple(inventory(vendor))}
    world = with_tables(world, chosen[given.tables])
    sandbox = SANDBOXES[vendor](size=world.size, seed=given.seed, edge_cases=True)
    sandbox.limits = ()
    if hasattr(sandbox, "enforce_limits"):
        sandbox.enforce_limits = False
    with tempfile.TemporaryDirectory() as folder, serve(sandbox) as urls:
        own = {f"SOURCES__{vendor.upper()}__{name.upper()}": value for name, value in SETTINGS.items()}
        variables = {**environment([sandbox], urls), **own, **DLT}
        variables |= {"HOME": folder, "FIELDHOUSE_PACE_DIR": folder}
        made = Editor(sandbox, given.seed, world), random.Random(f"{given.seed} {vendor} {place}")
        if place != "postgres":
            yield Trial(Load(vendor, place, world.tables, Path(folder), "", variables), sandbox, *made)
            return
        with fresh_database(server, f"desk_{vendor}_{given.seed}") as url:
            yield Trial(Load(vendor, place, world.tables, Path(folder), url, variables), sandbox, *made)


def run(given: argparse.Namespace, vendor: str, place: str, server: str) -> bool:
    """One vendor and one destination; prints what happened. True if nothing is wrong."""
    started = time.monotonic()
    with opened(given, vendor, place, server) as trial:
        try:
            trial.step("first load")
            trial.edit(given.edits)
            trial.step(f"{given.edits} edits")
            trial.delete()
            trial.step("deletes")
            trial.restore()
            trial.step("restores")
            rows = trial.step("repeat")
            trial.steps.append(f"rows of the repeat {rows}")
            if rows:
                trial.wrong.append(f"the repeat wrote {rows} rows")
            trial.kill(given.kills)
        except Exception:  # noqa: BLE001 - the other pairs are still tried
            trial.wrong.append(traceback.format_exc())
    verdict = "ok" if not trial.wrong else "WRONG"
    seconds = time.monotonic() - started
    print(f"{vendor} {place}: {verdict}; {', '.join(trial.steps)}; {seconds:.0f} s", flush=True)
    for line in trial.wrong:
        print(f"    {line}", flush=True)
    return not trial.wrong


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vendors", nargs="+", choices=list(SANDBOXES), default=list(SANDBOXES))
    parser.add_argument(
        "--destinations", nargs="+", choices=list(PLACES), default=["duckdb", "postgres", "ducklake"]
    )
    parser.add_argument("--edits", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--tables", choices=["few", "usual", "all"], default="usual", help="usual: those of the fault matrix"
    )
    given = parser.parse_args()
    with running_postgres() as server:
        results = [
            run(given, vendor, place, server) for place in given.destinations for vendor in given.vendors
        ]
    return int(not all(results))


if __name__ == "__main__":
    sys.exit(main())
