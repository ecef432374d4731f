"""One sync makes the warehouse the vendor's truth, whatever a person changed between two syncs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from tests.faults.fault_bench import FaultBench, describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.http_faults import FOR_EVER, FaultyAnswers, status
from tests.faults.small_worlds import SMALL_WORLDS, SmallWorld
from tests.system.test_state_machine import no_postgres


@pytest.fixture(scope="module")
def lab() -> Iterator[FaultBenches]:
    made = FaultBenches(no_postgres)
    yield made
    made.close()


def of(vendor: str, *tables: str, size: float = 0.0) -> SmallWorld:
    """The vendor's small world with only these tables."""
    world = SMALL_WORLDS[vendor]
    return replace(
        world, size=size or world.size, tables=tables, edited=tables, deleted=tables, main=tables[0]
    )


def new(
    lab: FaultBenches, world: SmallWorld, vendor: str, **settings: str
) -> AbstractContextManager[FaultBench]:
    return lab.bench(vendor, first=True, small_world=world, **settings)


def sync(bench: FaultBench, **options: Any) -> dict[str, Outcome]:
    bench.direct = True
    return {outcome.table: outcome for outcome in bench.synced(**options).outcomes}


def live(bench: FaultBench, table: str) -> set[str]:
    return {str(row["id"]) for row in bench.snapshot().live(table)}


def started(bench: FaultBench, table: str, before: str = "9", since: str = "") -> set[str]:
    """The rows that the vendor has of the days from ``since`` on and before ``before``."""
    rows = bench.sandbox.truth()[table]
    return {row["id"] for row in rows if since <= str(row["start_date"])[:10] < before}


SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 31, tzinfo=UTC)
WINDOWED = ("shifts", "timecards", "tradeboard", "time_off_requests")


def test_days_that_a_backfill_read_are_swept_from_then_on(lab: FaultBenches) -> None:
    world = of("shiftboard", *WINDOWED, size=0.3)
    with new(lab, world, "shiftboard", start_date="2026-09-01", max_delete_share="0.9") as bench:
        sync(bench, sweep=True)
        first = {table: live(bench, table) for table in WINDOWED}
        sync(bench, since=SINCE, until=UNTIL)
        filled = {table: live(bench, table) for table in WINDOWED}
        early = started(bench, "time_off_requests", "2026-06-01", "2026-03-02")
        assert len(early) > 1
        assert early <= filled["time_off_requests"]
        assert all(filled[table] > first[table] for table in WINDOWED)

        for _ in range(2):
            outcomes = sync(bench, sweep=True)
            assert {table: live(bench, table) for table in WINDOWED} == filled
            assert all(outcome.rows_deleted == 0 for outcome in outcomes.values())

        gone = min(early)
        bench.sandbox.delete("time_off_requests", gone)
        sync(bench, sweep=True)
        assert filled["time_off_requests"] - live(bench, "time_off_requests") == {gone}


def test_two_backfills_that_touch_are_one_window(lab: FaultBenches) -> None:
    with new(lab, of("shiftboard", "time_off_requests"), "shiftboard", start_date="2026-09-01") as bench:
        sync(bench)
        sync(bench, since=SINCE, until=SINCE + timedelta(days=9))
        sync(bench, since=SINCE + timedelta(days=10), until=UNTIL + timedelta(days=300))
        (state,) = [row["value"] for row in bench.snapshot().books["_state"]]
        assert '["2026-03-01", "2026-08-31"]' in str(state)
        assert str(state).count("2026-03-01") == 1


def test_a_backfill_beyond_the_look_back_of_a_feed_reads_the_list(lab: FaultBenches) -> None:
    with new(lab, of("shiftboard", "accounts"), "shiftboard") as bench:
        sync(bench)
        far = bench.sandbox.clock.now() - timedelta(days=90)
        accounts = bench.sandbox.truth()["accounts"]
        pending = sum(account["org_pending"] != "0" for account in accounts)  # this sandbox lists them twice
        assert sync(bench, since=far)["accounts"].rows_read == len(accounts) + pending


def test_a_backfill_reads_details_again(lab: FaultBenches) -> None:
    """A detail that changed while its time stood still, as where somebody repairs the vendor's database."""
    with new(lab, of("bossdesk", "tickets"), "bossdesk") as bench:
        bench.sandbox.clock.advance(hours=2)
        one = bench.editor.ids("tickets")[0]
        row = bench.sandbox.change("tickets", one)
        for _ in range(2):
            sync(bench)
            bench.sandbox.clock.advance(hours=2)
        bench.sandbox.change("tickets", one, resolution="found in the archive", updated_at=row["updated_at"])
        sync(bench, sweep=True)
        assert bench.differences(), "a sync sees no such change"
        cursor = [row["value"] for row in bench.snapshot().books["_state"]]
        sync(bench, since=bench.sandbox.clock.now() - timedelta(hours=5))
        assert bench.differences() == []
        assert [row["value"] for row in bench.snapshot().books["_state"]] == cursor


def test_an_earlier_start_date_is_followed_at_once(lab: FaultBenches) -> None:
    world = of("shiftboard", *WINDOWED, size=0.3)
    with new(lab, world, "shiftboard", start_date="2026-10-01") as bench:
        sync(bench)
        assert started(bench, "shifts", "2026-09-01") - live(bench, "shifts")
        bench.settings["start_date"] = "2026-01-01"
        outcomes = sync(bench)
        assert started(bench, "shifts", since="2026-01-01") <= live(bench, "shifts")
        assert any("start_date" in note for note in outcomes["shifts"].notes)
        assert not any("start_date" in note for note in sync(bench)["shifts"].notes)
        stored = live(bench, "shifts")
        bench.settings["start_date"] = "2026-10-01"
        sync(bench, sweep=True)
        assert live(bench, "shifts") == stored


