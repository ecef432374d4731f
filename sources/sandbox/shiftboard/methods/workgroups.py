"""Workgroups and their relations (vendor text, lines 8154-8943)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shiftboard.criteria import (
    Criterion,
    any_id,
    boolean,
    flag,
    id_of,
    ids_of,
    text,
)
from fieldhouse.sources.sandbox.shiftboard.listing import (
    SHOW,
    Listing,
    Method,
    Source,
    accounts,
    referenced,
    requested_row,
)
from fieldhouse.sources.sandbox.shiftboard.objects import OBJECT_TYPES
from fieldhouse.sources.sandbox.shiftboard.store import BASIC, DETAIL, EXTENDED, Site

COVERAGE = "shift/coverage blocks"


def caller_level(site: Site, workgroup: str) -> int:
    """The API user's own level in a workgroup: 2 member, 3 coordinator, 4 manager, 1 none."""
    row = site.get("memberships", f"{workgroup}-{site.user}")
    return int(row["level"]) if row else 1


def shown_workgroup(site: Site, row: Record, level: int) -> Record:
    return {**site.show("workgroups", row, level), "level": caller_level(site, row["id"])}


def _workgroup_rule(field: str) -> Criterion:
    if isinstance(OBJECT_TYPES["workgroups"].defaults.get(field), bool):
        return flag(field)
    return any_id(field)


def _workgroups(site: Site, params: Record) -> Iterable[Record]:
    """Live workgroups, or only the deleted ones; ``level`` is a lower limit of the caller's level."""
    deleted = boolean(params.get("select", {}).get("deleted", False), "deleted")
    rows = [row for row in site.rows("workgroups") if bool(row.get("_deleted")) is deleted]
    lowest = int(id_of(params.get("level", 1)))
    if not site.siteadmin:
        lowest = max(lowest, 2)
    return [row for row in rows if lowest == 1 or caller_level(site, row["id"]) >= lowest]


WORKGROUP_FIELDS = sorted(
    (OBJECT_TYPES["workgroups"].defaults.keys() | OBJECT_TYPES["workgroups"].basic) - {"level"}
)
WORKGROUPS = Listing(
    "workgroups",
    "workgroups",
    {name: _workgroup_rule(name) for name in WORKGROUP_FIELDS}
    | {"workgroup": any_id("id"), "search": text("name", "code"), "timezone": any_id("timezone")},
    _workgroups,
    "deleted",
    (accounts("contact_account"),),
    shown=shown_workgroup,
    params=f"{SHOW} level shared",
)


def workgroup_get(site: Site, params: Record) -> Record:
    """One workgroup, deleted or not, with attributes that no list shows (example in lines 8552-8615)."""
    row = requested_row(site, "workgroups", params)
    result: Record = {
        "workgroup": shown_workgroup(site, row, DETAIL if params.get("extended", True) else BASIC)
    }
    if params.get("include_permissions"):
        result["permissions"] = {
            name: {"auth_write": site.siteadmin} for name in OBJECT_TYPES["workgroups"].detail
        }
    if params.get("referenced_objects", True):
        result |= referenced(site, (accounts("contact_account"),), [row])
    return result


def live_relations(site: Site, table: str) -> list[Record]:
    """Relations of workgroups that are not deleted, or of all: the text does not say what becomes of them."""
    deleted = {row["id"] for row in site.rows("workgroups") if row.get("_deleted")}
    rows = [row for row in site.rows(table) if site.keeps_relations or row["workgroup"] not in deleted]
    if table == "workgroup_coverage_blocks":
        rows = [row for row in rows if row["time_block"] in site.tables["coverage_blocks"]]
    return rows


def relation_source(table: str) -> Source:
    """Relations of the named workgroups; by default only of those that the API user manages."""

    def source(site: Site, params: Record) -> Iterable[Record]:
        select = params.get("select", {})
        rows = live_relations(site, table)
        if "workgroup" in select:
            ids = ids_of(select["workgroup"])
            return [row for row in rows if row["workgroup"] in ids]
        return [row for row in rows if caller_level(site, row["workgroup"]) == 4]

    return source


def _relation(name: str) -> Method:
    table = f"workgroup_{name}s"
    return Listing(table, table, {name: any_id(name)}, relation_source(table), "workgroup").method()


WORKGROUP_ROLES = Listing(
    "workgroup_roles",
    "workgroup_roles",
    {"role": any_id("role")},
    relation_source("workgroup_roles"),
    "workgroup",
)


def workgroup_roles(site: Site, params: Record) -> Record:
    """With ``restricted_roles`` each row also names the accounts that have the role enabled."""
    result = WORKGROUP_ROLES.run(site, params)
    if params.get("restricted_roles") and site.siteadmin:
        for row in result["workgroup_roles"]:
            members = site.by("memberships", "workgroup").get(row["workgroup"], [])
            row["account"] = [member["member"] for member in members if int(member["member"]) % 3 == 0]
    return result


def shown_block(site: Site, row: Record, level: int = EXTENDED) -> Record:
    """A relation to a coverage block, which names the block's attributes otherwise than the block does."""
    block = site.tables["coverage_blocks"][row["time_block"]]
    hours, minutes, _ = block["dur"].split(":")
    shown = {**site.show("workgroup_coverage_blocks", row), "duration": f"{int(hours) + int(minutes) / 60:g}"}
    return {**shown, **{name: site.value("coverage_blocks", block, name) for name in BLOCK_FIELDS}}


BLOCK_FIELDS = ("name", "days", "start_time", "end_time")


WORKGROUPS_AND_RELATIONS: dict[str, Callable[[Site, Record], Any]] = {
    "workgroup.get": Method(workgroup_get, frozenset({"id", "include_permissions", *SHOW.split()})),
    "workgroup.list": WORKGROUPS.method(),
    "workgroup.listClients": _relation("client"),
    "workgroup.listCoverageBlocks": Listing(
        f"workgroup_{COVERAGE}",
        "workgroup_coverage_blocks",
        source=relation_source("workgroup_coverage_blocks"),
        select="workgroup",
        shown=shown_block,
    ).method(),
    "workgroup.listDepartments": _relation("department"),
    "workgroup.listLocations": _relation("location"),
    "workgroup.listResources": _relation("resource"),
    "workgroup.listRoles": Method(
        workgroup_roles,
        frozenset({"page", "restricted_roles", "include_permissions"}),
        frozenset({"role", "workgroup"}),
    ),
}
