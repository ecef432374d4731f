"""Lookback: how far before the cursor a read of changes starts, and which rows of the overlap are settled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fieldhouse.sources.engine.changes.lookback import Lookback
from fieldhouse.sources.engine.changes.table_state import TableState
from fieldhouse.sources.engine.spec.incremental import Incremental

from .stored import NOW

DAY, HOUR, MINUTE, SECOND = (timedelta(**{unit: 1}) for unit in ("days", "hours", "minutes", "seconds"))
FILTER = Incremental(params=lambda cursor: {"since": cursor}, cursor_field="updated_at", overlap=15 * MINUTE)


def test_a_first_read_starts_an_overlap_before_the_cursor() -> None:
    assert Lookback(TableState()).start(FILTER, NOW) == NOW - 15 * MINUTE


def test_the_duration_of_the_last_read_is_added() -> None:
    assert Lookback(TableState(read_seconds=90)).start(FILTER, NOW) == NOW - 15 * MINUTE - 90 * SECOND


def test_a_cursor_ahead_of_the_vendors_clock_counts_as_that_clock() -> None:
    lookback = Lookback(TableState(server_time=NOW - HOUR))
    assert lookback.start(FILTER, NOW) == NOW - HOUR - 15 * MINUTE


@pytest.mark.parametrize(("set_back", "expected"), [(HOUR, HOUR), (MINUTE, 0 * HOUR), (-HOUR, 0 * HOUR)])
def test_a_clock_that_was_set_back_moves_the_start_back(set_back: timedelta, expected: timedelta) -> None:
    """Clocks may drift by a minute; a clock that was set forward hides nothing."""
    before = TableState(server_time=NOW, local_time=NOW + 3 * SECOND)
    lookback = Lookback(before)
    lookback.note(NOW + HOUR - set_back, NOW + HOUR + 3 * SECOND)
    assert lookback.start(FILTER, NOW - HOUR) == NOW - HOUR - 15 * MINUTE - expected


def test_an_unknown_clock_changes_nothing() -> None:
    lookback = Lookback(TableState(server_time=NOW, local_time=NOW))
    lookback.note(None, NOW + HOUR)
    assert lookback.start(FILTER, NOW) == NOW - 15 * MINUTE
    assert (lookback.server_time, lookback.local_time) == (None, NOW + HOUR)


@pytest.mark.parametrize(
    ("asked_after_cursor", "stored_before_cursor", "settled"),
    [
        (2 * SECOND, 0 * SECOND, True),  # at the cursor itself, a second is enough
        (SECOND, 0 * SECOND, False),
        (16 * MINUTE, MINUTE, True),
        (15 * MINUTE, MINUTE, False),  # a version may become visible an overlap later
        (HOUR, 16 * MINUTE, False),  # older than the read reaches
    ],
)
def test_a_row_of_the_overlap_is_settled_once_the_last_read_came_late_enough(
    asked_after_cursor: timedelta, stored_before_cursor: timedelta, settled: bool
) -> None:
    lookback = Lookback(TableState(server_time=NOW + asked_after_cursor))
    assert lookback.is_settled(FILTER, NOW, NOW - stored_before_cursor) is settled


def test_nothing_is_settled_without_a_clock_or_a_stored_time_or_with_a_clock_set_back() -> None:
    assert not Lookback(TableState()).is_settled(FILTER, NOW, NOW)
    late = TableState(server_time=NOW + HOUR, local_time=NOW + HOUR)
    assert not Lookback(late).is_settled(FILTER, NOW, None)
    lookback = Lookback(late)
    lookback.note(NOW, NOW + 2 * HOUR)
    assert not lookback.is_settled(FILTER, NOW, NOW)


def test_the_next_read_starts_where_this_one_plans() -> None:
    lookback = Lookback(TableState(server_time=NOW - HOUR))
    lookback.note(NOW, NOW)
    lookback.planned = 3 * SECOND
    for cursor, last in ((NOW - MINUTE, NOW - MINUTE), (NOW + HOUR, NOW)):
        start = lookback.next_start(FILTER, cursor)
        assert start == last - 15 * MINUTE - 3 * SECOND
        state = TableState(cursor=cursor, server_time=NOW, read_seconds=3)
        assert Lookback(state).start(FILTER, cursor) == start


@pytest.mark.parametrize(("after_cursor", "past"), [(15 * MINUTE, False), (16 * MINUTE, True)])
def test_all_versions_up_to_the_cursor_are_visible_an_overlap_later(
    after_cursor: timedelta, past: bool
) -> None:
    lookback = Lookback(TableState())
    assert not lookback.is_past(FILTER, NOW - DAY)
    lookback.note(NOW + after_cursor, NOW)
    assert lookback.is_past(FILTER, NOW) is past
