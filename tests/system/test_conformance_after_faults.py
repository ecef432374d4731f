"""One suite over all vendors: whatever goes wrong between vendor and warehouse, the next sync makes them equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.sources import VENDORS
from fieldhouse.sources.sandbox.sandbox import Call, Sandbox
from tests.support.sync_harness import (
    ConcurrentEdits,
    CuttableConnection,
    SyncHarness,
    duckdb_url,
    open_harness,
    refusing,
)
from tests.support.vendors.oracle import keyed
from tests.support.vendors.vendor_suite import (
    FACTS,
    Loaded,
    assert_equal,
    assert_synced,
    change,
    deleted,
    empty,
    loaded,
    ready,
    restore_untouched,
    row_id,
    sandbox_of,
    short_pages,
    vendor,
)

__all__ = ["empty", "loaded", "ready", "vendor"]


def test_a_sharp_drop_deletes_nothing(ready: SyncHarness, vendor: str, loaded: Loaded) -> None:
    main, made = FACTS[vendor].main, careful(ready)
    keys = list(keyed(vendor, main, made.sandbox.truth()))
    hidden = keys[: len(keys) // 2]
    for key in hidden:
        made.sandbox.delete(main, row_id(key))  # type: ignore[attr-defined]
    report = made.sync(main, sweep=True)
    assert_synced(report, 4)
    assert "max_delete_share" in str(report.outcomes[0].error)
    assert made.snapshot().rows[main] == loaded.snapshot.rows[main]
    for key in hidden:
        restore_untouched(made.sandbox, main, row_id(key))
    assert_synced(made.sync(main, sweep=True))
    assert_equal(made, main)


def careful(made: SyncHarness) -> SyncHarness:
    """The same stand with ``max_delete_share`` as it is by default."""
    settings = made.account.settings.model_copy(update={"max_delete_share": 0.2})
    return replace(made, account=replace(made.account, settings=settings))


def test_a_denied_table_is_left_out_and_no_other(ready: SyncHarness, vendor: str, loaded: Loaded) -> None:
    table, address = FACTS[vendor].lone
    others = [name for name in FACTS[vendor].few if name != table]
    ready.sandbox.clock.advance(hours=2)
    ready.sandbox.edit(20)
    with ready.sandbox.fault(refusing(lambda call: asks_for(call, address), 403)):
        report = ready.sync(table, *others, sweep=True)
    assert_synced(report, 2)
    assert [outcome.table for outcome in report.outcomes if outcome.error] == [table]
    assert_equal(ready, *others)
    assert ready.snapshot().rows[table] == loaded.snapshot.rows[table]


@pytest.mark.parametrize("share", [0.2, 0.8])
def test_a_first_sync_that_is_cut_off(vendor: str, loaded: Loaded, share: float, tmp_path: Path) -> None:
    """Over real sockets: a line that is dead, and answers that break off in the middle."""
    few = FACTS[vendor].few
    requests = sum(outcome.requests for outcome in loaded.report.outcomes if outcome.table in few)
    with open_harness(sandbox_of(vendor), duckdb_url(tmp_path), tmp_path, sockets=True) as made:
        with made.sandbox.fault(CuttableConnection(cut_at=1 + int(requests * share), whole=share < 0.5)):
            assert_synced(made.sync(*few), 3)
        assert_synced(made.sync(*few))
        assert_equal(made, *few)


def test_a_later_sync_that_is_cut_off(ready: SyncHarness, vendor: str) -> None:
    few = FACTS[vendor].few
    ready.sandbox.clock.advance(hours=2)
    ready.sandbox.edit(60)
    with ready.sandbox.fault(CuttableConnection(cut_at=4)):
        assert_synced(ready.sync(*few, sweep=True), 3)
    ready.sandbox.clock.advance(hours=2)
    assert_synced(ready.sync(*few, sweep=True))
    assert_equal(ready, *few)


class Stopped(BaseException):
    """What a signal raises in the main thread."""


def test_a_sync_that_is_stopped_between_two_slices(empty: SyncHarness, vendor: str) -> None:
    few = FACTS[vendor].few
    loads: list[int] = []

    def stop(outcomes: Sequence[Any]) -> None:
        loads.append(sum(outcome.rows_written for outcome in outcomes))
        if loads[-1]:
            raise Stopped

    with pytest.raises(Stopped):
        empty.sync(*few, slice_bytes=20_000, progress=stop)
    assert_synced(empty.sync(*few))
    assert_equal(empty, *few)


@pytest.mark.parametrize("first", [True, False], ids=["first sync", "sweep"])
def test_rows_that_move_between_pages(
    vendor: str, first: bool, request: pytest.FixtureRequest, loaded: Loaded
) -> None:
    made = short_pages(request.getfixturevalue("empty" if first else "ready"))
    main = FACTS[vendor].main
    if not first:
        made.sandbox.clock.advance(hours=1)
        made.sandbox.edit(10)
    meddler = ConcurrentEdits({at: lambda: meddle(made.sandbox, main) for at in (2, 3, 4, 6, 9, 15)})
    with made.sandbox.fault(meddler):
        assert_synced(made.sync(main, sweep=True))
    alive = set(keyed(vendor, main, made.sandbox.truth()))
    assert not deleted(made.snapshot(), vendor, main) & alive
    made.sandbox.clock.advance(hours=1)
    assert_synced(made.sync(main, sweep=True))
    assert_equal(made, main)


def test_a_filter_that_is_ignored(ready: SyncHarness, vendor: str) -> None:
    if not hasattr(ready.sandbox, "honours"):
        pytest.skip("the vendor has no filter")
    few = FACTS[vendor].few
    filtered = {table.name for table in VENDORS[vendor].tables if table.incremental} & set(few)
    ready.sandbox.honours = set()
    ready.sandbox.clock.advance(hours=2)
    ready.sandbox.edit(60)
    report = ready.sync(*few, full=True, sweep=True)
    assert_synced(report)
    output = {o.table for o in report.outcomes if o.filter_proven is False and "filter" in " ".join(o.notes)}
    assert output == filtered
    assert_equal(ready, *few)


def test_a_filter_that_works_again(ready: SyncHarness, vendor: str) -> None:
    """What changed while the filter was ignored is not forgotten afterwards."""
    if not hasattr(ready.sandbox, "honours"):
        pytest.skip("the vendor has no filter")
    main, honoured = FACTS[vendor].main, ready.sandbox.honours
    ready.sandbox.honours = set[str]()
    for key in list(keyed(vendor, main, ready.sandbox.truth()))[::2]:
        ready.sandbox.clock.advance(hours=1)
        change(ready.sandbox, main, key)
    assert_synced(ready.sync(main))
    ready.sandbox.honours = honoured
    ready.sandbox.clock.advance(hours=2)
    assert_synced(ready.sync(main))
    assert_equal(ready, main)


def meddle(box: Sandbox, table: str) -> None:
    """Somebody adds a row, takes one away and changes one, a second later each time."""
    for act in ("create", "delete", "change"):
        box.clock.advance(seconds=1)
        getattr(box, act)(table)


def asks_for(call: Call, address: str) -> bool:
    if address.startswith("/"):
        return call.path.removesuffix(".xml").endswith(address)
    return f'"{address}"'.encode() in call.body
