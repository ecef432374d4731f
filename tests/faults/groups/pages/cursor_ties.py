"""Group C18: many rows with one cursor value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from tests.faults.case import Case
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.injection_points import Crash, InjectionPoint
from tests.faults.small_worlds import CURSOR_TABLES, SMALL_WORLDS, SmallWorld


def cases(seed: int) -> Iterator[Case]:
    for vendor in known(CURSOR_TABLES):
        for first in (True, False):
            phase = "first" if first else "later"
            yield Case(
                "C18", f"{vendor}-{phase}-1000-rows-34-pages", partial(_ties_restarted, vendor, seed, first)
            )
        for count in (29, 30, 31, 59, 60, 61):
            yield Case("C18", f"{vendor}-{count}-rows", partial(_ties_at_a_border, vendor, seed, count))


def _tied(vendor: str) -> SmallWorld:
    table = CURSOR_TABLES[vendor]
    return replace(
        SMALL_WORLDS[vendor], page=30, tables=(table,), edited=(table,), deleted=(table,), main=table
    )


def _ties_restarted(vendor: str, seed: int, first: bool, benches: FaultBenches) -> None:
    """1,000 rows of one cursor value over 34 pages, and the run ends at each page: equal, with a small state."""
    with benches.bench(vendor, seed=seed, first=first, small_world=_tied(vendor)) as bench:
        bench.sandbox.clock.advance(minutes=30)
        table = bench.small_world.main
        while len(bench.editor.ids(table)) < 1000:
            for _ in range(1000 - len(bench.editor.ids(table))):
                bench.sandbox.create(table)
        matches = {"bossdesk": "/groups$", "servicebridge": "/Leads$"}[vendor]
        for page in range(1, 35):
            try:
                bench.sync(
                    points=[InjectionPoint("request", page, "after", matches, "crash")], slice_bytes=4000
                )
            except Crash:
                continue
            assert page > 30, f"it ended at page {page}"
        bench.healed(sweep=False)
        assert len(bench.keys(table)) == 1000
        bench.healed()


def _ties_at_a_border(vendor: str, seed: int, count: int, benches: FaultBenches) -> None:
    """As many rows with one cursor value as fill whole pages, one less, one more; then one more with the same value."""
    with benches.bench(vendor, seed=seed, small_world=_tied(vendor)) as bench:
        bench.sandbox.clock.advance(minutes=30)
        for _ in range(count):
            bench.sandbox.create(bench.small_world.main)
        bench.healed(sweep=False)
        bench.sandbox.create(bench.small_world.main)
        bench.healed(sweep=False)
        bench.healed()