@pytest.mark.parametrize("full", [False, True])
def test_a_start_date_that_is_removed_no_longer_hides_earlier_days(lab: FaultBenches, full: bool) -> None:
    world = of("shiftboard", "shifts", "timecards", size=0.3)
    with new(lab, world, "shiftboard", start_date="2026-10-20") as bench:
        sync(bench)
        assert started(bench, "shifts", "2026-10-01") - live(bench, "shifts")
        del bench.settings["start_date"]
        assert any("start_date" in note for note in sync(bench, full=full)["shifts"].notes) is not full
        assert live(bench, "shifts") == {row["id"] for row in bench.sandbox.truth()["shifts"]}
        assert live(bench, "timecards") == {row["id"] for row in bench.sandbox.truth()["timecards"]}
        assert sync(bench)["shifts"].rows_written == 0


def test_a_row_that_the_vendor_flags_is_kept_where_deletes_are_ignored(lab: FaultBenches) -> None:
    with new(lab, of("shiftboard", "workgroups"), "shiftboard", deletes="ignore") as bench:
        sync(bench)
        flagged = {row["id"] for row in bench.sandbox.truth()["workgroups"] if row["deleted"]}
        assert flagged
        assert flagged <= live(bench, "workgroups")
        bench.settings["deletes"] = "soft"
        sync(bench, sweep=True)
        assert not flagged & live(bench, "workgroups")


def test_a_row_that_the_vendor_flags_is_removed_once_where_deletes_are_hard(lab: FaultBenches) -> None:
    with new(lab, of("shiftboard", "workgroups"), "shiftboard") as bench:
        sync(bench)
        flagged = {row["id"] for row in bench.sandbox.truth()["workgroups"] if row["deleted"]}
        bench.settings["deletes"] = "hard"
        sync(bench, sweep=True)
        stored = {str(row["id"]) for row in bench.snapshot().rows["workgroups"]}
        assert stored == set(bench.editor.ids("workgroups")) - flagged
        assert sync(bench, sweep=True)["workgroups"].rows_written == 0


def test_rows_of_hidden_parents_are_kept(lab: FaultBenches) -> None:
    """A withdrawn right hides some parents: neither they nor what is read for each of them is deleted."""
    world = of("shiftboard", "accounts", "account_points", size=0.3)
    with new(lab, world, "shiftboard", max_delete_share="0.25") as bench:
        sync(bench)
        before = {table: bench.untouched()[table] for table in world.tables}
        accounts = [one for one in bench.editor.ids("accounts") if one != bench.sandbox.site.user]
        having = {row["account"] for row in bench.sandbox.truth()["account_points"]} & set(accounts)
        part = sorted(having)[: max(1, len(having) // 10)]
        hidden = [*part, *(one for one in accounts if one not in having)][: len(accounts) // 3]
        for one in hidden:
            bench.editor.take("accounts", one)
        report = bench.sync(sweep=True)
        assert report.exit_code == 4
        assert {outcome.table for outcome in report.outcomes if outcome.error} == {"accounts"}
        assert {table: bench.untouched()[table] for table in world.tables} == before


def test_an_error_of_a_parent_keeps_its_children(lab: FaultBenches) -> None:
    world = of("shiftboard", "accounts", "account_points", "roles")
    with new(lab, world, "shiftboard") as bench:
        sync(bench)
        bench.edit(6)
        before = {table: bench.untouched()[table] for table in ("accounts", "account_points")}
        fault = FaultyAnswers(status(500, b"{}"), 1, FOR_EVER, lambda call: b"account.list" in call.body)
        report = bench.sync(fault, sweep=True)
        failed = {outcome.table: outcome.error for outcome in report.outcomes if outcome.error}
        assert set(failed) == {"accounts", "account_points"}
        assert "accounts" in str(failed["account_points"])
        assert report.exit_code == 3
        assert {table: bench.untouched()[table] for table in before} == before
        bench.healed()


def second_page(call: Call) -> bool:
    return call.query.get("page") == ["2"] or b'"start":' in call.body.replace(b'"start":1,', b"")


@pytest.mark.parametrize(
    ("vendor", "table"),
    [
        ("bossdesk", "tickets"),
        ("bossdesk", "users"),
        ("servicebridge", "work_orders"),
        ("shiftboard", "accounts"),
        ("shiftboard", "shifts"),
    ],
)
def test_a_row_that_goes_while_changes_are_read_hides_no_other(
    lab: FaultBenches, vendor: str, table: str
) -> None:
    """The rows after it move up by one: the first of the second page is on the first, which was read already.

    It changed long before the newest change, so that no overlap of the cursor brings it back.
    """
    with new(lab, of(vendor, table, size=0.3), vendor) as bench:
        sync(bench)
        bench.sandbox.clock.advance(hours=2)
        ids = sorted(bench.editor.ids(table), key=int)
        for one in ids[: 3 * bench.small_world.page]:
            bench.sandbox.change(table, one)
        bench.sandbox.clock.advance(hours=2)
        bench.sandbox.change(table, ids[-1])
        gone: list[Any] = []

        def take_one(call: Call, honest: Answer) -> Answer | None:
            if not second_page(call) or gone:
                return None
            gone.append(ids[1])
            bench.sandbox.delete(table, ids[1])
            answer: Answer = bench.sandbox.answer(call)
            return answer

        bench.direct = True
        report = bench.sync(take_one)
        assert report.exit_code == 0, describe_report(report)
        assert gone
        bench.sandbox.clock.advance(hours=2)
        sync(bench)
        assert bench.differences(extra=False) == []
