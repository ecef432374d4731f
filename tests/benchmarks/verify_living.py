"""Does ``verify`` right after a sync stay green while people work, and does it find what is really wrong?

    python -m tests.benchmarks.verify_living [--trials 20] [--changes 12] [--planted 50] [--vendors bossdesk …]

Each trial serves a vendor's sandbox over HTTP, edits rows at random moments, runs ``fieldhouse sync`` and
``fieldhouse verify``, alters or deletes rows in the warehouse by hand that nobody edited, and verifies again, with the
edits still unsynced. It prints the exit codes and the differences of each trial, and fails if one is wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.sandbox import RealClock, Sandbox
from fieldhouse.sources.sandbox.server import environment, serve
from tests.support.cli_runner import CommandRunner
from tests.support.sync_harness import open_harness
from tests.support.warehouse.planted_differences import plant

SIZES = {"notific": 5, "servicesidekick": 4}
"""Vendors with few rows get a larger sandbox, so that enough differences can be planted."""


@contextmanager
def people(sandbox: Sandbox, per_minute: float, seed: int) -> Iterator[threading.Event]:
    """Edit rows at random moments until the block ends; while the event that it gives is set, nobody works."""
    dice, pause, ended = random.Random(seed), threading.Event(), threading.Event()

    def work() -> None:
        while not ended.wait(dice.expovariate(per_minute / 60)):
            if not pause.is_set():
                sandbox.edit(1)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield pause
    finally:
        ended.set()
        thread.join()


def trial(vendor: str, seed: int, changes: float, planted: int, size: float) -> tuple[bool, str]:
    """One trial: True if all is as it must be, and what was seen."""
    sandbox = SANDBOXES[vendor](size=size, seed=seed, clock=RealClock(), edge_cases=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(sandbox) as urls,
        open_harness(sandbox, f"duckdb:///{folder}/warehouse.duckdb", Path(folder)) as harness,
        people(sandbox, changes, seed) as pause,
    ):
        runner = CommandRunner(Path(folder), environment([sandbox], urls))
        started_at = sandbox.clock.now()
        synced = runner.run("sync", vendor)
        verified = runner.run("verify", vendor, "--json")
        first = verified.json["vendors"][vendor]
        pause.set()
        expected = plant(harness, planted, share=0.5, since=started_at)
        again = runner.run("verify", vendor, "--json")
        second = again.json["vendors"][vendor]
    total = sum(sum(counts.values()) for counts in expected.values())
    ok = (
        (synced.code, verified.code, again.code) == (0, 0, 4)
        and total == planted
        and second["differences"] == total
    )
    wrong = {
        name: {
            kind: (table[kind], table["examples"][kind])
            for kind in ("missing", "extra", "stale")
            if table[kind]
        }
        for name, table in first["tables"].items()
        if any(table[kind] for kind in ("missing", "extra", "stale"))
    }
    line = (
        f"sync {synced.code}, verify {verified.code} ({first['differences']} differences,"
        f" {first['changed_since_sync']} changed since), planted {total}: verify {again.code},"
        f" {second['differences']} found, {second['changed_since_sync']} changed since"
    )
    if not ok:
        results = {
            name: {kind: table[kind] for kind in ("missing", "extra", "stale") if table[kind]}
            for name, table in second["tables"].items()
        }
        results = {name: counts for name, counts in results.items() if counts}
        line += (
            f"; WRONG {wrong}; planted {expected}; found {results}; {verified.err[-500:]}{synced.err[-500:]}"
        )
    return ok, line


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--changes", type=float, default=12.0, help="edits per minute")
    parser.add_argument("--planted", type=int, default=50)
    parser.add_argument("--size", type=float, default=0.1, help="1 is about 400 tickets")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vendors", nargs="+", choices=list(SANDBOXES), default=list(SANDBOXES))
    given = parser.parse_args()
    right = dict.fromkeys(given.vendors, 0)
    for number in range(given.seed, given.seed + given.trials):
        for vendor in given.vendors:
            started = time.monotonic()
            ok, line = trial(vendor, number, given.changes, given.planted, given.size * SIZES.get(vendor, 1))
            right[vendor] += ok
            print(f"{vendor} {number}: {line}; {time.monotonic() - started:.0f} s", flush=True)
    for vendor, good in right.items():
        print(f"{vendor}: {good} of {given.trials} trials right", flush=True)
    return int(min(right.values()) < given.trials)


if __name__ == "__main__":
    sys.exit(main())
