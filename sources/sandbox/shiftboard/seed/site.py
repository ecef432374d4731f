"""A made-up organization: its reference lists, teams and people. All names and numbers are invented."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from fieldhouse.sources.sandbox.sandbox import Record, iso
from fieldhouse.sources.sandbox.shared import WORKERS, shared
from fieldhouse.sources.sandbox.shiftboard.objects import words
from fieldhouse.sources.sandbox.shiftboard.store import Site
from fieldhouse.sources.sandbox.shiftboard.timezones import IANA, ORGANIZATION_ZONE, offset_in_label

from .records import seed_records
from .work import seed_work

TEAM_ZONES = (
    ORGANIZATION_ZONE,
    "Eastern Time (US/Can) (GMT-05:00)",
    "Arizona (GMT-07:00)",
    "Amsterdam, Berlin, Bern, Rome, Vienna (GMT+01:00)",
    "Greenwich Mean Time : Dublin, Lisbon, London (GMT)",
    "Kathmandu (GMT+05:45)",
    "Central Time (US/Can) (GMT-06:00)",
    ORGANIZATION_ZONE,
)
FIRST = words("Ada Ben Chloé Dara Elif Finn Gwen Hugo Inês Jörg Kato Lena Mateo Nora Oksana Paul Quinn Rosa")
LAST = words("Alder Birch Cedar Dogwood Elm Fir Ginkgo Hazel Ironwood Juniper Kauri Larch Maple Nutmeg O'Oak")
TEAMS = [
    "Front Desk",
    "Ushers",
    "Kitchen",
    "Night Watch",
    "Gift Shop",
    "Field Crew",
    "Old Wing",
    "Pop-up Stand",
]
OPTIONS: dict[str, tuple[str, str, tuple[Any, ...]]] = {
    "16": ("Work Phone", "varchar100", ("206-555-1234", "206-555-9876", "")),
    "37": ("Skills", "multipick", (["Data Entry", "Driver"], ["Cook"], [], ["First Aid", "Driver", "Cook"])),
    "130": ("First Name of Reference", "varchar100", ("Joan", "Søren", "Mia")),
    "186": ("Relation", "varchar100", ("Brother", "Sister", "Friend")),
    "410": ("Forklift Licence", "boolean", ("0", "1")),
    "620": ("Passport", "encrypted", ("(encrypted)",)),
}


def seed(site: Site, size: float) -> None:
    """Fill an empty site. ``size`` scales people and what they do, not the reference lists."""
    _lists(site)
    _profiles(site)
    _categories(site)
    _workgroups(site)
    _accounts(site, max(12, round(150 * size)))
    _relations(site)
    seed_work(site, size)
    seed_records(site, size)


def _named(site: Site, table: str, names: str, **fields: Any) -> None:
    for name in names.split("|"):
        site.put(table, {"id": site.new_id(table), "name": name, **fields})


def _lists(site: Site) -> None:
    _named(site, "roles", "Cashier|Cook|Driver|Greeter|Guard|Host|Lead|Medic|Runner|Steward|Trainee|Usher")
    _named(site, "departments", "Distribution|Events|Food|Retail|Safety|Tours", description="Since 1998")
    _named(site, "manager_note_types", "Progress|Review|Praise|Warning")
    _named(site, "work_status_types", "Regular|Overtime|Training|Volunteer|Salary/Exempt")
    _named(site, "resources", "Van 1|Van 2|Radio|Tent|Projector|Forklift", notes="Return clean")
    _named(site, "paytypes", "Per Diem|Mileage|Bonus", description="Paid monthly")
    _named(site, "paycodes", "Minimum|Standard|Senior|Lead|Night", pay_rate="18.50")
    place = {"city": "Seattle", "state": "Washington", "zip": "98104", "country": "USA"}
    _named(site, "clients", "Acme|Birch & Co|Civic Hall|Delta Fair|Expo|Fjord|Grand|Harbor", **place)
    names = "Main Hall|East Gate|West Gate|Dock|Café|Lot B|Annex|Roof|Studio|Yard"
    _named(site, "locations", names, latlon="47.602,-122.334", geofence_radius="100", **place)
    for name, start, end, dur in (
        ("Early", "06:00:00", "14:00:00", "8:00:00"),
        ("Day", "09:00:00", "17:00:00", "8:00:00"),
        ("Late", "14:00:00", "22:30:00", "8:30:00"),
        ("Night", "22:00:00", "06:00:00", "8:00:00"),
    ):
        block = {"id": site.new_id("coverage_blocks"), "name": name, "start_time": start, "end_time": end}
        site.put("coverage_blocks", {**block, "dur": dur, "unpaid_mins": 30 if name == "Late" else 0})
    for name in ("Contract", "Certification", "Health Card"):
        identity = str(UUID(int=site.random.getrandbits(128), version=4))
        site.put("attestation_types", {"id": identity, "name": name, "enabled": name != "Health Card"})
    for tier, label in (("7", "Copper"), ("8", "Silver"), ("9", "Gold"), ("10", "Platinum")):
        site.put("membership_tiers", {"tier": tier, "label": label})
    for label, iana in IANA.items():
        names = "PST/PDT" if label == ORGANIZATION_ZONE else ""
        offset = offset_in_label(label)
        site.put(
            "timezones",
            {"name": label, "iana_timezone": iana, "standard_offset": offset, "abbreviations": names},
        )
    _custom_options(site)


def _custom_options(site: Site) -> None:
    for table, lists in (("shift_custom_options", (1, 2, 3)), ("timecard_custom_options", (1, 2, 4))):
        for number in lists:
            for letter in "ABCD"[:number]:
                option = {"list": f"custom_listable_{number}", "id": site.new_id(table)}
                site.put(table, {**option, "label": f"Listable {number} Value {letter}"})
    for name in ("One", "Two", "Three"):
        option = {"list": "custom_multipick", "id": site.new_id("shift_custom_options")}
        site.put("shift_custom_options", {**option, "name": name, "description": f"Multipick Value {name}"})
    for field, label in (("custom_text_1", "Custom Text 1"), ("custom_textarea", "Custom Text Area")):
        row = {"list": field, "id": field, "label": label, "permissions": {"auth_read": 2, "auth_write": 4}}
        site.put("shift_custom_options", row)
    for name, label, values in (
        ("custom_boolean_1", "On time", []),
        ("custom_dropdown_1", "Follow-up", ["first option", "second option"]),
        ("custom_textarea_1", "Remarks", []),
    ):
        note_field = {"name": name, "label": label, "type": name.split("_")[1]}
        site.put("manager_note_custom_fields", {**note_field, "values": values} if values else note_field)


def _profiles(site: Site) -> None:
    for name, options in (
        ("Basic Profile", "16 37 186"),
        ("Staff", "16 37 130 410 620"),
        ("Volunteer", "37 186"),
    ):
        identity = site.new_id("profile_types")
        pages = [{"id": str(n), "name": f"Page {n}", "sort": str(n)} for n in (1, 2)[: len(name) // 5]]
        site.put("profile_types", {"id": identity, "name": name, "pages": pages})
        for sort, option in enumerate(options.split()):
            label, kind, _ = OPTIONS[option]
            row = {
                "id": site.new_id("profile_configuration"),
                "profile_option": option,
                "profile_type": identity,
            }
            row |= {
                "page": "1",
                "section": "3",
                "column": "2",
                "sort": str(sort),
                "label": label,
                "type": kind,
            }
            row |= {"read_authorization": "Members and higher", "write_authorization": "Managers and higher"}
            site.put("profile_configuration", {**row, "form_name": f"form_{option}"})


def _categories(site: Site) -> None:
    for category, label in ((1, "Region"), (2, "Cost Centre"), (3, "Sales")):
        identity = int(site.new_id("team_categories"))
        site.put("team_categories", {"id": identity, "category": category, "label": label})
        for number in range(4):
            item = {"id": int(site.new_id("team_category_items")), "category": category}
            site.put("team_category_items", {**item, "name": f"{label} {number}", "_deleted": number == 3})


def _workgroups(site: Site) -> None:
    locations = [row["id"] for row in site.rows("locations")]
    regions = [str(row["id"]) for row in site.rows("team_category_items") if row["category"] == 1]
    for number, (name, zone) in enumerate(zip(TEAMS, TEAM_ZONES, strict=True)):
        row: Record = {"id": site.new_id("workgroups"), "name": name, "timezone": zone, "code": f"T{number}"}
        row |= {"city": "Seattle", "state": "Washington", "country": "United States", "zip": "98104"}
        row |= {"location": site.random.choice(["0", *locations]), "cancel_period": str(number - 1)}
        row |= {"show_open": number % 2 == 0, "public_code": f"Team {name}", "_deleted": number >= 6}
        row |= {"team_category_1": site.random.choice([None, *regions]), "no_trade": str(number % 2)}
        row |= {"def_pay_rate": f"{15 + number}.50", "allow_shared": number == 2, "restricted_roles": "1"}
        if number == 2:
            row |= {"allow_readonly": "2", "allow_shared_groups": {"226001": "Front Desk"}}
        site.put("workgroups", row)


def _accounts(site: Site, count: int) -> None:
    groups = list(site.rows("workgroups"))
    for number in range(count):
        account = site.put("accounts", _known(site, new_account(site, number), number))
        if number == 0:
            site.user = account["id"]
        for group in site.random.sample(groups, site.random.randint(1, 3)) if number else groups[:3]:
            level = "4" if number == 0 else site.random.choice("22223")
            site.put("memberships", membership(site, account, group["id"], level))
        for option in profile_options(site, account):
            if site.random.random() < 0.7:
                value = site.random.choice(OPTIONS[option][2])
                site.put("profile_data", profile_datum(account, option, value))
    people = list(site.rows("accounts"))
    for person in site.random.sample(people, 5):
        row = {
            "id": site.new_id("direct_managers"),
            "name": person["screen_name"],
            "account": int(person["id"]),
        }
        site.put("direct_managers", {**row, "external_account": person["external_id"]})
        site.put("accounts", {**person, "is_supervisor": True})
    for group in groups:
        contact = site.random.choice(people)
        link = {"contact_account": contact["id"], "external_contact_account": contact["external_id"]}
        site.put("workgroups", {**group, **link})


def _known(site: Site, account: Record, number: int) -> Record:
    """The account of somebody whom other vendors know too, unless ``edge_cases``."""
    party = None if site.edge_cases else shared(WORKERS, number - 1)
    if party is None:
        return account
    names = {"first_name": party.first_name, "last_name": party.last_name, "screen_name": party.name}
    return account | names | {"email": party.email, "mobile_phone": party.phone}


def new_account(site: Site, number: int) -> Record:
    """A person with a made-up name. The first one is the API user, a site administrator."""
    rng = site.random
    identity = site.new_id("accounts")
    first, last = rng.choice(FIRST), rng.choice(LAST)
    # long before the widest feed, except a few: what a feed shows is then what was edited
    changed = iso(
        site.clock.now() - timedelta(days=rng.randint(1, 500), seconds=rng.randint(0, 80000)), "seconds"
    )
    row: Record = {"id": identity, "external_id": f"E{identity}", "first_name": first, "last_name": last}
    row |= {
        "screen_name": f"{first} {last}",
        "email": f"a{identity}@example.com",
        "bad_email": rng.random() < 0.05,
    }
    row |= {"mobile_phone": f"206555{rng.randint(1000, 9999)}", "city": rng.choice(["", "Seattle", "Köln"])}
    row |= {"profile_type": rng.choice([kind["id"] for kind in site.rows("profile_types")])}
    label = rng.choice(["", *TEAM_ZONES])
    row |= {"timezone": label, "iana_timezone": IANA.get(label, "")}
    row |= {"pay_rate": rng.choice(["", "18.50", "22.00"]), "start_date": rng.choice(["", "2024-03-01"])}
    row |= {"paycode": rng.choice(["", *(code["id"] for code in site.rows("paycodes"))])}
    if rng.random() < 0.3:
        row |= {"seniority": True, "seniority_rank": str(rng.randint(1, 900)), "seniority_date": "2020-01-15"}
    if number:
        row |= {"org_hold": rng.random() < 0.12, "org_pending": rng.choice(["0"] * 9 + ["1", "7", "1002"])}
    else:
        row |= {"level": "4", "user_type": "admin"}
    return {**row, "updated": changed, "profile_updated": changed}


def membership(site: Site, account: Record, workgroup: str, level: str) -> Record:
    created = site.clock.now() - timedelta(days=site.random.randint(0, 700))
    row = {"member": account["id"], "external_account": account["external_id"], "workgroup": workgroup}
    row |= {"level": level, "creation_date": f"{created:%Y-%m-%d %H:%M:%S}"}
    return {**row, "_tier": site.random.choice([None, "7", "8", "9", "10"])}


def profile_datum(account: Record, option: str, value: Any) -> Record:
    row = {"account": account["id"], "external_account": account["external_id"]}
    return {**row, "profile_option": option, "value": value}


def profile_options(site: Site, account: Record) -> list[str]:
    """The options that are configured for the account's profile type."""
    rows = site.by("profile_configuration", "profile_type").get(account["profile_type"], [])
    return [row["profile_option"] for row in rows]


def _relations(site: Site) -> None:
    for name, table in (
        ("client", "clients"),
        ("department", "departments"),
        ("location", "locations"),
        ("resource", "resources"),
        ("role", "roles"),
        ("coverage_block", "coverage_blocks"),
    ):
        for group in site.rows("workgroups"):
            targets = [row["id"] for row in site.rows(table)]
            for target in site.random.sample(targets, len(targets) // 2):
                key = "time_block" if name == "coverage_block" else name
                site.put(f"workgroup_{name}s", {"workgroup": group["id"], key: target})
