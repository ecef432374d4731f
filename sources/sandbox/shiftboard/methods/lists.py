"""Reference lists, and what the system says about itself (vendor text, lines 1843-8153)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shiftboard.criteria import Criterion, any_id, boolean, id_of, text
from fieldhouse.sources.sandbox.shiftboard.listing import Listing, Method, Source, getting
from fieldhouse.sources.sandbox.shiftboard.store import Site
from fieldhouse.sources.sandbox.shiftboard.timezones import IANA, ORGANIZATION_ZONE, zone

from .workgroups import COVERAGE

LISTABLE = "show_only_workgroup_listables exclude_site sitewide"


def _listable(name: str, table: str, relation: str | None) -> Source:
    """Rows of a reference list; with ``select.workgroup`` those of that workgroup and of the site itself."""

    def source(site: Site, params: Record) -> Iterable[Record]:
        select = params.get("select", {})
        if relation is None or "workgroup" not in select:
            return site.rows(table)
        workgroup = id_of(select["workgroup"])
        owners: dict[str, set[str]] = defaultdict(set)
        for row in site.rows(relation):
            owners[row[name]].add(row["workgroup"])
        only = params.get("exclude_site") or params.get("show_only_workgroup_listables")
        return [
            row
            for row in site.rows(table)
            if workgroup in owners[row["id"]] or not (only or owners[row["id"]])
        ]

    return source


def _reference(
    name: str,
    table: str,
    key: str,
    relation: str | None = None,
    count: Callable[[int], Any] = str,
    batch: type = int,
) -> Method:
    rules: dict[str, Criterion] = {name: any_id("id"), "search": text("name")}
    source = _listable(name, table, relation)
    extra = "workgroup" if relation else ""
    return Listing(
        key,
        table,
        rules,
        source,
        extra,
        count=count,
        batch=batch,
        params=LISTABLE if relation or table == "direct_managers" else "",
    ).method()


def team_categories(site: Site, params: Record) -> list[Record]:
    """A bare array: no key, no count, no page (lines 6564-6580)."""
    return [site.show("team_categories", row) for row in site.rows("team_categories")]


def _category_items(site: Site, params: Record) -> Iterable[Record]:
    select = params.get("select", {})
    deleted = boolean(select.get("deleted", False), "deleted")
    rows = [row for row in site.rows("team_category_items") if bool(row.get("_deleted")) is deleted]
    if "label" in select:
        named = {row["category"] for row in site.rows("team_categories") if row["label"] == select["label"]}
        rows = [row for row in rows if row["category"] in named]
    return rows


CATEGORY_ITEMS = Listing(
    "items",
    "team_category_items",
    {"category": any_id("category")},
    _category_items,
    "deleted label",
    count=int,
)


def dropdowns(table: str) -> Method:
    """A map of list names to maps of option ids to labels."""

    def run(site: Site, params: Record) -> Record:
        lists: dict[str, Record] = defaultdict(dict)
        for row in site.rows(table):
            if row["list"].startswith("custom_listable"):
                lists[row["list"]][row["id"]] = row["label"]
        return lists

    return Method(run)


def multipicks(site: Site, params: Record) -> Record:
    """A map of list names to arrays of options; an enabled list may be empty (lines 5025-5064)."""
    lists: dict[str, list[Record]] = {"custom_multipick": [], "custom_multipick_2": []}
    for row in site.rows("shift_custom_options"):
        if row["list"].startswith("custom_multipick"):
            lists.setdefault(row["list"], []).append({k: row[k] for k in ("description", "id", "name")})
    return lists


def text_fields(site: Site, params: Record) -> Record:
    """A map of the names of text fields to their labels and permissions (lines 5065-5100)."""
    fields = (row for row in site.rows("shift_custom_options") if row["list"].startswith("custom_text"))
    return {row["list"]: {name: row[name] for name in ("label", "permissions")} for row in fields}


def echo(site: Site, params: Record) -> Record:
    """What came in; any params do."""
    return params


def timestamp(site: Site, params: Record) -> Record:
    """Epoch seconds, the source of updated_since; the local time's offset has no colon (lines 6516-6541)."""
    now = site.clock.now()
    shown = now.astimezone(zone(ORGANIZATION_ZONE)).strftime("%Y-%m-%dT%H:%M:%S%z")
    zone_name = IANA[ORGANIZATION_ZONE]
    return {
        "localtime": shown,
        "timezone": zone_name,
        "timestamp": int(now.timestamp()),
        "24_hour_clock": True,
    }


def whoami(site: Site, params: Record) -> Record:
    return {"account": site.user, "external_account": site.tables["accounts"][site.user]["external_id"]}


LISTS: dict[str, Callable[[Site, Record], Any]] = {
    "client.get": getting("clients"),
    "client.list": _reference("client", "clients", "clients", "workgroup_clients"),
    "coverageBlock.list": _reference(
        "time_block", "coverage_blocks", COVERAGE, "workgroup_coverage_blocks", count=int
    ),
    "department.get": getting("departments"),
    "department.list": _reference("department", "departments", "departments", "workgroup_departments"),
    "directManager.get": getting("direct_managers"),
    "directManager.list": _reference("direct_manager", "direct_managers", "direct_managers"),
    "echo": echo,
    "location.list": _reference("location", "locations", "locations", "workgroup_locations", batch=str),
    "paycode.get": getting("paycodes"),
    "paycode.list": _reference("paycode", "paycodes", "paycodes"),
    "paytype.list": _reference("paytype", "paytypes", "paytypes", count=lambda total: "1"),
    "resource.list": _reference("resource", "resources", "resources", "workgroup_resources", count=int),
    "role.get": getting("roles"),
    "role.list": _reference("role", "roles", "roles", "workgroup_roles"),
    "shift.customDropdownList": dropdowns("shift_custom_options"),
    "shift.customMultipickList": Method(multipicks),
    "shift.customTextList": Method(text_fields),
    "system.echo": echo,
    "system.timestamp": Method(timestamp),
    "system.whoami": Method(whoami),
    "teamCategory.list": Method(team_categories),
    "teamCategoryItem.list": CATEGORY_ITEMS.method(),
    "timecard.customDropdownList": dropdowns("timecard_custom_options"),
    "timezone.get": getting("timezones", "timezone"),
    "timezone.list": Listing("timezones", "timezones", batch=str, selects=False).method(),
    "workStatusType.get": getting("work_status_types", "workStatusType"),
    "workStatusType.list": Listing("workStatusTypes", "work_status_types", selects=False).method(),
}
