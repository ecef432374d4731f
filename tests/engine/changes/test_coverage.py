"""Coverage: the days that windowed reads cover."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from fieldhouse.sources.engine.changes.coverage import END_OF_DAYS, Coverage, merged, midnight
from fieldhouse.sources.engine.changes.table_state import TableState

from .stored import NOW

DAY = timedelta(days=1)
TODAY = midnight(NOW)


def coverage(
    start_date: datetime | None = None,
    window_start: datetime | None = None,
    *backfilled: tuple[datetime, datetime],
) -> Coverage:
    return Coverage(TableState(window_start=window_start, backfilled=backfilled), start_date, NOW)


def test_two_years_are_covered_without_a_setting() -> None:
    assert coverage().first_day() == TODAY - 731 * DAY


@pytest.mark.parametrize(
    ("start_date", "stored", "first"),
    [(10, None, 10), (10, 20, 20), (30, 20, 30), (None, 20, 731), (None, 800, 800)],
    ids=["setting", "later setting", "earlier setting", "setting removed", "default moved on"],
)
def test_days_that_were_covered_stay_covered(start_date: int | None, stored: int | None, first: int) -> None:
    def ago(days: int | None) -> datetime | None:
        return None if days is None else TODAY - days * DAY

    covered = coverage(ago(start_date), ago(stored))
    assert covered.first_day() == TODAY - first * DAY
    assert covered.reaches_further_back is (stored is not None and first > stored)


def test_windows_follow_each_other_to_the_end_of_days() -> None:
    early = (TODAY - 90 * DAY, TODAY - 80 * DAY)
    windows = coverage(TODAY - 20 * DAY, TODAY - 20 * DAY, early).windows(60 * DAY)
    assert windows == [
        early,
        (TODAY - 20 * DAY, TODAY + 60 * DAY),
        (TODAY + 61 * DAY, END_OF_DAYS),
    ]


def test_backfilled_days_are_covered_and_the_days_between_are_not() -> None:
    covered = coverage(TODAY - 20 * DAY, TODAY - 20 * DAY, (TODAY - 90 * DAY, TODAY - 80 * DAY))
    assert covered.covers(f"{TODAY - 85 * DAY:%Y-%m-%d}")
    assert not covered.covers(f"{TODAY - 50 * DAY:%Y-%m-%d}")
    assert covered.covers(f"{TODAY + 500 * DAY:%Y-%m-%d}")


def test_a_backfill_within_the_windows_adds_nothing() -> None:
    covered = coverage(TODAY - 20 * DAY, TODAY - 20 * DAY)
    assert covered.with_backfill(TODAY - 10 * DAY, TODAY) == ()
    assert covered.with_backfill(TODAY - 30 * DAY, TODAY) == ((TODAY - 30 * DAY, TODAY - 21 * DAY),)


def test_windows_that_touch_are_one() -> None:
    days = [TODAY + number * DAY for number in range(10)]
    assert merged([(days[5], days[6]), (days[0], days[1]), (days[2], days[3])]) == [
        (days[0], days[3]),
        (days[5], days[6]),
    ]
