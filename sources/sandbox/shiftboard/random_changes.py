"""Made-up changes to a record of any table, a few kinds for each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shiftboard.seed import work

from .random_rows import PLAIN, profile_values
from .store import Site

Change = Callable[[Site, Record], Record]
EARLIEST, LATEST = timedelta(days=700), timedelta(days=120)


def _word(*fields: str) -> Change:
    """New text in one of these fields."""
    return lambda site, row: {site.random.choice(fields): f"Edited {site.random.randint(1, 10**6)}"}


def _flip(field: str) -> Change:
    return lambda site, row: {field: not row.get(field)}


def _choose(field: str, *values: Any) -> Change:
    """Another of these values, where there is another one."""
    return lambda site, row: {field: site.random.choice([v for v in values if v != row.get(field)] or values)}


def _assign(site: Site, row: Record) -> Record:
    if row.get("covered") and site.random.random() < 0.4:
        return {"covered": False, "covering_member": None, "external_covering_member": None}
    member = site.random.choice(work.people(site))
    link = {"covering_member": member["id"], "external_covering_member": member["external_id"]}
    return {"covered": True, **link}


def _move(site: Site, row: Record) -> Record:
    """Another day, near or far, at the same time of the day; nobody hands in a time card before the work."""
    day, today = date.fromisoformat(row["start_date"][:10]), site.today()
    latest = today if "duration" in row else today + LATEST
    steps = [timedelta(days=days) for days in (-200, -40, -7, -1, 1, 7, 40)]
    step = site.random.choice([s for s in steps if today - EARLIEST <= day + s <= latest] or [timedelta()])
    moved: Record = {}
    for field in ("start_date", "end_date"):
        text = row.get(field)
        if text:
            later = datetime.fromisoformat(text) + step
            moved[field] = later.date().isoformat() if len(text) == 10 else later.isoformat()
    return moved


def _profile_value(site: Site, row: Record) -> Record:
    values = [value for value in profile_values(row["profile_option"]) if value != row["value"]]
    return {"value": site.random.choice(values or ["changed"])}


def _pages(site: Site, row: Record) -> Record:
    count = (len(row["pages"]) + 1) % 3
    return {"pages": [{"id": str(n), "name": f"Page {n}", "sort": str(n)} for n in range(1, count + 1)]}


def _clock_out(site: Site, row: Record) -> Record:
    if row.get("clocked_out"):
        return {"clockout_notes": f"Note {site.random.randint(1, 10**6)}"}
    return {"clocked_out": site.now(), "clocked_out_local": site.local_now().isoformat(timespec="seconds")}


CHANGES: dict[str, tuple[Change, ...]] = {
    **{
        name: (_word("name"),)
        for name in (*PLAIN, "direct_managers", "coverage_blocks", "team_category_items")
    },
    "accounts": (
        _word("first_name", "last_name", "title"),
        _word("city", "mobile_phone", "address"),
        _flip("org_hold"),
        _choose("org_pending", "0", "2", "1001"),
        _choose("pay_rate", "19.25", "30.00", ""),
    ),
    "shifts": (
        _assign,
        _assign,
        _flip("published"),
        _move,
        _word("subject", "details"),
        _flip("signup_list"),
        lambda site, row: {"breaks": [] if row.get("breaks") else work.breaks(site)},
        lambda site, row: {"resource": [] if row.get("resource") else work.sample(site, "resources", 1)},
        lambda site, row: {"custom_multipick": work.picks(site, "custom_multipick")},
    ),
    "shift_signups": (_word("message"), _flip("processed")),
    "workgroups": (_word("name", "description"), _flip("show_open"), _choose("no_trade", "0", "1")),
    "memberships": (_choose("level", "2", "3"),),
    "timecards": (_flip("approved"), _flip("processed"), _choose("duration", "3:00:00", "140:30:00"), _move),
    "timeclocks": (_clock_out,),
    "time_off_requests": (_choose("status", "0", "2", "3"), _move),
    "tradeboard": (_word("notes"), _choose("status", 1, 2, 3)),
    "availability": (_flip("busy"), _flip("sunday")),
    "profile_data": (_profile_value,),
    "profile_types": (_word("name"), _pages),
    "profile_configuration": (_word("label"),),
    "account_points": (_choose("account_points", 1.5, -3, 0), _word("reason")),
    "account_openids": (_word("openid"),),
    "manager_notes": (_word("notes"), _word("custom_textarea_1"), _choose("score", "1", "9")),
    "manager_note_custom_fields": (_word("label"),),
    "team_categories": (_word("label"),),
    "timezones": (_word("abbreviations"),),
    "attestation_types": (_word("name"), _flip("enabled")),
    "membership_tiers": (_word("label"),),
    "shift_custom_options": (lambda site, row: _word("label" if "label" in row else "name")(site, row),),
    "timecard_custom_options": (_word("label"),),
}
