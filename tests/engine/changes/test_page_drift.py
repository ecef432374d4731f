"""Page drift: rows that move between pages while a list is read are noticed, by totals or by a second look."""

from __future__ import annotations

import pytest

from fieldhouse.sources.engine.changes.page_drift import (
    Drift,
    PageOrder,
    drift_of_changes,
    drift_of_full_scan,
)
from fieldhouse.sources.engine.changes.records import ScanSummary, ScanVerdict


def summary(
    *, paged: bool = True, total: int | None = None, collected: int = 20, shrunk: bool = False
) -> ScanSummary:
    return ScanSummary([ScanVerdict(collected=collected, total=total, shrunk=shrunk)], paged=paged)


@pytest.mark.parametrize(
    ("seen", "numbered", "expected"),
    [
        (summary(paged=False), True, Drift.NONE),
        (summary(), False, Drift.NONE),
        (summary(shrunk=True), False, Drift.SEEN),
        (summary(), True, Drift.LOOK_AGAIN),
        (summary(total=20), True, Drift.LOOK_AGAIN),
    ],
)
def test_a_full_scan_of_numbered_pages_is_looked_at_again(
    seen: ScanSummary, numbered: bool, expected: Drift
) -> None:
    assert drift_of_full_scan(seen, numbered=numbered) is expected


@pytest.mark.parametrize(
    ("seen", "numbered", "attempt", "expected"),
    [
        (summary(paged=False, total=3), True, 0, Drift.NONE),
        (summary(total=20), True, 0, Drift.NONE),
        (summary(), True, 0, Drift.LOOK_AGAIN),
        (summary(total=21), True, 0, Drift.LOOK_AGAIN),
        (summary(total=21), True, 1, Drift.NONE),  # a total that differs twice is wrong
        (summary(total=21), False, 0, Drift.SEEN),
        (summary(), False, 0, Drift.NONE),
        (summary(total=20, shrunk=True), True, 1, Drift.LOOK_AGAIN),
    ],
)
def test_totals_vouch_for_a_read_of_changes(
    seen: ScanSummary, numbered: bool, attempt: int, expected: Drift
) -> None:
    assert drift_of_changes(seen, numbered=numbered, attempt=attempt) is expected


def order(*pages: list[int]) -> PageOrder:
    read = PageOrder()
    for page in pages:
        read.end_page(len(page))
    read.add([key for page in pages for key in page])
    return read


THREE = order([1, 2, 3], [4, 5, 6], [7])


@pytest.mark.parametrize(
    ("now", "moved"),
    [
        ([1, 2, 3], False),
        ([9, 1, 2], False),  # a new row in front pushes others down
        ([2, 3, 4], True),  # a deleted row lets another move up
        ([1, 2], True),
        ([3, 2, 1], True),
        ([8, 9, 10], True),
    ],
)
def test_a_page_that_is_read_again_shows_whether_rows_moved_up(now: list[int], moved: bool) -> None:
    assert THREE.moved_up(1, now) is moved


def test_few_pages_are_read_again_and_never_the_last() -> None:
    assert order([1]).pages_to_check() == []
    assert THREE.pages_to_check() == [1, 2]
    many = order(*[[number] for number in range(1000)])
    assert len(many.pages_to_check()) <= 12
    assert 1000 not in many.pages_to_check()
    assert {1, 999} <= set(many.pages_to_check())


def test_pages_with_records_without_a_key_are_not_compared() -> None:
    read = PageOrder()
    read.end_page(2)
    read.end_page(2)
    read.add([1, 2, 3])
    assert read.pages_to_check() == []
