"""Accounts, memberships, points and open ids (vendor text, lines 227-1367 and 2881-3188)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shiftboard.criteria import (
    any_id,
    boolean,
    id_of,
    ids_of,
    page_links,
    page_of,
    refuse,
    text,
    updated_since,
)
from fieldhouse.sources.sandbox.shiftboard.listing import (
    WORKGROUP,
    Listing,
    Method,
    accounts,
    referenced,
    requested_row,
)
from fieldhouse.sources.sandbox.shiftboard.objects import words
from fieldhouse.sources.sandbox.shiftboard.rpc import INVALID_PARAMS, NOT_FOUND, RpcError
from fieldhouse.sources.sandbox.shiftboard.store import BASIC, EXTENDED, Site

ACCOUNT_RULES = {
    "account": any_id("id"),
    "direct_manager": any_id("direct_manager"),
    "email": any_id("email"),
    "external_id": any_id("external_id"),
    "profile_type": any_id("profile_type"),
    "org_pending": any_id("org_pending"),
    "search": text("first_name", "last_name", "screen_name", "external_id"),
}
ACCOUNT_SORTS = {
    "first_name": lambda row: row["first_name"],
    "last_name": lambda row: row["last_name"],
    "account_points": lambda row: row.get("account_points", 0),
    "id": lambda row: int(row["id"]),
}


def live_memberships(site: Site) -> list[Record]:
    """Memberships of workgroups that are not deleted (those of a deleted one come back with it)."""
    deleted = {row["id"] for row in site.rows("workgroups") if row.get("_deleted")}
    people = site.tables["accounts"]
    return [
        row for row in site.rows("memberships") if row["workgroup"] not in deleted and row["member"] in people
    ]


def members_of(site: Site, workgroups: Any) -> set[str]:
    wanted = ids_of(workgroups)
    return {row["member"] for row in live_memberships(site) if row["workgroup"] in wanted}


def _accounts(site: Site, params: Record) -> Iterable[Record]:
    """Accounts on hold are listed only on request, and then only they; so may be those with a pending status."""
    select = params.get("select", {})
    if "org_pending" in select and site.refuses_pending:
        raise RpcError(INVALID_PARAMS, "org_pending is no criterion")
    on_hold = boolean(select.get("org_hold", False), "org_hold")
    rows = [row for row in site.rows("accounts") if bool(row.get("org_hold")) is on_hold]
    if site.hides_pending and "org_pending" not in select:
        rows = [row for row in rows if row.get("org_pending", "0") == "0"]
    if "workgroup" in select:
        members = members_of(site, select["workgroup"])
        rows = [row for row in rows if row["id"] in members]
    return rows


def _updated_accounts(site: Site, params: Record) -> Iterable[Record]:
    select = params.get("select", {})
    profile = boolean(select.get("profile_update", False), "profile_update")
    field, since = "profile_updated" if profile else "updated", updated_since(site, select)
    return [row for row in _accounts(site, params) if row[field] >= since]


ACCOUNT_LIST = Listing(
    "accounts",
    "accounts",
    ACCOUNT_RULES,
    _accounts,
    "workgroup org_hold",
    sort=ACCOUNT_SORTS,
    order=lambda row: (row["last_name"], row["first_name"], row["id"]),
    batch=str,
    params="extended shared",
)


def _shown_by_feed(site: Site, row: Record, level: int) -> Record:
    """The text gives the feed ``extended``, and then promises basic attributes alone: either may be so."""
    return site.show("accounts", row, BASIC if site.basic_feed else level)


ACCOUNT_LIST_UPDATED = Listing(
    "accounts",
    "accounts",
    ACCOUNT_RULES,
    _updated_accounts,
    "workgroup org_hold updated_since profile_update",
    params="extended",
    shown=_shown_by_feed,
)


def account_of(
    site: Site, params: Record, name: str = "account", external: str = "external_account"
) -> Record:
    """The account that a request names by id or external id; RpcError where there is none."""
    if name in params:
        return requested_row(site, "accounts", params, name)
    if external not in params:
        raise refuse(f"{name} or {external} is required")
    rows = site.by("accounts", "external_id").get(id_of(params[external]))
    if not rows:
        raise RpcError(NOT_FOUND, "No such record")
    return rows[0]


def account_get(site: Site, params: Record) -> Record:
    row = account_of(site, params, "id", "external_id")
    wide = params.get("extended") or params.get("user_actions")
    shown = site.show("accounts", row, EXTENDED if wide else BASIC)
    if params.get("account_points_list"):
        shown["account_points_list"] = points_of(site, row["id"])
    return shown


def account_self(site: Site, params: Record) -> Record:
    """The API user's account; ``user_permissions`` asks for named permissions, which an administrator has."""
    row = site.tables["accounts"][site.user]
    shown = site.show("accounts", row, EXTENDED if params.get("extended") else BASIC)
    named = params.get("user_permissions", [])
    if not isinstance(named, list):
        raise refuse("user_permissions must be an array")
    if named:
        shown["user_permissions"] = {str(name): site.siteadmin for name in named}
    return {**shown, "workgroup_manager": True}


