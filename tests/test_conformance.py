"""One suite over all vendors: whatever happens between vendor and warehouse, a sync makes them equal again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.sync import Report
from sources import VENDORS
from sources.sandbox.world import Call, Sandbox
from tests.held import Held
from tests.oracle import Truth, inventory, keyed, shown
from tests.stand import SANDBOXES, Line, Meddler, Stand, duckdb_url, refusing, stand

TAKING_PART = [name for name in VENDORS if name in SANDBOXES]


@dataclass(frozen=True)
class Facts:
    """What the suite must know of a vendor.

    Attributes:
        size: of the stand-in, small but with pages.
        main: a table with children where there are any, that can be edited, and whose rows others do not hold.
        few: enough tables to kill a sync of.
        lone: a table that no other needs, and a part of its address or the name of its method.
    """

    size: float
    main: str
    few: tuple[str, ...]
    lone: tuple[str, str]


FACTS = {
    "bossdesk": Facts(0.25, "tickets", ("tickets", "groups", "tags"), ("groups", "/groups")),
    "servicebridge": Facts(0.2, "work_orders", ("work_orders", "leads", "units"), ("leads", "/Leads")),
    "servicesidekick": Facts(0.2, "jobs", ("jobs", "customers", "tasks"), ("tasks", "/tasks")),
    "notific": Facts(0.2, "tickets", ("tickets", "customers"), ("operators", "/Operators")),
    "shiftboard": Facts(0.1, "shifts", ("accounts", "shifts", "roles"), ("clients", "client.list")),
}


@pytest.fixture(params=TAKING_PART)
def vendor(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@dataclass(frozen=True)
class Loaded:
    """A warehouse whose first sync is done, to be copied, and what that sync reported."""

    url: str
    report: Report
    held: Held


@pytest.fixture(scope="session")
def first_syncs() -> dict[str, Loaded]:
    return {}


@pytest.fixture
def loaded(vendor: str, first_syncs: dict[str, Loaded], tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Each vendor's first sync, run once."""
    if vendor not in first_syncs:
        folder = tmp_path_factory.mktemp(vendor)
        with stand(box_of(vendor), duckdb_url(folder), folder) as made:
            report = made.sync()
            assert made.differences() == [], shown(made.differences())
            assert not made.box.writes  # type: ignore[attr-defined]
            first_syncs[vendor] = Loaded(made.url, report, made.held())
    return first_syncs[vendor]


@pytest.fixture
def ready(vendor: str, loaded: Loaded, tmp_path: Path) -> Iterator[Stand]:
    """A stand after its first sync; only reads may have come to the vendor in the end."""
    url = duckdb_url(tmp_path)
    shutil.copy(loaded.url.removeprefix("duckdb:///"), url.removeprefix("duckdb:///"))
    with stand(box_of(vendor), url, tmp_path, max_delete_share="0.9") as made:  # the tables are tiny
        yield made
        assert not made.box.writes  # type: ignore[attr-defined]


@pytest.fixture
def empty(vendor: str, tmp_path: Path) -> Iterator[Stand]:
    """A stand whose warehouse does not exist yet."""
    with stand(box_of(vendor), duckdb_url(tmp_path), tmp_path) as made:
        yield made
        assert not made.box.writes  # type: ignore[attr-defined]


def box_of(vendor: str) -> Any:
    """The same data for every test."""
    return SANDBOXES[vendor](seed=11, size=FACTS[vendor].size)


def assert_equal(made: Stand, *only: str) -> None:
    found = made.differences(*only)
    assert not found, shown(found)


def assert_synced(report: Report, code: int = 0) -> None:
    told = [f"{o.table}: {o.error}" for o in report.outcomes if o.error]
    assert report.exit_code == code, [report.error, *told]


# --- the tables ----------------------------------------------------------------------------------------------


def test_every_table_of_the_inventory_is_declared(vendor: str) -> None:
    wanted = {name: each.key for name, each in inventory(vendor).items()}
    assert {table.name: table.key for table in VENDORS[vendor].tables} == wanted


def test_first_sync_lands_every_table_with_its_key(vendor: str, loaded: Loaded) -> None:
    assert_synced(loaded.report)
    assert {outcome.table for outcome in loaded.report.outcomes} == set(inventory(vendor))
    for name, declared in inventory(vendor).items():
        keys = [tuple(row[column] for column in declared.key) for row in loaded.held.rows[name]]
        assert keys, f"{name} has no rows"
        assert None not in {value for key in keys for value in key}, name
        assert len(set(keys)) == len(keys), name
        assert set(declared.children) <= set(loaded.held.columns), name


def test_first_sync_counts_what_it_did(vendor: str, loaded: Loaded) -> None:
    rows = {name: len(loaded.held.rows[name]) for name in inventory(vendor)}
    assert {outcome.table: outcome.rows_written for outcome in loaded.report.outcomes} == rows
    assert loaded.report.packages == 1


# --- what changes at the vendor ------------------------------------------------------------------------------


