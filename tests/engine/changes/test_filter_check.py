"""Filter check: a read starts from the cursor only if nothing speaks against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fieldhouse.sources.engine.changes.coverage import Coverage
from fieldhouse.sources.engine.changes.filter_check import FilterCheck
from fieldhouse.sources.engine.changes.lookback import Lookback
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.table_state import TableState
from fieldhouse.sources.engine.spec.incremental import Incremental
from fieldhouse.sources.engine.spec.reads import Window
from fieldhouse.sources.engine.spec.row import Date, Id, Row, Timestamp
from fieldhouse.sources.engine.spec.table import Table

from .stored import NOW

DAY = timedelta(days=1)


class Shift(Row):
    id: Id
    day: Date
    updated_at: Timestamp


FILTER = Incremental(params=lambda cursor: {}, cursor_field="updated_at")
PLAIN = Table(name="shifts", path="shifts", row=Shift, incremental=FILTER)
WINDOWED = replace(PLAIN, window=Window(params=lambda first, last: {}, field="day"))
SHORT = replace(PLAIN, incremental=replace(FILTER, max_age=29 * DAY))
STATE = TableState(cursor=NOW - DAY, schema_hash="rules", window_start=NOW - 30 * DAY)


def check(
    table: Table = PLAIN, state: TableState = STATE, options: Options | None = None, rules: str = "rules"
) -> FilterCheck:
    options = options or Options()
    coverage = Coverage(state, options.start_date, NOW)
    return FilterCheck(table, options, state, coverage, Lookback(state), schema_hash=rules, now=NOW)


def test_a_stored_cursor_is_usable() -> None:
    assert check().cursor_decision().is_usable
    assert check(WINDOWED, options=Options(start_date=NOW - 30 * DAY)).cursor_decision().is_usable
    assert check(state=replace(STATE, schema_hash=None)).cursor_decision().is_usable


@pytest.mark.parametrize(
    "without",
    [
        check(replace(PLAIN, incremental=None)),
        check(state=TableState()),
        check(options=Options(full=True)),
    ],
    ids=["no filter", "no cursor", "full"],
)
def test_all_rows_are_read_without_a_word_if_there_is_nothing_to_report(without: FilterCheck) -> None:
    decision = without.cursor_decision()
    assert (decision.is_usable, decision.reason) == (False, "")


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (check(rules="other"), "columns are declared or hidden otherwise than before"),
        (check(state=replace(STATE, cursor=datetime(2999, 1, 1, tzinfo=UTC))), "far future"),
        (check(WINDOWED, options=Options(start_date=NOW - 31 * DAY)), "start_date lies before"),
        (check(WINDOWED), "start_date lies before"),
        (check(SHORT, replace(STATE, cursor=NOW - 30 * DAY)), "30 days old, the vendor looks back 30"),
    ],
    ids=["rules", "future", "start date", "start date removed", "age"],
)
def test_a_cursor_that_cannot_be_used_is_reported(refused: FilterCheck, reason: str) -> None:
    decision = refused.cursor_decision()
    assert not decision.is_usable
    assert reason in decision.reason
    assert decision.reason.endswith("all rows were read")


def test_the_age_limit_itself_is_within_the_limit() -> None:
    assert check(SHORT, replace(STATE, cursor=NOW - 29 * DAY)).cursor_decision().is_usable
    assert check(SHORT).reaches(NOW - 29 * DAY)
    assert not check(SHORT).reaches(NOW - 29 * DAY - timedelta(microseconds=1))
    assert check().reaches(NOW - 1000 * DAY)
    assert not check(replace(PLAIN, incremental=None)).reaches(NOW)


def test_a_later_start_date_changes_nothing() -> None:
    assert check(WINDOWED, options=Options(start_date=NOW - DAY)).cursor_decision().is_usable