def account_openids(site: Site, params: Record) -> Record:
    account = account_of(site, params)
    rows = site.by("account_openids", "account").get(account["id"], [])
    shown = [site.show("account_openids", {k: v for k, v in row.items() if k != "account"}) for row in rows]
    return {"count": len(rows), "account_openids": shown}


def points_of(site: Site, account: str) -> list[Record]:
    """Active points of an account, newest date first."""
    rows = site.by("account_points", "account").get(account, [])
    rows = sorted(rows, key=lambda row: (row["date"], row["id"]), reverse=True)
    return [site.show("account_points", row) for row in rows]


def account_points(site: Site, params: Record) -> Record:
    account = account_of(site, params)
    rows = points_of(site, account["id"])
    result: Record = {"account_points": rows, "total": round(sum(row["account_points"] for row in rows), 3)}
    if params.get("user_actions"):
        for row in rows:
            ad_hoc = row["type"] == "ad_hoc"
            row["user_actions"] = {"delete": ad_hoc, "edit": ad_hoc}
        result["user_actions"] = {"create": True}
    return result


def shown_membership(site: Site, row: Record) -> Record:
    """A membership with its pseudo id and the profile type that the member has now."""
    member = site.tables["accounts"].get(row["member"], {})
    shown = site.show("memberships", row)
    return {
        "id": f"{row['workgroup']}-{row['member']}",
        **shown,
        "profile_type_id": member.get("profile_type"),
    }


def _selected_memberships(site: Site, select: Record) -> list[Record]:
    external = select.get("external_member")
    if not select.keys() & {"member", "workgroup", "external_member"}:
        raise refuse("select.member or select.workgroup is required")
    tests = [("member", "member"), ("workgroup", "workgroup"), ("level", "level"), ("tier", "_tier")]
    wanted = [(field, ids_of(select[name])) for name, field in tests if name in select]
    if external is not None and "member" not in select:
        wanted.append(("external_account", ids_of(external)))
    on_hold = boolean(select.get("org_hold", False), "org_hold")
    pending = boolean(select.get("org_pending", False), "org_pending")
    outside = members_of(site, select["exclude_workgroup"]) if "exclude_workgroup" in select else set()
    inside = members_of(site, id_of(select["include_workgroup"])) if "include_workgroup" in select else None
    selected = []
    for row in live_memberships(site):
        account = site.tables["accounts"][row["member"]]
        if (account.get("org_hold") and not on_hold) or (
            account.get("org_pending", "0") != "0" and not pending
        ):
            continue
        if row["member"] in outside or (inside is not None and row["member"] not in inside):
            continue
        if all(str(row.get(field)) in ids for field, ids in wanted):
            selected.append(row)
    return selected


def membership_list(site: Site, params: Record) -> Record:
    """Pages count accounts, so one page may hold more rows than ``batch`` (example in lines 2975-3044)."""
    page = page_of(params)
    grouped: dict[str, list[Record]] = {}
    for row in _selected_memberships(site, params.get("select", {})):
        grouped.setdefault(row["member"], []).append(row)
    members = sorted(grouped, key=int)
    rows = [
        row for member in members[page.start - 1 : page.start - 1 + page.batch] for row in grouped[member]
    ]
    result: Record = {
        "memberships": [shown_membership(site, row) for row in rows],
        "count": str(len(members)),
    }
    result |= page_links(page, len(members))
    if params.get("referenced_objects", True):
        result |= referenced(site, (WORKGROUP, accounts("member", email=True)), rows)
    return result


def tier_list(site: Site, params: Record) -> Record:
    return {"tiers": {row["tier"]: row["label"] for row in site.rows("membership_tiers")}}


MEMBERSHIP_SELECT = words(
    "member workgroup external_member level tier org_hold org_pending include_workgroup exclude_workgroup"
)
PEOPLE = {
    "account.get": Method(
        account_get, frozenset({"id", "external_id", "extended", "account_points_list", "user_actions"})
    ),
    "account.list": ACCOUNT_LIST.method(),
    "account.listOpenids": Method(account_openids, frozenset({"account", "external_account"})),
    "account.listUpdated": ACCOUNT_LIST_UPDATED.method(),
    "account.self": Method(account_self, frozenset({"extended", "user_actions", "user_permissions"})),
    "accountPoints.list": Method(account_points, frozenset({"account", "external_account", "user_actions"})),
    "membership.list": Method(
        membership_list, frozenset({"page", "referenced_objects"}), frozenset(MEMBERSHIP_SELECT)
    ),
    "membership.tierList": Method(tier_list),
}
