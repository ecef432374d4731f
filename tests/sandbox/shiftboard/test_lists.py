"""What the Shiftboard sandbox's lists show by default and on request: members, windows, streams of changes."""

from __future__ import annotations

import pytest

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shiftboard.api import ShiftboardSandbox
from fieldhouse.sources.sandbox.shiftboard.timezones import IANA
from tests.sandbox.shiftboard.calls import ALL_SHIFTS, ALWAYS, ask, days, feed, listed_group, pages


def test_membership_pages_count_accounts_and_hold_back_some(sandbox: ShiftboardSandbox) -> None:
    groups = [row["id"] for row in ask(sandbox, "workgroup.list")["workgroups"]]
    first = ask(sandbox, "membership.list", select={"workgroup": groups}, page={"batch": 2})
    assert first["page"]["next"]["start"] == 3
    assert len({row["member"] for row in first["memberships"]}) == 2
    include = {"workgroup": groups, "org_hold": True, "org_pending": True}
    everyone = pages(sandbox, "membership.list", "memberships", batch=7, select=include)
    live = pages(sandbox, "membership.list", "memberships", select={"workgroup": groups})
    assert {row["id"] for row in live} < {row["id"] for row in everyone}
    assert {row["id"] for row in everyone} == {row["id"] for row in sandbox.truth()["memberships"]}
    by_tier = [
        pages(sandbox, "membership.list", "memberships", select={**include, "tier": tier})
        for tier in ask(sandbox, "membership.tierList")["tiers"]
    ]
    assert 0 < sum(map(len, by_tier)) < len(everyone)


def test_accounts_on_hold_are_listed_only_on_request(sandbox: ShiftboardSandbox) -> None:
    default = {row["id"] for row in pages(sandbox, "account.list", "accounts")}
    on_hold = {row["id"] for row in pages(sandbox, "account.list", "accounts", select={"org_hold": True})}
    assert on_hold
    assert not default & on_hold
    assert default | on_hold == {row["id"] for row in sandbox.truth()["accounts"]}


def test_workgroup_relations_are_those_of_managed_workgroups_unless_named(sandbox: ShiftboardSandbox) -> None:
    groups = [row["id"] for row in ask(sandbox, "workgroup.list")["workgroups"]]
    managed = [row["id"] for row in ask(sandbox, "workgroup.list", level=4)["workgroups"]]
    assert 0 < len(managed) < len(groups)
    default = pages(sandbox, "workgroup.listRoles", "workgroup_roles")
    assert {row["workgroup"] for row in default} == set(managed)
    named = pages(sandbox, "workgroup.listRoles", "workgroup_roles", select={"workgroup": groups})
    assert named == sandbox.truth()["workgroup_roles"]
    restricted = pages(sandbox, "workgroup.listRoles", "workgroup_roles", restricted_roles=True)
    assert all(isinstance(row["account"], list) for row in restricted)


def test_profile_data_is_of_the_first_accounts_type(sandbox: ShiftboardSandbox) -> None:
    people = {row["profile_type"]: row["id"] for row in sandbox.truth()["accounts"]}
    both = list(people.values())[:2]
    got = pages(sandbox, "profileData.list", "profile_data", select={"account": both})
    assert {row["account"] for row in got} <= {both[0]}
    kinds = {type(row["value"]) for row in sandbox.truth()["profile_data"]}
    assert kinds == {str, list}


def test_deleted_workgroups_and_items_are_listed_apart(sandbox: ShiftboardSandbox) -> None:
    live = {row["id"] for row in ask(sandbox, "workgroup.list")["workgroups"]}
    gone = {row["id"] for row in ask(sandbox, "workgroup.list", select={"deleted": True})["workgroups"]}
    assert (len(live), len(gone), live & gone) == (6, 2, set())
    items = ask(sandbox, "teamCategoryItem.list", select={"deleted": True, "category": 1})
    assert [row["category"] for row in items["items"]] == [1]
    assert items["count"] == 1


