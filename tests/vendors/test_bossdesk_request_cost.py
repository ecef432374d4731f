"""What a second sync of a large help desk costs: as much as changed, and not as much as there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from tests.support.runs.long_runs import in_long_runs
from tests.support.sync_harness import duckdb_url, open_harness

TICKETS = in_long_runs(5_000, 1_000)
"""Many more than a sync may ask for one by one."""
CHANGED = 10
DETAIL = "GET /api/v1/tickets/*"


def help_desk() -> Any:
    """Many tickets; few assets and users, whose own details would only take the test's time."""
    box = BossDeskSandbox(size=TICKETS / 400, edge_cases=True)
    for table in ("cis", "users"):
        store = box.stores[table]
        for row_id in list(store.updated)[20:]:
            del store.updated[row_id]
        store.changed()
    return box


def test_ten_changes_in_thousands_of_tickets(tmp_path: Path) -> None:
    box = help_desk()
    with open_harness(box, duckdb_url(tmp_path), tmp_path) as made:
        assert made.sync().exit_code == 0
        before = made.snapshot().synced_at("tickets", ["id"])
        box.clock.advance(hours=1)
        tickets = list(box.stores["tickets"].updated)[:: TICKETS // CHANGED]
        for row_id in tickets:
            box.comment(row_id)
        box.reset_counts()

        report = made.sync()

        assert report.exit_code == 0
        assert not any("swept" in note for outcome in report.outcomes for note in outcome.notes)
        details = sum(count for call, count in box.calls.items() if call.endswith("/*"))
        assert details <= CHANGED
        assert box.requests() - details <= 40
        after = made.snapshot().synced_at("tickets", ["id"])
        assert len(before) == len(after) == TICKETS
        assert {key for key in after if after[key] != before[key]} == {(str(row_id),) for row_id in tickets}

        box.reset_counts()
        assert made.sync().packages == 0
        assert box.calls[DETAIL] <= CHANGED


def test_a_first_read_that_needs_more_than_an_hour_allows_ends_in_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Details that were read are committed, though no cursor moves; a ticket that changes meanwhile is read again."""
    box = BossDeskSandbox(size=0.5, edge_cases=True)
    with open_harness(box, duckdb_url(tmp_path), tmp_path, requests_per_hour="100") as made:
        for hour in range(9):
            monkeypatch.setenv("FIELDHOUSE_PACE_DIR", str(tmp_path / f"hour {hour}"))
            box.reset_counts()
            report = made.sync("tickets")
            assert box.requests() <= 100
            if report.exit_code == 0:
                break
            (outcome,) = report.outcomes
            assert (report.exit_code, outcome.cursor_after) == (3, None)
            assert outcome.rows_written > 0
            assert "Run the sync again in" in str(outcome.error)
            box.clock.advance(hours=1)
            box.comment(next(iter(box.stores["tickets"].updated)))
        assert hour == 2
        assert not made.differences("tickets")


def test_details_from_before_the_checkpoint_are_not_taken_for_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first run is cut off without a checkpoint, the second with one, but before it comes to the last ticket."""
    box = BossDeskSandbox(size=90 / 400, edge_cases=True)
    for hour, budget in enumerate(("80", "60", "9999")):
        monkeypatch.setenv("FIELDHOUSE_PACE_DIR", str(tmp_path / f"hour {hour}"))
        with open_harness(box, duckdb_url(tmp_path), tmp_path, requests_per_hour=budget) as made:
            report = made.sync("tickets")
            assert report.exit_code == (0 if budget == "9999" else 3)
            if hour == 0:
                read = sorted(int(row["id"]) for row in made.snapshot().rows["tickets"])
                box.clock.advance(hours=1)
                box.comment(read[0])
                box.comment(read[-1])
                box.clock.advance(hours=2)
                for _ in range(30):
                    box.create("tickets")
    assert not made.differences("tickets")
