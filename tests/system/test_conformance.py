"""One suite over all vendors: whatever changes there, a sync makes the warehouse equal, and writes nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldhouse.pipelines.inspect.schema_diff import differences as schema_differences
from fieldhouse.pipelines.sync.report import Report
from fieldhouse.sources import VENDORS
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.runs.long_runs import in_long_runs
from tests.support.sync_harness import SyncHarness, open_harness
from tests.support.vendors.facts import VENDOR_FACTS
from tests.support.vendors.oracle import Truth, describe, differences, inventory, keyed
from tests.support.vendors.vendor_suite import (
    FACTS,
    Loaded,
    assert_equal,
    assert_synced,
    change,
    deleted,
    loaded,
    ready,
    restore_untouched,
    row_id,
    sandbox_of,
    vendor,
)
from tests.support.warehouse.warehouse_snapshot import Snapshot

__all__ = ["loaded", "ready", "vendor"]
DAYS = in_long_runs(7, 4)

# --- the tables ----------------------------------------------------------------------------------------------


def test_every_table_of_the_inventory_is_declared(vendor: str) -> None:
    wanted = {name: item.key for name, item in inventory(vendor).items()}
    assert {table.name: table.key for table in VENDORS[vendor].tables} == wanted


def test_first_sync_lands_every_table_with_its_key(vendor: str, loaded: Loaded) -> None:
    assert_synced(loaded.report)
    assert {outcome.table for outcome in loaded.report.outcomes} == set(inventory(vendor))
    for name, declared in inventory(vendor).items():
        keys = [tuple(row[column] for column in declared.key) for row in loaded.snapshot.rows[name]]
        assert keys, f"{name} has no rows"
        assert None not in {value for key in keys for value in key}, name
        assert len(set(keys)) == len(keys), name
        assert set(declared.children) <= set(loaded.snapshot.columns), name


def test_first_sync_equals_the_vendor(vendor: str, loaded: Loaded) -> None:
    actual = differences(loaded.snapshot, vendor, sandbox_of(vendor).truth())
    assert not actual, describe(actual)


def test_first_sync_finds_what_is_declared_and_no_more(vendor: str, loaded: Loaded) -> None:
    declared = VENDORS[vendor]
    with open_warehouse(loaded.url).session() as session:
        actual = schema_differences(session, vendor, declared, declared.tables)
    drifted = [item for table in actual for item in table.findings if item.drifted]
    assert {item.what for item in drifted} <= {"undeclared", "variant"}
    assert sorted(f"{item.table}.{item.column}" for item in drifted) == list(VENDOR_FACTS[vendor].undeclared)


def test_first_sync_counts_what_it_did(vendor: str, loaded: Loaded) -> None:
    rows = {name: len(loaded.snapshot.rows[name]) for name in inventory(vendor)}
    assert {outcome.table: outcome.rows_written for outcome in loaded.report.outcomes} == rows
    assert loaded.report.packages == 1


# --- what changes at the vendor ------------------------------------------------------------------------------


def test_second_sync_writes_nothing(ready: SyncHarness, loaded: Loaded) -> None:
    report = ready.sync()
    assert_synced(report)
    assert report.packages == 0
    assert sum(outcome.rows_written + outcome.rows_deleted for outcome in report.outcomes) == 0
    assert ready.snapshot().rows == loaded.snapshot.rows


def test_a_sweep_without_changes_writes_nothing(ready: SyncHarness, loaded: Loaded) -> None:
    report = ready.sync(sweep=True)
    assert_synced(report)
    assert report.packages == 0
    assert ready.snapshot().rows == loaded.snapshot.rows


def test_mixed_edits_are_taken_over_and_nothing_else(ready: SyncHarness, vendor: str, loaded: Loaded) -> None:
    before = ready.sandbox.truth()
    for _ in range(4):
        ready.sandbox.clock.advance(minutes=50)
        ready.sandbox.edit(50)
    report = ready.sync(sweep=True)
    assert_synced(report)
    assert_equal(ready)
    assert_only_changed_rows_were_written(vendor, before, ready, loaded.snapshot, report)


def test_days_of_changes(ready: SyncHarness, vendor: str) -> None:
    """Of all tables at the two vendors whose feeds are the most delicate, of a few at the others."""
    tables = () if vendor in ("shiftboard", "bossdesk") else FACTS[vendor].few
    for day in range(DAYS):
        ready.sandbox.clock.advance(days=1)
        ready.sandbox.edit(12)
        assert_synced(ready.sync(*tables, sweep=day == DAYS - 1))
    assert_equal(ready, *tables)


def test_changed_rows_are_written_and_no_others(ready: SyncHarness, vendor: str, loaded: Loaded) -> None:
    before, main = ready.sandbox.truth(), FACTS[vendor].main
    ready.sandbox.clock.advance(hours=2)
    for key in list(keyed(vendor, main, before))[3:30:6]:
        change(ready.sandbox, main, key)
    report = ready.sync()
    assert_synced(report)
    assert_equal(ready)
    assert_only_changed_rows_were_written(vendor, before, ready, loaded.snapshot, report)
    assert next(o for o in report.outcomes if o.table == main).rows_written == 5


def assert_only_changed_rows_were_written(
    vendor: str, before: Truth, made: SyncHarness, old: Snapshot, report: Report
) -> None:
    """By the truth before and after: rows that changed have a new ``_synced_at``, all others the old one."""
    after, new = made.sandbox.truth(), made.snapshot()
    written = {outcome.table: outcome.rows_written for outcome in report.outcomes}
    for name, declared in inventory(vendor).items():
        was, now = keyed(vendor, name, before), keyed(vendor, name, after)
        changed = {key for key, row in now.items() if was.get(key) != row}
        old_times, new_times = old.synced_at(name, declared.key), new.synced_at(name, declared.key)
        flag = VENDOR_FACTS[vendor].flags.get(name)
        visible = {key for key in changed if not (flag and now[key][flag])}
        assert {key for key, when in new_times.items() if old_times.get(key) != when} == visible, name
        assert written[name] == len(changed), name


def test_deletes_and_restores(ready: SyncHarness, vendor: str) -> None:
    main = FACTS[vendor].main
    gone = list(keyed(vendor, main, ready.sandbox.truth()))[2:5]
    for key in gone:
        ready.sandbox.delete(main, row_id(key))  # type: ignore[attr-defined]
    report = ready.sync(main, sweep=True)
    assert_synced(report)
    assert_equal(ready, main)
    assert deleted(ready.snapshot(), vendor, main) == set(gone)
    assert report.outcomes[0].rows_deleted == 3
    ready.sandbox.clock.advance(hours=1)
    ready.sandbox.restore(main, row_id(gone[0]))  # type: ignore[attr-defined]
    restore_untouched(ready.sandbox, main, row_id(gone[1]))
    assert_synced(ready.sync(main, sweep=True))
    assert_equal(ready, main)
    assert deleted(ready.snapshot(), vendor, main) == {gone[2]}


# --- Postgres ------------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_postgres_holds_the_same(vendor: str, postgres_url: str, tmp_path: Path) -> None:
    with open_harness(sandbox_of(vendor), postgres_url, tmp_path, max_delete_share="0.9") as made:
        assert_synced(made.sync(lands_with_dlt=True))
        assert_equal(made)
        made.sandbox.clock.advance(hours=2)
        made.sandbox.edit(60)
        assert_synced(made.sync(sweep=True))
        assert_equal(made)
        report = made.sync()
        assert_synced(report)
        assert report.packages == 0
