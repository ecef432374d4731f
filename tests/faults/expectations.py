"""Expectations that several groups share: a sync recovers or stops, and marks no row deleted that the vendor has."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tests.faults.fault_bench import FaultBench, describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.http_faults import FOR_EVER, Change, FaultyAnswers
from tests.support.vendors.facts import VENDOR_FACTS

PLACES = {"first": 1, "middle": 6, "last": 12}
"""Requests of a later sync with a sweep; Notific has four, one for each table."""
TWO = ("bossdesk", "servicebridge")


def heals_in_the_run(
    vendor: str, seed: int, change: Change, at: int, times: int, benches: FaultBenches
) -> None:
    """The sync itself gets over it."""
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(8)
        wrong = FaultyAnswers(change, at, times)
        report = bench.sync(wrong, sweep=True)
        assert wrong.changed == times, "the fault was not reached"
        assert report.exit_code == 0, describe_report(report)
        bench.judge()
        bench.healed()


def stops(
    vendor: str, seed: int, change: Change, at: int, codes: tuple[int, ...], benches: FaultBenches
) -> None:
    """From a request on it never works again: the sync ends, says so, and the next one makes all equal."""
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(8)
        deleted = marked(bench)
        wrong = FaultyAnswers(change, at, FOR_EVER)
        report = bench.sync(wrong, sweep=True)
        assert wrong.changed, "the fault was not reached"
        assert report.exit_code in codes, describe_report(report)
        assert wrong.changed < 400, f"{wrong.changed} requests in vain"
        nothing_lost(bench, deleted)
        bench.healed()


def marked(bench: FaultBench) -> dict[str, set[str]]:
    """The rows marked deleted, by table; histories mark none."""
    return {
        table: {repr(_key(row)) for row in rows if row.get("_deleted_at") is not None}
        for table, rows in bench.snapshot().rows.items()
    }


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in ("id", "full_domain", "_parent_id", "_root_id", "_list_index"))


def nothing_lost(
    bench: FaultBench, before: dict[str, set[str]], absent: Collection[tuple[str, str]] = ()
) -> None:
    """No row was marked deleted that the vendor still has; those that it flags as deleted it has no more.

    Args:
        before: the rows that were marked deleted before the sync.
        absent: tables and ids of rows that the vendor did not have at some time of the sync.
    """
    stored = bench.snapshot()
    for table in bench.small_world.tables:
        alive, flag = bench.keys(table), VENDOR_FACTS[bench.sandbox.name].flags.get(table, "")
        for row in stored.rows.get(table, []):
            if row.get(flag) or row["_deleted_at"] is None or repr(_key(row)) in before.get(table, set()):
                continue
            key = tuple(str(row[name]) for name in ("id", "full_domain") if name in row)
            if {(table, part) for part in key}.intersection(absent):
                continue
            assert key not in alive, f"{table} {key} is marked deleted, and the vendor has it"
