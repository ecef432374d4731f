"""After a sync by a clock that ran ahead, the next one by a right clock looks for deletes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from tests.support.sync_harness import duckdb_url, open_harness


@pytest.mark.parametrize("ahead", [timedelta(days=365), timedelta(minutes=10)])
def test_a_full_scan_in_the_future_does_not_keep_deletes_from_being_found(
    ahead: timedelta, tmp_path: Path
) -> None:
    with open_harness(BossDeskSandbox(size=0.05, edge_cases=True), duckdb_url(tmp_path), tmp_path) as at:
        assert at.sync("users", "groups").exit_code == 0
        with at.warehouse.session() as session:
            state = session.states("bossdesk")["users"]
            session.put_state(
                "bossdesk", "users", {**state, "last_full_scan": (datetime.now(UTC) + ahead).isoformat()}
            )
        at.sandbox.delete("users")
        at.sandbox.clock.advance(hours=1)
        assert at.sync("users", "groups").exit_code == 0
        assert at.fetch("SELECT count(*) FROM bossdesk.users WHERE _deleted_at IS NOT NULL") == [(1,)]
        assert at.differences("users") == []
