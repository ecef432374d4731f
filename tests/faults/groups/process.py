"""Group A: what happens to the process, its files and its database."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from fieldhouse.sources import VENDORS
from tests.faults.case import Case
from tests.faults.fault_bench import FaultBench
from tests.faults.fault_benches import FaultBenches
from tests.faults.injection_points import InjectionPoint
from tests.faults.process_pool import KILLED
from tests.faults.small_worlds import SMALL_WORLDS, number, spread
from tests.faults.warehouses import warehouse_of

WITH_WORKING_FOLDER = ("duckdb", "postgres")
"""Warehouses that dlt loads, from files in a working folder."""


def cases(seed: int) -> Iterator[Case]:
    yield from _every_answer(seed)
    yield from _stages(seed)
    yield from _random_moments(seed)
    yield from _in_a_row(seed)
    yield from _statements(seed)
    yield from _files(seed)


def killed(
    benches: FaultBenches,
    vendor: str,
    dialect: str,
    seed: int,
    first: bool,
    points: Sequence[InjectionPoint],
    *,
    sweep: bool = True,
    wipe: bool = False,
    slice_bytes: int = 0,
    field: bool = False,
) -> None:
    """A sync is killed by each of ``points`` in turn; then one sync makes everything equal."""
    with benches.bench(vendor, dialect, seed, first=first, sockets=True) as bench:
        for point in _reached(points, bench):
            if not first or point is not points[0]:
                bench.edit(6, deletes=sweep)
            if field:
                bench.sandbox.add_field(bench.small_world.main, "brand_new", "ü")
            ending = bench.broken(point, options={"sweep": sweep}, slice_bytes=slice_bytes)
            assert ending.code == KILLED, f"{point} was not reached: {ending}"
            if wipe:
                bench.wipe()
        bench.healed(sweep=sweep)


def _reached(points: Sequence[InjectionPoint], bench: FaultBench) -> list[InjectionPoint]:
    """The points without those in the load's working folder, which a warehouse that dlt does not load has not."""
    return [point for point in points if point.kind != "file" or bench.warehouse.lands_with_dlt]


