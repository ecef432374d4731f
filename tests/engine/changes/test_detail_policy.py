"""Detail policy: each reason for reading a detail, and each for not reading it; no client is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fieldhouse.sources.engine.changes.detail_policy import (
    DetailPolicy,
    Waiting,
    moments_to_check,
    moved_past,
)
from fieldhouse.sources.engine.changes.lookback import Lookback
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.table_state import TableState
from fieldhouse.sources.engine.spec.incremental import Incremental
from fieldhouse.sources.engine.spec.reads import Detail

from .stored import NOW, index, matched

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
DETAIL = Detail(path="tickets/{id}")
FILTER = Incremental(params=lambda cursor: {}, cursor_field="updated_at")
STATE = TableState(cursor=NOW - DAY, server_time=NOW - DAY + MINUTE, last_sync=NOW - DAY)
SAME_TIME = replace(STATE, server_time=STATE.cursor)
"""The last read came within a second after the cursor."""
LISTED = 70
"""The stored hash of the list row."""


def policy(
    detail: Detail = DETAIL,
    incremental: Incremental | None = FILTER,
    options: Options | None = None,
    state: TableState = STATE,
    **attributes: Any,
) -> DetailPolicy:
    lookback = Lookback(state)
    lookback.note(state.server_time and state.server_time + MINUTE, NOW)
    decided = DetailPolicy(detail, incremental, options or Options(), lookback, state, NOW)
    decided.cursor = state.cursor
    for name, value in attributes.items():
        setattr(decided, name, value)
    return decided


def reason(
    decided: DetailPolicy,
    *,
    full_scan: bool = False,
    list_hash: int = LISTED,
    record: dict[str, Any] | None = None,
    synced: timedelta = DAY,
    updated: timedelta = DAY,
) -> str:
    row = {"id": 1, "list_hash": LISTED, "_synced_at": NOW - synced, "updated_at": NOW - updated}
    rows = index(row, extra=["_synced_at", "updated_at"])
    return decided.reason(matched(rows, 1, **(record or {})), list_hash, rows, full_scan=full_scan)


ALWAYS = replace(DETAIL, every="sync")
OPEN = replace(DETAIL, settled=lambda record: record.get("state") == "closed")
AGED = Options(detail_max_age=7 * DAY)
INTERRUPTED = replace(STATE, initial_load_from=NOW - DAY)


@pytest.mark.parametrize(
    ("decided", "case", "expected"),
    [
        (policy(ALWAYS), {}, "asked"),
        (policy(options=Options(full=True)), {}, "asked"),
        (policy(all_wanted=True), {}, "asked"),
        (policy(), {"list_hash": 71}, "changed"),
        (policy(incremental=None), {}, ""),
        (policy(), {"record": {"updated_at": "2026-11-01"}, "synced": 30 * DAY}, ""),
        (policy(is_filter_proven=True), {"full_scan": True}, "unknown"),
        (policy(is_filter_proven=True, trusts_list=True), {"full_scan": True}, ""),
        (
            policy(state=INTERRUPTED, is_filter_proven=True, trusts_list=True),
            {"full_scan": True, "synced": 2 * DAY},
            "unknown",
        ),
        (
            policy(state=INTERRUPTED, is_filter_proven=True, trusts_list=True),
            {"full_scan": True, "synced": DAY / 2},
            "",
        ),
        (policy(is_filter_proven=True, newer=frozenset({1})), {}, "newer"),
        (policy(is_filter_proven=True, newer=frozenset()), {"updated": DAY + MINUTE}, "waits"),
        (policy(is_filter_proven=True, newer=frozenset()), {"updated": DAY + HOUR}, "overlap"),
        (policy(state=SAME_TIME, is_filter_proven=True, newer=frozenset()), {}, "same time"),
        (policy(is_filter_proven=True, newer=frozenset()), {}, ""),
        (policy(OPEN), {"record": {"state": "open"}}, "open"),
        (policy(OPEN), {"record": {"state": "closed"}}, ""),
        (policy(options=AGED), {"synced": 6 * DAY}, "old"),  # the next sync would come too late
        (policy(options=AGED), {"synced": 5 * DAY}, ""),
        (policy(options=AGED, state=TableState()), {"synced": 6 * DAY}, ""),
        (policy(options=AGED), {"synced": -365 * DAY}, "old"),  # a clock was ahead
        (policy(options=AGED), {"synced": -5 * MINUTE}, ""),  # read by this run
        (policy(options=AGED, state=replace(STATE, last_sync=NOW + 365 * DAY)), {"synced": 7 * DAY}, "old"),
    ],
)
def test_each_reason(decided: DetailPolicy, case: dict[str, Any], expected: str) -> None:
    assert reason(decided, **case) == expected


def test_a_row_that_is_new_or_deleted_needs_its_detail() -> None:
    rows = index({"id": 2, "list_hash": LISTED, "deleted": True})
    assert policy().reason(matched(rows, 1), LISTED, rows, full_scan=False) == "changed"
    assert policy().reason(matched(rows, 2), LISTED, rows, full_scan=False) == "changed"


def test_a_row_is_chosen_once_for_one_content_of_its_list_row() -> None:
    rows, decided = index({"id": 1, "list_hash": LISTED}), policy()

    def choose(list_hash: int) -> str:
        return decided.choose(matched(rows, 1), list_hash, rows, full_scan=False)

    assert [choose(71), choose(71), choose(72)] == ["changed", "", "changed"]
    assert decided.count == 1


@pytest.mark.parametrize(
    ("decided", "list_hash", "full_scan", "expected"),
    [
        (policy(is_filter_proven=True), LISTED, False, True),
        (policy(is_filter_proven=True, newer=frozenset()), LISTED, False, False),
        (policy(is_filter_proven=True), 71, False, False),
        (policy(is_filter_proven=True), LISTED, True, False),
        (policy(), LISTED, False, False),
        (policy(incremental=None, is_filter_proven=True), LISTED, False, False),
    ],
)
def test_newer_rows_are_read_only_if_they_decide(
    decided: DetailPolicy, list_hash: int, full_scan: bool, expected: bool
) -> None:
    rows = index({"id": 1, "list_hash": LISTED})
    assert decided.needs_newer([matched(rows, 1)], [list_hash], rows, full_scan=full_scan) is expected


def waiting(decided: DetailPolicy, *minutes: float) -> None:
    """Let rows wait that changed so many minutes before the cursor; their keys are their places."""
    for key, ago in enumerate(minutes, 1):
        row = {"id": key, "list_hash": LISTED, "_synced_at": NOW, "updated_at": NOW - DAY - ago * MINUTE}
        rows = index(row, extra=["_synced_at", "updated_at"])
        assert not decided.choose(matched(rows, key), LISTED, rows, full_scan=False)


def keys(entries: list[Waiting]) -> list[int]:
    return [entry.row.key_hash for entry in entries]


def test_a_row_that_waits_leaves_the_overlap_with_the_read_after_which_no_filter_shows_it() -> None:
    decided = policy(is_filter_proven=True, newer=frozenset())
    waiting(decided, 1, 14)
    assert decided.cursor
    parts = decided.waiting_parts(decided.cursor)
    assert (keys(parts.leaving), keys(parts.staying)) == ([], [1, 2])
    parts = decided.waiting_parts(decided.cursor + 2 * MINUTE)
    assert (keys(parts.leaving), keys(parts.staying)) == ([2], [1])
    assert keys(decided.chosen(parts.leaving)) == [2]
    assert keys(decided.waiting_parts(decided.cursor).staying) == [1]
    assert decided.count == 1


def test_rows_of_a_vendor_that_stands_still_leave_once_all_their_versions_are_visible() -> None:
    lookback = Lookback(STATE)
    lookback.note(NOW, NOW)
    decided = DetailPolicy(DETAIL, FILTER, Options(), lookback, STATE, NOW)
    decided.cursor, decided.is_filter_proven, decided.newer = STATE.cursor, True, frozenset()
    waiting(decided, 1, 14)
    assert decided.cursor
    assert keys(decided.waiting_parts(decided.cursor).leaving) == [1, 2]


def test_rows_of_a_time_that_were_read_twice_are_left_to_the_filter() -> None:
    state = replace(SAME_TIME, twice_read=(NOW - DAY - 14.5 * MINUTE,))
    decided = policy(state=state, is_filter_proven=True, newer=frozenset())
    waiting(decided, 13, 14.5)
    assert reason_of_cursor_row(decided) == "same time"
    assert decided.cursor
    parts = decided.waiting_parts(decided.cursor + 2 * MINUTE)
    assert (keys(parts.leaving), keys(parts.leaving_twice_read)) == ([], [2])
    assert parts.last_moments == [NOW - DAY - 14.5 * MINUTE]
    assert decided.twice_read_later(decided.cursor) == {NOW - DAY - 14.5 * MINUTE, decided.cursor}
    assert decided.twice_read_later(decided.cursor + 2 * MINUTE) == {decided.cursor}


def reason_of_cursor_row(decided: DetailPolicy) -> str:
    row = {"id": 9, "list_hash": LISTED, "_synced_at": NOW, "updated_at": decided.cursor}
    rows = index(row, extra=["_synced_at", "updated_at"])
    return decided.choose(matched(rows, 9), LISTED, rows, full_scan=False)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [([], []), ([3, 2], [2, 3]), ([3, 2, 2, 1], [1, 2, 3]), (list(range(12)), [0, 2, 8])],
)
def test_the_filter_is_asked_after_up_to_three_times(minutes: list[int], expected: list[int]) -> None:
    decided = policy(is_filter_proven=True, newer=frozenset())
    waiting(decided, *(ago + 0.5 for ago in minutes))
    moments = moments_to_check(decided.waiting.values())
    assert moments == [NOW - DAY - (ago + 0.5) * MINUTE for ago in expected]
    for moment in moments:
        assert moved_past(moment, decided.waiting.values(), ()) == []
        late = [entry for entry in decided.waiting.values() if entry.changed_at <= moment]
        assert moved_past(moment, decided.waiting.values(), decided.waiting.keys()) == late


def test_a_row_that_moved_past_several_times_is_chosen_once() -> None:
    decided = policy(is_filter_proven=True, newer=frozenset())
    waiting(decided, 1, 2, 3)
    staying = list(decided.waiting.values())
    late = [entry for moment in moments_to_check(staying) for entry in moved_past(moment, staying, {2, 3})]
    assert sorted(keys(late)) == [2, 2, 3, 3, 3]
    assert keys(decided.chosen(late)) == [2, 3]
    assert keys(list(decided.waiting.values())) == [1]
    assert decided.count == 2