def test_second_sync_writes_nothing(ready: Stand, loaded: Loaded) -> None:
    report = ready.sync()
    assert_synced(report)
    assert report.packages == 0
    assert sum(outcome.rows_written + outcome.rows_deleted for outcome in report.outcomes) == 0
    assert ready.held().rows == loaded.held.rows


def test_a_sweep_without_changes_writes_nothing(ready: Stand, loaded: Loaded) -> None:
    report = ready.sync(sweep=True)
    assert_synced(report)
    assert report.packages == 0
    assert ready.held().rows == loaded.held.rows


def test_mixed_edits_are_taken_over_and_nothing_else(ready: Stand, vendor: str, loaded: Loaded) -> None:
    before = ready.box.truth()
    for _ in range(4):
        ready.box.clock.advance(minutes=50)
        ready.box.edit(50)
    report = ready.sync(sweep=True)
    assert_synced(report)
    assert_equal(ready)
    assert_only_changed_rows_were_written(vendor, before, ready, loaded.held, report)


def test_a_week_of_changes(ready: Stand) -> None:
    for day in range(7):
        ready.box.clock.advance(days=1)
        ready.box.edit(12)
        assert_synced(ready.sync(sweep=day == 6))
    assert_equal(ready)


def test_changed_rows_are_written_and_no_others(ready: Stand, vendor: str, loaded: Loaded) -> None:
    before, main = ready.box.truth(), FACTS[vendor].main
    ready.box.clock.advance(hours=2)
    for key in list(keyed(vendor, main, before))[3:30:6]:
        change(ready.box, main, key)
    report = ready.sync()
    assert_synced(report)
    assert_equal(ready)
    assert_only_changed_rows_were_written(vendor, before, ready, loaded.held, report)
    assert next(o for o in report.outcomes if o.table == main).rows_written == 5


def assert_only_changed_rows_were_written(
    vendor: str, before: Truth, made: Stand, old: Held, report: Report
) -> None:
    """By the truth before and after: rows that changed have a new ``_synced_at``, all others the old one."""
    after, new = made.box.truth(), made.held()
    written = {outcome.table: outcome.rows_written for outcome in report.outcomes}
    for name, declared in inventory(vendor).items():
        was, now = keyed(vendor, name, before), keyed(vendor, name, after)
        changed = {key for key, row in now.items() if was.get(key) != row}
        old_times, new_times = old.synced_at(name, declared.key), new.synced_at(name, declared.key)
        assert {key for key, when in new_times.items() if old_times.get(key) != when} == changed, name
        assert written[name] == len(changed), name


def test_deletes_and_restores(ready: Stand, vendor: str) -> None:
    main = FACTS[vendor].main
    gone = list(keyed(vendor, main, ready.box.truth()))[2:5]
    for key in gone:
        ready.box.delete(main, row_id(key))  # type: ignore[attr-defined]
    report = ready.sync(sweep=True)
    assert_synced(report)
    assert_equal(ready)
    assert deleted(ready.held(), vendor, main) == set(gone)
    assert next(o for o in report.outcomes if o.table == main).rows_deleted == 3
    ready.box.clock.advance(hours=1)
    ready.box.restore(main, row_id(gone[0]))  # type: ignore[attr-defined]
    restore_untouched(ready.box, main, row_id(gone[1]))
    assert_synced(ready.sync(sweep=True))
    assert_equal(ready)
    assert deleted(ready.held(), vendor, main) == {gone[2]}


