"""Group C20: deletes, restores and the guard against mass deletes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from tests.faults.case import Case
from tests.faults.expectations import marked
from tests.faults.fault_bench import FaultBench, describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.small_worlds import SMALL_WORLDS, SmallWorld


def cases(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        for name, run in _DELETES.items():
            yield Case("C20", f"{vendor}-{name}", partial(run, vendor, seed))


def _one_deleted(vendor: str, seed: int, benches: FaultBenches) -> None:
    with benches.bench(vendor, seed=seed) as bench:
        for table in bench.small_world.deleted:
            bench.editor.delete(table)
        bench.healed()
        for table, gone in bench.editor.gone.items():
            for _ in range(len(gone)):
                bench.editor.restore(table)
        bench.healed()


def _larger(vendor: str) -> SmallWorld:
    """The same world with enough rows for a tenth of them to be several."""
    return replace(SMALL_WORLDS[vendor], size=SMALL_WORLDS[vendor].size * 3)


def _a_tenth(vendor: str, seed: int, benches: FaultBenches) -> None:
    """10 % deleted, 5 % brought back, three child lists emptied: one sweep, equal."""
    with benches.bench(vendor, seed=seed, small_world=_larger(vendor)) as bench:
        bench.sandbox.clock.advance(minutes=30)
        for table in bench.small_world.deleted:
            ids = bench.editor.ids(table)
            for row_id in ids[3 :: max(10, 1)][: len(ids) // 10]:
                bench.editor.take(table, row_id)
        _empty_lists(bench, 3)
        bench.healed()
        bench.sandbox.clock.advance(minutes=30)
        for table, gone in bench.editor.gone.items():
            for _ in range((len(gone) + 1) // 2):
                bench.editor.restore(table)
        bench.healed()


_LISTS = {
    "bossdesk": ("tickets", "comments"),
    "servicebridge": ("work_orders", "WorkOrderLines"),
    "servicesidekick": ("jobs", "notes"),
    "notific": ("customers", "Services"),
    "shiftboard": ("shifts", "breaks"),
}


def _empty_lists(bench: FaultBench, count: int) -> None:
    table, name = _LISTS[bench.sandbox.name]
    full = [row for row in bench.sandbox.truth()[table] if row.get(name)]
    assert len(full) >= count, f"only {len(full)} rows of {table} have {name}"
    for row in full[:count]:
        row_id = next(row[key] for key in ("id", "Id") if key in row)
        bench.sandbox.change(table, row_id, **{name: []})


def _hidden(vendor: str, seed: int, benches: FaultBenches) -> None:
    """90 % of a table are hidden by a withdrawn right: nothing is deleted, and the report says what to do."""
    with benches.bench(vendor, seed=seed, small_world=_larger(vendor)) as bench:
        table = bench.small_world.main
        rows = bench.editor.ids(table)
        before = bench.untouched()[table]
        for row_id in rows[: len(rows) * 9 // 10]:
            bench.editor.take(table, row_id)
        report = bench.sync(sweep=True)
        assert report.exit_code in (2, 4), describe_report(report)
        outcome = next(o for o in report.outcomes if o.table == table)
        assert outcome.error is not None
        assert "max_delete_share" in str(outcome.error)
        assert outcome.error.do, "there is no next step"  # type: ignore[union-attr]
        assert bench.untouched()[table] == before
        for _ in range(len(bench.editor.gone[table])):
            bench.editor.restore(table)
        bench.healed()


def _all_deleted(vendor: str, seed: int, benches: FaultBenches) -> None:
    """All rows of a table are really deleted: refused, then done once the share is raised, and taken back."""
    with benches.bench(vendor, seed=seed) as bench:
        table = bench.small_world.deleted[-1]
        for row_id in bench.editor.ids(table):
            bench.editor.take(table, row_id)
        report = bench.sync(sweep=True)
        assert report.exit_code == 4, describe_report(report)
        assert not marked(bench)[table]
        bench.settings["max_delete_share"] = "1"
        bench.healed()
        bench.sandbox.clock.advance(minutes=30)
        for _ in range(len(bench.editor.gone[table])):
            bench.editor.restore(table)
        bench.healed()


def _hard(vendor: str, seed: int, benches: FaultBenches) -> None:
    with benches.bench(vendor, seed=seed, deletes="hard") as bench:
        for table in bench.small_world.deleted:
            bench.editor.delete(table)
        bench.healed()
        assert not any(marked(bench).values())


def _ignored(vendor: str, seed: int, benches: FaultBenches) -> None:
    with benches.bench(vendor, seed=seed, deletes="ignore") as bench:
        before = marked(bench)
        bench.edit(6, deletes=False)
        for table in bench.small_world.deleted:
            bench.editor.delete(table)
        bench.healed(judge_extra=False)
        after = marked(bench)
        assert {table: after[table] for table in bench.small_world.tables} == {
            table: before[table] for table in bench.small_world.tables
        }


def _comes_and_goes(vendor: str, seed: int, benches: FaultBenches) -> None:
    """A row is deleted, brought back, and deleted again, with a sweep each time."""
    with benches.bench(vendor, seed=seed) as bench:
        table = (
            bench.small_world.main
            if bench.small_world.main in bench.small_world.deleted
            else bench.small_world.deleted[0]
        )
        bench.editor.take(table, bench.editor.ids(table)[2])
        for _ in range(3):
            bench.healed()
            bench.sandbox.clock.advance(minutes=20)
            row_id = bench.editor.gone[table][0]
            bench.editor.restore(table)
            bench.healed()
            bench.sandbox.clock.advance(minutes=20)
            bench.editor.take(table, row_id)
        bench.healed()


_DELETES: dict[str, Callable[[str, int, FaultBenches], None]] = {
    "one-each": _one_deleted,
    "a-tenth": _a_tenth,
    "ninety-hidden": _hidden,
    "all": _all_deleted,
    "hard": _hard,
    "ignored": _ignored,
    "comes-and-goes": _comes_and_goes,
}
