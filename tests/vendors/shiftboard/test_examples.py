"""Shiftboard's tables: the inventory, and what the text's own examples become."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import httpx
import pytest

from fieldhouse.sources.engine.spec.row import declared
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.shiftboard import VENDOR
from fieldhouse.sources.shiftboard.tables import TABLES
from tests.support.reader_harness import ReadResult, Rows, read
from tests.support.vendors.oracle import inventory
from tests.vendors.shiftboard.vendor_examples import LONDON, MADE, PACIFIC, SETTINGS, SHOWN, Text


@cache
def reading() -> ReadResult:
    return read(VENDOR, SETTINGS, wire=httpx.MockTransport(Text()))


@pytest.fixture
def rows() -> Rows:
    return reading().rows


# --- the inventory ---


def test_every_table_of_the_inventory_is_declared() -> None:
    expected = {name: (column.key, set(column.children)) for name, column in inventory("shiftboard").items()}
    made = {
        table.name: (
            table.key,
            {f"{table.name}__{column.name}" for column in declared(table.row) if column.type is None},
        )
        for table in TABLES
    }
    assert made == expected
    assert len(made) == 41


def test_how_tables_are_read_and_kept_true() -> None:
    ways = {table.name: (table.strategy, table.deletes) for table in TABLES}
    assert ways["accounts"] == ("incremental", "full-scan")
    assert ways["shifts"] == ("incremental", "window-scan")
    for name in ("timecards", "timeclocks", "time_off_requests", "tradeboard"):
        assert ways[name] == ("window", "window-scan")
    for name in ("profile_data", "account_points", "account_openids", "shift_signups"):
        assert ways[name] == ("per-parent", "replace-per-parent")
    assert {name for name, way in ways.items() if way[1] == "deleted-flag"} == {
        "workgroups",
        "team_category_items",
    }


def test_every_table_says_what_one_row_is_and_every_column_what_it_holds() -> None:
    for table in TABLES:
        assert table.grain.startswith("one row per "), table.name
    references = {
        column.references for table in TABLES for column in declared(table.row) if column.references
    }
    columns = {f"{table.name}.{column.name}" for table in TABLES for column in declared(table.row)}
    assert references <= columns
    assert len(references) == 20


def test_what_tells_about_people_is_marked() -> None:
    marked = {f"{t.name}.{column.name}" for t in TABLES for column in declared(t.row) if column.personal}
    assert marked >= {
        "accounts.email",
        "accounts.pay_rate",
        "manager_notes.notes",
        "timeclocks.clockin_location__latitude",
        "time_off_requests.details",
        "profile_data.value",
        "account_openids.openid",
        "locations.contact_email",
    }
    assert "shifts.start_date" not in marked


# --- the examples ---


def test_no_table_fails_on_the_examples() -> None:
    assert reading().errors == {}
    assert not [note for outcome in reading().outcomes.values() for note in outcome.notes if "fit" in note]


def test_every_table_has_rows(rows: Rows) -> None:
    assert {table.name for table in TABLES if not rows[table.name]} == set()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_is_sent_is_what_is_stored(table: Table, rows: Rows) -> None:
    """Every scalar of every example stands in a column of its name, in the column's own type."""
    stored = {tuple(str(row[name]) for name in table.key): row for row in rows[table.name]}
    stamp = {"account": "2", "shift": "2753600"}
    details: dict[str, Any] = next(iter(SHOWN[table.detail.path].values())) if table.detail else {}
    for record in records(table):
        row = stored[tuple(str({**stamp, **record}[name]) for name in table.key)]
        for name, value in {**record, **details}.items():
            if not isinstance(value, dict | list) and name != "user_actions":
                assert as_sent(row.get(name), value), (name, value, row.get(name))


def records(table: Table) -> list[dict[str, Any]]:
    """The records of a table's example."""
    document = {**SHOWN, **MADE}[table.path]
    if callable(table.records):
        return table.records(document)
    actual: list[dict[str, Any]] = document[table.records] if table.records else document
    return actual


def as_sent(stored: Any, sent: Any) -> bool:
    """Whether a stored value is the one that was sent; ids "" and "0" and empty numbers are null."""
    if stored is None:
        return sent in (None, "", "0")
    if isinstance(stored, bool):
        return {"true": True, "1": True, "false": False, "0": False}[str(sent).lower()] is stored
    if isinstance(stored, datetime):
        return datetime.fromisoformat(sent).replace(tzinfo=UTC) == stored
    if isinstance(stored, date):
        return date.fromisoformat(sent) == stored
    return Decimal(str(stored)) == Decimal(str(sent)) if not isinstance(stored, str) else stored == str(sent)


def test_an_account(rows: Rows) -> None:
    (account,) = rows["accounts"]
    assert account["id"] == "2"
    assert account["email"] == "132997@servola.org"
    assert account["bad_email"] is False
    assert account["fax"] == ""
    assert account["profile_type"] == "1"
    assert account["org_pending"] == "0"
    assert not account.keys() & {"account_points", "updated", "external_id"}


def test_a_shift_with_everything(rows: Rows) -> None:
    shift = next(row for row in rows["shifts"] if row["id"] == "2753600")
    assert shift["start_date"] == "2026-03-08T02:30:00"
    assert shift["pay_rate"] == Decimal("19.25")
    assert (shift["use_time"], shift["dur_hrs"], shift["dur_mins"]) == (2, 8, 30)
    assert shift["custom_dropdown_1"] == "25013"
    assert shift["updated"] == datetime(2026, 2, 1, 11, tzinfo=UTC)
    plain = next(row for row in rows["shifts"] if row["id"] == "2753499")
    assert "work_status_type" not in plain
    assert plain["signup_list"] is False


