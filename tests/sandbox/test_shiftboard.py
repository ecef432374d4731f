"""The Shiftboard sandbox: wire, pages, windows, streams, refusals, edits, and its truth against a crawl."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import httpx
import orjson
import pytest

from fieldhouse.sources.sandbox.sandbox import Answer, Call, Clock, Record
from fieldhouse.sources.sandbox.server import serve
from fieldhouse.sources.sandbox.shiftboard.api import ACCESS_KEY_ID, SIGNATURE_KEY, ShiftboardSandbox
from fieldhouse.sources.sandbox.shiftboard.rpc import sign
from fieldhouse.sources.sandbox.shiftboard.timezones import IANA

ALWAYS = {"start_date": "2020-01-01", "end_date": "2040-01-01"}
ALL_SHIFTS = {**ALWAYS, "scope": "siteadmin", "only_deleted_workgroups": False}


@pytest.fixture
def sandbox() -> ShiftboardSandbox:
    return ShiftboardSandbox(size=0.3, edge_cases=True)


def post(sandbox: ShiftboardSandbox, value: Any, key: str = SIGNATURE_KEY) -> Answer:
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    target = "/?" + urlencode({"access_key_id": ACCESS_KEY_ID, "signature": sign(key, body)})
    return sandbox.handle(Call.of("POST", target, {}, body))


def ask(sandbox: ShiftboardSandbox, method: str, **params: Any) -> Any:
    answered = orjson.loads(
        post(sandbox, {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}).body
    )
    assert answered["jsonrpc"] == "2.0"
    assert answered["id"] == 7
    return answered["result"] if "result" in answered else answered["error"]


def pages(
    sandbox: ShiftboardSandbox, method: str, key: str, batch: int = 1000, **params: Any
) -> list[Record]:
    rows: list[Record] = []
    page: Record | None = {"batch": batch}
    while page:
        result = ask(sandbox, method, page=page, **params)
        rows += result[key]
        page = result.get("page", {}).get("next")
    return rows


# --- wire ---


def example(params: str = "eyB9", method: str = "echo") -> str:
    return (
        f"/?id=885&jsonrpc=2.0&method={method}&params={params}"
        "&signature=gJ5Oy1E5W4u9XpjWyMoJytlScU8%3D&access_key_id=57a67b3b-34e4-4c07-a8ca-e7ecb77a7f33"
    )


def test_the_worked_example_of_the_text_is_accepted_over_http(sandbox: ShiftboardSandbox) -> None:
    with serve(sandbox) as urls:
        answer = httpx.get(urls["shiftboard"] + example())
    assert answer.status_code == 200
    assert answer.json()["result"] == {}
    assert answer.json()["id"] == "885"
    assert sandbox.calls["echo"] == 1


@pytest.mark.parametrize(
    "target", [example(params="e30"), example(params="e30="), example(method="system.echo")]
)
def test_a_get_whose_text_or_method_is_not_what_was_signed_is_refused(
    sandbox: ShiftboardSandbox, target: str
) -> None:
    answer = sandbox.handle(Call.of("GET", target, {}, b""))
    assert "error" in orjson.loads(answer.body)
    assert "result" not in orjson.loads(answer.body)


def test_a_post_is_signed_over_its_exact_bytes(sandbox: ShiftboardSandbox) -> None:
    body = b'{"jsonrpc":"2.0", "id":1, "method":"system.echo","params":{"a":null}}'
    assert orjson.loads(post(sandbox, body).body)["result"] == {"a": None}
    target = "/?" + urlencode({"access_key_id": ACCESS_KEY_ID, "signature": sign(SIGNATURE_KEY, body)})
    changed = sandbox.handle(Call.of("POST", target, {}, body.replace(b", ", b",")))
    assert changed.status == 401
    assert orjson.loads(changed.body)["error"]["message"] == "Invalid signature"
    assert post(sandbox, body, key="x" * 40).status == 401


def test_key_and_signature_may_come_in_a_cookie(sandbox: ShiftboardSandbox) -> None:
    body = b'{"jsonrpc":"2.0","id":1,"method":"system.whoami","params":{}}'
    cookie = f'access_key_id={ACCESS_KEY_ID}; signature="{sign(SIGNATURE_KEY, body)}"'
    answer = sandbox.handle(Call.of("POST", "/servola/api/api.cgi", {"Cookie": cookie}, body))
    assert orjson.loads(answer.body)["result"]["account"] == sandbox.site.user
    assert sandbox.handle(Call.of("POST", "/elsewhere", {"Cookie": cookie}, body)).status == 404
    assert sandbox.handle(Call.of("PUT", "/", {"Cookie": cookie}, body)).status == 405


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"jsonrpc": "2.0", "id": 1, "method": "system.whoami"}, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "system.whoami", "params": []}, -32602),
        ({"jsonrpc": 2.0, "id": 1, "method": "system.whoami", "params": {}}, -32600),
        ({"id": 1, "method": "system.whoami", "params": {}}, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "system.nothing", "params": {}}, -32601),
        ({"jsonrpc": "2.0", "id": 1, "method": "calendar.summary", "params": {}}, -32601),
        (b"{", -32700),
        ([], -32600),
        ([{}] * 51, -32600),
    ],
)
def test_a_request_that_is_not_proper_gets_an_error_object_with_http_200(
    sandbox: ShiftboardSandbox, request_: Any, code: int
) -> None:
    answer = post(sandbox, request_)
    assert answer.status == 200
    assert orjson.loads(answer.body)["error"]["code"] == code


def test_a_batch_is_answered_in_another_order_with_ids_as_text(sandbox: ShiftboardSandbox) -> None:
    calls: list[Any] = [
        {"jsonrpc": "2.0", "id": n, "method": "system.echo", "params": {"n": n}} for n in range(20)
    ]
    calls += [{"jsonrpc": "2.0", "method": "system.echo", "params": {}}]
    calls += [{"jsonrpc": "2.0", "id": "x", "method": "nothing.get", "params": {}}]
    answers = orjson.loads(post(sandbox, calls).body)
    assert sorted(item["id"] for item in answers) == sorted([*map(str, range(20)), "x"])
    assert [item["id"] for item in answers] != [*map(str, range(20)), "x"]
    assert all(item["result"]["n"] == int(item["id"]) for item in answers if item["id"] != "x")
    assert next(item for item in answers if item["id"] == "x")["error"]["code"] == -32601
    assert sandbox.calls["batch"] == 1
    assert sandbox.methods["system.echo"] == 21


def test_writes_are_refused_and_counted_alone_and_in_batches(sandbox: ShiftboardSandbox) -> None:
    before = sandbox.truth()
    assert "error" not in ask(sandbox, "role.list")
    assert not sandbox.writes
    ask(sandbox, "shift.delete", id="2753001")
    post(sandbox, [{"jsonrpc": "2.0", "id": 1, "method": "system.getUserKeys", "params": {}}])
    assert sandbox.writes == {"shift.delete": 1, "system.getUserKeys": 1}
    assert sandbox.truth() == before


def test_a_denied_method_says_so(sandbox: ShiftboardSandbox) -> None:
    sandbox.denied.add("managerNote.list")
    assert ask(sandbox, "managerNote.list") == {
        "code": -32604,
        "message": "Permission denied",
        "data": {"code": "no_permission", "message": "Permission denied", "misc": ""},
    }
    assert "roles" in ask(sandbox, "role.list")


# --- pages, params and criteria ---


def test_pages_end_where_next_is_absent(sandbox: ShiftboardSandbox) -> None:
    first = ask(sandbox, "role.list")
    assert len(first["roles"]) == 10
    assert first["count"] == "12"
    assert first["page"] == {"this": {"batch": 10, "start": 1}, "next": {"batch": 10, "start": 11}}
    last = ask(sandbox, "role.list", page=first["page"]["next"])
    assert len(last["roles"]) == 2
    assert last["page"] == {"this": {"batch": 10, "start": 11}, "prev": {"batch": 10, "start": 1}}
    none = ask(sandbox, "role.list", select={"search": "nowhere"})
    assert none == {"roles": [], "count": "0"}
    exact = ask(sandbox, "role.list", page={"batch": 12})
    assert "next" not in exact["page"]


def test_some_methods_print_the_batch_as_text_and_take_it_back(sandbox: ShiftboardSandbox) -> None:
    first = ask(sandbox, "account.list", page={"batch": 5})
    assert first["page"]["next"] == {"batch": "5", "start": 6}
    second = ask(sandbox, "account.list", page=first["page"]["next"])
    assert len(second["accounts"]) == 5
    assert not {row["id"] for row in first["accounts"]} & {row["id"] for row in second["accounts"]}


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("role.list", {"page": {"batch": 1001}}),
        ("role.list", {"page": {"batch": 0}}),
        ("role.list", {"page": {"start": 0}}),
        ("role.list", {"page": {"size": 5}}),
        ("role.list", {"batch": True}),
        ("role.list", {"extended": True}),
        ("profileConfiguration.list", {"page": {"batch": 1000}}),
        ("accountPoints.list", {"account": "2001", "page": {"batch": 1000}}),
        ("managerNoteType.list", {"page": {"batch": 1000}}),
        ("managerNote.list", {"referenced_objects": False}),
        ("account.list", {"referenced_objects": False}),
        ("shift.listUpdated", {"referenced_objects": False}),
        ("timezone.list", {"select": {}}),
        ("role.list", {"select": {"rol": "1"}}),
        ("shift.list", {"extended": "true"}),
        ("shift.list", {"select": {"start_date": "11/02/2026"}}),
        ("shift.list", {"select": {"start_date": None}}),
        ("shift.list", {"select": {"scope": "everything"}}),
        ("shift.listUpdated", {"select": {"updated_since": "2026-11-01"}}),
        ("account.list", {"sort": "email"}),
        ("membership.list", {}),
        ("profileData.list", {}),
        ("attestationType.list", {}),
        ("accountPoints.list", {"select": {"account": "2001"}}),
        ("managerNote.list", {"select": {"start_date": "2026-01-01"}}),
        ("shift.get", {}),
    ],
)
def test_params_that_the_text_does_not_allow_are_refused(
    sandbox: ShiftboardSandbox, method: str, params: Record
) -> None:
    assert ask(sandbox, method, **params)["code"] == -32602


def test_accounts_can_be_sorted_by_id(sandbox: ShiftboardSandbox) -> None:
    rows = ask(sandbox, "account.list", sort="id", page={"batch": 1000})["accounts"]
    ids = [int(row["id"]) for row in rows]
    assert ids == sorted(ids)
    turned = ask(sandbox, "account.list", sort=[{"name": "id", "direction": "desc"}], page={"batch": 1000})
    assert [int(row["id"]) for row in turned["accounts"]] == ids[::-1]
    assert ids != [int(row["id"]) for row in ask(sandbox, "account.list", page={"batch": 1000})["accounts"]]


def test_extended_and_referenced_objects_default_as_each_method_says(sandbox: ShiftboardSandbox) -> None:
    shift = sandbox.create("shifts", start_date="2026-11-03T09:00:00")
    listed = ask(sandbox, "shift.list", page={"batch": 1000})
    assert "referenced_objects" in listed
    assert "updated" not in listed["shifts"][0]
    assert "breaks" in ask(sandbox, "shift.get", id=shift["id"])["shift"]
    assert "breaks" not in ask(sandbox, "shift.get", id=shift["id"], extended=False)["shift"]
    assert "referenced_objects" not in ask(sandbox, "shift.list", referenced_objects=False)
    assert "restricted_roles" in ask(sandbox, "workgroup.get", id=listed_group(sandbox))["workgroup"]
    assert "restricted_roles" not in ask(sandbox, "workgroup.list", extended=True)["workgroups"][0]


def listed_group(sandbox: ShiftboardSandbox) -> str:
    return str(ask(sandbox, "workgroup.list")["workgroups"][0]["id"])


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


# --- windows and streams ---


def days(sandbox: ShiftboardSandbox, **delta: int) -> str:
    return (sandbox.site.today() + timedelta(**delta)).isoformat()


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


def feed(sandbox: ShiftboardSandbox, table: str, **select: Any) -> set[str]:
    noun, wide = ("account", {}) if table == "accounts" else ("shift", ALL_SHIFTS)
    rows = pages(sandbox, f"{noun}.listUpdated", table, select={**wide, **select}, extended=True)
    return {row["id"] for row in rows}


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
