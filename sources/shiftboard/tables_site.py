"""Workgroups, what they use, and the site's reference lists."""

from __future__ import annotations

from typing import Any

from fieldhouse.sources.engine.spec import Detail, Part, Table
from fieldhouse.sources.engine.spec.row import Row

from . import reshape
from . import rows_lists as lists
from . import rows_people as people
from . import rows_workgroups as groups
from .request_params import ALL_AT_ONCE, FULL, PERHAPS_IN_PAGES, TOGETHER, per_parent, plain, selected
from .time_zones import ZONES

_LIVE_AND_DELETED = (
    Part(stamp={"deleted": False}),
    Part({"select": {"deleted": True}}, stamp={"deleted": True}),
)


def _used(noun: str, method: str, row: type[Row], records: Any = None, key: str = "") -> Table:
    """What workgroups use: one row per pair."""
    key = key or noun
    return Table(
        name=f"workgroup_{noun}s",
        path=f"workgroup.{method}",
        row=row,
        records=records or f"workgroup_{noun}s",
        key=("workgroup", key),
        per_parent=per_parent("workgroup", "workgroups"),
        grain=f"one row per workgroup and {noun.replace('_', ' ')} that it uses",
    )


WORKGROUPS = (
    Table(
        name="workgroups",
        path="workgroup.list",
        row=groups.Workgroup,
        records="workgroups",
        params=FULL,
        parts=_LIVE_AND_DELETED,
        detail=Detail(
            path="workgroup.get",
            params=lambda record: {"id": record["id"], **FULL},
            every="sync",
            batch_size=TOGETHER,
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
        per_parent=per_parent("workgroup", "workgroups", org_hold=True, org_pending=True),
        grain="one row per account in a workgroup",
    ),
    Table(
        name="membership_tiers",
        path="membership.tierList",
        row=people.MembershipTier,
        records=reshape.tiers,
        key=("tier",),
        pager=ALL_AT_ONCE,
        grain="one row per tier of memberships that the site uses",
    ),
    Table(
        name="team_categories",
        path="teamCategory.list",
        row=groups.TeamCategory,
        pager=ALL_AT_ONCE,
        grain="one row per category by which the site groups its workgroups",
    ),
    Table(
        name="team_category_items",
        path="teamCategoryItem.list",
        row=groups.TeamCategoryItem,
        records="items",
        parts=_LIVE_AND_DELETED,
        deletes="deleted-flag",
        flag="deleted",
        grain="one row per choice of a team category, deleted ones included",
    ),
    Table(
        name="attestation_types",
        path="attestationType.list",
        row=groups.AttestationType,
        records="attestationTypes",
        pager=PERHAPS_IN_PAGES,
        per_parent=selected("workgroup", "workgroups"),
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
        reshape.the_only_list("workgroup_shift/coverage blocks"),
        "time_block",
    ),
)
LISTS = (
    plain("roles", "role.list", lists.Named, "roles", "one row per role"),
    plain("clients", "client.list", lists.Client, "clients", "one row per client"),
    plain("departments", "department.list", lists.Described, "departments", "one row per department"),
    plain("locations", "location.list", lists.Location, "locations", "one row per location"),
    plain("resources", "resource.list", lists.Resource, "resources", "one row per resource"),
    plain("paycodes", "paycode.list", lists.Paycode, "paycodes", "one row per paycode"),
    plain("paytypes", "paytype.list", lists.Described, "paytypes", "one row per paytype"),
    Table(
        name="coverage_blocks",
        path="coverageBlock.list",
        row=lists.CoverageBlock,
        records=reshape.the_only_list("shift/coverage blocks"),
        grain="one row per coverage block, a usual time of shifts",
    ),
    plain(
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
        reshape=reshape.time_zone,
        grain="one row per zone label",
    ),
)
