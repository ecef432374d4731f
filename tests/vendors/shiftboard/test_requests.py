"""How Shiftboard's lists and feeds are read, by the sandbox that refuses what the text does not name."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.shiftboard import VENDOR
from tests.support.reader_harness import NOW, expected, ordered
from tests.vendors.shiftboard.site import Site, ids

MICRO = timedelta(microseconds=1)


def test_every_table_is_what_the_vendor_holds(site: Site) -> None:
    reading = site.read()
    assert reading.errors == {}
    expected_rows, actual = ordered(expected(VENDOR, site.truth())), ordered(reading.rows)
    assert actual.keys() == expected_rows.keys()
    for name in expected_rows:
        assert sorted(set(actual[name])) == expected_rows[name], (
            name
        )  # each workgroup gives all attestation types


def test_every_list_that_uses_pagination_is_asked_for_a_thousand_records_from_the_first(site: Site) -> None:
    """The others are not said to take ``page``, and may refuse it."""
    site.read()
    complete = {
        "account.listOpenids",
        "accountPoints.list",
        "attestationType.list",
        "managerNote.customFields",
        "managerNoteType.list",
        "membership.tierList",
        "profileConfiguration.list",
        "shift.customDropdownList",
        "shift.customMultipickList",
        "shift.customTextList",
        "shift.signupList",
        "teamCategory.list",
        "timecard.customDropdownList",
    }
    for method, params in site.calls:
        if method in complete or method.endswith(".get"):
            assert "page" not in params, method
        else:
            assert params["page"] == {"batch": 1000, "start": 1}, method


def test_nothing_is_left_to_a_default(site: Site) -> None:
    site.read()
    for method in ("shift.list", "timecard.list", "timeclock.list", "timeOffRequest.list", "tradeboard.list"):
        for select in site.selected(method):
            assert select["start_date"] < select["end_date"], method
    for params in site.asked("shift.list"):
        assert params["extended"] is True
        assert params["referenced_objects"] is False
        assert params["select"]["scope"] == "siteadmin"
        assert params["select"]["only_deleted_workgroups"] is False
    (select,) = site.selected("availability.list")
    assert select == {"start_date": None, "end_date": None, "scope": "siteadmin"}
    for select in site.selected("membership.list"):
        assert select["org_hold"] is select["org_pending"] is True
        assert isinstance(select["workgroup"], list)
    assert all(params["extended"] is True for params in site.asked("workgroup.get"))
    assert all(isinstance(s["profile_type"], str) for s in site.selected("profileData.list"))


def test_accounts_are_those_on_hold_and_those_who_are_not(site: Site) -> None:
    reading = site.read("accounts")
    holds = {row["id"]: row["org_hold"] for row in site.box.truth()["accounts"]}
    assert set(holds.values()) == {True, False}
    assert ids(reading, "accounts") == set(holds)
    assert [params["sort"] for params in site.asked("account.list")] == ["id"] * 4
    asked = [(select["org_hold"], "org_pending" in select) for select in site.selected("account.list")]
    assert asked == [(False, False), (True, False), (False, True), (True, True)]


def test_the_feeds_are_proven_by_a_moment_that_no_row_can_reach(site: Site) -> None:
    reading = site.read("accounts", "shifts")
    assert [outcome.filter_proven for outcome in reading.outcomes.values()] == [True, True]
    (accounts,), (shifts,) = site.selected("account.listUpdated"), site.selected("shift.listUpdated")
    assert accounts["updated_since"] == shifts["updated_since"] == 32472144000
    assert (shifts["start_date"], shifts["end_date"]) == ("1970-01-01", "2199-12-31")


def test_both_streams_of_both_feeds_are_read_from_the_cursor_less_a_quarter_of_an_hour(site: Site) -> None:
    start = site.box.clock.now()
    on_hold, free = (
        next(r["id"] for r in site.box.truth()["accounts"] if r["org_hold"] is on) for on in (True, False)
    )
    shift = next(row["id"] for row in site.box.truth()["shifts"])
    other = next(row["id"] for row in site.box.truth()["shifts"] if row["id"] != shift)
    site.box.clock.advance(hours=1)
    site.box.change("accounts", on_hold, city="Bonn")  # profile
    site.box.change("accounts", free, pay_rate="99.00")  # other data
    site.box.change("shifts", shift, published=False)  # status
    site.box.change("shifts", other, subject="Changed")
    reading = site.read("accounts", "shifts", cursor=start)
    assert {on_hold, free} <= ids(reading, "accounts")
    assert {shift, other} <= ids(reading, "shifts")
    assert not site.asked("shift.list")
    assert not site.asked("account.list")
    reads = site.selected("account.listUpdated")[1:]
    assert [("org_pending" in s, s["org_hold"], s.get("profile_update")) for s in reads] == [
        (pending, hold, profile)
        for pending in (False, True)
        for hold in (False, True)
        for profile in (None, True)
    ]
    assert {s["updated_since"] for s in reads} == {int((start - timedelta(minutes=15)).timestamp())}
    assert [s.get("status_update") for s in site.selected("shift.listUpdated")[1:]] == [None, True]
    assert all(s["scope"] == "siteadmin" for s in site.selected("shift.listUpdated"))


def test_a_change_outside_the_default_window_and_in_a_deleted_workgroup_is_seen(site: Site) -> None:
    start = site.box.clock.now()
    site.box.clock.advance(hours=1)
    gone = next(row["id"] for row in site.box.truth()["workgroups"] if row["deleted"])
    old = site.box.create("shifts", start_date="2025-03-01T09:00:00", end_date="2025-03-01T17:00:00")
    hidden = site.box.create("shifts", workgroup=gone)
    assert {old["id"], hidden["id"]} <= ids(site.read("shifts", cursor=start), "shifts")


def test_rows_of_a_feed_that_gives_basic_attributes_are_read_again_from_the_list(site: Site) -> None:
    site.box.site.basic_feed = True
    start = site.box.clock.now()
    site.box.clock.advance(hours=1)
    changed = {r["id"]: r for r in site.box.truth()["accounts"][:3]}
    assert {True, False} <= {row["org_hold"] for row in site.box.truth()["accounts"]}
    for item in changed:
        site.box.change("accounts", item, pay_rate="99.00")
    reading = site.read("accounts", cursor=start)
    rows = {row["id"]: row for row in reading.rows["accounts"]}
    assert rows.keys() == changed.keys()
    assert {str(row["pay_rate"]) for row in rows.values()} == {"99.000000000"}
    again = site.selected("account.list")
    assert {key for select in again for key in select["account"]} == set(changed)
    assert all("org_hold" in select for select in again)


def test_a_list_that_takes_no_page_is_read_on_where_its_answer_names_a_next_one(site: Site) -> None:
    """As if profileConfiguration.list had pages of three by default, and took ``page``."""
    complete = site.box.truth()["profile_configuration"]
    sent: list[Any] = []

    def paged(call: Call, honest: Answer) -> Answer | None:
        body = json.loads(call.body)
        if isinstance(body, list) or body["method"] != "profileConfiguration.list":
            return None
        sent.append(body["params"].get("page"))
        kind, page = body["params"]["select"]["profile_type"], body["params"].get("page") or {"start": 1}
        rows = [row for row in complete if row["profile_type"] == kind]
        start, batch = page["start"], page.get("batch", 3)
        following = {"next": {"start": start + batch, "batch": batch}} if start + batch <= len(rows) else {}
        part = {"profile_configuration": rows[start - 1 : start - 1 + batch], "page": following}
        return Answer(200, json.dumps({"id": "", "jsonrpc": "2.0", "result": part}).encode())

    with site.box.fault(paged):
        reading = site.read("profile_types", "profile_configuration")
    assert reading.errors == {}
    assert ids(reading, "profile_configuration") == {row["id"] for row in complete}
    assert {"batch": 1000, "start": 4} in sent


def test_a_vendor_that_takes_smaller_batches_gets_smaller_ones(site: Site) -> None:
    site.box.batch_limit = 6
    accounts = site.box.truth()["accounts"]
    assert len(accounts) == 15
    reading = site.read("accounts", "account_points", "account_openids")
    assert reading.errors == {}
    assert ids(reading, "account_points") == {str(row["id"]) for row in site.box.truth()["account_points"]}
    assert ids(reading, "account_openids") == {row["id"] for row in site.box.truth()["account_openids"]}
    assert reading.outcomes["account_openids"].requests == 5  # 15 were refused, then 7: threes from then on


def test_a_method_that_the_site_lacks_is_no_empty_table(site: Site) -> None:
    """It says nothing of the accounts that were asked about, so that the table is not read and nothing is gone."""

    def lacking(call: Call, honest: Answer) -> Answer | None:
        asked = json.loads(call.body)
        several = asked if isinstance(asked, list) else [asked]
        if not any("points" in item["method"].lower() for item in several):
            return None
        error = {"code": -32601, "message": "Method not found"}
        answers = [{"jsonrpc": "2.0", "id": item["id"], "error": error} for item in several]
        return Answer(200, json.dumps(answers if isinstance(asked, list) else answers[0]).encode())

    with site.box.fault(lacking):
        reading = site.read("accounts", "account_points")
    assert reading.errors == {"account_points": "NoSuchRead"}
    assert reading.outcomes["account_points"].deleted is None


@pytest.mark.parametrize("code", [-32000, -32601, -32602])
def test_a_feed_that_takes_no_future_moment_is_replaced_by_the_list(site: Site, code: int) -> None:
    """The vendor promises only moments that its clock gave: what it says to another one is not documented."""

    def refused(call: Call, honest: Answer) -> Answer | None:
        if b"listUpdated" not in call.body:
            return None
        return Answer(200, json.dumps({"id": "1", "jsonrpc": "2.0", "error": {"code": code}}).encode())

    with site.box.fault(refused):
        reading = site.read("accounts", "shifts", cursor=NOW - timedelta(hours=1))
    assert reading.errors == {}
    assert ids(reading, "accounts") == {row["id"] for row in site.box.truth()["accounts"]}
    assert ids(reading, "shifts") == {row["id"] for row in site.box.truth()["shifts"]}
    assert [outcome.filter_proven for outcome in reading.outcomes.values()] == [False, False]


def test_a_backfill_beyond_what_the_feed_looks_back_reads_the_list(site: Site) -> None:
    reading = site.read("accounts", since=NOW - timedelta(days=90))
    assert ids(reading, "accounts") == {row["id"] for row in site.box.truth()["accounts"]}
    assert not site.asked("account.listUpdated")


def test_the_next_cursor_is_the_vendors_clock_at_the_start(site: Site) -> None:
    reading = site.read("shifts")
    state = reading.outcomes["shifts"].state
    assert state is not None
    assert state.cursor == NOW


@pytest.mark.parametrize(
    ("age", "by_feed"), [(timedelta(days=29), True), (timedelta(days=29) + MICRO, False)]
)
def test_a_cursor_that_the_vendor_would_cut_off_is_not_used(
    site: Site, age: timedelta, by_feed: bool
) -> None:
    reading = site.read("accounts", cursor=NOW - age)
    assert (not site.asked("account.list")) is by_feed
    assert ("looks back 30" in " ".join(reading.outcomes["accounts"].notes)) is not by_feed
