"""Groups C16 and C17: rows come, go and change while pages are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from fieldhouse.sources.sandbox.sandbox import Answer, Call
from tests.faults.case import Case
from tests.faults.expectations import marked, nothing_lost
from tests.faults.fault_bench import FaultBench, describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.http_faults import asking_for
from tests.faults.small_worlds import PAGED, SMALL_WORLDS, ids_of


def cases(seed: int) -> Iterator[Case]:
    yield from _drift(seed)
    yield from _twice(seed)


def _drift(seed: int) -> Iterator[Case]:
    for vendor in known(PAGED):
        for kind in ("insert", "delete", "update", "mixed"):
            for k in (1, 3, 10):
                for first in (True, False):
                    name = f"{vendor}-{kind}-{k}-{'first' if first else 'later'}"
                    yield Case("C16", name, partial(_rows_move, vendor, seed, kind, k, first))


def _rows_move(vendor: str, seed: int, kind: str, k: int, first: bool, benches: FaultBenches) -> None:
    """``k`` rows come, go or change before each of some pages is read.

    No row that is there may be marked deleted; a sync while the vendor stands still makes all equal.
    """
    with benches.bench(vendor, seed=seed, first=first) as bench:
        if not first:
            bench.edit(6)
        deleted = {} if first else marked(bench)
        matches = asking_for(vendor, bench.small_world.main)
        moved = [0]

        def meddle(call: Call, honest: Answer) -> Answer | None:
            if matches(call):
                moved[0] += 1
                if moved[0] in (2, 3, 5, 7, 11):
                    for _ in range(k):
                        _move(bench, kind)
            return None

        report = bench.sync(meddle, sweep=True)
        # 3 where rows moved during each of three scans: the table is not called complete
        assert report.exit_code in (0, 3, 4), describe_report(report)
        nothing_lost(bench, deleted)
        bench.sandbox.clock.advance(minutes=25)
        bench.settings["max_delete_share"] = "0.9"
        bench.healed(sweep=False)
        bench.healed()


def _move(bench: FaultBench, kind: str) -> None:
    main = bench.small_world.main
    bench.sandbox.clock.advance(seconds=1)
    acts: dict[str, Callable[[], None]] = {
        "insert": lambda: bench.editor.create(main),
        "delete": lambda: _delete_any(bench, main),
        "update": lambda: bench.editor.change(main),
    }
    acts[kind if kind != "mixed" else bench.editor.random.choice(list(acts))]()


def _delete_any(bench: FaultBench, table: str) -> None:
    ids = ids_of(bench.sandbox, table)
    if len(ids) > 6:
        bench.editor.take(table, bench.editor.random.choice(ids))


def _twice(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        for sweep in (True, False):
            name = f"{vendor}-{'sweep' if sweep else 'plain'}"
            yield Case("C17", f"{name}-row-changes-all-the-time", partial(_restless_row, vendor, seed, sweep))
            yield Case("C17", f"{name}-change-after-its-page", partial(_just_missed, vendor, seed, sweep))


def _restless_row(vendor: str, seed: int, sweep: bool, benches: FaultBenches) -> None:
    """One row changes before every request: its newest version wins, once."""
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(4)
        row_id = bench.editor.ids(bench.small_world.main)[1]

        def restless(call: Call, honest: Answer) -> Answer | None:
            bench.sandbox.clock.advance(seconds=1)
            bench.sandbox.change(bench.small_world.main, row_id)
            return None

        assert bench.sync(restless, sweep=sweep).exit_code == 0
        bench.sandbox.clock.advance(minutes=1)
        bench.healed(sweep=False)
        bench.healed()


def _just_missed(vendor: str, seed: int, sweep: bool, benches: FaultBenches) -> None:
    """Rows change right after their page was read, others stamped later come after: the next plain sync has both."""
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(4, deletes=False)
        matches = asking_for(vendor, bench.small_world.main)

        def missed(call: Call, honest: Answer) -> Answer | None:
            if matches(call):
                for row_id in bench.editor.ids(bench.small_world.main)[:3]:
                    bench.sandbox.change(bench.small_world.main, row_id)
                bench.sandbox.clock.advance(seconds=2)
                bench.editor.create(bench.small_world.main)
            return None

        assert bench.sync(missed, sweep=sweep).exit_code == 0
        bench.sandbox.clock.advance(minutes=1)
        bench.healed(sweep=False)
        bench.healed()
