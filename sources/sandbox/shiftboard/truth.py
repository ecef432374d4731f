"""What a warehouse of this site should hold: every table's records as the fullest reads give them."""

from __future__ import annotations

from datetime import timedelta

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shiftboard.methods.people import live_memberships, shown_membership
from fieldhouse.sources.sandbox.shiftboard.methods.work import trade_day
from fieldhouse.sources.sandbox.shiftboard.methods.workgroups import caller_level, live_relations, shown_block

from .store import DETAIL, Site

TRUTH_DAYS = 730


def truth(site: Site) -> dict[str, list[Record]]:
    """All 41 tables. Dated records other than shifts only as far back as two years before the clock."""
    floor = (site.today() - timedelta(days=TRUTH_DAYS)).isoformat()
    tables = {name: [site.show(name, row, DETAIL) for row in site.rows(name)] for name in site.tables}
    for name in ("workgroups", "team_category_items"):
        for row, shown in zip(site.rows(name), tables[name], strict=True):
            shown["deleted"] = bool(row.get("_deleted"))
    for shown in tables["workgroups"]:
        shown["level"] = caller_level(site, shown["id"])
    tables["memberships"] = [shown_membership(site, row) for row in live_memberships(site)]
    for name in (name for name in tables if name.startswith("workgroup_")):
        tables[name] = [site.show(name, row) for row in live_relations(site, name)]
    blocks = live_relations(site, "workgroup_coverage_blocks")
    tables["workgroup_coverage_blocks"] = [shown_block(site, row) for row in blocks]
    for name in ("account_points", "account_openids"):
        tables[name] = [row for row in tables[name] if row["account"] in site.tables["accounts"]]
    tables["shift_signups"] = [row for row in tables["shift_signups"] if _takes_signups(site, row["shift"])]
    tables["profile_data"] = [row for row in tables["profile_data"] if _has_profile(site, row["account"])]
    for name, field in (
        ("timecards", "start_date"),
        ("timeclocks", "clocked_in_local"),
        ("time_off_requests", "start_date"),
    ):
        tables[name] = [row for row in tables[name] if str(row[field])[:10] >= floor]
    tables["tradeboard"] = [row for row in tables["tradeboard"] if trade_day(site, row) >= floor]
    return tables


def _takes_signups(site: Site, shift: str) -> bool:
    row = site.get("shifts", shift)
    return row is not None and bool(row.get("signup_list"))


def _has_profile(site: Site, account: str) -> bool:
    owner = site.get("accounts", account)
    return owner is not None and owner["profile_type"] in site.tables["profile_types"]