def test_odd_shapes_stay_odd(sandbox: ShiftboardSandbox) -> None:
    assert isinstance(ask(sandbox, "teamCategory.list"), list)
    assert len(ask(sandbox, "coverageBlock.list")["shift/coverage blocks"]) == 4
    assert ask(sandbox, "workgroup.listCoverageBlocks")["workgroup_shift/coverage blocks"]
    assert ask(sandbox, "paytype.list")["count"] == "1"
    assert len(ask(sandbox, "paytype.list")["paytypes"]) == 3
    assert "custom_listable_4" in ask(sandbox, "timecard.customDropdownList")
    assert ask(sandbox, "shift.customMultipickList")["custom_multipick_2"] == []
    points = next(iter(sandbox.truth()["account_points"]))
    assert type(points["id"]) is int
    got = ask(sandbox, "accountPoints.list", account=points["account"])
    assert points in got["account_points"]
    stamp = ask(sandbox, "system.timestamp")
    assert stamp["24_hour_clock"] is True
    assert stamp["localtime"] == "2026-11-02T06:30:00-0800"
    assert stamp["timestamp"] == int(sandbox.clock.now().timestamp())
    zones = pages(sandbox, "timezone.list", "timezones")
    assert {row["name"]: row["iana_timezone"] for row in zones} == IANA


@pytest.mark.parametrize(
    ("table", "method", "key", "field", "back", "ahead"),
    [
        ("shifts", "shift.list", "shifts", "start_date", 0, 7),
        ("timecards", "timecard.list", "timecards", "start_date", 30, 0),
        ("timeclocks", "timeclock.list", "timeclocks", "clocked_in_local", 0, 0),
        ("time_off_requests", "timeOffRequest.list", "timeOffRequests", "start_date", 0, 7),
    ],
)
def test_default_windows(
    sandbox: ShiftboardSandbox, table: str, method: str, key: str, field: str, back: int, ahead: int
) -> None:
    made = {}
    for offset in (-back - 1, -back, ahead, ahead + 1):
        fields: Record = {field: days(sandbox, days=offset), "use_time": "5", "end_date": None}
        made[offset] = sandbox.create(table, workgroup=listed_group(sandbox), **fields)["id"]
    listed = {row["id"] for row in pages(sandbox, method, key)}
    assert {offset for offset, identity in made.items() if identity in listed} == {-back, ahead}


def test_one_given_end_of_a_window_keeps_the_others_default(sandbox: ShiftboardSandbox) -> None:
    late = sandbox.create("shifts", start_date=days(sandbox, days=40), workgroup=listed_group(sandbox))
    for start, actual in ((33, True), (32, False), (40, True), (41, False)):
        select = {"start_date": days(sandbox, days=start)}
        rows = pages(sandbox, "shift.list", "shifts", select=select)
        assert (late["id"] in {row["id"] for row in rows}) is actual, start


def test_time_off_and_availability_match_by_overlap(sandbox: ShiftboardSandbox) -> None:
    long = sandbox.create(
        "time_off_requests", use_time="3", start_date="2026-10-01", end_date="2026-11-20T17:00:00"
    )
    got = pages(sandbox, "timeOffRequest.list", "timeOffRequests", select={"start_date": "2026-11-20"})
    assert long["id"] in {row["id"] for row in got}
    got = pages(sandbox, "timeOffRequest.list", "timeOffRequests", select={"start_date": "2026-11-21"})
    assert long["id"] not in {row["id"] for row in got}
    old = sandbox.create("availability", start_date="2025-01-01", end_date="2026-11-01")
    default = pages(sandbox, "availability.list", "availability")
    assert old["id"] not in {row["id"] for row in default}
    unbounded = {"start_date": None, "end_date": None, "scope": "siteadmin"}
    everything = pages(sandbox, "availability.list", "availability", select=unbounded)
    assert {row["id"] for row in everything} == {row["id"] for row in sandbox.truth()["availability"]}


def test_tradeboard_goes_by_the_day_of_the_shift(sandbox: ShiftboardSandbox) -> None:
    shift = sandbox.create("shifts", start_date=days(sandbox, days=14) + "T09:00:00")
    trade = sandbox.create("tradeboard", shift=shift["id"])
    assert trade["id"] in {row["id"] for row in pages(sandbox, "tradeboard.list", "tradeboard")}
    sandbox.change("shifts", shift["id"], start_date=days(sandbox, days=15) + "T09:00:00")
    assert trade["id"] not in {row["id"] for row in pages(sandbox, "tradeboard.list", "tradeboard")}


