"""Shiftboard's 40 tables: a table of contents of its API.

Defaults of the vendor are never relied on: dates, scopes and what to include are always sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sources.engine.paging import Single
from sources.engine.row import Row
from sources.engine.table import Detail, Each, Read, Since, Table, Window

from . import rows_lists as lists
from . import rows_people as people
from . import rows_shifts as shifts
from . import rows_work as work
from . import rows_workgroups as groups
from . import shapes
from .clocks import ZONES

_ALL = Single()
_TOGETHER = 20
_LIVE_AND_DELETED = (
    Read(stamp={"deleted": False}),
    Read({"select": {"deleted": True}}, stamp={"deleted": True}),
)
_FULL = {"extended": True, "referenced_objects": False}
_ALL_DAYS = {"start_date": "1970-01-01", "end_date": "2199-12-31"}


def _days(first: datetime, last: datetime) -> Mapping[str, Any]:
    return {"select": {"start_date": f"{first:%Y-%m-%d}", "end_date": f"{last:%Y-%m-%d}"}}


def _feed(path: str, second_stream: str, **select: Any) -> Since:
    """A change feed: two streams, a record may be in both. It looks back 30 days at most, and does not say so."""
    return Since(
        path=path,
        params=lambda cursor: {"select": {"updated_since": int(cursor.timestamp()), **select}},
        streams=({}, {"select": {second_stream: True}}),
        max_age=timedelta(days=29),
    )


def _select(name: str, parent: str, *, stamp: str | None = None, **also: Any) -> Each:
    """One read per parent, named in ``select``."""
    return Each(parent=parent, params=lambda keys: {"select": {name: keys[0], **also}}, stamp=stamp)


def _some(name: str, parent: str, **also: Any) -> Each:
    """One read per 20 parents, named in ``select``: without them the vendor answers for the API account's own."""
    return Each(parent=parent, params=lambda keys: {"select": {name: keys, **also}}, chunk=_TOGETHER)


def _one(name: str, parent: str, **how: Any) -> Each:
    """One read per parent, 20 of them in one batch request."""
    return Each(parent=parent, params=lambda keys: {name: keys[0]}, together=_TOGETHER, **how)


def _list(name: str, path: str, row: type[Row], records: str, grain: str) -> Table:
    """A list that is read as it is."""
    return Table(name=name, path=path, row=row, records=records, grain=grain)


def _used(what: str, method: str, row: type[Row], records: Any = None, key: str = "") -> Table:
    """What workgroups use: one row per pair."""
    key = key or what
    return Table(
        name=f"workgroup_{what}s",
        path=f"workgroup.{method}",
        row=row,
        records=records or f"workgroup_{what}s",
        key=("workgroup", key),
        each=_some("workgroup", "workgroups"),
        grain=f"one row per workgroup and {what.replace('_', ' ')} that it uses",
    )


