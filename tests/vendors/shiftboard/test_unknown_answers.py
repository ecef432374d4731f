"""Answers of Shiftboard that are not understood fail their table alone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from fieldhouse.sources.shiftboard import VENDOR
from tests.support.reader_harness import read
from tests.vendors.shiftboard.vendor_examples import SETTINGS, Text

# --- shapes that are not understood ---


@pytest.mark.parametrize(
    ("table", "method", "result"),
    [
        ("roles", "role.list", {"count": 1, "role": []}),
        ("team_categories", "teamCategory.list", {"team_categories": []}),
        ("membership_tiers", "membership.tierList", {"tier": {}}),
        ("membership_tiers", "membership.tierList", {"tiers": ["Gold"]}),
        ("shift_custom_options", "shift.customDropdownList", {"custom_listable_1": "none"}),
        ("shift_custom_options", "shift.customMultipickList", {"custom_multipick": ["One"]}),
        ("timecard_custom_options", "timecard.customDropdownList", "none"),
        ("coverage_blocks", "coverageBlock.list", {"count": 0}),
        ("coverage_blocks", "coverageBlock.list", {"a": [], "b": []}),
        ("coverage_blocks", "coverageBlock.list", []),
    ],
)
def test_an_answer_of_another_shape_fails_its_table_alone(table: str, method: str, result: Any) -> None:
    text = Text()
    text.results[method] = result
    assert read(VENDOR, SETTINGS, table, wire=httpx.MockTransport(text)).errors == {table: "VendorChanged"}


@pytest.mark.parametrize(
    ("table", "method", "result", "count"),
    [
        ("membership_tiers", "membership.tierList", {"tiers": {}}, 0),
        ("membership_tiers", "membership.tierList", {"tiers": []}, 0),
        ("timecard_custom_options", "timecard.customDropdownList", {}, 0),
        ("timecard_custom_options", "timecard.customDropdownList", [], 0),
        ("timecard_custom_options", "timecard.customDropdownList", {"custom_listable_1": []}, 0),
        ("coverage_blocks", "coverageBlock.list", {"shift templates": [{"id": "1"}], "count": 1}, 1),
        ("roles", "role.list", {"roles": []}, 0),
    ],
)
def test_an_answer_without_rows_or_under_another_label(
    table: str, method: str, result: Any, count: int
) -> None:
    text = Text()
    text.results[method] = result
    actual = read(VENDOR, SETTINGS, table, wire=httpx.MockTransport(text))
    assert actual.errors == {}
    assert len(actual.rows.get(table, [])) == count


def test_a_field_that_nobody_declared_arrives_all_the_same() -> None:
    text = Text()
    text.results["role.list"]["roles"][0] |= {"colour": "#ff0000", "rank": {"value": 3}, "_hidden": True}
    (role,) = read(VENDOR, SETTINGS, "roles", wire=httpx.MockTransport(text)).rows["roles"]
    assert role == {"id": "2281", "name": "role 813", "colour": "#ff0000", "rank__value": 3, "x_hidden": True}
