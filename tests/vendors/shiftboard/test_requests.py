"""How Shiftboard's tables are read: what is asked, by the sandbox that refuses what the text does not name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.spec.incremental import ServerTime
from fieldhouse.sources.engine.spec.reads import Record
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.shiftboard.api import ShiftboardSandbox
from fieldhouse.sources.shiftboard import VENDOR
from fieldhouse.sources.shiftboard.request_params import shift_days
from fieldhouse.sources.shiftboard.tables import TABLES
from tests.support.reader_harness import NOW, ReadResult, expected, ordered, read
from tests.support.sync_harness import ADDRESS, SandboxTransport

MICRO = timedelta(microseconds=1)


class Site:
    """A sandbox with the calls that came to it, each as (method, params)."""

    def __init__(self, size: float = 0.1) -> None:
        self.box = ShiftboardSandbox(size=size)
        self.box.clock.advance(seconds=(NOW - self.box.clock.now()).total_seconds())
        self.box.faults.append(self._listen)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def _listen(self, call: Call, honest: Answer) -> None:
        body = json.loads(call.body)
        self.calls += [
            (item["method"], item["params"]) for item in (body if isinstance(body, list) else [body])
        ]

    def read(self, *names: str, cursor: datetime | None = None, **options: Any) -> ReadResult:
        """Read tables into an empty memory, as if they had been read whole up to ``cursor``."""
        swept = datetime.now(UTC) - timedelta(minutes=1)  # a time in the future would count as unknown
        state = {"cursor": cursor.isoformat(), "swept_at": swept.isoformat()} if cursor else {}
        states = dict.fromkeys(names, state) if cursor else {}
        return read(
            VENDOR,
            self.box.settings(ADDRESS),
            *names,
            wire=SandboxTransport(self.box),
            states=states,
            options=Options(**options),
        )

    def asked(self, method: str) -> list[dict[str, Any]]:
        return [params for called, params in self.calls if called == method]

    def selected(self, method: str) -> list[dict[str, Any]]:
        return [params.get("select", {}) for params in self.asked(method)]

    def truth(self) -> dict[str, list[Record]]:
        """The sandbox's truth as ``shape`` gives it, without zones, as the reading has none."""
        types = {row["id"]: row["profile_type"] for row in self.box.truth()["accounts"]}
        shaped: dict[str, list[Record]] = {}
        for table in TABLES:
            records = self.box.truth()[table.name]
            if table.name == "profile_data":
                records = [{**row, "_profile_type": types[row["account"]]} for row in records]
            shape = table.reshape
            shaped[table.name] = [
                made for row in records for made in (shape(row, ServerTime(NOW)) if shape else [row])
            ]
        return shaped


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    assert not made.box.writes


def ids(reading: ReadResult, table: str) -> set[str]:
    return {row["id"] for row in reading.rows.get(table, [])}


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
