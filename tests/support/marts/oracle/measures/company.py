"""Measures of the marts that span vendors: assets, work items, people, customers, days and health."""

from __future__ import annotations

from .. import assets, identity, operations, quality
from .measured import ALL, FIELD, Measured

COMPANY = (
    Measured("ticket_assets", "ticket_key asset_key", "account", ("bossdesk",), assets.ticket_assets),
    Measured(
        "assets",
        "asset_key",
        "is_active is_under_warranty tickets open_tickets incidents first_incident_at last_incident_at mtbf_days",
        ("bossdesk", "servicebridge", "shiftboard"),
        assets.assets,
    ),
    Measured("work_items", "work_item_key", "kind state is_open closed_at", ALL, operations.work_items),
    Measured(
        "calendar",
        "day",
        "year quarter month weekday month_starts_on week_starts_on is_business_day is_today days_from_now"
        " weeks_from_now",
        of_world=lambda world: operations.calendar(next(iter(world.clocks.values()))),
    ),
    Measured(
        "accounts",
        "account",
        "time_zone today week_start business_hours_per_week history_since",
        ALL,
        operations.accounts,
    ),
    Measured(
        "sync_health",
        "sync_key",
        "runs_in_7_days failures_in_7_days last_outcome last_run_rows_read last_run_rows_written"
        " last_run_rows_deleted live_rows deleted_rows schema_changes",
        ALL,
        operations.sync_health,
    ),
    Measured(
        "person_records",
        "record_key",
        "person_key match_reason match_confidence",
        of_world=lambda world: identity.records(world.people, "person"),
    ),
    Measured(
        "people",
        "person_key",
        "full_name is_active records vendors vendor_names has_one_name",
        of_world=lambda world: identity.identities(world.people, "person"),
    ),
    Measured(
        "customers",
        "customer_key",
        "party_key match_reason match_confidence",
        of_world=lambda world: identity.records(world.customers, "party"),
    ),
    Measured(
        "parties",
        "party_key",
        "name is_active records vendors vendor_names",
        of_world=lambda world: identity.identities(world.customers, "party"),
    ),
    Measured(
        "locations",
        "location_key",
        "kind name parent_location_key customer_key street city state postal_code country latitude longitude",
        ("bossdesk", "shiftboard", *FIELD),
        assets.locations,
    ),
    Measured(
        "data_quality", "quality_key", "table_name record_key problem columns", ALL, quality.data_quality
    ),
)
