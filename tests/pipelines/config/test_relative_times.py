"""Durations and days as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fieldhouse.pipelines.config.selection import age, day
from fieldhouse.sources.engine.errors import FixSettings

NOW = datetime(2026, 11, 28, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2h", "2 h", "2hours", "2 Hours", "120 min", "120m", "7200s"])
def test_two_hours(text: str) -> None:
    assert age(text, "--max-age") == timedelta(hours=2)


@pytest.mark.parametrize(
    ("text", "first"),
    [("today", 28), ("Yesterday", 27), ("3d", 25), ("3 days ago", 25), ("1 week ago", 21), ("2026-11-02", 2)],
)
def test_a_day_begins_at_midnight_and_ends_before_the_next(text: str, first: int) -> None:
    assert day(text, "--since", now=NOW) == datetime(2026, 11, first, tzinfo=UTC)
    last = datetime(2026, 11, first, tzinfo=UTC) + timedelta(days=1, microseconds=-1)
    assert day(text, "--until", end=True, now=NOW) == last


@pytest.mark.parametrize("text", ["36526d", "9999999999999d", "9" * 400 + "h"])
def test_a_longer_time_than_a_clock_can_count_back_is_refused(text: str) -> None:
    with pytest.raises(FixSettings, match="--max-age: expected a duration of at most 36525d"):
        age(text, "--max-age")


@pytest.mark.parametrize("text", ["soon", "2 fortnights", "", "5"])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(FixSettings):
        day(text, "--since", now=NOW)
