"""Two processes write a lake while a third reads it, some of them killed: nothing half visible, and equal in the end.

    .venv-lake/bin/python -m tests.benchmarks.lake [--minutes 10] [--kills 0] [--size 0.2]

The catalogue is in Postgres. A loop per vendor edits and syncs; with ``--kills`` that many syncs, of both together,
are killed after up to six seconds. The reader looks for child rows of another version than their parent, over and over.
Exit code 1 if it saw any, or if a vendor differs from the lake after a last sync.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.sandbox import Sandbox
from fieldhouse.sources.sandbox.server import environment, serve
from fieldhouse.warehouse.errors import WarehouseError
from tests.support.postgres.postgres_server import fresh_database, running_postgres
from tests.support.vendors.oracle import differences
from tests.support.warehouse.half_visible import half_visible
from tests.support.warehouse.warehouse_snapshot import read_snapshot

VENDORS = ("servicesidekick", "bossdesk")
TABLES = {"servicesidekick": "customers,jobs,tasks", "bossdesk": "tickets,users,tags"}


class Writer:
    """One vendor that people work at, and its syncs."""

    def __init__(self, box: Sandbox, variables: dict[str, str], kills: int, seed: int) -> None:
        self.box, self.kills, self.random = box, kills, random.Random(seed)
        self.variables, self.exits = variables, Counter[str]()

    def run(self, until: float) -> None:
        """Edit and sync until then, or until as many syncs as wanted were killed."""
        while time.monotonic() < until or self.exits["killed"] < self.kills:
            self.box.clock.advance(minutes=20)
            self.box.edit(10)
            wait = self.random.uniform(0.5, 6.0) if self.exits["killed"] < self.kills else None
            self.exits[self.sync(wait)] += 1

    def sync(self, killed_after: float | None = None) -> str:
        """How one sync ended."""
        command = [sys.executable, "-m", "fieldhouse.pipelines.cli", "sync", self.box.name, "--sweep"]
        command += ["--tables", TABLES[self.box.name]]
        process = subprocess.Popen(
            command, env=self.variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            return f"exit {process.wait(killed_after)}"
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return "killed"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--size", type=float, default=0.2)
    given = parser.parse_args()
    boxes = [SANDBOXES[vendor](size=given.size, edge_cases=True) for vendor in VENDORS]
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(*boxes) as urls,
        running_postgres() as server,
        fresh_database(server, "lake") as catalogue,
    ):
        url = f"ducklake:{catalogue}?data={folder}/data"
        variables = {**os.environ, **environment(boxes, urls), "HOME": folder, "WAREHOUSE__URL": url}
        variables |= {"FIELDHOUSE_PACE_DIR": folder, "PYTHONPATH": f"{Path.cwd()}/src"}
        variables |= {f"SOURCES__{vendor.upper()}__MAX_DELETE_SHARE": "0.9" for vendor in VENDORS}
        shares = given.kills // 2, given.kills - given.kills // 2
        writers = [Writer(box, variables, kills, kills) for box, kills in zip(boxes, shares, strict=True)]
        for writer in writers:
            print(f"{writer.box.name}: first sync {writer.sync()}", flush=True)
        until, looks, seen = time.monotonic() + given.minutes * 60, Counter[str](), 0
        threads = [threading.Thread(target=writer.run, args=(until,)) for writer in writers]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            for vendor in VENDORS:
                try:
                    rows = half_visible(url, vendor)
                except WarehouseError as error:
                    looks[f"not read: {type(error).__name__}"] += 1
                else:
                    looks["read"] += 1
                    seen += len(rows)
        differing = 0
        for writer in writers:
            last = writer.sync()
            tables = TABLES[writer.box.name].split(",")
            results = differences(
                read_snapshot(url, writer.box.name), writer.box.name, writer.box.truth(), tables
            )
            differing += len(results)
            print(f"{writer.box.name}: {dict(writer.exits)}, last sync {last}, {len(results)} differences")
        print(f"reader: {dict(looks)} looks, {seen} rows half visible")
    return int(bool(seen or differing))


if __name__ == "__main__":
    sys.exit(main())
