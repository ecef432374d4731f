"""Table state: what a completed read leaves for the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fieldhouse.sources.engine.changes.table_state import FilterProof, ReadCost, ScanCost, TableState
from fieldhouse.sources.engine.errors import FixSettings

from .stored import NOW

HOUR = timedelta(hours=1)
FULL = TableState(
    cursor=NOW,
    server_time=NOW,
    local_time=NOW,
    read_seconds=3,
    last_full_scan=NOW,
    initial_load_from=NOW,
    filter_proof=FilterProof(is_honoured=False, checked_at=NOW),
    order_rejected=True,
    details_pending=True,
    has_discarded=True,
    window_start=NOW,
    backfilled=((NOW.replace(hour=0), NOW.replace(hour=0)),),
    last_sync=NOW,
    schema_hash="0123",
    cost=ReadCost(
        scan=ScanCost(requests=4, rows=30, pages=(2, 1), unsettled=5, has_totals=True), changes=2, details=7
    ),
)


@pytest.mark.parametrize("state", [FULL, TableState(), replace(FULL, cost=ReadCost(details=2))])
def test_a_state_survives_the_warehouse(state: TableState) -> None:
    assert TableState.from_json(state.to_json()) == state


def test_a_state_of_a_newer_version_is_refused() -> None:
    with pytest.raises(FixSettings, match="version 3"):
        TableState.from_json({"version": 3})


def after(state: TableState, *, is_full_scan: bool, filter_honoured: bool | None = None) -> TableState:
    return state.after(
        started_at=NOW + HOUR,
        schema_hash="4567",
        cost=ReadCost(),
        is_full_scan=is_full_scan,
        filter_honoured=filter_honoured,
        order_rejected=False,
        details_pending=False,
        has_discarded=False,
        window_start=None,
    )


def test_a_full_scan_ends_the_initial_load_and_counts_as_the_last_one() -> None:
    ended = after(FULL, is_full_scan=True)
    assert (ended.last_full_scan, ended.initial_load_from) == (NOW + HOUR, None)
    unended = after(FULL, is_full_scan=False)
    assert (unended.last_full_scan, unended.initial_load_from) == (NOW, NOW)


def test_a_filter_that_was_not_checked_keeps_its_last_proof() -> None:
    assert after(FULL, is_full_scan=True).filter_proof == FULL.filter_proof
    proof = after(FULL, is_full_scan=True, filter_honoured=True).filter_proof
    assert proof == FilterProof(is_honoured=True, checked_at=NOW + HOUR)


def test_what_a_reset_keeps_are_the_days_that_are_covered() -> None:
    assert FULL.coverage() == TableState(window_start=NOW, backfilled=FULL.backfilled)
    assert replace(FULL, window_start=None, backfilled=()).coverage() == TableState()
