"""Group C19: rows that appear late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from tests.faults.case import Case
from tests.faults.fault_bench import FaultBench
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.small_worlds import CURSOR_TABLES


def cases(seed: int) -> Iterator[Case]:
    for vendor in known(CURSOR_TABLES):
        for seconds in (1, 60, 300, 840, 4000):
            yield Case("C19", f"{vendor}-{seconds}-s", partial(_late_row, vendor, seed, seconds))
    for vendor in known(("bossdesk", "servicebridge")):
        for minutes in (2, 5, 13):
            yield Case(
                "C19", f"{vendor}-known-row-{minutes}-min", partial(_late_change, vendor, seed, minutes)
            )


def _late_row(vendor: str, seed: int, seconds: int, benches: FaultBenches) -> None:
    """A row appears with a time in the past: within the overlap any sync has it, beyond it the next sweep."""
    with benches.bench(vendor, seed=seed) as bench:
        table = CURSOR_TABLES[vendor]
        bench.edit(3, deletes=False)
        bench.editor.change(table)
        bench.healed(sweep=False)
        past = bench.sandbox.clock.now() - timedelta(seconds=seconds)
        row = bench.sandbox.create(table)
        _stamp(bench, vendor, table, row, past)
        if seconds < 900:
            bench.healed(sweep=False)
        bench.healed()


def _late_change(vendor: str, seed: int, minutes: int, benches: FaultBenches) -> None:
    """A row that was read changes just before the cursor, and the change is seen only ``minutes`` later."""
    with benches.bench(vendor, seed=seed) as bench:
        table = bench.small_world.main
        late, other = bench.editor.ids(table)[:2]
        bench.sandbox.clock.advance(hours=1)
        bench.sandbox.change(table, late)
        bench.healed(sweep=False)
        bench.sandbox.clock.advance(minutes=13, seconds=50)
        bench.sandbox.change(table, other)
        cursor = bench.sandbox.clock.now()
        bench.sandbox.clock.advance(minutes=minutes)
        bench.healed(sweep=False)
        bench.sandbox.clock.advance(seconds=30)
        row = bench.sandbox.change(table, late)
        _stamp(bench, vendor, table, row, cursor - timedelta(seconds=1))
        bench.healed(sweep=False)
        bench.healed()


def _stamp(bench: FaultBench, vendor: str, table: str, row: dict[str, Any], moment: datetime) -> None:
    if vendor == "bossdesk":
        bench.sandbox.change(table, row["id"], updated_at=f"{moment:%Y-%m-%dT%H:%M:%S.000Z}")
        return
    rows = bench.sandbox.tables[table]
    rows.by_id[row["Id"]]["Metadata"]["UpdatedOn"] = f"{moment:%Y-%m-%dT%H:%M:%S}"
    rows.changed()
