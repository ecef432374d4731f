"""Delete detection: which rows a scan did not see, and how many may be gone at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fieldhouse.sources.engine.changes.coverage import Coverage
from fieldhouse.sources.engine.changes.delete_detector import DeleteDetector
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.records import ScanSummary
from fieldhouse.sources.engine.changes.table_state import TableState
from fieldhouse.sources.engine.errors import DeleteGuard
from fieldhouse.sources.engine.spec.reads import PerParent, Window
from fieldhouse.sources.engine.spec.row import Date, Int, Row, Timestamp
from fieldhouse.sources.engine.spec.table import Table

from .stored import NOW, index


class Item(Row):
    id: Int
    parent_id: Int
    day: Date
    ended_at: Timestamp


PLAIN = Table(name="things", path="things", row=Item)
CONFIRMED = replace(PLAIN, confirm="things/{id}")
CHILD = replace(PLAIN, per_parent=PerParent(parent="owners", params=lambda keys: {}, stamp="parent_id"))
WINDOWED = replace(PLAIN, window=Window(params=lambda first, last: {}, field="day", unsettled="ended_at"))
HUNDRED = [{"id": id} for id in range(100)]


def detector(table: Table = PLAIN, **options: Any) -> DeleteDetector:
    first = NOW - timedelta(days=30)
    return DeleteDetector(table, Options(**options), Coverage(TableState(window_start=first), first, NOW))


def test_rows_that_the_scan_did_not_see_are_missing() -> None:
    rows = index({"id": 1}, {"id": 2}, {"id": 3, "deleted": True})
    rows.see(1)
    assert detector().missing(rows, ScanSummary()) == [rows.find(2)]


@pytest.mark.parametrize(
    "never", [detector(replace(PLAIN, deletes="never")), detector(deletes="ignore")], ids=["table", "setting"]
)
def test_nothing_is_missing_where_deletes_are_not_looked_for(never: DeleteDetector) -> None:
    assert not never.is_looked_for
    assert never.missing(index({"id": 1}), ScanSummary()) == []


def test_rows_of_parents_that_could_not_be_read_are_kept() -> None:
    rows = index({"id": 1, "parent_id": "7"}, {"id": 2, "parent_id": "8"}, extra=["parent_id"])
    missing = detector(CHILD).missing(rows, ScanSummary(unread_parents={"7"}))
    assert missing == [rows.find(2)]


def test_rows_of_days_that_no_scan_covers_are_kept_unless_they_are_unsettled() -> None:
    rows = index(
        {"id": 1, "day": "2026-01-01", "ended_at": "then"},
        {"id": 2, "day": "2026-01-01", "ended_at": None},
        {"id": 3, "day": "2026-10-30", "ended_at": "then"},
        extra=["day", "ended_at"],
    )
    missing = detector(WINDOWED).missing(rows, ScanSummary())
    assert sorted(missing) == sorted([rows.find(2), rows.find(3)])


@pytest.mark.parametrize(
    ("missing", "live", "table", "too_many"),
    [
        (20, 100, PLAIN, False),
        (21, 100, PLAIN, True),
        (1, 3, PLAIN, False),
        (2, 5, PLAIN, False),
        (1, 2, PLAIN, False),
        (2, 4, PLAIN, True),
        (1, 1, PLAIN, True),
        (1, 1, replace(CHILD, deletes="replace-per-parent"), False),
        (3, 3, replace(CHILD, deletes="replace-per-parent"), True),
    ],
)
def test_a_share_of_the_rows_may_be_missing_and_one_or_two_of_a_few(
    missing: int, live: int, table: Table, too_many: bool
) -> None:
    assert detector(table).is_too_many(missing, live) is too_many


def test_too_many_missing_rows_stop_the_deletes() -> None:
    rows = index(*HUNDRED)
    missing = [rows.find(id) for id in range(50)]
    with pytest.raises(DeleteGuard, match="50 of 100 rows are missing"):
        detector().refuse_too_many(missing, rows, ScanSummary())
    detector(max_delete_share=0.5).refuse_too_many(missing, rows, ScanSummary())


def test_rows_of_parents_that_are_gone_themselves_do_not_count() -> None:
    rows = index(*[{"id": id, "parent_id": str(id // 50)} for id in range(100)], extra=["parent_id"])
    missing = [rows.find(id) for id in range(50)]
    detector(CHILD).refuse_too_many(missing, rows, ScanSummary(parents={"1"}))
    with pytest.raises(DeleteGuard):
        detector(CHILD).refuse_too_many(missing, rows, ScanSummary(parents={"0", "1"}))


@pytest.mark.parametrize(
    ("table", "missing", "unkeyed", "hidden"),
    [
        (PLAIN, [1], True, True),
        (PLAIN, [1], False, False),
        (PLAIN, [], True, False),
        (CONFIRMED, [1], True, True),
        (CONFIRMED, [1], False, False),
    ],
)
def test_missing_rows_may_be_among_records_without_a_key(
    table: Table, missing: list[int], unkeyed: bool, hidden: bool
) -> None:
    assert detector(table).hides_missing(missing, unkeyed=unkeyed) is hidden


@pytest.mark.parametrize(
    ("table", "missing", "scan", "requests"),
    [
        (PLAIN, 0, 9, 0),
        (PLAIN, 10, 9, 9),
        (PLAIN, 500, 9, 0),
        (CONFIRMED, 10, 9, 10),
        (CONFIRMED, 150, 9, 9 + 150),
        (CONFIRMED, 199, 9, 9 + 199),
        (CONFIRMED, 200, 9, 9 + 100),
    ],
)
def test_requests_to_confirm(table: Table, missing: int, scan: int, requests: int) -> None:
    assert detector(table).requests_to_confirm(missing, 1000, scan) == requests
