"""The judge is judged: each way in which a warehouse can be wrong shows as a difference, and being right as none."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.support.vendors.expected_rows import snake
from tests.support.vendors.oracle import differences
from tests.support.warehouse.value_equality import equal_values
from tests.support.warehouse.warehouse_snapshot import Snapshot

TRUTH = {
    "tickets": [
        {
            "id": 7,
            "title": "Wi-Fi",
            "agent": {"id": 3, "username": "ann"},
            "custom_fields": {"12": "red"},
            "comments": [
                {"id": 70, "body": "one", "attachments": [{"id": 1, "secure_url": "https://…"}, {"id": 2}]},
                {"body": "two", "attachments": [{"id": 3}]},
            ],
        }
    ]
}
OURS = {"_deleted_at": "timestamp", "_synced_at": "timestamp"}


def right() -> Snapshot:
    """A warehouse that holds exactly ``TRUTH``."""
    columns = {
        "tickets": {
            "id": "number",
            "title": "text",
            "agent__id": "number",
            "agent__username": "text",
            **OURS,
        },
        "tickets__custom_fields": {"field_id": "text", "value": "text", "_parent_id": "number", **OURS},
        "tickets__comments": {"id": "number", "body": "text", "_parent_id": "number", **OURS},
        "tickets__comments__attachments": {
            "id": "number",
            "_parent_id": "number",
            "_root_id": "number",
            **OURS,
        },
    }
    live = {"_deleted_at": None, "_synced_at": datetime(2026, 11, 2, tzinfo=UTC)}
    rows: dict[str, list[dict[str, Any]]] = {
        "tickets": [{"id": 7, "title": "Wi-Fi", "agent__id": 3, "agent__username": "ann", **live}],
        "tickets__custom_fields": [
            {"field_id": "12", "value": "red", "_parent_id": 7, "_list_index": 0, **live}
        ],
        "tickets__comments": [
            {"id": 70, "body": "one", "_parent_id": 7, "_list_index": 0, **live},
            {"id": None, "body": "two", "_parent_id": 7, "_list_index": 1, **live},
        ],
        "tickets__comments__attachments": [
            {"id": 1, "_parent_id": 70, "_root_id": 7, "_list_index": 0, **live},
            {"id": 2, "_parent_id": 70, "_root_id": 7, "_list_index": 1, **live},
            {"id": 3, "_parent_id": None, "_parent_index": 1, "_root_id": 7, "_list_index": 0, **live},
        ],
    }
    return Snapshot(columns, rows, {})


def test_a_right_warehouse_has_no_differences() -> None:
    assert differences(right(), "bossdesk", TRUTH) == []


def _lose_column(snapshot: Any) -> None:
    del snapshot.columns["tickets"]["agent__username"]
    del snapshot.rows["tickets"][0]["agent__username"]


def _half_deleted(snapshot: Any) -> None:
    snapshot.rows["tickets__comments"][1]["_deleted_at"] = datetime(2026, 11, 2, tzinfo=UTC)


def _lose_child_table(snapshot: Any) -> None:
    del snapshot.columns["tickets__comments__attachments"], snapshot.rows["tickets__comments__attachments"]


def _unknown_child(snapshot: Any) -> None:
    snapshot.columns["tickets__tags"] = {"id": "number", "_parent_id": "number", **OURS}
    snapshot.rows["tickets__tags"] = [{"id": 1, "_parent_id": 7, "_list_index": 0, "_deleted_at": None}]


def _invented(snapshot: Any) -> None:
    snapshot.columns["tickets"]["note"] = "text"
    snapshot.rows["tickets"][0]["note"] = "from nowhere"


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda snapshot: snapshot.rows["tickets"].clear(), "tickets['7']: missing row"),
        (
            lambda snapshot: snapshot.rows["tickets"][0].update(title="wi-fi"),
            "tickets['7'].title: wrong value",
        ),
        (lambda snapshot: snapshot.rows["tickets"][0].update(title=None), "tickets['7'].title: wrong value"),
        (
            lambda snapshot: snapshot.rows["tickets"].append(snapshot.rows["tickets"][0]),
            "tickets['7']: row held twice",
        ),
        (
            lambda snapshot: snapshot.rows["tickets"].append({**snapshot.rows["tickets"][0], "id": 8}),
            "tickets['8']: extra row",
        ),
        (
            lambda snapshot: (
                snapshot.rows["tickets__comments"].reverse()
                or snapshot.rows["tickets__comments"][0].update(_list_index=0)
            ),
            "tickets__comments['7', 1]: missing row",
        ),
        (
            lambda snapshot: snapshot.rows["tickets__comments__attachments"][1].update(_parent_id=71),
            "tickets__comments__attachments['7', 'id', '71', 1]: extra row",
        ),
        (
            lambda snapshot: snapshot.rows["tickets__custom_fields"][0].update(value="blue"),
            "tickets__custom_fields['7', 0].value: wrong value",
        ),
        (_lose_column, "tickets.agent__username: missing column"),
        (_half_deleted, "tickets__comments['7', 1]: missing row"),
        (_lose_child_table, "tickets__comments__attachments: missing table"),
        (_unknown_child, "tickets__tags['1', '7', '0']: extra row"),
        (_invented, "tickets['7'].note: wrong value"),
    ],
)
def test_harm_is_found(harm: Callable[[Any], object], message: str) -> None:
    snapshot = copy.deepcopy(right())
    harm(snapshot)
    assert any(str(one).startswith(message) for one in differences(snapshot, "bossdesk", TRUTH))


def test_only_the_named_tables_are_compared() -> None:
    snapshot = right()
    assert differences(snapshot, "bossdesk", {**TRUTH, "groups": [{"id": 1}]}, only=["tickets"]) == []
    assert [one.table for one in differences(snapshot, "bossdesk", {**TRUTH, "groups": []})] == ["groups"]


def test_rows_that_a_vendor_flags_as_deleted_must_be_marked() -> None:
    truth: dict[str, list[dict[str, Any]]] = {"workgroups": [{"id": "5", "deleted": True}]}
    columns = {"workgroups": {"id": "text", "deleted": "boolean", **OURS}}
    live: dict[str, Any] = {"id": "5", "deleted": True, "_deleted_at": None}
    marked = {**live, "_deleted_at": datetime(2026, 11, 2, tzinfo=UTC)}
    assert differences(Snapshot(columns, {"workgroups": [marked]}, {}), "shiftboard", truth) == []
    (actual,) = differences(Snapshot(columns, {"workgroups": [live]}, {}), "shiftboard", truth)
    assert str(actual) == "workgroups['5']: extra row"


@pytest.mark.parametrize(
    ("sent", "snapshot", "kind"),
    [
        ("", "", "text"),
        (5, "5", "text"),
        (True, "true", "text"),
        ([1, {"a": None}], '[1,{"a":null}]', "text"),
        ("a\0b", "a\u2400b", "text"),
        ("007", 7, "number"),
        ("", None, "number"),
        (1.5, Decimal("1.500000000"), "number"),
        ("0", False, "boolean"),
        ("1", True, "boolean"),
        (1, True, "boolean"),
        ("", None, "boolean"),
        (
            "2016-10-23T12:45:14.234-02:00",
            datetime(2016, 10, 23, 14, 45, 14, 234000, tzinfo=UTC),
            "timestamp",
        ),
        ("2016-10-23T12:45:74.234Z", None, "timestamp"),
        (1_500_000_000, datetime(2017, 7, 14, 2, 40, tzinfo=UTC), "timestamp"),
        ("2016-10-23", date(2016, 10, 23), "date"),
        ({"b": 1, "a": 2}, '{"a": 2, "b": 1}', "json"),
        (None, None, "text"),
    ],
)
def test_same(sent: Any, snapshot: Any, kind: str) -> None:
    assert equal_values(sent, snapshot, kind)


@pytest.mark.parametrize(
    ("sent", "snapshot", "kind"),
    [
        ("", None, "text"),
        ("a", "A", "text"),
        ("a", None, "text"),
        ("seven", None, "number"),
        (7, 8, "number"),
        (True, 1, "number"),
        ("yes", None, "boolean"),
        ("0", True, "boolean"),
        ("2016-10-23T12:45:14Z", None, "timestamp"),
        ("2016-10-23T12:45:14+01:00", datetime(2016, 10, 23, 12, 45, 14, tzinfo=UTC), "timestamp"),
        ("soon", None, "timestamp"),
        ({"a": 1}, '{"a": 2}', "json"),
        (None, "", "text"),
    ],
)
def test_not_same(sent: Any, snapshot: Any, kind: str) -> None:
    assert not equal_values(sent, snapshot, kind)


def test_empty_ids_are_null() -> None:
    assert equal_values("", None, "text", is_id=True)
    assert equal_values("0", None, "text", is_id=True)
    assert not equal_values("5", None, "text", is_id=True)


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("WorkOrderLines", "work_order_lines"),
        ("PONumber", "po_number"),
        ("tax-entity", "tax_entity"),
        ("24_hour_clock", "_24_hour_clock"),
        ("id", "id"),
    ],
)
def test_snake(sent: str, name: str) -> None:
    assert snake(sent) == name
