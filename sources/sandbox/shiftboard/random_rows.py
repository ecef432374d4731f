"""Made-up new records for every table, drawn from the site's own randomness."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shiftboard.seed import records, work
from fieldhouse.sources.sandbox.shiftboard.seed import site as seed

from .objects import words
from .store import Site

Make = Callable[[Site], Record]


def editable(site: Site) -> list[str]:
    """Tables to draw an edit from, some of them oftener; not those where nothing can be changed."""
    tables = [
        name for name in site.tables if site.tables[name] and (name not in RELATIONS or _free(site, name))
    ]
    return [*tables, *["shifts"] * 12, *["accounts"] * 8, *["timecards"] * 3, *["memberships"] * 2]


def _person(site: Site) -> Record:
    return site.random.choice(work.people(site))


def _any(site: Site, table: str) -> Record:
    return site.random.choice(list(site.rows(table)))


def _from_work(maker: Callable[[Site, Record, Record], Record]) -> Make:
    """A maker of past work that is given anybody and any covered shift."""
    return lambda site: maker(site, _person(site), site.random.choice(work.past_covered(site)))


def _named(table: str, **fields: Any) -> Make:
    def make(site: Site) -> Record:
        identity = site.new_id(table)
        return {"id": identity, "name": f"New {identity}", **fields}

    return make


def _workgroup(site: Site) -> Record:
    zone = site.random.choice(seed.TEAM_ZONES)
    contact = _person(site)
    link = {"contact_account": contact["id"], "external_contact_account": contact["external_id"]}
    return {**_named("workgroups")(site), "timezone": zone, **link}


def _membership(site: Site) -> Record:
    """A membership of somebody in a team that he is not in yet."""
    for _ in range(50):
        row = seed.membership(site, _person(site), _any(site, "workgroups")["id"], "2")
        if f"{row['workgroup']}-{row['member']}" not in site.tables["memberships"]:
            break
    return row


def _signup(site: Site) -> Record:
    lists = [row for row in site.rows("shifts") if row.get("signup_list")]
    shift = site.random.choice(lists or list(site.rows("shifts")))
    return work.new_signup(site, shift["id"], _person(site))


def _profile_datum(site: Site) -> Record:
    account = _person(site)
    option = site.random.choice(seed.profile_options(site, account) or ["16"])
    return seed.profile_datum(account, option, site.random.choice(profile_values(option)))


def profile_values(option: str) -> tuple[Any, ...]:
    return seed.OPTIONS.get(option, seed.OPTIONS["37"])[2]


def _configuration(site: Site) -> Record:
    identity = site.new_id("profile_configuration")
    row = {"id": identity, "profile_option": identity, "profile_type": _any(site, "profile_types")["id"]}
    row |= {
        "page": "1",
        "section": "1",
        "column": "1",
        "sort": "9",
        "label": f"New {identity}",
        "type": "varchar100",
    }
    row |= {"read_authorization": "Managers and higher", "write_authorization": "Managers and higher"}
    return {**row, "form_name": f"form_{identity}"}


def _category_item(site: Site) -> Record:
    identity = int(site.new_id("team_category_items"))
    return {"id": identity, "category": _any(site, "team_categories")["category"], "name": f"New {identity}"}


def _category(site: Site) -> Record:
    taken = {row["category"] for row in site.rows("team_categories")}
    free = next(number for number in range(1, 100) if number not in taken)
    return {"id": int(site.new_id("team_categories")), "category": free, "label": f"Category {free}"}


def _attestation_type(site: Site) -> Record:
    identity = str(UUID(int=site.random.getrandbits(128), version=4))
    return {"id": identity, "name": f"Type {identity[:8]}", "enabled": True}


def _tier(site: Site) -> Record:
    taken = site.tables["membership_tiers"]
    tier = next((str(number) for number in range(1, 11) if str(number) not in taken), "10")
    return {"tier": tier, "label": f"Tier {tier}"}


def _option(table: str) -> Make:
    def make(site: Site) -> Record:
        identity = site.new_id(table)
        return {"list": "custom_listable_2", "id": identity, "label": f"New {identity}"}

    return make


def _free(site: Site, table: str) -> list[Record]:
    field, target = RELATIONS[table]
    pairs = [(group, row["id"]) for group in site.tables["workgroups"] for row in site.rows(target)]
    return [{"workgroup": g, field: t} for g, t in pairs if f"{g}-{t}" not in site.tables[table]]


def _relation(table: str) -> Make:
    return lambda site: site.random.choice(_free(site, table))


RELATIONS = {
    "workgroup_clients": ("client", "clients"),
    "workgroup_departments": ("department", "departments"),
    "workgroup_locations": ("location", "locations"),
    "workgroup_resources": ("resource", "resources"),
    "workgroup_roles": ("role", "roles"),
    "workgroup_coverage_blocks": ("time_block", "coverage_blocks"),
}


def _note_field(site: Site) -> Record:
    return {
        "name": f"custom_textarea_{site.random.randint(10, 10**9)}",
        "label": "Remark",
        "type": "textarea",
    }


PLAIN = words(
    "clients departments locations manager_note_types paycodes paytypes resources roles work_status_types"
)
MAKERS: dict[str, Make] = {
    **{name: _named(name) for name in PLAIN},
    **{name: _relation(name) for name in RELATIONS},
    "accounts": lambda site: seed.new_account(site, 1),
    "shifts": lambda site: work.new_shift(site, work.a_day(site)),
    "shift_signups": _signup,
    "workgroups": _workgroup,
    "memberships": _membership,
    "timecards": _from_work(work.new_timecard),
    "timeclocks": _from_work(work.new_timeclock),
    "time_off_requests": _from_work(records.new_time_off),
    "tradeboard": _from_work(records.new_trade),
    "availability": _from_work(records.new_availability),
    "profile_data": _profile_datum,
    "profile_types": _named("profile_types", pages=[]),
    "profile_configuration": _configuration,
    "account_points": _from_work(records.new_points),
    "account_openids": _from_work(records.new_openid),
    "manager_notes": _from_work(records.new_note),
    "manager_note_custom_fields": _note_field,
    "direct_managers": _named("direct_managers", account=2001, external_account="E2001"),
    "coverage_blocks": _named("coverage_blocks", start_time="10:00:00", end_time="12:00:00", dur="2:00:00"),
    "team_categories": _category,
    "team_category_items": _category_item,
    "timezones": lambda site: {"name": f"Zone {site.random.random()}", "iana_timezone": "Etc/UTC"},
    "attestation_types": _attestation_type,
    "membership_tiers": _tier,
    "shift_custom_options": _option("shift_custom_options"),
    "timecard_custom_options": _option("timecard_custom_options"),
}