def _every_answer(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        counts = SMALL_WORLDS[vendor].requests
        for first in (True, False):
            for n in spread(counts[0 if first else 1], 20):
                when = ("before", "sent", "after")[n % 3]
                yield Case(
                    "A1",
                    f"{vendor}-{_phase(first)}-{when}-{n}",
                    partial(
                        killed,
                        vendor=vendor,
                        dialect="duckdb",
                        seed=seed,
                        first=first,
                        points=[InjectionPoint("request", n, when)],
                        sweep=first or n % 4 != 0 or n > 8,
                    ),
                )


STEPS: dict[str, InjectionPoint] = {
    "before landing": InjectionPoint("step", 1, "before", "landing"),
    "landed": InjectionPoint("step", 1, "after", "landing"),
    "before the first table": InjectionPoint("step", 1, "before", "apply"),
    "in the first table": InjectionPoint("sql", 1, "after", "INSERT"),
    "before the first commit": InjectionPoint("sql", 1, "before", "^COMMIT"),
    "after the first commit": InjectionPoint("sql", 1, "after", "^COMMIT"),
    "between tables": InjectionPoint("step", 2, "before", "apply"),
    "before the last table": InjectionPoint("step", 4, "before", "apply"),
    "before the second commit": InjectionPoint("sql", 2, "before", "^COMMIT"),
    "before the landing is dropped": InjectionPoint("sql", 1, "before", "^DROP SCHEMA"),
    "after the landing is dropped": InjectionPoint("sql", 1, "after", "^DROP SCHEMA"),
    "before the books": InjectionPoint("step", 1, "before", "record"),
    "in the books": InjectionPoint("sql", 1, "before", "_syncs"),
    "after the books": InjectionPoint("step", 1, "after", "record"),
}


def _stages(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        for dialect in _dialects(vendor):
            for first in (True, False):
                for place, (stage, point) in enumerate(STEPS.items()):
                    lost = (place + first) % 3 == 0
                    yield Case(
                        "A3" if lost else "A2",
                        f"{vendor}-{dialect}-{_phase(first)}-{stage.replace(' ', '-')}",
                        partial(
                            killed,
                            vendor=vendor,
                            dialect=dialect,
                            seed=seed,
                            first=first,
                            points=[point],
                            wipe=lost,
                            sweep=place % 2 == 0,
                        ),
                    )


def _random_moments(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        for first in (True, False):
            for trial in range(10):
                yield Case(
                    "A9",
                    f"{vendor}-{_phase(first)}-{trial}",
                    partial(at_a_random_moment, vendor=vendor, seed=seed, first=first, trial=trial),
                )


def at_a_random_moment(benches: FaultBenches, vendor: str, seed: int, first: bool, trial: int) -> None:
    """Killed from outside, some time between its first breath and its end."""
    with benches.bench(vendor, seed=seed, first=first, sockets=True) as bench:
        if not first:
            bench.edit(8)
        longest = warehouse_of(bench.url).longest[not first]
        delay = random.Random(number(seed, vendor, first, trial)).uniform(0.02, longest)
        running = bench.started(options={"sweep": True})
        time.sleep(delay)
        running.kill()
        ending = running.ended()
        assert ending.code in (KILLED, 0), ending
        bench.edit(3)
        bench.healed()


def _in_a_row(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        counts = SMALL_WORLDS[vendor].requests
        for first in (True, False):
            dice = random.Random(number(seed, vendor, first))
            several = [
                InjectionPoint("request", dice.randint(1, min(counts)), dice.choice(("before", "after"))),
                InjectionPoint("sql", dice.randint(1, 40), "before"),
                dice.choice(list(STEPS.values())),
                InjectionPoint("file", dice.randint(1, 80)),
            ]
            yield Case(
                "A10",
                f"{vendor}-{_phase(first)}-four-kills",
                partial(killed, vendor=vendor, dialect="duckdb", seed=seed, first=first, points=several),
            )
        for n in (1, 2, 3, 5):
            yield Case(
                "A10",
                f"{vendor}-slices-commit-{n}",
                partial(
                    killed,
                    vendor=vendor,
                    dialect="duckdb",
                    seed=seed,
                    first=True,
                    points=[
                        InjectionPoint("sql", n, "after", "^COMMIT"),
                        InjectionPoint("step", 1, "after", "landing"),
                    ],
                    slice_bytes=1500,
                ),
            )


def _statements(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        for dialect in _dialects(vendor):
            points_per_case = 7 if dialect == "duckdb" else 4
            points = [
                (n, first)
                for first in (True, False)
                for n in spread(SMALL_WORLDS[vendor].statements[not first], points_per_case, 2)
            ]
            for n, first in points:
                yield Case(
                    "A11",
                    f"{vendor}-{dialect}-{_phase(first)}-{n}",
                    partial(
                        killed,
                        vendor=vendor,
                        dialect=dialect,
                        seed=seed,
                        first=first,
                        points=[InjectionPoint("sql", n, "before" if n % 3 else "after")],
                    ),
                )


def _files(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        for n in spread(110, 8):
            yield Case(
                "A12",
                f"{vendor}-{n}",
                partial(
                    killed,
                    vendor=vendor,
                    dialect="postgres" if n % 4 == 0 else "duckdb",
                    seed=seed,
                    first=False,
                    points=[InjectionPoint("file", n)],
                    wipe=n % 2 == 0,
                ),
                WITH_WORKING_FOLDER,
            )


def known(names: Iterable[str]) -> list[str]:
    """Those of the vendors that can be synced."""
    return [name for name in names if name in VENDORS]


def _dialects(vendor: str) -> tuple[str, ...]:
    return ("duckdb", "postgres") if vendor in ("bossdesk", "notific") else ("duckdb",)


def _phase(first: bool) -> str:
    return "first" if first else "later"