def test_shifts_of_deleted_workgroups_show_only_on_request(sandbox: ShiftboardSandbox) -> None:
    counts = {}
    for name, more in {"live": {}, "deleted": {"only_deleted_workgroups": True}}.items():
        counts[name] = len(pages(sandbox, "shift.list", "shifts", select={**ALWAYS, **more}))
    both = pages(sandbox, "shift.list", "shifts", select=ALL_SHIFTS)
    assert min(counts.values()) > 0
    assert counts["live"] + counts["deleted"] == len(both) == len(sandbox.truth()["shifts"])


def test_a_weaker_key_sees_its_own_calendar_and_may_not_ask_for_the_site(sandbox: ShiftboardSandbox) -> None:
    site = len(pages(sandbox, "shift.list", "shifts", select=ALWAYS))
    sandbox.site.siteadmin = False
    assert 0 < len(pages(sandbox, "shift.list", "shifts", select=ALWAYS)) < site
    assert ask(sandbox, "shift.list", select=ALL_SHIFTS)["code"] == -32604


def test_shift_streams_notify_status_from_other_changes(sandbox: ShiftboardSandbox) -> None:
    since = int(sandbox.clock.advance(days=40).timestamp())
    first, second, third = list(sandbox.site.tables["shifts"])[:3]
    sandbox.change("shifts", first, subject="other")
    sandbox.change("shifts", second, covered=True, covering_member="2001")
    sandbox.change("shifts", third, published=False, details="both")
    assert feed(sandbox, "shifts", updated_since=since) == {first, third}
    assert feed(sandbox, "shifts", updated_since=since, status_update=True) == {second, third}
    sandbox.clock.advance(seconds=1)
    assert feed(sandbox, "shifts", updated_since=since + 1) == set()


def test_account_streams_tell_profile_from_other_changes(sandbox: ShiftboardSandbox) -> None:
    since = int(sandbox.clock.advance(days=40).timestamp())
    on_hold = pages(sandbox, "account.list", "accounts", select={"org_hold": True})[0]["id"]
    ids = [row["id"] for row in pages(sandbox, "account.list", "accounts", sort="id")][1:5]
    sandbox.change("accounts", ids[0], last_name="Other")
    sandbox.change("accounts", ids[1], mobile_phone="1")
    sandbox.create("profile_data", account=ids[2], profile_option="999", value="x")
    sandbox.change("accounts", on_hold, last_name="Held")
    assert feed(sandbox, "accounts", updated_since=since) == {ids[0]}
    assert feed(sandbox, "accounts", updated_since=since, profile_update=True) == {ids[1], ids[2]}
    assert feed(sandbox, "accounts", updated_since=since, org_hold=True) == {on_hold}
    shown = ask(sandbox, "account.get", id=ids[1], extended=True)
    assert shown["profile_updated"] == "2026-12-12T14:30:00Z"


def test_updated_since_is_a_day_by_default_and_never_more_than_thirty(sandbox: ShiftboardSandbox) -> None:
    sandbox.clock.advance(days=90)
    shift = next(iter(sandbox.site.tables["shifts"]))
    sandbox.change("shifts", shift, subject="old")
    start = int(sandbox.clock.now().timestamp())
    sandbox.clock.advance(hours=24)
    assert feed(sandbox, "shifts") == {shift}
    sandbox.clock.advance(seconds=1)
    assert feed(sandbox, "shifts") == set()
    assert feed(sandbox, "shifts", updated_since=start) == {shift}
    sandbox.clock.advance(days=29)
    assert feed(sandbox, "shifts", updated_since=0) == set()
    assert feed(sandbox, "shifts", updated_since=start) == set()


def test_a_feed_keeps_the_default_window_of_its_list(sandbox: ShiftboardSandbox) -> None:
    shift = sandbox.create("shifts", start_date="2026-06-01T09:00:00", workgroup=listed_group(sandbox))
    near = ask(sandbox, "shift.listUpdated", page={"batch": 1000})["shifts"]
    assert shift["id"] not in {row["id"] for row in near}
    assert shift["id"] in feed(sandbox, "shifts")
