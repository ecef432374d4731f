"""Shifts, their feeds and their signups (vendor text, lines 4222-6037)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shiftboard.criteria import (
    Criterion,
    a_date,
    any_id,
    boolean,
    flag,
    ids_of,
    no_id,
    one_of_list,
    refuse,
    text,
    updated_since,
    window,
)
from fieldhouse.sources.sandbox.shiftboard.listing import (
    PLACES,
    SHOW,
    TIMEZONE,
    WORKGROUP,
    Listing,
    Method,
    accounts,
    getting,
    referenced,
    requested_row,
)
from fieldhouse.sources.sandbox.shiftboard.objects import words
from fieldhouse.sources.sandbox.shiftboard.rpc import DENIED, RpcError
from fieldhouse.sources.sandbox.shiftboard.store import Site

SHIFT_RULES: dict[str, Criterion] = {
    **{name: flag(name) for name in words("published covered urgent no_pick_up signup_list acknowledged")},
    **{name: any_id(name, none="0") for name in ["location", "role", "client", "department"]},
    **{f"custom_dropdown_{number}": any_id(f"custom_dropdown_{number}") for number in range(1, 16)},
    **{name: flag(f"{name}_reason") for name in ("absent", "arrive_late", "leave_early")},
    "workgroup": any_id("workgroup"),
    "covering_member": any_id("covering_member"),
    "exclude_covering_member": no_id("covering_member"),
    "external_covering_member": any_id("external_covering_member"),
    "reference_id": any_id("reference_id"),
    "subject": text("subject", "details"),
    "custom_multipick": one_of_list("custom_multipick"),
    "resource": one_of_list("resource"),
}
SHIFT_SELECT = (
    "start_date end_date display_start_date display_end_date scope only_deleted_workgroups profile_type"
    " org_hold org_pending"
)
SHIFT_REFERENCES = (
    accounts("covering_member"),
    *PLACES,
    TIMEZONE,
    WORKGROUP,
)


def _in_scope(site: Site, rows: list[Record], scope: str | None) -> list[Record]:
    """Shifts in scope: by default all for a site administrator, their own calendar for others."""
    if scope not in (None, "my_calendar", "siteadmin", "managed_workgroups", "report"):
        raise refuse(f"Invalid scope: {scope!r}")
    if scope == "siteadmin" and not site.siteadmin:
        raise RpcError(DENIED, "scope siteadmin is only allowed for site administrators")
    if site.siteadmin and scope in (None, "siteadmin", "report"):
        return rows
    levels = {row["workgroup"]: row["level"] for row in site.by("memberships", "member").get(site.user, [])}
    if scope in ("managed_workgroups", "report"):
        return [row for row in rows if levels.get(row["workgroup"]) == "4"]
    return [
        row
        for row in rows
        if levels.get(row["workgroup"], "0") > "2"
        or row.get("covering_member") == site.user
        or (row["workgroup"] in levels and row.get("published", True) and not row.get("covered"))
    ]


def _shifts(site: Site, params: Record) -> Iterable[Record]:
    """Shifts that start in the window: today and the 7 days after the start, unless dates are given."""
    select = params.get("select", {})
    rows = _in_scope(site, _on_days(site, select), select.get("scope"))
    only = select.get("only_deleted_workgroups")
    if only is None or boolean(only, "only_deleted_workgroups"):
        deleted = {row["id"] for row in site.rows("workgroups") if row.get("_deleted")}
        rows = [row for row in rows if (row["workgroup"] in deleted) is bool(only)]
    if select.keys() & {"profile_type", "org_hold", "org_pending"}:
        rows = [row for row in rows if _by_member(site, row, select)]
    return rows


def _on_days(site: Site, select: Record) -> list[Record]:
    """Shifts by their dates and their dates on display, or by what ``site.display_dates`` lets count."""
    first, last = window(select, site.today(), 7)
    start, end = a_date(select, "display_start_date", None), a_date(select, "display_end_date", None)
    if site.display_dates == "ignored" or (start is None and end is None):
        return site.between("shifts", "start_date", first, last)
    rows = (
        site.rows("shifts")
        if site.display_dates == "alone"
        else site.between("shifts", "start_date", first, last)
    )

    def shown(row: Record) -> date:
        return (datetime.fromisoformat(row["start_date"]) + site.display_offset).date()

    return [row for row in rows if (start or date.min) <= shown(row) <= (end or date.max)]


def _by_member(site: Site, row: Record, select: Record) -> bool:
    account = site.get("accounts", row.get("covering_member"))
    if account is None:
        return False
    if "org_hold" in select and bool(account.get("org_hold")) is not boolean(select["org_hold"], "org_hold"):
        return False
    fields = (name for name in ("profile_type", "org_pending") if name in select)
    return all(str(site.value("accounts", account, name)) in ids_of(select[name]) for name in fields)


def _updated_shifts(site: Site, params: Record) -> Iterable[Record]:
    """Of the shifts that shift.list would give (window, scope), those of one of the two streams."""
    select = params.get("select", {})
    status = boolean(select.get("status_update", False), "status_update")
    field, since = "status_updated" if status else "updated", updated_since(site, select)
    return [row for row in _shifts(site, params) if (row.get(field) or "") >= since]


SHIFTS = Listing(
    "shifts",
    "shifts",
    SHIFT_RULES,
    _shifts,
    SHIFT_SELECT,
    SHIFT_REFERENCES,
    params=f"{SHOW} shared user_actions display_time",
)
UPDATED_SHIFTS = Listing(
    "shifts",
    "shifts",
    SHIFT_RULES,
    _updated_shifts,
    f"{SHIFT_SELECT} updated_since status_update",
    SHIFT_REFERENCES,
    params="extended",
)


def signup_list(site: Site, params: Record) -> Record:
    """Signups of one shift. A row does not repeat the shift, and has no id (lines 6009-6037)."""
    shift = requested_row(site, "shifts", params)
    rows = site.by("shift_signups", "shift").get(shift["id"], []) if shift.get("signup_list") else []
    shown = [site.show("shift_signups", {k: v for k, v in row.items() if k != "shift"}) for row in rows]
    result: Record = {"signups": shown, "already_signed_up": False, "can_manage_list": True}
    result |= {"can_remove_signup": False, "can_signup": True}
    if params.get("referenced_objects", True):
        result |= referenced(site, (accounts("member"),), rows)
    return result


SHIFT_METHODS = {
    "shift.get": getting("shifts", "shift", references=SHIFT_REFERENCES),
    "shift.list": SHIFTS.method(),
    "shift.listUpdated": UPDATED_SHIFTS.method(),
    "shift.signupList": Method(signup_list, frozenset({"id", "referenced_objects"})),
}
