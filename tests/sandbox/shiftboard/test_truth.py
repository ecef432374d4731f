"""The Shiftboard sandbox's truth: what a careful crawl reads equals it, before and after edits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import orjson
import pytest

from fieldhouse.sources.sandbox.sandbox import Clock, Record
from fieldhouse.sources.sandbox.shiftboard.api import ShiftboardSandbox
from fieldhouse.sources.sandbox.shiftboard.timezones import IANA
from tests.sandbox.shiftboard.calls import ALL_SHIFTS, ALWAYS, ask, feed, pages


def test_some_shifts_begin_in_hours_that_are_missing_or_doubled() -> None:
    shifts = ShiftboardSandbox(edge_cases=True).truth()["shifts"]
    gaps = folds = 0
    for row in shifts:
        wall = datetime.fromisoformat(row["start_date"]).replace(tzinfo=ZoneInfo(IANA[row["timezone"]]))
        gaps += wall.astimezone(UTC).astimezone(wall.tzinfo).replace(fold=0) != wall
        late = wall.replace(fold=1).utcoffset()
        folds += late is not None and late < (wall.utcoffset() or timedelta())
    assert gaps >= 3
    assert folds >= 3
    kinds = {row["use_time"] for row in shifts}
    assert kinds == {"1", "2", "3", "4", "5"}
    assert all(("end_date" in row) == (row["use_time"] in "123") for row in shifts)


# --- edits and truth ---


def crawl(sandbox: ShiftboardSandbox) -> dict[str, list[Record]]:
    """Every table read as a careful reader would."""

    def plain(method: str, key: str, **params: Any) -> list[Record]:
        return pages(sandbox, method, key, batch=37, **params)

    tables: dict[str, list[Record]] = {}
    live = plain("workgroup.list", "workgroups")
    groups = [row["id"] for row in live]
    named = {"select": {"workgroup": groups}}
    for table, method, key in (
        ("roles", "role.list", ""),
        ("clients", "client.list", ""),
        ("departments", "department.list", ""),
        ("locations", "location.list", ""),
        ("resources", "resource.list", ""),
        ("paycodes", "paycode.list", ""),
        ("paytypes", "paytype.list", ""),
        ("direct_managers", "directManager.list", ""),
        ("profile_types", "profileType.list", ""),
        ("timezones", "timezone.list", ""),
        ("work_status_types", "workStatusType.list", "workStatusTypes"),
        ("coverage_blocks", "coverageBlock.list", "shift/coverage blocks"),
    ):
        tables[table] = plain(method, key or table)
    tables["profile_configuration"] = ask(sandbox, "profileConfiguration.list")["profile_configuration"]
    tables["manager_note_custom_fields"] = ask(sandbox, "managerNote.customFields")["custom_fields"]
    tables["manager_note_types"] = ask(sandbox, "managerNoteType.list")["manager_note_type"]
    for table, name in (("client", "Clients"), ("department", "Departments"), ("location", "Locations")):
        tables[f"workgroup_{table}s"] = plain(f"workgroup.list{name}", f"workgroup_{table}s", **named)
    tables["workgroup_roles"] = plain("workgroup.listRoles", "workgroup_roles", **named)
    tables["workgroup_resources"] = plain("workgroup.listResources", "workgroup_resources", **named)
    blocks = plain("workgroup.listCoverageBlocks", "workgroup_shift/coverage blocks", **named)
    tables["workgroup_coverage_blocks"] = blocks
    include = {"workgroup": groups, "org_hold": True, "org_pending": True}
    tables["memberships"] = plain("membership.list", "memberships", select=include)
    tables["accounts"] = [
        row
        for hold in (False, True)
        for row in plain("account.list", "accounts", extended=True, select={"org_hold": hold})
    ]
    tables["shifts"] = plain("shift.list", "shifts", extended=True, select=ALL_SHIFTS)
    for table, method, key in (
        ("timecards", "timecard.list", "timecards"),
        ("timeclocks", "timeclock.list", "timeclocks"),
        ("time_off_requests", "timeOffRequest.list", "timeOffRequests"),
        ("tradeboard", "tradeboard.list", "tradeboard"),
    ):
        tables[table] = plain(method, key, extended=True, select=ALWAYS)
    unbounded = {"start_date": None, "end_date": None}
    tables["availability"] = plain("availability.list", "availability", select=unbounded)
    tables["profile_data"] = [
        row
        for kind in tables["profile_types"]
        for row in plain("profileData.list", "profile_data", select={"profile_type": kind["id"]})
    ]
    tables["shift_signups"] = [
        {"shift": shift["id"], **row}
        for shift in plain("shift.list", "shifts", select={**ALL_SHIFTS, "signup_list": True})
        for row in ask(sandbox, "shift.signupList", id=shift["id"])["signups"]
    ]
    people = [row["id"] for row in tables["accounts"]]
    tables["account_points"] = [
        row
        for account in people
        for row in ask(sandbox, "accountPoints.list", account=account)["account_points"]
    ]
    tables["account_openids"] = [
        {**row, "account": account}
        for account in people
        for row in ask(sandbox, "account.listOpenids", account=account)["account_openids"]
    ]
    tables["manager_notes"] = [
        ask(sandbox, "managerNote.get", id=row["id"])["manager_note"]
        for row in plain("managerNote.list", "manager_notes")
    ]
    tables["workgroups"] = [
        {**ask(sandbox, "workgroup.get", id=row["id"])["workgroup"], "deleted": deleted}
        for deleted in (False, True)
        for row in plain("workgroup.list", "workgroups", select={"deleted": deleted})
    ]
    tables["team_categories"] = ask(sandbox, "teamCategory.list")
    tables["team_category_items"] = [
        {**row, "deleted": deleted}
        for deleted in (False, True)
        for row in plain("teamCategoryItem.list", "items", select={"deleted": deleted})
    ]
    types = [
        ask(sandbox, "attestationType.list", select={"workgroup": item})["attestationTypes"]
        for item in groups
    ]
    tables["attestation_types"] = types[0]
    tiers = ask(sandbox, "membership.tierList")["tiers"]
    tables["membership_tiers"] = [{"tier": tier, "label": label} for tier, label in tiers.items()]
    tables["timecard_custom_options"] = options(ask(sandbox, "timecard.customDropdownList"))
    tables["shift_custom_options"] = options(ask(sandbox, "shift.customDropdownList")) + [
        {"list": name, **row}
        for name, rows in ask(sandbox, "shift.customMultipickList").items()
        for row in rows
    ]
    tables["shift_custom_options"] += [
        {"list": name, "id": name, **row} for name, row in ask(sandbox, "shift.customTextList").items()
    ]
    return tables


def options(lists: Record) -> list[Record]:
    return [
        {"list": name, "id": identity, "label": label}
        for name, actual in lists.items()
        for identity, label in actual.items()
    ]


def canonical(rows: list[Record]) -> list[bytes]:
    return sorted(orjson.dumps(row, option=orjson.OPT_SORT_KEYS) for row in rows)


def test_a_careful_crawl_finds_the_truth_of_all_tables_before_and_after_edits() -> None:
    sandbox = ShiftboardSandbox(size=0.15, edge_cases=True)
    for edits in (0, 250):
        done = sandbox.edit(edits)
        assert len(done) == edits
        truth, got = sandbox.truth(), crawl(sandbox)
        assert len(truth) == 41
        assert got.keys() == truth.keys()
        for table in truth:
            assert canonical(got[table]) == canonical(truth[table]), table
            assert truth[table], table
    assert not sandbox.writes


def test_edits_are_the_same_for_the_same_seed_and_touch_every_kind_of_table() -> None:
    first, second, other = (
        ShiftboardSandbox(size=0.2, edge_cases=True),
        ShiftboardSandbox(size=0.2, edge_cases=True),
        ShiftboardSandbox(seed=8, size=0.2, edge_cases=True),
    )
    lines = first.edit(600)
    assert lines == second.edit(600)
    assert first.truth() == second.truth()
    assert other.edit(10) != lines[:10]
    assert {line.split()[0] for line in lines} >= set(first.truth())
    assert any("restored" in line for line in lines)


def test_a_delete_leaves_no_trace_and_takes_along_what_hangs_on_it(sandbox: ShiftboardSandbox) -> None:
    member = sandbox.truth()["memberships"][-1]["member"]
    before = sandbox.truth()
    sandbox.clock.advance(days=40)
    since = int(sandbox.clock.now().timestamp())
    sandbox.delete("accounts", member)
    assert ask(sandbox, "account.get", id=member)["code"] == -32000
    assert feed(sandbox, "accounts", updated_since=since) == set()
    assert member not in {row["member"] for row in sandbox.truth()["memberships"]}
    with pytest.raises(KeyError):
        sandbox.delete("accounts", member)
    back = sandbox.restore("accounts", member)
    assert back["updated"] == "2026-12-12T14:30:00Z"
    assert canonical(sandbox.truth()["memberships"]) == canonical(before["memberships"])
    with pytest.raises(ValueError, match="API user"):
        sandbox.delete("accounts", sandbox.site.user)


def test_a_workgroup_comes_back_with_its_memberships(sandbox: ShiftboardSandbox) -> None:
    before = sandbox.truth()
    group = sandbox.delete("workgroups")
    after = sandbox.truth()
    assert next(row for row in after["workgroups"] if row["id"] == group)["deleted"] is True
    assert group not in {row["workgroup"] for row in after["memberships"] + after["workgroup_roles"]}
    assert len(after["shifts"]) == len(before["shifts"])
    sandbox.restore("workgroups", group)
    assert sandbox.truth() == before


def test_points_are_replaced_under_a_new_id_and_move_their_account(sandbox: ShiftboardSandbox) -> None:
    sandbox.clock.advance(days=40)
    points = sandbox.truth()["account_points"][0]
    changed = sandbox.change("account_points", points["id"], account_points=50.5)
    assert changed["id"] != points["id"]
    total = ask(sandbox, "accountPoints.list", account=points["account"])["total"]
    account = ask(sandbox, "account.get", id=points["account"], extended=True)
    assert account["account_points"] == total
    assert account["updated"] == "2026-12-12T14:30:00Z"


def test_lists_inside_a_record_can_become_empty(sandbox: ShiftboardSandbox) -> None:
    shift = next(row for row in sandbox.truth()["shifts"] if row["breaks"])
    sandbox.change("shifts", shift["id"], breaks=[])
    assert ask(sandbox, "shift.get", id=shift["id"])["shift"]["breaks"] == []


def test_a_new_field_shows_on_every_row_basic_ones_too(sandbox: ShiftboardSandbox) -> None:
    sandbox.add_field("shifts", "hazard", {"level": 2})
    assert all(row["hazard"] == {"level": 2} for row in sandbox.truth()["shifts"])
    assert all("hazard" in row for row in pages(sandbox, "shift.list", "shifts"))
    with pytest.raises(ValueError, match="map"):
        sandbox.add_field("membership_tiers", "x", 1)


def test_size_scales_people_and_work_but_not_reference_lists() -> None:
    small, large = (ShiftboardSandbox(size=size, clock=Clock()).truth() for size in (0.2, 0.8))
    assert len(small["accounts"]) == 30
    assert len(large["accounts"]) == 120
    assert 3 < len(large["shifts"]) / len(small["shifts"]) < 5
    assert len(small["roles"]) == len(large["roles"])
    assert any(row["clocked_out"] is None for row in small["timeclocks"])


def test_settings_name_what_the_api_needs(sandbox: ShiftboardSandbox) -> None:
    settings = sandbox.settings("http://127.0.0.1:1")
    assert (len(settings["access_key_id"]), len(settings["signature_key"])) == (36, 40)
    assert quote(settings["access_key_id"], safe="") == settings["access_key_id"]