def test_the_children_of_a_shift(rows: Rows) -> None:
    assert [
        (row["_parent_id"], row["_list_index"], row["value"]) for row in rows["shifts__custom_multipick"]
    ] == [
        ("2753600", 0, "5551209"),
        ("2753600", 1, "5551210"),
    ]
    assert [row["value"] for row in rows["shifts__resource"]] == ["52"]
    assert [(row["name"], row["duration_minutes"], row["paid"]) for row in rows["shifts__breaks"]] == [
        ("Lunch", 30, False),
        ("Tea", 15, True),
    ]


def test_signups_only_of_shifts_that_take_them_and_stamped(rows: Rows) -> None:
    assert rows["shift_signups"] == [
        {"shift": "2753600", "member": "2", "message": "I can come", "processed": False}
    ]


def test_points_and_the_shift_they_are_for(rows: Rows) -> None:
    ad_hoc, absent = sorted(rows["account_points"], key=lambda row: str(row["id"]))
    assert ad_hoc["account_points"] == 10
    assert ad_hoc["created_by"] == "114"
    assert ad_hoc["date"] == date(2020, 7, 2)
    assert "user_actions__edit" not in ad_hoc
    assert not [name for name in ad_hoc if name.startswith("shift")]
    assert absent["id"] == "994"
    assert absent["reason_id"] == "36425"
    assert absent["shift__id"] == "323451686"
    assert absent["shift__start_date"] == datetime(2020, 7, 1, 13, tzinfo=UTC)
    assert absent["shift__local_start_date"] == "2020-07-15T23:30:00"


def test_a_note_of_the_list_with_what_only_its_get_shows(rows: Rows) -> None:
    (note,) = rows["manager_notes"]
    assert note["custom_boolean_1"] is True
    assert note["last_updated"] == datetime(2019, 1, 1, 18, 27, 36, tzinfo=UTC)
    assert note["account"] == "1"
    assert note["score"] == 11


def test_labels_of_the_sites_own_fields_of_notes(rows: Rows) -> None:
    labels = {row["name"]: (row["label"], row["type"]) for row in rows["manager_note_custom_fields"]}
    assert labels == {
        "custom_boolean_1": ("ImaBoolean", "boolean"),
        "custom_dropdown_3": ("ImaDropdown", "dropdown"),
        "custom_textarea_2": ("ImaTextarea", "textarea"),
    }
    choices = rows["manager_note_custom_fields__values"]
    assert [(row["_parent_id"], row["value"]) for row in choices] == [
        ("custom_dropdown_3", choice) for choice in "abc"
    ]


def test_a_workgroup_of_the_list_with_what_only_its_get_shows(rows: Rows) -> None:
    (group,) = rows["workgroups"]
    assert group["name"] == "Test Workgroup 226093"
    assert group["cancel_period"] == -1
    assert "location" not in group
    assert (group["no_trade"], group["restricted_roles"], group["deleted"]) == (True, False, False)
    assert group["allow_shared_groups"] == "{}"
    assert group["allow_readonly"] == 3
    assert group["def_pay_rate"] == 0


def test_maps_become_rows(rows: Rows) -> None:
    assert {row["tier"]: row["label"] for row in rows["membership_tiers"]} == SHOWN["membership.tierList"][
        "tiers"
    ]
    options = {
        (row["list"], row["id"]): row.get("label") or row["name"] for row in rows["shift_custom_options"]
    }
    assert options == {
        ("custom_listable_1", "25013"): "Listable 1 Value A",
        ("custom_listable_1", "25014"): "Listable 1 Value B",
        ("custom_listable_2", "25015"): "Listable 2 Value A",
        ("custom_multipick", "5551209"): "One",
        ("custom_multipick", "5551210"): "Two",
        ("custom_multipick_2", "5551211"): "A",
        ("custom_text_1", "custom_text_1"): "Custom Text 1",
        ("custom_textarea", "custom_textarea"): "Custom Text Area",
    }
    written = {
        row["permissions__auth_write"] for row in rows["shift_custom_options"] if "text" in row["list"]
    }
    assert written == {4}
    assert {row["id"] for row in rows["timecard_custom_options"]} == {"1550", "1551", "1552", "1558"}


def test_a_profile_item_with_one_value_and_with_several(rows: Rows) -> None:
    values = {row["profile_option"]: row["value"] for row in rows["profile_data"]}
    assert values == {
        "620": "(encrypted)",
        "16": "206-555-1234",
        "186": "Brother",
        "37": '["Data Entry","Driver"]',
    }
    assert {row["_profile_type"] for row in rows["profile_data"]} == {"1"}


def test_an_open_clock_entry(rows: Rows) -> None:
    (entry,) = rows["timeclocks"]
    assert entry["_clocked_in_utc"] == datetime(2014, 1, 29, 21, tzinfo=UTC)
    assert entry["clockin_location__longitude"] == -122.3
    assert not [name for name in entry if name.startswith(("clocked_out", "clockout"))]


def test_integers_and_texts_are_the_same_id(rows: Rows) -> None:
    assert rows["team_categories"] == [{"id": "2743", "category": 1, "label": "Sales"}]
    assert [row["account"] for row in rows["direct_managers"]] == ["12345"]


def test_zone_labels_are_kept_as_they_are(rows: Rows) -> None:
    assert {row["name"] for row in rows["timezones"]} == {PACIFIC, LONDON}