PEOPLE = (
    Table(
        name="accounts",
        path="account.list",
        row=people.Account,
        records="accounts",
        params={"extended": True},
        reads=(Read({"select": {"org_hold": False}}), Read({"select": {"org_hold": True}})),
        since=_feed("account.listUpdated", "profile_update"),
        shape=shapes.without("image_url", "qrcode"),
        grain="one row per account, on hold or not",
    ),
    _list(
        "direct_managers",
        "directManager.list",
        people.DirectManager,
        "direct_managers",
        "one row per direct manager",
    ),
    _list(
        "profile_types", "profileType.list", people.ProfileType, "profile_types", "one row per profile type"
    ),
    Table(
        name="profile_configuration",
        path="profileConfiguration.list",
        row=people.ProfileConfiguration,
        records="profile_configuration",
        each=_select("profile_type", "profile_types"),
        grain="one row per item of a profile type",
    ),
    Table(
        name="profile_data",
        path="profileData.list",
        row=people.ProfileDatum,
        records="profile_data",
        key=("account", "profile_option"),
        each=_select("profile_type", "profile_types", stamp="_profile_type"),
        shape=shapes.profile_value,
        deletes="replace-per-parent",
        grain="one row per account and profile item that has a value",
    ),
    Table(
        name="account_points",
        path="accountPoints.list",
        row=people.AccountPoint,
        records="account_points",
        each=_one("account", "accounts", stamp="account"),
        shape=shapes.without("user_actions"),
        deletes="replace-per-parent",
        grain="one row per active record of points of an account",
    ),
    Table(
        name="account_openids",
        path="account.listOpenids",
        row=people.AccountOpenid,
        records="account_openids",
        each=_one("account", "accounts", stamp="account"),
        deletes="replace-per-parent",
        grain="one row per OpenID that signs an account in",
    ),
    Table(
        name="manager_notes",
        path="managerNote.list",
        row=people.ManagerNote,
        records="manager_notes",
        detail=Detail(
            path="managerNote.get",
            params=lambda record: {"id": record["id"]},
            every="sync",
            together=_TOGETHER,
        ),
        shape=shapes.without("user_actions"),
        grain="one row per note of a manager about an account",
    ),
    _list(
        "manager_note_types",
        "managerNoteType.list",
        lists.Named,
        "manager_note_type",
        "one row per type of note",
    ),
)
SHIFTS = (
    Table(
        name="shifts",
        path="shift.list",
        row=shifts.Shift,
        records="shifts",
        params={"extended": True, "select": {"scope": "siteadmin", "only_deleted_workgroups": False}},
        window=Window(params=_days, field="start_date"),
        since=_feed("shift.listUpdated", "status_update", **_ALL_DAYS),
        shape=shapes.local_times("start_date", "end_date", "arrive_late_datetime", "leave_early_datetime"),
        deletes="window-scan",
        grain="one row per shift, or per covered position of one",
    ),
    Table(
        name="shift_signups",
        path="shift.signupList",
        row=shifts.Signup,
        records="signups",
        key=("shift", "member"),
        params={"referenced_objects": False},
        each=_one("id", "shifts", where=("signup_list", True), stamp="shift"),
        deletes="replace-per-parent",
        grain="one row per account on the signup list of a shift",
    ),
    Table(
        name="tradeboard",
        path="tradeboard.list",
        row=shifts.Trade,
        records="tradeboard",
        params=_FULL,
        window=Window(params=_days),
        deletes="window-scan",
        grain="one row per shift offered for trade",
    ),
    Table(
        name="shift_custom_options",
        path="shift.customDropdownList",
        row=shifts.Option,
        records=shapes.options,
        reads=(Read(), Read(path="shift.customMultipickList")),
        key=("list", "id"),
        pager=_ALL,
        grain="one row per option of a custom dropdown or multi-pick of shifts",
    ),
)
WORK = (
    Table(
        name="timecards",
        path="timecard.list",
        row=work.TimeCard,
        records="timecards",
        params=_FULL,
        window=Window(params=_days, field="start_date"),
        shape=shapes.time_card,
        deletes="window-scan",
        grain="one row per time card",
    ),
    Table(
        name="timeclocks",
        path="timeclock.list",
        row=work.ClockEntry,
        records="timeclocks",
        params=_FULL,
        window=Window(
            params=_days, field="clocked_in_local", also=({"select": {**_ALL_DAYS, "clocked_out": False}},)
        ),
        shape=shapes.clock_entry,
        deletes="window-scan",
        grain="one row per clock-in, with its clock-out once there is one",
    ),
    Table(
        name="time_off_requests",
        path="timeOffRequest.list",
        row=work.TimeOffRequest,
        records="timeOffRequests",
        params=_FULL,
        window=Window(params=_days),
        shape=shapes.local_times("start_date", "end_date"),
        deletes="window-scan",
        grain="one row per request for time off",
    ),
    Table(
        name="availability",
        path="availability.list",
        row=work.Availability,
        records="availability",
        params={
            "referenced_objects": False,
            "select": {"start_date": None, "end_date": None, "scope": "siteadmin"},
        },
        grain="one row per weekly pattern in which an account is available or busy",
    ),
    Table(
        name="timecard_custom_options",
        path="timecard.customDropdownList",
        row=shifts.Option,
        records=shapes.options,
        key=("list", "id"),
        pager=_ALL,
        grain="one row per option of a custom dropdown of time cards",
    ),
)
WORKGROUPS = (
    Table(
        name="workgroups",
        path="workgroup.list",
        row=groups.Workgroup,
        records="workgroups",
        params=_FULL,
        reads=_LIVE_AND_DELETED,
        detail=Detail(
            path="workgroup.get",
            params=lambda record: {"id": record["id"], **_FULL},
            every="sync",
            together=_TOGETHER,
        ),
        deletes="deleted-flag",
        flag="deleted",
        grain="one row per workgroup, deleted ones included",
    ),
    Table(
        name="memberships",
        path="membership.list",
        row=people.Membership,
        records="memberships",
        key=("workgroup", "member"),
        params={"referenced_objects": False},
        each=_some("workgroup", "workgroups", org_hold=True, org_pending=True),
        grain="one row per account in a workgroup",
    ),
    Table(
        name="membership_tiers",
        path="membership.tierList",
        row=people.MembershipTier,
        records=shapes.tiers,
        key=("tier",),
        pager=_ALL,
        grain="one row per tier of memberships that the site uses",
    ),
    Table(
        name="team_categories",
        path="teamCategory.list",
        row=groups.TeamCategory,
        pager=_ALL,
        grain="one row per category by which the site groups its workgroups",
    ),
    Table(
        name="team_category_items",
        path="teamCategoryItem.list",
        row=groups.TeamCategoryItem,
        records="items",
        reads=_LIVE_AND_DELETED,
        deletes="deleted-flag",
        flag="deleted",
        grain="one row per choice of a team category, deleted ones included",
    ),
    Table(
        name="attestation_types",
        path="attestationType.list",
        row=groups.AttestationType,
        records="attestationTypes",
        each=_select("workgroup", "workgroups"),
        grain="one row per type of attestation that accounts may need",
    ),
    _used("client", "listClients", groups.WorkgroupClient),
    _used("department", "listDepartments", groups.WorkgroupDepartment),
    _used("location", "listLocations", groups.WorkgroupLocation),
    _used("resource", "listResources", groups.WorkgroupResource),
    _used("role", "listRoles", groups.WorkgroupRole),
    _used(
        "coverage_block",
        "listCoverageBlocks",
        groups.WorkgroupCoverageBlock,
        shapes.the_only_list("workgroup_shift/coverage blocks"),
        "time_block",
    ),
)
LISTS = (
    _list("roles", "role.list", lists.Named, "roles", "one row per role"),
    _list("clients", "client.list", lists.Client, "clients", "one row per client"),
    _list("departments", "department.list", lists.Described, "departments", "one row per department"),
    _list("locations", "location.list", lists.Location, "locations", "one row per location"),
    _list("resources", "resource.list", lists.Resource, "resources", "one row per resource"),
    _list("paycodes", "paycode.list", lists.Paycode, "paycodes", "one row per paycode"),
    _list("paytypes", "paytype.list", lists.Described, "paytypes", "one row per paytype"),
    Table(
        name="coverage_blocks",
        path="coverageBlock.list",
        row=lists.CoverageBlock,
        records=shapes.the_only_list("shift/coverage blocks"),
        grain="one row per coverage block, a usual time of shifts",
    ),
    _list(
        "work_status_types",
        "workStatusType.list",
        lists.Named,
        "workStatusTypes",
        "one row per work status type",
    ),
    Table(
        name="timezones",
        path=ZONES,
        row=lists.Timezone,
        records="timezones",
        key=("name",),
        grain="one row per zone label",
    ),
)
TABLES: tuple[Table, ...] = (*PEOPLE, *SHIFTS, *WORK, *WORKGROUPS, *LISTS)


def methods(tables: tuple[Table, ...]) -> frozenset[str]:
    """Every method that these tables read."""
    paths: list[Callable[[Table], list[str | None]]] = [
        lambda table: [table.path, table.confirm, *table.fallback.values()],
        lambda table: [
            table.since.path if table.since else None,
            table.detail.path if table.detail else None,
        ],
        lambda table: [read.path for read in table.reads],
    ]
    return frozenset(path for table in tables for of in paths for path in of(table) if path)
