"""How Shiftboard's windows, deleted workgroups, details and per-account lists are read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.shiftboard.request_params import shift_days
from tests.support.reader_harness import NOW
from tests.vendors.shiftboard.site import Site, ids


def test_a_window_that_does_not_fit_one_page_is_halved() -> None:
    site = Site(size=1.6)
    reading = site.read("shifts")
    expected_rows = {row["id"] for row in site.box.truth()["shifts"]}
    assert len(expected_rows) > 1200
    assert ids(reading, "shifts") == expected_rows
    assert reading.errors == {}
    windows = [(s["display_start_date"], s["display_end_date"]) for s in site.selected("shift.list")]
    assert windows[0] == ("2024-11-01", "2027-01-01")
    assert windows[-1] == ("2027-01-02", "2199-12-31")
    parts = windows[1:-1]
    assert len(parts) >= 2
    assert (parts[0][0], parts[-1][1]) == windows[0]
    for (_, end), (start, _) in pairwise(parts):
        assert datetime.fromisoformat(start) - datetime.fromisoformat(end) == timedelta(days=1)
    assert {params["page"]["start"] for params in site.asked("shift.list")} == {1}


@pytest.mark.parametrize("reading", ["both", "alone", "ignored"])
@pytest.mark.parametrize("hours", [-12, 0, 12])
def test_shifts_are_selected_by_their_dates_on_display(reading: str, hours: int) -> None:
    """In whichever way the vendor combines them with the other dates, and across the edges of windows."""
    site = Site(size=1.6)
    site.box.site.display_dates, site.box.site.display_offset = reading, timedelta(hours=hours)
    select = {**shift_days(NOW, NOW)["select"]}
    assert (select["display_start_date"], select["display_end_date"]) == (
        f"{NOW:%Y-%m-%d}",
        f"{NOW:%Y-%m-%d}",
    )
    result = site.read("shifts")
    rows = site.box.truth()["shifts"]
    assert len(site.selected("shift.list")) > 3
    assert ids(result, "shifts") == {row["id"] for row in rows}
    assert result.outcomes["shifts"].rows_deleted == 0


def test_open_clock_entries_are_read_however_old(site: Site) -> None:
    entry = site.box.create(
        "timeclocks",
        clocked_in="2021-05-01T15:00:00Z",
        clocked_in_local="2021-05-01T08:00:00",
        clocked_out=None,
        clocked_out_local=None,
    )
    assert entry["id"] in ids(site.read("timeclocks"), "timeclocks")
    assert site.selected("timeclock.list")[-1] == {
        "start_date": "1970-01-01",
        "end_date": "2199-12-31",
        "clocked_out": False,
    }


def test_deleted_workgroups_are_flagged_and_asked_for_apart(site: Site) -> None:
    reading = site.read("workgroups", "memberships", "workgroup_roles", "attestation_types")
    flags = {row["id"]: row["deleted"] for row in reading.rows["workgroups"]}
    assert flags == {row["id"]: row["deleted"] for row in site.box.truth()["workgroups"]}
    live = {key for key, deleted in flags.items() if not deleted}
    assert 0 < len(live) < len(flags)
    assert [params.get("select") for params in site.asked("workgroup.list")] == [None, {"deleted": True}]
    for method in ("membership.list", "workgroup.listRoles"):
        asked = [set(select["workgroup"]) for select in site.selected(method)]
        assert set().union(*asked[:-1]) == live, method
        assert asked[-1] == flags.keys() - live, method
    assert {select["workgroup"] for select in site.selected("attestationType.list")} == live
    deleted = reading.outcomes["workgroups"].deleted
    assert deleted is not None
    assert set(deleted.column("id").to_pylist()) == flags.keys() - live


def test_a_vendor_that_refuses_deleted_workgroups_is_read_all_the_same(site: Site) -> None:
    gone = [row["id"] for row in site.box.truth()["workgroups"] if row["deleted"]]

    def refused(call: Call, honest: Answer) -> Answer | None:
        body = json.loads(call.body)
        named = [] if isinstance(body, list) else body["params"].get("select", {}).get("workgroup", [])
        if not set(named) & set(gone):
            return None
        return Answer(200, json.dumps({"id": "1", "jsonrpc": "2.0", "error": {"code": -32000}}).encode())

    with site.box.fault(refused):
        reading = site.read("workgroups", "memberships", "workgroup_roles")
    assert reading.errors == {}
    assert len(reading.rows["workgroup_roles"]) == len(site.box.truth()["workgroup_roles"])
    assert not any(outcome.notes for outcome in reading.outcomes.values())


def test_what_is_asked_per_account_goes_in_batches_of_twenty(site: Site) -> None:
    accounts = len(site.box.truth()["accounts"])
    reading = site.read("accounts", "account_points", "account_openids", "shifts", "shift_signups")
    batches = -(-accounts // 20)
    assert (
        reading.outcomes["account_points"].requests == reading.outcomes["account_openids"].requests == batches
    )
    assert len(site.asked("accountPoints.list")) == accounts
    listed = {row["id"] for row in site.box.truth()["shifts"] if row["signup_list"]}
    assert {params["id"] for params in site.asked("shift.signupList")} == listed


def test_a_right_that_is_missing_is_said_and_stops_no_other_table(site: Site) -> None:
    site.box.denied = {"managerNote.list", "accountPoints.list", "shift.customMultipickList"}
    reading = site.read()
    denied = {"manager_notes", "account_points", "shift_custom_options"}
    assert reading.errors == dict.fromkeys(denied, "Denied")
    assert {reading.outcomes[name].status for name in denied} == {"denied"}
    assert not denied & reading.rows.keys()


def test_a_key_of_less_than_an_administrator_fails_and_reads_no_part(site: Site) -> None:
    site.box.site.siteadmin = False
    reading = site.read("shifts", "availability", "roles")
    assert reading.errors == {"shifts": "Denied", "availability": "Denied"}
    assert reading.rows.keys() == {"roles"}


def test_details_that_are_refused_leave_the_rows_of_the_list(site: Site) -> None:
    site.box.denied = {"workgroup.get"}
    reading = site.read("workgroups")
    assert reading.errors == {"workgroups": "DetailDenied"}
    assert len(reading.rows["workgroups"]) == len(site.box.truth()["workgroups"])
    assert not any("def_pay_rate" in row for row in reading.rows["workgroups"])


def test_account_that_vanished_since_has_no_rows_and_the_others_are_read(site: Site) -> None:
    gone = site.box.truth()["accounts"][3]["id"]

    def vanish(call: Call, honest: Answer) -> None:
        if b'"org_hold":true' in call.body and gone in site.box.site.tables["accounts"]:
            site.box.delete("accounts", gone)

    with site.box.fault(vanish):
        reading = site.read("accounts", "account_points")
    assert reading.errors == {}
    assert reading.outcomes["account_points"].notes == []
    assert gone not in {row["account"] for row in reading.rows["account_points"]}
    assert ids(reading, "account_points") == {str(row["id"]) for row in site.box.truth()["account_points"]}


def test_parents_whose_rows_may_not_be_read_are_counted_without_their_ids(site: Site) -> None:
    closed = str(site.box.truth()["accounts"][3]["id"])

    def refuse(call: Call, honest: Answer) -> Answer | None:
        asked, answers = json.loads(call.body), json.loads(honest.body)
        if not isinstance(asked, list) or asked[0]["method"] != "accountPoints.list":
            return None
        refusal = {"code": 403, "message": "Permission denied"}
        for item in asked:
            if str(item["params"]["account"]) == closed:
                (answer,) = [answer for answer in answers if answer["id"] == item["id"]]
                answer.pop("result", None)
                answer["error"] = refusal
        return Answer(honest.status, json.dumps(answers).encode(), honest.headers)

    with site.box.fault(refuse):
        reading = site.read("accounts", "account_points")
    assert reading.errors == {}
    assert reading.outcomes["account_points"].notes == ["not readable for 1 of the accounts"]


def test_a_backfill_reads_its_days_alone(site: Site) -> None:
    since, until = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)
    reading = site.read("shifts", "timecards", since=since, until=until)
    assert site.selected("shift.list")[0]["display_start_date"] == "2026-03-01"
    assert site.selected("shift.list")[-1]["display_end_date"] == "2026-03-31"
    expected_rows = {
        r["id"] for r in site.box.truth()["shifts"] if "2026-03-01" <= r["start_date"][:10] <= "2026-03-31"
    }
    assert ids(reading, "shifts") == expected_rows
    assert reading.outcomes["shifts"].state is None
