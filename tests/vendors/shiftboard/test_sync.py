"""Shiftboard into a warehouse, where only a warehouse shows it: rows that no scan reaches, instants, options."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.sync.report import Report
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.shiftboard.api import ShiftboardSandbox
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness


@pytest.fixture
def made(tmp_path: Path) -> Iterator[SyncHarness]:
    with open_harness(
        ShiftboardSandbox(size=0.05, edge_cases=True), duckdb_url(tmp_path), tmp_path, max_delete_share="0.9"
    ) as standing:
        yield standing


def synced(report: Report) -> Report:
    assert report.exit_code == 0, [report.error, *(o.error for o in report.outcomes if o.error)]
    return report


def row(made: SyncHarness, table: str, key: str) -> dict[str, Any]:
    return next(item for item in made.snapshot().rows[table] if item["id"] == key)


def test_a_shift_from_before_the_first_window_is_kept_until_it_is_reached(made: SyncHarness) -> None:
    """The feed brings it; a sweep, which starts two years back, does not see it and must not call it deleted."""
    synced(made.sync("shifts"))
    made.sandbox.clock.advance(hours=1)
    old = made.sandbox.create("shifts", start_date="2019-07-01T09:00:00", end_date="2019-07-01T17:00:00")  # type: ignore[attr-defined]
    near = made.sandbox.create("shifts", start_date="2026-07-01T09:00:00")  # type: ignore[attr-defined]
    synced(made.sync("shifts"))
    made.sandbox.delete("shifts", near["id"])  # type: ignore[attr-defined]
    synced(made.sync("shifts", sweep=True))
    assert row(made, "shifts", old["id"])["_deleted_at"] is None
    assert row(made, "shifts", near["id"])["_deleted_at"] is not None


def test_instants_stand_beside_local_times(made: SyncHarness) -> None:
    zone = "Pacific Time (US/Can) (GMT-08:00)"
    shift = made.sandbox.create("shifts", start_date="2026-03-08T02:30:00", timezone=zone)  # type: ignore[attr-defined]
    synced(made.sync("shifts"))
    stored = row(made, "shifts", shift["id"])
    assert stored["start_date"] == "2026-03-08T02:30:00"
    assert stored["_start_date_utc"] == datetime(2026, 3, 8, 10, 30, tzinfo=UTC)


def test_an_old_clock_entry_that_is_closed_or_deleted_is_found_out(made: SyncHarness) -> None:
    """Open entries are read however old they are; once closed, one from before the first day is asked by its day."""
    box: Any = made.sandbox
    days = {day: f"2021-05-{day}T15:00:00Z" for day in ("01", "02", "03")}
    made_up = {"clocked_out": None, "clocked_out_local": None}
    opened = {
        day: box.create("timeclocks", clocked_in=at, clocked_in_local=f"2021-05-{day}T08:00:00", **made_up)[
            "id"
        ]
        for day, at in days.items()
    }
    closed = {"clocked_out": "2021-05-01T20:00:00Z", "clocked_out_local": "2021-05-01T13:00:00"}
    neighbour = box.create("timeclocks", clocked_in_local="2021-05-01T09:00:00", **closed)["id"]
    synced(made.sync("timeclocks"))
    box.change("timeclocks", opened["01"], **closed)
    box.delete("timeclocks", opened["02"])
    report = synced(made.sync("timeclocks", sweep=True))
    assert row(made, "timeclocks", opened["01"])["clocked_out"] == closed["clocked_out"]
    assert row(made, "timeclocks", opened["02"])["_deleted_at"] is not None
    assert row(made, "timeclocks", opened["03"])["_deleted_at"] is None
    assert neighbour not in {item["id"] for item in made.snapshot().rows["timeclocks"]}
    again = synced(made.sync("timeclocks", sweep=True))
    assert again.requests < report.requests
    assert row(made, "timeclocks", opened["01"])["_deleted_at"] is None


def test_rows_go_with_their_parent_however_many_they_are(tmp_path: Path) -> None:
    """A workgroup is called deleted by the vendor itself: that its members go with it is no withdrawn right."""
    tables = ("workgroups", "memberships", "workgroup_roles")
    with open_harness(ShiftboardSandbox(size=0.1, edge_cases=True), duckdb_url(tmp_path), tmp_path) as made:
        synced(made.sync(*tables))
        before = {name: made.snapshot().live(name) for name in tables}
        counts = Counter(item["workgroup"] for item in before["memberships"])
        largest, members = counts.most_common(1)[0]
        assert members > 0.2 * len(before["memberships"])
        made.sandbox.delete("workgroups", largest)  # type: ignore[attr-defined]
        synced(made.sync(*tables, sweep=True))
        assert not made.differences(*tables)
        assert len(made.snapshot().live("memberships")) == len(before["memberships"]) - members

        for item in made.snapshot().live("memberships")[: len(before["memberships"]) // 2]:
            made.sandbox.delete("memberships", item["id"])  # type: ignore[attr-defined]
        report = made.sync(*tables, sweep=True)
        assert {o.table: o.status for o in report.outcomes}["memberships"] == "suspicious"


def test_what_a_deleted_workgroup_keeps_stays(tmp_path: Path) -> None:
    """Whether its relations go with it the text does not say; also where the workgroups are not read again."""
    tables = ("workgroups", "workgroup_roles", "workgroup_coverage_blocks")
    with open_harness(ShiftboardSandbox(size=0.1, edge_cases=True), duckdb_url(tmp_path), tmp_path) as made:
        made.sandbox.site.keeps_relations = True  # type: ignore[attr-defined]
        synced(made.sync(*tables))
        assert not made.differences(*tables)
        shown = Counter(item["workgroup"] for item in made.snapshot().live("workgroup_roles"))
        made.sandbox.delete("workgroups", shown.most_common(1)[0][0])  # type: ignore[attr-defined]
        synced(made.sync(*tables, sweep=True))
        synced(made.sync("workgroup_roles", sweep=True))
        assert not made.differences(*tables)
        assert len(made.snapshot().live("workgroup_roles")) == shown.total()


def test_a_signup_list_that_is_closed_takes_its_signups_with_it(made: SyncHarness) -> None:
    shift = made.sandbox.create("shifts", signup_list=True, start_date="2026-10-01T09:00:00")  # type: ignore[attr-defined]
    made.sandbox.create("shift_signups", shift=shift["id"])  # type: ignore[attr-defined]
    synced(made.sync("shift*"))
    assert shift["id"] in {item["shift"] for item in made.snapshot().live("shift_signups")}
    made.sandbox.clock.advance(hours=1)
    made.sandbox.change("shifts", shift["id"], signup_list=False)  # type: ignore[attr-defined]
    synced(made.sync("shift*"))
    assert shift["id"] not in {item["shift"] for item in made.snapshot().live("shift_signups")}
    assert not made.differences("shifts", "shift_signups", "shift_custom_options")


def test_what_the_vendor_flags_as_deleted_is_not_written_where_deletes_are_hard(tmp_path: Path) -> None:
    box = ShiftboardSandbox(size=0.05, edge_cases=True)
    assert any(row["deleted"] for row in box.truth()["workgroups"])
    with open_harness(box, duckdb_url(tmp_path), tmp_path, deletes="hard") as at:
        assert at.sync("workgroups").exit_code == 0
        assert at.fetch("SELECT count(*) FROM shiftboard.workgroups WHERE deleted") == [(0,)]
        (again,) = at.sync("workgroups").outcomes
        assert (again.rows_written, again.rows_deleted) == (0, 0)


@pytest.mark.parametrize(
    ("error", "code", "shown"),
    [
        ({"code": -32603, "message": "Internal error"}, 3, "Internal error"),
        ({"code": -32000, "data": {"message": "Database is busy, please try again"}}, 3, "Database is busy"),
        ({"code": "no_permission", "data": {"misc": "Ask the owner"}}, 2, "Ask the owner"),
        ({"code": -32000, "data": {"code": "invalid_signature"}}, 2, "invalid_signature"),
        ({"reason": "no code at all"}, 4, "error without a code"),
    ],
)
def test_an_error_of_a_method_ends_its_table_as_its_cause_wants(
    made: SyncHarness, error: dict[str, Any], code: int, shown: str
) -> None:
    """Faults of the vendor's own server are tried again; nothing is deleted, and another table is read."""
    synced(made.sync("locations"))
    calls = []

    def fault(call: Call, honest: Answer) -> Answer | None:
        sent = json.loads(call.body or b"{}")
        if not isinstance(sent, dict) or sent.get("method") != "location.list":
            return None
        calls.append(sent)
        body = {"id": sent["id"], "jsonrpc": "2.0", "error": error}
        return Answer(200, json.dumps(body).encode(), honest.headers)

    before = made.snapshot().rows["locations"]
    with made.sandbox.fault(fault):
        report = made.sync("locations", full=True)
    assert report.exit_code == code
    (outcome,) = report.outcomes
    assert shown in str(outcome.error)
    assert ("Give the API account the right" in str(outcome.error)) is (error.get("code") == "no_permission")
    assert (len(calls) > 1) is (code == 3)
    assert made.snapshot().rows["locations"] == before
    synced(made.sync("locations"))
