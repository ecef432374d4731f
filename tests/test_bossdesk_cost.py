"""What a second sync of a large help desk costs: as much as changed, and not as much as there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sources.sandbox.bossdesk import BossDesk
from tests.stand import duckdb_url, stand

TICKETS = 5_000
CHANGED = 10
DETAIL = "GET /api/v1/tickets/*"


def help_desk() -> Any:
    """5,000 tickets; few assets and users, whose own details would only take the test's time."""
    box = BossDesk(size=TICKETS / 400)
    for table in ("cis", "users"):
        store = box.stores[table]
        for row_id in list(store.updated)[20:]:
            del store.updated[row_id]
        store.changed()
    return box


def test_ten_changes_in_five_thousand_tickets(tmp_path: Path) -> None:
    box = help_desk()
    with stand(box, duckdb_url(tmp_path), tmp_path) as made:
        assert made.sync().exit_code == 0
        before = made.held().synced_at("tickets", ["id"])
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
        after = made.held().synced_at("tickets", ["id"])
        assert len(before) == len(after) == TICKETS
        assert {key for key in after if after[key] != before[key]} == {(str(row_id),) for row_id in tickets}

        box.reset_counts()
        assert made.sync().packages == 0
        assert box.calls[DETAIL] <= CHANGED
