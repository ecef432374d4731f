"""What the tests must know of Shiftboard; its sandbox has one key of its own, which is no canary."""

from __future__ import annotations

from fieldhouse.sources.sandbox.shiftboard.api import ShiftboardSandbox
from tests.support.vendors.vendor_facts import SmallWorld, SyncFacts, VendorFacts

FACTS = VendorFacts(
    tables={
        "accounts": ("id", ""),
        "shifts": ("id", "shifts__breaks shifts__resource shifts__custom_multipick"),
        "shift_signups": ("shift member", ""),
        "workgroups": ("id", ""),
        "memberships": ("workgroup member", ""),
        "timecards": ("id", ""),
        "timeclocks": ("id", ""),
        "time_off_requests": ("id", ""),
        "tradeboard": ("id", ""),
        "availability": ("id", ""),
        "profile_data": ("account profile_option", ""),
        "profile_types": ("id", "profile_types__pages"),
        "profile_configuration": ("id", ""),
        "account_points": ("id", ""),
        "account_openids": ("id", ""),
        "manager_notes": ("id", ""),
        "manager_note_types": ("id", ""),
        "manager_note_custom_fields": ("name", "manager_note_custom_fields__values"),
        "roles": ("id", ""),
        "clients": ("id", ""),
        "departments": ("id", ""),
        "locations": ("id", ""),
        "resources": ("id", ""),
        "paycodes": ("id", ""),
        "paytypes": ("id", ""),
        "direct_managers": ("id", ""),
        "coverage_blocks": ("id", ""),
        "work_status_types": ("id", ""),
        "team_categories": ("id", ""),
        "team_category_items": ("id", ""),
        "timezones": ("name", ""),
        "attestation_types": ("id", ""),
        "membership_tiers": ("tier", ""),
        "workgroup_clients": ("workgroup client", ""),
        "workgroup_departments": ("workgroup department", ""),
        "workgroup_locations": ("workgroup location", ""),
        "workgroup_resources": ("workgroup resource", ""),
        "workgroup_roles": ("workgroup role", ""),
        "workgroup_coverage_blocks": ("workgroup time_block", ""),
        "shift_custom_options": ("list id", ""),
        "timecard_custom_options": ("list id", ""),
    },
    sync=SyncFacts(
        0.1, "shifts", ("accounts", "shifts", "roles"), ("clients", "client.list"), ("roles", "clients")
    ),
    faults=SmallWorld(
        0.05,
        20,
        ("accounts", "workgroups", "memberships", "shifts", "roles", "account_points"),
        ("accounts", "workgroups", "shifts", "roles"),
        ("shifts", "roles"),
        "shifts",
        ("roles", "role.list"),
        requests=(20, 18),
        statements=(80, 40),
    ),
    sign_ins={"shiftboard": lambda: ShiftboardSandbox(size=0.05, edge_cases=True)},
    flags={"workgroups": "deleted", "team_category_items": "deleted"},
    derived=lambda column: column.endswith("_utc"),
)