def test_a_sharp_drop_deletes_nothing(ready: Stand, vendor: str, loaded: Loaded) -> None:
    main, made = FACTS[vendor].main, careful(ready)
    keys = list(keyed(vendor, main, made.box.truth()))
    hidden = keys[: len(keys) // 2]
    for key in hidden:
        made.box.delete(main, row_id(key))  # type: ignore[attr-defined]
    report = made.sync(main, sweep=True)
    assert_synced(report, 4)
    assert "max_delete_share" in str(report.outcomes[0].error)
    assert made.held().rows[main] == loaded.held.rows[main]
    for key in hidden:
        restore_untouched(made.box, main, row_id(key))
    assert_synced(made.sync(main, sweep=True))
    assert_equal(made, main)


def careful(made: Stand) -> Stand:
    """The same stand with ``max_delete_share`` as it is by default."""
    settings = made.account.settings.model_copy(update={"max_delete_share": 0.2})
    return replace(made, account=replace(made.account, settings=settings))


# --- what goes wrong -----------------------------------------------------------------------------------------


def test_a_denied_table_is_left_out_and_no_other(ready: Stand, vendor: str, loaded: Loaded) -> None:
    table, address = FACTS[vendor].lone
    ready.box.clock.advance(hours=2)
    ready.box.edit(20)
    with ready.box.fault(refusing(lambda call: asks_for(call, address), 403)):
        report = ready.sync(sweep=True)
    assert_synced(report, 2)
    assert [outcome.table for outcome in report.outcomes if outcome.error] == [table]
    assert_equal(ready, *(name for name in inventory(vendor) if name != table))
    assert ready.held().rows[table] == loaded.held.rows[table]


@pytest.mark.parametrize("share", [0.2, 0.8])
def test_a_first_sync_that_is_cut_off(vendor: str, loaded: Loaded, share: float, tmp_path: Path) -> None:
    """Over real sockets: a line that is dead, and answers that break off in the middle."""
    few = FACTS[vendor].few
    requests = sum(outcome.requests for outcome in loaded.report.outcomes if outcome.table in few)
    with stand(box_of(vendor), duckdb_url(tmp_path), tmp_path, sockets=True) as made:
        with made.box.fault(Line(cut_at=1 + int(requests * share), whole=share < 0.5)):
            assert_synced(made.sync(*few), 3)
        assert_synced(made.sync(*few))
        assert_equal(made, *few)


def test_a_later_sync_that_is_cut_off(ready: Stand, vendor: str) -> None:
    few = FACTS[vendor].few
    ready.box.clock.advance(hours=2)
    ready.box.edit(60)
    with ready.box.fault(Line(cut_at=4)):
        assert_synced(ready.sync(*few, sweep=True), 3)
    ready.box.clock.advance(hours=2)
    assert_synced(ready.sync(*few, sweep=True))
    assert_equal(ready, *few)


class Stopped(BaseException):
    """What a signal raises in the main thread."""


def test_a_sync_that_is_stopped_between_two_slices(empty: Stand, vendor: str) -> None:
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
    made: Stand = request.getfixturevalue("empty" if first else "ready")
    main = FACTS[vendor].main
    if not first:
        made.box.clock.advance(hours=1)
        made.box.edit(10)
    meddler = Meddler({at: lambda: meddle(made.box, main) for at in (2, 3, 4, 6, 9, 15)})
    with made.box.fault(meddler):
        assert_synced(made.sync(main, sweep=True))
    alive = set(keyed(vendor, main, made.box.truth()))
    assert not deleted(made.held(), vendor, main) & alive
    made.box.clock.advance(hours=1)
    assert_synced(made.sync(main, sweep=True))
    assert_equal(made, main)


def meddle(box: Sandbox, table: str) -> None:
    """Somebody adds a row, takes one away and changes one, a second later each time."""
    for act in ("create", "delete", "change"):
        box.clock.advance(seconds=1)
        getattr(box, act)(table)


def test_a_filter_that_is_ignored(ready: Stand, vendor: str) -> None:
    if not hasattr(ready.box, "honours"):
        pytest.skip("the vendor has no filter")
    filtered = {table.name for table in VENDORS[vendor].tables if table.since}
    ready.box.honours = set()
    ready.box.clock.advance(hours=2)
    ready.box.edit(60)
    report = ready.sync(full=True, sweep=True)
    assert_synced(report)
    said = {o.table for o in report.outcomes if o.filter_proven is False and "filter" in " ".join(o.notes)}
    assert said == filtered
    assert_equal(ready)


def test_a_filter_that_works_again(ready: Stand, vendor: str) -> None:
    """What changed while the filter was ignored is not forgotten afterwards."""
    if not hasattr(ready.box, "honours"):
        pytest.skip("the vendor has no filter")
    main, honoured = FACTS[vendor].main, ready.box.honours
    ready.box.honours = set[str]()
    for key in list(keyed(vendor, main, ready.box.truth()))[::2]:
        ready.box.clock.advance(hours=1)
        change(ready.box, main, key)
    assert_synced(ready.sync(main))
    ready.box.honours = honoured
    ready.box.clock.advance(hours=2)
    assert_synced(ready.sync(main))
    assert_equal(ready, main)


# --- Postgres ------------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_postgres_holds_the_same(vendor: str, postgres_url: str, tmp_path: Path) -> None:
    with stand(box_of(vendor), postgres_url, tmp_path, max_delete_share="0.9") as made:
        assert_synced(made.sync())
        assert_equal(made)
        made.box.clock.advance(hours=2)
        made.box.edit(60)
        assert_synced(made.sync(sweep=True))
        assert_equal(made)
        report = made.sync()
        assert_synced(report)
        assert report.packages == 0


# --- what differs from stand-in to stand-in ------------------------------------------------------------------


def row_id(key: tuple[str, ...]) -> Any:
    """A key as the stand-ins take it: numbers where the vendor's ids are numbers."""
    return int(key[0]) if key[0].isdigit() else key[0]


def change(box: Any, table: str, key: tuple[str, ...]) -> None:
    box.change(table, row_id(key))


def restore_untouched(box: Any, table: str, id: Any) -> None:
    """Back exactly as it was, where the vendor has a time of change at all."""
    touch: Callable[..., Any] = box.restore
    try:
        touch(table, id, touch=False)
    except TypeError:
        touch(table, id)


def deleted(held: Held, vendor: str, table: str) -> set[tuple[str, ...]]:
    key = inventory(vendor)[table].key
    return {
        tuple(str(row[name]) for name in key) for row in held.rows[table] if row["_deleted_at"] is not None
    }


def asks_for(call: Call, address: str) -> bool:
    if address.startswith("/"):
        return call.path.removesuffix(".xml").endswith(address)
    return f'"{address}"'.encode() in call.body
