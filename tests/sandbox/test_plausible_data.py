"""The sandboxes' data for the demo are those of a well-run business; ``edge_cases`` brings the values that are not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.bossdesk import BossDeskSandbox
from fieldhouse.sources.sandbox.notific import NotificSandbox
from fieldhouse.sources.sandbox.sandbox import Record, Sandbox
from fieldhouse.sources.sandbox.servicebridge import ServiceBridgeSandbox
from fieldhouse.sources.sandbox.servicesidekick import ServiceSidekickSandbox
from fieldhouse.sources.sandbox.shiftboard import ShiftboardSandbox
from fieldhouse.sources.sandbox.shiftboard.timezones import zone

SIZE = 0.3


def truth_after_edits(sandbox: Sandbox) -> dict[str, list[Record]]:
    sandbox.clock.advance(minutes=30)
    sandbox.edit(100)
    return sandbox.truth()


def invoices_due_too_early(rows: list[Record]) -> list[Record]:
    return [row for row in rows if row["DueDate"] and row["DueDate"] < row["Date"]]


def is_instant(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def impossible_times(tickets: list[Record]) -> Iterator[str]:
    for ticket in tickets:
        yield from (task["created_at"] for task in ticket["tasks"] if not is_instant(task["created_at"]))


def test_tasks_have_times_that_exist_unless_edge_cases_are_asked_for() -> None:
    assert list(impossible_times(truth_after_edits(BossDeskSandbox(size=SIZE))["tickets"])) == []
    strict = truth_after_edits(BossDeskSandbox(size=SIZE, edge_cases=True))["tickets"]
    assert list(impossible_times(strict))


def test_invoices_are_due_after_their_date_unless_edge_cases_are_asked_for() -> None:
    assert invoices_due_too_early(truth_after_edits(ServiceBridgeSandbox(size=SIZE))["invoices"]) == []
    strict = truth_after_edits(ServiceBridgeSandbox(size=SIZE, edge_cases=True))["invoices"]
    assert invoices_due_too_early(strict)


def test_old_tickets_are_closed() -> None:
    desk, notific = BossDeskSandbox(size=SIZE), NotificSandbox(size=SIZE)
    since = (desk.clock.now() - timedelta(days=120)).isoformat()
    assert not [row for row in desk.truth()["tickets"] if row["created_at"] < since and not row["closed_at"]]
    assert not [
        row for row in notific.truth()["tickets"] if row["StartTime"] < since and not row["ClosedTime"]
    ]


def test_work_is_done_within_weeks_of_its_order_and_paid_within_months() -> None:
    sandbox = ServiceBridgeSandbox(size=SIZE)
    rows, now = sandbox.truth(), sandbox.clock.now()
    for order in rows["work_orders"]:
        ordered = datetime.fromisoformat(order["Metadata"]["CreatedOn"])
        for visit in order["Visits"]:
            started = datetime.fromisoformat(visit["StartTime"])
            assert timedelta(0) < started - ordered < timedelta(days=20)
            assert (visit["Status"] == "Scheduled") == (started.replace(tzinfo=UTC) >= now) or (
                visit["Status"] == "Canceled"
            )
    for invoice in rows["invoices"]:
        age = now - datetime.fromisoformat(invoice["Date"]).replace(tzinfo=UTC)
        assert age < timedelta(days=101) or not invoice["Balance"]


def test_jobs_are_not_done_before_they_are_scheduled_nor_in_the_future() -> None:
    sandbox = ServiceSidekickSandbox(size=SIZE)
    now = sandbox.clock.now()
    jobs = sandbox.truth()["jobs"]
    done = [row for row in jobs if row["completed_on"]]
    assert done
    for row in done:
        created, ended = (datetime.fromisoformat(row[name]) for name in ("created_at", "completed_on"))
        assert created < ended < now
        assert ended - created < timedelta(days=20)


def test_people_clock_in_near_the_start_of_a_shift_of_theirs() -> None:
    rows = ShiftboardSandbox(size=SIZE).truth()
    shifts = {row["id"]: row for row in rows["shifts"]}
    tied = [row for row in rows["timeclocks"] if row["shift"] and row["clocked_out"]]
    assert tied
    for entry in tied:
        shift = shifts[entry["shift"]]
        assert shift["covering_member"] == entry["account"]
        if len(shift["start_date"]) > len("2026-11-02"):
            planned = datetime.fromisoformat(shift["start_date"]).replace(tzinfo=zone(shift["timezone"]))
            assert abs(datetime.fromisoformat(entry["clocked_in"]) - planned) <= timedelta(minutes=10)
    assert all(row["duration"] != "120:00:00" for row in rows["timecards"])


def test_a_clock_entry_names_no_shift_of_another_day() -> None:
    """Entries of the hours before the edits, and entries that the edits add, name a shift only if it is near."""
    rows = truth_after_edits(ShiftboardSandbox(size=SIZE))
    days = {row["id"]: date.fromisoformat(row["start_date"][:10]) for row in rows["shifts"]}
    apart = [
        datetime.fromisoformat(row["clocked_in"]).date() - days[row["shift"]]
        for row in rows["timeclocks"]
        if row["shift"] in days
    ]
    assert max(map(abs, apart)) <= timedelta(days=1)


@pytest.mark.parametrize(
    ("fields", "vendors"),
    [
        pytest.param(
            {"servicebridge": ("customers", "Email"), "servicesidekick": ("customers", "email_address")},
            2,
            id="customers",
        ),
        pytest.param(
            {
                "shiftboard": ("accounts", "email"),
                "bossdesk": ("users", "email"),
                "servicebridge": ("employees", "Email"),
                "servicesidekick": ("employees", "email_address"),
            },
            4,
            id="workers",
        ),
    ],
)
def test_vendors_know_the_same_people(fields: dict[str, tuple[str, str]], vendors: int) -> None:
    known = [
        {row[column] for row in SANDBOXES[name](size=SIZE).truth()[table] if row[column]}
        for name, (table, column) in fields.items()
    ]
    assert len(known) == vendors
    assert len(set.intersection(*known)) >= 5
