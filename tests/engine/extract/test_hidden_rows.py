"""Hidden rows: each is asked for once in its age, however often a table is swept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fieldhouse.sources.engine.extract.delete_confirmation import MOST_HIDDEN, HiddenRows

START = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)
AGE = timedelta(days=7)
KEYS = [*range(1, 500), 2**62 + 1, -7, -(2**63)]


@pytest.mark.parametrize("hours", [1, 5, 24, 100])
def test_each_row_has_its_turn_once_in_its_age(hours: int) -> None:
    asked = dict.fromkeys(KEYS, 0)
    moment, sweeps = START, int(AGE / timedelta(hours=hours))
    for _ in range(sweeps):
        later = moment + timedelta(hours=hours)
        rows = HiddenRows(KEYS, moment, later, AGE)
        for key in KEYS:
            asked[key] += not rows.is_settled(key)
        moment = later
    assert max(asked.values()) == 1
    assert sum(asked.values()) >= len(KEYS) * (sweeps * hours) / (7 * 24) * 0.8


def test_no_row_waits_longer_than_its_age() -> None:
    rows = HiddenRows(KEYS, START, START + AGE, AGE)
    assert not any(rows.is_settled(key) for key in KEYS)


@pytest.mark.parametrize(
    "last", [None, START + timedelta(days=1)], ids=["no sweep", "a clock that was ahead"]
)
def test_without_a_sweep_before_every_row_is_asked_for(last: datetime | None) -> None:
    rows = HiddenRows(KEYS, last, START, AGE)
    assert not any(rows.is_settled(key) for key in KEYS)


def test_what_was_not_looked_for_stays_and_what_was_replaces_it() -> None:
    rows = HiddenRows([3, 1], START, START, AGE)
    assert rows.stored == [1, 3]
    rows.note([])
    assert rows.stored == []
    rows.note(range(MOST_HIDDEN + 5))
    assert len(rows.stored) == MOST_HIDDEN
